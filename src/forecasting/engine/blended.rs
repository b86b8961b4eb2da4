//! The days of a series with enough history: the weighted members of the blend.

use super::constant::{Constant, LEVEL_DAYS};
use super::day_figures::{DayFigures, draw_points};
use crate::backtest::Calibration;
use crate::features::level_at;
use crate::frame::{Frame, GroupFrame};
use crate::members::{self, Member, MemberDay};
use crate::outcome::{Caveat, Forecast, MemberShare};
use crate::pooled::PooledModels;
use crate::young::YoungBasis;

/// The parts of a group's blend.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blended<'a> {
    pub group: &'a GroupFrame,
    pub pooled: Option<&'a PooledModels>,
    pub calibration: &'a Calibration,
    pub young: &'a YoungBasis,
}

impl Blended<'_> {
    /// The `horizon` days after the last day of the frame. Writes the members, the backtest scores and
    /// the caveats into `forecast`.
    pub fn days(&self, frame: &Frame, horizon: usize, forecast: &mut Forecast) -> Vec<DayFigures> {
        forecast.backtest = self.calibration.score;
        let constant = Constant::of(frame);
        let needed = constant
            .as_ref()
            .map_or(horizon, |_| horizon.max(LEVEL_DAYS));
        let members = members::run(frame, self.group, self.pooled, needed);
        if let Some(first) = members.first() {
            forecast.members = shares_of(&self.calibration.weights.shares(), &first.values);
        }
        if self.calibration.score.is_none() || members.iter().any(|day| day.quantiles.is_none()) {
            forecast.caveats.push(Caveat::BandNotCalibrated);
        }
        let level = level_at(frame, frame.last);
        let mut figures: Vec<DayFigures> = members
            .iter()
            .map(|day| self.mix(day, level, frame.length()))
            .collect();
        if let Some(constant) = &constant {
            constant.draw(&mut figures);
        }
        figures.truncate(horizon);
        draw_points(
            &mut figures,
            constant.map_or(0.0, |constant| constant.share),
        );
        figures
    }

    fn mix(&self, day: &MemberDay, level: f64, length: i32) -> DayFigures {
        let mixed = self.calibration.weights.mix(&day.values);
        let mean = mixed.unwrap_or(level).max(0.0) * self.calibration.level;
        let (rough_low, rough_median, rough_high) = self.young.band(mean, length);
        let median = day
            .quantiles
            .map_or(rough_median, |quantiles| quantiles.median);
        let (low, high) = day.quantiles.map_or((rough_low, rough_high), |quantiles| {
            let band = &self.calibration.band;
            band.apply(quantiles.low, quantiles.high, level)
        });
        DayFigures {
            mean,
            median,
            point: mean,
            low,
            high,
        }
    }
}

/// The weights of the members that gave a value, scaled to sum 1.
fn shares_of(
    shares: &[f64; members::MEMBERS],
    values: &[Option<f64>; members::MEMBERS],
) -> Vec<MemberShare> {
    let present: Vec<MemberShare> = Member::ALL
        .iter()
        .zip(shares)
        .zip(values)
        .filter(|((_, weight), value)| value.is_some() && **weight > 0.0)
        .map(|((member, weight), _)| MemberShare {
            member: *member,
            weight: *weight,
        })
        .collect();
    let total: f64 = present.iter().map(|share| share.weight).sum();
    present
        .into_iter()
        .map(|share| MemberShare {
            weight: share.weight / total.max(1e-12),
            ..share
        })
        .collect()
}

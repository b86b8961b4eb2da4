//! The members of the blend, and their forecasts for one series at one origin.

use serde::{Deserialize, Serialize};

use super::classical::{theta, tsb, window_average};
use super::ets;
use super::frame::{Frame, GroupFrame};
use super::pooled::{PooledDay, PooledModels, Quantiles};
use super::yearly;

/// Days of history for members that use a single series: older days cost time and add little.
const MEMBER_LOOKBACK_DAYS: i32 = 400;
/// Days of history that Theta and the yearly regression need.
pub(crate) const LONG_HISTORY_DAYS: i32 = 180;

/// One forecasting method.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// Ridge regression pooled over the group (smartcore).
    Ridge,
    /// Random forest pooled over the group (smartcore).
    Forest,
    /// Boosted trees for the mean, Tweedie loss, pooled over the group.
    BoostedMean,
    /// Boosted trees for the median, pooled over the group.
    BoostedMedian,
    /// Mean of the same weekday over four weeks.
    WindowAverage,
    /// Mean of the same weekday over eleven weeks.
    LongWindowAverage,
    /// Seasonal exponential smoothing with a damped trend.
    Ets,
    /// The Theta method.
    Theta,
    /// Teunter, Syntetos and Babai's method for fading demand.
    Tsb,
    /// Regression of one series on weekday, trend and the season of the year (smartcore).
    Yearly,
}

impl Member {
    /// All members, in the order of the columns of a blend.
    pub const ALL: [Self; MEMBERS] = [
        Self::Ridge,
        Self::Forest,
        Self::BoostedMean,
        Self::BoostedMedian,
        Self::WindowAverage,
        Self::LongWindowAverage,
        Self::Ets,
        Self::Theta,
        Self::Tsb,
        Self::Yearly,
    ];
}

/// Number of members.
pub(crate) const MEMBERS: usize = 10;

/// The forecasts of all members for one day; `None` where a member has none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberDay {
    pub values: [Option<f64>; MEMBERS],
    pub quantiles: Option<Quantiles>,
}

/// Runs every member on a frame that ends at the origin; a path has one entry per day.
pub(crate) fn run(
    frame: &Frame,
    group: &GroupFrame,
    pooled: Option<&PooledModels>,
    horizon: usize,
) -> Vec<MemberDay> {
    let origin = frame.last;
    let days = tame(frame.recent(MEMBER_LOOKBACK_DAYS));
    let is_long = frame.length() >= LONG_HISTORY_DAYS;
    let pooled_days: Option<Vec<PooledDay>> = pooled
        .filter(|_| frame.length() >= 28)
        .and_then(|models| models.predict(frame, &group.pulse, origin, horizon));
    let of_pooled = |pick: fn(&PooledDay) -> f64| {
        pooled_days
            .as_ref()
            .map(|days| days.iter().map(pick).collect::<Vec<f64>>())
    };
    let paths: [Option<Vec<f64>>; MEMBERS] = [
        of_pooled(|day| day.ridge),
        of_pooled(|day| day.forest),
        of_pooled(|day| day.mean),
        of_pooled(|day| day.quantiles.median),
        window_average(&days, 4, horizon),
        window_average(&days, 11, horizon),
        ets::forecast(&days, horizon),
        if is_long { theta(&days, horizon) } else { None },
        tsb(&days, horizon),
        if is_long {
            yearly::forecast(frame, horizon)
        } else {
            None
        },
    ];
    (0..horizon)
        .map(|step| {
            let mut values = [None; MEMBERS];
            for (slot, path) in values.iter_mut().zip(&paths) {
                *slot = path
                    .as_ref()
                    .and_then(|path| path.get(step))
                    .copied()
                    .filter(|v| v.is_finite());
            }
            let pooled_day = pooled_days.as_ref().and_then(|days| days.get(step));
            MemberDay {
                values,
                quantiles: pooled_day.map(|day| day.quantiles),
            }
        })
        .collect()
}

/// Cuts single huge days, which would distort a smoothed level for weeks.
fn tame(mut days: Vec<(i32, Option<f64>)>) -> Vec<(i32, Option<f64>)> {
    let mut sold: Vec<f64> = days
        .iter()
        .filter_map(|(_, value)| value.filter(|v| *v > 0.0))
        .collect();
    sold.sort_by(f64::total_cmp);
    let Some(high) = sold.get(sold.len() * 9 / 10).copied() else {
        return days;
    };
    let cap = 3.0 * high.max(sold.get(sold.len() / 2).copied().unwrap_or(high));
    for (_, value) in &mut days {
        *value = value.map(|number| number.min(cap));
    }
    days
}

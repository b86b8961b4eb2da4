//! The rungs of the ladder, and the figures that need no fitted model.

use crate::forecast::classical::tsb;
use crate::forecast::frame::Frame;
use crate::forecast::outcome::Method;

/// History at which each rung of the ladder begins, in days since the first sale.
const PSEUDO_WEEKS_DAYS: i32 = 14;
pub(super) const POOLED_DAYS: i32 = 28;
const BLEND_DAYS: i32 = 56;
const FULL_BLEND_DAYS: i32 = 180;
/// No sale on this many open days, and four usual intervals, makes a series dormant.
const DORMANT_DAYS: f64 = 56.0;
/// How far the point of an even product is drawn to its median.
const EVEN_SHARE: f64 = 0.4;
/// How far the point of a product that hardly sells is drawn to its median.
const SLOW_SHARE: f64 = 0.6;
/// At so many units a day the pull on a slow product has fallen to a third.
const SLOW_UNITS: f64 = 3.0;

/// The figures of one day, before the calendar.
pub(super) struct DayFigures {
    pub mean: f64,
    pub median: f64,
    pub point: f64,
    pub low: f64,
    pub high: f64,
}

/// Draws the point of each day from the mean towards the median, where that costs no total worth
/// having: for slow products, whose typical day is an empty one, and for even ones, whose median and
/// mean hardly differ. A fast product with rare large orders keeps its mean.
pub(super) fn draw_points(figures: &mut [DayFigures]) {
    let days = f64::from(u32::try_from(figures.len()).unwrap_or(u32::MAX)).max(1.0);
    let mean = figures.iter().map(|day| day.mean).sum::<f64>() / days;
    let median = figures.iter().map(|day| day.median).sum::<f64>() / days;
    let evenness = if mean > 0.0 { median / mean } else { 0.0 };
    let even = EVEN_SHARE * ((evenness - 0.75) / 0.15).clamp(0.0, 1.0);
    let slow = SLOW_SHARE * (-mean / SLOW_UNITS).exp();
    let share = even.max(slow);
    for day in figures {
        day.point = (1.0 - share) * day.mean + share * day.median;
    }
}

/// The rung of the ladder that a frame stands on.
pub(super) fn method_of(frame: &Frame) -> Method {
    let days = frame.length();
    if days < PSEUDO_WEEKS_DAYS {
        return Method::PooledProfile;
    }
    if days < BLEND_DAYS {
        return Method::PseudoWeeks;
    }
    if is_dormant(frame) {
        return Method::Dormant;
    }
    if days < FULL_BLEND_DAYS {
        Method::YoungBlend
    } else {
        Method::FullBlend
    }
}

fn is_dormant(frame: &Frame) -> bool {
    let whole = frame.window(frame.first, frame.last);
    if whole.positive <= 0.0 {
        return true;
    }
    let interval = whole.days / whole.positive;
    let mut silence = 0.0;
    for day in (frame.first..=frame.last).rev() {
        match frame.value(day) {
            Some(value) if value > 0.0 => break,
            Some(_) => silence += 1.0,
            None => {}
        }
    }
    silence >= DORMANT_DAYS && silence >= 4.0 * interval
}

/// The fading rate of a product that nobody buys any more.
pub(super) fn dormant_days(frame: &Frame, horizon: usize) -> Vec<DayFigures> {
    let path = tsb(&frame.recent(frame.length()), horizon).unwrap_or_else(|| vec![0.0; horizon]);
    let size = {
        let whole = frame.window(frame.first, frame.last);
        if whole.positive > 0.0 {
            whole.sum / whole.positive
        } else {
            0.0
        }
    };
    path.into_iter()
        .map(|rate| {
            // Most days bring nothing; the upper edge opens once a sale is likelier than one in ten.
            let chance = if size > 0.0 { rate / size } else { 0.0 };
            let high = if chance > 0.1 { size } else { rate };
            DayFigures {
                mean: rate,
                median: 0.0,
                point: rate,
                low: 0.0,
                high,
            }
        })
        .collect()
}

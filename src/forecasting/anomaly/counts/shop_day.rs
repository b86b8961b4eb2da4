//! Finds days on which the whole shop deviates from earlier days of the same weekday.

use super::pulse::{Pulse, median};

/// Number of same weekdays from which the usual pulse is taken.
const WEEKS: usize = 8;
/// Days from which the scatter of the shop's days is learnt.
const SCATTER_DAYS: usize = 120;
const FEWEST_SCATTER_DAYS: usize = 42;
/// Smallest scatter of the shop's days, as a part of their level.
const LEAST_SCATTER: f64 = 0.12;
/// Part of the previous day's deviation that is expected to continue: wages last for days.
const CARRIED_OVER: f64 = 0.3;
/// A day counts when all but a few products make this part of the deviation.
const BY_MANY: f64 = 0.7;
/// Standard deviation over the median of absolute deviations.
const ROBUST: f64 = 1.4826;

/// A day on which the whole shop deviates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShopDay {
    /// Index of the day.
    pub day: usize,
    /// How far beyond the threshold; 1 is exactly at the threshold.
    pub score: f64,
    /// Sales of the shop as a multiple of the expectation.
    pub ratio: f64,
}

/// See [`super::shop_days`].
pub(super) fn find(
    pulse: &Pulse,
    first_weekday: usize,
    threshold: f64,
    faintest: f64,
) -> Vec<ShopDay> {
    let mut usual: [Vec<f64>; 7] = Default::default();
    let mut surprises: Vec<f64> = Vec::new();
    let mut carried = 0.0;
    let mut found = Vec::new();
    for (day, value) in pulse.own().iter().enumerate() {
        let Some(weeks) = usual.get_mut((first_weekday + day) % 7) else {
            continue;
        };
        let Some(value) = value else { continue };
        let (log, of_many) = (value.all.ln(), value.many.ln());
        let recent: Vec<f64> = weeks.iter().rev().take(WEEKS).copied().collect();
        if recent.len() >= WEEKS / 2 {
            let middle = median(recent.into_iter()).unwrap_or(0.0);
            let off = log - middle;
            let surprise = off - CARRIED_OVER * carried;
            let lately = surprises.iter().rev().take(SCATTER_DAYS);
            let scatter = median(lately.map(|one| one.abs())).unwrap_or(0.0) * ROBUST;
            let scatter = scatter.max(LEAST_SCATTER);
            let by_many = (of_many - log + surprise) * surprise.signum() / BY_MANY;
            let score = surprise.abs().min(by_many.max(0.0)) / (threshold * scatter);
            let is_known = surprises.len() >= FEWEST_SCATTER_DAYS;
            if is_known && score >= faintest.min(1.0) {
                found.push(ShopDay {
                    day,
                    score,
                    ratio: surprise.exp(),
                });
            }
            let is_reported = is_known && score >= 1.0;
            surprises.push(surprise);
            // A day that is reported has no effect on the expectation of the next.
            carried = if is_reported {
                0.0
            } else {
                off.clamp(-1.0, 1.0)
            };
            if is_reported {
                continue;
            }
        }
        weeks.push(log);
    }
    found
}

//! Finds the day on which a change began: the day that splits the counts best into two rates.

use super::history::{History, LEVEL_DAYS};

/// A change may begin at most this many days before the stretch that was flagged.
const FURTHEST_BACK: usize = 28;

/// The most likely first day of a change that is still going on at `last`, by the likelihood of two
/// Poisson rates, one before it and one from it on (Hinkley, 1970), each in proportion to the pulse of
/// its days. `begins` is the first day of the flagged stretch, `earliest` the first day that no finding
/// covers yet.
pub(super) fn first_day(
    history: &History,
    begins: usize,
    last: usize,
    earliest: usize,
    is_more: bool,
) -> usize {
    let from = begins.saturating_sub(LEVEL_DAYS);
    let start = history.before(from);
    let end = history.before(last + 1);
    let mut best = (f64::NEG_INFINITY, begins);
    for day in begins.saturating_sub(FURTHEST_BACK).max(earliest)..=last {
        let middle = history.before(day);
        let before = (middle.count - start.count, middle.pulse - start.pulse);
        let after = (end.count - middle.count, end.pulse - middle.pulse);
        let (rate_before, rate_after) = (rate(before), rate(after));
        let is_that_way = if is_more {
            rate_after > rate_before
        } else {
            rate_after < rate_before
        };
        let likelihood = weight(before) + weight(after);
        if is_that_way && likelihood > best.0 + 1e-9 {
            best = (likelihood, day);
        }
    }
    best.1
}

fn rate((count, pulse): (f64, f64)) -> f64 {
    if pulse > 1e-9 { count / pulse } else { 0.0 }
}

/// The log-likelihood of a count at its own rate, without the terms common to all splits.
fn weight((count, pulse): (f64, f64)) -> f64 {
    if count > 1e-9 && pulse > 1e-9 {
        count * (count / pulse).ln()
    } else {
        0.0
    }
}

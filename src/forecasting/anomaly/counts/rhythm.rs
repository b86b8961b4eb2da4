//! The weekly rhythm of a series that sells fast: how its weekdays differ from those of the shop.

use super::{
    Evidence,
    pulse::{Pulse, ceiling, levels},
};

/// Weeks from which the rhythm is taken.
const WEEKS: usize = 10;
/// Weight of the shop's weekday as a prior, in customers.
const PRIOR: f64 = 10.0;
/// A day counts with at least this part of its expectation: one failed day says nothing about its
/// weekday.
const LEAST: f64 = 0.3;
/// Range of a weekday as a multiple of the shop's pulse.
const RANGE: (f64, f64) = (0.05, 20.0);

/// For each day, the factor of its weekday on the pulse of the shop, from the weeks before it; 1 for a
/// series that sells slowly, whose weekdays carry no information.
pub(super) fn rhythm(evidence: &Evidence, pulse: &Pulse) -> Vec<f64> {
    if !evidence.is_fast {
        return vec![1.0; evidence.counts.len()];
    }
    let prior = PRIOR * evidence.spread;
    let mut weekdays: [Vec<(f64, f64)>; 7] = Default::default();
    evidence
        .counts
        .iter()
        .zip(levels(&evidence.counts, evidence.spread))
        .enumerate()
        .map(|(place, (count, level))| {
            let Some(weeks) = weekdays.get_mut(place % 7) else {
                return 1.0;
            };
            let lately = weeks.iter().rev().take(WEEKS);
            let (sold, due) = lately.fold((0.0, 0.0), |sum, week| (sum.0 + week.0, sum.1 + week.1));
            let factor = ((sold + prior) / (due + prior)).clamp(RANGE.0, RANGE.1);
            if let Some((count, level)) = count.zip(level) {
                let due = level * pulse.on(place);
                let usual = ceiling(due * factor, evidence.spread);
                weeks.push((count.min(usual).max(LEAST * due * factor), due));
            }
            factor
        })
        .collect()
}

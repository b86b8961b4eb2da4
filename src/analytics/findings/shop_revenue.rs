//! The expected revenue of the shop on a day, from its own revenue on the days before.
//!
//! The number of customers decides which day deviates; only the revenue says what that day cost or
//! brought: on a quiet day one wholesale customer may bring more than ten good days. The expectation is
//! the median of the same weekday of the last weeks, times the level of the last two weeks relative to
//! theirs. Medians, so that one unusual basket changes nothing.

use forecasting::anomaly::counts::median;

/// Number of same weekdays from which the usual revenue is taken.
const WEEKS: usize = 8;
const FEWEST_WEEKS: usize = 4;
/// Days from which the current level is taken.
const LATELY: usize = 14;
/// Largest effect of the current level, as a logarithm.
const MOST_MOVED: f64 = 0.7;
/// Days from which the scatter of daily revenue is learnt.
const SCATTER_DAYS: usize = 120;
/// Smallest scatter of daily revenue, as a part of it.
const LEAST_SCATTER: f64 = 0.12;
/// Half of the width of the usual range in standard deviations: eight of ten days lie within.
const USUAL_RANGE: f64 = 1.2816;
/// Standard deviation over the median of absolute deviations.
const ROBUST: f64 = 1.4826;

/// The expected revenue of a day, with the range of eight of ten days. Minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    pub revenue: f64,
    pub low: f64,
    pub high: f64,
}

/// The expectation for each day from the days before it; `None` where too few of them are known. A day
/// without revenue was closed; days for which `odd` is true are left out of the later expectations.
pub(super) fn expected(
    revenue: &[f64],
    first_weekday: usize,
    odd: impl Fn(usize) -> bool,
) -> Vec<Option<Expected>> {
    let mut usual: [Vec<f64>; 7] = Default::default();
    // Logarithms of each day over the usual of its weekday, and over its expectation.
    let (mut off, mut missed): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut days = Vec::with_capacity(revenue.len());
    for (day, revenue) in revenue.iter().enumerate() {
        let Some(weeks) = usual.get_mut((first_weekday + day) % 7) else {
            days.push(None);
            continue;
        };
        let recent = weeks.iter().rev().take(WEEKS).copied();
        let is_known = weeks.len() >= FEWEST_WEEKS;
        let middle = median(recent).filter(|_| is_known);
        let lately = median(off.iter().rev().take(LATELY).copied()).unwrap_or(0.0);
        let moved = middle.map(|middle| middle + lately.clamp(-MOST_MOVED, MOST_MOVED));
        days.push(moved.map(|log| {
            let misses = missed.iter().rev().take(SCATTER_DAYS);
            let scatter = median(misses.map(|one| one.abs())).unwrap_or(0.0) * ROBUST;
            let reach = USUAL_RANGE * scatter.max(LEAST_SCATTER);
            Expected {
                revenue: log.exp(),
                low: (log - reach).exp(),
                high: (log + reach).exp(),
            }
        }));
        if *revenue <= 0.0 || odd(day) {
            continue;
        }
        let log = revenue.ln();
        weeks.push(log);
        if let (Some(middle), Some(moved)) = (middle, moved) {
            off.push(log - middle);
            missed.push(log - moved);
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 a day, 150 on the last two days of each week, a little up and down, closed on day 3.
    fn shop(days: usize) -> Vec<f64> {
        (0..days)
            .map(|day| match day % 7 {
                3 => 0.0,
                5 | 6 => 150.0,
                _ => 100.0,
            })
            .enumerate()
            .map(|(day, usual)| usual * [0.95, 1.0, 1.05][day % 3])
            .collect()
    }

    fn on(revenue: &[f64], day: usize) -> Expected {
        expected(revenue, 0, |_| false)[day].unwrap()
    }

    #[test]
    fn a_day_is_expected_by_its_weekday_and_never_by_itself() {
        let mut revenue = shop(100);
        let before = on(&revenue, 90);
        assert!((before.revenue - 150.0).abs() < 8.0, "{before:?}");
        assert!(before.low < before.revenue && before.revenue < before.high);
        // One wholesale customer: a hundred times a good day.
        revenue[90] = 15_000.0;
        assert_eq!(on(&revenue, 90), before);
        let later = on(&revenue, 97);
        assert!((later.revenue - 150.0).abs() < 8.0, "{later:?}");
    }

    #[test]
    fn a_shop_that_has_grown_is_expected_to_keep_its_level() {
        let mut revenue = shop(140);
        for day in revenue.iter_mut().skip(120) {
            *day *= 1.5;
        }
        let grown = on(&revenue, 138);
        assert!((grown.revenue - 225.0).abs() < 25.0, "{grown:?}");
    }

    #[test]
    fn without_earlier_days_there_is_no_expectation() {
        assert!(expected(&[], 0, |_| false).is_empty());
        assert!(
            expected(&shop(20), 0, |_| false)
                .iter()
                .all(Option::is_none)
        );
        assert!(
            expected(&[0.0; 90], 0, |_| false)
                .iter()
                .all(Option::is_none)
        );
        let odd = expected(&shop(60), 0, |_| true);
        assert!(odd.iter().all(Option::is_none));
    }
}

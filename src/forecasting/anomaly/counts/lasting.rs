//! Finds the last day of a new level: until the following days fit the level before it better.
//!
//! The flagged days do not show it. They end too early once the new level has become the usual one: then
//! no day deviates any more, though the product sells as it did the day before. They end too late where
//! a long stretch deviates as a whole but its last days do not. So the end is searched for separately:
//! the sum of the log-likelihood ratios of the days, new level against old level, rises as long as the
//! new level lasts and falls once it is over (Page's cumulative sum, 1954). The day of its maximum is
//! the last day, as soon as the sum has fallen far enough below it; until then the level goes on. A
//! level that has moved back by two thirds is over.

use super::history::History;

/// Fall of the sum after which a level is over: the days since are ninety times likelier under the level
/// before.
const OVER: f64 = 4.5;
/// A new level ends when less than this part of the change remains.
const STILL_ANOTHER: f64 = 1.0 / 3.0;
/// Days from the first one from which the new level is taken.
const LEARNT_DAYS: usize = 28;
/// Smallest level: a single sale must remain possible.
const LEAST_LEVEL: f64 = 0.05;

/// Where another level ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lasting {
    /// Index of its last day.
    pub last: usize,
    /// True when it still holds on the last known day.
    pub goes_on: bool,
}

/// The end of the level that begins on a day; `flagged` is the last day that deviated. `each` is the
/// count of the level before it on a day with an average pulse, `spread` the variance for each unit of
/// the mean; days that another finding explains are left out.
pub(super) fn lasting(
    history: &History,
    first: usize,
    flagged: usize,
    each: f64,
    spread: f64,
    is_explained: impl Fn(usize) -> bool,
) -> Lasting {
    let ended = Lasting {
        last: flagged,
        goes_on: false,
    };
    let days = (history.index_of(first)..history.len())
        .filter_map(|index| history.day(index))
        .filter(|day| !day.is_explained && !is_explained(day.place));
    let own = days.clone().take(LEARNT_DAYS);
    let own = own.take_while(|day| day.place <= flagged);
    let (count, pulse) = own.fold((0.0, 0.0), |(count, pulse), day| {
        (count + day.count, pulse + day.pulse)
    });
    if each <= 0.0 || pulse <= 0.0 || spread <= 0.0 {
        return ended;
    }
    let level = (each + STILL_ANOTHER * (count / pulse - each)).max(LEAST_LEVEL * each);
    let (log_ratio, difference) = ((level / each).ln(), level - each);
    let (mut sum, mut best) = (0.0, (0.0, first));
    let mut known = first;
    for day in days {
        known = day.place;
        sum += (day.count * log_ratio - difference * day.pulse) / spread;
        if sum > best.0 {
            best = (sum, day.place);
        } else if best.0 - sum >= OVER && best.0 > 0.0 {
            return Lasting {
                last: best.1,
                goes_on: false,
            };
        }
    }
    Lasting {
        last: known.max(first),
        goes_on: true,
    }
}

//! How long does another level last? Until the days that follow speak for the level before it.
//!
//! What is flagged says it badly. It ends too early once the new level has become the usual one: then
//! nothing stands out any more, though the product sells as it did the day before. And it ends too
//! late where a long stretch stands out as a whole, though its last days do not. So the end is looked
//! for by itself: the sum of the log-likelihood ratios of the days, the new level against the old
//! one, rises as long as the new one lasts and falls once it is over (Page's cumulative sum, 1954).
//! The day on which it was highest is the last one, as soon as it has fallen far enough below; until
//! then the level goes on. A level that has come back by two thirds is over.

use super::history::History;

/// So far has the sum to fall until a level is over: the days behind it are then ninety times likelier
/// under the level before it.
const OVER: f64 = 4.5;
/// The part of the way back to the level before it on which another level is still one.
const STILL_ANOTHER: f64 = 1.0 / 3.0;
/// Days from the first one that say what the new level is.
const LEARNT_DAYS: usize = 28;
/// No level is so low that a single sale could not be of it.
const LEAST_LEVEL: f64 = 0.05;

/// Where another level ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lasting {
    /// Its last day, by its place on the calendar.
    pub last: usize,
    /// It still holds on the last day that is known.
    pub goes_on: bool,
}

/// How long the level that begins on a day holds; `flagged` is the last day that stood out. `each` is
/// what the level before it counts on a day of an average pulse, `spread` the variance for each unit
/// of the mean; days that something else explains are left out.
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

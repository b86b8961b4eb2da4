//! Cold starts: forecasts of series too young for a model of their own.
//!
//! No history: the mean of the category times the weekday profile of the group. Up to 13 days: the own
//! level with that profile. Up to 55: own weekday means, shrunk to the profile by pseudo-weeks.
//!
//! Where the shop has older series, the sales of a young one are divided by theirs in the same days and
//! multiplied by their expectation: a week of offers does not set its level.

use serde::{Deserialize, Serialize};

use super::boosting::quantile_of_sorted;
use super::calendar::{DayNumber, weekday_of};
use super::classical::{weekday_profile, window_average};
use super::features::fortnight_means;
use super::frame::{Frame, GroupFrame, PulseWeight, build_pulse};
use super::members::LONG_HISTORY_DAYS;
use super::settings::HORIZON_LIMIT_DAYS;
use super::yearly;

/// Weight of the prior level of a young series, in days.
const PRIOR_DAYS: f64 = 0.5;
/// Weight of the pooled profile in the weekday means of a young series, in weeks.
const PSEUDO_WEEKS: f64 = 1.5;
/// Recent days from which the profile of the group is taken.
const PROFILE_DAYS: i32 = 182;
/// The band of a series in a group without residuals, as multiples of its mean.
const DEFAULT_RATIOS: (f64, f64, f64) = (0.2, 0.85, 2.0);

/// Days of history from which a series is a guide. A pulse too short for a regression on the season
/// continues at its mean over these days: an even number of weeks has as many with offers as without,
/// where smoothing would follow the last one.
const GUIDE_DAYS: i32 = 56;
/// Usual difference between the days that a young series has seen and those eight weeks, for the whole
/// shop: 15 %, as a variance.
const GUIDE_VARIANCE: f64 = 0.0225;
/// Largest scatter of the guides, as a multiple of that variance: six such guides weigh as much as the
/// prior.
const GUIDE_MOST_SCATTER: f64 = 6.0;
/// Weight of the prior of that scatter, in guides.
const GUIDE_PSEUDO_SERIES: f64 = 3.0;

/// The course of the older series, in multiples of their own means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Guide {
    /// Weight of the guides for a series of 1, 2, 3, ... days.
    shares: Vec<f64>,
    /// First day of `past`.
    first: DayNumber,
    /// Their sales in the last days.
    past: Vec<Option<f64>>,
    /// Their expectation for the days after.
    future: Vec<f64>,
    /// Their factor on each of the next 14 days, where they have a fortnightly rhythm.
    rhythm: Vec<f64>,
}

impl Guide {
    /// `None` without a series that is old enough.
    fn of(group: &GroupFrame) -> Option<Self> {
        let old: Vec<&Frame> = group
            .series
            .iter()
            .filter(|frame| frame.length() >= GUIDE_DAYS && frame.mean() > 0.0)
            .collect();
        if old.is_empty() {
            return None;
        }
        let pulse = build_pulse(
            old.iter().copied(),
            group.last,
            group.pulse.calendar.clone(),
            PulseWeight::Sales,
        );
        let days = pulse.recent(GUIDE_DAYS);
        let rhythm = fortnight_rhythm(&pulse);
        let future = usual_days(&pulse, &days)?
            .iter()
            .zip(rhythm.iter().cycle())
            .map(|(usual, rhythm)| usual * rhythm)
            .collect();
        Some(Self {
            shares: (1..GUIDE_DAYS).map(|days| share_of(&old, days)).collect(),
            rhythm,
            first: days.first()?.0,
            past: days.into_iter().map(|(_, value)| value).collect(),
            future,
        })
    }

    fn share(&self, frame: &Frame) -> f64 {
        let place = usize::try_from(frame.length() - 1).ok();
        place
            .and_then(|place| self.shares.get(place))
            .copied()
            .unwrap_or(0.0)
    }

    /// The level of the days that a young series has seen, as a multiple of the last eight weeks.
    fn pace(&self, frame: &Frame) -> f64 {
        let mean = |days: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = days.fold((0.0, 0.0), |all, did| (all.0 + did, all.1 + 1.0));
            if count > 0.0 { sum / count } else { 0.0 }
        };
        let usual = mean(&mut self.past.iter().copied().flatten());
        let seen = frame.recent(GUIDE_DAYS).into_iter();
        let seen = mean(&mut seen.filter_map(|(day, value)| value.and(self.did(day))));
        if usual > 0.0 && seen > 0.0 {
            1.0 + self.share(frame) * (seen / usual - 1.0)
        } else {
            1.0
        }
    }

    fn did(&self, day: DayNumber) -> Option<f64> {
        let place = usize::try_from(day - self.first).ok()?;
        self.past.get(place).copied().flatten()
    }

    /// The sales of a young series if it keeps its share of the guides' sales.
    fn path(&self, frame: &Frame, prior: f64, horizon: usize) -> Vec<f64> {
        let mut own = [(0.0_f64, 0.0_f64, 0.0_f64); 7];
        let (mut sold, mut did) = (0.0, 0.0);
        for (day, value) in frame.recent(GUIDE_DAYS) {
            let (Some(value), Some(guide)) = (value, self.did(day)) else {
                continue;
            };
            sold += value;
            did += guide;
            if let Some(slot) = own.get_mut(weekday_of(day)) {
                *slot = (slot.0 + value, slot.1 + guide, slot.2 + 1.0);
            }
        }
        let part = (sold + PRIOR_DAYS * prior) / (did + PRIOR_DAYS);
        let has_weeks = frame.length() >= 14;
        (frame.last + 1..)
            .zip(&self.future)
            .take(horizon)
            .map(|(day, future)| {
                let part = match own.get(weekday_of(day)) {
                    Some((sold, did, days)) if has_weeks && *did > 0.0 => {
                        let week = did / days;
                        (sold + PSEUDO_WEEKS * part * week) / (did + PSEUDO_WEEKS * week)
                    }
                    _ => part,
                };
                part * future
            })
            .collect()
    }
}

/// Expectation of the guides after `days`, their last ones: weekday, trend and season where the pulse is
/// long enough, kept near the mean of the last weeks.
fn usual_days(pulse: &Frame, days: &[(DayNumber, Option<f64>)]) -> Option<Vec<f64>> {
    let recent = window_average(days, GUIDE_DAYS / 7, HORIZON_LIMIT_DAYS)?;
    let seasonal = (pulse.length() >= LONG_HISTORY_DAYS)
        .then(|| yearly::forecast(pulse, HORIZON_LIMIT_DAYS))
        .flatten();
    Some(match seasonal {
        None => recent,
        Some(seasonal) => seasonal
            .iter()
            .zip(&recent)
            .map(|(seasonal, recent)| seasonal.clamp(0.2 * recent, 3.0 * recent))
            .collect(),
    })
}

/// Weight of the guides for a series of `days` days: their number against the scatter of the ratio of
/// these days to the last eight weeks from guide to guide (an empirical Bayes estimate of the mean
/// ratio). The guides of stores that move together have almost all the weight.
fn share_of(guides: &[&Frame], days: i32) -> f64 {
    let ratios: Vec<f64> = guides
        .iter()
        .filter_map(|frame| {
            let usual = frame.window(frame.last - GUIDE_DAYS + 1, frame.last);
            let seen = frame.window(frame.last - days + 1, frame.last);
            (usual.sum > 0.0 && seen.days > 0.0).then(|| seen.mean_or(0.0) / usual.mean_or(1.0))
        })
        .collect();
    let count = f64::from(u32::try_from(ratios.len()).unwrap_or(u32::MAX));
    if count < 1.0 {
        return 0.0;
    }
    let mean = ratios.iter().sum::<f64>() / count;
    let off: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
    let believed = GUIDE_PSEUDO_SERIES * GUIDE_MOST_SCATTER * GUIDE_VARIANCE;
    let scatter = (off + believed) / (count - 1.0 + GUIDE_PSEUDO_SERIES);
    count / (count + (scatter / GUIDE_VARIANCE).min(GUIDE_MOST_SCATTER))
}

/// What young series use of their group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct YoungBasis {
    profile: [f64; 7],
    /// Factor of each of the coming 14 days relative to its weekday mean, from the fortnightly rhythm.
    rhythm: Vec<f64>,
    /// Quantiles 10 %, 50 %, 90 % of actual over expected.
    ratios: (f64, f64, f64),
    guide: Option<Guide>,
}

impl YoungBasis {
    /// Learns from the group, and from `beside` what days were like where the group itself is too young.
    pub fn learn(group: &GroupFrame, beside: Option<&GroupFrame>) -> Self {
        let profile = weekday_profile(&group.pulse.recent(PROFILE_DAYS)).unwrap_or([1.0; 7]);
        let mut basis = Self {
            profile,
            rhythm: fortnight_rhythm(&group.pulse),
            ratios: DEFAULT_RATIOS,
            guide: Guide::of(group).or_else(|| beside.and_then(Guide::of)),
        };
        let mut ratios: Vec<f64> = Vec::new();
        for frame in &group.series {
            let days = frame.recent(56);
            let fitted = basis.alone(Some(frame), frame.mean(), days.iter().map(|(day, _)| *day));
            ratios.extend(days.iter().zip(fitted).filter_map(|((_, value), fit)| {
                value.filter(|_| fit > 0.0).map(|value| value / fit)
            }));
        }
        if ratios.len() >= 40 {
            ratios.sort_by(f64::total_cmp);
            let at = |level| quantile_of_sorted(&ratios, level);
            // In-sample residuals are too small: the edges are moved outwards a little.
            basis.ratios = (0.95 * at(0.1), at(0.5), 1.1 * at(0.9));
        }
        // A young group without a rhythm uses that of its guides.
        if let Some(guide) = &basis.guide {
            basis.rhythm.clone_from(&guide.rhythm);
        }
        basis
    }

    /// The level of the days that a young series has seen, as a multiple of usual days: its mean over
    /// them divided by this is its usual mean.
    pub fn pace(&self, frame: &Frame) -> f64 {
        let young = self.guide.as_ref();
        let young = young.filter(|_| frame.length() < GUIDE_DAYS);
        young.map_or(1.0, |guide| guide.pace(frame))
    }

    /// Expected sales on the days after the last of the frame. `prior` is the level before own history,
    /// on usual days.
    pub fn path(&self, frame: &Frame, prior: f64, horizon: usize) -> Vec<f64> {
        let days = (frame.last + 1..).take(horizon);
        let alone = self.alone(Some(frame), prior, days);
        let Some(guide) = &self.guide else {
            return alone;
        };
        let share = guide.share(frame);
        let guided = guide.path(frame, prior, horizon);
        alone
            .into_iter()
            .zip(guided)
            .map(|(alone, guided)| alone + share * (guided - alone))
            .collect()
    }

    /// Expected sales from the series itself and the weekdays of the group.
    pub fn alone(
        &self,
        frame: Option<&Frame>,
        prior: f64,
        days: impl Iterator<Item = DayNumber>,
    ) -> Vec<f64> {
        let mut sums = [(0.0_f64, 0.0_f64); 7];
        let (mut sold, mut expected) = (0.0, 0.0);
        let mut last = 0;
        if let Some(frame) = frame {
            last = frame.last;
            for (day, value) in frame.recent(56) {
                let (Some(value), Some(slot)) = (value, sums.get_mut(weekday_of(day))) else {
                    continue;
                };
                slot.0 += value;
                slot.1 += 1.0;
                sold += value;
                expected += self.profile.get(weekday_of(day)).copied().unwrap_or(1.0);
            }
        }
        let level = (sold + PRIOR_DAYS * prior) / (expected + PRIOR_DAYS);
        let has_weeks = frame.is_some_and(|frame| frame.length() >= 14);
        days.map(|day| {
            let weekday = weekday_of(day);
            let pooled = level * self.profile.get(weekday).copied().unwrap_or(1.0);
            let own = match sums.get(weekday) {
                Some((sum, count)) if has_weeks => {
                    (sum + PSEUDO_WEEKS * pooled) / (count + PSEUDO_WEEKS)
                }
                _ => pooled,
            };
            let phase = usize::try_from((day - last - 1).rem_euclid(14)).unwrap_or(0);
            own * self.rhythm.get(phase).copied().unwrap_or(1.0)
        })
        .collect()
    }

    /// Lower edge, median and upper edge for an expected value; few `days` of own history widen the
    /// band.
    pub fn band(&self, expected: f64, days: i32) -> (f64, f64, f64) {
        let doubt = (1.0 + 3.0 / f64::from(days.max(1))).sqrt();
        let (low, middle, high) = self.ratios;
        (
            expected * low / doubt,
            expected * middle,
            expected * high.max(middle) * doubt,
        )
    }
}

/// Factors of the next 14 days where the group has a fortnightly rhythm (offers, pay days): the pulse of
/// the same day two, four, … weeks ago over that of the weeks between, if the pattern repeats.
fn fortnight_rhythm(pulse: &Frame) -> Vec<f64> {
    let origin = pulse.last;
    let none = vec![1.0; 14];
    if pulse.length() < 28 {
        return none;
    }
    let difference = |target: DayNumber, offset: DayNumber| {
        let (same, other) = (
            pulse.value(target - 14 - offset)?,
            pulse.value(target - 7 - offset)?,
        );
        Some(same - other)
    };
    let (mut together, mut newer, mut older) = (0.0, 0.0, 0.0);
    for target in origin + 1..=origin + 7 {
        if let (Some(first), Some(second)) = (difference(target, 0), difference(target, 14)) {
            together += first * second;
            newer += first * first;
            older += second * second;
        }
    }
    let spread: f64 = newer.max(older);
    let agreement = if spread > 0.0 { together / spread } else { 0.0 };
    let repeats = if pulse.length() >= 42 { 0.3 } else { 0.5 };
    if agreement < repeats {
        return none;
    }
    (origin + 1..=origin + 14)
        .map(|target| match fortnight_means(pulse, origin, target, 4) {
            (Some(same), Some(other)) if same + other > 0.0 => {
                let strength = agreement.min(1.0);
                (1.0 + strength * (same - other) / (same + other)).clamp(0.5, 1.5)
            }
            _ => 1.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::ClosedDays;

    /// A series of 84 days that sells `usual` a day, and in its last week this many times as much.
    fn with_a_last_week(name: usize, usual: f64, times: f64) -> Frame {
        let days = (0..84).map(|day| Some(if day < 77 { usual } else { usual * times }));
        Frame::new(
            format!("p{name}"),
            None,
            1_001,
            days.collect(),
            ClosedDays::default(),
        )
    }

    fn group_of(series: Vec<Frame>) -> GroupFrame {
        let last = series[0].last;
        let pulse = build_pulse(&series, last, ClosedDays::default(), PulseWeight::Equal);
        GroupFrame {
            last,
            series,
            pulse,
        }
    }

    fn share(times: impl Iterator<Item = f64>) -> f64 {
        let guides: Vec<Frame> = times
            .enumerate()
            .map(|(name, times)| with_a_last_week(name, 10.0, times))
            .collect();
        share_of(&guides.iter().collect::<Vec<_>>(), 7)
    }

    #[test]
    fn guides_that_agree_have_most_of_the_weight_and_few_or_scattered_ones_little() {
        let together = share((0..40).map(|_| 1.3));
        let apart = share((0..40).map(|one| if one % 2 == 0 { 0.3 } else { 2.3 }));
        assert!(together > 0.98, "{together}");
        assert!((apart - 40.0 / 46.0).abs() < 1e-9, "as strongly as six");
        let few = share([1.3, 1.3].into_iter());
        assert!(few < 0.4, "two that agree may do so by chance: {few}");
        assert!(share(std::iter::empty()).abs() < f64::EPSILON);
    }

    #[test]
    fn the_pace_of_a_week_of_offers_follows_the_guides() {
        let old: Vec<Frame> = (0..40)
            .map(|name| with_a_last_week(name, 10.0, 1.3))
            .collect();
        let last = old[0].last;
        let days = vec![Some(13.0); 7];
        let week = Frame::new("y".to_owned(), None, last - 6, days, ClosedDays::default());
        let group = group_of(old);
        let basis = YoungBasis::learn(&group, None);
        let pace = basis.pace(&week);
        // Seven days of eight weeks are part of what is usual.
        assert!((1.2..1.3).contains(&pace), "{pace}");
        assert!((basis.pace(&group.series[0]) - 1.0).abs() < f64::EPSILON);
        let said = basis.path(&week, 10.0, 28).iter().sum::<f64>() / 28.0;
        assert!((9.7..10.9).contains(&said), "{said} of 10 on usual days");
    }

    #[test]
    fn guides_of_two_years_know_the_season() {
        let first = 735_000;
        let season = |day: i32| {
            let date = crate::calendar::date_of(day).unwrap();
            let angle =
                std::f64::consts::TAU * f64::from(chrono::Datelike::ordinal(&date)) / 365.25;
            10.0 * (1.0 + 0.5 * angle.sin())
        };
        let days: Vec<Option<f64>> = (first..first + 730).map(|day| Some(season(day))).collect();
        let guides = (0..10)
            .map(|name| {
                let days = days.clone();
                Frame::new(format!("p{name}"), None, first, days, ClosedDays::default())
            })
            .collect();
        let guide = Guide::of(&group_of(guides)).unwrap();
        let mean =
            |days: &[f64]| days.iter().sum::<f64>() / f64::from(u32::try_from(days.len()).unwrap());
        let expected = mean(&guide.future[60..90]);
        let actual: Vec<f64> = (first + 790..first + 820)
            .map(|day| season(day) / 10.0)
            .collect();
        let past: Vec<f64> = guide.past.iter().copied().flatten().collect();
        assert!((expected / mean(&actual) - 1.0).abs() < 0.1, "{expected}");
        assert!(
            (mean(&past) / mean(&actual) - 1.0).abs() > 0.3,
            "the season moves"
        );
    }

    #[test]
    fn a_guide_counts_by_what_it_sells() {
        let mut guides: Vec<Frame> = (0..40)
            .map(|name| with_a_last_week(name, 1.0, 0.5))
            .collect();
        guides.push(with_a_last_week(99, 400.0, 1.3));
        let guide = Guide::of(&group_of(guides)).unwrap();
        let week = guide.past.last().copied().flatten().unwrap();
        let before = guide.past[0].unwrap();
        assert!((week / before - 1.24).abs() < 0.02, "{}", week / before);
    }
}

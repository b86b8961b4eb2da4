//! Daily series: the boosted quantiles of the forecast engine as the expectation, week by week.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::judge::{Expectation, Memory, Rules};
use super::{DeviationKind, Finding};
use crate::calendar::ClosedDays;
use crate::features::level_at;
use crate::frame::GroupFrame;
use crate::history::SeriesHistory;
use crate::pooled::{QuantileModels, Quantiles};

/// Days expected from one origin.
const BLOCK_DAYS: i32 = 1;
/// Days between two fits of the models.
const REFIT_DAYS: i32 = 42;
/// Most fits of one run: what they learn, how series go on from their own level, changes slowly, and
/// twenty years shall not take twenty times as long as one.
const MOST_FITS: i32 = 24;
/// Models that are asked together: which rows one of them drew shall not decide what is reported.
const VOICES: u64 = 3;
/// Days before the first reported one on which the scale of each series is learnt.
const WARM_UP_DAYS: i32 = 84;
/// A series is judged from this many days after its first sale on.
const YOUNGEST_DAYS: i32 = 42;
/// A day belongs to the whole shop when this share of its series deviates to one side.
const SHOP_SHARE: f64 = 0.34;
/// Fewer series than this are no shop.
const SHOP_FEWEST: usize = 4;
/// The common deviation of a shop is drawn to none as if by so many series without any.
const COMMON_PSEUDO_SERIES: f64 = 5.0;
/// Deviation that counts towards a day of the whole shop.
const SHOP_DEVIATION: f64 = 2.0;

/// What a detection may be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DetectorSettings {
    /// Thresholds of the rules.
    pub rules: Rules,
    /// Seed of the models.
    pub seed: u64,
    /// Training rows of the models.
    pub pooled_rows: usize,
    /// Trees of each model.
    pub trees: usize,
}

impl Default for DetectorSettings {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            seed: 20_260_101,
            pooled_rows: 15_000,
            trees: 90,
        }
    }
}

/// Judges every day of `from..=to`, each by what was known the week before it. Series that are
/// recorded on the same days are one shop.
#[must_use]
pub fn detect(
    series: &[SeriesHistory],
    from: NaiveDate,
    to: NaiveDate,
    settings: &DetectorSettings,
) -> Vec<Finding> {
    let mut run = Run {
        actual: series,
        cleaned: series.to_vec(),
        memories: vec![Memory::default(); series.len()],
        settings,
        from: from.num_days_from_ce(),
        findings: Vec::new(),
    };
    let last = to.num_days_from_ce();
    let mut models: Vec<QuantileModels> = Vec::new();
    let mut origin = run.from - WARM_UP_DAYS - 1;
    let refit_days = REFIT_DAYS.max((last - origin) / MOST_FITS);
    let mut fitted = origin;
    while origin < last {
        let group = GroupFrame::build(&run.cleaned, origin);
        if models.is_empty() || origin - fitted >= refit_days {
            fitted = origin;
            models = (0..VOICES)
                .filter_map(|voice| {
                    QuantileModels::fit(
                        &group,
                        settings.pooled_rows,
                        settings.trees,
                        0.07,
                        settings.seed ^ (voice << 20),
                    )
                })
                .collect();
        }
        let until = (origin + BLOCK_DAYS).min(last);
        run.judge_block(&group, &models, until);
        origin = until;
    }
    run.findings
}

struct Run<'a> {
    actual: &'a [SeriesHistory],
    /// The same histories with flagged days unknown.
    cleaned: Vec<SeriesHistory>,
    memories: Vec<Memory>,
    settings: &'a DetectorSettings,
    from: i32,
    findings: Vec<Finding>,
}

/// One value of one series, with its expectation.
struct Observed {
    index: usize,
    value: f64,
    expected: Expectation,
    deviation: f64,
}

impl Run<'_> {
    fn judge_block(&mut self, group: &GroupFrame, models: &[QuantileModels], until: i32) {
        let paths: BTreeMap<&str, (Vec<Quantiles>, f64, &ClosedDays)> = group
            .series
            .iter()
            .filter(|frame| frame.length() >= YOUNGEST_DAYS)
            .map(|frame| {
                let length = usize::try_from(until - group.last).unwrap_or(0);
                let voices: Vec<Vec<Quantiles>> = models
                    .iter()
                    .map(|model| model.predict(frame, &group.pulse, length))
                    .collect();
                let path = together(&voices);
                (
                    frame.id.as_str(),
                    (path, level_at(frame, group.last), &frame.calendar),
                )
            })
            .collect();
        for day in group.last + 1..=until {
            let step = usize::try_from(day - group.last - 1).unwrap_or(0);
            let observed: Vec<Observed> = self
                .actual
                .iter()
                .enumerate()
                .filter_map(|(index, history)| {
                    let value = value_on(history, day)?;
                    let (path, level, calendar) = paths.get(history.id.as_str())?;
                    let closed = calendar.may_contain(day);
                    let Quantiles { low, median, high } = *path.get(step)?;
                    let expected = Expectation {
                        low,
                        middle: median,
                        high,
                        level: *level,
                    };
                    let deviation = expected.deviation(value, &self.settings.rules);
                    (!closed).then_some(Observed {
                        index,
                        value,
                        expected,
                        deviation,
                    })
                })
                .collect();
            self.judge_day(day, &observed);
        }
    }

    fn judge_day(&mut self, day: i32, observed: &[Observed]) {
        let shop = shop_deviation(observed);
        if let Some((direction, _)) = shop {
            self.report_shop(day, observed, direction);
        }
        let common = common_deviation(observed);
        for one in observed {
            let (Some(history), Some(memory)) =
                (self.actual.get(one.index), self.memories.get_mut(one.index))
            else {
                continue;
            };
            // What the whole shop does is not this series' doing; it stands out against the others.
            let own = one.deviation - common;
            let with_the_others = shop.is_some_and(|(direction, strength)| {
                one.deviation * direction > 0.0
                    && one.deviation * direction
                        < strength + self.settings.rules.spike * memory.scale()
            });
            if with_the_others {
                memory.excuse();
                blank(self.cleaned.get_mut(one.index), day);
                continue;
            }
            let judgement = memory.judge(own, one.value <= 0.0, &self.settings.rules);
            match judgement.fired {
                Some((kind, score)) => {
                    if memory.is_new_normal(&self.settings.rules) {
                        memory.accept();
                        restore(self.cleaned.get_mut(one.index), history, day, 28);
                        continue;
                    }
                    blank(self.cleaned.get_mut(one.index), day);
                    if day >= self.from
                        && let Some(finding) =
                            finding_of(Some(history.id.clone()), day, kind, score, one)
                    {
                        self.findings.push(finding);
                    }
                }
                None => memory.remember(own),
            }
        }
    }

    fn report_shop(&mut self, day: i32, observed: &[Observed], direction: f64) {
        let involved: Vec<&Observed> = observed
            .iter()
            .filter(|one| one.deviation * direction >= SHOP_DEVIATION)
            .collect();
        let mut sum = Expectation {
            low: 0.0,
            middle: 0.0,
            high: 0.0,
            level: 0.0,
        };
        let mut value = 0.0;
        let mut strength = 0.0;
        for one in &involved {
            sum.low += one.expected.low;
            sum.middle += one.expected.middle;
            sum.high += one.expected.high;
            value += one.value;
            strength += one.deviation.abs();
        }
        let count = f64::from(u32::try_from(involved.len()).unwrap_or(1)).max(1.0);
        let score = strength / count / SHOP_DEVIATION;
        let all = Observed {
            index: 0,
            value,
            expected: sum,
            deviation: direction,
        };
        if day >= self.from
            && let Some(mut finding) = finding_of(None, day, DeviationKind::ShopWide, score, &all)
        {
            finding.series_involved = involved
                .iter()
                .filter_map(|one| self.actual.get(one.index).map(|history| history.id.clone()))
                .collect();
            self.findings.push(finding);
        }
    }
}

/// The mean of what the models say of each day.
fn together(voices: &[Vec<Quantiles>]) -> Vec<Quantiles> {
    let days = voices.first().map_or(0, Vec::len);
    let count = f64::from(u32::try_from(voices.len()).unwrap_or(1)).max(1.0);
    let mean = |day: usize, pick: fn(&Quantiles) -> f64| {
        let said = voices.iter().filter_map(|path| path.get(day)).map(pick);
        said.sum::<f64>() / count
    };
    (0..days)
        .map(|day| Quantiles {
            low: mean(day, |one| one.low),
            median: mean(day, |one| one.median),
            high: mean(day, |one| one.high),
        })
        .collect()
}

fn finding_of(
    series_id: Option<String>,
    day: i32,
    kind: DeviationKind,
    score: f64,
    one: &Observed,
) -> Option<Finding> {
    Some(Finding {
        series_id,
        date: NaiveDate::from_num_days_from_ce_opt(day)?,
        kind,
        score,
        actual: one.value,
        expected: one.expected.middle,
        expected_low: one.expected.low,
        expected_high: one.expected.high,
        series_involved: Vec::new(),
    })
}

/// The direction (+1 or -1) in which most of the shop deviates, if it does, and how far the middle
/// one of those that do.
fn shop_deviation(observed: &[Observed]) -> Option<(f64, f64)> {
    if observed.len() < SHOP_FEWEST {
        return None;
    }
    let count = |size: usize| f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    [1.0, -1.0].into_iter().find_map(|direction| {
        let mut strengths: Vec<f64> = observed
            .iter()
            .map(|one| one.deviation * direction)
            .filter(|strength| *strength >= SHOP_DEVIATION)
            .collect();
        strengths.sort_by(f64::total_cmp);
        let middle = strengths.get(strengths.len() / 2).copied()?;
        (count(strengths.len()) >= SHOP_SHARE * count(observed.len()))
            .then_some((direction, middle))
    })
}

/// What the series of a day have in common: the median deviation, less of it the fewer they are.
fn common_deviation(observed: &[Observed]) -> f64 {
    let mut usual: Vec<f64> = observed.iter().map(|one| one.deviation).collect();
    usual.sort_by(f64::total_cmp);
    let count = f64::from(u32::try_from(usual.len()).unwrap_or(u32::MAX));
    let at = |index: usize| usual.get(index).copied().unwrap_or(0.0);
    let middle = at(usual.len().saturating_sub(1) / 2).midpoint(at(usual.len() / 2));
    middle * count / (count + COMMON_PSEUDO_SERIES)
}

fn offset_of(history: &SeriesHistory, day: i32) -> Option<usize> {
    usize::try_from(day - history.start.num_days_from_ce()).ok()
}

fn value_on(history: &SeriesHistory, day: i32) -> Option<f64> {
    let value = history
        .quantities
        .get(offset_of(history, day)?)
        .copied()
        .flatten()?;
    value.is_finite().then_some(value.max(0.0))
}

fn blank(history: Option<&mut SeriesHistory>, day: i32) {
    if let Some(history) = history
        && let Some(offset) = offset_of(history, day)
        && let Some(slot) = history.quantities.get_mut(offset)
    {
        *slot = None;
    }
}

/// Gives the last `days` days back to learning.
fn restore(cleaned: Option<&mut SeriesHistory>, actual: &SeriesHistory, day: i32, days: i32) {
    let Some(cleaned) = cleaned else { return };
    for past in day - days + 1..=day {
        if let Some(offset) = offset_of(actual, past)
            && let (Some(slot), Some(value)) = (
                cleaned.quantities.get_mut(offset),
                actual.quantities.get(offset),
            )
        {
            *slot = *value;
        }
    }
}

/// The first and last day that a set of histories covers.
#[must_use]
pub fn covered_days(series: &[SeriesHistory]) -> Option<(NaiveDate, NaiveDate)> {
    let first = series.iter().map(|history| history.start).min()?;
    let last = series
        .iter()
        .filter_map(|history| {
            let days = u64::try_from(history.quantities.len())
                .ok()?
                .checked_sub(1)?;
            history.start.checked_add_days(Days::new(days))
        })
        .max()?;
    Some((first, last))
}

#[cfg(test)]
mod tests;

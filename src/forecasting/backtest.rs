//! Rolling origins: what the members would have forecast one, two and three months ago, and the actual
//! sales.
//!
//! They give the weights of the blend, the corrections of level and bands, and the scores that are
//! shown. The pooled models are fitted once, at the oldest origin, so that no origin sees its future.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bands::{BandCorrection, BandScores, TOTAL_DAYS, TotalRatios};
use super::blend::{NormalEquations, Weights};
use super::calendar::DayNumber;
use super::features::level_at;
use super::frame::{Frame, GroupFrame};
use super::history::{DemandClass, SeriesHistory};
use super::members::{self, MemberDay};
use super::outcome::BacktestScore;
use super::pooled::{PooledModels, Quantiles};
use super::settings::Settings;

/// Days forecast from each origin, and days between origins.
pub(crate) const BACKTEST_DAYS: i32 = 28;
/// Most origins.
const MOST_ORIGINS: i32 = 3;
/// Fewest days of history before the oldest origin.
const FIRST_DAYS: i32 = 112;
/// Fewest days of a demand class for weights of its own; with fewer it uses those of the group.
const CLASS_DAYS: usize = 400;
/// Shrinks level corrections towards 1, as if this many extra observations had needed no correction.
const LEVEL_PSEUDO_DAYS: f64 = 2_500.0;
/// Largest correction of the level, as a part of it.
const LEVEL_CAP: f64 = 0.15;

/// What the backtest gives for one demand class, or for the whole group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    pub weights: Weights,
    /// Factor on the mean.
    pub level: f64,
    pub band: BandCorrection,
    pub totals: Option<TotalRatios>,
    pub score: Option<BacktestScore>,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            level: 1.0,
            band: BandCorrection::default(),
            totals: None,
            score: None,
        }
    }
}

/// Calibrations of a group and of its demand classes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Calibrations {
    group: Calibration,
    classes: BTreeMap<DemandClass, Calibration>,
    /// Scores of the blend on each series.
    #[serde(default)]
    series: BTreeMap<String, BacktestScore>,
}

impl Calibrations {
    pub fn of(&self, class: DemandClass) -> &Calibration {
        self.classes.get(&class).unwrap_or(&self.group)
    }

    /// Runs the backtest; a group that is too young keeps the priors.
    pub fn learn(histories: &[SeriesHistory], group: &GroupFrame, settings: &Settings) -> Self {
        let cases = collect_cases(histories, group, settings);
        if cases.is_empty() {
            return Self::default();
        }
        let all: Vec<&Case> = cases.iter().collect();
        let fitted = calibrate(&all, None);
        let mut classes = BTreeMap::new();
        for class in [
            DemandClass::Smooth,
            DemandClass::Erratic,
            DemandClass::Intermittent,
            DemandClass::Lumpy,
        ] {
            let own: Vec<&Case> = cases.iter().filter(|case| case.class == class).collect();
            let days: usize = own.iter().map(|case| case.days.len()).sum();
            if days >= CLASS_DAYS {
                classes.insert(class, calibrate(&own, Some(&fitted)));
            }
        }
        let mut learnt = Self {
            group: fitted,
            classes,
            series: BTreeMap::new(),
        };
        learnt.series = learnt.score_series(&cases);
        learnt
    }

    /// The scores of one series; `None` when it was too young for the backtest.
    pub fn of_series(&self, id: &str) -> Option<&BacktestScore> {
        self.series.get(id)
    }

    fn score_series(&self, cases: &[Case]) -> BTreeMap<String, BacktestScore> {
        let mut tallies: BTreeMap<&str, (Tally, usize)> = BTreeMap::new();
        for case in cases {
            let calibration = self.of(case.class);
            let (tally, origins) = tallies.entry(&case.id).or_default();
            *origins += 1;
            for day in &case.days {
                if let Some(mean) = calibration.weights.mix(&day.said.values) {
                    tally.add(day, mean.max(0.0) * calibration.level);
                }
            }
        }
        tallies
            .into_iter()
            .filter_map(|(id, (tally, origins))| Some((id.to_owned(), tally.score(origins)?)))
            .collect()
    }
}

/// One series from one origin.
struct Case {
    id: String,
    class: DemandClass,
    origin: DayNumber,
    level: f64,
    days: Vec<CaseDay>,
}

struct CaseDay {
    said: MemberDay,
    actual: f64,
    /// The naive forecast: the same weekday of the last week before the origin.
    naive: f64,
    step: usize,
}

fn collect_cases(
    histories: &[SeriesHistory],
    group: &GroupFrame,
    settings: &Settings,
) -> Vec<Case> {
    let origins = ((group.pulse.length() - FIRST_DAYS) / BACKTEST_DAYS).clamp(0, MOST_ORIGINS);
    let mut cases = Vec::new();
    let mut pooled = None;
    for back in (1..=origins).rev() {
        let origin = group.last - back * BACKTEST_DAYS;
        let past = GroupFrame::build(histories, origin);
        if pooled.is_none() {
            pooled = PooledModels::fit(&past, settings, settings.seed ^ 0xB4C7);
        }
        for frame in past.series.iter().filter(|frame| frame.length() >= 56) {
            let Some(future) = group.find(&frame.id) else {
                continue;
            };
            let case = case_of(frame, future, &past, pooled.as_ref());
            if !case.days.is_empty() && case.level > 0.0 {
                cases.push(case);
            }
        }
    }
    cases
}

fn case_of(
    frame: &Frame,
    future: &Frame,
    past: &GroupFrame,
    pooled: Option<&PooledModels>,
) -> Case {
    let horizon = usize::try_from(BACKTEST_DAYS).unwrap_or(0);
    let said = members::run(frame, past, pooled, horizon);
    let days = (past.last + 1..)
        .zip(said)
        .enumerate()
        .filter_map(|(step, (day, said))| {
            if frame.calendar.contains(day) {
                return None;
            }
            let weeks_back = 7 * ((day - past.last + 6) / 7);
            let naive = frame
                .value(day - weeks_back)
                .unwrap_or_else(|| frame.mean());
            Some(CaseDay {
                said,
                actual: future.value(day)?,
                naive,
                step,
            })
        })
        .collect();
    Case {
        id: frame.id.clone(),
        class: class_of(frame),
        origin: past.last,
        level: level_at(frame, past.last),
        days,
    }
}

/// The demand class of a frame over the last half year.
pub(crate) fn class_of(frame: &Frame) -> DemandClass {
    let sold: Vec<f64> = frame
        .recent(182)
        .into_iter()
        .filter_map(|(_, value)| value)
        .collect();
    let positive: Vec<f64> = sold.iter().copied().filter(|value| *value > 0.0).collect();
    let count = |list: &[f64]| u32::try_from(list.len()).map_or(0.0, f64::from);
    let mean = positive.iter().sum::<f64>() / count(&positive).max(1.0);
    let variance = positive
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum::<f64>()
        / count(&positive).max(1.0);
    DemandClass::of(count(&sold), count(&positive), mean, variance)
}

fn calibrate(cases: &[&Case], group: Option<&Calibration>) -> Calibration {
    let mut equations = NormalEquations::new();
    for case in cases {
        for day in &case.days {
            equations.add(&day.said.values, day.actual, case.level);
        }
    }
    let weights = equations.solve();
    let level = level_correction(cases, &weights, group.map_or(1.0, |group| group.level));
    let mut bands = BandScores::default();
    let mut ratios: [Vec<f64>; 3] = Default::default();
    let mut tally = Tally::default();
    for case in cases {
        let mut totals = [(0.0_f64, 0.0_f64); 3];
        for day in &case.days {
            let Some(mean) = weights.mix(&day.said.values) else {
                continue;
            };
            let mean = mean.max(0.0) * level;
            for (total, length) in totals.iter_mut().zip(TOTAL_DAYS) {
                if day.step < length {
                    total.0 += day.actual;
                    total.1 += mean;
                }
            }
            if let Some(Quantiles { low, high, .. }) = day.said.quantiles {
                bands.add(low, high, case.level, day.actual);
            }
            tally.add(day, mean);
        }
        for (list, (actual, mean)) in ratios.iter_mut().zip(totals) {
            // A part of the level is added to both, so that a total near 0 makes no huge ratio.
            let floor = 0.25 * case.level;
            if mean > 0.0 {
                list.push(((actual + floor) / (mean + floor)).min(10.0));
            }
        }
    }
    let mut origins: Vec<DayNumber> = cases.iter().map(|case| case.origin).collect();
    origins.sort_unstable();
    origins.dedup();
    Calibration {
        weights,
        level,
        band: bands.correction(),
        totals: TotalRatios::learn(ratios).or_else(|| group.and_then(|group| group.totals.clone())),
        score: tally.score(origins.len()),
    }
}

/// Actual over forecast in units of the levels, so that every series counts the same; shrunk and capped.
fn level_correction(cases: &[&Case], weights: &Weights, prior: f64) -> f64 {
    let (mut actual, mut forecast) = (0.0, 0.0);
    for case in cases {
        for day in &case.days {
            if let Some(mean) = weights.mix(&day.said.values) {
                actual += (day.actual / case.level).min(20.0);
                forecast += mean.max(0.0) / case.level;
            }
        }
    }
    let factor = (actual + LEVEL_PSEUDO_DAYS * prior) / (forecast + LEVEL_PSEUDO_DAYS);
    factor.clamp(1.0 - LEVEL_CAP, 1.0 + LEVEL_CAP)
}

#[derive(Default)]
struct Tally {
    days: usize,
    error: f64,
    drift: f64,
    sold: f64,
    naive: f64,
    inside: f64,
    banded: f64,
}

impl Tally {
    fn add(&mut self, day: &CaseDay, mean: f64) {
        if let Some(Quantiles { low, high, .. }) = day.said.quantiles {
            let is_inside = day.actual >= low && day.actual <= high;
            self.inside += f64::from(u8::from(is_inside));
            self.banded += 1.0;
        }
        self.days += 1;
        self.error += (day.actual - mean).abs();
        self.drift += mean - day.actual;
        self.sold += day.actual;
        self.naive += (day.actual - day.naive).abs();
    }

    fn score(&self, origins: usize) -> Option<BacktestScore> {
        (self.sold > 0.0).then(|| BacktestScore {
            origins,
            days: self.days,
            wape: self.error / self.sold,
            bias: self.drift / self.sold,
            relative_to_seasonal_naive: if self.naive > 0.0 {
                self.error / self.naive
            } else {
                1.0
            },
            coverage: if self.banded > 0.0 {
                self.inside / self.banded
            } else {
                0.0
            },
        })
    }
}

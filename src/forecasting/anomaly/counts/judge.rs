//! Walks through the days of one product and judges each by the days before it.

use super::{
    CountRules, Counted, Episode, change_point,
    evidence::Evidence,
    history::{Day, FEWEST_DAYS, History, Level},
    pulse::Pulse,
    story::{LONGEST_SPIKE, Measure, Stories, Stretch},
    tail::surprise,
};
use crate::anomaly::DeviationKind;

/// Lengths of the stretches that are judged, in days on which the product could be sold.
const WINDOWS: [usize; 14] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 18, 28, 42, 60, 84];
/// Too little on at most this many days is a drop or a silence, on more days a new level.
const LONGEST_DROP: usize = 12;
/// Fewest days with a sale in a level before a spike is more than a rare buyer.
const FEWEST_SELLING_DAYS: usize = 12;
/// Smallest expectation at which a spike is reported: below, one buyer makes the day.
const LEAST_EXPECTED: f64 = 1.0;
/// A longer stretch has to exceed the score of the last day alone by this factor.
const LONGER: f64 = 1.08;
/// A drop goes on while a day sells less than this part of the expectation.
const STILL_LOW: f64 = 0.6;
/// A spike exceeds the best day of the level by this factor.
const ABOVE_THE_BEST: f64 = 1.3;
/// A day with an expectation below this part of an average one does not count as a best day.
const LEAST_PULSE: f64 = 0.05;
/// The level of a fast seller wanders: it never counts as known from more customers than this (to a
/// tenth).
const KNOWN_CUSTOMERS: f64 = 100.0;
/// Where customers are counted, the units of one customer have to exceed the threshold by this factor.
const BY_ONE_BUYER: f64 = 1.25;
/// After this many flagged days in a row they become the new level.
const PATIENCE: usize = 28;
/// Weight of the prior scatter, in days.
const SCATTER_PRIOR: f64 = 40.0;
/// Part of the scatter that is kept from one day to the next.
const SCATTER_MEMORY: f64 = 0.995;
/// One day adds at most this multiple of the prior to the scatter.
const SCATTER_MOST: f64 = 25.0;
/// Lower bound of the scatter, as a part of the prior.
const SCATTER_LEAST: f64 = 0.8;

/// A stretch that deviates.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    kind: DeviationKind,
    is_more: bool,
    score: f64,
    days: usize,
    level: Level,
}

/// Variance for each unit of the mean, updated day by day.
#[derive(Debug, Clone, Copy)]
struct RunningScatter {
    sum: f64,
    days: f64,
    believed: f64,
}

impl RunningScatter {
    fn new(believed: f64) -> Self {
        Self {
            sum: SCATTER_PRIOR * believed,
            days: SCATTER_PRIOR,
            believed,
        }
    }

    fn learn(&mut self, counted: f64, expected: f64) {
        if expected > 0.0 {
            let off = (counted - expected).powi(2) / expected;
            self.sum = self.sum * SCATTER_MEMORY + off.min(SCATTER_MOST * self.believed);
            self.days = self.days * SCATTER_MEMORY + 1.0;
        }
    }

    fn of_one(&self) -> f64 {
        (self.sum / self.days).max(SCATTER_LEAST * self.believed)
    }
}

pub(super) struct Judge<'a> {
    history: History,
    pulse: &'a Pulse,
    index: usize,
    category: Option<usize>,
    /// Customers are counted: the units of one customer are judged as well.
    counts_sales: bool,
    is_fast: bool,
    scatter: RunningScatter,
    units_scatter: RunningScatter,
    flagged_in_a_row: usize,
    stories: Stories,
    /// Deviations slightly below the threshold.
    faint: Stories,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        product: &Counted,
        evidence: &Evidence,
        pulse: &'a Pulse,
        index: usize,
    ) -> Self {
        Self {
            history: History::new(product, evidence, pulse),
            pulse,
            index,
            category: product.category,
            counts_sales: evidence.is_sales,
            is_fast: evidence.is_fast,
            scatter: RunningScatter::new(evidence.spread),
            units_scatter: RunningScatter::new(evidence.units_spread),
            flagged_in_a_row: 0,
            stories: Stories::of(index),
            faint: Stories::of(index),
        }
    }

    /// The episodes of the product in order of time.
    pub(super) fn run(mut self, rules: &CountRules) -> Vec<Episode> {
        for at in FEWEST_DAYS..self.history.len() {
            match self.worst_stretch(at, rules) {
                Some(found) if found.score >= 1.0 => self.flag(at, found),
                Some(found) => {
                    self.keep_faint(at, found);
                    self.learn(at);
                }
                None => self.learn(at),
            }
        }
        let measure = Measure {
            history: &self.history,
            pulse: self.pulse,
            category: self.category,
            units_spread: self.units_scatter.of_one(),
        };
        let mut episodes = self.stories.into_episodes(measure);
        let reported = episodes.len();
        for faint in self.faint.into_episodes(measure) {
            let is_reported = episodes.iter().take(reported).any(|story| {
                story.is_more == faint.is_more
                    && story.first <= faint.last + 1
                    && faint.first <= story.last + 1
            });
            if !is_reported {
                episodes.push(faint);
            }
        }
        episodes.sort_by_key(|story| story.first);
        episodes
    }

    fn worst_stretch(&self, at: usize, rules: &CountRules) -> Option<Candidate> {
        let mut worst: Option<Candidate> = None;
        for days in WINDOWS {
            let Some(begins) = (at + 1).checked_sub(days) else {
                break;
            };
            let Some(level) = self.history.level(begins) else {
                break;
            };
            let place = |day: usize| self.history.day(day).map_or(0, |day| day.place);
            if self.stories.is_covered(place(begins), place(at)) {
                break;
            }
            let candidate = self.judge(begins, at, level, rules);
            worst = match (worst, candidate) {
                (Some(known), Some(one))
                    if one.score > LONGER * known.score
                        || (known.score < 1.0 && one.score >= 1.0) =>
                {
                    Some(one)
                }
                (None, one) => one,
                (known, _) => known,
            };
        }
        worst
    }

    fn judge(
        &self,
        begins: usize,
        at: usize,
        level: Level,
        rules: &CountRules,
    ) -> Option<Candidate> {
        let days = at + 1 - begins;
        let (from, until) = (self.history.before(begins), self.history.before(at + 1));
        let count = until.count - from.count;
        let pulse = until.pulse - from.pulse;
        let category = self.category_between(begins, at);
        let expected = level.each * pulse * category;
        let scatter = self.scatter.of_one();
        let known = |learnt: f64, scatter: f64| {
            if self.is_fast {
                learnt.min(KNOWN_CUSTOMERS * scatter)
            } else {
                learnt
            }
        };
        let mut residual = surprise(count, expected, known(level.count, scatter), scatter);
        if self.counts_sales && days <= LONGEST_SPIKE && residual >= 0.0 {
            let expected = level.each_units * pulse * category;
            let units = until.units - from.units;
            let spread = self.units_scatter.of_one();
            let learnt = known(level.units, spread);
            let taken = surprise(units, expected, learnt, spread) / BY_ONE_BUYER;
            residual = residual.max(taken);
        }
        let is_more = residual > 0.0;
        let (spike, drop) = if self.is_fast {
            (rules.fast_spike, rules.fast_drop)
        } else {
            (rules.spike, rules.drop)
        };
        let (kind, threshold) = match (is_more, days) {
            (true, ..=LONGEST_SPIKE) => (DeviationKind::Spike, spike),
            // A few good days are not a new level yet.
            (true, ..=LONGEST_DROP) => return None,
            (false, ..=LONGEST_DROP) if count <= 1e-6 => (DeviationKind::Silence, drop),
            (false, ..=LONGEST_DROP) => (DeviationKind::Drop, drop),
            _ => (DeviationKind::LevelShift, rules.shift),
        };
        let score = residual.abs() / threshold;
        let is_reported = score >= rules.faintest.min(1.0)
            && self.goes_on(at, days, is_more, level)
            && (!is_more || self.is_no_rare_buyer(begins, at, level, expected, kind));
        is_reported.then_some(Candidate {
            kind,
            is_more,
            score,
            days,
            level,
        })
    }

    /// What ended before today was reported before today.
    fn goes_on(&self, at: usize, days: usize, is_more: bool, level: Level) -> bool {
        let Some(today) = self.history.day(at) else {
            return false;
        };
        let due = level.each * today.pulse;
        match (is_more, days) {
            (true, _) => today.count > due || today.units > level.each_units * today.pulse,
            (false, ..=LONGEST_DROP) => today.count < STILL_LOW * due,
            (false, _) => today.count < due,
        }
    }

    /// True when a spike is more than one buyer of a product that few people buy.
    fn is_no_rare_buyer(
        &self,
        begins: usize,
        at: usize,
        level: Level,
        expected: f64,
        kind: DeviationKind,
    ) -> bool {
        let stretch = self.history.between(begins, at);
        let is_wanted = level.selling_days >= FEWEST_SELLING_DAYS
            && expected >= LEAST_EXPECTED * self.scatter.believed.min(1.0);
        if kind == DeviationKind::Spike {
            // For a fast seller the best day is the one highest above its own expectation, not a
            // Saturday before a feast.
            let height = |day: &Day| {
                let by = if self.is_fast {
                    day.pulse.max(LEAST_PULSE)
                } else {
                    1.0
                };
                (day.count / by, day.units / by)
            };
            let learnt = self.history.learnt_before(begins);
            let above = if self.is_fast { 1.0 } else { ABOVE_THE_BEST };
            let best = learnt.fold((0.0_f64, 0.0_f64), |best, day| {
                let (count, units) = height(day);
                (best.0.max(count), best.1.max(units))
            });
            is_wanted
                && stretch.iter().any(|day| {
                    let (count, units) = height(day);
                    (count > above * best.0 || units > above * best.1) && !day.is_explained
                })
        } else {
            let selling = stretch.iter().filter(|day| day.count > 0.0).count();
            is_wanted && 2 * selling >= stretch.len()
        }
    }

    /// The course of the category relative to the shop from a day to another.
    fn category_between(&self, begins: usize, at: usize) -> f64 {
        match (self.history.day(begins), self.history.day(at)) {
            (Some(first), Some(last)) => {
                self.pulse
                    .beside(self.category, self.index, first.place, last.place)
            }
            _ => 1.0,
        }
    }

    fn flag(&mut self, at: usize, found: Candidate) {
        let begins = self.first_day(at, found, self.stories.end());
        let stretch = self.stretch(begins, at, found);
        let kind = self.stories.kind_with(&stretch);
        self.history
            .exclude(begins, at, kind == DeviationKind::Spike);
        if found.kind == DeviationKind::Spike && kind == DeviationKind::LevelShift {
            // Its first days looked like a spike: from now on longer stretches include them.
            let first = self.stories.first_with(&stretch);
            self.history.reopen(self.history.index_of(first), at);
        }
        self.flagged_in_a_row += 1;
        if self.flagged_in_a_row > PATIENCE {
            self.history.accept(at.saturating_sub(PATIENCE), at);
        }
        let measure = Measure {
            history: &self.history,
            pulse: self.pulse,
            category: self.category,
            units_spread: self.units_scatter.of_one(),
        };
        self.stories.add(stretch, measure);
    }

    /// Keeps a deviation just below the threshold; the level is still learnt from the day.
    fn keep_faint(&mut self, at: usize, found: Candidate) {
        let begins = self.first_day(at, found, self.faint.end());
        let stretch = self.stretch(begins, at, found);
        let measure = Measure {
            history: &self.history,
            pulse: self.pulse,
            category: self.category,
            units_spread: self.units_scatter.of_one(),
        };
        self.faint.add(stretch, measure);
    }

    /// The day on which the deviation began.
    fn first_day(&self, at: usize, found: Candidate, reported_until: usize) -> usize {
        let begins = at + 1 - found.days;
        if found.kind == DeviationKind::Spike {
            let stretch = self.history.between(begins, at).iter();
            let usual = stretch.take_while(|day| {
                day.count <= found.level.each * day.pulse
                    && day.units <= found.level.each_units * day.pulse
            });
            return (begins + usual.count()).min(at);
        }
        let earliest = self.history.index_of(reported_until);
        change_point::first_day(&self.history, begins, at, earliest.min(at), found.is_more)
    }

    fn stretch(&self, begins: usize, at: usize, found: Candidate) -> Stretch {
        let place = |day: usize| self.history.day(day).map_or(0, |day| day.place);
        Stretch {
            kind: found.kind,
            is_more: found.is_more,
            score: found.score,
            first: place(begins),
            last: place(at),
            each: found.level.each,
            each_units: found.level.each_units,
            spread: self.scatter.of_one(),
        }
    }

    fn learn(&mut self, at: usize) {
        self.flagged_in_a_row = 0;
        let Some((day, level)) = self.history.day(at).copied().zip(self.history.level(at)) else {
            return;
        };
        self.scatter.learn(day.count, level.each * day.pulse);
        self.units_scatter
            .learn(day.units, level.each_units * day.pulse);
    }
}

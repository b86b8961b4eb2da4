//! The days of one product on which it could be sold, with running sums over them.

use super::{Counted, evidence::Evidence, pulse::Pulse, rhythm::rhythm};

/// Days before a stretch from which its level is learnt.
pub(super) const LEVEL_DAYS: usize = 84;
/// Fewest days before a stretch from which a level is learnt.
pub const FEWEST_DAYS: usize = 35;
/// Fewest of those days that are not part of a finding.
const FEWEST_CLEAN_DAYS: usize = 20;

/// A day on which the product could be sold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub place: usize,
    /// The count: sales or units.
    pub count: f64,
    pub units: f64,
    pub pulse: f64,
    /// True when it is not part of a finding: levels are learnt from it.
    pub is_clean: bool,
    /// True when a spike explains it: later stretches leave it out.
    pub is_explained: bool,
}

/// Running sums over the days before an index.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub count: f64,
    pub units: f64,
    pub pulse: f64,
    clean_count: f64,
    clean_units: f64,
    clean_pulse: f64,
    clean_days: usize,
    clean_selling_days: usize,
}

/// The level with which a stretch of days is compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// Count of a day with an average pulse.
    pub each: f64,
    /// Units of such a day.
    pub each_units: f64,
    /// Sum of the counts from which it is known.
    pub count: f64,
    /// Units of those days.
    pub units: f64,
    pub selling_days: usize,
}

#[derive(Debug)]
pub(super) struct History {
    days: Vec<Day>,
    sums: Vec<Sums>,
}

impl History {
    /// The days from the first sale on.
    pub(super) fn new(product: &Counted, evidence: &Evidence, pulse: &Pulse) -> Self {
        let sold = |count: &Option<f64>| count.is_some_and(|count| count > 0.0);
        let begins = evidence.counts.iter().position(sold);
        let rhythm = rhythm(evidence, pulse);
        let days: Vec<Day> = evidence
            .counts
            .iter()
            .zip(&product.units)
            .zip(rhythm)
            .enumerate()
            .skip(begins.unwrap_or(evidence.counts.len()))
            .filter_map(|(place, ((count, units), rhythm))| {
                Some(Day {
                    place,
                    count: (*count)?,
                    units: (*units)?,
                    pulse: pulse.on(place) * rhythm,
                    is_clean: true,
                    is_explained: false,
                })
            })
            .collect();
        let mut history = Self {
            sums: vec![Sums::default(); days.len() + 1],
            days,
        };
        history.add_up(0);
        history
    }

    pub(super) fn len(&self) -> usize {
        self.days.len()
    }

    pub(super) fn day(&self, day: usize) -> Option<&Day> {
        self.days.get(day)
    }

    /// The days from one to another, both included.
    pub(super) fn between(&self, first: usize, last: usize) -> &[Day] {
        self.days.get(first..=last).unwrap_or_default()
    }

    /// The days on the calendar from one index to another, both included.
    pub(super) fn at_places(&self, first: usize, last: usize) -> &[Day] {
        let until = self.index_of(last + 1);
        self.days
            .get(self.index_of(first)..until)
            .unwrap_or_default()
    }

    /// The index of the first day at or after a calendar day.
    pub(super) fn index_of(&self, place: usize) -> usize {
        self.days.partition_point(|day| day.place < place)
    }

    /// The days before one from which its level is learnt.
    pub(super) fn learnt_before(&self, day: usize) -> impl Iterator<Item = &Day> {
        let learnt = self.days.get(day.saturating_sub(LEVEL_DAYS)..day);
        learnt.unwrap_or_default().iter().filter(|day| day.is_clean)
    }

    /// The sums of all days before one.
    pub(super) fn before(&self, day: usize) -> Sums {
        self.sums.get(day).copied().unwrap_or_default()
    }

    /// The level from the days before a stretch.
    pub(super) fn level(&self, stretch_begins: usize) -> Option<Level> {
        let until = self.before(stretch_begins);
        let from = self.before(stretch_begins.saturating_sub(LEVEL_DAYS));
        let count = until.clean_count - from.clean_count;
        let units = until.clean_units - from.clean_units;
        let pulse = until.clean_pulse - from.clean_pulse;
        let is_enough = until.clean_days - from.clean_days >= FEWEST_CLEAN_DAYS;
        // Sums of fractions leave rounding errors behind.
        (is_enough && pulse > 1e-6 && count > 1e-6).then(|| Level {
            each: count / pulse,
            each_units: units / pulse,
            count,
            units,
            selling_days: until.clean_selling_days - from.clean_selling_days,
        })
    }

    /// Excludes these days from levels; `is_spike` tells whether a spike explains them.
    pub(super) fn exclude(&mut self, first: usize, last: usize, is_spike: bool) {
        for day in self.days.iter_mut().take(last + 1).skip(first) {
            day.is_clean = false;
            day.is_explained |= is_spike;
        }
        self.add_up(first);
    }

    /// No spike explains these days after all: longer stretches include them.
    pub(super) fn reopen(&mut self, first: usize, last: usize) {
        for day in self.days.iter_mut().take(last + 1).skip(first) {
            day.is_explained = false;
        }
        self.add_up(first);
    }

    /// Accepts these days as the new level: levels are learnt from them again.
    pub(super) fn accept(&mut self, first: usize, last: usize) {
        for day in self.days.iter_mut().take(last + 1).skip(first) {
            day.is_clean = true;
        }
        self.add_up(first);
    }

    /// Recomputes the running sums from a day on.
    fn add_up(&mut self, from: usize) {
        let mut sums = self.before(from);
        for (day, slot) in self
            .days
            .iter()
            .zip(self.sums.iter_mut().skip(1))
            .skip(from)
        {
            if !day.is_explained {
                sums.count += day.count;
                sums.units += day.units;
                sums.pulse += day.pulse;
            }
            if day.is_clean {
                sums.clean_count += day.count;
                sums.clean_units += day.units;
                sums.clean_pulse += day.pulse;
                sums.clean_days += 1;
                sums.clean_selling_days += usize::from(day.count > 0.0);
            }
            *slot = sums;
        }
    }
}

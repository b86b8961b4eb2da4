//! Daily sales of many products as counts: how likely is it that chance alone made this day, or the
//! last weeks?
//!
//! What a product is expected to sell is its own level of the weeks before, times the pulse of the
//! shop on that day (wages, feasts, rain: what all the other products did), times what its category
//! did meanwhile. A stretch of days is then judged as a whole by its deviance residual, that of a
//! Poisson count whose variance is a multiple of its mean (`McCullagh` and Nelder, 1989), the multiple
//! learnt from the product's own past. A product that sells three a day is judged rightly this way:
//! one day without a sale says nothing, twelve of them say everything.

use super::finding::AnomalyKind;

mod pulse;
#[cfg(test)]
mod tests;

use pulse::Pulse;

/// Days that are judged together, as days on which the product could be sold.
const WINDOWS: [usize; 9] = [1, 2, 3, 5, 8, 12, 18, 28, 42];
/// Up to so many days too much is a spike, more of them are another level.
const LONGEST_SPIKE: usize = 3;
/// Up to so many days too little is a drop or a silence, more of them are another level.
const LONGEST_DROP: usize = 12;
/// Days before a stretch from which its level is learnt, and the fewest that are enough.
const LEVEL_DAYS: usize = 84;
/// Fewer days before a stretch teach no level.
pub const FEWEST_DAYS: usize = 35;
/// The same of days of which nothing was told.
const FEWEST_CLEAN_DAYS: usize = 20;
/// A story that lasts so long is another level, whatever its worst days were.
const ANOTHER_LEVEL: usize = 20;
/// Days with a sale that a level needs before too much can be told from a rare buyer.
const FEWEST_SELLING_DAYS: usize = 12;
/// Too much is only told where so many units were expected: below, one buyer makes the day.
const LEAST_EXPECTED: f64 = 2.0;
/// A longer stretch has to stand out by this much more than the last day alone.
const LONGER: f64 = 1.08;
/// A drop goes on while a day sells less than this part of what is due.
const STILL_LOW: f64 = 0.6;
/// A spike is this much higher than the best day from which the level comes.
const ABOVE_THE_BEST: f64 = 1.3;
/// Days flagged one after the other until they are what is usual now.
const PATIENCE: usize = 28;
/// Findings of one product that are no further apart are one story.
const SAME_STORY: usize = 4;
/// Weight of the belief that a product scatters like a Poisson count, in days.
const SCATTER_PRIOR: f64 = 20.0;
/// What is forgotten of the scatter each day.
const SCATTER_MEMORY: f64 = 0.995;
/// One day adds at most this to the scatter, in quanta.
const SCATTER_MOST: f64 = 25.0;
/// Half of the width of the usual range, in standard deviations: eight days of ten lie within.
const USUAL_RANGE: f64 = 1.2816;

/// One product: what it sold each day of a common calendar. `None` is a day that says nothing: the
/// shop was closed, the product was out of stock or not yet known.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Which others it goes with.
    pub category: Option<usize>,
    /// Units by day.
    pub units: Vec<Option<f64>>,
}

/// From which deviance residual on something is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountRules {
    /// Too much, in one to three days.
    pub spike: f64,
    /// Too little, in one to twelve days.
    pub drop: f64,
    /// Another level.
    pub shift: f64,
}

impl Default for CountRules {
    fn default() -> Self {
        Self {
            spike: 4.4,
            drop: 3.7,
            shift: 4.5,
        }
    }
}

/// Some days of one product that chance does not explain.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Which product, by its place.
    pub series: usize,
    /// Its first day, by its place.
    pub first: usize,
    /// Its last day.
    pub last: usize,
    /// What it is.
    pub kind: AnomalyKind,
    /// Too much rather than too little.
    pub is_more: bool,
    /// How far beyond the threshold, 1 = just there.
    pub score: f64,
    /// What was sold from the first to the last day.
    pub actual: f64,
    /// What was to be expected.
    pub expected: f64,
    /// Lower edge of the usual range (80 %).
    pub expected_low: f64,
    /// Upper edge of the usual range (80 %).
    pub expected_high: f64,
}

/// Judges every product. `ease` multiplies the thresholds of a product and a kind.
#[must_use]
pub fn detect(
    shop: &[Counted],
    first_weekday: usize,
    rules: &CountRules,
    ease: impl Fn(usize, AnomalyKind) -> f64,
) -> Vec<Episode> {
    let pulse = Pulse::of(shop, first_weekday);
    let mut episodes = Vec::new();
    for (index, product) in shop.iter().enumerate() {
        let mut judge = Judge::new(product, &pulse, index);
        judge.run(rules, |kind| ease(index, kind).max(0.1));
        episodes.append(&mut judge.episodes);
    }
    episodes
}

/// What a product usually sells on a day with a sale; 1 of one that never sold.
#[must_use]
pub fn usual_sale(units: &[Option<f64>]) -> f64 {
    pulse::quantum(units)
}

/// A day on which the whole shop did something else than on such days before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShopDay {
    /// Which day, by its place.
    pub day: usize,
    /// How far beyond the threshold, 1 = just there.
    pub score: f64,
    /// What the shop did, as a multiple of what was to be expected.
    pub ratio: f64,
    /// Lower edge of the usual range (80 %) of that multiple.
    pub usual_low: f64,
    /// Upper edge of it.
    pub usual_high: f64,
}

/// The days on which the whole shop stands out, each held against the same weekday of the weeks
/// before and the trend of the days before. `threshold` is in robust standard deviations.
#[must_use]
pub fn shop_days(shop: &[Counted], first_weekday: usize, threshold: f64) -> Vec<ShopDay> {
    pulse::shop_days(&Pulse::of(shop, first_weekday), first_weekday, threshold)
}

/// A day on which the product could be sold.
#[derive(Debug, Clone, Copy)]
struct Day {
    place: usize,
    units: f64,
    pulse: f64,
    /// Nothing was told of it: others learn from it.
    is_clean: bool,
    /// A spike explains it: no later stretch is judged by it again.
    is_explained: bool,
}

/// Running sums over the days before a place.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    units: f64,
    pulse: f64,
    clean_units: f64,
    clean_pulse: f64,
    clean_days: usize,
    clean_selling_days: usize,
}

/// What a stretch of days is held against.
#[derive(Debug, Clone, Copy)]
struct Level {
    each: f64,
    units: f64,
    selling_days: usize,
}

/// A stretch that stands out.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    kind: AnomalyKind,
    is_more: bool,
    score: f64,
    days: usize,
    level: f64,
}

struct Judge<'a> {
    days: Vec<Day>,
    sums: Vec<Sums>,
    pulse: &'a Pulse,
    index: usize,
    category: Option<usize>,
    /// What is usually sold on a day with a sale.
    quantum: f64,
    scatter: (f64, f64),
    flagged_in_a_row: usize,
    episodes: Vec<Episode>,
}

impl<'a> Judge<'a> {
    fn new(product: &Counted, pulse: &'a Pulse, index: usize) -> Self {
        let begins = product
            .units
            .iter()
            .position(|units| units.is_some_and(|units| units > 0.0))
            .unwrap_or(product.units.len());
        let days: Vec<Day> = product
            .units
            .iter()
            .enumerate()
            .skip(begins)
            .filter_map(|(place, units)| {
                Some(Day {
                    place,
                    units: (*units)?,
                    pulse: pulse.on(place),
                    is_clean: true,
                    is_explained: false,
                })
            })
            .collect();
        let quantum = pulse.quantum(index);
        let mut judge = Self {
            sums: vec![Sums::default(); days.len() + 1],
            days,
            pulse,
            index,
            category: product.category,
            quantum,
            scatter: (SCATTER_PRIOR * quantum.min(1.0), SCATTER_PRIOR),
            flagged_in_a_row: 0,
            episodes: Vec::new(),
        };
        judge.add_up(0);
        judge
    }

    fn run(&mut self, rules: &CountRules, ease: impl Fn(AnomalyKind) -> f64) {
        for at in FEWEST_DAYS..self.days.len() {
            match self.worst_stretch(at, rules, &ease) {
                Some(found) => self.flag(at, found),
                None => self.learn(at),
            }
        }
    }

    /// Adds up from a day on, after something about it has changed.
    fn add_up(&mut self, from: usize) {
        let mut sums = self.before(from);
        for (day, slot) in self
            .days
            .iter()
            .zip(self.sums.iter_mut().skip(1))
            .skip(from)
        {
            if !day.is_explained {
                sums.units += day.units;
                sums.pulse += day.pulse;
            }
            if day.is_clean {
                sums.clean_units += day.units;
                sums.clean_pulse += day.pulse;
                sums.clean_days += 1;
                sums.clean_selling_days += usize::from(day.units > 0.0);
            }
            *slot = sums;
        }
    }

    fn before(&self, day: usize) -> Sums {
        self.sums.get(day).copied().unwrap_or_default()
    }

    /// The level that the days before a stretch teach.
    fn level(&self, stretch_begins: usize) -> Option<Level> {
        let until = self.before(stretch_begins);
        let from = self.before(stretch_begins.saturating_sub(LEVEL_DAYS));
        let units = until.clean_units - from.clean_units;
        let pulse = until.clean_pulse - from.clean_pulse;
        let is_enough = until.clean_days - from.clean_days >= FEWEST_CLEAN_DAYS;
        // Sums of fractions leave crumbs behind.
        (is_enough && pulse > 1e-6 && units > 1e-6).then(|| Level {
            each: units / pulse,
            units,
            selling_days: until.clean_selling_days - from.clean_selling_days,
        })
    }

    fn worst_stretch(
        &self,
        at: usize,
        rules: &CountRules,
        ease: &impl Fn(AnomalyKind) -> f64,
    ) -> Option<Candidate> {
        let mut worst: Option<Candidate> = None;
        for days in WINDOWS {
            let Some(begins) = (at + 1).checked_sub(days) else {
                break;
            };
            let Some(level) = self.level(begins) else {
                break;
            };
            let candidate = self.judge(begins, at, level, rules, ease);
            worst = match (worst, candidate) {
                (Some(known), Some(one)) if one.score > LONGER * known.score => Some(one),
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
        ease: &impl Fn(AnomalyKind) -> f64,
    ) -> Option<Candidate> {
        let days = at + 1 - begins;
        let (from, until) = (self.before(begins), self.before(at + 1));
        let units = until.units - from.units;
        let expected = self.expected(begins, at, level.each * (until.pulse - from.pulse));
        let residual =
            deviance(units, expected, self.spread_of_one()) / (1.0 + expected / level.units).sqrt();
        let is_more = residual > 0.0;
        // What ended before today was told before today.
        let today = self.days.get(at)?;
        let due = level.each * today.pulse;
        let goes_on = match (is_more, days) {
            (true, _) => today.units > due,
            (false, ..=LONGEST_DROP) => today.units < STILL_LOW * due,
            (false, _) => today.units < due,
        };
        if !goes_on {
            return None;
        }
        let (kind, threshold) = match (is_more, days) {
            (true, ..=LONGEST_SPIKE) => (AnomalyKind::Spike, rules.spike),
            // A few good days are no new level yet.
            (true, ..=LONGEST_DROP) => return None,
            (false, ..=LONGEST_DROP) if units <= 1e-6 => (AnomalyKind::Silence, rules.drop),
            (false, ..=LONGEST_DROP) => (AnomalyKind::Drop, rules.drop),
            _ => (AnomalyKind::LevelShift, rules.shift),
        };
        let score = residual.abs() / (threshold * ease(kind));
        let is_told = score >= 1.0
            && score.is_finite()
            && (!is_more || self.is_no_rare_buyer(begins, at, level, expected, kind));
        is_told.then_some(Candidate {
            kind,
            is_more,
            score,
            days,
            level: level.each,
        })
    }

    /// Whether too much is more than one buyer of something that few buy.
    fn is_no_rare_buyer(
        &self,
        begins: usize,
        at: usize,
        level: Level,
        expected: f64,
        kind: AnomalyKind,
    ) -> bool {
        let stretch = self.days.get(begins..=at).unwrap_or_default();
        let is_wanted = level.selling_days >= FEWEST_SELLING_DAYS
            && expected >= LEAST_EXPECTED * self.quantum.min(1.0);
        if kind == AnomalyKind::Spike {
            let learnt = self.days.get(begins.saturating_sub(LEVEL_DAYS)..begins);
            let best = learnt
                .unwrap_or_default()
                .iter()
                .filter(|day| day.is_clean)
                .fold(0.0_f64, |best, day| best.max(day.units));
            is_wanted
                && stretch
                    .iter()
                    .any(|day| !day.is_explained && day.units > ABOVE_THE_BEST * best)
        } else {
            let selling = stretch.iter().filter(|day| day.units > 0.0).count();
            is_wanted && 2 * selling >= stretch.len()
        }
    }

    /// What the days were to sell, after what the category did meanwhile.
    fn expected(&self, begins: usize, at: usize, own: f64) -> f64 {
        match (self.category, self.days.get(begins), self.days.get(at)) {
            (Some(category), Some(first), Some(last)) => {
                own * self
                    .pulse
                    .of_category(category, self.index, first.place, last.place)
            }
            _ => own,
        }
    }

    /// Variance for each unit that is expected.
    fn spread_of_one(&self) -> f64 {
        (self.scatter.0 / self.scatter.1).max(0.5 * self.quantum.min(1.0))
    }

    fn flag(&mut self, at: usize, found: Candidate) {
        let begins = at + 1 - found.days;
        for day in self.days.iter_mut().take(at + 1).skip(begins) {
            day.is_clean = false;
            day.is_explained |= found.kind == AnomalyKind::Spike;
        }
        let mut changed_from = begins;
        self.flagged_in_a_row += 1;
        if self.flagged_in_a_row > PATIENCE {
            let from = at.saturating_sub(PATIENCE);
            for day in self.days.iter_mut().take(at + 1).skip(from) {
                day.is_clean = true;
            }
            changed_from = changed_from.min(from);
        }
        self.add_up(changed_from);
        self.tell(begins, at, found);
    }

    /// Adds a flagged day to the story that it belongs to, or begins a new one.
    fn tell(&mut self, begins: usize, at: usize, found: Candidate) {
        let place = |day: usize| self.days.get(day).map_or(0, |day| day.place);
        let (first, last) = (place(begins), place(at));
        let fresh = Episode {
            series: self.index,
            first,
            last,
            kind: found.kind,
            is_more: found.is_more,
            score: found.score,
            actual: 0.0,
            expected: 0.0,
            expected_low: 0.0,
            expected_high: 0.0,
        };
        let known = self
            .episodes
            .pop_if(|known| known.is_more == found.is_more && first <= known.last + SAME_STORY);
        let story = match known {
            Some(known) => {
                let is_worse = found.score > known.score;
                let kind = if is_worse { found.kind } else { known.kind };
                let lasts = last - known.first >= ANOTHER_LEVEL && kind == AnomalyKind::Drop;
                Episode {
                    first: known.first,
                    kind: if lasts { AnomalyKind::LevelShift } else { kind },
                    score: known.score.max(found.score),
                    ..fresh
                }
            }
            None => fresh,
        };
        let measured = self.measure(story, found.level);
        self.episodes.push(measured);
    }

    /// What was sold from the first to the last day of a story, and what was to be expected.
    fn measure(&self, story: Episode, level: f64) -> Episode {
        let (mut actual, mut own) = (0.0, 0.0);
        let (mut first, mut last) = (None, 0);
        for (index, day) in self.days.iter().enumerate() {
            let is_part = (story.first..=story.last).contains(&day.place)
                && (!day.is_explained || story.kind == AnomalyKind::Spike);
            if is_part {
                actual += day.units;
                own += level * day.pulse;
                first = first.or(Some(index));
                last = index;
            }
        }
        let expected = self.expected(first.unwrap_or(last), last, own);
        let reach = USUAL_RANGE * (self.spread_of_one() * expected).sqrt();
        Episode {
            actual,
            expected,
            expected_low: (expected - reach).max(0.0),
            expected_high: expected + reach,
            ..story
        }
    }

    fn learn(&mut self, at: usize) {
        self.flagged_in_a_row = 0;
        let Some((day, level)) = self.days.get(at).copied().zip(self.level(at)) else {
            return;
        };
        let expected = level.each * day.pulse;
        if expected > 0.0 {
            let off = (day.units - expected).powi(2) / expected;
            let most = SCATTER_MOST * self.quantum.max(1e-3);
            self.scatter.0 = self.scatter.0 * SCATTER_MEMORY + off.min(most);
            self.scatter.1 = self.scatter.1 * SCATTER_MEMORY + 1.0;
        }
    }
}

/// The signed root of the deviance of a count whose variance is `spread` times its mean; roughly a
/// standard normal where chance alone is at work.
fn deviance(units: f64, expected: f64, spread: f64) -> f64 {
    if expected <= 0.0 || spread <= 0.0 {
        return 0.0;
    }
    let log = if units > 0.0 {
        units * (units / expected).ln()
    } else {
        0.0
    };
    let deviance = (2.0 * (log - (units - expected)) / spread).max(0.0);
    deviance.sqrt().copysign(units - expected)
}

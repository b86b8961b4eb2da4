//! Flagged days of one product become stories: what goes on from day to day is told once.

use super::{Episode, history::History, lasting::lasting, pulse::Pulse};
use crate::anomaly::DeviationKind;

/// Up to so many days too much is a spike, more of them are another level.
pub(super) const LONGEST_SPIKE: usize = 3;
/// Findings of one product that are no further apart are one story.
const SAME_STORY: usize = 4;
/// Another level may look usual for a whole week, on its quiet days, and still be the same story.
const SAME_LEVEL: usize = 7;
/// A story that lasts so long is another level, whatever its worst days were.
const ANOTHER_LEVEL: usize = 20;
/// Half of the width of the usual range, in standard deviations: eight days of ten lie within.
const USUAL_RANGE: f64 = 1.2816;

/// What is told of some days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub kind: DeviationKind,
    pub is_more: bool,
    pub score: f64,
    /// Places on the calendar.
    pub first: usize,
    pub last: usize,
    /// Counted and sold on a day of an average pulse.
    pub each: f64,
    pub each_units: f64,
    /// Variance for each unit of what is counted, as known by then.
    pub spread: f64,
}

/// What the days of a story sold, and were to sell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub history: &'a History,
    pub pulse: &'a Pulse,
    pub category: Option<usize>,
    /// Variance for each unit that is expected.
    pub units_spread: f64,
}

/// The stories of one product.
#[derive(Debug, Default)]
pub(super) struct Stories {
    series: usize,
    told: Vec<Episode>,
    /// What each of them is compared with.
    against: Vec<Told>,
}

impl Stories {
    pub(super) const fn of(series: usize) -> Self {
        Self {
            series,
            told: Vec::new(),
            against: Vec::new(),
        }
    }

    /// The place behind the last story.
    pub(super) fn end(&self) -> usize {
        self.told.last().map_or(0, |story| story.last + 1)
    }

    /// Whether a stretch of days lies over a story that is over: what was told of it explains them.
    pub(super) fn is_retold(&self, first: usize, last: usize) -> bool {
        self.told
            .iter()
            .any(|known| first <= known.last && last > known.last + longest_gap(known))
    }

    /// The last story, if days are part of it.
    fn continued(&self, told: &Told) -> Option<&Episode> {
        self.told.last().filter(|known| {
            known.is_more == told.is_more && told.first <= known.last + longest_gap(known)
        })
    }

    /// The first day of the story that these days belong to.
    pub(super) fn first_with(&self, told: &Told) -> usize {
        self.continued(told).map_or(told.first, |known| known.first)
    }

    /// What the story is once these days belong to it: what its worst day was, or another level where
    /// it goes on for longer than a spike or a drop does.
    pub(super) fn kind_with(&self, told: &Told) -> DeviationKind {
        let Some(known) = self.continued(told) else {
            return told.kind;
        };
        let kind = if told.score > known.score {
            told.kind
        } else {
            known.kind
        };
        let lasts = told.last - known.first >= ANOTHER_LEVEL;
        let is_another_level = match kind {
            DeviationKind::Spike => lasts || known.flagged.len() >= LONGEST_SPIKE,
            DeviationKind::Drop => lasts,
            DeviationKind::Silence | DeviationKind::LevelShift => false,
        };
        if is_another_level {
            DeviationKind::LevelShift
        } else {
            kind
        }
    }

    /// Adds days to the story that they belong to, or begins a new one.
    pub(super) fn tell(&mut self, told: Told, measure: Measure<'_>) {
        let fresh = Episode {
            series: self.series,
            first: told.first,
            last: told.last,
            kind: told.kind,
            is_more: told.is_more,
            score: told.score,
            actual: 0.0,
            expected: 0.0,
            expected_low: 0.0,
            expected_high: 0.0,
            sales_off: 0.0,
            goes_on: false,
            flagged: vec![told.last],
        };
        let kind = self.kind_with(&told);
        let continued = self.continued(&told).is_some();
        let known = if continued { self.told.pop() } else { None };
        // What was usual before a story began is what all of it is compared with: the level learns
        // from days of a story that goes on for long.
        let against = if continued { self.against.pop() } else { None };
        let against = Told {
            each: against.map_or(told.each, |first| first.each),
            each_units: against.map_or(told.each_units, |first| first.each_units),
            spread: against.map_or(told.spread, |first| first.spread),
            ..told
        };
        let story = match known {
            Some(known) => Episode {
                first: known.first,
                kind,
                score: known.score.max(told.score),
                flagged: known.flagged.into_iter().chain(fresh.flagged).collect(),
                ..fresh
            },
            None => fresh,
        };
        self.told.push(measured(story, &against, measure));
        self.against.push(against);
    }

    /// All stories, with other levels followed to where they end.
    pub(super) fn into_episodes(self, measure: Measure<'_>) -> Vec<Episode> {
        let stories = self.told.iter().zip(&self.against).enumerate();
        stories
            .map(|(index, (story, told))| {
                if story.kind == DeviationKind::LevelShift {
                    self.followed(index, story, told, measure)
                } else {
                    story.clone()
                }
            })
            .collect()
    }

    /// Another level with all the days on which it holds: up to the next other level, past days of
    /// which something else was told.
    fn followed(
        &self,
        index: usize,
        story: &Episode,
        told: &Told,
        measure: Measure<'_>,
    ) -> Episode {
        let later = self.told.get(index + 1..).unwrap_or_default();
        let is_explained = |place: usize| {
            let mut others = later
                .iter()
                .filter(|one| one.kind != DeviationKind::LevelShift);
            others.any(|one| (one.first..=one.last).contains(&place))
        };
        let category =
            measure
                .pulse
                .beside(measure.category, story.series, story.first, story.last);
        let found = lasting(
            measure.history,
            story.first,
            story.last,
            told.each * category,
            told.spread,
            is_explained,
        );
        let mut others = later
            .iter()
            .filter(|one| one.kind == DeviationKind::LevelShift);
        let next = others.next().map(|one| one.first);
        let is_followed = next.is_some_and(|next| next <= found.last);
        let last = next.map_or(found.last, |next| {
            found.last.min(next.saturating_sub(1)).max(story.first)
        });
        let story = Episode {
            last,
            goes_on: found.goes_on && !is_followed,
            ..story.clone()
        };
        measured(story, told, measure)
    }
}

/// Days without a finding after which a story is over.
fn longest_gap(story: &Episode) -> usize {
    if story.kind == DeviationKind::LevelShift {
        SAME_LEVEL
    } else {
        SAME_STORY
    }
}

/// What was sold from the first to the last day of a story, and what was to be expected.
fn measured(story: Episode, told: &Told, measure: Measure<'_>) -> Episode {
    let (mut units, mut count, mut pulse) = (0.0, 0.0, 0.0);
    for day in measure.history.at_places(story.first, story.last) {
        if !day.is_explained || story.kind == DeviationKind::Spike {
            units += day.units;
            count += day.count;
            pulse += day.pulse;
        }
    }
    let category = measure
        .pulse
        .beside(measure.category, story.series, story.first, story.last);
    let expected = told.each_units * pulse * category;
    let reach = USUAL_RANGE * (measure.units_spread * expected).sqrt();
    Episode {
        actual: units,
        expected,
        expected_low: (expected - reach).max(0.0),
        expected_high: expected + reach,
        sales_off: count - told.each * pulse * category,
        ..story
    }
}

//! Joins flagged days of one product into stories: what goes on from day to day is one finding.

use super::{Episode, history::History, lasting::lasting, pulse::Pulse};
use crate::anomaly::DeviationKind;

/// Too much on at most this many days is a spike, on more days a new level.
pub(super) const LONGEST_SPIKE: usize = 3;
/// Findings of one product that are at most this many days apart are one story.
const SAME_STORY: usize = 4;
/// A new level may look usual for a week of quiet days and still be the same story.
const SAME_LEVEL: usize = 7;
/// A story that spans this many days is a new level, whatever its worst days were.
const ANOTHER_LEVEL: usize = 20;
/// Half of the width of the usual range in standard deviations: eight of ten days lie within.
const USUAL_RANGE: f64 = 1.2816;

/// Days that deviate together, as they were judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub kind: DeviationKind,
    pub is_more: bool,
    pub score: f64,
    /// Calendar indexes.
    pub first: usize,
    pub last: usize,
    /// Count and units of a day with an average pulse.
    pub each: f64,
    pub each_units: f64,
    /// Variance for each unit of the count, as known then.
    pub spread: f64,
}

/// The sold and expected days with which a story is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure<'a> {
    pub history: &'a History,
    pub pulse: &'a Pulse,
    pub category: Option<usize>,
    /// Variance for each expected unit.
    pub units_spread: f64,
}

/// The stories of one product.
#[derive(Debug, Default)]
pub(super) struct Stories {
    series: usize,
    episodes: Vec<Episode>,
    /// The first stretch of each story, with the level before it began.
    baselines: Vec<Stretch>,
}

impl Stories {
    pub(super) const fn of(series: usize) -> Self {
        Self {
            series,
            episodes: Vec::new(),
            baselines: Vec::new(),
        }
    }

    /// The index after the last story.
    pub(super) fn end(&self) -> usize {
        self.episodes.last().map_or(0, |story| story.last + 1)
    }

    /// True when the days overlap a story that has ended and explains them.
    pub(super) fn is_covered(&self, first: usize, last: usize) -> bool {
        self.episodes
            .iter()
            .any(|known| first <= known.last && last > known.last + longest_gap(known))
    }

    /// The last story, if the days continue it.
    fn continued(&self, stretch: &Stretch) -> Option<&Episode> {
        self.episodes.last().filter(|known| {
            known.is_more == stretch.is_more && stretch.first <= known.last + longest_gap(known)
        })
    }

    /// The first day of the story that these days belong to.
    pub(super) fn first_with(&self, stretch: &Stretch) -> usize {
        self.continued(stretch)
            .map_or(stretch.first, |known| known.first)
    }

    /// The kind of the story once these days belong to it: that of its worst day, or a new level where
    /// it lasts longer than a spike or a drop.
    pub(super) fn kind_with(&self, stretch: &Stretch) -> DeviationKind {
        let Some(known) = self.continued(stretch) else {
            return stretch.kind;
        };
        let kind = if stretch.score > known.score {
            stretch.kind
        } else {
            known.kind
        };
        let lasts = stretch.last - known.first >= ANOTHER_LEVEL;
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

    /// Adds days to the story that they continue, or begins a new one.
    pub(super) fn add(&mut self, stretch: Stretch, measure: Measure<'_>) {
        let fresh = Episode {
            series: self.series,
            first: stretch.first,
            last: stretch.last,
            kind: stretch.kind,
            is_more: stretch.is_more,
            score: stretch.score,
            actual: 0.0,
            expected: 0.0,
            expected_low: 0.0,
            expected_high: 0.0,
            sales_off: 0.0,
            goes_on: false,
            flagged: vec![stretch.last],
        };
        let kind = self.kind_with(&stretch);
        let continued = self.continued(&stretch).is_some();
        let known = if continued { self.episodes.pop() } else { None };
        // The whole story is compared with the level before it began, since later levels are learnt from
        // its own days.
        let baseline = if continued {
            self.baselines.pop()
        } else {
            None
        };
        let baseline = Stretch {
            each: baseline.map_or(stretch.each, |first| first.each),
            each_units: baseline.map_or(stretch.each_units, |first| first.each_units),
            spread: baseline.map_or(stretch.spread, |first| first.spread),
            ..stretch
        };
        let story = match known {
            Some(known) => Episode {
                first: known.first,
                kind,
                score: known.score.max(stretch.score),
                flagged: known.flagged.into_iter().chain(fresh.flagged).collect(),
                ..fresh
            },
            None => fresh,
        };
        self.episodes.push(measured(story, &baseline, measure));
        self.baselines.push(baseline);
    }

    /// All stories as episodes, with new levels extended to where they end.
    pub(super) fn into_episodes(self, measure: Measure<'_>) -> Vec<Episode> {
        let stories = self.episodes.iter().zip(&self.baselines).enumerate();
        stories
            .map(|(index, (story, stretch))| {
                if story.kind == DeviationKind::LevelShift {
                    self.followed(index, story, stretch, measure)
                } else {
                    story.clone()
                }
            })
            .collect()
    }

    /// A new level with all its days: up to the next new level, skipping days that another finding
    /// explains.
    fn followed(
        &self,
        index: usize,
        story: &Episode,
        stretch: &Stretch,
        measure: Measure<'_>,
    ) -> Episode {
        let later = self.episodes.get(index + 1..).unwrap_or_default();
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
            stretch.each * category,
            stretch.spread,
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
        measured(story, stretch, measure)
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

/// Units sold from the first to the last day of a story, and the expectation.
fn measured(story: Episode, stretch: &Stretch, measure: Measure<'_>) -> Episode {
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
    let expected = stretch.each_units * pulse * category;
    let reach = USUAL_RANGE * (measure.units_spread * expected).sqrt();
    Episode {
        actual: units,
        expected,
        expected_low: (expected - reach).max(0.0),
        expected_high: expected + reach,
        sales_off: count - stretch.each * pulse * category,
        ..story
    }
}

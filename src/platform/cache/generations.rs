//! The generation of a response: the number of the last change that affects it.
//!
//! The generation is part of the key, so a change deletes nothing: responses of older generations are
//! not read any more and expire. A response that is being computed while a change is committed is stored
//! under the old generation.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use kernel::changes::{Change, Scope};

use super::kind::{CacheKind, Depends};

/// A change of more days than this counts as a change of the whole history.
const MAX_DAYS: i64 = 400;
/// Other parts of the program may use changed settings a second late, and a read that had begun a little
/// longer.
const SETTLES_IN: Duration = Duration::from_secs(3);
/// Without a successful read of the log for this long, a change by another instance may be missing.
const MAX_BLIND: Duration = Duration::from_secs(10);

/// First and last day that a response covers; `None` for the present moment.
pub type Span = Option<(NaiveDate, NaiveDate)>;

/// The known state of the log.
#[derive(Debug, Default)]
pub(super) struct Generations(RwLock<KnownChanges>);

#[derive(Debug, Default)]
struct KnownChanges {
    days: BTreeMap<NaiveDate, i64>,
    /// The last change of any day.
    any_day: i64,
    history: i64,
    shop: i64,
    catalogue: i64,
    people: i64,
    stock: i64,
    insights: i64,
    /// The highest known number, from the log or from a commit.
    highest: i64,
    /// The highest number in the log when it was last read.
    shown: i64,
    read_at: Option<Instant>,
    shop_changed_at: Option<Instant>,
}

/// The generation of a response, and whether a new response may be stored under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation {
    /// The number of the last change that affects the response.
    pub number: i64,
    /// False while a new response might still be computed from older data, or while the log cannot be
    /// read.
    pub is_settled: bool,
}

/// The result of reading the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// It continues.
    Follows,
    /// It ends before known numbers, and for too long to be a late replica.
    GoneBack,
}

impl Generations {
    /// The generation of a response at this moment; `None` when the log could not be read for so long
    /// that no cached response may be sent.
    pub(super) fn of(&self, kind: CacheKind, span: Span) -> Option<Generation> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now.duration_since(known.read_at?) > MAX_BLIND {
            return None;
        }
        let number = kind
            .depends_on()
            .iter()
            .map(|part| known.last(*part, span))
            .max()
            .unwrap_or_default();
        let shop_is_settled = known
            .shop_changed_at
            .is_none_or(|at| now.duration_since(at) > SETTLES_IN);
        Some(Generation {
            number,
            is_settled: shop_is_settled && number <= known.shown,
        })
    }

    /// Adds lines of the log, in any order and any number of times.
    pub(super) fn learn(&self, changes: &[Change]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            known.learn(*change);
        }
    }

    /// Adds the result of reading the log: its last number and the new lines.
    pub(super) fn look(&self, latest: i64, changes: &[Change]) -> Look {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            known.learn(*change);
        }
        let look = if latest < known.shown {
            Look::GoneBack
        } else {
            Look::Follows
        };
        known.shown = latest;
        known.read_at = Some(Instant::now());
        look
    }

    /// Drops everything: the log belongs to another database now.
    pub(super) fn reset(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = KnownChanges::default();
    }

    /// The highest known number, the last number in the log, and the time since it was read.
    pub(super) fn position(&self) -> (i64, i64, Option<Duration>) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let age = known.read_at.map(|at| at.elapsed());
        (known.highest, known.shown, age)
    }
}

impl KnownChanges {
    fn last(&self, part: Depends, span: Span) -> i64 {
        match part {
            Depends::Days => span.map_or(self.any_day, |(first, last)| {
                if first > last {
                    return self.history;
                }
                let days = self.days.range(first..=last).map(|(_, seq)| *seq);
                days.max().unwrap_or_default().max(self.history)
            }),
            Depends::Shop => self.shop,
            Depends::Catalogue => self.catalogue,
            Depends::People => self.people,
            Depends::Stock => self.stock,
            Depends::Insights => self.insights,
        }
    }

    fn learn(&mut self, change: Change) {
        let seq = change.seq;
        self.highest = self.highest.max(seq);
        if matches!(change.scope, Scope::Days { .. }) {
            self.any_day = self.any_day.max(seq);
        }
        match change.scope {
            Scope::Days { first, last } if (last - first).num_days() < MAX_DAYS => {
                for day in first.iter_days().take_while(|day| *day <= last) {
                    let known = self.days.entry(day).or_default();
                    *known = seq.max(*known);
                }
            }
            Scope::Days { .. } => self.history = self.history.max(seq),
            Scope::Shop => {
                if seq > self.shop {
                    self.shop = seq;
                    self.shop_changed_at = Some(Instant::now());
                }
            }
            Scope::Catalogue => self.catalogue = self.catalogue.max(seq),
            Scope::People => self.people = self.people.max(seq),
            Scope::Stock => self.stock = self.stock.max(seq),
            Scope::Insights => self.insights = self.insights.max(seq),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
    }

    #[allow(clippy::unnecessary_wraps, reason = "reads as what it makes")]
    fn span(first: u32, last: u32) -> Span {
        Some((day(first), day(last)))
    }

    fn touched(seq: i64, first: u32, last: u32) -> Change {
        let (first, last) = (day(first), day(last));
        let scope = Scope::Days { first, last };
        Change { seq, scope }
    }

    fn number(known: &Generations, kind: CacheKind, span: Span) -> i64 {
        known.of(kind, span).unwrap().number
    }

    #[test]
    fn a_day_affects_only_the_periods_that_contain_it() {
        let known = Generations::default();
        known.look(2, &[touched(1, 5, 5), touched(2, 9, 10)]);
        assert_eq!(number(&known, CacheKind::Kpi, span(1, 4)), 0);
        assert_eq!(number(&known, CacheKind::Kpi, span(1, 5)), 1);
        assert_eq!(number(&known, CacheKind::Kpi, span(6, 8)), 0);
        assert_eq!(number(&known, CacheKind::Kpi, span(5, 9)), 2);
        assert_eq!(number(&known, CacheKind::Kpi, span(10, 30)), 2);
        assert_eq!(
            number(&known, CacheKind::LowStock, None),
            2,
            "no days: all days"
        );
    }

    #[test]
    fn a_change_of_the_whole_history_affects_every_period() {
        let known = Generations::default();
        let scope = Scope::Days {
            first: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(),
            last: day(1),
        };
        known.look(7, &[Change { seq: 7, scope }]);
        assert_eq!(number(&known, CacheKind::Kpi, span(20, 21)), 7);
        assert_eq!(number(&known, CacheKind::LowStock, None), 7);
    }

    #[test]
    fn a_scope_affects_the_kinds_that_depend_on_it() {
        let known = Generations::default();
        let scope = Scope::Catalogue;
        known.look(3, &[Change { seq: 3, scope }]);
        assert_eq!(number(&known, CacheKind::Kpi, span(1, 2)), 0);
        assert_eq!(number(&known, CacheKind::Breakdown, span(1, 2)), 3);
    }

    #[test]
    fn nothing_is_cached_before_the_log_was_read() {
        let known = Generations::default();
        known.learn(&[touched(1, 1, 1)]);
        assert_eq!(known.of(CacheKind::Kpi, span(1, 1)), None);
    }

    #[test]
    fn a_change_that_the_log_does_not_show_yet_is_not_settled() {
        let known = Generations::default();
        known.look(1, &[touched(1, 1, 1)]);
        known.learn(&[touched(2, 1, 1)]);
        let late = known.of(CacheKind::Kpi, span(1, 1)).unwrap();
        assert_eq!((late.number, late.is_settled), (2, false));
        assert!(known.of(CacheKind::Kpi, span(2, 3)).unwrap().is_settled);
        known.look(2, &[]);
        assert!(known.of(CacheKind::Kpi, span(1, 1)).unwrap().is_settled);
    }

    #[test]
    fn after_a_change_of_the_settings_nothing_is_settled_for_a_while() {
        let known = Generations::default();
        let scope = Scope::Shop;
        known.look(1, &[Change { seq: 1, scope }]);
        assert!(!known.of(CacheKind::Kpi, span(1, 1)).unwrap().is_settled);
    }

    #[test]
    fn a_log_that_ends_earlier_than_before_is_noticed() {
        let known = Generations::default();
        assert_eq!(known.look(5, &[touched(5, 1, 1)]), Look::Follows);
        assert_eq!(known.look(5, &[]), Look::Follows);
        assert_eq!(known.look(4, &[]), Look::GoneBack);
    }
}

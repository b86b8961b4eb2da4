//! A quarter of the year: what is found in it depends on its facts, those of the half year before it
//! and what was sold in the weeks behind it, and on nothing else. It can be worked out once and kept.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use forecasting::anomaly::counts::median;
use kernel::{FigureOutOfRange, Period, read::ProductDayFacts};
use serde::{Deserialize, Serialize};

use super::{
    draft::{Draft, Found},
    facts::Facts,
    feedback,
    figures::{minor, real_sum},
    finding::AnomalyKind,
    rules::{Judged, Names, hours, prices, refunds, shrinkage, slips, staff, voids},
    series::{Covered, Series},
};

/// Quarters before one from which it is learnt what is usual.
const LEARNT_QUARTERS: u32 = 2;
/// Days behind a quarter in which a finding of it may still go on: as long as the next quarter, so
/// that another level is followed for three months at least.
pub(super) const FOLLOWED_DAYS: u64 = 92;

/// A quarter of the year, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quarter(NaiveDate);

impl Quarter {
    /// The one with a day in it.
    pub(super) fn with(day: NaiveDate) -> Self {
        let first = day.with_day(1).unwrap_or(day);
        let back = Months::new(first.month0() % 3);
        Self(first.checked_sub_months(back).unwrap_or(first))
    }

    /// Those that a period touches.
    pub(super) fn of(period: &Period) -> Vec<Self> {
        let mut quarters = vec![Self::with(period.from())];
        while let Some(last) = quarters.last()
            && last.next() > *last
            && last.next().first() <= period.to()
        {
            quarters.push(last.next());
        }
        quarters
    }

    pub(super) const fn first(self) -> NaiveDate {
        self.0
    }

    pub(super) fn last(self) -> NaiveDate {
        self.next().0.pred_opt().unwrap_or(self.0)
    }

    /// The one after it; itself at the end of time.
    pub(super) fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(3)).unwrap_or(self.0))
    }

    /// Those from which it is learnt what is usual, the first one first.
    pub(super) fn learnt_from(self) -> Vec<Self> {
        (1..=LEARNT_QUARTERS)
            .rev()
            .filter_map(|back| self.0.checked_sub_months(Months::new(3 * back)).map(Self))
            .collect()
    }

    /// The days on whose facts its findings rest.
    pub(super) fn span(self) -> (NaiveDate, NaiveDate) {
        let first = self.learnt_from().first().map_or(self.0, |one| one.0);
        let last = self.last().checked_add_days(Days::new(FOLLOWED_DAYS));
        (first, last.unwrap_or(self.0))
    }
}

/// What is found in one quarter down to the lowest threshold that answers can bring about, and how
/// much of it could be judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Findings {
    pub found: Vec<Found>,
    pub covered: Covered,
}

/// Every rule on the facts of a quarter.
///
/// # Errors
/// When a figure of a finding passes what an answer can carry.
pub(super) fn judge(facts: &Facts, names: &Names) -> Result<Findings, FigureOutOfRange> {
    let judged = Judged {
        first: facts.judged.from(),
        last: facts.judged.to(),
        zone: facts.judged.zone(),
        names,
    };
    let series = Series::new(&facts.series, &facts.products, &facts.spells, names);
    let usual = slips::usual_of(&facts.sizes);
    let overstated = slips::overstated(judged, &usual, &facts.slips);
    let (mut drafts, covered) = series.detect(judged, &overstated);
    let rules = [
        prices::below_cost(judged, &facts.below_cost),
        refunds::without_goods(judged, &facts.refunds, &usual),
        refunds::large(judged, &facts.refunds),
        refunds::quick(judged, &facts.refunds),
        voids::after_cash(judged, &facts.voids),
        staff::against_peers(judged, &facts.cashiers),
        hours::off_hours(judged, &facts.off_hours),
        slips::slips(judged, &usual, &facts.slips),
        shrinkage::unusual(judged, &facts.losses),
    ];
    let mut by_rules: Vec<Draft> = rules.into_iter().flatten().collect();
    by_rules.retain(|draft| draft.score >= feedback::LOWEST);
    // A slip of the unit is no spike besides.
    drafts.retain(|spike| {
        spike.kind != AnomalyKind::Spike
            || !by_rules.iter().any(|slip| {
                slip.kind == AnomalyKind::UnitSlip
                    && slip.score >= 1.0
                    && slip.subject.id == spike.subject.id
                    && (spike.from..=spike.to).contains(&slip.from)
            })
    });
    drafts.append(&mut by_rules);
    let day = daily_revenue(&facts.products);
    let found: Result<Vec<Found>, _> = drafts
        .into_iter()
        .map(|draft| draft.into_found(day))
        .collect();
    Ok(Findings {
        found: found?,
        covered,
    })
}

/// What the shop takes on a usual day with sales: the median, which no single sale moves.
fn daily_revenue(facts: &[ProductDayFacts]) -> i64 {
    let mut days: BTreeMap<NaiveDate, i128> = BTreeMap::new();
    for fact in facts {
        *days.entry(fact.date).or_default() += fact.revenue_minor;
    }
    minor(median(days.values().map(|day| real_sum(*day))).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_looked_at_by_whole_quarters() {
        let period = Period::new(day("2025-12-31"), day("2026-04-01"), chrono_tz::UTC).unwrap();
        let quarters: Vec<(NaiveDate, NaiveDate)> = Quarter::of(&period)
            .into_iter()
            .map(|quarter| (quarter.first(), quarter.last()))
            .collect();
        assert_eq!(
            quarters,
            [
                (day("2025-10-01"), day("2025-12-31")),
                (day("2026-01-01"), day("2026-03-31")),
                (day("2026-04-01"), day("2026-06-30")),
            ]
        );
    }

    #[test]
    fn a_quarter_rests_on_the_half_year_before_it_and_the_weeks_behind_it() {
        let quarter = Quarter::with(day("2026-05-20"));
        assert_eq!(quarter.span(), (day("2025-10-01"), day("2026-09-30")));
    }

    #[test]
    fn the_end_of_time_is_no_trouble() {
        let last = Quarter::with(NaiveDate::MAX);
        assert!(last.next() >= last && last.span().1 >= last.first());
    }
}

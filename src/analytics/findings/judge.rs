//! Applies every rule to the facts of one quarter.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use forecasting::anomaly::counts::median;
use kernel::{Balance, FigureOutOfRange, read::ProductDayFacts};
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

/// The findings of one quarter down to the lowest threshold that feedback can lead to, and how much of
/// it could be judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Findings {
    pub found: Vec<Found>,
    pub covered: Covered,
}

///
/// # Errors
/// When a figure of a finding is too large for the API.
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
    // A mistaken unit is not reported as a spike as well.
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

/// Revenue of a usual day with sales: the median, which no single sale moves.
fn daily_revenue(facts: &[ProductDayFacts]) -> Balance {
    let mut days: BTreeMap<NaiveDate, i128> = BTreeMap::new();
    for fact in facts {
        *days.entry(fact.date).or_default() += fact.revenue_minor;
    }
    minor(median(days.values().map(|day| real_sum(*day))).unwrap_or(0.0))
}

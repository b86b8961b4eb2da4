//! Sales at hours at which the shop is closed. Its opening hours are learnt from the weeks before, by
//! weekday.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use kernel::{
    ids::UserId,
    read::irregular::{SaleFacts, SalesHourFacts},
};

use super::{Judged, count};
use crate::findings::{
    draft::Draft,
    explanation::{Explanation, OffHoursFigures},
    figures::{minor, real},
    finding::AnomalyKind,
    report::{Evidence, EvidenceType, Figures, Measure},
};

/// Days of history from which the opening hours are learnt.
pub(in crate::findings) const LEARNT_DAYS: i64 = 84;
/// Fewest days with sales, and sales on them, from which hours are learnt.
const FEWEST_DAYS: usize = 28;
const FEWEST_SALES: i64 = 100;
/// Fewest days of the same weekday with sales; with fewer, all weekdays together count.
const FEWEST_SAME_DAYS: usize = 4;
/// An hour counts as open when this share of the days has sales in it.
const OPEN_SHARE: f64 = 0.1;
/// Hours before opening and after closing that are not reported: serving a last customer is no theft.
const FORGIVEN_HOURS: i16 = 1;

/// Days and hours outside of the opening hours.
pub(in crate::findings) fn odd(
    judged: Judged<'_>,
    hours: &[SalesHourFacts],
) -> Vec<(NaiveDate, u8)> {
    let mut by_date: BTreeMap<NaiveDate, Vec<&SalesHourFacts>> = BTreeMap::new();
    for hour in hours {
        by_date.entry(hour.date).or_default().push(hour);
    }
    let mut odd = Vec::new();
    for (date, hours) in by_date.range(judged.first..=judged.last) {
        let learnt_from = *date - chrono::Duration::days(LEARNT_DAYS);
        let before: Vec<(&NaiveDate, &Vec<&SalesHourFacts>)> =
            by_date.range(learnt_from..*date).collect();
        let sales: i64 = before
            .iter()
            .flat_map(|(_, hours)| hours.iter().map(|hour| hour.sales))
            .sum();
        if before.len() < FEWEST_DAYS || sales < FEWEST_SALES {
            continue;
        }
        let same: Vec<&Vec<&SalesHourFacts>> = before
            .iter()
            .filter(|(day, _)| day.weekday() == date.weekday())
            .map(|(_, hours)| *hours)
            .collect();
        let open = if same.len() >= FEWEST_SAME_DAYS {
            open_hours(&same)
        } else {
            open_hours(&before.iter().map(|(_, hours)| *hours).collect::<Vec<_>>())
        };
        for hour in hours {
            let at = i16::from(hour.hour);
            if !open.iter().any(|open| (open - at).abs() <= FORGIVEN_HOURS) {
                odd.push((*date, hour.hour));
            }
        }
    }
    odd
}

fn open_hours(days: &[&Vec<&SalesHourFacts>]) -> BTreeSet<i16> {
    let mut times: BTreeMap<i16, usize> = BTreeMap::new();
    for hours in days {
        for hour in *hours {
            *times.entry(i16::from(hour.hour)).or_default() += 1;
        }
    }
    times
        .into_iter()
        .filter(|(_, times)| count(*times) >= (OPEN_SHARE * count(days.len())).max(1.0 + 1e-9))
        .map(|(hour, _)| hour)
        .collect()
}

/// Sales in those hours, by day and cashier.
pub(in crate::findings) fn off_hours(judged: Judged<'_>, sales: &[SaleFacts]) -> Vec<Draft> {
    let mut by_day: BTreeMap<(NaiveDate, UserId), Vec<&SaleFacts>> = BTreeMap::new();
    for sale in sales {
        let date = judged.date(sale.occurred_at);
        by_day
            .entry((date, sale.cashier_id))
            .or_default()
            .push(sale);
    }
    by_day
        .into_iter()
        .map(|((date, cashier), sales)| {
            let amount: f64 = sales.iter().map(|sale| real(sale.total_minor)).sum();
            Draft {
                kind: AnomalyKind::OffHours,
                subject: judged.names.cashier(cashier),
                about: None,
                from: date,
                to: date,
                at: sales.first().map(|sale| sale.occurred_at),
                score: count(sales.len()).sqrt(),
                figures: Figures {
                    measure: Measure::Count,
                    actual: count(sales.len()),
                    expected: 0.0,
                    expected_low: 0.0,
                    expected_high: 0.0,
                },
                effect_minor: minor(amount),
                explanation: Explanation::OffHours(OffHoursFigures { sales: sales.len() }),
                evidence: sales
                    .iter()
                    .map(|sale| Evidence {
                        id: Some(sale.sale_id.as_uuid()),
                        number: Some(sale.number),
                        at: Some(sale.occurred_at),
                        user_id: Some(sale.cashier_id),
                        amount_minor: Some(sale.total_minor.into()),
                        ..Evidence::on(EvidenceType::Sale, date)
                    })
                    .collect(),
            }
        })
        .collect()
}

//! Refunds without returned goods, unusually large refunds, and sales that are refunded at once by the
//! cashier who made them.
//!
//! A refund without a sale cannot be recorded in this shop (its line refers to the line of a sale, in
//! the database too); these rules look for money that was refunded without goods or reason.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    ids::{ProductId, RefundId, UserId},
    read::irregular::RefundLineFacts,
};

use super::{Judged, count, quantile, slips::Usual};
use crate::findings::{
    draft::Draft,
    explanation::{
        Explanation, LargeRefundFigures, QuickRefundFigures, RefundsWithoutGoodsFigures,
    },
    feedback::LOWEST,
    figures::{minor, real, units},
    finding::AnomalyKind,
    report::{Evidence, EvidenceType, Figures, Measure},
};

/// This many refunds of one product in a day, without goods, are always reported.
const MANY_IN_A_DAY: f64 = 3.0;
/// Fewest refunds without goods from which the usual amount is learnt.
const FEWEST: usize = 10;
/// Two of them are reported from this multiple of the usual amount on.
const ABOVE_USUAL: f64 = 3.0;
/// Two refunds are reported when together they reach this multiple of what customers usually buy of the
/// product at once; a single one when it also reaches the other multiple of the largest quantity that is
/// not rare.
const TIMES_USUAL: f64 = 3.5;
const TIMES_LARGEST: f64 = 1.2;
/// Fewest refunds from which the usual amount of a refund is learnt.
const FEWEST_AMOUNTS: usize = 20;
/// A refund is reported from this multiple of the 95 % quantile on.
const LARGE: f64 = 2.5;
/// A refund within this time after the sale, by the same cashier, is quick.
const QUICK_MINUTES: f64 = 15.0;
/// This many quick refunds in a day are reported.
const QUICK_IN_A_DAY: f64 = 3.0;

/// Products that were refunded on a day without returned goods, unusually often or much.
pub(in crate::findings) fn without_goods(
    judged: Judged<'_>,
    lines: &[RefundLineFacts],
    known: &BTreeMap<ProductId, Usual>,
) -> Vec<Draft> {
    let mut by_day: BTreeMap<(ProductId, NaiveDate), Vec<&RefundLineFacts>> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.is_restocked) {
        let day = (line.product_id, judged.date(line.refunded_at));
        by_day.entry(day).or_default().push(line);
    }
    let earlier = by_day.iter().filter(|((_, date), _)| *date < judged.first);
    let amounts: Vec<f64> = earlier.map(|(_, lines)| amount_of(lines)).collect();
    let usual = if amounts.len() >= FEWEST {
        quantile(&amounts, 0.9)
    } else {
        f64::INFINITY
    };
    let mut drafts = Vec::new();
    for ((product, date), lines) in by_day {
        let amount = amount_of(&lines);
        let quantity: f64 = lines.iter().map(|line| units(line.quantity)).sum();
        let many = count(lines.len()) / MANY_IN_A_DAY;
        let large = if lines.len() >= 2 {
            amount / (ABOVE_USUAL * usual)
        } else {
            0.0
        };
        let usual = known.get(&product);
        let unusual = usual.map_or(0.0, |usual| beyond_usual(quantity, lines.len(), usual));
        let score = many.max(large).max(unusual);
        if !judged.covers(date) || score < LOWEST {
            continue;
        }
        drafts.push(Draft {
            kind: AnomalyKind::RefundWithoutGoods,
            subject: judged.names.product(product),
            about: None,
            from: date,
            to: date,
            at: lines.first().map(|line| line.refunded_at),
            score,
            figures: Figures {
                measure: Measure::Count,
                actual: count(lines.len()),
                expected: 0.0,
                expected_low: 0.0,
                expected_high: 1.0,
            },
            effect_minor: -minor(amount),
            explanation: Explanation::RefundWithoutGoods(RefundsWithoutGoodsFigures {
                refunds: lines.len(),
                units: quantity,
                amount_minor: minor(amount),
            }),
            evidence: lines.iter().map(|line| evidence(judged, line)).collect(),
        });
    }
    drafts
}

fn amount_of(lines: &[&RefundLineFacts]) -> f64 {
    lines.iter().map(|line| real(line.total_minor)).sum()
}

/// How far a refunded quantity exceeds what customers buy at once, as a score.
fn beyond_usual(quantity: f64, lines: usize, usual: &Usual) -> f64 {
    let over_usual = quantity / (TIMES_USUAL * usual.quantity).max(1e-9);
    if lines >= 2 {
        over_usual
    } else {
        over_usual.min(quantity / (TIMES_LARGEST * usual.largest).max(1e-9))
    }
}

/// Refunds far larger than usual refunds of this shop.
pub(in crate::findings) fn large(judged: Judged<'_>, lines: &[RefundLineFacts]) -> Vec<Draft> {
    let mut refunds: BTreeMap<RefundId, Vec<&RefundLineFacts>> = BTreeMap::new();
    for line in lines {
        refunds.entry(line.refund_id).or_default().push(line);
    }
    let known: Vec<f64> = refunds
        .values()
        .filter(|lines| {
            lines
                .iter()
                .all(|line| judged.date(line.refunded_at) < judged.first)
        })
        .map(|lines| amount_of(lines))
        .collect();
    let usual = quantile(&known, 0.95);
    if known.len() < FEWEST_AMOUNTS || usual <= 0.0 {
        return Vec::new();
    }
    let mut drafts = Vec::new();
    for (id, lines) in &refunds {
        let Some(first) = lines.first() else { continue };
        let date = judged.date(first.refunded_at);
        let amount = amount_of(lines);
        let score = amount / (LARGE * usual);
        if !judged.covers(date) || score < LOWEST {
            continue;
        }
        drafts.push(Draft {
            kind: AnomalyKind::LargeRefund,
            subject: judged.names.cashier(first.actor_id),
            about: Some(id.as_uuid()),
            from: date,
            to: date,
            at: Some(first.refunded_at),
            score,
            figures: Figures {
                measure: Measure::Minor,
                actual: amount,
                expected: quantile(&known, 0.5),
                expected_low: 0.0,
                expected_high: usual,
            },
            effect_minor: -minor(amount),
            explanation: Explanation::LargeRefund(LargeRefundFigures {
                number: first.number,
            }),
            evidence: lines.iter().map(|line| evidence(judged, line)).collect(),
        });
    }
    drafts
}

/// Cashiers who refund several of their own sales within minutes, without returned goods.
pub(in crate::findings) fn quick(judged: Judged<'_>, lines: &[RefundLineFacts]) -> Vec<Draft> {
    let mut by_day: BTreeMap<(UserId, NaiveDate), BTreeMap<RefundId, Vec<&RefundLineFacts>>> =
        BTreeMap::new();
    for line in lines {
        let waited = minutes(line);
        let date = judged.date(line.refunded_at);
        let is_own = line.cashier_id == line.actor_id && !line.is_restocked;
        if is_own && (0.0..=QUICK_MINUTES).contains(&waited) && judged.covers(date) {
            by_day
                .entry((line.actor_id, date))
                .or_default()
                .entry(line.refund_id)
                .or_default()
                .push(line);
        }
    }
    let mut drafts = Vec::new();
    for ((person, date), refunds) in by_day {
        let score = count(refunds.len()) / QUICK_IN_A_DAY;
        if score < LOWEST.max(0.9) {
            continue;
        }
        let lines: Vec<&RefundLineFacts> = refunds.into_values().flatten().collect();
        let amount = amount_of(&lines);
        drafts.push(Draft {
            kind: AnomalyKind::QuickRefund,
            subject: judged.names.cashier(person),
            about: None,
            from: date,
            to: date,
            at: lines.first().map(|line| line.refunded_at),
            score,
            figures: Figures {
                measure: Measure::Count,
                actual: score * QUICK_IN_A_DAY,
                expected: 0.0,
                expected_low: 0.0,
                expected_high: QUICK_IN_A_DAY - 1.0,
            },
            effect_minor: -minor(amount),
            explanation: Explanation::QuickRefund(QuickRefundFigures {
                minutes: QUICK_MINUTES,
                amount_minor: minor(amount),
            }),
            evidence: lines.iter().map(|line| evidence(judged, line)).collect(),
        });
    }
    drafts
}

fn minutes(line: &RefundLineFacts) -> f64 {
    real(
        line.refunded_at
            .micros()
            .saturating_sub(line.sold_at.micros()),
    ) / 60e6
}

fn evidence(judged: Judged<'_>, line: &RefundLineFacts) -> Evidence {
    Evidence {
        id: Some(line.refund_id.as_uuid()),
        number: Some(line.number),
        at: Some(line.refunded_at),
        user_id: Some(line.actor_id),
        product_id: Some(line.product_id.as_uuid()),
        quantity: Some(line.quantity.into()),
        amount_minor: Some(-line.total_minor),
        ..Evidence::on(EvidenceType::Refund, judged.date(line.refunded_at))
    }
}

//! Sales below cost: a mistyped price, or a discount larger than the margin.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Amount, ids::ProductId, read::irregular::LineFacts};

use super::Judged;
use crate::findings::{
    draft::Draft,
    explanation::{BelowCostFigures, Explanation},
    figures::{minor, real, units},
    finding::AnomalyKind,
    report::{Figures, Measure},
};

/// A loss below this part of the cost is rounding, or a price equal to its cost.
const TOLERATED_LOSS: f64 = 0.01;
/// Days without such sales that do not end a run.
const SAME_RUN_DAYS: i64 = 3;

/// Every product and run of days with lines whose revenue is below their cost.
pub(in crate::findings) fn below_cost(judged: Judged<'_>, lines: &[LineFacts]) -> Vec<Draft> {
    let mut by_product: BTreeMap<ProductId, Vec<(NaiveDate, &LineFacts)>> = BTreeMap::new();
    for line in lines {
        let date = judged.date(line.occurred_at);
        if judged.covers(date) {
            by_product
                .entry(line.product_id)
                .or_default()
                .push((date, line));
        }
    }
    let mut drafts = Vec::new();
    for (product, lines) in by_product {
        let runs = lines.chunk_by(|before, after| (after.0 - before.0).num_days() <= SAME_RUN_DAYS);
        drafts.extend(runs.filter_map(|run| draft(judged, product, run)));
    }
    drafts
}

fn draft(judged: Judged<'_>, product: ProductId, run: &[(NaiveDate, &LineFacts)]) -> Option<Draft> {
    let ((from, first), (to, _)) = (run.first()?, run.last()?);
    let sum = |part: fn(&LineFacts) -> f64| run.iter().map(|(_, line)| part(line)).sum::<f64>();
    let revenue = sum(|line| real(line.revenue_minor));
    let cost = sum(|line| real(line.cost_minor));
    let quantity = sum(|line| units(line.quantity)).max(1e-3);
    let loss = cost - revenue;
    let each = cost / quantity;
    Some(Draft {
        kind: AnomalyKind::PriceBelowCost,
        subject: judged.names.product(product),
        about: None,
        from: *from,
        to: *to,
        at: Some(first.occurred_at),
        score: loss / (TOLERATED_LOSS * cost).max(1.0),
        figures: Figures {
            measure: Measure::MinorPerUnit,
            actual: revenue / quantity,
            expected: each,
            expected_low: each,
            expected_high: each.max(real(
                judged
                    .names
                    .products
                    .get(&product)
                    .map_or(Amount::ZERO, |known| known.net_price_minor),
            )),
        },
        effect_minor: -minor(loss),
        explanation: Explanation::PriceBelowCost(BelowCostFigures {
            lines: run.len(),
            loss_minor: minor(loss),
        }),
        evidence: run
            .iter()
            .map(|(_, line)| judged.evidence_of_line(line))
            .collect(),
    })
}

//! Stock counts that find far more missing than counts usually do.

use kernel::read::irregular::CountLossFacts;

use super::{Judged, quantile};
use crate::findings::{
    draft::Draft,
    explanation::{Explanation, ShrinkageFigures},
    feedback::LOWEST,
    figures::{minor, real, units},
    finding::AnomalyKind,
    report::{Evidence, EvidenceType, Figures, Measure},
};

/// Fewest losses from which the usual loss is learnt.
const FEWEST: usize = 8;
/// A loss is reported from this multiple of the 90 % quantile of units on,
const TIMES_UNITS: f64 = 3.0;
/// and this multiple of the median of their value.
const TIMES_VALUE: f64 = 3.0;
/// Without earlier counts: from this part of the expected stock and this many units on.
const SHARE: f64 = 0.25;
const UNITS: f64 = 5.0;

/// Losses that are unusually large.
pub(in crate::findings) fn unusual(judged: Judged<'_>, losses: &[CountLossFacts]) -> Vec<Draft> {
    let value = |loss: &CountLossFacts| units(loss.missing) * real(loss.unit_cost_minor);
    let known: Vec<&CountLossFacts> = losses
        .iter()
        .filter(|loss| judged.date(loss.counted_at) < judged.first)
        .collect();
    let missing: Vec<f64> = known.iter().map(|loss| units(loss.missing)).collect();
    let values: Vec<f64> = known.iter().map(|loss| value(loss)).collect();
    let (most, middle) = (quantile(&missing, 0.9), quantile(&values, 0.5));
    let mut drafts = Vec::new();
    for loss in losses {
        let date = judged.date(loss.counted_at);
        let (gone, worth) = (units(loss.missing), value(loss));
        let should_be = gone + units(loss.balance_after);
        let share = gone / should_be.max(1e-9);
        let score = if known.len() >= FEWEST {
            (gone / (TIMES_UNITS * most).max(1e-9)).min(worth / (TIMES_VALUE * middle).max(1e-9))
        } else {
            (share / SHARE).min(gone / UNITS)
        };
        if !judged.covers(date) || score < LOWEST {
            continue;
        }
        drafts.push(Draft {
            kind: AnomalyKind::Shrinkage,
            subject: judged.names.product(loss.product_id),
            about: Some(loss.document_id.as_uuid()),
            from: date,
            to: date,
            at: Some(loss.counted_at),
            score: score.min(1e3),
            figures: Figures {
                measure: Measure::Units,
                actual: gone,
                expected: quantile(&missing, 0.5),
                expected_low: 0.0,
                expected_high: if known.len() >= FEWEST { most } else { UNITS },
            },
            effect_minor: -minor(worth),
            explanation: Explanation::Shrinkage(ShrinkageFigures {
                missing: gone,
                should_be,
                value_minor: minor(worth),
            }),
            evidence: vec![Evidence {
                id: Some(loss.document_id.as_uuid()),
                at: Some(loss.counted_at),
                user_id: loss.actor_id,
                product_id: Some(loss.product_id.as_uuid()),
                quantity: Some(loss.missing.into()),
                amount_minor: Some(-minor(worth)),
                ..Evidence::on(EvidenceType::Count, date)
            }],
        });
    }
    drafts
}

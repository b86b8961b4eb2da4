//! Cash sales that were voided hours later, when the customer had left. A sale can be voided on its own
//! day only; older versions allowed it later.

use kernel::read::irregular::VoidFacts;

use super::{Judged, robust};
use crate::findings::{
    draft::Draft,
    explanation::{Explanation, VoidFigures},
    feedback::LOWEST,
    figures::real,
    finding::AnomalyKind,
    report::{Evidence, EvidenceType, Figures, Measure},
};

/// Fewest voids from which the usual wait is learnt.
const FEWEST: usize = 10;
/// Robust standard deviations above the usual wait.
const FAR: f64 = 4.0;
/// A wait is never long below the first limit, and always above the second.
const LONG_MINUTES: (f64, f64) = (60.0, 18.0 * 60.0);
/// The limit until enough voids are known.
const LONG_AT_FIRST_MINUTES: f64 = 10.0 * 60.0;
/// Highest score of a void.
const HIGHEST: f64 = 20.0;

/// Cash sales that were voided long after they were made.
pub(in crate::findings) fn after_cash(judged: Judged<'_>, voids: &[VoidFacts]) -> Vec<Draft> {
    let known: Vec<f64> = voids
        .iter()
        .filter(|void| judged.date(void.voided_at) < judged.first)
        .map(wait_minutes)
        .collect();
    let (middle, spread) = robust(&known);
    let long = if known.len() >= FEWEST {
        (middle + FAR * spread).clamp(LONG_MINUTES.0, LONG_MINUTES.1)
    } else {
        LONG_AT_FIRST_MINUTES
    };
    let mut drafts = Vec::new();
    for void in voids {
        let date = judged.date(void.voided_at);
        let waited = wait_minutes(void);
        let score = (waited / long).min(HIGHEST);
        if !judged.covers(date) || void.cash_minor.is_zero() || score < LOWEST {
            continue;
        }
        drafts.push(Draft {
            kind: AnomalyKind::VoidAfterCash,
            subject: judged
                .names
                .cashier(void.voided_by.unwrap_or(void.cashier_id)),
            about: Some(void.sale_id.as_uuid()),
            from: date,
            to: date,
            at: Some(void.voided_at),
            score,
            figures: Figures {
                measure: Measure::Minutes,
                actual: waited,
                expected: middle,
                expected_low: 0.0,
                expected_high: long,
            },
            effect_minor: -void.cash_minor,
            explanation: Explanation::VoidAfterCash(VoidFigures {
                number: void.number,
                sold_at: void.sold_at,
                cash_minor: void.cash_minor.into(),
                reason: void.reason.clone(),
            }),
            evidence: vec![Evidence {
                id: Some(void.sale_id.as_uuid()),
                number: Some(void.number),
                at: Some(void.sold_at),
                user_id: Some(void.cashier_id),
                amount_minor: Some(void.total_minor.into()),
                ..Evidence::on(EvidenceType::Sale, judged.date(void.sold_at))
            }],
        });
    }
    drafts
}

fn wait_minutes(void: &VoidFacts) -> f64 {
    // A sale entered late could not be voided earlier.
    let since = void.sold_at.max(void.recorded_at);
    real(void.voided_at.micros().saturating_sub(since.micros())) / 60e6
}

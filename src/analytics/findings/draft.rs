//! A finding before it is shown: as a rule makes it ([`Draft`]) and as it is kept ([`Found`]).

use chrono::NaiveDate;
use kernel::{Balance, FigureOutOfRange, QuantitySum, Timestamp, figure::MAX_FIGURE};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    explanation::Explanation,
    figures::{real, rounded},
    finding::AnomalyKind,
    report::{
        Anomaly, AnomalySeverity, AnomalyState, Evidence, Figures, MAX_EVIDENCE, Subject, Threshold,
    },
};

/// Higher scores are cut to this: they say nothing more.
const MOST_SCORE: f64 = 1e6;

/// A finding as it is kept: at the usual threshold, without feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub anomaly: Anomaly,
    /// Its score at the usual threshold, not rounded.
    pub score: f64,
}

impl Found {
    /// The finding at a multiplied threshold; `None` when it does not reach it.
    pub(super) fn eased(mut self, multiple: f64) -> Option<Anomaly> {
        let score = self.score / multiple.max(0.1);
        if score < 1.0 {
            return None;
        }
        self.anomaly.score = rounded(score.min(MOST_SCORE));
        Some(self.anomaly)
    }
}

/// A finding as a rule makes it: without threshold and feedback.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub kind: AnomalyKind,
    pub subject: Subject,
    /// Distinguishes it from others of the same kind, subject and day.
    pub about: Option<Uuid>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub at: Option<Timestamp>,
    pub score: f64,
    pub figures: Figures,
    pub effect_minor: Balance,
    pub explanation: Explanation,
    pub evidence: Vec<Evidence>,
}

impl Draft {
    /// The day in plain text, so that a finding can be found by it, and a digest of the rest. What may
    /// still change as days are added (a drop may become another level) is not part of it.
    pub(super) fn id(&self) -> String {
        let family = match self.kind {
            AnomalyKind::Drop
            | AnomalyKind::Silence
            | AnomalyKind::Spike
            | AnomalyKind::LevelShift => {
                if self.figures.actual >= self.figures.expected {
                    "more"
                } else {
                    "less"
                }
            }
            other => other.name(),
        };
        let mut hash = Sha256::new();
        hash.update(family);
        hash.update([0]);
        hash.update(self.subject.key());
        hash.update([0]);
        if let Some(about) = self.about {
            hash.update(about.as_bytes());
        }
        let digest = hash
            .finalize()
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        format!("{}-{digest:016x}", self.from.format("%Y%m%d"))
    }

    /// # Errors
    /// When one of its figures was cut to the range of the API.
    pub(super) fn into_found(
        mut self,
        daily_revenue_minor: Balance,
    ) -> Result<Found, FigureOutOfRange> {
        let id = self.id();
        let score = if self.score.is_finite() {
            self.score.min(MOST_SCORE)
        } else {
            0.0
        };
        let evidence_total = self.evidence.len();
        self.evidence.truncate(MAX_EVIDENCE);
        if self.is_cut() {
            return Err(FigureOutOfRange);
        }
        let anomaly = Anomaly {
            id,
            kind: self.kind,
            state: AnomalyState::Open,
            severity: severity(self.effect_minor, daily_revenue_minor),
            score: rounded(score),
            subject: self.subject,
            from: self.from,
            to: self.to,
            at: self.at,
            figures: Figures {
                measure: self.figures.measure,
                actual: rounded(self.figures.actual),
                expected: rounded(self.figures.expected),
                expected_low: rounded(self.figures.expected_low),
                expected_high: rounded(self.figures.expected_high),
            },
            effect_minor: self.effect_minor,
            explanation: self.explanation,
            evidence: self.evidence,
            evidence_total,
            threshold: Threshold::default(),
            feedback: None,
        };
        Ok(Found { anomaly, score })
    }

    /// Whether a figure reaches the bound to which [`super::figures::minor`] and
    /// [`super::figures::shown`] cut.
    fn is_cut(&self) -> bool {
        let ends = |value: i64| value.unsigned_abs() >= MAX_FIGURE.unsigned_abs();
        let most = QuantitySum::MAX.milli().unsigned_abs();
        let Figures {
            actual,
            expected,
            expected_low,
            expected_high,
            ..
        } = self.figures;
        ends(self.effect_minor.minor())
            || [actual, expected, expected_low, expected_high]
                .into_iter()
                .any(|value| value.abs() >= real(MAX_FIGURE))
            || self.explanation.has_figure(ends)
            || self.evidence.iter().any(|row| {
                row.amount_minor.is_some_and(|amount| ends(amount.minor()))
                    || row
                        .quantity
                        .is_some_and(|sum| sum.milli().unsigned_abs() >= most)
            })
    }
}

/// Compares the money it is about with the revenue of a day. How unlikely a finding is decides whether
/// it is reported, not how much it matters.
fn severity(effect_minor: Balance, daily_revenue_minor: Balance) -> AnomalySeverity {
    let effect = effect_minor.minor().unsigned_abs();
    let day = daily_revenue_minor.minor().max(1).unsigned_abs();
    if effect.saturating_mul(4) >= day {
        AnomalySeverity::High
    } else if effect.saturating_mul(20) >= day {
        AnomalySeverity::Medium
    } else {
        AnomalySeverity::Low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{
        explanation::SeriesFigures,
        figures::{minor, quantity, shown},
        report::{EvidenceType, Measure, SubjectType},
    };

    fn balance(minor: i64) -> Balance {
        Balance::new(minor).unwrap()
    }

    fn draft(effect_minor: Balance, evidence: Evidence) -> Draft {
        let date = evidence.date;
        Draft {
            kind: AnomalyKind::Spike,
            subject: Subject {
                subject_type: SubjectType::Shop,
                id: None,
                name: String::new(),
            },
            about: None,
            from: date,
            to: date,
            at: None,
            score: 2.0,
            figures: Figures {
                measure: Measure::Units,
                actual: 2.0,
                expected: 1.0,
                expected_low: 0.0,
                expected_high: 1.5,
            },
            effect_minor,
            explanation: Explanation::Spike(SeriesFigures {
                days: 1,
                ratio: 2.0,
                goes_on: false,
            }),
            evidence: vec![evidence],
        }
    }

    #[test]
    fn severity_follows_money_and_not_how_unlikely_it_is() {
        let day = Evidence::on(EvidenceType::Day, NaiveDate::default());
        let said = |effect: i64| {
            let draft = Draft {
                score: 900.0,
                ..draft(balance(effect), day.clone())
            };
            draft.into_found(balance(1_000)).unwrap().anomaly.severity
        };
        assert_eq!(
            [0, -49, 50, -249, -250, 9_000].map(said),
            [
                AnomalySeverity::Low,
                AnomalySeverity::Low,
                AnomalySeverity::Medium,
                AnomalySeverity::Medium,
                AnomalySeverity::High,
                AnomalySeverity::High
            ]
        );
    }

    #[test]
    fn a_finding_with_a_figure_that_was_cut_is_rejected() {
        let day = Evidence::on(EvidenceType::Day, NaiveDate::default());
        let of_sum = |sum: i128| Evidence {
            amount_minor: Some(shown(sum)),
            ..day.clone()
        };
        let most = i128::from(MAX_FIGURE);
        assert!(
            draft(balance(5), of_sum(most - 1))
                .into_found(balance(1))
                .is_ok()
        );
        assert!(
            draft(balance(5), of_sum(9_600 * 1_000_000_000_000_000))
                .into_found(balance(1))
                .is_err()
        );
        assert!(
            draft(minor(-1e17), day.clone())
                .into_found(balance(1))
                .is_err()
        );
        let many = Evidence {
            quantity: Some(quantity(3e9)),
            ..day.clone()
        };
        let kept = serde_json::to_string(&draft(balance(5), many).into_found(balance(1)).unwrap())
            .unwrap();
        assert!(serde_json::from_str::<Found>(&kept).is_ok(), "{kept}");
        let too_many = Evidence {
            quantity: Some(quantity(1e13)),
            ..day
        };
        assert!(draft(balance(5), too_many).into_found(balance(1)).is_err());
    }
}

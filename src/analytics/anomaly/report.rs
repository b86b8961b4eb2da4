//! What people are shown: a finding with its subject, its figures, its evidence and its answer.

use chrono::NaiveDate;
use kernel::{FigureOutOfRange, Quantity, QuantitySum, Timestamp, figure::MAX_FIGURE, ids::UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{explanation::Explanation, feedback::Verdict, finding::AnomalyKind};

/// Most rows of evidence that travel with a finding.
pub const MAX_EVIDENCE: usize = 20;
/// Scores beyond this say nothing more.
const MOST_SCORE: f64 = 1e6;
/// Longest remark on an answer, in characters.
pub const MAX_NOTE: u64 = 1_000;

/// What a finding is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// A product.
    Product,
    /// A category.
    Category,
    /// A cashier.
    Cashier,
    /// The whole shop.
    Shop,
}

impl SubjectType {
    /// The word used in JSON and in ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Category => "category",
            Self::Cashier => "cashier",
            Self::Shop => "shop",
        }
    }
}

/// Whom or what a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subject {
    /// What it is.
    #[serde(rename = "type")]
    pub subject_type: SubjectType,
    /// Its id; null for the whole shop.
    pub id: Option<Uuid>,
    /// Its name, as it is now.
    pub name: String,
}

impl Subject {
    /// The name under which answers about it are remembered.
    #[must_use]
    pub fn key(&self) -> String {
        self.id.map_or_else(
            || self.subject_type.name().to_owned(),
            |id| format!("{}:{id}", self.subject_type.name()),
        )
    }
}

/// In what the figures of a finding are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Units of the product.
    Units,
    /// Minor units of the shop's currency.
    Minor,
    /// Minor units of the shop's currency for one unit.
    MinorPerUnit,
    /// Parts of one.
    Share,
    /// Minutes.
    Minutes,
    /// Things that were counted.
    Count,
}

/// What was found, against what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// In what.
    pub measure: Measure,
    /// What it was.
    pub actual: f64,
    /// What it usually is.
    pub expected: f64,
    /// Lower edge of the usual range.
    pub expected_low: f64,
    /// Upper edge of the usual range.
    pub expected_high: f64,
}

/// What a row of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceType {
    /// A day of a series.
    Day,
    /// A sale.
    Sale,
    /// A refund.
    Refund,
    /// A count of the stock.
    Count,
    /// A week of a cashier.
    Week,
}

/// One row that the finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// What it is.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// The id of the sale, refund or count.
    pub id: Option<Uuid>,
    /// The number of the sale.
    pub number: Option<i64>,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// When exactly, where it has a moment.
    pub at: Option<Timestamp>,
    /// Whose deed it was.
    pub user_id: Option<UserId>,
    /// The product.
    pub product_id: Option<Uuid>,
    /// How much.
    pub quantity: Option<QuantitySum>,
    /// Which amount, minor units.
    pub amount_minor: Option<i64>,
}

impl Evidence {
    /// A row of which nothing but its day is known.
    #[must_use]
    pub const fn on(evidence_type: EvidenceType, date: NaiveDate) -> Self {
        Self {
            evidence_type,
            id: None,
            number: None,
            date,
            at: None,
            user_id: None,
            product_id: None,
            quantity: None,
            amount_minor: None,
        }
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = AnomalySeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing: less than a twentieth of what the shop takes on a day.
    Low,
    /// Worth a look.
    Medium,
    /// Look now: a quarter of what the shop takes on a day, or more.
    High,
}

/// What has been said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyState {
    /// Nobody has answered.
    Open,
    /// Nothing was wrong.
    Normal,
    /// Something was wrong.
    Problem,
}

impl From<Verdict> for AnomalyState {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Normal => Self::Normal,
            Verdict::Problem => Self::Problem,
        }
    }
}

/// The threshold in force for the kind and the subject of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Threshold {
    /// By what the usual threshold is multiplied: 1 without answers, more after "normal", less after
    /// "problem".
    pub multiple: f64,
    /// Answers that made it so.
    pub answers: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self {
            multiple: 1.0,
            answers: 0,
        }
    }
}

/// What somebody said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackGiven {
    /// Whether it was a problem.
    pub verdict: Verdict,
    /// In words.
    pub note: Option<String>,
    /// Who said it.
    pub user_id: UserId,
    /// When.
    pub at: Timestamp,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Anomaly {
    /// The same for the same kind, subject and day, whenever it is looked for.
    #[schema(example = "20261031-5d41402abc4b2a76")]
    pub id: String,
    /// Which rule fired.
    pub kind: AnomalyKind,
    /// What has been said of it.
    pub state: AnomalyState,
    /// How much it matters, by money.
    pub severity: Severity,
    /// How far beyond the threshold, 1 = just there.
    pub score: f64,
    /// Whom or what it is about.
    pub subject: Subject,
    /// Its first day, in the shop's time zone.
    pub from: NaiveDate,
    /// Its last day so far.
    pub to: NaiveDate,
    /// The moment, where it has one.
    pub at: Option<Timestamp>,
    /// What was found, against what is usual.
    pub figures: Figures,
    /// What it is about in money, minor units: positive when more came in than usual, negative when
    /// it is missing.
    pub effect_minor: i64,
    /// Why it is reported.
    pub explanation: Explanation,
    /// The rows it rests on.
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
    /// How many rows there are in all.
    pub evidence_total: usize,
    /// The threshold in force for its kind and subject.
    pub threshold: Threshold,
    /// The answer, when there is one.
    pub feedback: Option<FeedbackGiven>,
}

/// A finding as it is kept: before any answer has moved its threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub anomaly: Anomaly,
    /// Its score at the usual threshold, to the last digit.
    pub score: f64,
}

impl Found {
    /// As it is told when its threshold is multiplied; `None` when it is not told.
    pub(super) fn eased(mut self, multiple: f64) -> Option<Anomaly> {
        let score = self.score / multiple.max(0.1);
        if score < 1.0 {
            return None;
        }
        self.anomaly.score = rounded(score.min(MOST_SCORE));
        Some(self.anomaly)
    }
}

/// A finding as a rule makes it: without threshold and answer.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub kind: AnomalyKind,
    pub subject: Subject,
    /// What tells it from others of the same kind, subject and day.
    pub about: Option<Uuid>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub at: Option<Timestamp>,
    pub score: f64,
    pub figures: Figures,
    pub effect_minor: i64,
    pub explanation: Explanation,
    pub evidence: Vec<Evidence>,
}

impl Draft {
    /// The id: the day in clear, so that the finding can be looked for where it is, and a digest of
    /// the rest. What may still change while days come in (a drop that becomes another level) takes
    /// no part in it.
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

    /// Ready to be kept.
    ///
    /// # Errors
    /// When one of its figures had to be cut to what an answer can carry.
    pub(super) fn into_found(
        mut self,
        daily_revenue_minor: i64,
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

    /// Whether a figure reaches the end to which [`minor`] and [`shown`] cut.
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
        ends(self.effect_minor)
            || [actual, expected, expected_low, expected_high]
                .into_iter()
                .any(|value| value.abs() >= real(MAX_FIGURE))
            || self.explanation.has_figure(ends)
            || self.evidence.iter().any(|row| {
                row.amount_minor.is_some_and(ends)
                    || row
                        .quantity
                        .is_some_and(|sum| sum.milli().unsigned_abs() >= most)
            })
    }
}

/// By what it is about in money, against what the shop takes on a day. How unlikely it is says whether
/// it is worth a line, not how much it matters.
fn severity(effect_minor: i64, daily_revenue_minor: i64) -> Severity {
    let effect = effect_minor.unsigned_abs();
    let day = daily_revenue_minor.max(1).unsigned_abs();
    if effect.saturating_mul(4) >= day {
        Severity::High
    } else if effect.saturating_mul(20) >= day {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// Three decimals: nobody reads more. What is no number is 0.
pub(super) fn rounded(value: f64) -> f64 {
    if value.is_finite() {
        (value * 1_000.0).round() / 1_000.0
    } else {
        0.0
    }
}

/// Money as a number to reckon with.
#[expect(
    clippy::cast_precision_loss,
    reason = "amounts stay below 10^15, which a double holds exactly"
)]
pub(super) const fn real(value: i64) -> f64 {
    value as f64
}

/// A sum as a number to reckon with.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is usual needs no more than sixteen digits"
)]
pub(super) const fn real_sum(value: i128) -> f64 {
    value as f64
}

/// Back to money. What no answer can carry is cut, and found out when the finding is made.
#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
pub(super) fn minor(value: f64) -> i64 {
    if value.is_finite() {
        let most = real(MAX_FIGURE);
        value.round().clamp(-most, most) as i64
    } else {
        0
    }
}

/// A sum as it is shown, cut like [`minor`].
pub(super) fn shown(sum: i128) -> i64 {
    let most = i128::from(MAX_FIGURE);
    i64::try_from(sum.clamp(-most, most)).unwrap_or(MAX_FIGURE)
}

/// Units as a number to reckon with.
pub(super) const fn units(quantity: Quantity) -> f64 {
    real(quantity.milli()) / 1_000.0
}

/// Units as they are shown, cut like [`minor`].
pub(super) fn quantity(units: f64) -> QuantitySum {
    let milli = i128::from(minor(units * 1_000.0));
    QuantitySum::from_milli(milli).unwrap_or(QuantitySum::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{explanation::SeriesFigures, finding::AnomalyKind};

    fn draft(effect_minor: i64, evidence: Evidence) -> Draft {
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
                ..draft(effect, day.clone())
            };
            draft.into_found(1_000).unwrap().anomaly.severity
        };
        assert_eq!(
            [0, -49, 50, -249, -250, 9_000].map(said),
            [
                Severity::Low,
                Severity::Low,
                Severity::Medium,
                Severity::Medium,
                Severity::High,
                Severity::High
            ]
        );
    }

    #[test]
    fn a_finding_with_a_figure_that_was_cut_is_none() {
        let day = Evidence::on(EvidenceType::Day, NaiveDate::default());
        let of_sum = |sum: i128| Evidence {
            amount_minor: Some(shown(sum)),
            ..day.clone()
        };
        let most = i128::from(MAX_FIGURE);
        assert!(draft(5, of_sum(most - 1)).into_found(1).is_ok());
        assert!(
            draft(5, of_sum(9_600 * 1_000_000_000_000_000))
                .into_found(1)
                .is_err()
        );
        assert!(draft(minor(-1e17), day.clone()).into_found(1).is_err());
        let many = Evidence {
            quantity: Some(quantity(3e9)),
            ..day.clone()
        };
        let kept = serde_json::to_string(&draft(5, many).into_found(1).unwrap()).unwrap();
        assert!(serde_json::from_str::<Found>(&kept).is_ok(), "{kept}");
        let too_many = Evidence {
            quantity: Some(quantity(1e13)),
            ..day
        };
        assert!(draft(5, too_many).into_found(1).is_err());
    }
}

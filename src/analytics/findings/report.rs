//! A finding as the API shows it: its subject, figures, evidence and feedback.

use chrono::NaiveDate;
use kernel::{Balance, QuantitySum, Timestamp, ids::UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{explanation::Explanation, feedback::Verdict, finding::AnomalyKind};

/// Most rows of evidence that the API shows of a finding.
pub const MAX_EVIDENCE: usize = 20;
/// Longest note of feedback, in characters.
pub const MAX_NOTE: u64 = 1_000;

/// Type of what a finding is about.
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

/// The product, category, cashier or shop that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subject {
    /// Type of the subject.
    #[serde(rename = "type")]
    pub subject_type: SubjectType,
    /// Id of the product, category or user; null for the whole shop.
    pub id: Option<Uuid>,
    /// Current name; that of the shop for the whole shop.
    pub name: String,
}

impl Subject {
    /// The key under which feedback about it is kept.
    #[must_use]
    pub fn key(&self) -> String {
        self.id.map_or_else(
            || self.subject_type.name().to_owned(),
            |id| format!("{}:{id}", self.subject_type.name()),
        )
    }
}

/// Unit of the figures of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Units of the product.
    Units,
    /// Minor units of the shop's currency.
    Minor,
    /// Minor units of the shop's currency, for one unit of the product.
    MinorPerUnit,
    /// A ratio from 0 to 1.
    Share,
    /// Minutes.
    Minutes,
    /// A number of sales, refunds or other records.
    Count,
}

/// The observed value compared with the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// Unit of the values below.
    pub measure: Measure,
    /// Observed value, in the unit of `measure`.
    pub actual: f64,
    /// Usual value, in the unit of `measure`.
    pub expected: f64,
    /// Lower edge of the usual range.
    pub expected_low: f64,
    /// Upper edge of the usual range.
    pub expected_high: f64,
}

/// Type of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceType {
    /// A day of sales.
    Day,
    /// A sale.
    Sale,
    /// A refund.
    Refund,
    /// A stock count.
    Count,
    /// A week of a cashier.
    Week,
}

/// One record on which a finding is based. Members that do not apply to its type are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// Type of the record.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// Id of the sale, refund or stock count.
    pub id: Option<Uuid>,
    /// Number of the sale; for a week, how many of the cashier's sales are concerned.
    pub number: Option<i64>,
    /// Day of the record in the shop's time zone; Monday of a week.
    pub date: NaiveDate,
    /// Exact time; null where only the day is known.
    pub at: Option<Timestamp>,
    /// User who sold, refunded or counted; the cashier of a week.
    pub user_id: Option<UserId>,
    /// Product of the record.
    pub product_id: Option<Uuid>,
    /// Quantity, in the product's unit.
    pub quantity: Option<QuantitySum>,
    /// Amount, minor units; negative for refunds.
    pub amount_minor: Option<Balance>,
}

impl Evidence {
    /// A record of which only the day is known.
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

/// How much a finding matters, by the money it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnomalySeverity {
    /// Less than a twentieth of the revenue of a usual day.
    Low,
    /// Between a twentieth and a quarter of the revenue of a usual day.
    Medium,
    /// A quarter of the revenue of a usual day, or more.
    High,
}

/// Feedback on a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyState {
    /// No feedback yet.
    Open,
    /// Judged as normal.
    Normal,
    /// Judged as a problem.
    Problem,
    /// Somebody looks into it.
    ToFollow,
}

impl From<Verdict> for AnomalyState {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Normal => Self::Normal,
            Verdict::Problem => Self::Problem,
            Verdict::ToFollow => Self::ToFollow,
        }
    }
}

/// Threshold in force for the kind and the subject of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Threshold {
    /// Factor on the usual threshold: 1 without feedback, higher after "normal", lower after "problem".
    pub multiple: f64,
    /// Number of judgements that led to the factor.
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

/// Feedback that was given on a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackGiven {
    /// Whether it was a problem.
    pub verdict: Verdict,
    /// Remark in the user's own words; null when there is none.
    pub note: Option<String>,
    /// User who gave the feedback.
    pub user_id: UserId,
    /// When it was given.
    pub at: Timestamp,
}

/// A finding: a day, a record or a cashier that deviates from the usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Anomaly {
    /// Stable: the same kind, subject and day always have the same id.
    #[schema(example = "20261031-5d41402abc4b2a76")]
    pub id: String,
    /// Rule that made the finding.
    pub kind: AnomalyKind,
    /// Feedback so far.
    pub state: AnomalyState,
    /// How much it matters, by money.
    pub severity: AnomalySeverity,
    /// How far the value lies beyond the threshold; 1 is exactly at the threshold.
    pub score: f64,
    /// What the finding is about.
    pub subject: Subject,
    /// First day, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day so far, in the shop's time zone.
    pub to: NaiveDate,
    /// Exact time; null for findings about days.
    pub at: Option<Timestamp>,
    /// Observed value compared with the usual one.
    pub figures: Figures,
    /// Effect in money, minor units: positive when more came in than usual, negative when money is
    /// missing.
    pub effect_minor: Balance,
    /// Code and figures of the reason.
    pub explanation: Explanation,
    /// Records on which the finding is based, at most 20.
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
    /// Number of records in all, shown or not.
    pub evidence_total: usize,
    /// The threshold in force for its kind and subject.
    pub threshold: Threshold,
    /// Feedback; null without any.
    pub feedback: Option<FeedbackGiven>,
}

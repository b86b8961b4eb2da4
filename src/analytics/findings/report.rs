//! A finding as the API shows it: its subject, figures, evidence and feedback.

use chrono::NaiveDate;
use kernel::{QuantitySum, Timestamp, ids::UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{explanation::Explanation, feedback::Verdict, finding::AnomalyKind};

/// Most rows of evidence that the API shows of a finding.
pub const MAX_EVIDENCE: usize = 20;
/// Longest note of feedback, in characters.
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
    /// The name under which feedback about it is kept.
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

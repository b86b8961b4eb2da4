//! The deeds of the audit log and what each writes down, as the document shows them.
//!
//! Every deed has its shapes in [`AuditDeed`], from the list in `crate::audit::deeds`. What is kept is
//! never rewritten: a field that a record gets later must be one that may be absent (`nullable = false`
//! on an `Option`).

use chrono::NaiveDate;
use kernel::{
    Currency, Quantity, Role, Timestamp,
    ids::{ProductId, UserId},
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, SchemaType, Type},
    },
};
use uuid::Uuid;

use crate::{
    audit::deeds::every_deed,
    catalogue::{categories::Category, products::StoredProduct},
    imports::{Import, ImportState},
    inventory::locations::Location,
    orders::model::{SaleState, refund::Refund},
    people::User,
    shop::{accounts::Account, rates::Rate},
    shop_reader::TaxMode,
};

/// Nothing is written down: null.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Nothing;

impl PartialSchema for Nothing {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Null))
            .into()
    }
}

impl ToSchema for Nothing {}

/// A sign-in that was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedLogin {
    /// What was typed, where it is an address: people type their password into the wrong field.
    pub email: Option<String>,
    /// Why.
    pub reason: String,
}

/// A sale before it was voided.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleBeforeVoid {
    /// What it was.
    pub state: SaleState,
    /// Its number.
    pub number: i64,
    /// What was paid for it, minor units.
    pub total_minor: i64,
}

/// A sale that was voided.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleVoided {
    /// What it is.
    pub state: SaleState,
    /// Why.
    pub reason: String,
}

/// A sale before a refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleBeforeRefund {
    /// What it was.
    pub state: SaleState,
    /// Its number.
    pub number: i64,
}

/// A sale that was entered late.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleEnteredLate {
    /// Its number.
    pub number: i64,
    /// What was paid for it, minor units.
    pub total_minor: i64,
    /// Who sold.
    pub cashier_id: UserId,
    /// True where it was entered on a later day.
    pub entered_late: bool,
    /// When it was sold.
    pub occurred_at: Timestamp,
    /// When it was entered.
    pub recorded_at: Timestamp,
}

/// Refusals of a minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalsCounted {
    /// How many.
    pub count: i64,
    /// The first.
    pub first_at: Timestamp,
    /// The last.
    pub last_at: Timestamp,
    /// From where, the first ones.
    pub addresses: Vec<String>,
    /// As what, where somebody was signed in.
    #[schema(nullable = false)]
    pub role: Option<Role>,
}

/// A sale in which somebody chose other prices than the catalogue's.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricesChanged {
    /// Its number.
    pub number: i64,
    /// What was paid for it, minor units.
    pub total_minor: i64,
    /// Who sold.
    pub cashier_id: UserId,
    /// Lines with another price.
    pub changed_lines: i64,
    /// The lines, the first ones.
    pub lines: Vec<RepricedLine>,
}

/// A line at another price than the catalogue's.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepricedLine {
    /// The product.
    pub product_id: ProductId,
    /// Its name then.
    pub product_name: String,
    /// How much was sold.
    pub quantity: Quantity,
    /// The price that was chosen, minor units.
    pub unit_price_minor: i64,
    /// The catalogue's, minor units.
    pub catalogue_price_minor: i64,
}

/// A stock document that was posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostedStock {
    /// A receipt, an adjustment, a count or a transfer.
    pub kind: String,
    /// Movements that it made.
    pub lines: i64,
    /// Why.
    pub reason: Option<String>,
    /// From whom.
    pub supplier: Option<String>,
    /// The paper that it follows.
    pub reference: Option<String>,
}

/// An import before its commit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBeforeCommit {
    /// How far it had come.
    pub state: ImportState,
}

/// The settings as they are written down.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsRecord {
    /// Name of the shop.
    pub name: String,
    /// Base currency.
    pub currency: Currency,
    /// IANA time zone.
    pub time_zone: String,
    /// Locale of documents.
    pub locale: String,
    /// Whether prices include tax.
    pub tax_mode: TaxMode,
    /// Cash is paid in multiples of this, minor units.
    pub cash_step_minor: i64,
    /// Days from order to delivery.
    pub lead_time_days: i64,
    /// How sure the stock must last until delivery, basis points.
    pub service_level_bp: i64,
    /// Above a receipt.
    pub receipt_header: String,
    /// Below a receipt.
    pub receipt_footer: String,
    /// Counts the changes.
    pub version: i64,
}

/// What the clock was behind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockFloor {
    /// The newest record; null without one.
    pub floor: Option<Timestamp>,
}

/// What somebody said of the clock.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockAccepted {
    /// What it showed.
    pub now: Timestamp,
    /// Why it is right.
    pub reason: String,
}

/// What somebody said of a finding.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnomalyJudged {
    /// The kind of the finding.
    pub kind: String,
    /// What it is about.
    pub subject: JudgedSubject,
    /// Its first day.
    pub from: NaiveDate,
    /// Whether it was a problem; null before the first word.
    pub verdict: Option<String>,
    /// In words.
    pub note: Option<String>,
    /// By what the usual threshold is multiplied then.
    pub threshold: f64,
}

/// What a judged finding is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgedSubject {
    /// What it is.
    #[serde(rename = "type")]
    pub subject_type: String,
    /// Its id; null for the whole shop.
    pub id: Option<Uuid>,
    /// Its name then.
    pub name: String,
}

/// A job that was ordered, or whose end somebody asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobNoted {
    /// What it does.
    pub kind: String,
    /// What it is.
    pub state: kernel::jobs::JobState,
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = $word:tt of $entity:ident touches [$($scope:ident),*] from $before:ty => $after:ty;)+) => {
        /// What was done, with what it was before and after.
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(tag = "action")]
        pub enum AuditDeed {
            $($(#[$doc])* #[serde(rename = $word)] $name {
                /// What it was before.
                before: Box<$before>,
                /// What it was after.
                after: Box<$after>,
            },)+
        }
    };
}

every_deed!(shapes);

//! What each deed writes to the audit log, as types for the OpenAPI document.
//!
//! Every deed has its types in [`AuditDeed`], from the list in `crate::audit::deeds`. Stored entries
//! never change: a field that is added later must be one that may be absent (`nullable = false` on an
//! `Option`).

use chrono::NaiveDate;
use kernel::{
    Amount, Currency, Quantity, Role, Timestamp,
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
    catalogue::{categories::Category, favourites::Favourites, products::StoredProduct},
    imports::{Import, ImportState},
    inventory::locations::Location,
    orders::model::{SaleState, refund::Refund},
    people::User,
    shop::{accounts::Account, rates::Rate},
    shop_reader::TaxMode,
};

/// Nothing is stored: null.
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
    /// The typed e-mail address; null for any other text, since people type their password into the
    /// wrong field.
    pub email: Option<String>,
    /// Why it was refused.
    pub reason: String,
}

/// A sale before its void.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleBeforeVoid {
    /// The state before the void.
    pub state: SaleState,
    /// The sale's number.
    pub number: i64,
    /// The sale's total, minor units.
    pub total_minor: Amount,
}

/// A sale after its void.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleVoided {
    /// The state after the void.
    pub state: SaleState,
    /// Why it was voided.
    pub reason: String,
}

/// A sale before a refund.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleBeforeRefund {
    /// The state before the refund.
    pub state: SaleState,
    /// The sale's number.
    pub number: i64,
}

/// A sale that was entered late.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleEnteredLate {
    /// The sale's number.
    pub number: i64,
    /// The sale's total, minor units.
    pub total_minor: Amount,
    /// The user who sold.
    pub cashier_id: UserId,
    /// True when it arrived more than 15 minutes after it happened.
    pub entered_late: bool,
    /// When the sale happened.
    pub occurred_at: Timestamp,
    /// When the sale was recorded.
    pub recorded_at: Timestamp,
}

/// Refusals within a minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalsCounted {
    /// The number of refusals.
    pub count: i64,
    /// Time of the first refusal.
    pub first_at: Timestamp,
    /// Time of the last refusal.
    pub last_at: Timestamp,
    /// The first IP addresses from which they came.
    pub addresses: Vec<String>,
    /// The user's role; absent without a signed-in user.
    #[schema(nullable = false)]
    pub role: Option<Role>,
}

/// A sale with other prices than the catalogue's.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricesChanged {
    /// The sale's number.
    pub number: i64,
    /// The sale's total, minor units.
    pub total_minor: Amount,
    /// The user who sold.
    pub cashier_id: UserId,
    /// The number of lines with another price.
    pub changed_lines: i64,
    /// The first of these lines.
    pub lines: Vec<RepricedLine>,
}

/// A line at another price than the catalogue's.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepricedLine {
    /// The product's own id.
    pub product_id: ProductId,
    /// The product's name at that time.
    pub product_name: String,
    /// How much was sold.
    pub quantity: Quantity,
    /// The chosen price of a unit, minor units.
    pub unit_price_minor: Amount,
    /// The catalogue's price of a unit, minor units.
    pub catalogue_price_minor: Amount,
}

/// A stock document that was posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostedStock {
    /// `receipt`, `adjustment`, `count` or `transfer`.
    pub kind: String,
    /// The number of its movements.
    pub lines: i64,
    /// The reason that was given; null without one.
    pub reason: Option<String>,
    /// The supplier of the goods; null without one.
    pub supplier: Option<String>,
    /// The number on the paper; null without one.
    pub reference: Option<String>,
}

/// An import before its commit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBeforeCommit {
    /// The state before the commit.
    pub state: ImportState,
}

/// An import before it was undone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBeforeUndo {
    /// The state before the undo.
    pub state: ImportState,
}

/// The settings of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsRecord {
    /// The shop's name on receipts.
    pub name: String,
    /// The base currency of prices and books.
    pub currency: Currency,
    /// The IANA time zone of the shop's days.
    pub time_zone: String,
    /// The language of receipts and reports.
    pub locale: String,
    /// Whether prices include tax.
    pub tax_mode: TaxMode,
    /// Smallest amount that can be paid in cash, minor units.
    pub cash_step_minor: i64,
    /// Days from order to delivery.
    pub lead_time_days: i64,
    /// How sure the stock must last until the delivery, basis points.
    pub service_level_bp: i64,
    /// The tax number (NIF); absent in old entries.
    #[schema(nullable = false)]
    pub tax_number: Option<String>,
    /// The number in the trade register (RCCM); absent in old entries.
    #[schema(nullable = false)]
    pub trade_register_number: Option<String>,
    /// The address; absent in old entries.
    #[schema(nullable = false)]
    pub address: Option<String>,
    /// The telephone numbers; absent in old entries.
    #[schema(nullable = false)]
    pub telephone: Option<String>,
    /// Text printed above a receipt.
    pub receipt_header: String,
    /// Text printed below a receipt.
    pub receipt_footer: String,
    /// Number of changes so far.
    pub version: i64,
}

/// The record that the clock was behind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockFloor {
    /// The time of the newest record; null without records.
    pub floor: Option<Timestamp>,
}

/// A declaration that the clock is right.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockAccepted {
    /// What the clock showed.
    pub now: Timestamp,
    /// Why the clock is right.
    pub reason: String,
}

/// A verdict on a finding.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnomalyJudged {
    /// The kind of the finding.
    pub kind: String,
    /// What the finding is about.
    pub subject: JudgedSubject,
    /// First day of the finding.
    pub from: NaiveDate,
    /// `normal` or `problem`; null before the first verdict.
    pub verdict: Option<String>,
    /// A remark on the verdict; null without one.
    pub note: Option<String>,
    /// The factor on the usual threshold after the verdict.
    pub threshold: f64,
}

/// The subject of a finding.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgedSubject {
    /// `product`, `category`, `cashier` or `shop`.
    #[serde(rename = "type")]
    pub subject_type: String,
    /// The subject's id; null for the whole shop.
    pub id: Option<Uuid>,
    /// The subject's name at that time.
    pub name: String,
}

/// A job that was ordered or cancelled.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobNoted {
    /// What the job does.
    pub kind: String,
    /// The state of the job.
    pub state: kernel::jobs::JobState,
}

/// A schedule of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleNoted {
    /// The user with whose rights it runs.
    pub user_id: UserId,
    /// The subject of the report.
    pub kind: String,
    /// Its days, as seen from the day of the run.
    pub period: String,
    /// When, in the shop's time zone.
    pub cron: Option<String>,
    /// Whether it goes into the folder for reports.
    pub to_folder: bool,
    /// The addresses that get it by e-mail.
    pub recipients: Vec<String>,
    /// True while it does not run.
    pub paused: bool,
    /// Number of changes so far.
    pub version: i64,
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident = $word:tt of $entity:ident touches [$($scope:ident),*] from $before:ty => $after:ty;)+) => {
        /// What was done, with the state before and after.
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(tag = "action")]
        pub enum AuditDeed {
            $($(#[$doc])* #[serde(rename = $word)] $name {
                /// The state before the deed.
                before: Box<$before>,
                /// The state after the deed.
                after: Box<$after>,
            },)+
        }
    };
}

every_deed!(shapes);

//! Reports for the owner, the bank and the accountant: figures of the API on pages and in workbooks.
//!
//! A report is ordered as a job ([`job`]). [`maker`] gathers its figures (`desk`, `sections`), prints them
//! and puts the file on the [`shelf`], from which it is listed and taken. Each says how far the books had
//! come when it was computed; at the same place of the books it says the same. A report that recurs is a
//! [`plan`]; who gets it and when is known to the shell.

pub mod http;
pub mod job;
pub mod maker;
pub mod plan;
pub mod shelf;

mod desk;
mod sections;

use chrono::NaiveDate;
use files::write::language::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ReportKind {
    /// One day: result, hours, money received, tax, cashiers, voided sales.
    DailyClose,
    /// A period: result beside the period before and last year, days, money received, tax, categories,
    /// stock from its opening to its closing.
    Sales,
    /// Each product: revenue, margin, classes, stock, dead stock.
    ProductPerformance,
    /// What lay in stock at the end of a day, at cost.
    StockValuation,
    /// What to order today, with what it costs, and what to watch.
    LowStock,
    /// Tax by rate and by month.
    TaxSummary,
    /// Each cashier: sales, discounts, voided sales, refunds, late entries.
    CashierSummary,
    /// What is expected to sell, and what stood out in the period.
    Forecast,
}

impl ReportKind {
    /// The word used in JSON and in names of files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether it is about one day.
    const fn is_of_one_day(self) -> bool {
        matches!(self, Self::DailyClose | Self::StockValuation)
    }
}

/// The format of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// Pages of A4.
    Pdf,
    /// A workbook: a sheet for each section.
    Xlsx,
}

impl ReportFormat {
    /// What the file is, for clients and for mail.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The end of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
        }
    }
}

/// The language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportLocale {
    /// French.
    Fr,
    /// English.
    En,
}

impl ReportLocale {
    /// The language of a shop with this locale.
    #[must_use]
    pub fn of_shop(locale: &str) -> Self {
        if locale.starts_with("en") {
            Self::En
        } else {
            Self::Fr
        }
    }
}

impl From<ReportLocale> for Language {
    fn from(locale: ReportLocale) -> Self {
        match locale {
            ReportLocale::Fr => Self::French,
            ReportLocale::En => Self::English,
        }
    }
}

/// A report, as it is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportOrder {
    /// About what.
    pub kind: ReportKind,
    /// In which format.
    pub format: ReportFormat,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// In which language.
    pub locale: ReportLocale,
}

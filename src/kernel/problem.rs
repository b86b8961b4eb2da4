//! Everything that can be refused, in one table: code, HTTP status, title.
//!
//! The code is the contract with clients: they translate it and branch on it. It is written out here and
//! never derived from a name. `docs/errors.md` has the same table; a test compares the two.

pub mod fields;

use std::convert::Infallible;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::money::MoneyError;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// A kind of refusal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code that clients branch on.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// HTTP status of the response.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// A short English sentence, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Name of the variant, for the check that every code is used.
            #[must_use]
            pub const fn variant(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON (or not UTF-8).
    MalformedJson = "request.malformed_json", 400, "The body is not valid JSON";
    /// The request is not HTTP.
    MalformedRequest = "request.malformed", 400, "The request is not valid HTTP";
    /// The multipart body cannot be read.
    MalformedMultipart = "request.malformed_multipart", 400, "The multipart body cannot be read";
    /// A query parameter is unknown or has the wrong form.
    InvalidQuery = "request.invalid_query", 400, "A query parameter is not valid";
    /// The cursor was not made by this list.
    InvalidCursor = "request.invalid_cursor", 400, "The cursor is not valid for this list";
    /// The position of a list was not made by this shop, or is ahead of it.
    InvalidPosition = "request.invalid_position", 400, "The position is not valid for this list";
    /// A header has the wrong form.
    InvalidHeader = "request.invalid_header", 400, "A header is not valid";
    /// No or an unusable token.
    Unauthenticated = "auth.unauthenticated", 401, "Sign in first";
    /// The token has expired.
    TokenExpired = "auth.token_expired", 401, "The access token has expired";
    /// The session was ended.
    SessionEnded = "auth.session_ended", 401, "The session has ended";
    /// The session has lasted as long as it may.
    SessionExpired = "auth.session_expired", 401, "The session has lasted as long as a session may";
    /// Wrong e-mail address or password.
    WrongCredentials = "auth.wrong_credentials", 401, "The e-mail address or the password is wrong";
    /// The password was right, and the code of the second factor was not sent.
    SecondFactorRequired = "auth.second_factor_required", 401, "A code of the second factor is needed";
    /// The code of the second factor is wrong or was used before.
    WrongSecondFactor = "auth.wrong_second_factor", 401, "The code of the second factor is wrong";
    /// The refresh token is unknown, used or expired.
    InvalidRefreshToken = "auth.invalid_refresh_token", 401, "The refresh token is not valid";
    /// The one-time setup token is wrong.
    InvalidSetupToken = "auth.invalid_setup_token", 401, "The setup token is not valid";
    /// The role does not allow this.
    Forbidden = "auth.forbidden", 403, "Your role does not allow this";
    /// The finding is about what the caller did.
    OwnDeed = "anomaly.own_deed", 403, "Somebody else judges what you did";
    /// The role must have a second factor, and the user has none.
    SecondFactorMissing = "auth.second_factor_missing", 403, "Your role needs a second factor first";
    /// The path does not exist.
    NoSuchPath = "request.no_such_path", 404, "There is nothing at this address";
    /// The requested thing does not exist.
    NotFound = "resource.not_found", 404, "There is no such thing";
    /// The path does not support this method.
    MethodNotAllowed = "request.method_not_allowed", 405, "This address does not know this method";
    /// The response took too long.
    RequestTimeout = "request.timeout", 408, "The request took too long";
    /// The shop has an owner already.
    AlreadySetUp = "setup.already_done", 409, "The shop has its owner already";
    /// The demo shop needs an empty shop.
    ShopNotEmpty = "setup.shop_not_empty", 409, "The shop is not empty";
    /// Another user has the e-mail address.
    EmailTaken = "user.email_taken", 409, "Another user has this e-mail address";
    /// The last owner cannot be removed.
    LastAdmin = "user.last_admin", 409, "The shop needs one active owner";
    /// The user has a second factor already.
    SecondFactorExists = "auth.second_factor_exists", 409, "There is a second factor already";
    /// No second factor waits for its confirmation.
    SecondFactorNotBegun = "auth.second_factor_not_begun", 409, "No second factor waits for its confirmation";
    /// Another product has the SKU.
    SkuTaken = "product.sku_taken", 409, "Another product has this SKU";
    /// Another product has the barcode.
    BarcodeTaken = "product.barcode_taken", 409, "Another product has this barcode";
    /// The product is archived.
    ProductArchived = "product.archived", 409, "The product is archived";
    /// The unit of a product that was moved or sold cannot change.
    UnitInUse = "product.unit_in_use", 409, "The unit of a product that was moved or sold cannot change";
    /// Another category of the same parent has the name.
    CategoryNameTaken = "category.name_taken", 409, "Another category has this name here";
    /// The category would contain itself.
    CategoryCycle = "category.cycle", 409, "A category cannot lie inside itself";
    /// The category has products or categories that are in use.
    CategoryInUse = "category.in_use", 409, "The category is in use";
    /// Another location has the name.
    LocationNameTaken = "location.name_taken", 409, "Another location has this name";
    /// The location is not used any more.
    LocationArchived = "location.archived", 409, "The location is archived";
    /// The default location cannot be archived.
    DefaultLocation = "location.is_default", 409, "The default location cannot be archived";
    /// Goods lie at the location.
    LocationNotEmpty = "location.not_empty", 409, "Goods lie at this location";
    /// Not enough stock.
    InsufficientStock = "stock.insufficient", 409, "There is not enough stock";
    /// The count contradicts stock movements after it.
    CountContradicted = "stock.count_contradicted", 409, "More has left the stock since the count than was counted";
    /// Another sale with this id was recorded before.
    SaleExists = "sale.exists", 409, "Another sale with this id is recorded already";
    /// The payment reference was used before.
    PaymentReferenceTaken = "payment.reference_taken", 409, "This payment reference was used before";
    /// The state of the sale does not allow it.
    SaleState = "sale.wrong_state", 409, "The state of the sale does not allow this";
    /// The business day of the sale is over.
    TooLateToVoid = "sale.too_late_to_void", 409, "A sale is voided on its own business day only";
    /// The sale came with a file of old sales and never moved stock.
    SaleImported = "sale.imported", 409, "The sale came with a file of old sales";
    /// Another account has the name.
    AccountNameTaken = "payment_account.name_taken", 409, "Another payment account has this name";
    /// A refund with this id was recorded before.
    RefundExists = "refund.exists", 409, "Another refund with this id is recorded already";
    /// More would be refunded than was sold.
    RefundExceedsSold = "refund.exceeds_sold", 409, "More than what was sold would be refunded";
    /// A request with the same key is running.
    IdempotencyInProgress = "idempotency.in_progress", 409, "A request with this key is still running";
    /// The staged file has rows with errors.
    ImportHasErrors = "import.has_errors", 409, "The file has rows with errors";
    /// The staged file has rows with warnings.
    ImportHasWarnings = "import.has_warnings", 409, "The file has rows with warnings";
    /// Rows of the file change more than a shop does on purpose.
    ImportHasBigChanges = "import.has_big_changes", 409, "The file has rows with big changes";
    /// The job cannot be cancelled any more.
    JobEnded = "job.has_ended", 409, "The job has ended";
    /// The user or the shop has as many schedules as allowed.
    TooManySchedules = "schedule.too_many", 409, "There are too many schedules";
    /// The server has no mail server in its settings.
    MailNotConfigured = "schedule.mail_not_configured", 409, "The server cannot send mail";
    /// The server has no folder for reports in its settings.
    FolderNotConfigured = "schedule.folder_not_configured", 409, "The server has no folder for reports";
    /// The staged file is not waiting for a commit.
    ImportState = "import.wrong_state", 409, "The state of the import does not allow this";
    /// The shop changed since the preview.
    ImportStale = "import.stale", 409, "The shop has changed since the preview";
    /// The clock is not behind, so it needs no correction.
    ClockNotBehind = "clock.not_behind", 409, "The clock is not behind what is recorded";
    /// The row changed while it was being written.
    Conflict = "request.conflict", 409, "Somebody else changed this at the same moment";
    /// A position of a list is older than what is kept.
    PositionExpired = "position.expired", 410, "The position is too old";
    /// If-Match names another version.
    PreconditionFailed = "request.precondition_failed", 412, "It has changed since you read it";
    /// The body is too large.
    BodyTooLarge = "request.body_too_large", 413, "The body is too large";
    /// Wrong Content-Type.
    UnsupportedMediaType = "request.unsupported_media_type", 415, "The content type is not supported";
    /// The body has the wrong shape.
    InvalidBody = "request.invalid_body", 422, "The body does not have the expected shape";
    /// Fields break their rules.
    ValidationFailed = "request.validation_failed", 422, "Some fields are not valid";
    /// The key was used with another body.
    IdempotencyMismatch = "idempotency.payload_mismatch", 422, "This key was used with another request";
    /// A price of a change of many products would pass below the cost.
    PriceBelowCost = "product.below_cost", 422, "A price without tax would be below the cost";
    /// An id in the body is unknown.
    UnknownReference = "request.unknown_reference", 422, "Something that the request names does not exist";
    /// The money does not add up or exceeds the limits.
    AmountOutOfRange = "money.out_of_range", 422, "An amount is out of range";
    /// A sum is too large for the API.
    FigureOutOfRange = "figure.out_of_range", 422, "A figure is too large for the API";
    /// An amount is finer than the shown digits of its currency.
    FinerThanShown = "money.finer_than_shown", 422, "An amount is finer than what its currency shows";
    /// The payments do not cover the sale.
    PaymentInsufficient = "payment.insufficient", 422, "The payments do not cover the total";
    /// Change can only be given for cash.
    ChangeExceedsCash = "payment.change_exceeds_cash", 422, "Change can only be given on cash";
    /// Money received and money paid out do not make the total.
    PaymentUnbalanced = "payment.unbalanced", 422, "What comes in and what goes out do not make the total";
    /// Cash is paid out in steps.
    CashStep = "payment.cash_step", 422, "Cash cannot be paid out in this amount";
    /// Two rates for one currency.
    RatesDiffer = "payment.rates_differ", 422, "A sale has one rate for a currency";
    /// Credit needs a customer.
    CustomerRequired = "credit.customer_required", 422, "Credit needs a customer who owes it";
    /// The account is archived or takes other payments.
    AccountUnfit = "payment_account.unfit", 422, "This account does not take this payment";
    /// No rate for the currency.
    RateMissing = "payment.rate_missing", 422, "There is no exchange rate for this currency";
    /// A rate differs much from the one before.
    RateUnusual = "rate.unusual", 422, "The rate is far from the one before";
    /// The currency is not the expected one.
    CurrencyMismatch = "money.currency_mismatch", 422, "The currency does not fit";
    /// A quantity with decimals of a product sold by the piece.
    FractionalQuantity = "quantity.not_whole", 422, "This product is sold in whole units";
    /// The time lies in the future or before 1970.
    TimeOutOfRange = "time.out_of_range", 422, "The time is out of range";
    /// A sale of longer ago than the role may enter.
    SaleTooLate = "sale.too_late", 422, "The sale happened too long ago for your role to enter it";
    /// The file cannot be read in its claimed format.
    ImportUnreadable = "import.unreadable", 422, "The file cannot be read";
    /// A required column is missing.
    ImportColumnsMissing = "import.columns_missing", 422, "Columns that are needed are missing";
    /// The password is too common.
    PasswordTooCommon = "password.too_common", 422, "This password is too common";
    /// Too many attempts.
    TooManyAttempts = "auth.too_many_attempts", 429, "Too many attempts";
    /// The user has the most requests of this kind under way.
    TooManyAtOnce = "request.too_many_at_once", 429, "Too many of your requests are under way";
    /// Address and headers together are too long.
    HeadTooLarge = "request.head_too_large", 431, "The headers of the request are too large";
    /// An internal error.
    Internal = "server.internal", 500, "Something went wrong on our side";
    /// The server is busy or its database is not available.
    Unavailable = "server.unavailable", 503, "The service is busy, try again";
    /// The disk of the database is full.
    StorageFull = "storage.full", 503, "The disk of the server is full";
    /// The storage under the database fails.
    StorageFailed = "storage.failed", 503, "The server cannot write to its disk";
    /// The file of the database is not the one that was opened.
    StorageReplaced = "storage.replaced", 503, "The database file was deleted or replaced";
    /// The clock is behind the newest record, or behind the build of the program.
    ClockBehind = "clock.behind", 503, "The clock of the server is behind what is recorded";
    /// The clock differs from that of the database.
    ClockApart = "clock.apart", 503, "The clock of the server differs from that of its database";
    /// The most jobs are waiting.
    JobQueueFull = "job.queue_full", 503, "Too many jobs are waiting";
    /// The most clients are watching jobs.
    JobStreamsFull = "job.too_many_streams", 503, "Too many clients are watching jobs";
    /// The most clients are watching the shop.
    EventStreamsFull = "event.too_many_streams", 503, "Too many clients are watching the shop";
}

/// A fault of one field, line or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer into the body (`/lines/0/quantity`), or `?name` for a query parameter.
    pub pointer: String,
    /// Code of the broken rule.
    pub code: &'static str,
    /// The fault as an English sentence.
    pub detail: String,
    /// Figures of the fault (`available`, `max`, …), as further members.
    #[serde(flatten)]
    pub params: Map<String, Value>,
}

impl FieldError {
    /// A fault of a field.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
            params: Map::new(),
        }
    }

    /// A text with too few or too many characters, or a list with too few or too many items.
    pub fn length(pointer: impl Into<String>, min: usize, max: usize) -> Self {
        let detail = format!("must have {min} to {max} characters or items");
        Self::new(pointer, "field.length", detail)
            .with("min", min)
            .with("max", max)
    }

    /// A number outside its range.
    pub fn out_of_range(pointer: impl Into<String>, min: i64, max: i64) -> Self {
        let detail = format!("must lie between {min} and {max}");
        Self::new(pointer, "field.out_of_range", detail)
            .with("min", min)
            .with("max", max)
    }

    /// Adds a figure.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

/// A refusal, independent of HTTP. `platform` renders it as RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Code of the refusal.
    pub code: Code,
    /// What went wrong in this case, for people; never internal text.
    pub detail: String,
    /// Faults of single fields.
    pub errors: Vec<FieldError>,
    /// When to try again, in seconds.
    pub retry_after_seconds: Option<u32>,
}

/// For conversions that may fail, where this one cannot.
impl From<Infallible> for Problem {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<MoneyError> for Problem {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Overflow => Self::new(
                Code::AmountOutOfRange,
                "An amount is larger than 1,000,000,000,000,000 minor units, or a sale than 10,000,000,000,000.",
            ),
            MoneyError::UnknownCurrency => {
                Self::new(Code::CurrencyMismatch, "The currency is not supported.")
            }
        }
    }
}

impl Problem {
    /// A refusal with its detail.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
        }
    }

    /// A refusal whose title is enough.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, code.title())
    }

    /// The refusal of an unknown id or name.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    /// A single field that breaks a rule.
    pub fn invalid(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::validation(vec![FieldError::new(pointer, code, detail)])
    }

    /// Several fields that break rules.
    #[must_use]
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::of(Code::ValidationFailed)
        }
    }

    /// Adds a fault of a field.
    #[must_use]
    pub fn at(mut self, error: FieldError) -> Self {
        self.errors.push(error);
        self
    }

    /// Adds the place in the body, with the problem's own code and detail.
    #[must_use]
    pub fn at_pointer(self, pointer: impl Into<String>) -> Self {
        let error = FieldError::new(pointer, self.code.as_str(), self.detail.clone());
        self.at(error)
    }

    /// Adds when to try again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)?;
        for error in &self.errors {
            write!(f, "; {} {}: {}", error.pointer, error.code, error.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_dotted() {
        let words: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(words.iter().all(|word| {
            word.split('.').count() == 2
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.')
        }));
    }

    #[test]
    fn figures_are_members_beside_the_code() {
        let error = FieldError::new("/lines/0", "stock.insufficient", "short").with("available", 3);
        assert_eq!(
            serde_json::to_value(error).unwrap(),
            serde_json::json!({"pointer": "/lines/0", "code": "stock.insufficient", "detail": "short", "available": 3})
        );
    }
}

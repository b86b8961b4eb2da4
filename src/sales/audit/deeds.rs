//! The kinds of deeds: the word of each, to what kind of thing it is done, which kept answers it makes
//! outdated, and what is written down of it. The one list.
//!
//! A row that does not say what it touches does not compile, and neither does one without its shapes
//! (`audit_log::shapes::AuditDeed`).

use kernel::changes::Scope;
use serde::Serialize;

/// To what kind of thing something was done.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AuditEntity {
    /// The settings of the shop.
    Settings,
    /// A user.
    User,
    /// A signed-in device.
    Session,
    /// A category.
    Category,
    /// A product.
    Product,
    /// A location.
    Location,
    /// A receipt, an adjustment, a count or a transfer.
    StockDocument,
    /// A sale.
    Sale,
    /// A staged file.
    Import,
    /// An exchange rate.
    Rate,
    /// A wallet or a bank account.
    PaymentAccount,
    /// A finding of analytics.
    Anomaly,
    /// Background work.
    Job,
    /// The clock of the server.
    Clock,
    /// What a role may not do.
    Operation,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:tt of $entity:ident touches [$($scope:ident),*] from $before:ty => $after:ty;)+) => {
        /// A kind of deed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
        pub enum Deed {
            $($(#[$doc])* #[strum(serialize = $word)] $name,)+
        }

        impl Deed {
            /// To what kind of thing it is done.
            #[must_use]
            pub const fn entity(self) -> AuditEntity {
                match self {
                    $(Self::$name => AuditEntity::$entity,)+
                }
            }

            /// What it changes for those who keep answers about the shop, beside the days of sales:
            /// those are known to each feature only (`crate::changes`).
            #[must_use]
            pub const fn touches(self) -> &'static [Scope] {
                match self {
                    $(Self::$name => &[$(Scope::$scope),*],)+
                }
            }
        }
    };
}

/// Hands every kind of deed to another macro: `Name = "word" of Entity touches [Scope] from Before =>
/// After`. The shapes are types of the file that uses it.
macro_rules! every_deed {
    ($use:ident) => {
        $use! {
            /// The shop got its owner.
            SetupComplete = "setup.complete" of User touches [People] from Nothing => User;
            /// Settings were changed.
            SettingsUpdate = "settings.update" of Settings touches [Shop] from SettingsRecord => SettingsRecord;
            /// Somebody signed in.
            Login = "user.login" of User touches [] from Nothing => Nothing;
            /// Somebody could not sign in.
            LoginRefused = "user.login_refused" of User touches [] from Nothing => RefusedLogin;
            /// Somebody signed out.
            Logout = "user.logout" of User touches [] from Nothing => Nothing;
            /// A refresh token was used twice.
            ReuseDetected = "session.reuse_detected" of Session touches [] from Nothing => Nothing;
            /// Sign-ins came too often and were not looked at.
            LoginThrottled = "user.login_throttled" of User touches [] from Nothing => RefusalsCounted;
            /// A role does not allow what was asked.
            AccessRefused = "access.refused" of Operation touches [] from Nothing => RefusalsCounted;
            /// An own session was ended from elsewhere.
            SessionEnd = "session.end" of Session touches [] from Nothing => Nothing;
            /// A second factor was begun.
            SecondFactorBegin = "user.second_factor_begin" of User touches [] from Nothing => Nothing;
            /// A second factor is in use.
            SecondFactorAdd = "user.second_factor_add" of User touches [] from User => User;
            /// A second factor was taken off.
            SecondFactorRemove = "user.second_factor_remove" of User touches [] from User => User;
            /// A code of the second factor was wrong.
            SecondFactorRefused = "user.second_factor_refused" of User touches [] from Nothing => Nothing;
            /// A recovery code was used.
            RecoveryCodeUse = "user.recovery_code_use" of User touches [] from Nothing => Nothing;
            /// New recovery codes took the place of the old ones.
            RecoveryCodesRenew = "user.recovery_codes_renew" of User touches [] from Nothing => Nothing;
            /// A user was made.
            UserCreate = "user.create" of User touches [People] from Nothing => User;
            /// A user was changed.
            UserUpdate = "user.update" of User touches [People] from User => User;
            /// Somebody changed the own password.
            PasswordChange = "user.password_change" of User touches [] from Nothing => Nothing;
            /// Somebody did not know the own password.
            PasswordChangeRefused = "user.password_change_refused" of User touches [] from Nothing => Nothing;
            /// Somebody got a new password.
            PasswordReset = "user.password_reset" of User touches [] from Nothing => Nothing;
            /// A category was made.
            CategoryCreate = "category.create" of Category touches [Catalogue] from Nothing => Category;
            /// A category was changed.
            CategoryUpdate = "category.update" of Category touches [Catalogue] from Category => Category;
            /// A product was made.
            ProductCreate = "product.create" of Product touches [Catalogue, Stock] from Nothing => StoredProduct;
            /// A product was changed.
            ProductUpdate = "product.update" of Product touches [Catalogue] from StoredProduct => StoredProduct;
            /// A product is no longer sold.
            ProductArchive = "product.archive" of Product touches [Catalogue] from StoredProduct => StoredProduct;
            /// A product is sold again.
            ProductUnarchive = "product.unarchive" of Product touches [Catalogue] from StoredProduct => StoredProduct;
            /// A location was made.
            LocationCreate = "location.create" of Location touches [Catalogue, Stock] from Nothing => Location;
            /// Stock was received, adjusted, counted or moved.
            StockPost = "stock.post" of StockDocument touches [Stock] from Nothing => PostedStock;
            /// A sale was entered late.
            SaleEnterLate = "sale.enter_late" of Sale touches [] from Nothing => SaleEnteredLate;
            /// Somebody sold at other prices than the catalogue's.
            SaleChangePrice = "sale.change_price" of Sale touches [] from Nothing => PricesChanged;
            /// A sale was voided.
            SaleVoid = "sale.void" of Sale touches [Stock] from SaleBeforeVoid => SaleVoided;
            /// Goods of a sale were refunded.
            SaleRefund = "sale.refund" of Sale touches [Stock] from SaleBeforeRefund => Refund;
            /// A file was staged.
            ImportStage = "import.stage" of Import touches [] from Nothing => Import;
            /// A file was committed.
            ImportCommit = "import.commit" of Import touches [Catalogue, Stock] from ImportBeforeCommit => Import;
            /// A rate was recorded.
            RateCreate = "rate.create" of Rate touches [] from Nothing => Rate;
            /// A rate was withdrawn.
            RateWithdraw = "rate.withdraw" of Rate touches [] from Rate => Rate;
            /// A payment account was made.
            PaymentAccountCreate = "payment_account.create" of PaymentAccount touches [] from Nothing => Account;
            /// A payment account was changed.
            PaymentAccountUpdate = "payment_account.update" of PaymentAccount touches [Catalogue] from Account => Account;
            /// A finding was judged.
            AnomalyJudge = "anomaly.judge" of Anomaly touches [Insights] from Option<AnomalyJudged> => AnomalyJudged;
            /// The end of a job was asked for.
            JobCancel = "job.cancel" of Job touches [] from Nothing => JobNoted;
            /// A job was ordered.
            JobOrder = "job.order" of Job touches [] from Nothing => JobNoted;
            /// Somebody said that the clock is right.
            ClockAccept = "clock.accept" of Clock touches [] from ClockFloor => ClockAccepted;
        }
    };
}

every_deed!(kinds);
pub(crate) use every_deed;

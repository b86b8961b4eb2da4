//! The kinds of deeds, in one list: the name of each, the kind of thing to which it is done, which
//! kept answers it makes outdated, and what the audit log contains.
//!
//! A row without what it touches does not compile, and neither does one without its types
//! (`audit_log::shapes::AuditDeed`).

use kernel::{changes::Scope, happenings::HappeningKind};
use serde::Serialize;

/// The kind of thing to which a deed was done.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AuditEntity {
    /// The settings of the shop.
    Settings,
    /// A user account.
    User,
    /// A signed-in device.
    Session,
    /// A product category.
    Category,
    /// A product of the catalogue.
    Product,
    /// A stock location.
    Location,
    /// A receipt, an adjustment, a count or a transfer.
    StockDocument,
    /// A recorded sale.
    Sale,
    /// A file that was sent.
    Import,
    /// An exchange rate.
    Rate,
    /// A wallet or a bank account.
    PaymentAccount,
    /// A finding of analytics.
    Anomaly,
    /// A background job.
    Job,
    /// A schedule of a report.
    Schedule,
    /// The clock of the server.
    Clock,
    /// An operation of the API that a role does not allow.
    Operation,
}

impl Deed {
    /// What it makes happen for those who watch the shop live; the thing to which it is done is the
    /// subject. A refund has a number of its own, by which it is found.
    #[must_use]
    pub const fn happening(self) -> Option<HappeningKind> {
        match self {
            Self::SaleVoid => Some(HappeningKind::Void),
            Self::ProductCreate | Self::StockPost | Self::ImportCommit | Self::ImportUndo => {
                Some(HappeningKind::Stock)
            }
            _ => None,
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:tt of $entity:ident touches [$($scope:ident),*] from $before:ty => $after:ty;)+) => {
        /// A kind of deed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
        pub enum Deed {
            $($(#[$doc])* #[strum(serialize = $word)] $name,)+
        }

        impl Deed {
            /// The kind of thing to which it is done.
            #[must_use]
            pub const fn entity(self) -> AuditEntity {
                match self {
                    $(Self::$name => AuditEntity::$entity,)+
                }
            }

            /// The kept answers that it makes outdated, besides those of sales days, which only the
            /// feature knows (`crate::changes`).
            #[must_use]
            pub const fn touches(self) -> &'static [Scope] {
                match self {
                    $(Self::$name => &[$(Scope::$scope),*],)+
                }
            }
        }
    };
}

/// Passes every kind of deed to another macro: `Name = "word" of Entity touches [Scope] from Before
/// => After`. The types must be in scope where it is used.
macro_rules! every_deed {
    ($use:ident) => {
        $use! {
            /// The first owner was created.
            SetupComplete = "setup.complete" of User touches [People] from Nothing => User;
            /// Settings were changed.
            SettingsUpdate = "settings.update" of Settings touches [Shop] from SettingsRecord => SettingsRecord;
            /// Somebody signed in.
            Login = "user.login" of User touches [] from Nothing => Nothing;
            /// A sign-in was refused.
            LoginRefused = "user.login_refused" of User touches [] from Nothing => RefusedLogin;
            /// Somebody signed out.
            Logout = "user.logout" of User touches [] from Nothing => Nothing;
            /// A refresh token was used twice.
            ReuseDetected = "session.reuse_detected" of Session touches [] from Nothing => Nothing;
            /// Sign-ins came too often and were refused unchecked.
            LoginThrottled = "user.login_throttled" of User touches [] from Nothing => RefusalsCounted;
            /// A role did not allow an operation.
            AccessRefused = "access.refused" of Operation touches [] from Nothing => RefusalsCounted;
            /// A user ended one of their sessions from another one.
            SessionEnd = "session.end" of Session touches [] from Nothing => Nothing;
            /// The setup of a second factor began.
            SecondFactorBegin = "user.second_factor_begin" of User touches [] from Nothing => Nothing;
            /// A second factor was turned on.
            SecondFactorAdd = "user.second_factor_add" of User touches [] from User => User;
            /// A second factor was turned off.
            SecondFactorRemove = "user.second_factor_remove" of User touches [] from User => User;
            /// A code of the second factor was wrong.
            SecondFactorRefused = "user.second_factor_refused" of User touches [] from Nothing => Nothing;
            /// A recovery code was used.
            RecoveryCodeUse = "user.recovery_code_use" of User touches [] from Nothing => Nothing;
            /// New recovery codes replaced the old ones.
            RecoveryCodesRenew = "user.recovery_codes_renew" of User touches [] from Nothing => Nothing;
            /// A user was created.
            UserCreate = "user.create" of User touches [People] from Nothing => User;
            /// A user was changed.
            UserUpdate = "user.update" of User touches [People] from User => User;
            /// A user changed their own password.
            PasswordChange = "user.password_change" of User touches [] from Nothing => Nothing;
            /// A user entered a wrong current password.
            PasswordChangeRefused = "user.password_change_refused" of User touches [] from Nothing => Nothing;
            /// A user got a new password from an owner.
            PasswordReset = "user.password_reset" of User touches [] from Nothing => Nothing;
            /// A category was created.
            CategoryCreate = "category.create" of Category touches [Catalogue] from Nothing => Category;
            /// A category was changed.
            CategoryUpdate = "category.update" of Category touches [Catalogue] from Category => Category;
            /// The favourites were replaced.
            FavouritesUpdate = "favourites.update" of Settings touches [] from Favourites => Favourites;
            /// A product was created.
            ProductCreate = "product.create" of Product touches [Catalogue, Stock] from Nothing => StoredProduct;
            /// A product was changed.
            ProductUpdate = "product.update" of Product touches [Catalogue] from StoredProduct => StoredProduct;
            /// A product is no longer sold.
            ProductArchive = "product.archive" of Product touches [Catalogue] from StoredProduct => StoredProduct;
            /// A product is sold again.
            ProductUnarchive = "product.unarchive" of Product touches [Catalogue] from StoredProduct => StoredProduct;
            /// A location was created.
            LocationCreate = "location.create" of Location touches [Catalogue, Stock] from Nothing => Location;
            /// A location was renamed or archived.
            LocationUpdate = "location.update" of Location touches [Catalogue, Stock] from Location => Location;
            /// Stock was received, adjusted, counted or moved.
            StockPost = "stock.post" of StockDocument touches [Stock] from Nothing => PostedStock;
            /// A sale was entered late.
            SaleEnterLate = "sale.enter_late" of Sale touches [] from Nothing => SaleEnteredLate;
            /// A sale had other prices than the catalogue's.
            SaleChangePrice = "sale.change_price" of Sale touches [] from Nothing => PricesChanged;
            /// A sale was voided.
            SaleVoid = "sale.void" of Sale touches [Stock] from SaleBeforeVoid => SaleVoided;
            /// Goods of a sale were refunded.
            SaleRefund = "sale.refund" of Sale touches [Stock] from SaleBeforeRefund => Refund;
            /// A file was staged.
            ImportStage = "import.stage" of Import touches [] from Nothing => Import;
            /// A file was committed.
            ImportCommit = "import.commit" of Import touches [Catalogue, Stock] from ImportBeforeCommit => Import;
            /// A committed file was undone.
            ImportUndo = "import.undo" of Import touches [Catalogue, Stock] from ImportBeforeUndo => Import;
            /// A rate was recorded.
            RateCreate = "rate.create" of Rate touches [] from Nothing => Rate;
            /// A rate was withdrawn.
            RateWithdraw = "rate.withdraw" of Rate touches [] from Rate => Rate;
            /// A payment account was created.
            PaymentAccountCreate = "payment_account.create" of PaymentAccount touches [] from Nothing => Account;
            /// A payment account was changed.
            PaymentAccountUpdate = "payment_account.update" of PaymentAccount touches [Catalogue] from Account => Account;
            /// A finding was judged.
            AnomalyJudge = "anomaly.judge" of Anomaly touches [Insights] from Option<AnomalyJudged> => AnomalyJudged;
            /// A job was cancelled.
            JobCancel = "job.cancel" of Job touches [] from Nothing => JobNoted;
            /// A job was ordered.
            JobOrder = "job.order" of Job touches [] from Nothing => JobNoted;
            /// A report was scheduled.
            ScheduleCreate = "schedule.create" of Schedule touches [] from Nothing => ScheduleNoted;
            /// A schedule was changed or paused.
            ScheduleUpdate = "schedule.update" of Schedule touches [] from ScheduleNoted => ScheduleNoted;
            /// A schedule was deleted.
            ScheduleDelete = "schedule.delete" of Schedule touches [] from ScheduleNoted => Nothing;
            /// The job of a schedule was ordered by hand.
            ScheduleRun = "schedule.run" of Schedule touches [] from Nothing => JobNoted;
            /// A person declared the clock right.
            ClockAccept = "clock.accept" of Clock touches [] from ClockFloor => ClockAccepted;
        }
    };
}

every_deed!(kinds);
pub(crate) use every_deed;

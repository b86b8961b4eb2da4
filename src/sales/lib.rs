//! The source of truth: people, catalogue, stock, sales, imports, the audit log, and the read ports
//! over them.
//!
//! A feature is a folder: `service` holds its rules, `repo` its SQL, `http` its endpoints. Entities
//! never leave this crate. Analytics reads facts through the ports in [`kernel::read`], which
//! `readers` implements. Which feature may use which is listed in `tests/it/walls.rs`.
#![forbid(unsafe_code)]

pub mod actor;
pub mod audit;
pub mod audit_log;
pub mod catalogue;
mod changes;
pub mod clock;
mod conditions;
pub mod context;
pub mod error;
pub mod exports;
pub mod idempotency;
pub mod imports;
pub mod inventory;
mod ledger_time;
pub mod live;
mod names;
pub mod orders;
pub mod paging;
pub mod people;
mod positions;
pub mod readers;
pub mod rollups;
mod search;
pub mod shop;
pub mod shop_reader;

use platform::{derived::CryptoError, tokens::SigningKeys};
use utoipa_actix_web::service_config::ServiceConfig;

pub use actor::Actor;
pub use context::Context;
pub use error::{SalesError, SalesResult};

use catalogue::Catalogue;
use exports::Exports;
use imports::Imports;
use orders::Orders;
use people::{People, PeopleOptions};
use shop::ShopService;

/// The module with all its services.
#[derive(Clone, Debug)]
pub struct Sales {
    /// Handles, clock and settings.
    pub ctx: Context,
    /// Products, categories, prices.
    pub catalogue: Catalogue,
    /// Settings and exchange rates.
    pub shop: ShopService,
    /// Users and access.
    pub people: People,
    /// Sales, refunds, voids.
    pub orders: Orders,
    /// Staged files and their commit.
    pub imports: Imports,
    /// Whole tables for spreadsheets.
    pub exports: Exports,
}

impl Sales {
    /// Opens the module. Needs a running runtime, since the till has a task of its own.
    ///
    /// # Errors
    /// When keys cannot be derived from the secrets.
    pub fn open(
        ctx: Context,
        secrets: &SigningKeys,
        people: PeopleOptions,
    ) -> Result<Self, CryptoError> {
        Ok(Self {
            catalogue: Catalogue::new(ctx.clone()),
            shop: ShopService::new(ctx.clone()),
            people: People::new(ctx.whatever_the_clock_shows(), secrets, people)?,
            orders: Orders::open(ctx.clone()),
            imports: Imports::new(ctx.clone(), Catalogue::new(ctx.clone())),
            exports: Exports::default(),
            ctx,
        })
    }
}

/// Every operation of the module, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    shop::routes(cfg);
    catalogue::routes(cfg);
    people::http::routes(cfg);
    inventory::http::routes(cfg);
    inventory::proof::http::routes(cfg);
    orders::http::routes(cfg);
    imports::http::routes(cfg);
    exports::http::routes(cfg);
    audit_log::http::routes(cfg);
    clock::http::routes(cfg);
}

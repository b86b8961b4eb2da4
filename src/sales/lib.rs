//! The source of truth: users, catalogue, stock, sales, imports, audit, and the readers of them.
//!
//! A feature is a folder: `service` holds its rules, `repo` its SQL, `http` its wire. Entities never
//! leave this crate; analytics sees facts through the ports in [`kernel::read`].
#![forbid(unsafe_code)]

pub mod actor;
pub mod audit;
pub mod context;
pub mod error;
pub mod idempotency;
pub mod shop;
pub mod users;

pub use actor::Actor;
pub use context::Context;
pub use error::{SalesError, SalesResult};

use users::Users;
use utoipa_actix_web::service_config::ServiceConfig;

/// The services of the shop, one field for each feature.
#[derive(Debug, Clone)]
pub struct Sales {
    /// What they all work with.
    pub ctx: Context,
    /// Users and access.
    pub users: Users,
}

/// Every operation of this module, under `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.configure(users::http::routes)
        .configure(audit::http::routes);
}

//! The source of truth: users, catalogue, stock, sales, imports, audit, and the readers of them.
//!
//! A feature is a folder: `service` holds its rules, `repo` its SQL, `http` its wire. Entities never
//! leave this crate; analytics sees facts through the ports in [`kernel::read`].
#![forbid(unsafe_code)]

pub mod actor;
pub mod audit;
pub mod catalogue;
pub mod context;
pub mod error;
pub mod idempotency;
pub mod inventory;
pub mod orders;
pub mod shop;

pub use actor::Actor;
pub use context::Context;
pub use error::{SalesError, SalesResult};

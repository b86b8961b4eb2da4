//! Connections, and nothing of the business.
//!
//! Two handles that cannot be mistaken for each other: [`ReadDb`] answers questions and can do
//! nothing else, in its type and in the database; [`WriteDb`] opens transactions. Who holds which
//! is decided by the shell.
#![forbid(unsafe_code)]

pub mod changes;
mod connect;
mod dialect;
mod error;
pub mod jobs;
mod notes;
mod read;
mod schema;
mod standby;
mod write;

pub use connect::{PoolFigures, StoreOptions, Stores, connect};
pub use dialect::{ColumnKind, Dialect, json_rows};
pub use error::{Retry, StoreError, Violation, ViolationKind};
pub use notes::StoredNotes;
pub use read::{ReadDb, Row, Snapshot};
pub use schema::{MigrationState, migrate_down, migrate_up, migration_status, probe_read_only};
pub use write::{Tx, WriteDb};

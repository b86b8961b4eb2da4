//! Connections, transactions and what the program itself stores. It knows nothing of the business.
//!
//! Two handles, two types: [`ReadDb`] can only read, by its type and by the rights of its
//! connections; [`WriteDb`] opens transactions. The shell decides who gets which.
#![forbid(unsafe_code)]

pub mod backup;
mod cells;
pub mod changes;
mod connect;
mod dialect;
mod error;
pub mod floor;
pub mod happenings;
pub mod jobs;
mod notes;
mod opened_files;
mod options;
mod place;
mod prepared;
mod presence;
mod read;
mod records;
mod rows;
mod schema;
mod selection;
mod source;
mod standby;
mod storage;
mod witness;
mod write;

pub use cells::{Json, Stored, Word};
pub use connect::{PoolFigures, Stores, connect};
pub use dialect::Dialect;
pub use error::{
    Retry, StoreError, Violation, ViolationKind,
    faults::{ClockFault, NoShop, StorageFault},
};
pub use notes::StoredNotes;
pub use options::{MissingFile, StoreOptions};
pub use place::{Protection, folder_of, name_of, protection_of, sqlite_file, url_of};
pub use prepared::Prepared;
pub use read::{ReadDb, Snapshot};
pub use records::{Columns, Encoded, Record, Rows, insert_together};
pub use rows::{ColumnKind, insert_from_json, json_rows, to_json};
pub use schema::{
    MigrationState, migrate_down, migrate_up, migration_names, migration_status, probe_read_only,
};
pub use selection::{Cell, Cells, Selection};
pub use source::Source;
pub use write::{Tx, WriteDb};

//! The options of a shop's database.

/// The database and how many connections each pool may have.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://data/salesflow.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Read pool: a `PostgreSQL` streaming replica, or a role with fewer rights.
    pub read_url: Option<String>,
    /// Size of the read pool.
    pub read_connections: u32,
    /// Size of the write pool on `PostgreSQL`. `SQLite` has one writer.
    pub write_connections: u32,
    /// What to do when a `SQLite` URL names no shop.
    pub missing_file: MissingFile,
    /// Size of the pool for figures. Slow queries there keep nobody else waiting.
    pub analytics_connections: u32,
}

/// What to do when the `SQLite` URL names no shop. `PostgreSQL` databases are never created here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingFile {
    /// Open nothing and return [`StoreError::NoShop`](crate::StoreError::NoShop).
    Refuse,
    /// Create the file and its folder.
    Create,
}

//! What is read first of a shop at one moment, the same on both databases.

use super::{BackupError, Head, Position};

/// What takes the rows of a table, one after the other.
pub(super) type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), BackupError> + Send);

/// The first statements of a backup, the same on both databases.
pub(super) const SHOP: &str = "SELECT COALESCE((SELECT shop_name FROM settings WHERE id = 1), '')";
pub(super) const MIGRATIONS: &str = "SELECT version FROM seaql_migrations ORDER BY version";
pub(super) const POSITION: &str = "SELECT
    COALESCE((SELECT value FROM counters WHERE name = 'sale'), 0),
    COALESCE((SELECT MAX(position) FROM stock_movements), 0),
    COALESCE((SELECT value FROM counters WHERE name = 'change'), 0)";

/// What is known of a backup before its rows.
pub(super) fn head(
    database: &str,
    shop: String,
    (sale, movement, change): (i64, i64, i64),
    migrations: Vec<(String,)>,
) -> Head {
    Head {
        program: String::new(),
        database: database.to_owned(),
        shop,
        taken_at: String::new(),
        position: Position {
            sale,
            movement,
            change,
        },
        migrations: migrations.into_iter().map(|(name,)| name).collect(),
        tables: Vec::new(),
        body_bytes: 0,
        body_sha256: String::new(),
    }
}

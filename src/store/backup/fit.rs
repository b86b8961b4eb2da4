//! Whether a database and a backup fit each other.

use sqlx::{Database, Executor, FromRow, IntoArguments};

use super::{Backup, BackupError, TableHead, line::Sum, moment::count, tables::Table};
use crate::StoreError;

/// Tables of which an empty shop has no rows. The first settings and the first location do not count.
pub(super) const OF_A_SHOP: [&str; 4] = ["users", "products", "sales", "stock_movements"];

/// Whether a database with the tables of a shop has rows that would be missed. `is_there` makes the
/// statement that counts tables of a name: the migrations may not have made all of them yet.
pub(super) async fn is_sold_in<C, DB>(
    connection: &mut C,
    is_there: impl Fn(&str) -> String,
) -> Result<bool, BackupError>
where
    DB: Database,
    for<'e> &'e mut C: Executor<'e, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    (i64,): for<'r> FromRow<'r, DB::Row>,
{
    for table in OF_A_SHOP {
        if count(connection, &is_there(table)).await? > 0 {
            let rows = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS one");
            if count(connection, &rows).await? > 0 {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The tables of the database beside those of the backup, in the order of the file.
pub(super) fn matched(
    backup: &Backup,
    tables: Vec<Table>,
) -> Result<Vec<(Table, &TableHead)>, BackupError> {
    let other = |name: &str| {
        BackupError::from(StoreError::Corrupt(format!(
            "the table {name} of the backup is not one of its migrations"
        )))
    };
    let heads = &backup.head().tables;
    if let Some(more) = tables
        .iter()
        .find(|table| heads.iter().all(|head| head.name != table.name))
    {
        return Err(other(&more.name));
    }
    let find = |head: &TableHead| {
        let table = tables.iter().find(|table| table.name == head.name);
        table.filter(|table| table.fits(head)).cloned()
    };
    heads
        .iter()
        .map(|head| Ok((find(head).ok_or_else(|| other(&head.name))?, head)))
        .collect()
}

/// Compares a table with the backup after it was written.
pub(super) fn compare(table: &Table, sum: Sum, head: &TableHead) -> Result<(), BackupError> {
    if table.head(sum) == *head {
        Ok(())
    } else {
        Err(BackupError::Differs(head.name.clone()))
    }
}

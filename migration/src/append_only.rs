//! Triggers that protect recorded rows: allowed changes are listed, and the database refuses all
//! others.
//!
//! A migration that changes such a table first drops its triggers and creates them again afterwards,
//! in its own transaction. On `SQLite` a trigger names the columns that exist when it is created: a
//! migration that adds a column must create the triggers again, or the new column is not protected
//! (`tests/it/append_only.rs` finds it).

use sea_orm_migration::{
    SchemaManager,
    sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement},
};

use crate::statements::{apply, take_writer};

/// The allowed changes of a table of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// The name of the table.
    pub table: &'static str,
    /// The allowed changes.
    pub changes: Changes,
    /// Whether an insertion first looks for a row with the same key (`SQLite`). Other programs may
    /// have `recursive_triggers` off; then `REPLACE` deletes without a trigger. A guarded table
    /// refuses it all the same. Not for rows of every sale: it costs a search for each row.
    pub guard: Guard,
}

/// The allowed changes of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Changes {
    /// None, and the table has its triggers already.
    NoneAlready,
    /// No changes.
    None,
    /// Changes of these columns if the condition over `OLD` and `NEW` is true. `{same}` compares two
    /// values that may be null.
    Named {
        columns: &'static [&'static str],
        when: &'static str,
    },
}

/// Whether insertions are compared with existing rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guard {
    /// Not compared.
    Off,
    /// Compared by each of these unique lists of columns.
    Keys(&'static [&'static [&'static str]]),
}

/// Creates the triggers of a table.
pub(crate) async fn keep(manager: &SchemaManager<'_>, kept: &Kept) -> Result<(), DbErr> {
    take_writer(manager).await?;
    let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
    let statements = if sqlite {
        sqlite_triggers(kept, &columns_of(manager, kept.table).await?)
    } else {
        postgres_triggers(kept)
    };
    run(manager, &statements).await
}

/// Drops the triggers of [`keep`].
pub(crate) async fn lift(manager: &SchemaManager<'_>, kept: &Kept) -> Result<(), DbErr> {
    let sqlite = manager.get_database_backend() == DbBackend::Sqlite;
    let table = kept.table;
    let endings: &[&str] = match kept.changes {
        _ if sqlite => match kept.changes {
            Changes::NoneAlready => &["no_replace"],
            Changes::None | Changes::Named { .. } => &["no_replace", "no_update", "no_delete"],
        },
        Changes::NoneAlready => &[],
        Changes::None => &["no_change", "no_truncate"],
        Changes::Named { .. } => &[
            "no_other_change",
            "no_wrong_change",
            "no_delete",
            "no_truncate",
        ],
    };
    let place = if sqlite {
        String::new()
    } else {
        format!(" ON {table}")
    };
    let statements: Vec<String> = endings
        .iter()
        .map(|ending| format!("DROP TRIGGER IF EXISTS {table}_{ending}{place}"))
        .collect();
    run(manager, &statements).await
}

async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    apply(manager, &statements).await
}

/// The columns that a statement can set, on `SQLite`.
async fn columns_of(manager: &SchemaManager<'_>, table: &str) -> Result<Vec<String>, DbErr> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
    let rows = manager
        .get_connection()
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn sqlite_triggers(kept: &Kept, columns: &[String]) -> Vec<String> {
    let table = kept.table;
    let refuse = format!("BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END");
    let mut statements = Vec::new();
    let wrong = match kept.changes {
        Changes::NoneAlready => None,
        Changes::None => Some(String::new()),
        Changes::Named {
            columns: named,
            when,
        } => {
            let others = columns
                .iter()
                .filter(|column| !named.contains(&column.as_str()));
            let mut changed: Vec<String> = others
                .map(|column| format!("NEW.{column} IS NOT OLD.{column}"))
                .collect();
            changed.push(format!("NOT ({})", when.replace("{same}", "IS")));
            Some(format!("WHEN {} ", changed.join(" OR ")))
        }
    };
    if let Some(wrong) = wrong {
        statements.push(format!(
            "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {wrong}{refuse}"
        ));
        statements.push(format!(
            "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
        ));
    }
    if let Guard::Keys(keys) = kept.guard {
        let taken: Vec<String> = keys.iter().map(|key| exists(table, key)).collect();
        statements.push(format!(
            "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {} {refuse}",
            taken.join(" OR ")
        ));
    }
    statements
}

fn exists(table: &str, key: &[&str]) -> String {
    let same: Vec<String> = key
        .iter()
        .map(|column| format!("{column} = NEW.{column}"))
        .collect();
    format!(
        "EXISTS (SELECT 1 FROM {table} WHERE {})",
        same.join(" AND ")
    )
}

fn postgres_triggers(kept: &Kept) -> Vec<String> {
    let table = kept.table;
    let mut statements = match kept.changes {
        Changes::NoneAlready => return Vec::new(),
        Changes::None => vec![format!(
            "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )],
        Changes::Named { columns, when } => {
            let named: Vec<String> = columns.iter().map(|name| format!("'{name}'")).collect();
            vec![
                format!(
                    "CREATE TRIGGER {table}_no_other_change BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_other_change({})",
                    named.join(", ")
                ),
                format!(
                    "CREATE TRIGGER {table}_no_wrong_change BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NOT ({})) EXECUTE FUNCTION refuse_change()",
                    when.replace("{same}", "IS NOT DISTINCT FROM")
                ),
                format!(
                    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                ),
            ]
        }
    };
    statements.push(format!(
        "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ));
    statements
}

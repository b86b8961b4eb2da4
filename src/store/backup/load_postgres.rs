//! Restoring into a PostgreSQL database: everything in one transaction, by COPY. Foreign keys and
//! indexes are made again afterwards, which is faster and checks every row all the same.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use super::{
    Backup, BackupError, TableHead,
    file::RowReader,
    fit::{OF_A_SHOP, compare, is_sold_in, matched},
    moment::{MIGRATIONS, count, run, texts},
    postgres::{self, IS_SHOP, connect, copied},
    tables::{Form, Table, quoted},
};
use crate::{
    StoreOptions, migrate_down, migrate_up, migration_names, place,
    schema::{ADVISORY_LOCK, migrate_some},
};

/// Looks at whether a program uses the database, before giving up.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// Bytes that are sent at once.
const CHUNK: usize = 256 * 1024;

pub(super) async fn restore(
    backup: &Backup,
    steps: u32,
    target: &StoreOptions,
) -> Result<(), BackupError> {
    let mut connection = connect(&target.url).await?;
    check_unused(&mut connection, &target.url).await?;
    check_empty(&mut connection, &target.url).await?;
    let applied = applied(&mut connection).await?;
    let known = migration_names();
    if applied.iter().any(|name| !known.contains(name)) {
        return Err(BackupError::ForeignTarget(place::name_of(&target.url)));
    }
    if applied != backup.head().migrations {
        if !applied.is_empty() {
            migrate_down(target, None).await?;
        }
        migrate_some(target, Some(steps)).await?;
    }
    run(&mut connection, "BEGIN").await?;
    fill(backup, &mut connection, target).await?;
    run(&mut connection, "COMMIT").await?;
    run(&mut connection, "ANALYZE").await?;
    connection.close().await?;
    Ok(migrate_up(target).await?)
}

/// No program uses the database. One that has just ended may need a moment to be gone.
async fn check_unused(connection: &mut PgConnection, url: &str) -> Result<(), BackupError> {
    let others = "SELECT COUNT(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'salesflow%'";
    for _ in 0..LOOKS {
        if count(connection, others).await? == 0 {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(BackupError::InUse(place::name_of(url)))
}

/// There is no shop in the database.
async fn check_empty(connection: &mut PgConnection, url: &str) -> Result<(), BackupError> {
    let name = place::name_of(url);
    if count(connection, IS_SHOP).await? == 0 {
        let all =
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()";
        return match count(connection, all).await? {
            0 => Ok(()),
            _ => Err(BackupError::ForeignTarget(name)),
        };
    }
    let is_there = |table: &str| format!("SELECT COUNT(to_regclass('{table}'))");
    if is_sold_in(connection, is_there).await? {
        return Err(BackupError::NotEmpty(name));
    }
    Ok(())
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<String>, BackupError> {
    if count(connection, IS_SHOP).await? == 0 {
        return Ok(Vec::new());
    }
    texts(connection, MIGRATIONS).await
}

async fn fill(
    backup: &Backup,
    connection: &mut PgConnection,
    target: &StoreOptions,
) -> Result<(), BackupError> {
    // Nobody migrates or sells meanwhile.
    run(
        connection,
        &format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"),
    )
    .await?;
    run(
        connection,
        &format!(
            "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE; SET LOCAL maintenance_work_mem = '256MB'",
            OF_A_SHOP.join(", ")
        ),
    )
    .await?;
    check_empty(connection, &target.url).await?;
    let tables = postgres::tables(connection).await?;
    let tables = matched(backup, tables)?;
    let again = texts(connection, MADE_AGAIN).await?;
    for sql in texts(connection, DROPPED).await? {
        run(connection, &sql).await?;
    }
    let mut rows = backup.rows()?;
    for (table, head) in &tables {
        copy_in(connection, table, head, &mut rows).await?;
    }
    for sql in texts(connection, SEQUENCES).await?.into_iter().chain(again) {
        run(connection, &sql).await?;
    }
    for (table, head) in &tables {
        let sum = postgres::read(connection, table, &mut |_| Ok(())).await?;
        compare(table, sum, head)?;
    }
    run(
        connection,
        "UPDATE counters SET value = CAST(floor(random() * 4611686018427387903) AS bigint) WHERE name = 'shop_identity'",
    )
    .await
}

/// Statements, in their order: triggers are switched off, foreign keys and indexes dropped, first rows
/// deleted.
const DROPPED: &str = "
    SELECT sql FROM (
        SELECT 1 AS place, format('ALTER TABLE %I DISABLE TRIGGER USER', relname) AS sql
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
        UNION ALL
        SELECT 2, format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
        FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
        UNION ALL
        SELECT 3, format('DROP INDEX %I', index.relname)
        FROM pg_index JOIN pg_class AS index ON index.oid = pg_index.indexrelid
        WHERE index.relnamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_constraint
                          WHERE conindid = pg_index.indexrelid AND contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT 4, 'TRUNCATE ' || string_agg(format('%I', relname), ', ')
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'seaql_migrations'
    ) AS statements ORDER BY place";

/// Statements that make all of it again.
const MADE_AGAIN: &str = "
    SELECT sql FROM (
        SELECT 1 AS place, pg_get_indexdef(pg_index.indexrelid) AS sql
        FROM pg_index JOIN pg_class AS index ON index.oid = pg_index.indexrelid
        WHERE index.relnamespace = current_schema()::regnamespace
          AND NOT EXISTS (SELECT 1 FROM pg_constraint
                          WHERE conindid = pg_index.indexrelid AND contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT 2, format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
        UNION ALL
        SELECT 3, format('ALTER TABLE %I ENABLE TRIGGER USER', relname)
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    ) AS statements ORDER BY place";

/// Statements that let numbers go on behind the last one.
const SEQUENCES: &str = "
    SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), COALESCE((SELECT MAX(%I) FROM %I), 0) + 1, false)',
                  quote_ident(table_name), column_name, column_name, table_name)
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND is_identity = 'YES'";

async fn copy_in(
    connection: &mut PgConnection,
    table: &Table,
    head: &TableHead,
    rows: &mut RowReader,
) -> Result<(), BackupError> {
    if head.rows == 0 {
        return Ok(());
    }
    let forms: Vec<Form> = table.columns.iter().map(|column| column.form).collect();
    let sql = format!(
        "COPY {} ({}) FROM STDIN",
        quoted(&table.name),
        table.column_list()
    );
    let mut copy = connection.copy_in_raw(&sql).await?;
    let (mut line, mut chunk) = (Vec::with_capacity(512), Vec::with_capacity(CHUNK + 4096));
    for _ in 0..head.rows {
        rows.next_into(&mut line)?;
        copied(&mut chunk, &line, &forms);
        if chunk.len() >= CHUNK {
            copy.send(chunk.as_slice()).await?;
            chunk.clear();
        }
    }
    copy.send(chunk.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

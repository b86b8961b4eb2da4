//! Reading a PostgreSQL database at one moment: COPY in a transaction that sees one snapshot.

use futures_util::TryStreamExt as _;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{
    BackupError, Head,
    line::{self, Sum},
    moment::{self, Sink, run},
    tables::{Form, Table, carried, quoted},
};
use crate::place;

/// The name of the connection on the server.
const APPLICATION: &str = "salesflow-backup";

/// Whether there is a shop.
pub(super) const IS_SHOP: &str = "SELECT CAST(COUNT(to_regclass('seaql_migrations')) AS bigint)";

/// A database at one moment.
pub(super) struct PostgresSource {
    connection: PgConnection,
    name: String,
}

impl PostgresSource {
    pub(super) async fn open(url: &str) -> Result<Self, BackupError> {
        let mut connection = connect(url).await?;
        run(
            &mut connection,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )
        .await?;
        Ok(Self {
            connection,
            name: place::name_of(url),
        })
    }

    pub(super) const fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// The first statement fixes the moment.
    pub(super) async fn begin(&mut self) -> Result<Head, BackupError> {
        moment::begin(&mut self.connection, IS_SHOP, &self.name, "postgresql").await
    }

    pub(super) async fn end(mut self) -> Result<(), BackupError> {
        run(&mut self.connection, "ROLLBACK").await?;
        Ok(self.connection.close().await?)
    }
}

/// Connects without the time limits of the program: a large table takes longer.
pub(super) async fn connect(url: &str) -> Result<PgConnection, BackupError> {
    let options: PgConnectOptions = url.parse()?;
    let options = options.application_name(APPLICATION).options([
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("lock_timeout", "10s"),
        ("timezone", "UTC"),
    ]);
    // A statement over a whole table is slow by nature.
    Ok(options.disable_statement_logging().connect().await?)
}

/// The tables that a backup carries.
pub(super) async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, BackupError> {
    let sql = "SELECT CAST(columns.table_name AS text), CAST(columns.column_name AS text), CAST(columns.data_type AS text)
               FROM information_schema.columns AS columns
               JOIN information_schema.tables AS tables
                 ON tables.table_schema = columns.table_schema AND tables.table_name = columns.table_name
               WHERE columns.table_schema = current_schema() AND tables.table_type = 'BASE TABLE'
                 AND columns.is_generated = 'NEVER'";
    let listed: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(connection).await?;
    carried(listed)
}

/// Reads a table.
pub(super) async fn read(
    connection: &mut PgConnection,
    table: &Table,
    sink: Sink<'_>,
) -> Result<Sum, BackupError> {
    let sql = format!(
        "COPY {} ({}) TO STDOUT",
        quoted(&table.name),
        table.column_list()
    );
    let forms: Vec<Form> = table.columns.iter().map(|column| column.form).collect();
    let mut chunks = connection.copy_out_raw(&sql).await?;
    let mut sum = Sum::default();
    let (mut rest, mut line) = (Vec::new(), Vec::with_capacity(512));
    while let Some(chunk) = chunks.try_next().await? {
        // A chunk is a row today, but nothing promises that.
        rest.extend_from_slice(&chunk);
        let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let tail = rest.split_off(end + 1);
        for row in rest.split_inclusive(|byte| *byte == b'\n') {
            portable(&mut line, row.strip_suffix(b"\n").unwrap_or(row), &forms);
            sum.add(&line);
            sink(&line)?;
        }
        rest = tail;
    }
    Ok(sum)
}

/// Makes a row of COPY one of a backup.
fn portable(line: &mut Vec<u8>, row: &[u8], forms: &[Form]) {
    line.clear();
    for (at, (field, form)) in row.split(|byte| *byte == b'\t').zip(forms).enumerate() {
        if at > 0 {
            line.push(b'\t');
        }
        match form {
            _ if field == line::NULL => line.extend_from_slice(field),
            Form::Plain => line.extend_from_slice(field),
            Form::Uuid => line.extend(field.iter().filter(|byte| **byte != b'-')),
            Form::Truth => line.push(if field == b"t" { b'1' } else { b'0' }),
            Form::Bytes => line.extend_from_slice(field.strip_prefix(b"\\\\x").unwrap_or(field)),
        }
    }
}

/// Makes a row of a backup one of COPY. Ids without hyphens, 1 and 0 are read as they are.
pub(super) fn copied(out: &mut Vec<u8>, line: &[u8], forms: &[Form]) {
    for (at, (field, form)) in line.split(|byte| *byte == b'\t').zip(forms).enumerate() {
        if at > 0 {
            out.push(b'\t');
        }
        if *form == Form::Bytes && field != line::NULL {
            out.extend_from_slice(b"\\\\x");
        }
        out.extend_from_slice(field);
    }
    out.push(b'\n');
}

//! Staged files in the database.

use files::read::staged::{ImportKind, RowState, StagedRow};
use kernel::{
    Problem, Timestamp,
    ids::{ImportId, UserId},
    paging::Page,
};
use sea_orm::Value;
use serde::{Serialize, de::DeserializeOwned};
use store::{ColumnKind, Dialect, ReadDb, Row, StoreError, Tx, insert_from_json};
use uuid::Uuid;

use super::{Import, ImportRow, ImportState, facts::Source};
use crate::error::SalesResult;

const SELECT: &str = "SELECT id, kind, state, file_name, sha256, mapping_json, counts_json, effects_json, issues_json, created_by, created_at_us, expires_at_us, committed_at_us FROM imports";
const SELECT_ROWS: &str =
    "SELECT line, state, values_json, changes_json, issues_json FROM import_rows";

const ROW_COLUMNS: &[(&str, ColumnKind)] = &[
    ("import_id", ColumnKind::Uuid),
    ("line", ColumnKind::Int),
    ("state", ColumnKind::Text),
    ("values_json", ColumnKind::Text),
    ("changes_json", ColumnKind::Text),
    ("issues_json", ColumnKind::Text),
];

pub(super) async fn insert(tx: &Tx, import: &Import) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO imports (id, kind, state, file_name, sha256, mapping_json, counts_json, effects_json, issues_json, created_by, created_at_us, expires_at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            import.id.as_uuid().into(),
            import.kind.as_str().into(),
            import.state.as_str().into(),
            import.file_name.as_str().into(),
            import.sha256.as_str().into(),
            encode(&import.mapping)?.into(),
            encode(&import.counts)?.into(),
            encode(&import.effects)?.into(),
            encode(&import.issues)?.into(),
            import.created_by.map(UserId::as_uuid).into(),
            import.created_at.micros().into(),
            import.expires_at.micros().into(),
        ],
    )
    .await?;
    Ok(())
}

/// A staged row as a row of the JSON parameter.
pub(super) fn staged_row(id: ImportId, row: &StagedRow) -> impl Serialize + use<> {
    let text = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
    (
        id,
        row.row,
        row.state.as_str(),
        text(serde_json::to_string(&row.values)),
        text(serde_json::to_string(&row.changes)),
        text(serde_json::to_string(&row.issues)),
    )
}

/// Writes rows that [`staged_row`] made.
pub(super) async fn insert_rows(tx: &Tx, rows: &str) -> SalesResult<()> {
    let sql = insert_from_json(tx.dialect(), "import_rows", ROW_COLUMNS, 1);
    tx.execute(&sql, [rows.into()]).await?;
    Ok(())
}

pub(super) async fn set_state(tx: &Tx, id: ImportId, state: ImportState) -> SalesResult<()> {
    tx.execute(
        "UPDATE imports SET state = $2 WHERE id = $1",
        [id.as_uuid().into(), state.as_str().into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn mark_committed(tx: &Tx, import: &Import) -> SalesResult<()> {
    tx.execute(
        "UPDATE imports SET state = 'committed', committed_at_us = $2, effects_json = $3 WHERE id = $1",
        [
            import.id.as_uuid().into(),
            import.committed_at.map(Timestamp::micros).into(),
            encode(&import.effects)?.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Marks what nobody committed in time, and gives its rows back.
pub(super) async fn forget_old(tx: &Tx, at: Timestamp) -> SalesResult<()> {
    let old =
        "SELECT id FROM imports WHERE state IN ('previewed', 'failed') AND expires_at_us <= $1";
    tx.execute(
        &format!("DELETE FROM import_rows WHERE import_id IN ({old})"),
        [at.micros().into()],
    )
    .await?;
    tx.execute(
        "UPDATE imports SET state = 'expired' WHERE state IN ('previewed', 'failed') AND expires_at_us <= $1",
        [at.micros().into()],
    )
    .await?;
    Ok(())
}

/// The name and the time under which the same bytes were committed last, after an instant.
pub(super) async fn committed_after(
    source: Source<'_>,
    sha256: &str,
    after: Timestamp,
) -> SalesResult<Option<(String, Timestamp)>> {
    let sql = "SELECT file_name, committed_at_us FROM imports
               WHERE sha256 = $1 AND state = 'committed' AND committed_at_us > $2
               ORDER BY committed_at_us DESC LIMIT 1";
    let values = [sha256.into(), after.micros().into()];
    let rows = source.rows(sql, values).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some((row.get(0)?, Timestamp::from_micros(row.get(1)?))))
}

pub(super) async fn find(read: &ReadDb, id: ImportId, now: Timestamp) -> SalesResult<Import> {
    let row = read
        .row(&format!("{SELECT} WHERE id = $1"), [id.as_uuid().into()])
        .await?;
    import_from(row.ok_or_else(|| Problem::not_found("import"))?, now)
}

/// One import, locked until the end of the transaction together with all others of the same bytes:
/// two previews of one file are committed one after the other.
pub(super) async fn lock(tx: &Tx, id: ImportId, now: Timestamp) -> SalesResult<Import> {
    if tx.dialect() == Dialect::Postgres {
        let twins =
            "SELECT 1 FROM imports WHERE sha256 = (SELECT sha256 FROM imports WHERE id = $1)
                     ORDER BY id FOR UPDATE";
        tx.rows(twins, [id.as_uuid().into()]).await?;
    }
    let row = tx
        .row(&format!("{SELECT} WHERE id = $1"), [id.as_uuid().into()])
        .await?;
    import_from(row.ok_or_else(|| Problem::not_found("import"))?, now)
}

pub(super) async fn list(
    read: &ReadDb,
    before: Option<ImportId>,
    limit: u32,
    now: Timestamp,
) -> SalesResult<Page<Import>> {
    let mut values: Vec<Value> = Vec::new();
    let condition = match before {
        Some(id) => {
            values.push(id.as_uuid().into());
            "WHERE id < $1"
        }
        None => "",
    };
    let probe = i64::from(limit) + 1;
    let sql = format!("{SELECT} {condition} ORDER BY id DESC LIMIT {probe}");
    let imports = read.rows(&sql, values).await?;
    let imports: SalesResult<Vec<_>> = imports
        .into_iter()
        .map(|row| import_from(row, now))
        .collect();
    Ok(Page::from_probe(imports?, limit))
}

pub(super) async fn rows(
    read: &ReadDb,
    id: ImportId,
    state: Option<RowState>,
    after: i64,
    limit: u32,
) -> SalesResult<Page<ImportRow>> {
    let mut values: Vec<Value> = vec![id.as_uuid().into(), after.into()];
    let condition = match state {
        Some(state) => {
            values.push(state.as_str().into());
            " AND state = $3"
        }
        None => "",
    };
    let probe = i64::from(limit) + 1;
    let sql = format!(
        "{SELECT_ROWS} WHERE import_id = $1 AND line > $2{condition} ORDER BY line LIMIT {probe}"
    );
    let rows = read.rows(&sql, values).await?;
    let rows: SalesResult<Vec<ImportRow>> = rows
        .into_iter()
        .map(|row| staged_from(&row).map(ImportRow::from))
        .collect();
    Ok(Page::from_probe(rows?, limit))
}

/// The rows that can be taken, behind a line, in the order of the file.
pub(super) async fn rows_to_commit(
    tx: &Tx,
    id: ImportId,
    after: i64,
    limit: usize,
) -> SalesResult<Vec<StagedRow>> {
    let sql = format!(
        "{SELECT_ROWS} WHERE import_id = $1 AND line > $2 AND state <> 'error' ORDER BY line LIMIT {limit}"
    );
    tx.rows(&sql, [id.as_uuid().into(), after.into()])
        .await?
        .iter()
        .map(staged_from)
        .collect()
}

fn staged_from(row: &Row) -> SalesResult<StagedRow> {
    Ok(StagedRow {
        row: row.get(0)?,
        state: RowState::parse(&row.get::<String>(1)?).ok_or_else(|| corrupt("state"))?,
        values: decode(&row.get::<String>(2)?)?,
        changes: decode(&row.get::<String>(3)?)?,
        issues: decode(&row.get::<String>(4)?)?,
    })
}

fn import_from(row: Row, now: Timestamp) -> SalesResult<Import> {
    let state = ImportState::parse(&row.get::<String>(2)?).ok_or_else(|| corrupt("state"))?;
    let expires_at = Timestamp::from_micros(row.get(11)?);
    Ok(Import {
        id: ImportId::from_uuid(row.get(0)?),
        kind: ImportKind::parse(&row.get::<String>(1)?).ok_or_else(|| corrupt("kind"))?,
        // Time alone makes a preview expire; it is written down when somebody stages the next file.
        state: if state == ImportState::Previewed && expires_at <= now {
            ImportState::Expired
        } else {
            state
        },
        file_name: row.get(3)?,
        sha256: row.get(4)?,
        mapping: decode(&row.get::<String>(5)?)?,
        counts: decode(&row.get::<String>(6)?)?,
        effects: decode(&row.get::<String>(7)?)?,
        issues: decode(&row.get::<String>(8)?)?,
        created_by: row.get::<Option<Uuid>>(9)?.map(UserId::from_uuid),
        created_at: Timestamp::from_micros(row.get(10)?),
        expires_at,
        committed_at: row.get::<Option<i64>>(12)?.map(Timestamp::from_micros),
    })
}

fn encode<T: Serialize>(value: &T) -> SalesResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()).into())
}

/// Reads what was written here before.
pub(super) fn decode<T: DeserializeOwned>(text: &str) -> SalesResult<T> {
    serde_json::from_str(text).map_err(|error| corrupt(&error.to_string()).into())
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("imports: {what}"))
}

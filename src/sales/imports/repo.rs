//! Staged files in the database.

use files::read::{
    Mapping,
    staged::{RowState, StagedRow},
};
use kernel::{
    Problem, Timestamp,
    ids::{DocumentId, ImportId, UserId},
    paging::Page,
};
use sea_orm::Value;
use serde::Serialize;
use store::{
    ColumnKind, Dialect, Json, ReadDb, Source, StoreError, Tx, Word, insert_from_json, selection,
};

use super::{Import, ImportRow, ImportState, undone::ImportUndone};
use crate::error::SalesResult;

selection! {
    Header of Import in file {
        id, kind as Word, state = "CASE WHEN file.needs_mapping AND file.state = 'previewed' THEN 'mapping' ELSE file.state END",
        file_name, sha256, mapping = mapping_json as Json, counts = counts_json as Json,
        effects = effects_json as Json, issues = issues_json as Json, created_by,
        created_at = created_at_us, expires_at = expires_at_us, committed_at = committed_at_us,
        layout = layout_json as Json, undone = undone_json as Json,
    }

    Request(wanted_json: Json<Mapping>, shape: String)

    Row of StagedRow in staged {
        row = line, state as Word, values = values_json as Json, changes = changes_json as Json,
        issues = issues_json as Json,
    }

    Texts of RowText in staged {
        line, state as Word, values = values_json, changes = changes_json,
    }

    Twin(file_name: String, committed_at_us: Timestamp)
}

store::stored_words!(ImportState);

/// The query of imports with a condition.
fn imports_with(rest: &str) -> String {
    format!("SELECT {} FROM imports AS file {rest}", Header::SELECT)
}

/// The query of staged rows behind a line, with another condition.
fn rows_with(rest: &str) -> String {
    format!(
        "SELECT {} FROM import_rows AS staged WHERE import_id = $1 AND line > $2{rest}",
        Row::SELECT
    )
}

const ROW_COLUMNS: &[(&str, ColumnKind)] = &[
    ("import_id", ColumnKind::Uuid),
    ("line", ColumnKind::Int),
    ("state", ColumnKind::Text),
    ("values_json", ColumnKind::Text),
    ("changes_json", ColumnKind::Text),
    ("issues_json", ColumnKind::Text),
];

/// How a file was asked to be read: what a commit remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedReading {
    /// The mapping that was sent, or remembered.
    pub mapping: Mapping,
    /// SHA-256 of its headers, in hex.
    pub shape: String,
}

pub(super) async fn insert(tx: &Tx, import: &Import, asked: &WantedReading) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO imports (id, kind, state, file_name, sha256, mapping_json, counts_json, effects_json, issues_json, created_by, created_at_us, expires_at_us, layout_json, wanted_json, shape)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
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
            encode(&import.layout)?.into(),
            encode(&asked.mapping)?.into(),
            asked.shape.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Begins to store a file again that was read by another mapping: its rows go, and it is `failed`
/// until the new ones are stored.
pub(super) async fn replace(tx: &Tx, import: &Import, asked: &WantedReading) -> SalesResult<()> {
    let id = import.id.as_uuid();
    tx.execute("DELETE FROM import_rows WHERE import_id = $1", [id.into()])
        .await?;
    tx.execute(
        "UPDATE imports SET state = 'failed', mapping_json = $2, counts_json = $3, effects_json = $4, issues_json = $5, layout_json = $6, wanted_json = $7, shape = $8, reading = reading + 1 WHERE id = $1",
        [
            id.into(),
            encode(&import.mapping)?.into(),
            encode(&import.counts)?.into(),
            encode(&import.effects)?.into(),
            encode(&import.issues)?.into(),
            encode(&import.layout)?.into(),
            encode(&asked.mapping)?.into(),
            asked.shape.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// How a file was asked to be read; `None` for one of before that was noted.
pub(super) async fn asked(source: Source<'_>, id: ImportId) -> SalesResult<Option<WantedReading>> {
    let sql = "SELECT wanted_json, shape FROM imports WHERE id = $1 AND wanted_json IS NOT NULL AND shape IS NOT NULL";
    let found = source
        .select_one::<Request>(sql, [id.as_uuid().into()])
        .await?;
    Ok(found.map(|(Json(mapping), shape)| WantedReading { mapping, shape }))
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

/// Writes rows from [`staged_row`].
pub(super) async fn insert_rows(tx: &Tx, rows: &str) -> SalesResult<()> {
    let sql = insert_from_json(tx.dialect(), "import_rows", ROW_COLUMNS, 1);
    tx.execute(&sql, [rows.into()]).await?;
    Ok(())
}

/// Says of a file whose rows are stored that it can be looked at.
pub(super) async fn set_stored(tx: &Tx, id: ImportId, state: ImportState) -> SalesResult<()> {
    tx.execute(
        "UPDATE imports SET state = 'previewed', needs_mapping = $2, reading = reading + 1 WHERE id = $1",
        [id.as_uuid().into(), (state == ImportState::Mapping).into()],
    )
    .await?;
    Ok(())
}

pub(super) async fn mark_committed(
    tx: &Tx,
    import: &Import,
    count_id: Option<DocumentId>,
) -> SalesResult<()> {
    tx.execute(
        "UPDATE imports SET state = 'committed', committed_at_us = $2, effects_json = $3, layout_json = NULL, is_traced = $4, count_id = $5 WHERE id = $1",
        [
            import.id.as_uuid().into(),
            import.committed_at.map(Timestamp::micros).into(),
            encode(&import.effects)?.into(),
            true.into(),
            count_id.map(DocumentId::as_uuid).into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn mark_undone(tx: &Tx, import: &Import) -> SalesResult<()> {
    let values = [import.id.as_uuid().into(), encode(&import.undone)?.into()];
    let sql = "UPDATE imports SET state = 'undone', undone_json = $2 WHERE id = $1";
    tx.execute(sql, values).await?;
    Ok(())
}

/// Marks expired previews and deletes their rows.
pub(super) async fn forget_old(tx: &Tx, at: Timestamp) -> SalesResult<()> {
    let old =
        "SELECT id FROM imports WHERE state IN ('previewed', 'failed') AND expires_at_us <= $1";
    tx.execute(
        &format!("DELETE FROM import_rows WHERE import_id IN ({old})"),
        [at.micros().into()],
    )
    .await?;
    tx.execute(
        &format!("DELETE FROM import_files WHERE import_id IN ({old})"),
        [at.micros().into()],
    )
    .await?;
    tx.execute(
        "UPDATE imports SET state = 'expired', layout_json = NULL WHERE state IN ('previewed', 'failed') AND expires_at_us <= $1",
        [at.micros().into()],
    )
    .await?;
    Ok(())
}

/// The name and time of the last commit of the same bytes after an instant.
pub(super) async fn committed_after(
    source: Source<'_>,
    sha256: &str,
    after: Timestamp,
) -> SalesResult<Option<(String, Timestamp)>> {
    let sql = "SELECT file_name, committed_at_us FROM imports
               WHERE sha256 = $1 AND state = 'committed' AND committed_at_us > $2
               ORDER BY committed_at_us DESC LIMIT 1";
    let values = [sha256.into(), after.micros().into()];
    Ok(source.select_one::<Twin>(sql, values).await?)
}

pub(super) async fn find(read: &ReadDb, id: ImportId, now: Timestamp) -> SalesResult<Import> {
    let sql = imports_with("WHERE id = $1");
    let import = read
        .select_one::<Header>(&sql, [id.as_uuid().into()])
        .await?;
    let import = import.ok_or_else(|| Problem::not_found("import"))?;
    Ok(aged(import, now))
}

/// Locks an import and all others with the same bytes until the end of the transaction: two previews
/// of one file are committed one after the other.
pub(super) async fn lock(tx: &Tx, id: ImportId, now: Timestamp) -> SalesResult<Import> {
    if tx.dialect() == Dialect::Postgres {
        let twins =
            "SELECT 1 FROM imports WHERE sha256 = (SELECT sha256 FROM imports WHERE id = $1)
                     ORDER BY id FOR UPDATE";
        tx.values::<i32>(twins, [id.as_uuid().into()]).await?;
    }
    let sql = imports_with("WHERE id = $1");
    let import = tx.select_one::<Header>(&sql, [id.as_uuid().into()]).await?;
    let import = import.ok_or_else(|| Problem::not_found("import"))?;
    Ok(aged(import, now))
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
    let sql = imports_with(&format!("{condition} ORDER BY id DESC LIMIT {probe}"));
    let imports = read.select::<Header>(&sql, values).await?;
    // Layouts are long, and so is what an undo left: a list has neither.
    let brief = |import: Import| Import {
        layout: None,
        undone: import.undone.clone().map(ImportUndone::brief),
        ..aged(import, now)
    };
    Ok(Page::from_probe(imports, limit).map(brief))
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
    let sql = rows_with(&format!("{condition} ORDER BY line LIMIT {probe}"));
    let rows = read.select::<Row>(&sql, values).await?;
    Ok(Page::from_probe(rows, limit).map(ImportRow::from))
}

/// The SKU of the first product that is sold, by name.
pub(super) async fn example_sku(read: &ReadDb) -> SalesResult<Option<String>> {
    let sql = "SELECT sku FROM products WHERE NOT archived AND sku_conflict = 0 ORDER BY name, id LIMIT 1";
    Ok(read.value::<String>(sql, []).await?)
}

/// True when a file has a row on this line.
pub(super) async fn has_row(read: &ReadDb, id: ImportId, line: i64) -> SalesResult<bool> {
    let sql = "SELECT line FROM import_rows WHERE import_id = $1 AND line = $2";
    let found = read.value::<i64>(sql, [id.as_uuid().into(), line.into()]);
    Ok(found.await?.is_some())
}

/// A row that can be committed, not decoded yet.
#[derive(Debug)]
pub(super) struct RowText {
    pub line: i64,
    pub state: RowState,
    /// JSON of what was read.
    pub values: String,
    /// JSON of what would change.
    pub changes: String,
}

/// The rows that can be committed, after a line, in the order of the file.
pub(super) async fn rows_to_commit(
    source: Source<'_>,
    id: ImportId,
    after: i64,
    limit: usize,
) -> SalesResult<Vec<RowText>> {
    let sql = format!(
        "SELECT {} FROM import_rows AS staged WHERE import_id = $1 AND line > $2 AND state <> 'error' ORDER BY line LIMIT {limit}",
        Texts::SELECT
    );
    let values = [id.as_uuid().into(), after.into()];
    Ok(source.select::<Texts>(&sql, values).await?)
}

/// A number that grows whenever the rows of an import are stored anew; 0 for one that is not there.
pub(super) async fn reading(source: Source<'_>, id: ImportId) -> SalesResult<i64> {
    let sql = "SELECT reading FROM imports WHERE id = $1";
    let reading = source.value::<i64>(sql, [id.as_uuid().into()]).await?;
    Ok(reading.unwrap_or(0))
}

/// Time alone makes a preview expire; it is written down when somebody stages the next file.
fn aged(mut import: Import, now: Timestamp) -> Import {
    let is_open = matches!(import.state, ImportState::Previewed | ImportState::Mapping);
    if is_open && import.expires_at <= now {
        import.state = ImportState::Expired;
        import.layout = None;
    }
    import
}

pub(super) fn encode<T: Serialize>(value: &T) -> SalesResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()).into())
}

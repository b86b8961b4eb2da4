//! The bytes of a file that may be read again, and what headers meant in files before, in the database.

use std::collections::HashMap;

use files::read::{Mapping, staged::ImportKind};
use kernel::{Timestamp, ids::ImportId};
use store::{Json, ReadDb, Tx, WriteDb, selection};

use super::repo;
use crate::error::SalesResult;

selection! {
    Known(shape: String, mapping_json: Json<Mapping>)
}

/// Bytes in one row.
const PART: usize = 1024 * 1024;
/// Shapes that are remembered of each kind of file; the one that was not used for longest is forgotten.
const MAX_SHAPES: i64 = 300;

/// Stores the bytes of a file, a part in each transaction: tills go on beside a large one.
pub(super) async fn store(write: &WriteDb, id: ImportId, bytes: &[u8]) -> SalesResult<()> {
    for (part, bytes) in (0i64..).zip(bytes.chunks(PART)) {
        write
            .transaction(async |tx: &Tx| -> SalesResult<()> {
                let sql = "INSERT INTO import_files (import_id, part, bytes) VALUES ($1, $2, $3)";
                let values = [id.as_uuid().into(), part.into(), bytes.to_vec().into()];
                tx.execute(sql, values).await?;
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// How many bytes are stored of a file; 0 for none.
pub(super) async fn size(read: &ReadDb, id: ImportId) -> SalesResult<usize> {
    let sql = "SELECT CAST(COALESCE(SUM(length(bytes)), 0) AS BIGINT) FROM import_files WHERE import_id = $1";
    let bytes = read.value::<i64>(sql, [id.as_uuid().into()]).await?;
    Ok(usize::try_from(bytes.unwrap_or(0)).unwrap_or(usize::MAX))
}

/// The bytes of a file.
pub(super) async fn load(read: &ReadDb, id: ImportId, size: usize) -> SalesResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size);
    for part in 0i64.. {
        let sql = "SELECT bytes FROM import_files WHERE import_id = $1 AND part = $2";
        let found = read.value::<Vec<u8>>(sql, [id.as_uuid().into(), part.into()]);
        let Some(found) = found.await? else { break };
        bytes.extend_from_slice(&found);
    }
    Ok(bytes)
}

/// Gives the bytes of a file back.
pub(super) async fn forget(tx: &Tx, id: ImportId) -> SalesResult<()> {
    let sql = "DELETE FROM import_files WHERE import_id = $1";
    tx.execute(sql, [id.as_uuid().into()]).await?;
    Ok(())
}

/// The mappings by which files of a kind were read, by their shapes.
pub(super) async fn remembered(
    read: &ReadDb,
    kind: ImportKind,
) -> SalesResult<HashMap<String, Mapping>> {
    let sql = "SELECT shape, mapping_json FROM import_shapes WHERE kind = $1";
    let known = read.select::<Known>(sql, [kind.as_str().into()]).await?;
    let known = known
        .into_iter()
        .map(|(shape, Json(mapping))| (shape, mapping));
    Ok(known.collect())
}

/// Remembers a mapping for the next file of this shape.
pub(super) async fn remember(
    tx: &Tx,
    kind: ImportKind,
    shape: &str,
    mapping: &Mapping,
    at: Timestamp,
) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO import_shapes (kind, shape, mapping_json, used_at_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kind, shape) DO UPDATE SET mapping_json = excluded.mapping_json, used_at_us = excluded.used_at_us",
        [
            kind.as_str().into(),
            shape.into(),
            repo::encode(mapping)?.into(),
            at.micros().into(),
        ],
    )
    .await?;
    tx.execute(
        "DELETE FROM import_shapes WHERE kind = $1 AND shape NOT IN (
             SELECT shape FROM import_shapes WHERE kind = $1 ORDER BY used_at_us DESC, shape LIMIT $2)",
        [kind.as_str().into(), MAX_SHAPES.into()],
    )
    .await?;
    Ok(())
}

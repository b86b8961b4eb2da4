//! Locations: where stock is. Every shop has a default one.

use kernel::{Code, Problem, Timestamp, ids::LocationId, text};
use serde::Serialize;
use store::{ReadDb, Tx, selection};

use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    context::Context,
    error::{SalesError, SalesResult},
};

selection! {
    Listed of Location in location { id, name, is_default, created_at = created_at_us }
}

/// Most locations of a shop: a chain of shops, not a warehouse.
pub const MAX_LOCATIONS: i64 = 500;

/// A place where stock is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Location {
    /// The location's own UUID.
    pub id: LocationId,
    /// The location's name, unique in the shop.
    #[schema(example = "Boutique")]
    pub name: String,
    /// True for the location that is used when none is named.
    pub is_default: bool,
    /// When the location was created.
    pub created_at: Timestamp,
}

/// Creates the default location of a new shop, unless there is one.
pub async fn create_default_if_missing(tx: &Tx, name: &str, at: Timestamp) -> SalesResult<()> {
    let count = "SELECT COUNT(*) FROM locations WHERE is_default";
    if tx.value::<i64>(count, []).await?.unwrap_or(0) == 0 {
        insert(tx, LocationId::generate(), name, true, at).await?;
    }
    Ok(())
}

/// The default location.
pub async fn default_location(tx: &Tx) -> SalesResult<LocationId> {
    let id = tx
        .value("SELECT id FROM locations WHERE is_default", [])
        .await?;
    Ok(id.ok_or_else(|| store::StoreError::Corrupt("there is no default location".to_owned()))?)
}

/// The location of a request, or the default one.
///
/// # Errors
/// `request.unknown_reference` at `pointer` when there is no such location.
pub async fn resolve(
    tx: &Tx,
    wanted: Option<LocationId>,
    pointer: &str,
) -> SalesResult<LocationId> {
    let Some(id) = wanted else {
        return default_location(tx).await;
    };
    let found = tx
        .value::<i32>(
            "SELECT 1 FROM locations WHERE id = $1",
            [id.as_uuid().into()],
        )
        .await?;
    if found.is_none() {
        return Err(unknown(pointer).into());
    }
    Ok(id)
}

/// Refuses a location that does not exist, in a query.
///
/// # Errors
/// `request.unknown_reference` at `pointer`.
pub async fn check(read: &ReadDb, wanted: Option<LocationId>, pointer: &str) -> SalesResult<()> {
    let Some(id) = wanted else {
        return Ok(());
    };
    let sql = "SELECT id FROM locations WHERE id = $1";
    match read.value::<LocationId>(sql, [id.as_uuid().into()]).await? {
        Some(_) => Ok(()),
        None => Err(unknown(pointer).into()),
    }
}

fn unknown(pointer: &str) -> Problem {
    Problem::new(Code::UnknownReference, "There is no such location.").at_pointer(pointer)
}

/// Lists every location, the default one first, then by name.
pub async fn list(read: &ReadDb) -> SalesResult<Vec<Location>> {
    let sql = format!(
        "SELECT {} FROM locations AS location ORDER BY is_default DESC, name_folded LIMIT {MAX_LOCATIONS}",
        Listed::SELECT
    );
    Ok(read.select::<Listed>(&sql, []).await?)
}

/// Creates a location.
///
/// # Errors
/// `location.name_taken`.
pub async fn create(ctx: &Context, actor: &Actor, name: &str) -> SalesResult<Location> {
    create_as(ctx, actor, LocationId::generate(), name).await
}

/// The same under an id from the caller.
///
/// # Errors
/// As [`create`].
pub async fn create_as(
    ctx: &Context,
    actor: &Actor,
    id: LocationId,
    name: &str,
) -> SalesResult<Location> {
    let at = ctx.clock.now();
    ctx.write
        .transaction(async |tx: &Tx| {
            let location = insert(tx, id, name.trim(), false, at).await?;
            let entry = Entry::of(Deed::LocationCreate, location.id).after(&location);
            audit::record(tx, actor, at, entry).await?;
            Ok::<_, SalesError>(location)
        })
        .await
}

async fn insert(
    tx: &Tx,
    id: LocationId,
    name: &str,
    is_default: bool,
    at: Timestamp,
) -> SalesResult<Location> {
    tx.execute(
        "INSERT INTO locations (id, name, name_folded, is_default, created_at_us) VALUES ($1, $2, $3, $4, $5)",
        [
            id.as_uuid().into(),
            name.into(),
            text::fold(name).into(),
            is_default.into(),
            at.micros().into(),
        ],
    )
    .await?;
    Ok(Location {
        id,
        name: name.to_owned(),
        is_default,
        created_at: at,
    })
}

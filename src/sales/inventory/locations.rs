//! Locations: where stock is. Every shop has a default one.

use kernel::{Code, FieldError, Problem, Timestamp, ids::LocationId, text};
use serde::Serialize;
use store::{Dialect, ReadDb, Tx, selection};

use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    context::Context,
    error::{SalesError, SalesResult},
};

selection! {
    Listed of Location in location { id, name, is_default, archived, created_at = created_at_us }
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
    /// True when it is no longer used: no goods come in or go out there.
    pub archived: bool,
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
/// `request.unknown_reference` at `pointer` when there is no such location; `location.archived`.
pub async fn resolve(
    tx: &Tx,
    wanted: Option<LocationId>,
    pointer: &str,
) -> SalesResult<LocationId> {
    let Some(id) = wanted else {
        return default_location(tx).await;
    };
    // The lock of a foreign key, taken a little earlier: it cannot be archived meanwhile.
    let lock = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR KEY SHARE",
    };
    let sql = format!("SELECT archived FROM locations WHERE id = $1{lock}");
    match tx.value::<bool>(&sql, [id.as_uuid().into()]).await? {
        Some(false) => Ok(id),
        Some(true) => Err(Problem::of(Code::LocationArchived)
            .at_pointer(pointer)
            .into()),
        None => Err(unknown(pointer).into()),
    }
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
        archived: false,
        created_at: at,
    })
}

/// A change of a location. `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocationChange {
    /// The new name.
    pub name: Option<String>,
    /// Whether it is no longer used.
    pub archived: Option<bool>,
}

/// Renames or archives a location. A change without effect leaves no trace.
///
/// # Errors
/// `resource.not_found`, `location.name_taken`, `location.is_default`, `location.not_empty`.
pub async fn change(
    ctx: &Context,
    actor: &Actor,
    id: LocationId,
    change: &LocationChange,
) -> SalesResult<Location> {
    let at = ctx.clock.now();
    ctx.write
        .transaction(async |tx: &Tx| {
            let lock = tx.dialect().for_update();
            let sql = format!(
                "SELECT {} FROM locations AS location WHERE location.id = $1{lock}",
                Listed::SELECT
            );
            let found = tx.select_one::<Listed>(&sql, [id.as_uuid().into()]).await?;
            let before = found.ok_or_else(|| Problem::not_found("location"))?;
            let name = change.name.as_deref().map(str::trim);
            let after = Location {
                name: name.map_or_else(|| before.name.clone(), str::to_owned),
                archived: change.archived.unwrap_or(before.archived),
                ..before.clone()
            };
            if after == before {
                return Ok(before);
            }
            if after.archived && !before.archived {
                check_unused(tx, &before).await?;
            }
            tx.execute(
                "UPDATE locations SET name = $2, name_folded = $3, archived = $4 WHERE id = $1",
                [
                    id.as_uuid().into(),
                    after.name.as_str().into(),
                    text::fold(&after.name).into(),
                    after.archived.into(),
                ],
            )
            .await?;
            let entry = Entry::of(Deed::LocationUpdate, id)
                .before(&before)
                .after(&after);
            audit::record(tx, actor, at, entry).await?;
            Ok::<_, SalesError>(after)
        })
        .await
}

/// Goods at a location that nobody uses would be forgotten.
async fn check_unused(tx: &Tx, location: &Location) -> SalesResult<()> {
    if location.is_default {
        return Err(Problem::of(Code::DefaultLocation)
            .at_pointer("/archived")
            .into());
    }
    let sql = "SELECT COUNT(*) FROM stock_levels WHERE location_id = $1 AND on_hand_milli > 0";
    let products = tx.value::<i64>(sql, [location.id.as_uuid().into()]).await?;
    let products = products.unwrap_or(0);
    if products == 0 {
        return Ok(());
    }
    let code = Code::LocationNotEmpty;
    let error = FieldError::new("/archived", code.as_str(), "goods of products lie there");
    Err(Problem::of(code)
        .at(error.with("products", products))
        .into())
}

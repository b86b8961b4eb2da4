//! Stock levels, now or at any past moment.

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId},
    paging::Page,
};
use serde::{Deserialize, Serialize};
use store::{Dialect, ReadDb, selection};

use super::by_product::{Asked, sum_of_deltas};
use crate::{conditions::Conditions, error::SalesResult, ledger_time::happened_after};

/// The stock of one product at one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = StockLevel)]
pub struct Level {
    /// The product's own id.
    pub product_id: ProductId,
    /// The product's code.
    pub sku: String,
    /// The product's name.
    pub name: String,
    /// The product's unit.
    pub unit: String,
    /// The location's own id.
    pub location_id: LocationId,
    /// How much is there, in `unit`.
    pub on_hand: Quantity,
    /// The stock at which to order, for all locations together.
    pub reorder_level: Quantity,
}

selection! {
    Listed of Level { product_id, sku, name, unit, location_id, on_hand, reorder_level }
}

/// A filter for levels.
#[derive(Debug, Clone, Copy, Default)]
pub struct LevelFilter {
    /// Only levels of this product.
    pub product_id: Option<ProductId>,
    /// Only levels at this location.
    pub location_id: Option<LocationId>,
    /// The levels at an instant, by when things happened. Later movements are undone.
    pub as_of: Option<Timestamp>,
}

/// From where on levels count as changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Since {
    /// `SQLite`: the place of a movement in the ledger. Later ones are changes.
    pub(super) place: i64,
    /// `PostgreSQL`: a transaction. It and later ones made changes.
    pub(super) open: i64,
}

impl Since {
    /// SQL condition on `level`, with the value for its question mark.
    const fn condition(self, dialect: Dialect) -> (&'static str, i64) {
        match dialect {
            Dialect::Sqlite => (
                "(level.product_id, level.location_id) IN (SELECT movement.product_id, movement.location_id
                  FROM stock_movements AS movement WHERE movement.position > ?)",
                self.place,
            ),
            Dialect::Postgres => ("level.changed_in >= ?", self.open),
        }
    }
}

/// The stock of a product at each location, at most `limit`.
pub async fn of_product(read: &ReadDb, id: ProductId, limit: u32) -> SalesResult<Vec<Level>> {
    let filter = LevelFilter {
        product_id: Some(id),
        ..LevelFilter::default()
    };
    Ok(list(read, filter, None, None, limit).await?.items)
}

/// Lists levels by product and location, after `after`; with `since` only those that have changed.
pub(super) async fn list(
    read: &ReadDb,
    filter: LevelFilter,
    since: Option<Since>,
    after: Option<(ProductId, LocationId)>,
    limit: u32,
) -> SalesResult<Page<Level>> {
    let mut conditions = Conditions::default();
    let later = filter.as_of.map_or_else(
        || "0".to_owned(),
        |at| {
            let condition = format!(
                "movement.location_id = level.location_id AND {}",
                happened_after(&conditions.values.bind(at.micros()))
            );
            let asked = Asked {
                product: "level.product_id",
                condition: &condition,
            };
            sum_of_deltas(read.dialect(), asked)
        },
    );
    let (product, location) = (filter.product_id, filter.location_id);
    conditions.require_if("level.product_id = ?", product.map(ProductId::as_uuid));
    conditions.require_if("level.location_id = ?", location.map(LocationId::as_uuid));
    if let Some((condition, from)) = since.map(|since| since.condition(read.dialect())) {
        conditions.require(condition, from);
    }
    if let Some((product, location)) = after {
        let product = conditions.values.bind(product.as_uuid());
        let location = conditions.values.bind(location.as_uuid());
        conditions.push(format!(
            "(level.product_id, level.location_id) > ({product}, {location})"
        ));
    }
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "SELECT level.product_id, product.sku, product.name, product.unit, level.location_id, level.on_hand_milli - {later} AS on_hand, product.reorder_level_milli AS reorder_level
         FROM stock_levels AS level JOIN products AS product ON product.id = level.product_id
         WHERE {conditions} ORDER BY level.product_id, level.location_id LIMIT {}",
        i64::from(limit) + 1
    );
    let levels = read.select::<Listed>(&sql, values).await?;
    Ok(Page::from_probe(levels, limit))
}

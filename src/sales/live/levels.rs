//! The levels that changed, as they are now.

use kernel::{
    Quantity,
    ids::{LocationId, ProductId, SaleId},
};
use serde::Serialize;
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ChangedLevels;
use crate::error::SalesResult;

/// Most levels that are listed. A client that keeps more of them loads the differences.
pub const MAX_LEVELS: usize = 500;

/// What lies at a location now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LevelNow {
    /// The product whose stock has changed.
    pub product_id: ProductId,
    /// Where its stock has changed.
    pub location_id: LocationId,
    /// How much is there, in the product's unit.
    pub on_hand: Quantity,
}

selection! {
    LevelRow of LevelNow in level { product_id, location_id, on_hand = on_hand_milli }
}

/// What moved stock and is found by its id.
#[derive(Debug, Clone, Default)]
pub(super) struct Moved {
    /// Sales that were voided.
    pub voided: Vec<SaleId>,
    /// What movements refer to, and new products.
    pub by: Vec<Uuid>,
}

/// What changed levels: sales and refunds behind a number and up to another one, and what was moved.
#[derive(Debug, Clone)]
pub(super) struct Changed {
    pub sales: (i64, i64),
    pub refunds: (i64, i64),
    pub moved: Moved,
}

/// Products and locations. The partial index on what movements refer to has the same condition.
const OF_SALES: &str = "SELECT line.product_id, sale.location_id FROM sales AS sale
    JOIN sale_lines AS line ON line.sale_id = sale.id
    WHERE sale.number > $1 AND sale.number <= $2 AND sale.import_id IS NULL";
const OF_REFUNDS: &str = "SELECT line.product_id, sale.location_id FROM refunds AS refund
    JOIN sales AS sale ON sale.id = refund.sale_id
    JOIN refund_lines AS part ON part.refund_id = refund.id
    JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
    WHERE refund.number > $3 AND refund.number <= $4 AND refund.import_id IS NULL";
const OF_VOIDS: &str = "SELECT line.product_id, sale.location_id FROM {voided} AS wanted
    JOIN sales AS sale ON sale.id = wanted.id JOIN sale_lines AS line ON line.sale_id = sale.id";
const OF_OTHERS: &str = "SELECT movement.product_id, movement.location_id FROM {others} AS wanted
    JOIN stock_movements AS movement ON movement.reference_id = wanted.id
    WHERE movement.kind NOT IN ('sale', 'refund', 'void')";
const OF_PRODUCTS: &str = "SELECT first.product_id, first.location_id FROM {others} AS wanted
    JOIN stock_levels AS first ON first.product_id = wanted.id";

/// The changed levels; `None` when none has changed.
pub(super) async fn of(read: &ReadDb, changed: &Changed) -> SalesResult<Option<ChangedLevels>> {
    let Changed {
        sales,
        refunds,
        moved: Moved { voided, by },
    } = changed;
    let is_still = sales.0 == sales.1 && refunds.0 == refunds.1;
    if is_still && voided.is_empty() && by.is_empty() {
        return Ok(None);
    }
    let ids = |parameter| json_rows(read.dialect(), parameter, &[("id", ColumnKind::Uuid)]);
    let moved = [OF_SALES, OF_REFUNDS, OF_VOIDS, OF_OTHERS, OF_PRODUCTS].join(" UNION ");
    let moved = moved
        .replace("{voided}", &ids(5))
        .replace("{others}", &ids(6));
    let columns = LevelRow::SELECT;
    let sql = format!(
        "SELECT {columns} FROM ({moved}) AS moved
         JOIN stock_levels AS level ON level.product_id = moved.product_id AND level.location_id = moved.location_id
         ORDER BY level.product_id, level.location_id LIMIT {}",
        MAX_LEVELS + 1
    );
    let voided: Vec<_> = voided.iter().map(|id| (id,)).collect();
    let by: Vec<_> = by.iter().map(|id| (id,)).collect();
    let values = [
        sales.0.into(),
        sales.1.into(),
        refunds.0.into(),
        refunds.1.into(),
        to_json(&voided).into(),
        to_json(&by).into(),
    ];
    let levels = read.select::<LevelRow>(&sql, values).await?;
    Ok(match levels.len() {
        0 => None,
        found if found > MAX_LEVELS => Some(ChangedLevels::Many),
        _ => Some(ChangedLevels::These(levels)),
    })
}

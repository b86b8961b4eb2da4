//! Commits a file of products: categories, then products, then stock.

use std::collections::BTreeMap;

use files::read::staged::{ProductValues, RowState};
use kernel::{
    Amount, MoneyError, Quantity, Timestamp,
    ids::{CategoryId, ImportId, LocationId, ProductId},
    product::PIECE,
};
use serde_json::{Value, json};
use store::{Dialect, Prepared, StoreError};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{
    CHUNK,
    ahead::{Ahead, DecodedRow},
    stock::{Wanted, WantedLine, fits, move_all, wanted},
    trace::{self, CostMoved},
    tree::Tree,
    work::{Done, Work, object, point_to_rows, stale},
};
use crate::{
    actor::Actor,
    catalogue::products::{
        NewProduct, OrderingRule, ProductChange, ProductFields, StoredProduct,
        prepared::PreparedProducts,
    },
    changes,
    error::SalesResult,
    inventory::{
        first_stock::FirstStock,
        locations,
        movement::{MovementKind, StockMove},
        products::load_cards,
    },
    shop_reader,
};

type Row = DecodedRow<ProductValues>;

pub(super) async fn commit(work: Work<'_>, mut ahead: Ahead<ProductValues>) -> SalesResult<Done> {
    let mut tree = Tree::load(work.tx).await?;
    let default = locations::default_location(work.tx).await?;
    let mut asked: Vec<WantedLine> = Vec::new();
    let mut costs: BTreeMap<ProductId, Amount> = BTreeMap::new();
    let (mut made, mut changed) = (0usize, 0usize);
    let mut waiting: Option<EncodedChunk> = None;
    loop {
        let coming = match ahead.next().await? {
            Some(rows) => Some(Coming::of(work, &mut tree, default, rows).await?),
            None => None,
        };
        if let Some(ready) = waiting.take() {
            made += ready.lines.len();
            changed += ready.known.old.len();
            ready.new.write(work, &ready.lines, &mut asked).await?;
            let known = ready.known;
            costs.extend(change(work, &mut tree, &known.old, &known.same).await?);
            asked.extend(known.wanted(work, default)?);
        }
        let Some(coming) = coming else { break };
        waiting = Some(coming.ready().await?);
    }
    let count_id = move_all(work, asked).await?;
    note_costs(work, &costs).await?;
    let effects = object(json!({
        "products_new": made,
        "products_changed": changed,
        "categories_new": tree.made,
    }));
    Ok(Done { effects, count_id })
}

/// Rows of products that the shop has.
#[derive(Default)]
struct KnownRows {
    old: Vec<Row>,
    /// They change no product, but their counts are still true.
    same: Vec<Row>,
}

impl KnownRows {
    fn wanted(&self, work: Work<'_>, location: LocationId) -> SalesResult<Vec<WantedLine>> {
        let mut asked = Vec::new();
        for row in self.old.iter().chain(&self.same) {
            let values = &row.values;
            let Some(id) = values.product_id else {
                continue;
            };
            let (set, add) = (values.stock_set, values.stock_add);
            let cost = values.cost_minor.map(Amount::new).transpose()?;
            let wanted = wanted(work, (id, location), set, add, cost);
            asked.extend(wanted.map(|wanted| (row.line, wanted)));
        }
        Ok(asked)
    }
}

/// A chunk whose new products are being encoded, while the database writes the chunk before it.
struct Coming {
    lines: Vec<i64>,
    known: KnownRows,
    new: JoinHandle<SalesResult<NewRows>>,
}

/// A chunk that can be written.
struct EncodedChunk {
    /// The lines of its new products.
    lines: Vec<i64>,
    known: KnownRows,
    new: NewRows,
}

impl Coming {
    async fn of(
        work: Work<'_>,
        tree: &mut Tree,
        location: LocationId,
        rows: Vec<Row>,
    ) -> SalesResult<Self> {
        let mut known = KnownRows::default();
        let mut new = Vec::new();
        for row in rows {
            match row.state {
                RowState::New => {
                    let category = tree.find_or_make(work, &row.values.category).await?;
                    new.push((row, category));
                }
                RowState::Changed => known.old.push(row),
                RowState::Unchanged if row.values.stock_set.is_some() => known.same.push(row),
                RowState::Unchanged | RowState::Error => {}
            }
        }
        let lines = new.iter().map(|(row, _)| row.line).collect();
        let common = CommonOfNew {
            dialect: work.tx.dialect(),
            actor: work.actor.clone(),
            import_id: work.import.id,
            location,
            asked_at: work.asked_at,
            at: work.clock.now(),
        };
        Ok(Self {
            lines,
            known,
            new: spawn_blocking(move || NewRows::of(&common, new)),
        })
    }

    async fn ready(self) -> SalesResult<EncodedChunk> {
        let new = self.new.await;
        let new = new.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(EncodedChunk {
            new: new.map_err(|error| point_to_rows(error, "/", &self.lines))?,
            lines: self.lines,
            known: self.known,
        })
    }
}

/// What the new products of a file have in common.
struct CommonOfNew {
    dialect: Dialect,
    actor: Actor,
    import_id: ImportId,
    location: LocationId,
    asked_at: Timestamp,
    at: Timestamp,
}

/// New products, encoded.
struct NewRows {
    products: PreparedProducts,
    made: Prepared,
    stock: FirstStock,
    /// What cannot be the first movement of a product: nothing can leave it.
    asked: Vec<WantedLine>,
    moment: Option<Timestamp>,
}

impl NewRows {
    fn of(common: &CommonOfNew, rows: Vec<(Row, Option<CategoryId>)>) -> SalesResult<Self> {
        let ids: Vec<ProductId> = rows.iter().map(|_| ProductId::generate()).collect();
        let (mut products, mut moves) = (Vec::with_capacity(rows.len()), Vec::new());
        let mut asked = Vec::new();
        for ((row, category), id) in rows.into_iter().zip(&ids) {
            let values = &row.values;
            // Nothing of a new product can have been sold: its opening stock is no count.
            let begins_with = values.stock_set.or(values.stock_add);
            let moved = first_move(common, *id, begins_with, values)?;
            match moved {
                Some(moved) if moved.delta.is_positive() => moves.push(moved),
                Some(moved) => asked.push((row.line, Wanted::Moved(moved))),
                None => {}
            }
            products.push(new_product(row.values, category)?);
        }
        let (dialect, actor) = (common.dialect, &common.actor);
        Ok(Self {
            products: PreparedProducts::of(dialect, actor, &ids, &products, common.at)?,
            made: trace::prepare_made(dialect, common.import_id, &ids),
            stock: FirstStock::of(dialect, &moves, common.at),
            asked,
            moment: (!moves.is_empty()).then_some(common.asked_at),
        })
    }

    async fn write(
        self,
        work: Work<'_>,
        lines: &[i64],
        asked: &mut Vec<WantedLine>,
    ) -> SalesResult<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let written = self.products.write(work.tx).await;
        written.map_err(|error| point_to_rows(error, "/", lines))?;
        work.tx.insert_prepared(self.made).await?;
        self.stock.write(work.tx).await?;
        asked.extend(self.asked);
        if let Some(moment) = self.moment {
            let zone = shop_reader::load_in(work.tx).await?.time_zone;
            changes::record_days(work.tx, zone, work.at, [moment]);
        }
        Ok(())
    }
}

fn first_move(
    common: &CommonOfNew,
    product_id: ProductId,
    begins_with: Option<Quantity>,
    values: &ProductValues,
) -> SalesResult<Option<StockMove>> {
    let Some(delta) = begins_with.filter(|delta| !delta.is_zero()) else {
        return Ok(None);
    };
    Ok(Some(StockMove {
        product_id,
        location_id: common.location,
        delta,
        kind: MovementKind::Import,
        reference_id: Some(common.import_id.as_uuid()),
        unit_cost_minor: values.cost_minor.map(Amount::new).transpose()?,
        reason: None,
        actor_id: common.actor.user_id,
        occurred_at: common.asked_at,
    }))
}

fn new_product(
    values: ProductValues,
    category_id: Option<CategoryId>,
) -> Result<NewProduct, MoneyError> {
    Ok(NewProduct {
        sku: values.sku.unwrap_or_default(),
        name: values.name.unwrap_or_default(),
        barcodes: values.barcodes,
        category_id,
        unit: values.unit.unwrap_or_else(|| PIECE.to_owned()),
        price_minor: Amount::new(values.price_minor.unwrap_or_default())?,
        cost_minor: Amount::new(values.cost_minor.unwrap_or_default())?,
        tax_rate_bp: values.tax_rate_bp.unwrap_or_default(),
        reorder_level: values.reorder_level.unwrap_or_default(),
        ordering: OrderingRule::default(),
        initial_stock: Quantity::ZERO,
    })
}

/// Notes which average costs have moved with the goods.
async fn note_costs(work: Work<'_>, before: &BTreeMap<ProductId, Amount>) -> SalesResult<()> {
    let ids: Vec<ProductId> = before.keys().copied().collect();
    let mut moved = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        for (id, card) in load_cards(work.tx, chunk.iter().copied()).await? {
            if let Some(before_minor) = before.get(&id).filter(|cost| **cost != card.cost_minor) {
                let cost = CostMoved {
                    before_minor: *before_minor,
                    after_minor: card.cost_minor,
                };
                moved.insert(id, cost);
            }
        }
    }
    trace::note_costs(work.tx, work.import.id, &moved).await
}

/// Changes the products of `rows`, after checking that these and the ones of `same` are as the
/// preview saw them. Returns the costs of those whose cost moves with the goods that come in.
async fn change(
    work: Work<'_>,
    tree: &mut Tree,
    rows: &[Row],
    same: &[Row],
) -> SalesResult<Vec<(ProductId, Amount)>> {
    let ids: Vec<ProductId> = rows
        .iter()
        .chain(same)
        .filter_map(|row| row.values.product_id)
        .collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let stored = work.catalogue.load_products(work.tx, &ids).await?;
    let mut overtaken = Vec::new();
    let mut wanted = Vec::with_capacity(rows.len());
    for (position, row) in rows.iter().chain(same).enumerate() {
        let before = row.values.product_id.and_then(|id| stored.get(&id));
        let Some(before) = before else {
            overtaken.push((row.line, "the product is gone".to_owned()));
            continue;
        };
        let moved = overtaken_fields(row, before, tree);
        if !moved.is_empty() {
            overtaken.push((
                row.line,
                format!("changed in between: {}", moved.join(", ")),
            ));
            continue;
        }
        if position < rows.len() {
            wanted.push((row, before.id));
        }
    }
    if !overtaken.is_empty() {
        return Err(stale(overtaken));
    }
    let mut changes = Vec::with_capacity(wanted.len());
    for (row, id) in &wanted {
        let fields = fields_of(work, tree, row).await?;
        changes.push(ProductChange { id: *id, fields });
    }
    let lines: Vec<i64> = wanted.iter().map(|(row, _)| row.line).collect();
    work.catalogue
        .update_products(work.tx, work.actor, &changes)
        .await
        .map_err(|error| point_to_rows(error, "/", &lines))?;
    let averaged = rows.iter().filter(|row| adds_stock(&row.values));
    let costs = averaged.filter_map(|row| {
        let before = stored.get(&row.values.product_id?)?;
        Some((before.id, before.cost_minor))
    });
    Ok(costs.collect())
}

/// The fields whose old value in the preview is not the present value.
fn overtaken_fields(row: &Row, before: &StoredProduct, tree: &Tree) -> Vec<String> {
    let is_archived = before.archived.then(|| "archived".to_owned());
    let moved = row.changes.iter().filter_map(|(field, change)| {
        // Stock is counted or added to, whatever was sold in between.
        let now = present(field, before, tree)?;
        (change.get("old") != Some(&now)).then(|| field.clone())
    });
    let values = &row.values;
    let unit = values.unit.as_ref().unwrap_or(&before.unit);
    let is_divided = (!fits(unit, values.stock_set, values.stock_add)).then(|| "unit".to_owned());
    moved.chain(is_archived).chain(is_divided).collect()
}

/// The present value of a field as changes show it; `None` for the stock.
pub(super) fn present(field: &str, product: &StoredProduct, tree: &Tree) -> Option<Value> {
    Some(match field {
        "name" => json!(product.name),
        "unit" => json!(product.unit),
        "price_minor" => json!(product.price_minor),
        "cost_minor" => json!(product.cost_minor),
        "tax_rate_bp" => json!(product.tax_rate_bp),
        "reorder_level" => json!(product.reorder_level),
        "barcodes" => json!(product.barcodes),
        "category" => json!(product.category_id.map(|id| tree.path(id))),
        _ => return None,
    })
}

async fn fields_of(work: Work<'_>, tree: &mut Tree, row: &Row) -> SalesResult<ProductFields> {
    let has = |field: &str| row.changes.contains_key(field);
    let values = &row.values;
    let barcodes = row
        .changes
        .get("barcodes")
        .and_then(|change| change.get("new"))
        .and_then(|new| serde_json::from_value(new.clone()).ok());
    let category_id = if has("category") {
        Some(tree.find_or_make(work, &values.category).await?)
    } else {
        None
    };
    let price = values.price_minor.filter(|_| has("price_minor"));
    // The cost of incoming goods is averaged with the stock (`move_all`).
    let cost = values.cost_minor;
    let cost = cost.filter(|_| has("cost_minor") && !adds_stock(values));
    Ok(ProductFields {
        sku: None,
        name: values.name.clone().filter(|_| has("name")),
        barcodes,
        category_id,
        unit: values.unit.clone().filter(|_| has("unit")),
        price_minor: price.map(Amount::new).transpose()?,
        cost_minor: cost.map(Amount::new).transpose()?,
        tax_rate_bp: values.tax_rate_bp.filter(|_| has("tax_rate_bp")),
        reorder_level: values.reorder_level.filter(|_| has("reorder_level")),
        lead_time_days: None,
        service_level_bp: None,
        archived: None,
    })
}

/// True for a row whose cost is averaged with the stock.
pub(super) fn adds_stock(values: &ProductValues) -> bool {
    values.stock_add.is_some_and(Quantity::is_positive)
}

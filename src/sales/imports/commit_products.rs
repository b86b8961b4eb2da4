//! Commits a file of products: categories, then products, then stock.

use std::collections::BTreeMap;

use files::read::staged::{ProductValues, RowState};
use kernel::{Amount, Quantity, ids::ProductId, product::PIECE};
use serde_json::{Map, Value, json};
use store::StoreError;

use super::{
    CHUNK, repo,
    stock::{WantedLine, fits, move_all, wanted},
    trace::{self, CostMoved},
    tree::Tree,
    work::{Done, Work, object, point_to_rows, stale},
};
use crate::{
    catalogue::products::{NewProduct, OrderingRule, ProductChange, ProductFields, StoredProduct},
    error::SalesResult,
    inventory::{locations, products::load_cards},
};

/// A row with an effect.
struct Row {
    line: i64,
    values: ProductValues,
    changes: Map<String, Value>,
}

pub(super) async fn commit(work: Work<'_>) -> SalesResult<Done> {
    let mut tree = Tree::load(work.tx).await?;
    let default = locations::default_location(work.tx).await?;
    let mut asked: Vec<WantedLine> = Vec::new();
    let mut costs: BTreeMap<ProductId, Amount> = BTreeMap::new();
    let (mut made, mut changed, mut after) = (0usize, 0usize, 0);
    loop {
        let staged = repo::rows_to_commit(work.tx, work.import.id, after, CHUNK).await?;
        let Some(last) = staged.last() else { break };
        after = last.row;
        let (mut new, mut old, mut same) = (Vec::new(), Vec::new(), Vec::new());
        for row in staged {
            let state = row.state;
            let row = Row {
                line: row.row,
                values: serde_json::from_value(row.values)
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?,
                changes: row.changes,
            };
            match state {
                RowState::New => new.push(row),
                RowState::Changed => old.push(row),
                // It changes no product, but its count is still true.
                RowState::Unchanged if row.values.stock_set.is_some() => same.push(row),
                RowState::Unchanged | RowState::Error => {}
            }
        }
        let opening = create(work, &mut tree, &new).await?;
        trace::note_made(work.tx, work.import.id, &opening).await?;
        costs.extend(change(work, &mut tree, &old, &same).await?);
        made += new.len();
        changed += old.len();
        for (row, id) in new.iter().zip(opening) {
            // Nothing of a new product can have been sold: its opening stock is no count.
            let begins_with = row.values.stock_set.or(row.values.stock_add);
            let cost = row.values.cost_minor.map(Amount::new).transpose()?;
            let wanted = wanted(work, (id, default), None, begins_with, cost);
            asked.extend(wanted.map(|wanted| (row.line, wanted)));
        }
        for row in old.iter().chain(&same) {
            let Some(id) = row.values.product_id else {
                continue;
            };
            let values = &row.values;
            let (set, add) = (values.stock_set, values.stock_add);
            let cost = values.cost_minor.map(Amount::new).transpose()?;
            let wanted = wanted(work, (id, default), set, add, cost);
            asked.extend(wanted.map(|wanted| (row.line, wanted)));
        }
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

async fn create(work: Work<'_>, tree: &mut Tree, rows: &[Row]) -> SalesResult<Vec<ProductId>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut products = Vec::with_capacity(rows.len());
    for row in rows {
        let values = &row.values;
        products.push(NewProduct {
            sku: values.sku.clone().unwrap_or_default(),
            name: values.name.clone().unwrap_or_default(),
            barcodes: values.barcodes.clone(),
            category_id: tree.find_or_make(work, &values.category).await?,
            unit: values.unit.clone().unwrap_or_else(|| PIECE.to_owned()),
            price_minor: Amount::new(values.price_minor.unwrap_or_default())?,
            cost_minor: Amount::new(values.cost_minor.unwrap_or_default())?,
            tax_rate_bp: values.tax_rate_bp.unwrap_or_default(),
            reorder_level: values.reorder_level.unwrap_or_default(),
            ordering: OrderingRule::default(),
            initial_stock: Quantity::ZERO,
        });
    }
    let lines: Vec<i64> = rows.iter().map(|row| row.line).collect();
    work.catalogue
        .create_products(work.tx, work.actor, &products)
        .await
        .map_err(|error| point_to_rows(error, "/", &lines))
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

//! Products in the database, a set at a time: one statement for any number of rows.

use std::collections::{HashMap, HashSet};

use kernel::{
    gtin,
    ids::{CategoryId, ProductId},
    text,
};
use serde_json::{Value, json};
use store::{ColumnKind, Dialect, Tx, insert_from_json, json_rows, to_json};

use super::{OrderingRule, StoredProduct, changed};
use crate::{catalogue::sort_key, error::SalesResult, search::search_text};

/// Rows of one statement: their JSON is about two megabytes.
const CHUNK: usize = 5_000;

const COLUMNS: &[(&str, ColumnKind)] = &[
    ("id", ColumnKind::Uuid),
    ("sku", ColumnKind::Text),
    ("sku_folded", ColumnKind::Text),
    ("name", ColumnKind::Text),
    ("name_folded", ColumnKind::Text),
    ("search_text", ColumnKind::Text),
    ("category_id", ColumnKind::Uuid),
    ("unit", ColumnKind::Text),
    ("price_minor", ColumnKind::Int),
    ("cost_minor", ColumnKind::Int),
    ("tax_rate_bp", ColumnKind::Int),
    ("reorder_level_milli", ColumnKind::Int),
    ("archived", ColumnKind::Bool),
    ("version", ColumnKind::Int),
    ("created_at_us", ColumnKind::Int),
    ("updated_at_us", ColumnKind::Int),
    ("lead_time_days", ColumnKind::Int),
    ("service_level_bp", ColumnKind::Int),
    ("sku_key", ColumnKind::Text),
    ("sku_conflict", ColumnKind::Int),
];

/// A row as a list of values: serde's tuples end at sixteen.
fn row(product: &StoredProduct) -> Value {
    json!([
        product.id,
        product.sku,
        sort_key(&product.sku),
        product.name,
        sort_key(&product.name),
        search_text(&product.name, &product.sku, &product.barcodes),
        product.category_id,
        product.unit,
        product.price_minor,
        product.cost_minor,
        product.tax_rate_bp,
        product.reorder_level.milli(),
        product.archived,
        product.version,
        product.created_at.micros(),
        product.updated_at.micros(),
        product.ordering.lead_time_days,
        product.ordering.service_level_bp,
        text::code_key(&product.sku),
        product.sku_conflict,
    ])
}

/// Writes new products with their barcodes.
pub(super) async fn insert(tx: &Tx, products: &[StoredProduct]) -> SalesResult<()> {
    let sql = insert_from_json(tx.dialect(), "products", COLUMNS, 1);
    for chunk in products.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(row).collect();
        tx.execute(&sql, [to_json(&rows).into()]).await?;
        note_changed(tx, chunk.iter());
    }
    insert_barcodes(tx, products.iter()).await
}

/// Writes changed products.
pub(super) async fn update(tx: &Tx, products: &[&StoredProduct]) -> SalesResult<()> {
    let assignments: Vec<String> = COLUMNS
        .iter()
        .filter(|(name, _)| !matches!(*name, "id" | "created_at_us"))
        .map(|(name, _)| format!("{name} = changed.{name}"))
        .collect();
    let source = json_rows(tx.dialect(), 1, COLUMNS);
    let sql = format!(
        "UPDATE products SET {} FROM {source} AS changed WHERE products.id = changed.id",
        assignments.join(", ")
    );
    for chunk in products.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|product| row(product)).collect();
        tx.execute(&sql, [to_json(&rows).into()]).await?;
        note_changed(tx, chunk.iter().copied());
    }
    Ok(())
}

/// For tills that fetch differences.
fn note_changed<'a>(tx: &Tx, products: impl Iterator<Item = &'a StoredProduct> + Clone) {
    if let Some(at) = products.clone().map(|product| product.updated_at).max() {
        changed::note(tx, at, products.map(|product| product.id));
    }
}

/// Replaces all barcodes of a set of products. All old ones are deleted first, since two products may
/// swap theirs.
pub(super) async fn replace_barcodes(tx: &Tx, products: &[&StoredProduct]) -> SalesResult<()> {
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "DELETE FROM product_barcodes WHERE product_id IN (SELECT id FROM {source} AS changed)"
    );
    for chunk in products.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|product| (product.id,)).collect();
        tx.execute(&sql, [to_json(&rows).into()]).await?;
    }
    insert_barcodes(tx, products.iter().copied()).await
}

async fn insert_barcodes<'a>(
    tx: &Tx,
    products: impl Iterator<Item = &'a StoredProduct>,
) -> SalesResult<()> {
    let rows: Vec<(&str, String, ProductId, usize)> = products
        .flat_map(|product| {
            product
                .barcodes
                .iter()
                .enumerate()
                .map(|(position, barcode)| {
                    let key = gtin::barcode_key(barcode);
                    (barcode.as_str(), key, product.id, position)
                })
        })
        .collect();
    let columns = &[
        ("barcode", ColumnKind::Text),
        ("barcode_key", ColumnKind::Text),
        ("product_id", ColumnKind::Uuid),
        ("position", ColumnKind::Int),
    ];
    let sql = insert_from_json(tx.dialect(), "product_barcodes", columns, 1);
    for chunk in rows.chunks(CHUNK) {
        tx.execute(&sql, [to_json(chunk).into()]).await?;
    }
    Ok(())
}

/// Reads products and locks them until the end of the transaction. Unknown ids are left out.
pub(super) async fn load(
    tx: &Tx,
    ids: &[ProductId],
) -> SalesResult<HashMap<ProductId, StoredProduct>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|id| (id,)).collect();
        let rows = to_json(&rows);
        let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        // Rows are locked in the order of the ids. SQLite has no row locks and needs none.
        let sql = format!(
            "SELECT {}, {} FROM products AS product WHERE product.id IN (SELECT wanted.id FROM {source} AS wanted)
             ORDER BY product.id{}",
            Stored::SELECT,
            Ordering::SELECT,
            tx.dialect().for_update()
        );
        let products = tx.select::<Stored>(&sql, [rows.as_str().into()]).await?;
        found.extend(products.into_iter().map(|product| (product.id, product)));
        let sql = format!(
            "SELECT {} FROM {source} AS wanted JOIN product_barcodes AS code ON code.product_id = wanted.id
             ORDER BY code.product_id, code.position",
            CodeOf::SELECT
        );
        for (id, code) in tx.select::<CodeOf>(&sql, [rows.into()]).await? {
            if let Some(product) = found.get_mut(&id) {
                product.barcodes.push(code);
            }
        }
    }
    Ok(found)
}

store::selection! {
    Stored of StoredProduct in product {
        id, sku, name, category_id, unit, price_minor, cost_minor, tax_rate_bp,
        reorder_level = reorder_level_milli, archived, sku_conflict, version, created_at = created_at_us,
        updated_at = updated_at_us,
    } then { ordering of Ordering } with { barcodes: Vec::new() }

    Ordering of OrderingRule in product { lead_time_days, service_level_bp }

    CodeOf in code (product_id: ProductId, barcode: String)
}

/// Those of the products that were ever moved. A sale moves stock, too.
pub(super) async fn moved_products(
    tx: &Tx,
    products: &[ProductId],
) -> SalesResult<HashSet<ProductId>> {
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT DISTINCT level.product_id FROM {source} AS wanted
         JOIN stock_levels AS level ON level.product_id = wanted.id AND level.seq > 0"
    );
    let mut moved = HashSet::new();
    for chunk in products.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|id| (id,)).collect();
        moved.extend(
            tx.values::<ProductId>(&sql, [to_json(&rows).into()])
                .await?,
        );
    }
    Ok(moved)
}

/// Those of the categories that exist and are in use. They cannot be archived meanwhile.
pub(super) async fn known_categories(
    tx: &Tx,
    ids: &HashSet<CategoryId>,
) -> SalesResult<HashSet<CategoryId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let lock = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " ORDER BY category.id FOR KEY SHARE",
    };
    let sql = format!(
        "SELECT category.id FROM categories AS category
         WHERE category.id IN (SELECT wanted.id FROM {source} AS wanted) AND NOT category.archived{lock}"
    );
    let known = tx.values(&sql, [to_json(&rows).into()]).await?;
    Ok(known.into_iter().collect())
}

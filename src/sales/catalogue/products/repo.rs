//! Products in the database, a set at a time: one statement for any number of rows.

use std::collections::{HashMap, HashSet};

use kernel::{
    gtin,
    ids::{CategoryId, ProductId},
    text,
};
use store::{
    ColumnKind::{self, Bool, Int, Text, Uuid},
    Columns, Dialect, Prepared, Record, Rows as _, Tx, json_rows, to_json,
};

use super::{OrderingRule, StoredProduct, changed};
use crate::{catalogue::sort_key, error::SalesResult, search::search_text};

/// Rows of one statement: their JSON is about two megabytes.
const CHUNK: usize = 5_000;

/// A product as it is written.
struct ProductRow<'a>(&'a StoredProduct);

impl Record for ProductRow<'_> {
    const TABLE: &'static str = "products";

    fn put<C: Columns>(&self, row: &mut C) {
        let product = self.0;
        let searched = search_text(&product.name, &product.sku, &product.barcodes);
        row.column("id", Uuid, product.id);
        row.column("sku", Text, product.sku.as_str());
        row.column("sku_folded", Text, sort_key(&product.sku));
        row.column("name", Text, product.name.as_str());
        row.column("name_folded", Text, sort_key(&product.name));
        row.column("search_text", Text, searched);
        row.column("category_id", Uuid, product.category_id);
        row.column("unit", Text, product.unit.as_str());
        row.column("price_minor", Int, product.price_minor);
        row.column("cost_minor", Int, product.cost_minor);
        row.column("tax_rate_bp", Int, product.tax_rate_bp);
        row.column("reorder_level_milli", Int, product.reorder_level.milli());
        row.column("archived", Bool, product.archived);
        row.column("version", Int, product.version);
        row.column("created_at_us", Int, product.created_at.micros());
        row.column("updated_at_us", Int, product.updated_at.micros());
        row.column("lead_time_days", Int, product.ordering.lead_time_days);
        row.column("service_level_bp", Int, product.ordering.service_level_bp);
        row.column("sku_key", Text, text::code_key(&product.sku));
        row.column("sku_conflict", Int, product.sku_conflict);
    }
}

/// A barcode of a product.
struct BarcodeRow<'a> {
    barcode: &'a str,
    product_id: ProductId,
    position: usize,
}

impl Record for BarcodeRow<'_> {
    const TABLE: &'static str = "product_barcodes";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("barcode", Text, self.barcode);
        row.column("barcode_key", Text, gtin::barcode_key(self.barcode));
        row.column("product_id", Uuid, self.product_id);
        row.column("position", Int, self.position);
    }
}

fn barcode_rows(product: &StoredProduct) -> impl Iterator<Item = BarcodeRow<'_>> {
    let barcodes = product.barcodes.iter().enumerate();
    barcodes.map(|(position, barcode)| BarcodeRow {
        barcode,
        product_id: product.id,
        position,
    })
}

/// The rows of new products with their barcodes.
pub(super) fn prepare(dialect: Dialect, products: &[StoredProduct]) -> Prepared {
    let rows: Vec<_> = products.iter().map(ProductRow).collect();
    let barcodes: Vec<_> = products.iter().flat_map(barcode_rows).collect();
    Prepared::of(dialect, &[&rows, &barcodes])
}

/// Writes the rows of new products.
pub(super) async fn insert(tx: &Tx, products: &[StoredProduct], rows: Prepared) -> SalesResult<()> {
    tx.insert_prepared(rows).await?;
    note_changed(tx, products.iter());
    Ok(())
}

/// Writes changed products.
pub(super) async fn update(tx: &Tx, products: &[&StoredProduct]) -> SalesResult<()> {
    for chunk in products.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().map(|product| ProductRow(product)).collect();
        let columns = rows.columns(true);
        let assignments: Vec<String> = columns
            .iter()
            .filter(|(name, _)| !matches!(*name, "id" | "created_at_us"))
            .map(|(name, _)| format!("{name} = changed.{name}"))
            .collect();
        let source = json_rows(tx.dialect(), 1, &columns);
        let sql = format!(
            "UPDATE products SET {} FROM {source} AS changed WHERE products.id = changed.id",
            assignments.join(", ")
        );
        tx.execute(&sql, [rows.to_json(true).into()]).await?;
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
    insert_barcodes(tx, products).await
}

async fn insert_barcodes(tx: &Tx, products: &[&StoredProduct]) -> SalesResult<()> {
    for chunk in products.chunks(CHUNK) {
        let rows: Vec<_> = chunk.iter().flat_map(|one| barcode_rows(one)).collect();
        tx.insert(&[&rows]).await?;
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

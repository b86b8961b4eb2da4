//! What the shop knows about the things that a file names: the facts for judging the file.

use std::collections::HashMap;

use files::read::{
    known::{Known, KnownCategory, KnownLevel, KnownPlace, KnownProduct, Named, RefundableLine},
    staged::ImportKind,
};
use kernel::{gtin, ids::ProductId, text};
use store::{ColumnKind, Dialect, Json, ReadDb, Source, json_rows, selection, to_json};

use super::{
    Imports,
    facts::{ASK, recorded_invoices},
};
use crate::{catalogue::in_conflict, error::SalesResult, inventory::locations};

/// Most categories that are read. A shop has a few hundred.
const MAX_CATEGORIES: usize = 100_000;
/// Most recorded lines in which the sale of a return is searched: the latest ones.
const MAX_REFUNDABLE: usize = 500_000;

selection! {
    Card of KnownProduct in product {
        id, sku, name, category_id, unit, price_minor, cost_minor, tax_rate_bp,
        reorder_level = reorder_level_milli, is_archived = archived,
        is_moved = "EXISTS (SELECT 1 FROM stock_levels level WHERE level.product_id = product.id AND level.seq > 0)",
        created_at = created_at_us,
    } then { barcodes as Json, is_in_conflict }

    Category of KnownCategory in category { id, parent_id, name }

    Level of KnownLevel in level { product_id, location_id, on_hand = on_hand_milli }

    Refundable of RefundableLine in line {
        sale_id, sale_line_id = id, product_id, unit_price_minor, discount_minor, sold = quantity_milli,
        remaining = "line.quantity_milli - line.refunded_milli", occurred_at = "sale.occurred_at_us",
    }
}

impl Imports {
    /// Reads everything about what a file names.
    pub(super) async fn know(&self, kind: ImportKind, named: &Named) -> SalesResult<Known> {
        let read = &self.ctx.read;
        let mut known = Known {
            products: products(read, named).await?,
            ..Known::default()
        };
        match kind {
            ImportKind::Products | ImportKind::Stock => {
                let all: Vec<_> = known.products.iter().map(|product| product.id).collect();
                known.levels = levels(read, &all).await?;
                known.places = places(read).await?;
            }
            ImportKind::Sales => {
                let comes_back = |product: &&KnownProduct| {
                    named.returned.contains(&text::code_key(&product.sku))
                };
                let returned = known.products.iter().filter(comes_back);
                let returned: Vec<_> = returned.map(|product| product.id).collect();
                known.refundable = refundable_lines(read, &returned).await?;
                known.invoices = recorded_invoices(Source::Read(read), &named.invoices).await?;
            }
        }
        if kind == ImportKind::Products {
            known.categories = categories(read).await?;
        }
        Ok(known)
    }
}

/// The products with one of the SKUs or barcodes, in any form.
async fn products(read: &ReadDb, named: &Named) -> SalesResult<Vec<KnownProduct>> {
    let by_sku = "products AS known ON known.sku_key = wanted.code";
    let by_barcode = "(SELECT barcode_key, product_id AS id FROM product_barcodes) AS known ON known.barcode_key = wanted.code";
    let mut found: HashMap<ProductId, KnownProduct> = HashMap::new();
    for chunk in named.skus.chunks(ASK) {
        let keys: Vec<_> = chunk.iter().map(|code| (text::code_key(code),)).collect();
        products_of(read, by_sku, to_json(&keys), &mut found).await?;
    }
    for chunk in named.barcodes.chunks(ASK) {
        let keys: Vec<_> = chunk
            .iter()
            .map(|code| (gtin::barcode_key(code),))
            .collect();
        products_of(read, by_barcode, to_json(&keys), &mut found).await?;
    }
    Ok(found.into_values().collect())
}

/// Adds the products that a join with the code keys finds.
async fn products_of(
    read: &ReadDb,
    join: &str,
    keys: String,
    found: &mut HashMap<ProductId, KnownProduct>,
) -> SalesResult<()> {
    let dialect = read.dialect();
    let source = json_rows(dialect, 1, &[("code", ColumnKind::Text)]);
    let barcodes = match dialect {
        Dialect::Sqlite => "json_group_array(code.barcode ORDER BY code.position)",
        Dialect::Postgres => {
            "CAST(COALESCE(json_agg(code.barcode ORDER BY code.position), '[]') AS text)"
        }
    };
    let sql = format!(
        "WITH chosen AS MATERIALIZED (
             SELECT * FROM products WHERE id IN (SELECT known.id FROM {source} AS wanted JOIN {join})
         )
         SELECT {}, (SELECT {barcodes} FROM product_barcodes code WHERE code.product_id = product.id) AS barcodes, {} AS is_in_conflict
         FROM chosen product",
        Card::SELECT,
        in_conflict("product")
    );
    let products = read.select::<Card>(&sql, [keys.into()]).await?;
    found.extend(products.into_iter().map(|product| (product.id, product)));
    Ok(())
}

async fn categories(read: &ReadDb) -> SalesResult<Vec<KnownCategory>> {
    let columns = Category::SELECT;
    let sql =
        format!("SELECT {columns} FROM categories AS category ORDER BY id LIMIT {MAX_CATEGORIES}");
    Ok(read.select::<Category>(&sql, []).await?)
}

async fn places(read: &ReadDb) -> SalesResult<Vec<KnownPlace>> {
    let found = locations::list(read).await?.into_iter();
    let place = found.map(|location| KnownPlace {
        id: location.id,
        name: location.name,
        is_default: location.is_default,
    });
    Ok(place.collect())
}

/// The stock of products at every location.
async fn levels(read: &ReadDb, products: &[ProductId]) -> SalesResult<Vec<KnownLevel>> {
    let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT {} FROM {source} AS wanted JOIN stock_levels AS level ON level.product_id = wanted.id",
        Level::SELECT
    );
    let mut levels = Vec::new();
    for chunk in products.chunks(ASK) {
        let ids: Vec<_> = chunk.iter().map(|id| (id,)).collect();
        levels.extend(read.select::<Level>(&sql, [to_json(&ids).into()]).await?);
    }
    Ok(levels)
}

/// The sale lines of products that can still be returned.
async fn refundable_lines(
    read: &ReadDb,
    products: &[ProductId],
) -> SalesResult<Vec<RefundableLine>> {
    let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let mut lines = Vec::new();
    for chunk in products.chunks(ASK) {
        let room = MAX_REFUNDABLE.saturating_sub(lines.len());
        let sql = format!(
            "SELECT {} FROM {source} AS wanted
             JOIN sale_lines AS line ON line.product_id = wanted.id
             JOIN sales AS sale ON sale.id = line.sale_id
             WHERE line.refunded_milli < line.quantity_milli AND sale.state <> 'voided'
             ORDER BY sale.occurred_at_us DESC LIMIT {room}",
            Refundable::SELECT
        );
        let ids: Vec<_> = chunk.iter().map(|id| (id,)).collect();
        lines.extend(
            read.select::<Refundable>(&sql, [to_json(&ids).into()])
                .await?,
        );
    }
    Ok(lines)
}

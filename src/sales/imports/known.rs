//! What the shop knows of the things that a file names: the facts by which the file is judged.

use std::collections::HashMap;

use files::read::{
    known::{Known, KnownCategory, KnownLevel, KnownPlace, KnownProduct, Named, RefundableLine},
    staged::ImportKind,
};
use kernel::{
    Quantity, Timestamp, gtin,
    ids::{CategoryId, LocationId, ProductId, SaleId, SaleLineId},
    text,
};
use store::{ColumnKind, Dialect, ReadDb, Row, StoreError, json_rows, to_json};
use uuid::Uuid;

use super::{
    Imports,
    facts::{ASK, Source, recorded_invoices},
};
use crate::{catalogue::in_conflict, error::SalesResult, inventory::locations};

/// Most categories that are read; a shop has a few hundred.
const MAX_CATEGORIES: usize = 100_000;
/// Most recorded lines among which the sale of a return is looked for: the latest ones.
const MAX_REFUNDABLE: usize = 500_000;

impl Imports {
    /// Asks the shop about everything that a file names.
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

/// The products that have one of the SKUs or barcodes, in any form of these codes.
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

/// Adds the products that a join with the keys of codes finds.
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
         SELECT product.id, product.sku, product.name, product.category_id, product.unit, product.price_minor,
                product.cost_minor, product.tax_rate_bp, product.reorder_level_milli, product.archived,
                (SELECT {barcodes} FROM product_barcodes code WHERE code.product_id = product.id),
                (SELECT COALESCE(MAX(level.seq), 0) FROM stock_levels level WHERE level.product_id = product.id),
                product.created_at_us, {}
         FROM chosen product",
        in_conflict("product")
    );
    for row in read.rows(&sql, [keys.into()]).await? {
        let product = product(&row)?;
        found.insert(product.id, product);
    }
    Ok(())
}

fn product(row: &Row) -> SalesResult<KnownProduct> {
    let barcodes: String = row.get(10)?;
    Ok(KnownProduct {
        id: ProductId::from_uuid(row.get(0)?),
        sku: row.get(1)?,
        name: row.get(2)?,
        category_id: row.get::<Option<Uuid>>(3)?.map(CategoryId::from_uuid),
        unit: row.get(4)?,
        price_minor: row.get(5)?,
        cost_minor: row.get(6)?,
        tax_rate_bp: row.get(7)?,
        reorder_level: Quantity::from_milli(row.get(8)?),
        is_archived: row.get(9)?,
        barcodes: serde_json::from_str(&barcodes)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        is_moved: row.get::<i64>(11)? > 0,
        created_at: Timestamp::from_micros(row.get(12)?),
        is_in_conflict: row.get(13)?,
    })
}

async fn categories(read: &ReadDb) -> SalesResult<Vec<KnownCategory>> {
    let sql =
        format!("SELECT id, parent_id, name FROM categories ORDER BY id LIMIT {MAX_CATEGORIES}");
    let rows = read.rows(&sql, []).await?;
    let category = |row: &Row| {
        Ok(KnownCategory {
            id: CategoryId::from_uuid(row.get(0)?),
            parent_id: row.get::<Option<Uuid>>(1)?.map(CategoryId::from_uuid),
            name: row.get(2)?,
        })
    };
    rows.iter().map(category).collect()
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

/// The stock of some products at every location.
async fn levels(read: &ReadDb, products: &[ProductId]) -> SalesResult<Vec<KnownLevel>> {
    let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT level.product_id, level.location_id, level.on_hand_milli
         FROM {source} AS wanted JOIN stock_levels AS level ON level.product_id = wanted.id"
    );
    let mut levels = Vec::new();
    for chunk in products.chunks(ASK) {
        let ids: Vec<_> = chunk.iter().map(|id| (id,)).collect();
        for row in read.rows(&sql, [to_json(&ids).into()]).await? {
            levels.push(KnownLevel {
                product_id: ProductId::from_uuid(row.get(0)?),
                location_id: LocationId::from_uuid(row.get(1)?),
                on_hand: Quantity::from_milli(row.get(2)?),
            });
        }
    }
    Ok(levels)
}

/// The sale lines of some products of which something can still come back.
async fn refundable_lines(
    read: &ReadDb,
    products: &[ProductId],
) -> SalesResult<Vec<RefundableLine>> {
    let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let mut lines = Vec::new();
    for chunk in products.chunks(ASK) {
        let room = MAX_REFUNDABLE.saturating_sub(lines.len());
        let sql = format!(
            "SELECT line.sale_id, line.id, line.product_id, line.unit_price_minor, line.discount_minor, line.quantity_milli, line.quantity_milli - line.refunded_milli, sale.occurred_at_us
             FROM {source} AS wanted
             JOIN sale_lines AS line ON line.product_id = wanted.id
             JOIN sales AS sale ON sale.id = line.sale_id
             WHERE line.refunded_milli < line.quantity_milli AND sale.state <> 'voided'
             ORDER BY sale.occurred_at_us DESC LIMIT {room}"
        );
        let ids: Vec<_> = chunk.iter().map(|id| (id,)).collect();
        for row in read.rows(&sql, [to_json(&ids).into()]).await? {
            lines.push(RefundableLine {
                sale_id: SaleId::from_uuid(row.get(0)?),
                sale_line_id: SaleLineId::from_uuid(row.get(1)?),
                product_id: ProductId::from_uuid(row.get(2)?),
                unit_price_minor: row.get(3)?,
                discount_minor: row.get(4)?,
                sold: Quantity::from_milli(row.get(5)?),
                remaining: Quantity::from_milli(row.get(6)?),
                occurred_at: Timestamp::from_micros(row.get(7)?),
            });
        }
    }
    Ok(lines)
}

//! The rows of each kind of file: their cells as typed values, with every issue of a row.

mod codes;
mod discount;
mod products;
mod sales;
mod stock;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    issues::Issues,
    known::{Named, each_once},
    staged::{RowState, StagedRow, StagedRows},
};

pub(super) use self::{
    discount::{Worth, warn_of_total},
    products::ProductRow,
    sales::{SaleRow, SaleRows, Words},
    stock::StockRow,
};

/// A row of products or of stock.
#[derive(Debug)]
pub struct Row<V> {
    /// Its line in the file.
    pub line: i64,
    /// What it says.
    pub values: V,
    /// Its errors and warnings.
    pub issues: Issues,
    /// What a commit would do with it; the judgement decides it.
    pub state: RowState,
    /// `field -> {old, new}` for a changed row; the judgement fills it.
    pub changes: Map<String, Value>,
}

impl<V> Row<V> {
    /// A row that is not judged yet.
    fn new(line: i64, values: V, issues: Issues) -> Self {
        Self {
            line,
            values,
            issues,
            state: RowState::Error,
            changes: Map::new(),
        }
    }
}

/// The rows as the preview shows them.
pub(super) fn stage<V: Serialize + Send + 'static>(rows: Vec<Row<V>>) -> StagedRows {
    Box::new(rows.into_iter().map(|row| StagedRow {
        row: row.line,
        state: row.state,
        values: serde_json::to_value(&row.values).unwrap_or_default(),
        changes: row.changes,
        issues: row.issues.render(),
    }))
}

/// What a file of products names.
pub(super) fn name_products(rows: &[ProductRow]) -> Named {
    let (mut skus, mut barcodes) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let own = row.values.sku.as_ref().or(row.values.barcodes.first());
        skus.extend(own.map(String::as_str));
        barcodes.extend(row.values.barcodes.iter().map(String::as_str));
    }
    Named {
        skus: each_once(skus),
        barcodes: each_once(barcodes),
        ..Named::default()
    }
}

/// What a file of stock names.
pub(super) fn name_stock(rows: &[StockRow]) -> Named {
    let (mut skus, mut barcodes) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        skus.extend(row.values.sku.as_deref());
        barcodes.extend(row.values.barcode.as_deref());
    }
    Named {
        skus: each_once(skus),
        barcodes: each_once(barcodes),
        ..Named::default()
    }
}

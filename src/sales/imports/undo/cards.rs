//! The products of a file, as they were: fields that nobody has changed since get their old values,
//! products that the file made are archived.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use files::read::staged::{ProductValues, RowState};
use kernel::ids::ProductId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::{ColumnKind, Source, json_rows, to_json};

use super::{Undo, kept::WhatStays};
use crate::{
    catalogue::products::{ProductChange, ProductFields, StoredProduct},
    error::SalesResult,
    imports::{
        CHUNK, ahead,
        commit_products::{adds_stock, present},
        repo,
        trace::{self, CostMoved, Trace},
        tree::Tree,
    },
    inventory::products::lock_products,
};

/// What was undone.
pub(super) struct Cards {
    pub archived: i64,
    pub restored: i64,
    /// Products that the file made and that stay.
    pub in_use: HashSet<ProductId>,
}

/// A row that changed fields.
struct ChangedRow {
    line: i64,
    product: ProductId,
    /// True where the cost of the row was averaged with the stock.
    adds_stock: bool,
    changes: Map<String, Value>,
}

pub(super) async fn undo(undo: Undo<'_>, kept: &mut WhatStays) -> SalesResult<Cards> {
    let work = undo.work;
    let trace = trace::load(work.tx, work.import.id).await?;
    let rows = changed_rows(undo).await?;
    let all = trace.made.iter().chain(trace.costs.keys()).copied();
    let all: BTreeSet<ProductId> = all.chain(rows.iter().map(|row| row.product)).collect();
    let all: Vec<ProductId> = all.into_iter().collect();
    for chunk in all.chunks(CHUNK) {
        lock_products(work.tx, chunk.iter().copied()).await?;
    }
    let restored = restore(undo, &trace, &rows, kept).await?;
    let in_use = trace::in_use(work.tx, work.import.id).await?;
    for product in trace.made.iter().filter(|made| in_use.contains(made)) {
        kept.product(*product);
    }
    let unused: Vec<ProductId> = trace
        .made
        .into_iter()
        .filter(|made| !in_use.contains(made))
        .collect();
    Ok(Cards {
        archived: archive(undo, &unused).await?,
        restored,
        in_use,
    })
}

/// Archives products; returns how many were not yet.
pub(super) async fn archive(undo: Undo<'_>, products: &[ProductId]) -> SalesResult<i64> {
    let work = undo.work;
    let mut archived = 0;
    for chunk in products.chunks(CHUNK) {
        let changes: Vec<ProductChange> = chunk.iter().map(|id| archiving(*id)).collect();
        let changed = work
            .catalogue
            .update_products(work.tx, work.actor, &changes)
            .await?;
        archived += i64::try_from(changed.len()).unwrap_or(i64::MAX);
    }
    Ok(archived)
}

fn archiving(id: ProductId) -> ProductChange {
    ProductChange {
        id,
        fields: ProductFields {
            archived: Some(true),
            ..ProductFields::default()
        },
    }
}

async fn changed_rows(undo: Undo<'_>) -> SalesResult<Vec<ChangedRow>> {
    let work = undo.work;
    let (mut rows, mut after) = (Vec::new(), 0);
    if work.import.kind != files::read::staged::ImportKind::Products {
        return Ok(rows);
    }
    loop {
        let source = Source::Tx(work.tx);
        let page = repo::rows_to_commit(source, work.import.id, after, CHUNK).await?;
        let Some(last) = page.last() else { break };
        after = last.line;
        let changed = page.into_iter();
        let changed = changed.filter(|row| row.state == RowState::Changed);
        for row in ahead::decode::<ProductValues>(changed)? {
            if let Some(product) = row.values.product_id {
                rows.push(ChangedRow {
                    line: row.line,
                    product,
                    adds_stock: adds_stock(&row.values),
                    changes: row.changes,
                });
            }
        }
    }
    Ok(rows)
}

/// Gives fields their old values; returns the number of products of which one changed.
async fn restore(
    undo: Undo<'_>,
    trace: &Trace,
    rows: &[ChangedRow],
    kept: &mut WhatStays,
) -> SalesResult<i64> {
    let work = undo.work;
    let tree = Tree::load(work.tx).await?;
    let of_row: BTreeMap<ProductId, &ChangedRow> =
        rows.iter().map(|row| (row.product, row)).collect();
    let ids: BTreeSet<ProductId> = of_row.keys().chain(trace.costs.keys()).copied().collect();
    let ids: Vec<ProductId> = ids.into_iter().collect();
    let mut restored = 0;
    for chunk in ids.chunks(CHUNK) {
        let stored = work.catalogue.load_products(work.tx, chunk).await?;
        let moved = moved(undo, chunk).await?;
        let mut changes = Vec::new();
        for id in chunk {
            let Some(product) = stored.get(id) else {
                continue;
            };
            let mut back = Back {
                product,
                tree: &tree,
                is_moved: moved.contains(id),
                fields: ProductFields::default(),
                row: None,
                kept,
            };
            if let Some(row) = of_row.get(id) {
                back.row(row);
            }
            if let Some(cost) = trace.costs.get(id) {
                back.cost(*cost);
            }
            if back.fields != ProductFields::default() {
                changes.push(ProductChange {
                    id: *id,
                    fields: back.fields,
                });
            }
        }
        let changed = work
            .catalogue
            .update_products(work.tx, work.actor, &changes)
            .await?;
        restored += i64::try_from(changed.len()).unwrap_or(i64::MAX);
    }
    Ok(restored)
}

/// Those of the products that were ever moved: their unit stays.
async fn moved(undo: Undo<'_>, ids: &[ProductId]) -> SalesResult<HashSet<ProductId>> {
    let tx = undo.work.tx;
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT DISTINCT level.product_id FROM {source} AS wanted
         JOIN stock_levels AS level ON level.product_id = wanted.id AND level.seq > 0"
    );
    let rows: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let moved = tx
        .values::<ProductId>(&sql, [to_json(&rows).into()])
        .await?;
    Ok(moved.into_iter().collect())
}

/// The fields of one product that go back.
struct Back<'a> {
    product: &'a StoredProduct,
    tree: &'a Tree,
    is_moved: bool,
    fields: ProductFields,
    row: Option<i64>,
    kept: &'a mut WhatStays,
}

impl Back<'_> {
    fn row(&mut self, row: &ChangedRow) {
        self.row = Some(row.line);
        for (field, change) in &row.changes {
            // Stock goes back by movements; a cost that was averaged is noted beside.
            if field == "on_hand" || (field == "cost_minor" && row.adds_stock) {
                continue;
            }
            let (old, new) = (change.get("old"), change.get("new"));
            let now = present(field, self.product, self.tree);
            if now.as_ref() == old {
                continue;
            }
            if now.as_ref() != new {
                self.stays(field, "It has another value than the file gave it.");
            } else if field == "unit" && self.is_moved {
                self.stays(field, "Something was moved or sold by this unit.");
            } else if !self.set(field, old.unwrap_or(&Value::Null)) {
                self.stays(field, "The old value cannot be given back.");
            }
        }
    }

    fn cost(&mut self, cost: CostMoved) {
        if self.product.cost_minor == cost.after_minor {
            self.fields.cost_minor = Some(cost.before_minor);
        } else if self.product.cost_minor != cost.before_minor {
            self.stays("cost_minor", "It has another value than the file gave it.");
        }
    }

    fn stays(&mut self, field: &str, why: &str) {
        self.kept.field(self.row, self.product.id, field, why);
    }

    /// Sets a field to its old value; `false` if that is none.
    fn set(&mut self, field: &str, old: &Value) -> bool {
        let fields = &mut self.fields;
        match field {
            "name" => give(&mut fields.name, old),
            "unit" => give(&mut fields.unit, old),
            "price_minor" => give(&mut fields.price_minor, old),
            "cost_minor" => give(&mut fields.cost_minor, old),
            "tax_rate_bp" => give(&mut fields.tax_rate_bp, old),
            "reorder_level" => give(&mut fields.reorder_level, old),
            "barcodes" => give(&mut fields.barcodes, old),
            "category" => {
                let mut path: Option<Vec<String>> = None;
                if old.is_null() {
                    fields.category_id = Some(None);
                } else if give(&mut path, old)
                    && let Some(id) = path.and_then(|path| self.tree.find(&path))
                {
                    fields.category_id = Some(Some(id));
                } else {
                    return false;
                }
                true
            }
            _ => false,
        }
    }
}

fn give<T: DeserializeOwned>(field: &mut Option<T>, value: &Value) -> bool {
    *field = serde_json::from_value(value.clone()).ok();
    field.is_some()
}

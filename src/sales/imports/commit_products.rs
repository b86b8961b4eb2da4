//! Commits a file of products: categories, then products, then stock.

use std::collections::{HashMap, HashSet};

use files::read::staged::{ProductValues, RowState};
use kernel::{
    Quantity,
    ids::{CategoryId, ProductId},
    product::PIECE,
    text::fold,
};
use serde_json::{Map, Value, json};
use store::{StoreError, Tx};

use super::{
    CHUNK, repo,
    stock::{WantedLine, fits, move_all, wanted},
    work::{Work, object, point_to_rows, stale},
};
use crate::{
    catalogue::products::{NewProduct, OrderingRule, ProductChange, ProductFields, StoredProduct},
    error::SalesResult,
    inventory::locations,
};

/// A row with an effect.
struct Row {
    line: i64,
    values: ProductValues,
    changes: Map<String, Value>,
}

pub(super) async fn commit(work: Work<'_>) -> SalesResult<Map<String, Value>> {
    let mut tree = Tree::load(work.tx).await?;
    let default = locations::default_location(work.tx).await?;
    let mut asked: Vec<WantedLine> = Vec::new();
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
        change(work, &mut tree, &old, &same).await?;
        made += new.len();
        changed += old.len();
        for (row, id) in new.iter().zip(opening) {
            // Nothing of a new product can have been sold: its opening stock is no count.
            let begins_with = row.values.stock_set.or(row.values.stock_add);
            let cost = row.values.cost_minor;
            let wanted = wanted(work, (id, default), None, begins_with, cost);
            asked.extend(wanted.map(|wanted| (row.line, wanted)));
        }
        for row in old.iter().chain(&same) {
            let Some(id) = row.values.product_id else {
                continue;
            };
            let values = &row.values;
            let (set, add) = (values.stock_set, values.stock_add);
            let wanted = wanted(work, (id, default), set, add, values.cost_minor);
            asked.extend(wanted.map(|wanted| (row.line, wanted)));
        }
    }
    move_all(work, asked).await?;
    Ok(object(json!({
        "products_new": made,
        "products_changed": changed,
        "categories_new": tree.made,
    })))
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
            price_minor: values.price_minor.unwrap_or_default(),
            cost_minor: values.cost_minor.unwrap_or_default(),
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
/// preview saw them.
async fn change(work: Work<'_>, tree: &mut Tree, rows: &[Row], same: &[Row]) -> SalesResult<()> {
    let ids: Vec<ProductId> = rows
        .iter()
        .chain(same)
        .filter_map(|row| row.values.product_id)
        .collect();
    if ids.is_empty() {
        return Ok(());
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
    Ok(())
}

/// The fields whose old value in the preview is not the present value.
fn overtaken_fields(row: &Row, before: &StoredProduct, tree: &Tree) -> Vec<String> {
    let is_archived = before.archived.then(|| "archived".to_owned());
    let moved = row.changes.iter().filter_map(|(field, change)| {
        let now = match field.as_str() {
            "name" => json!(before.name),
            "unit" => json!(before.unit),
            "price_minor" => json!(before.price_minor),
            "cost_minor" => json!(before.cost_minor),
            "tax_rate_bp" => json!(before.tax_rate_bp),
            "reorder_level" => json!(before.reorder_level),
            "barcodes" => json!(before.barcodes),
            "category" => json!(before.category_id.map(|id| tree.path(id))),
            // Stock is counted or added to, whatever was sold in between.
            _ => return None,
        };
        (change.get("old") != Some(&now)).then(|| field.clone())
    });
    let values = &row.values;
    let unit = values.unit.as_ref().unwrap_or(&before.unit);
    let is_divided = (!fits(unit, values.stock_set, values.stock_add)).then(|| "unit".to_owned());
    moved.chain(is_archived).chain(is_divided).collect()
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
    Ok(ProductFields {
        sku: None,
        name: values.name.clone().filter(|_| has("name")),
        barcodes,
        category_id,
        unit: values.unit.clone().filter(|_| has("unit")),
        price_minor: values.price_minor.filter(|_| has("price_minor")),
        // The cost of incoming goods is averaged with the stock (`move_all`).
        cost_minor: values
            .cost_minor
            .filter(|_| has("cost_minor") && !adds_stock(values)),
        tax_rate_bp: values.tax_rate_bp.filter(|_| has("tax_rate_bp")),
        reorder_level: values.reorder_level.filter(|_| has("reorder_level")),
        lead_time_days: None,
        service_level_bp: None,
        archived: None,
    })
}

fn adds_stock(values: &ProductValues) -> bool {
    values.stock_add.is_some_and(Quantity::is_positive)
}

/// The category tree by names.
struct Tree {
    children: HashMap<(Option<CategoryId>, String), CategoryId>,
    nodes: HashMap<CategoryId, (Option<CategoryId>, String)>,
    made: usize,
}

store::selection! {
    struct Node in category { id: CategoryId, parent_id: Option<CategoryId>, name: String }
}

impl Tree {
    async fn load(tx: &Tx) -> SalesResult<Self> {
        let mut tree = Self {
            children: HashMap::new(),
            nodes: HashMap::new(),
            made: 0,
        };
        let sql = format!("SELECT {} FROM categories AS category", Node::SELECT);
        for node in tx.select::<Node>(&sql, []).await? {
            tree.add(node.id, node.parent_id, node.name);
        }
        Ok(tree)
    }

    fn add(&mut self, id: CategoryId, parent: Option<CategoryId>, name: String) {
        self.children.insert((parent, fold(&name)), id);
        self.nodes.insert(id, (parent, name));
    }

    /// The names from the root down.
    fn path(&self, id: CategoryId) -> Vec<String> {
        let mut names = Vec::new();
        let (mut at, mut seen) = (Some(id), HashSet::new());
        while let Some((parent, name)) = at.and_then(|id| self.nodes.get(&id))
            && seen.insert(at)
        {
            names.push(name.clone());
            at = *parent;
        }
        names.reverse();
        names
    }

    /// The category at the end of a path. Missing categories are created.
    async fn find_or_make(
        &mut self,
        work: Work<'_>,
        path: &[String],
    ) -> SalesResult<Option<CategoryId>> {
        let mut parent = None;
        for name in path {
            let known = self.children.get(&(parent, fold(name))).copied();
            let id = if let Some(id) = known {
                id
            } else {
                let made = work
                    .catalogue
                    .create_category(work.tx, work.actor, name, parent)
                    .await?;
                self.add(made.id, parent, made.name);
                self.made += 1;
                made.id
            };
            parent = Some(id);
        }
        Ok(parent)
    }
}

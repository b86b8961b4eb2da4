//! What a commit notes about its file, so that it can be undone: the products that it made, the average
//! costs that its goods moved, and the document of its counts.

use std::collections::{BTreeMap, HashSet};

use kernel::{
    Amount,
    ids::{ImportId, ProductId},
};
use store::{
    ColumnKind::{Bool, Int, Uuid},
    Columns, Dialect, Prepared, Record, Tx, selection,
};

use super::CHUNK;
use crate::error::SalesResult;

/// The average cost of a product before and after a file, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CostMoved {
    pub before_minor: Amount,
    pub after_minor: Amount,
}

/// What is noted of a committed file.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The products that it made.
    pub made: Vec<ProductId>,
    /// The costs that it moved.
    pub costs: BTreeMap<ProductId, CostMoved>,
}

selection! {
    Header(is_traced: bool, count_id: Option<uuid::Uuid>)
    Noted(product_id: ProductId, is_made: bool, cost_before_minor: Option<Amount>, cost_after_minor: Option<Amount>)
}

/// What is noted of a product.
struct NoteRow {
    import_id: ImportId,
    product_id: ProductId,
    is_made: bool,
    cost: Option<CostMoved>,
}

impl Record for NoteRow {
    const TABLE: &'static str = "import_products";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("import_id", Uuid, self.import_id);
        row.column("product_id", Uuid, self.product_id);
        row.column("is_made", Bool, self.is_made);
        let cost = self.cost;
        row.optional("cost_before_minor", Int, cost.map(|cost| cost.before_minor));
        row.optional("cost_after_minor", Int, cost.map(|cost| cost.after_minor));
    }
}

/// The products that a file makes, to be noted in one statement.
pub(super) fn prepare_made(dialect: Dialect, id: ImportId, made: &[ProductId]) -> Prepared {
    let row = |product: &ProductId| NoteRow {
        import_id: id,
        product_id: *product,
        is_made: true,
        cost: None,
    };
    Prepared::of(dialect, &[&made.iter().map(row).collect::<Vec<_>>()])
}

/// Notes the costs that a file moves.
pub(super) async fn note_costs(
    tx: &Tx,
    id: ImportId,
    costs: &BTreeMap<ProductId, CostMoved>,
) -> SalesResult<()> {
    let mut rows = costs.iter().map(|(product, cost)| NoteRow {
        import_id: id,
        product_id: *product,
        is_made: false,
        cost: Some(*cost),
    });
    loop {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        tx.insert(&[&chunk]).await?;
    }
}

/// The document of the counts of a file; `None` if nothing was noted of the file at all.
pub(super) async fn count_of(tx: &Tx, id: ImportId) -> SalesResult<Option<Option<uuid::Uuid>>> {
    let sql = "SELECT is_traced, count_id FROM imports WHERE id = $1";
    let found = tx.select_one::<Header>(sql, [id.as_uuid().into()]).await?;
    Ok(found
        .filter(|(is_traced, _)| *is_traced)
        .map(|(_, count_id)| count_id))
}

/// What was noted of a file.
pub(super) async fn load(tx: &Tx, id: ImportId) -> SalesResult<Trace> {
    let sql = "SELECT product_id, is_made, cost_before_minor, cost_after_minor
               FROM import_products WHERE import_id = $1 ORDER BY product_id";
    let mut trace = Trace::default();
    for (product, is_made, before, after) in tx.select::<Noted>(sql, [id.as_uuid().into()]).await? {
        if is_made {
            trace.made.push(product);
        } else if let (Some(before_minor), Some(after_minor)) = (before, after) {
            let cost = CostMoved {
                before_minor,
                after_minor,
            };
            trace.costs.insert(product, cost);
        }
    }
    Ok(trace)
}

/// Those of the products that a file made which are in use: sold and not voided, or moved by something
/// else.
pub(super) async fn in_use(tx: &Tx, id: ImportId) -> SalesResult<HashSet<ProductId>> {
    let made = "(SELECT product_id FROM import_products WHERE import_id = $1 AND is_made)";
    let moved = format!(
        "SELECT DISTINCT movement.product_id FROM stock_movements AS movement
         WHERE movement.product_id IN {made} AND movement.kind NOT IN ('sale', 'refund', 'void')
           AND (movement.reference_id IS NULL OR movement.reference_id <> $1)"
    );
    let sold = format!(
        "SELECT DISTINCT line.product_id FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id
         WHERE line.product_id IN {made} AND sale.state <> 'voided'"
    );
    let mut used = HashSet::new();
    for sql in [moved, sold] {
        used.extend(tx.values::<ProductId>(&sql, [id.as_uuid().into()]).await?);
    }
    Ok(used)
}

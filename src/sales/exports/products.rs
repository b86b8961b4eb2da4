//! Products as rows: what an import of products reads, and what lay in stock.

use files::write::table::Value;
use kernel::Amount;

use super::{
    names::CategoryPaths,
    table::{ExportTable, Fault, amount, optional, percent, quantity},
    words::{Headings, Word},
};
use crate::{
    catalogue::{
        Catalogue,
        products::{Product, ProductFilter, ProductSort},
    },
    context::Context,
    error::SalesResult,
};

/// Products of a page.
const PAGE: u32 = 1_000;

/// The products that a filter finds, by when they were made.
pub(super) struct ProductRows {
    catalogue: Catalogue,
    filter: ProductFilter,
    cursor: Option<String>,
    paths: CategoryPaths,
    with_costs: bool,
}

impl ProductRows {
    pub(super) async fn new(
        ctx: &Context,
        filter: ProductFilter,
        with_costs: bool,
    ) -> SalesResult<Self> {
        Ok(Self {
            catalogue: Catalogue::new(ctx.clone()),
            filter,
            cursor: None,
            paths: CategoryPaths::read(&ctx.read).await?,
            with_costs,
        })
    }

    pub(super) fn headings(words: &Headings, with_costs: bool) -> Vec<Word> {
        let mut headings = vec![
            words.sku,
            words.name,
            words.barcode,
            words.category,
            words.unit,
            words.price,
        ];
        headings.extend(with_costs.then_some(words.cost));
        headings.extend([words.tax_rate, words.reorder_level, words.stock_at_export]);
        headings
    }

    /// Writes the next page; `false` after the last.
    pub(super) async fn write(&mut self, table: &mut ExportTable) -> Result<bool, Fault> {
        let cursor = self.cursor.take();
        let sort = ProductSort::Creation;
        let page = self
            .catalogue
            .products(&self.filter, sort, cursor.as_deref(), PAGE)
            .await?;
        for product in &page.items {
            self.write_row(product, table)?;
        }
        self.cursor = page.next_cursor;
        Ok(self.cursor.is_some())
    }

    fn write_row(&self, product: &Product, table: &mut ExportTable) -> Result<(), Fault> {
        let barcodes = product.barcodes.join("|");
        let category = product.category_id.map(|id| self.paths.of(id));
        let money = |money: Amount| amount(money.minor(), product.currency);
        let mut row = vec![
            Value::Text(&product.sku),
            Value::Text(&product.name),
            Value::Text(&barcodes),
            optional(category.as_deref()),
            Value::Text(&product.unit),
            money(product.price_minor),
        ];
        if self.with_costs {
            row.push(product.cost_minor.map_or(Value::Empty, money));
        }
        row.extend([
            percent(product.tax_rate_bp),
            quantity(product.reorder_level),
            quantity(product.on_hand),
        ]);
        Ok(table.push(&row)?)
    }
}

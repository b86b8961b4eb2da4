//! The rows of a file of stock.

use super::Row;
use crate::read::{
    Frame, cells::CellReader, fields::Field, issues::Issues, notation::Notation, record::Cells,
    staged::StockValues,
};

/// Longest code and longest name of a location, in characters.
const MAX_TEXT: usize = 200;

/// A row of a file of stock.
pub type StockRow = Row<StockValues>;

impl Row<StockValues> {
    /// Reads a record.
    pub fn read(cells: &Cells<'_>, frame: Frame, notation: Notation) -> Self {
        let mut reader = CellReader::new(cells, frame, notation);
        let values = StockValues {
            sku: reader.sku(MAX_TEXT),
            barcode: reader.barcode(MAX_TEXT),
            location: reader.short_text(Field::Location, MAX_TEXT),
            stock_set: reader.count(Field::StockSet),
            stock_add: reader.stock(Field::StockAdd),
            ..StockValues::default()
        };
        if cells.get(Field::Sku).is_none() && cells.get(Field::Barcode).is_none() {
            reader.issues.error(
                "sku",
                "",
                "import.missing",
                "A SKU or a barcode is expected.",
            );
        }
        check_stock_cells(cells, &mut reader.issues, true);
        Self::new(cells.line, values, reader.issues)
    }
}

/// A row has a count of the stock or an addition to it, not both.
pub(super) fn check_stock_cells(cells: &Cells<'_>, issues: &mut Issues, is_needed: bool) {
    match (cells.get(Field::StockSet), cells.get(Field::StockAdd)) {
        (Some(_), Some(added)) => issues.error(
            "stock_add",
            added,
            "import.set_and_add",
            "Either stock_set or stock_add is expected, not both.",
        ),
        (None, None) if is_needed => issues.error(
            "stock_set",
            "",
            "import.missing",
            "A quantity is expected in stock_set or stock_add.",
        ),
        _ => {}
    }
}

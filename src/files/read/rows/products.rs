//! The rows of a file of products.

use std::collections::HashSet;

use kernel::{
    gtin,
    product::{MAX_BARCODES, MAX_CATEGORY_DEPTH, MAX_CATEGORY_NAME, MAX_CODE, MAX_NAME, MAX_UNIT},
    text,
};

use super::{Row, stock::check_stock_cells};
use crate::read::{
    Frame, cells::CellReader, fields::Field, notation::Notation, staged::ProductValues,
    table::Cells,
};

/// Longest path of a category, in characters.
const MAX_PATH: usize = 500;

/// A row of a file of products.
pub type ProductRow = Row<ProductValues>;

impl Row<ProductValues> {
    /// Reads a record.
    pub fn read(cells: &Cells<'_>, frame: Frame, notation: Notation) -> Self {
        let mut reader = CellReader::new(cells, frame, notation);
        let values = ProductValues {
            sku: reader.sku(MAX_CODE),
            name: reader.name(Field::Name, MAX_NAME),
            barcodes: barcodes(&mut reader),
            category: category(&mut reader),
            unit: reader.code(Field::Unit, MAX_UNIT),
            price_minor: reader.amount(Field::Price),
            cost_minor: reader.amount(Field::Cost),
            tax_rate_bp: reader.tax_rate(),
            reorder_level: reader.stock(Field::ReorderLevel),
            stock_set: reader.count(Field::StockSet),
            stock_add: reader.stock(Field::StockAdd),
            ..ProductValues::default()
        };
        if cells.get(Field::Sku).is_none() && cells.get(Field::Barcode).is_none() {
            reader.issues.error(
                "sku",
                "",
                "import.missing",
                "A SKU or a barcode is expected.",
            );
        }
        check_stock_cells(cells, &mut reader.issues, false);
        Self::new(cells.line, values, reader.issues)
    }

    /// The codes of the row, with the field of each.
    pub fn keys(&self) -> impl Iterator<Item = (Field, &str)> {
        let sku = self.values.sku.iter().map(|sku| (Field::Sku, sku.as_str()));
        let codes = self.values.barcodes.iter();
        sku.chain(codes.map(|code| (Field::Barcode, code.as_str())))
    }
}

fn barcodes(reader: &mut CellReader<'_>) -> Vec<String> {
    let Some(text) = reader.text(Field::Barcode) else {
        return Vec::new();
    };
    let mut codes: Vec<String> = Vec::new();
    let (mut keys, mut is_lost) = (HashSet::new(), false);
    for code in cell_codes(text) {
        match gtin::written(code) {
            Ok(code) if keys.insert(gtin::barcode_key(&code)) => codes.push(code),
            Ok(_) => {}
            Err(_) => is_lost = true,
        }
    }
    let is_wrong = |code: &String| {
        code.chars().count() > MAX_CODE
            || !code
                .chars()
                .all(|c| text::has_visible(c.encode_utf8(&mut [0; 4])))
    };
    if is_lost || codes.len() > MAX_BARCODES || codes.iter().any(is_wrong) {
        reader.issues.error(
            Field::Barcode.as_str(),
            text,
            "import.not_a_barcode",
            "Barcodes of at most 64 characters are expected, at most 20 of them. A spreadsheet turns long ones into 5.4E+12: format the column as text.",
        );
        return Vec::new();
    }
    codes
}

/// The barcodes of a cell. A comma separates them, unless the cell is one number with decimals.
fn cell_codes(text: &str) -> impl Iterator<Item = &str> {
    let is_one = gtin::has_lost_digits(text) || gtin::written(text).is_ok_and(|code| code != text);
    let separators: &'static [char] = if is_one {
        &[]
    } else {
        &[',', ';', '|', ' ', '\n', '\r', '/']
    };
    text.split(separators).filter(|code| !code.is_empty())
}

fn category(reader: &mut CellReader<'_>) -> Vec<String> {
    let Some(path) = reader.short_text(Field::Category, MAX_PATH) else {
        return Vec::new();
    };
    // `A > B, C` is a list of two categories, of which a product can have one.
    let first = match path.split_once(',') {
        Some((first, _)) if path.contains('>') => {
            reader.issues.warning(
                Field::Category.as_str(),
                &path,
                "import.several_categories",
                "A product has one category: the first one is taken.",
            );
            first
        }
        _ => path.as_str(),
    };
    let names: Vec<String> = first
        .split('>')
        .map(|name| name.trim().to_owned())
        .collect();
    let is_wrong =
        |name: &String| name.chars().count() > MAX_CATEGORY_NAME || !text::has_visible(name);
    if names.len() > usize::from(MAX_CATEGORY_DEPTH) || names.iter().any(is_wrong) {
        reader.issues.error(
            Field::Category.as_str(),
            &path,
            "import.not_a_category",
            "A category such as Boissons or Boissons > Sucrées is expected, at most 8 names deep.",
        );
        return Vec::new();
    }
    names
}

//! The rows of a file of products.

use std::collections::HashSet;

use kernel::{
    gtin,
    product::{MAX_BARCODES, MAX_CATEGORY_DEPTH, MAX_CATEGORY_NAME, MAX_CODE, MAX_NAME, MAX_UNIT},
    text,
};

use super::{Row, codes::code_of, stock::check_stock_cells};
use crate::read::{
    Frame,
    cells::CellReader,
    fields::Field,
    headers::TaxBasis,
    notation::Notation,
    presets::{Habit, is_no_option},
    record::Cells,
    staged::ProductValues,
};

/// Longest path of a category, in characters.
const MAX_PATH: usize = 500;

/// A row of a file of products.
pub type ProductRow = Row<ProductValues>;

impl Row<ProductValues> {
    /// Reads a record.
    pub fn read(cells: &Cells<'_>, frame: Frame, notation: Notation) -> Self {
        let mut reader = CellReader::new(cells, frame, notation);
        let name = name(&mut reader);
        let sku = reader.sku(MAX_CODE);
        let has_code = cells.get(Field::Sku).is_some() || cells.get(Field::Barcode).is_some();
        let made = match &name {
            Some(name) if cells.makes_codes && !has_code => code_of(name),
            _ => None,
        };
        let values = ProductValues {
            sku_generated: made.is_some(),
            sku: sku.or(made),
            name,
            barcodes: barcodes(&mut reader),
            category: category(&mut reader),
            unit: reader.code(Field::Unit, MAX_UNIT),
            price_minor: reader.amount(Field::Price),
            cost_minor: reader.amount(Field::Cost),
            price_basis: cells
                .columns()
                .basis(Field::Price)
                .filter(|basis| *basis != frame.prices),
            cost_has_tax: cells.columns().basis(Field::Cost) == Some(TaxBasis::WithTax),
            archived: reader.is_archived(),
            tax_rate_bp: reader.tax_rate().or_else(|| reader.flagged_rate()),
            reorder_level: reader.stock(Field::ReorderLevel),
            stock_set: reader.count(Field::StockSet),
            stock_add: reader.stock(Field::StockAdd),
            ..ProductValues::default()
        };
        if !has_code && values.sku.is_none() {
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

/// The name, and beside it the values of the options that make a variant of it.
fn name(reader: &mut CellReader<'_>) -> Option<String> {
    let name = reader.name(Field::Name, MAX_NAME)?;
    let options = [Field::FirstOption, Field::SecondOption, Field::ThirdOption];
    let values = options.into_iter().filter_map(|field| reader.text(field));
    let values: Vec<&str> = values
        .filter(|value| !is_no_option(value) && !name.ends_with(&format!(" - {value}")))
        .collect();
    if values.is_empty() {
        return Some(name);
    }
    let whole = format!("{name} - {}", values.join(" / "));
    if whole.chars().count() > MAX_NAME {
        reader.issues.error(
            Field::Name.as_str(),
            &whole,
            "import.too_long",
            format!("At most {MAX_NAME} characters are expected, options included."),
        );
        return None;
    }
    Some(whole)
}

fn barcodes(reader: &mut CellReader<'_>) -> Vec<String> {
    let Some(text) = reader.text(Field::Barcode) else {
        return Vec::new();
    };
    let mut codes: Vec<String> = Vec::new();
    let (mut keys, mut is_lost) = (HashSet::new(), false);
    let mut written = cell_codes(text).map(gtin::written).peekable();
    while let Some(code) = written.next() {
        match code {
            // One alone, as in most files, is there once.
            Ok(code) if codes.is_empty() && written.peek().is_none() => codes.push(code),
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
    let habits = reader.habits();
    let is_list = habits.has(Habit::CategoryList);
    // `A > B, C` is a list of two categories, of which a product can have one.
    let first = match path.split_once(',') {
        Some((first, _)) if is_list || path.contains('>') => {
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
    let has_root = habits.has(Habit::CategoryRoot);
    let sign = if has_root { '/' } else { '>' };
    let mut names: Vec<String> = first
        .split(sign)
        .map(|name| name.trim().to_owned())
        .collect();
    // Every category of that system begins with the same one.
    let first = names.first().map(|name| text::fold(name));
    if has_root && names.len() > 1 && first.as_deref() == Some("all") {
        names.remove(0);
    }
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

//! Files of products, stock and sales history: read, validated, and held against the shop.
//!
//! Pure but for the questions that [`Reading::look_up`] asks the catalogue through its port: what
//! comes in is bytes and facts, what goes out is a [`Preview`]. Staging it and making it so is the
//! business of `sales`.
//!
//! ```text
//! bytes -> sniff (encoding, separator) -> table (limits, header row) -> columns (mapping)
//!       -> writing (order of dates, decimal sign: of all rows together)
//!       -> one reader a kind (numbers, dates, all issues of a row) -> judge (new, changed, ...)
//! ```

pub mod columns;
mod currency;
mod discount;
mod headers;
mod issue;
mod known_codes;
mod moment;
mod number;
mod products;
mod returns;
mod sales;
mod sniff;
mod stock;
mod table;
mod writing;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono_tz::Tz;
use kernel::{
    Code, Currency, Problem, Timestamp,
    ids::ProductId,
    import::{ImportKind, PlaceFacts, Preview, RecordedHistory, RowIssue},
    read::{CatalogRead, CategoryFacts, LevelFacts, ProductFacts, ReadError, ShopFacts},
    text,
};
use serde_json::{Map, Value};

use table::Sheet;
use writing::{Evidence, Writing};

pub use columns::Mapping;
pub use table::MAX_BYTES;
pub use writing::{DateOrder, DecimalSign};

/// Most codes in one question to the catalogue.
const LOOK_UP: usize = 10_000;
/// Most categories that are read; a shop has a few hundred.
const MAX_CATEGORIES: u32 = 100_000;

/// What a file is read against, before the catalogue is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub currency: Currency,
    pub zone: Tz,
    pub now: Timestamp,
    pub writing: Writing,
}

/// A file that was read: typed rows with what is wrong in themselves.
#[derive(Debug)]
pub struct Reading {
    mapping: Map<String, Value>,
    issues: Vec<RowIssue>,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Products(Vec<products::Row>),
    Stock(Vec<stock::Row>),
    Sales(sales::History),
}

/// What the shop knows of what a file names.
#[derive(Debug, Default)]
pub struct Known {
    /// Products that carry a SKU or a barcode of the file.
    pub products: Vec<ProductFacts>,
    /// Every category.
    pub categories: Vec<CategoryFacts>,
    /// For sales: what is recorded already, and what may come back.
    pub history: RecordedHistory,
    /// For products and stock: the locations.
    pub places: Vec<PlaceFacts>,
    /// For products and stock: what lies there of [`Self::products`].
    pub levels: Vec<LevelFacts>,
}

/// Reads a file. Heavy: call it off the request threads.
///
/// # Errors
/// `request.body_too_large`, `import.unreadable`, `import.columns_missing`,
/// `money.currency_mismatch`.
pub fn read_file(
    kind: ImportKind,
    bytes: &[u8],
    mapping: &Mapping,
    shop: &ShopFacts,
    now: Timestamp,
) -> Result<Reading, Problem> {
    check_currency(mapping, shop.currency)?;
    let sheet = Sheet::open(kind, bytes, mapping)?;
    let (mut evidence, mut filled) = (Evidence::default(), BTreeSet::new());
    sheet.read(|cells| {
        evidence.note(cells);
        filled.extend(cells.unnamed());
    })?;
    let writing = evidence.settle(mapping, sheet.separator());
    let frame = Frame {
        currency: shop.currency,
        zone: shop.time_zone,
        now,
        writing,
    };
    let rows = match kind {
        ImportKind::Products => {
            let mut rows = Vec::new();
            sheet.read(|cells| rows.push(products::Row::read(cells, frame)))?;
            Rows::Products(rows)
        }
        ImportKind::Stock => {
            let mut rows = Vec::new();
            sheet.read(|cells| rows.push(stock::Row::read(cells, frame)))?;
            Rows::Stock(rows)
        }
        ImportKind::Sales => {
            let mut history = sales::History::default();
            sheet.read(|cells| history.read(cells, frame))?;
            Rows::Sales(history)
        }
    };
    let mut issues = sheet.issues(&filled);
    issues.extend(writing.issues());
    Ok(Reading {
        mapping: sheet.describe(writing),
        issues,
        rows,
    })
}

fn check_currency(mapping: &Mapping, base: Currency) -> Result<(), Problem> {
    match &mapping.currency {
        Some(code) if code != base.code() => Err(Problem::new(
            Code::CurrencyMismatch,
            format!("The shop keeps its books in {base}; amounts in another currency cannot be imported."),
        )
        .at_pointer("/mapping/currency")),
        _ => Ok(()),
    }
}

impl Reading {
    /// What the file holds.
    #[must_use]
    pub const fn kind(&self) -> ImportKind {
        match self.rows {
            Rows::Products(_) => ImportKind::Products,
            Rows::Stock(_) => ImportKind::Stock,
            Rows::Sales(_) => ImportKind::Sales,
        }
    }

    /// Asks the catalogue for what the file names: products and, where it matters, categories.
    ///
    /// # Errors
    /// Those of the port.
    pub async fn look_up(&self, catalog: &dyn CatalogRead) -> Result<Known, ReadError> {
        let (skus, barcodes) = self.codes();
        let mut found: HashMap<ProductId, ProductFacts> = HashMap::new();
        for chunk in skus.chunks(LOOK_UP) {
            for product in catalog.products_by_sku(chunk).await? {
                found.insert(product.id, product);
            }
        }
        for chunk in barcodes.chunks(LOOK_UP) {
            for product in catalog.products_by_barcode(chunk).await? {
                found.insert(product.id, product);
            }
        }
        let categories = match self.rows {
            Rows::Products(_) => catalog.categories(MAX_CATEGORIES).await?,
            Rows::Stock(_) | Rows::Sales(_) => Vec::new(),
        };
        Ok(Known {
            products: found.into_values().collect(),
            categories,
            ..Known::default()
        })
    }

    /// The SKUs and the barcodes of the file, each once.
    fn codes(&self) -> (Vec<String>, Vec<String>) {
        let (mut skus, mut barcodes) = (BTreeSet::new(), BTreeSet::new());
        match &self.rows {
            Rows::Products(rows) => {
                for row in rows {
                    let own = row.values.sku.as_ref().or(row.values.barcodes.first());
                    skus.extend(own.map(String::as_str));
                    barcodes.extend(row.values.barcodes.iter().map(String::as_str));
                }
            }
            Rows::Stock(rows) => {
                for row in rows {
                    skus.extend(row.values.sku.as_deref());
                    barcodes.extend(row.values.barcode.as_deref());
                }
            }
            Rows::Sales(history) => skus.extend(history.skus()),
        }
        let owned = |set: BTreeSet<&str>| set.into_iter().map(str::to_owned).collect();
        (owned(skus), owned(barcodes))
    }

    /// The invoice numbers of a file of sales, each once.
    #[must_use]
    pub fn invoices(&self) -> Vec<String> {
        match &self.rows {
            Rows::Sales(history) => history.invoices(),
            Rows::Products(_) | Rows::Stock(_) => Vec::new(),
        }
    }

    /// The known products that a file of sales brings back, each once.
    #[must_use]
    pub fn returned_products(&self, known: &[ProductFacts]) -> Vec<ProductId> {
        match &self.rows {
            Rows::Sales(history) => {
                let skus = history.returned_skus();
                let returned: HashSet<String> = skus.into_iter().map(text::code_key).collect();
                let is_returned =
                    |facts: &&ProductFacts| returned.contains(&text::code_key(&facts.sku));
                known
                    .iter()
                    .filter(is_returned)
                    .map(|facts| facts.id)
                    .collect()
            }
            Rows::Products(_) | Rows::Stock(_) => Vec::new(),
        }
    }

    /// Holds the file against the shop. Heavy: call it off the request threads.
    #[must_use]
    pub fn judge(self, known: &Known, shop: &ShopFacts) -> Preview {
        let preview = match self.rows {
            Rows::Products(rows) => products::judge(rows, self.mapping, known),
            Rows::Stock(rows) => stock::judge(rows, self.mapping, known),
            Rows::Sales(history) => history.judge(self.mapping, known, shop),
        };
        Preview {
            issues: self.issues,
            ..preview
        }
    }
}

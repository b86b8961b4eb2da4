//! A file of sales history compared with the shop.
//!
//! - A row is about the product that has its SKU; the commit creates those that are missing, unless
//!   the code is not a product code (unknown, and fewer than three digits: `POST`, `D`, `C2`).
//! - A return becomes a refund of the line that [`super::returns`] finds, in the file or in the shop.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::{Currency, Timestamp, ids::ProductId, money, product::PIECE, text};
use serde_json::{Map, Value, json};

use super::{
    known_codes::KnownCodes,
    object,
    returns::{NOT_RECORDED, Returned, Sold, match_returns},
    stock::check_whole,
};
use crate::read::{
    Frame,
    fields::Field,
    issues::count,
    known::{Known, KnownProduct, RefundableLine},
    rows::{SaleRow, SaleRows, Words, Worth, warn_of_total},
    staged::{ImportKind, Preview, ReturnedLine, RowCounts, RowState, StagedRow},
};

/// Fewest digits in the code of a product that the shop does not have.
const FEWEST_DIGITS: usize = 3;

/// The products of the shop by SKU.
type Products<'a> = HashMap<&'a str, &'a KnownProduct>;

/// Judges the rows of a file of sales.
pub fn judge(file: SaleRows, mapping: Map<String, Value>, known: &Known, frame: Frame) -> Preview {
    let SaleRows {
        mut words,
        mut rows,
        trusts_codes,
        ..
    } = file;
    unify_skus(&mut rows, &mut words, &KnownCodes::skus(&known.products));
    let products: Products<'_> = known
        .products
        .iter()
        .map(|product| (product.sku.as_str(), product))
        .collect();
    check_invoices(&mut rows, &words, known);
    let fewest = if trusts_codes { 0 } else { FEWEST_DIGITS };
    check_products(&mut rows, &words, &products, fewest);
    check_days(&mut rows, &words, frame.time_zone);
    let mut sources = Sources::default();
    sources.add_recorded(&words, &products, &known.refundable);
    sources.add_rows(&rows);
    sources.match_returns(&mut rows, &words, frame.currency);
    let mut counts = RowCounts::default();
    for row in &rows {
        count(&mut counts, row.state(), &row.issues);
    }
    let effects = effects(&rows, &words, &products, frame.time_zone);
    let rows = rows.into_iter().map(move |row| StagedRow {
        row: row.line,
        state: row.state(),
        values: serde_json::to_value(row.values(&words)).unwrap_or_default(),
        changes: Map::new(),
        issues: row.issues.render(),
    });
    Preview {
        kind: ImportKind::Sales,
        mapping,
        rows: Box::new(rows),
        counts,
        effects,
        issues: Vec::new(),
    }
}

/// Gives the rows of a product one SKU, however each of them writes it: the one of the shop, or else
/// the first of the file.
fn unify_skus(rows: &mut [SaleRow], words: &mut Words, known: &KnownCodes<'_>) {
    let mut first: HashMap<String, u32> = HashMap::new();
    let mut unified: HashMap<u32, u32> = HashMap::from([(0, 0)]);
    for row in rows {
        let number = unified.get(&row.sku).copied().unwrap_or_else(|| {
            let sku = words.text(row.sku).unwrap_or_default();
            match known.find(sku) {
                Some(product) => words.number(Some(product.sku.clone())),
                None => *first.entry(text::code_key(sku)).or_insert(row.sku),
            }
        });
        unified.insert(row.sku, number);
        row.sku = number;
    }
}

/// Refuses rows of invoices that the shop has recorded already.
fn check_invoices(rows: &mut [SaleRow], words: &Words, known: &Known) {
    let recorded: HashSet<&str> = known.invoices.iter().map(String::as_str).collect();
    for row in rows {
        let invoice = words.text(row.invoice).unwrap_or_default();
        if recorded.contains(invoice) {
            row.issues.error(
                "invoice",
                invoice,
                "import.already_imported",
                "An invoice that the shop has not recorded yet is expected.",
            );
        }
    }
}

/// Checks the code and the unit of the product of each row.
fn check_products(rows: &mut [SaleRow], words: &Words, products: &Products<'_>, fewest: usize) {
    for row in rows {
        let Some(sku) = words.text(row.sku) else {
            continue;
        };
        let unit = match products.get(sku) {
            Some(product) => product.unit.as_str(),
            None if sku.bytes().filter(u8::is_ascii_digit).count() < fewest => {
                row.issues.error(
                    "sku",
                    sku,
                    "import.not_a_product",
                    "A product of the shop is expected, or a product code with at least three digits.",
                );
                continue;
            }
            None => PIECE,
        };
        check_whole(unit, row.quantity, Field::Quantity, &mut row.issues);
    }
}

/// Warns of invoices whose lines were sold on different days: where a till restarts its numbers every
/// day, the lines of all days would become one sale.
fn check_days(rows: &mut [SaleRow], words: &Words, zone: Tz) {
    let mut first: HashMap<u32, (i64, NaiveDate)> = HashMap::new();
    for row in rows {
        let (Some(at), false) = (row.at, row.invoice == 0 || row.is_return()) else {
            continue;
        };
        let day = at.date_in(zone);
        let (line, expected) = *first.entry(row.invoice).or_insert((row.line, day));
        if day != expected {
            row.issues.warning(
                "invoice",
                words.text(row.invoice).unwrap_or_default(),
                "import.invoice_dates_differ",
                format!("Line {line} is of {expected}, this one of {day}: they would become one sale. Are these two invoices? Then put the date into their numbers."),
            );
        }
    }
}

/// A line that may come back, and what it was sold for.
struct Source {
    line: ReturnedLine,
    /// Without tax that comes on top.
    net: i64,
    /// Thousandths.
    sold: i64,
}

impl Source {
    /// What a part of it is worth.
    fn share(&self, quantity: i64) -> i64 {
        money::proportion(self.net, quantity, self.sold)
    }
}

/// The lines that may come back, and those that do.
#[derive(Default)]
struct Sources {
    sold: Vec<Sold>,
    /// Where each of `sold` comes from, at the same position.
    origins: Vec<Source>,
    returned: Vec<Returned>,
    /// The row of each of `returned`, at the same position.
    positions: Vec<usize>,
}

impl Sources {
    /// Adds lines that the shop has recorded.
    fn add_recorded(
        &mut self,
        words: &Words,
        products: &Products<'_>,
        refundable: &[RefundableLine],
    ) {
        let numbers: HashMap<ProductId, u32> = products
            .iter()
            .filter_map(|(sku, product)| Some((product.id, words.find(sku)?)))
            .collect();
        for recorded in refundable {
            let Some(product) = numbers.get(&recorded.product_id) else {
                continue;
            };
            let source = Source {
                line: ReturnedLine::Recorded {
                    sale_id: recorded.sale_id,
                    sale_line_id: recorded.sale_line_id,
                },
                net: money::extend(recorded.unit_price_minor, recorded.sold)
                    .unwrap_or_default()
                    .saturating_sub(recorded.discount_minor),
                sold: recorded.sold.milli(),
            };
            self.sold.push(Sold {
                product: *product,
                price: recorded.unit_price_minor,
                net_price: source.share(1000),
                customer: NOT_RECORDED,
                at: recorded.occurred_at,
                remaining: recorded.remaining.milli(),
            });
            self.origins.push(source);
        }
    }

    /// Adds the good rows of the file.
    fn add_rows(&mut self, rows: &[SaleRow]) {
        for (position, row) in rows.iter().enumerate() {
            let (Some(quantity), Some(at), Some(price), Some(worth), false) = (
                row.quantity,
                row.at,
                row.price,
                row.worth,
                row.issues.has_errors(),
            ) else {
                continue;
            };
            let source = Source {
                line: ReturnedLine::Row(row.line),
                net: worth.net(),
                sold: quantity.milli().saturating_abs(),
            };
            let net_price = source.share(1000);
            if quantity.is_positive() {
                self.sold.push(Sold {
                    product: row.sku,
                    price,
                    net_price,
                    customer: row.customer,
                    at,
                    remaining: quantity.milli(),
                });
                self.origins.push(source);
            } else {
                self.positions.push(position);
                self.returned.push(Returned {
                    product: row.sku,
                    price,
                    net_price,
                    customer: row.customer,
                    at,
                    quantity: -quantity.milli(),
                });
            }
        }
    }

    /// Finds the line of each return. A return without one is an error.
    fn match_returns(self, rows: &mut [SaleRow], words: &Words, currency: Currency) {
        let found = match_returns(&self.sold, &self.returned);
        for (position, found) in self.positions.into_iter().zip(found) {
            let Some(row) = rows.get_mut(position) else {
                continue;
            };
            let quantity = row.quantity.unwrap_or_default();
            let Some(source) = found.and_then(|index| self.origins.get(index)) else {
                let sku = words.text(row.sku).unwrap_or_default();
                row.issues.error(
                    "quantity",
                    &quantity.to_string(),
                    "import.return_without_sale",
                    format!("An earlier sale line of {sku} at the same price with enough left to come back is expected."),
                );
                continue;
            };
            row.returns = Some(source.line);
            // A share of a line with a discount comes back: the row should say the same amount, give
            // or take one minor unit.
            let back = source.share(quantity.milli().saturating_abs());
            let said = row.worth.map_or(0, Worth::net);
            if back.abs_diff(said) > 1 && !row.issues.has_column(Field::Total.as_str()) {
                warn_of_total(&mut row.issues, "", currency, back, said);
            }
        }
    }
}

/// What a commit of the good rows would do.
fn effects(
    rows: &[SaleRow],
    words: &Words,
    products: &Products<'_>,
    zone: Tz,
) -> Map<String, Value> {
    let (mut sales, mut refunds) = (BTreeSet::new(), BTreeSet::new());
    let mut new_products = BTreeSet::new();
    let (mut revenue, mut discounts, mut refunded) = (0i64, 0i64, 0i64);
    let (mut first, mut last) = (None, None);
    for row in rows {
        let (RowState::New, Some(quantity), Some(worth)) = (row.state(), row.quantity, row.worth)
        else {
            continue;
        };
        if quantity.is_positive() {
            sales.insert(row.invoice);
            revenue = revenue.saturating_add(worth.net());
            discounts = discounts.saturating_add(worth.discount);
        } else {
            refunds.insert(row.invoice);
            revenue = revenue.saturating_sub(worth.net());
            refunded = refunded.saturating_add(worth.net());
        }
        let sku = words.text(row.sku);
        if sku.is_some_and(|sku| !products.contains_key(sku)) {
            new_products.insert(row.sku);
        }
        first = first.into_iter().chain(row.at).min();
        last = last.into_iter().chain(row.at).max();
    }
    let mut effects = object(json!({
        "sales": sales.len(),
        "returns": refunds.len(),
        "products_new": new_products.len(),
        "revenue_minor": revenue,
        "discounts_minor": discounts,
        "refunds_minor": refunded,
        "stock_value_minor": 0,
    }));
    let day = |at: Timestamp| at.date_in(zone).to_string();
    if let (Some(from), Some(to)) = (first.map(day), last.map(day)) {
        effects.insert("from".to_owned(), from.into());
        effects.insert("to".to_owned(), to.into());
    }
    effects
}

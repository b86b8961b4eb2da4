//! A file of sales history: lines of invoices, and what came back.
//!
//! - A line is about the product that carries its SKU; the commit makes those that are missing,
//!   unless the code is no product code (unknown, and fewer than three digits: `POST`, `D`, `C2`).
//! - A negative quantity, or an invoice number that begins with `C` and a digit, is a return. It
//!   becomes a refund of the line that [`super::returns`] finds, in the file or in the shop.
//! - A line is worth price times quantity less its discounts ([`super::discount`]).
//! - Lines that are alike in every cell are taken, each with a warning: a shop that sells the same
//!   thing twice on a receipt writes exactly that.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
};

use chrono::NaiveDate;
use kernel::{
    Currency, Quantity, Timestamp,
    ids::ProductId,
    import::{
        ImportKind, Preview, RefundableLine, ReturnedLine, RowCounts, RowState, SaleValues,
        StagedRow,
    },
    money,
    read::{ProductFacts, ShopFacts},
    text,
};
use serde_json::{Map, Value, json};

use super::{
    Frame, Known,
    discount::{self, Worth},
    headers::Field,
    issue::{CellReader, Issues, count},
    known_codes::KnownCodes,
    returns::{NOT_RECORDED, Returned, Sold, match_returns},
    stock::{check_whole, object},
    table::Cells,
};

/// Longest invoice number, SKU and customer.
const MAX_CODE: usize = 64;
/// Longest name.
const MAX_NAME: usize = 200;
/// Fewest digits in the code of a product that nobody knows yet.
const FEWEST_DIGITS: usize = 3;

/// Texts that stand on many lines, kept once. Zero is no text.
#[derive(Debug, Default)]
struct Words {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Words {
    fn number(&mut self, text: Option<String>) -> u32 {
        let Some(text) = text else { return 0 };
        if let Some(number) = self.numbers.get(text.as_str()) {
            return *number;
        }
        let text: Box<str> = text.into();
        self.texts.push(text.clone());
        // A file has at most 500,000 rows with a few texts each.
        let number = u32::try_from(self.texts.len()).unwrap_or(0);
        self.numbers.insert(text, number);
        number
    }

    fn text(&self, number: u32) -> Option<&str> {
        let position = usize::try_from(number).ok()?.checked_sub(1)?;
        self.texts.get(position).map(AsRef::as_ref)
    }
}

#[derive(Debug)]
struct Line {
    row: i64,
    invoice: u32,
    sku: u32,
    name: u32,
    customer: u32,
    quantity: Option<Quantity>,
    at: Option<Timestamp>,
    price: Option<i64>,
    worth: Option<Worth>,
    returns: Option<ReturnedLine>,
    issues: Issues,
}

/// Every line of a file.
#[derive(Debug, Default)]
pub struct History {
    words: Words,
    lines: Vec<Line>,
    /// Fingerprint of a record -> the line on which it stood first.
    seen: HashMap<u64, i64>,
    hashing: RandomState,
}

impl History {
    /// Reads a record.
    pub(super) fn read(&mut self, cells: &Cells<'_>, frame: Frame) {
        let mut reader = CellReader::new(cells, frame);
        for field in [
            Field::Invoice,
            Field::Sku,
            Field::Quantity,
            Field::Date,
            Field::Price,
        ] {
            reader.require(field);
        }
        let invoice = reader.short_text(Field::Invoice, MAX_CODE);
        let is_cancellation = invoice.as_deref().is_some_and(is_cancellation);
        let quantity = match reader.quantity(Field::Quantity) {
            Some(quantity) if quantity.is_zero() => {
                reader.issues.error(
                    "quantity",
                    "0",
                    "import.quantity_zero",
                    "A quantity other than zero is expected.",
                );
                None
            }
            Some(quantity) if is_cancellation && quantity.is_positive() => Some(-quantity),
            other => other,
        };
        let price = match reader.amount(Field::Price) {
            Some(0) => {
                reader.issues.error(
                    "price",
                    reader.text(Field::Price).unwrap_or_default(),
                    "import.price_zero",
                    "A price above zero is expected.",
                );
                None
            }
            other => other,
        };
        let at = reader.moment(Field::Date);
        let name = reader
            .joined_name(Field::Name)
            .map(|name| name.chars().take(MAX_NAME).collect());
        let sku = reader.sku(MAX_CODE);
        let customer = reader.short_text(Field::Customer, MAX_CODE);
        let fingerprint = self
            .hashing
            .hash_one(cells.record.iter().collect::<Vec<_>>());
        if let Some(first) = self.seen.get(&fingerprint) {
            reader.issues.warning(
                "",
                "",
                "import.duplicate_line",
                format!(
                    "Line {first} is the same in every cell. It will be imported all the same."
                ),
            );
        } else {
            self.seen.insert(fingerprint, cells.line);
        }
        let worth = discount::read(&mut reader, frame.currency, price, quantity);
        self.lines.push(Line {
            row: cells.line,
            invoice: self.words.number(invoice),
            sku: self.words.number(sku),
            name: self.words.number(name),
            customer: self.words.number(customer),
            quantity,
            at,
            price,
            worth,
            returns: None,
            issues: reader.issues,
        });
    }

    fn distinct(&self, word: impl Fn(&Line) -> u32) -> BTreeSet<&str> {
        let numbers: BTreeSet<u32> = self.lines.iter().map(word).collect();
        numbers
            .into_iter()
            .filter_map(|number| self.words.text(number))
            .collect()
    }

    /// Every SKU.
    pub fn skus(&self) -> BTreeSet<&str> {
        self.distinct(|line| line.sku)
    }

    /// Every invoice number.
    pub fn invoices(&self) -> Vec<String> {
        let numbers = self.distinct(|line| line.invoice);
        numbers.into_iter().map(str::to_owned).collect()
    }

    /// The SKUs of which something comes back.
    pub fn returned_skus(&self) -> BTreeSet<&str> {
        self.distinct(|line| if line.is_return() { line.sku } else { 0 })
    }

    /// Holds the lines against the shop.
    pub fn judge(
        mut self,
        mapping: Map<String, Value>,
        known: &Known,
        shop: &ShopFacts,
    ) -> Preview {
        self.settle_skus(&KnownCodes::skus(&known.products));
        let products: HashMap<&str, &ProductFacts> = known
            .products
            .iter()
            .map(|facts| (facts.sku.as_str(), facts))
            .collect();
        self.check_against_shop(&products, known);
        self.check_days(shop);
        self.match_returns(&products, &known.history.refundable, shop.currency);
        let mut counts = RowCounts::default();
        for line in &self.lines {
            count(&mut counts, line.state(), &line.issues);
        }
        let effects = self.effects(&products, shop);
        let Self { words, lines, .. } = self;
        let rows = lines.into_iter().map(move |line| StagedRow {
            row: line.row,
            state: line.state(),
            values: serde_json::to_value(line.values(&words)).unwrap_or_default(),
            changes: Map::new(),
            issues: line.issues.render(),
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

    /// Gives the lines of a product one SKU, however each writes it: the one that the shop has, or
    /// else the first of the file.
    fn settle_skus(&mut self, known: &KnownCodes<'_>) {
        let Self { words, lines, .. } = self;
        let mut first: HashMap<String, u32> = HashMap::new();
        let mut settled: HashMap<u32, u32> = HashMap::from([(0, 0)]);
        for line in lines {
            let number = settled.get(&line.sku).copied().unwrap_or_else(|| {
                let sku = words.text(line.sku).unwrap_or_default();
                match known.find(sku) {
                    Some(facts) => words.number(Some(facts.sku.clone())),
                    None => *first.entry(text::code_key(sku)).or_insert(line.sku),
                }
            });
            settled.insert(line.sku, number);
            line.sku = number;
        }
    }

    fn check_against_shop(&mut self, products: &HashMap<&str, &ProductFacts>, known: &Known) {
        let recorded: HashSet<&str> = known.history.invoices.iter().map(String::as_str).collect();
        for line in &mut self.lines {
            let invoice = self.words.text(line.invoice).unwrap_or_default();
            if recorded.contains(invoice) {
                line.issues.error(
                    "invoice",
                    invoice,
                    "import.already_imported",
                    "An invoice that the shop has not recorded yet is expected.",
                );
            }
            let Some(sku) = self.words.text(line.sku) else {
                continue;
            };
            match products.get(sku) {
                Some(facts) => {
                    check_whole(
                        &facts.unit,
                        line.quantity,
                        Field::Quantity,
                        &mut line.issues,
                    );
                }
                None if sku.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS => {
                    line.issues.error(
                        "sku",
                        sku,
                        "import.not_a_product",
                        "A product of the shop is expected, or a product code with at least three digits.",
                    );
                }
                None => check_whole("piece", line.quantity, Field::Quantity, &mut line.issues),
            }
        }
    }

    /// Warns of invoices whose lines were sold on different days: a till whose numbers begin anew
    /// every day would have all of them become one sale.
    fn check_days(&mut self, shop: &ShopFacts) {
        let mut first: HashMap<u32, (i64, NaiveDate)> = HashMap::new();
        for line in &mut self.lines {
            let (Some(at), false) = (line.at, line.invoice == 0 || line.is_return()) else {
                continue;
            };
            let day = at.date_in(shop.time_zone);
            let (row, expected) = *first.entry(line.invoice).or_insert((line.row, day));
            if day != expected {
                line.issues.warning(
                    "invoice",
                    self.words.text(line.invoice).unwrap_or_default(),
                    "import.invoice_dates_differ",
                    format!("Line {row} is of {expected}, this one of {day}: they would become one sale. Are these two invoices? Then put the date into their numbers."),
                );
            }
        }
    }

    fn match_returns(
        &mut self,
        products: &HashMap<&str, &ProductFacts>,
        refundable: &[RefundableLine],
        currency: Currency,
    ) {
        let numbers: HashMap<ProductId, u32> = products
            .iter()
            .filter_map(|(sku, facts)| Some((facts.id, *self.words.numbers.get(*sku)?)))
            .collect();
        let (mut sold, mut sources) = (Vec::new(), Vec::new());
        let (mut returned, mut positions) = (Vec::new(), Vec::new());
        for recorded in refundable {
            if let Some(product) = numbers.get(&recorded.product_id) {
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
                sold.push(Sold {
                    product: *product,
                    price: recorded.unit_price_minor,
                    net_price: source.share(1000),
                    customer: NOT_RECORDED,
                    at: recorded.occurred_at,
                    remaining: recorded.remaining.milli(),
                });
                sources.push(source);
            }
        }
        for (position, line) in self.lines.iter().enumerate() {
            let (Some(quantity), Some(at), Some(price), Some(worth), false) = (
                line.quantity,
                line.at,
                line.price,
                line.worth,
                line.issues.has_errors(),
            ) else {
                continue;
            };
            let source = Source {
                line: ReturnedLine::Row(line.row),
                net: worth.net(),
                sold: quantity.milli().saturating_abs(),
            };
            let net_price = source.share(1000);
            if quantity.is_positive() {
                sold.push(Sold {
                    product: line.sku,
                    price,
                    net_price,
                    customer: line.customer,
                    at,
                    remaining: quantity.milli(),
                });
                sources.push(source);
            } else {
                positions.push(position);
                returned.push(Returned {
                    product: line.sku,
                    price,
                    net_price,
                    customer: line.customer,
                    at,
                    quantity: -quantity.milli(),
                });
            }
        }
        let found = match_returns(&sold, &returned);
        for (position, found) in positions.into_iter().zip(found) {
            let Some(line) = self.lines.get_mut(position) else {
                continue;
            };
            let source = found.and_then(|index| sources.get(index));
            line.returns = source.map(|source| source.line);
            let quantity = line.quantity.unwrap_or_default();
            let Some(source) = source else {
                let sku = self.words.text(line.sku).unwrap_or_default();
                line.issues.error(
                    "quantity",
                    &quantity.to_string(),
                    "import.return_without_sale",
                    format!("An earlier sale line of {sku} at the same price with enough left to come back is expected."),
                );
                continue;
            };
            // Of a line that was reduced, a share comes back: to a minor unit what the row says.
            let (back, told) = (
                source.share(quantity.milli().saturating_abs()),
                line.worth.map_or(0, Worth::net),
            );
            if back.abs_diff(told) > 1 && !line.issues.has_column(Field::Total.as_str()) {
                discount::warn_of_total(&mut line.issues, "", currency, back, told);
            }
        }
    }

    fn effects(
        &self,
        products: &HashMap<&str, &ProductFacts>,
        shop: &ShopFacts,
    ) -> Map<String, Value> {
        let (mut sales, mut refunds) = (BTreeSet::new(), BTreeSet::new());
        let mut new_products = BTreeSet::new();
        let (mut revenue, mut discounts, mut refunded) = (0i64, 0i64, 0i64);
        let (mut first, mut last) = (None, None);
        for line in &self.lines {
            let (RowState::New, Some(quantity), Some(worth)) =
                (line.state(), line.quantity, line.worth)
            else {
                continue;
            };
            if quantity.is_positive() {
                sales.insert(line.invoice);
                revenue = revenue.saturating_add(worth.net());
                discounts = discounts.saturating_add(worth.discount);
            } else {
                refunds.insert(line.invoice);
                revenue = revenue.saturating_sub(worth.net());
                refunded = refunded.saturating_add(worth.net());
            }
            if self
                .words
                .text(line.sku)
                .is_some_and(|sku| !products.contains_key(sku))
            {
                new_products.insert(line.sku);
            }
            first = first.map_or(line.at, |at: Timestamp| line.at.map(|other| at.min(other)));
            last = last.map_or(line.at, |at: Timestamp| line.at.map(|other| at.max(other)));
        }
        let day = |at: Option<Timestamp>| at.map(|at| at.date_in(shop.time_zone).to_string());
        let mut effects = object(json!({
            "sales": sales.len(),
            "returns": refunds.len(),
            "products_new": new_products.len(),
            "revenue_minor": revenue,
            "discounts_minor": discounts,
            "refunds_minor": refunded,
            "stock_value_minor": 0,
        }));
        if let (Some(from), Some(to)) = (day(first), day(last)) {
            effects.insert("from".to_owned(), from.into());
            effects.insert("to".to_owned(), to.into());
        }
        effects
    }
}

/// A line that something may bring back, and what it was sold for.
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

impl Line {
    fn is_return(&self) -> bool {
        self.quantity.is_some_and(|quantity| quantity.milli() < 0)
    }

    fn state(&self) -> RowState {
        if self.issues.has_errors() {
            RowState::Error
        } else {
            RowState::New
        }
    }

    fn values(&self, words: &Words) -> SaleValues {
        let text = |number| words.text(number).map(str::to_owned);
        SaleValues {
            invoice: text(self.invoice),
            sku: text(self.sku),
            name: text(self.name),
            quantity: self.quantity,
            occurred_at: self.at,
            unit_price_minor: self.price,
            discount_minor: self
                .worth
                .map(|worth| worth.discount)
                .filter(|discount| *discount != 0),
            customer: text(self.customer),
            returns: self.returns,
        }
    }
}

/// `C536379` cancels; `CASH-1` does not.
fn is_cancellation(invoice: &str) -> bool {
    let mut characters = invoice.chars();
    matches!(characters.next(), Some('C' | 'c'))
        && characters.next().is_some_and(|c| c.is_ascii_digit())
}

//! A sales history in memory: compact lines, and their pure rules.

use std::collections::{BTreeMap, HashMap};

use files::read::staged::{ReturnedLine, SaleValues};
use kernel::{Quantity, Timestamp};

/// Texts that many lines share, stored once.
#[derive(Debug, Default)]
pub(super) struct SharedTexts {
    numbers: HashMap<Box<str>, usize>,
    texts: Vec<Box<str>>,
}

impl SharedTexts {
    pub(super) fn number(&mut self, text: String) -> usize {
        if let Some(number) = self.numbers.get(text.as_str()) {
            return *number;
        }
        let text: Box<str> = text.into();
        let number = self.texts.len();
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    pub(super) fn text(&self, number: usize) -> &str {
        self.texts.get(number).map_or("", AsRef::as_ref)
    }
}

/// A sold line.
#[derive(Debug)]
pub(super) struct SoldLine {
    pub row: i64,
    pub sku: usize,
    pub quantity: Quantity,
    pub unit_price_minor: i64,
    /// Discount on the whole line.
    pub discount_minor: i64,
}

/// An invoice: its sold lines in the order of the file.
#[derive(Debug)]
pub(super) struct Invoice {
    pub number: usize,
    pub at: Timestamp,
    pub lines: Vec<SoldLine>,
}

/// A returned line.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReturnLine {
    pub number: usize,
    pub row: i64,
    pub at: Timestamp,
    pub of: ReturnedLine,
    /// The returned quantity, positive.
    pub quantity: Quantity,
}

/// A whole file.
#[derive(Debug, Default)]
pub(super) struct History {
    pub invoice_numbers: SharedTexts,
    pub skus: SharedTexts,
    invoices: BTreeMap<usize, Invoice>,
    returns: Vec<ReturnLine>,
    names: HashMap<(usize, String), (usize, i64)>,
    prices: HashMap<usize, Vec<i64>>,
}

impl History {
    /// Adds a row; `false` if it lacks something that every good row has.
    #[must_use]
    pub(super) fn add(&mut self, row: i64, values: SaleValues) -> bool {
        let (Some(number), Some(sku), Some(quantity), Some(at), Some(price)) = (
            values.invoice,
            values.sku,
            values.quantity,
            values.occurred_at,
            values.unit_price_minor,
        ) else {
            return false;
        };
        let (number, sku) = (self.invoice_numbers.number(number), self.skus.number(sku));
        if let Some(name) = values.name {
            self.names.entry((sku, name)).or_insert((0, row)).0 += 1;
        }
        if quantity.is_positive() {
            self.prices.entry(sku).or_default().push(price);
            let invoice = self.invoices.entry(number).or_insert_with(|| Invoice {
                number,
                at,
                lines: Vec::new(),
            });
            invoice.at = invoice.at.min(at);
            invoice.lines.push(SoldLine {
                row,
                sku,
                quantity,
                unit_price_minor: price,
                discount_minor: values.discount_minor.unwrap_or(0),
            });
            return true;
        }
        let Some(of) = values.returns else {
            return false;
        };
        self.returns.push(ReturnLine {
            number,
            row,
            at,
            of,
            quantity: -quantity,
        });
        true
    }

    /// Name and price for products that the shop does not know: the most frequent name (the earlier
    /// one of equals) or the SKU, and the median price of its sold lines (the lower of two, so that
    /// it is a real price).
    #[must_use]
    pub(super) fn describe(&self, skus: &[usize]) -> HashMap<usize, (String, i64)> {
        let mut described: HashMap<usize, (String, i64)> = skus
            .iter()
            .map(|sku| {
                let mut prices = self.prices.get(sku).cloned().unwrap_or_default();
                prices.sort_unstable();
                let middle = prices.len().saturating_sub(1) / 2;
                let price = prices.get(middle).copied().unwrap_or(0);
                (*sku, (self.skus.text(*sku).to_owned(), price))
            })
            .collect();
        let mut best: HashMap<usize, (usize, i64)> = HashMap::new();
        for ((sku, name), (count, row)) in &self.names {
            let Some(slot) = described.get_mut(sku) else {
                continue;
            };
            let leads = best
                .get(sku)
                .is_none_or(|(most, first)| count > most || (count == most && row < first));
            if leads {
                best.insert(*sku, (*count, *row));
                slot.0.clone_from(name);
            }
        }
        described
    }

    /// Every SKU by number.
    pub(super) fn sku_numbers(&self) -> impl Iterator<Item = usize> {
        0..self.skus.texts.len()
    }

    /// Every invoice number.
    pub(super) fn numbers(&self) -> Vec<String> {
        self.invoice_numbers
            .texts
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// The invoices in the order of time, and the returns in the order of the file.
    pub(super) fn into_documents(self) -> Documents {
        let mut invoices: Vec<Invoice> = self.invoices.into_values().collect();
        invoices
            .sort_by_key(|invoice| (invoice.at, invoice.lines.first().map_or(0, |line| line.row)));
        Documents {
            invoices,
            returns: self.returns,
            numbers: self.invoice_numbers,
        }
    }
}

/// The documents of a file.
#[derive(Debug)]
pub(super) struct Documents {
    /// In the order of time.
    pub invoices: Vec<Invoice>,
    /// In the order of the file.
    pub returns: Vec<ReturnLine>,
    /// The invoice numbers.
    pub numbers: SharedTexts,
}

impl Documents {
    /// The place of each row: its invoice, and its line in the invoice.
    pub(super) fn places(&self) -> HashMap<i64, (usize, usize)> {
        let mut places = HashMap::new();
        for (place, invoice) in self.invoices.iter().enumerate() {
            for (position, line) in invoice.lines.iter().enumerate() {
                places.insert(line.row, (place, position));
            }
        }
        places
    }
}

/// The supply that a history of one product needs (positive is sold, negative comes back). Returns
/// the stock needed at the start, so that no balance is negative, and what is left at the end. Their
/// difference is exactly what the history takes out.
#[must_use]
pub(super) fn supply_of(taken: impl IntoIterator<Item = i64>) -> (i64, i64) {
    let (mut out, mut deepest) = (0i64, 0i64);
    for quantity in taken {
        out = out.saturating_add(quantity);
        deepest = deepest.max(out);
    }
    (deepest, deepest.saturating_sub(out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(invoice: &str, sku: &str, name: Option<&str>, quantity: i64, price: i64) -> SaleValues {
        SaleValues {
            invoice: Some(invoice.to_owned()),
            sku: Some(sku.to_owned()),
            name: name.map(str::to_owned),
            quantity: Some(Quantity::from_units(quantity)),
            occurred_at: Some(Timestamp::from_micros(1)),
            unit_price_minor: Some(price),
            ..SaleValues::default()
        }
    }

    #[test]
    fn an_unknown_product_gets_its_usual_name_and_its_middle_price() {
        let mut history = History::default();
        for (row, name, price) in [
            (2, Some("Tea"), 100),
            (3, Some("TEA BOX"), 900),
            (4, Some("TEA BOX"), 200),
            (5, None, 300),
        ] {
            assert!(history.add(row, line("1", "85123A", name, 1, price)));
        }
        assert!(history.add(6, line("2", "22222", None, 1, 50)));
        let skus: Vec<usize> = history.sku_numbers().collect();
        let described = history.describe(&skus);
        assert_eq!(described[&0], ("TEA BOX".to_owned(), 200));
        assert_eq!(described[&1], ("22222".to_owned(), 50));
    }

    proptest! {
        #[test]
        fn no_balance_is_negative_and_nothing_is_left_behind(taken in prop::collection::vec(-50i64..50, 0..60)) {
            let (supply, rest) = supply_of(taken.iter().copied());
            let mut balance = supply;
            for quantity in &taken {
                balance -= quantity;
                prop_assert!(balance >= 0);
            }
            prop_assert!(rest >= 0);
            prop_assert_eq!(balance - rest, 0);
            // No more is brought in than needed.
            let mut balance = supply;
            let runs_dry = taken.iter().any(|quantity| {
                balance -= quantity;
                balance == 0
            });
            prop_assert!(supply == 0 || runs_dry);
        }
    }
}

//! What an undo leaves as it is, because something depends on it.

use kernel::ids::{ProductId, SaleId};

use crate::{imports::undone::ImportKept, inventory::undone::Reliance};

/// Things that are named; the others are counted only.
const MAX_NAMED: usize = 1_000;

/// All of them: the first ones, and their number.
#[derive(Debug, Default)]
pub(super) struct WhatStays {
    named: Vec<ImportKept>,
    count: i64,
}

impl WhatStays {
    fn add(&mut self, make: impl FnOnce() -> ImportKept) {
        self.count += 1;
        if self.named.len() < MAX_NAMED {
            self.named.push(make());
        }
    }

    /// A field that somebody has changed since.
    pub(super) fn field(&mut self, row: Option<i64>, product: ProductId, field: &str, why: &str) {
        self.add(|| ImportKept {
            row,
            field: Some(field.to_owned()),
            ..of_product(product, "undo.changed_since", why)
        });
    }

    /// A product that the file made, and that is in use.
    pub(super) fn product(&mut self, product: ProductId) {
        let why = "The product was sold or moved since: it stays, with its stock.";
        self.add(|| of_product(product, "undo.product_used", why));
    }

    /// Stock on which something relies.
    pub(super) fn stock(&mut self, product: ProductId, reliance: Reliance) {
        let (code, why) = match reliance {
            Reliance::GoodsLeft => (
                "undo.stock_used",
                "Goods that came with the file have left since: the stock stays as it is. Count it.",
            ),
            Reliance::CountUsed => (
                "undo.count_used",
                "Entries that came later rely on the count of the file: the stock stays as it is. Count it.",
            ),
        };
        self.add(|| of_product(product, code, why));
    }

    /// A sale of which goods came back since.
    pub(super) fn sale(&mut self, sale: SaleId) {
        let why = "Something of the sale was refunded since: it stays.";
        self.add(|| of_sale(sale, "undo.sale_refunded", why));
    }

    /// A refund of the file for a sale that did not come with it.
    pub(super) fn refund(&mut self, sale: SaleId) {
        let why = "The return belongs to a sale that did not come with this file: it stays.";
        self.add(|| of_sale(sale, "undo.refund_of_other_sale", why));
    }

    /// Their number, and the first ones.
    pub(super) fn into_parts(self) -> (i64, Vec<ImportKept>) {
        (self.count, self.named)
    }
}

fn of_product(product: ProductId, code: &str, why: &str) -> ImportKept {
    ImportKept {
        row: None,
        product_id: Some(product),
        sale_id: None,
        field: None,
        code: code.to_owned(),
        detail: why.to_owned(),
    }
}

fn of_sale(sale: SaleId, code: &str, why: &str) -> ImportKept {
    ImportKept {
        row: None,
        product_id: None,
        sale_id: Some(sale),
        field: None,
        code: code.to_owned(),
        detail: why.to_owned(),
    }
}

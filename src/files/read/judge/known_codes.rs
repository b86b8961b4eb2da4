//! Which product of the shop a code of the file names.

use std::collections::HashMap;

use kernel::{gtin, text};

use crate::read::known::KnownProduct;

/// Products by one kind of code. A code names the product that has exactly this code, or else the
/// oldest that has it in another form: with other capitals, or other zeros in front.
pub(super) struct KnownCodes<'a> {
    exact: HashMap<&'a str, &'a KnownProduct>,
    by_key: HashMap<String, &'a KnownProduct>,
    key: fn(&str) -> String,
}

impl<'a> KnownCodes<'a> {
    /// Products by their SKUs.
    pub(super) fn skus(products: &'a [KnownProduct]) -> Self {
        let codes = products
            .iter()
            .map(|product| (product.sku.as_str(), product));
        Self::new(codes, text::code_key)
    }

    /// Products by their barcodes.
    pub(super) fn barcodes(products: &'a [KnownProduct]) -> Self {
        let codes = products.iter().flat_map(|product| {
            product
                .barcodes
                .iter()
                .map(move |code| (code.as_str(), product))
        });
        Self::new(codes, gtin::barcode_key)
    }

    fn new(
        codes: impl Iterator<Item = (&'a str, &'a KnownProduct)>,
        key: fn(&str) -> String,
    ) -> Self {
        let (mut exact, mut by_key) = (HashMap::new(), HashMap::new());
        let age = |product: &KnownProduct| (product.created_at, product.id);
        for (code, product) in codes {
            exact.insert(code, product);
            let oldest = by_key.entry(key(code)).or_insert(product);
            if age(product) < age(oldest) {
                *oldest = product;
            }
        }
        Self { exact, by_key, key }
    }

    /// The product that a code names.
    pub(super) fn find(&self, code: &str) -> Option<&'a KnownProduct> {
        let exact = self.exact.get(code);
        exact
            .or_else(|| self.by_key.get(&(self.key)(code)))
            .copied()
    }
}

/// Names the product that has a barcode.
pub(super) fn barcode_taken(owner: &KnownProduct) -> String {
    let archived = if owner.is_archived { "archived " } else { "" };
    format!(
        "This barcode belongs to the {archived}product {} (SKU {}).",
        owner.name, owner.sku
    )
}

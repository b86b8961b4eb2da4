//! Which product of the shop a code of the file names.

use std::collections::HashMap;

use kernel::{gtin, read::ProductFacts, text};

/// Products by one kind of code. A code names the product that has it in just this writing, or else
/// the oldest that has it in another: other capitals, other zeros in front.
pub(super) struct KnownCodes<'a> {
    exact: HashMap<&'a str, &'a ProductFacts>,
    by_key: HashMap<String, &'a ProductFacts>,
    key: fn(&str) -> String,
}

impl<'a> KnownCodes<'a> {
    /// The SKUs of some products.
    pub(super) fn skus(products: &'a [ProductFacts]) -> Self {
        let codes = products.iter().map(|facts| (facts.sku.as_str(), facts));
        Self::new(codes, text::code_key)
    }

    /// The barcodes of some products.
    pub(super) fn barcodes(products: &'a [ProductFacts]) -> Self {
        let codes = products.iter().flat_map(|facts| {
            facts
                .barcodes
                .iter()
                .map(move |code| (code.as_str(), facts))
        });
        Self::new(codes, gtin::barcode_key)
    }

    fn new(
        codes: impl Iterator<Item = (&'a str, &'a ProductFacts)>,
        key: fn(&str) -> String,
    ) -> Self {
        let (mut exact, mut by_key) = (HashMap::new(), HashMap::new());
        let age = |facts: &ProductFacts| (facts.created_at, facts.id);
        for (code, facts) in codes {
            exact.insert(code, facts);
            let oldest = by_key.entry(key(code)).or_insert(facts);
            if age(facts) < age(oldest) {
                *oldest = facts;
            }
        }
        Self { exact, by_key, key }
    }

    /// The product that a code names.
    pub(super) fn find(&self, code: &str) -> Option<&'a ProductFacts> {
        let exact = self.exact.get(code);
        exact
            .or_else(|| self.by_key.get(&(self.key)(code)))
            .copied()
    }
}

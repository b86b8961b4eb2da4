//! New products that are checked and encoded before the transaction that writes them.

use kernel::{Code, Problem, Timestamp, ids::ProductId};
use store::{Dialect, Prepared, Tx};

use super::{
    NewProduct, StoredProduct,
    checks::{Codes, check_categories, faults_of, in_set, refuse},
    repo, rules,
    service::price_of,
};
use crate::{actor::Actor, error::SalesResult, inventory::prices::prepare_prices};

/// New products without opening stock.
#[derive(Debug)]
pub(crate) struct PreparedProducts {
    products: Vec<StoredProduct>,
    codes: Codes,
    rows: Prepared,
    prices: Prepared,
}

impl PreparedProducts {
    /// Checks what can be checked without the shop, and encodes the rows. `ids` are theirs.
    ///
    /// # Errors
    /// `request.validation_failed`, with pointers that begin with the position in the set.
    pub(crate) fn of(
        dialect: Dialect,
        actor: &Actor,
        ids: &[ProductId],
        new: &[NewProduct],
        at: Timestamp,
    ) -> Result<Self, Problem> {
        let drafts = new.iter().zip(ids);
        let products: Vec<StoredProduct> =
            drafts.map(|(one, id)| rules::draft(one, *id, at)).collect();
        let all: Vec<(usize, &StoredProduct)> = products.iter().enumerate().collect();
        refuse(Code::ValidationFailed, faults_of(&all, in_set))?;
        let prices = products.iter().map(price_of);
        Ok(Self {
            codes: Codes::of(all.into_iter()),
            rows: repo::prepare(dialect, &products),
            prices: prepare_prices(dialect, prices, actor.user_id, at),
            products,
        })
    }

    /// Compares them with the shop and writes them in the caller's transaction, all or none. The caller
    /// writes the audit log.
    ///
    /// # Errors
    /// `product.sku_taken`, `product.barcode_taken`, `request.unknown_reference`, with pointers that
    /// begin with the position in the set.
    pub(crate) async fn write(self, tx: &Tx) -> SalesResult<()> {
        self.codes.check(tx, in_set).await?;
        check_categories(tx, self.products.iter().enumerate(), in_set).await?;
        repo::insert(tx, &self.products, self.rows).await?;
        tx.insert_prepared(self.prices).await?;
        Ok(())
    }
}

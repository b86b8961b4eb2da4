//! Corrections: a void or refund of a sale that is already counted.
//!
//! Called at the end of the transaction that changes the sale. Everybody locks sales, levels and the
//! counter first, and the rollups last.

use kernel::ids::{RefundId, SaleId};
use store::{Source, Tx};

use super::{
    FoldState,
    facts::{ALL, Facts, Scope},
    stored::Ready,
    tally::tally,
};
use crate::error::SalesResult;

/// Removes a sale that this transaction voids.
pub async fn take_out_sale(tx: &Tx, sale: SaleId) -> SalesResult<()> {
    take_out(tx, |folded| Scope::sale(sale, folded)).await
}

/// Removes sales that this transaction voids.
pub async fn take_out_sales(tx: &Tx, sales: &[SaleId]) -> SalesResult<()> {
    take_out(tx, |folded| Scope::sales(tx.dialect(), sales, folded)).await
}

/// Removes the refunds of sales that this transaction voids.
pub async fn take_out_refunds(tx: &Tx, refunds: &[(SaleId, RefundId)]) -> SalesResult<()> {
    take_out(tx, |folded| Scope::refunds(tx.dialect(), refunds, folded)).await
}

async fn take_out(tx: &Tx, scope: impl FnOnce(i64) -> Scope) -> SalesResult<()> {
    let state = FoldState::share(tx).await?;
    let Some(zone) = state.zone else {
        return Ok(());
    };
    let facts = Facts::read(Source::Tx(tx), &scope(state.folded), ALL).await?;
    Ready::of(&tally(zone, &facts).negated())?.add(tx).await
}

/// Adds the refunds of this transaction. Those of uncounted sales are left to the fold.
pub async fn add_refunds(tx: &Tx, refunds: &[(SaleId, RefundId)]) -> SalesResult<()> {
    if refunds.is_empty() {
        return Ok(());
    }
    let state = FoldState::share(tx).await?;
    let Some(zone) = state.zone else {
        return Ok(());
    };
    let scope = Scope::refunds(tx.dialect(), refunds, state.folded);
    let facts = Facts::read(Source::Tx(tx), &scope, ALL).await?;
    Ready::of(&tally(zone, &facts))?.add(tx).await
}

//! Corrections: a void or a refund of a sale that is counted already.
//!
//! Called at the end of the transaction that changes the sale: sales, levels and the counter are
//! locked before, the rollups last, by everybody.

use kernel::ids::{RefundId, SaleId};
use store::{Source, Tx};

use super::{
    State,
    facts::{ALL, Facts, Scope},
    stored::Ready,
    tally::tally,
};
use crate::error::SalesResult;

/// Takes a sale out that this transaction voids.
pub async fn take_out_sale(tx: &Tx, sale: SaleId) -> SalesResult<()> {
    let state = State::share(tx).await?;
    let Some(zone) = state.zone else {
        return Ok(());
    };
    let scope = Scope::sale(sale, state.folded);
    let facts = Facts::read(Source::Tx(tx), &scope, ALL).await?;
    Ready::of(&tally(zone, &facts).negated())?.add(tx).await
}

/// Adds the refunds that this transaction makes; those of sales that are not counted yet are left
/// to the fold.
pub async fn add_refunds(tx: &Tx, refunds: &[(SaleId, RefundId)]) -> SalesResult<()> {
    if refunds.is_empty() {
        return Ok(());
    }
    let state = State::share(tx).await?;
    let Some(zone) = state.zone else {
        return Ok(());
    };
    let scope = Scope::refunds(tx.dialect(), refunds, state.folded);
    let facts = Facts::read(Source::Tx(tx), &scope, ALL).await?;
    Ready::of(&tally(zone, &facts))?.add(tx).await
}

//! A sale as lists show it: with the names beside its ids.

use kernel::Amount;
use serde::Serialize;

use super::Sale;

/// A sale with the present names of who sold it and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NamedSale {
    /// The recorded sale.
    #[serde(flatten)]
    pub sale: Sale,
    /// The present name of the user who sold.
    pub cashier_name: String,
    /// The present name of the user who sent it.
    pub recorded_by_name: String,
    /// The present name of the location from which the goods left.
    pub location_name: String,
    /// What the refunds of the sale were worth together, minor units of `currency`.
    pub refunded_minor: Amount,
}

impl NamedSale {
    /// The sum of the refunds of a sale.
    pub(in crate::orders) fn refunded(sale: &Sale) -> Amount {
        let totals = sale.refunds.iter().map(|refund| refund.total_minor);
        totals.fold(Amount::ZERO, Amount::saturating_add)
    }
}

//! What the metrics say of sales: how many were recorded, and how much money moved in each currency.
//!
//! They count what this instance wrote since its start, after the commit. The label of a currency is
//! one of a short list. No label names a product, a user or a place.

use kernel::{Amount, Currency};
use metrics::counter;

use super::model::{Sale, refund::Refund};

/// Counts sales that are committed.
pub(super) fn count_sales(sales: &[Sale]) {
    counter!("sales_recorded_total").increment(u64::try_from(sales.len()).unwrap_or(0));
    for sale in sales {
        add("sales_value_minor_total", sale.currency, sale.total_minor);
        for payment in &sale.payments {
            add(
                "sales_money_in_minor_total",
                payment.currency,
                payment.amount_minor,
            );
        }
        for change in &sale.change {
            add(
                "sales_change_minor_total",
                change.currency,
                change.amount_minor,
            );
        }
    }
}

/// Counts a refund that is committed.
pub(super) fn count_refund(refund: &Refund) {
    counter!("refunds_recorded_total").increment(1);
    for payment in &refund.payments {
        add(
            "refunds_money_out_minor_total",
            payment.currency,
            payment.amount_minor,
        );
    }
}

/// Counts a void that is committed.
pub(super) fn count_void() {
    counter!("sales_voided_total").increment(1);
}

fn add(name: &'static str, currency: Currency, amount: Amount) {
    // An amount is never negative.
    let minor = u64::try_from(amount.minor()).unwrap_or(0);
    counter!(name, "currency" => currency.code()).increment(minor);
}

//! What sales and refunds read alike: money lines, and the words of the storage.

use store::selection;

use super::super::model::{
    SaleState,
    money::{Payment, PaymentMethod},
};
use crate::shop_reader::TaxMode;

selection! {
    /// A money line, of `payment` and `account`.
    pub(in crate::orders) MoneyLine of Payment in payment {
        method, account = account_id, account_name = "account.name", currency, amount_minor,
        rate_micros, rate_side, base_minor, reference,
    }
}

store::stored_words!(SaleState, TaxMode, PaymentMethod);

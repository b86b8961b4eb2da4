//! Sales: carts priced and paid, numbered without gaps, voided or refunded but never deleted.

pub mod pricing;
pub mod tender;

//! What is added up, under the names of its columns.

use std::ops::{AddAssign, Neg};

use kernel::{Quantity, read::SalesTotals};
use store::{Row, StoreError};

/// The columns of the measures, in the order of [`Measures`].
pub(super) const COLUMNS: [&str; 12] = [
    "sales",
    "sold_minor",
    "sold_cost_minor",
    "sold_tax_minor",
    "discount_minor",
    "sold_milli",
    "refunds",
    "paid_back_minor",
    "refunded_minor",
    "refunded_cost_minor",
    "refunded_tax_minor",
    "refunded_milli",
];

/// Sums of what was sold (the first half) and refunded (the second). Only sums: so they can be
/// added to and taken from in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Measures([i64; 12]);

impl Measures {
    /// Sales, amount without tax on top, cost, tax, discount, thousandths.
    pub(super) const fn of_sold(sold: [i64; 6]) -> Self {
        let [sales, minor, cost, tax, discount, milli] = sold;
        Self([sales, minor, cost, tax, discount, milli, 0, 0, 0, 0, 0, 0])
    }

    /// Refunds, amount paid back, amount without tax on top, cost, tax, thousandths.
    pub(super) const fn of_refunded(refunded: [i64; 6]) -> Self {
        let [refunds, paid_back, minor, cost, tax, milli] = refunded;
        Self([
            0, 0, 0, 0, 0, 0, refunds, paid_back, minor, cost, tax, milli,
        ])
    }

    /// From the first columns of a row.
    pub(super) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self(row.integers(0)?))
    }

    pub(super) const fn to_array(self) -> [i64; 12] {
        self.0
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// As analytics reads them.
    pub(crate) fn totals(&self) -> SalesTotals {
        let [
            sales,
            sold,
            sold_cost,
            sold_tax,
            discount,
            sold_milli,
            refunds,
            paid_back,
            refunded,
            refunded_cost,
            refunded_tax,
            refunded_milli,
        ] = self.0;
        SalesTotals {
            revenue_minor: sold - refunded,
            cost_minor: sold_cost - refunded_cost,
            revenue_before_refunds_minor: sold,
            tax_minor: sold_tax - refunded_tax,
            discount_minor: discount,
            refunds_minor: paid_back,
            sales,
            refunds,
            units_sold: Quantity::from_milli(sold_milli),
            units: Quantity::from_milli(sold_milli - refunded_milli),
        }
    }
}

impl AddAssign for Measures {
    fn add_assign(&mut self, other: Self) {
        for (measure, other) in self.0.iter_mut().zip(other.0) {
            *measure = measure.saturating_add(other);
        }
    }
}

impl Neg for Measures {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(Neg::neg))
    }
}

/// What came in by one way of paying: payments, amount, worth in the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Takings(pub [i64; 3]);

impl AddAssign for Takings {
    fn add_assign(&mut self, other: Self) {
        for (measure, other) in self.0.iter_mut().zip(other.0) {
            *measure = measure.saturating_add(other);
        }
    }
}

impl Neg for Takings {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(Neg::neg))
    }
}

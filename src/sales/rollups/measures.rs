//! The measures that are added up, with the names of their columns.
//!
//! A sum has 128 bits here and is stored in two rows: one of weight 1, and, if the sum has an upper
//! part, one of weight 2^36 ([`WEIGHTS`]). So a column is an integer on both databases, and no shop of
//! ordinary size has a row of the second kind.

use std::ops::{AddAssign, Neg};

use kernel::read::SalesTotals;
use store::{StoreError, Stored};

/// The columns of the measures, in the order of [`Measures`].
pub(super) const COLUMNS: [&str; 11] = [
    "sales",
    "sold_minor",
    "sold_cost_minor",
    "sold_tax_minor",
    "discount_minor",
    "sold_milli",
    "refunds",
    "refunded_minor",
    "refunded_cost_minor",
    "refunded_tax_minor",
    "refunded_milli",
];

/// Bits of the lower part of a sum. An addition to a row of the lower kind is less than 2^35 in size,
/// so it takes more than 2^28 of the largest ones, all with one sign, until a sum of such rows
/// exceeds 64 bits.
const LOWER_BITS: u32 = 36;

/// The weight of a row: one, or 2^36.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// The lower part of a sum.
    One,
    /// The upper part of a sum.
    Many,
}

/// Every weight, in the order of the rows.
pub(super) const WEIGHTS: [Weight; 2] = [Weight::One, Weight::Many];

impl Weight {
    /// The value in the column `weight`.
    pub(super) const fn stored(self) -> i64 {
        match self {
            Self::One => 0,
            Self::Many => 1,
        }
    }

    /// What a row of this weight adds to a sum.
    pub(super) fn whole<const N: usize>(self, parts: Sums<N>) -> Sums<N> {
        match self {
            Self::One => parts,
            Self::Many => Sums(parts.0.map(|part| part << LOWER_BITS)),
        }
    }
}

impl Stored for Weight {
    type Raw = i64;

    fn from_raw(weight: i64) -> Result<Self, StoreError> {
        match weight {
            0 => Ok(Self::One),
            1 => Ok(Self::Many),
            other => Err(StoreError::Corrupt(format!(
                "no row has the weight {other}"
            ))),
        }
    }
}

/// A row of some of the sums.
pub(super) trait SomeSums: store::Selection {
    /// The columns that it reads.
    fn columns() -> impl Iterator<Item = &'static str>;
}

/// Declares how a row of sums is read: some of the columns of a list, under their names, the first of
/// them counts of 64 bits and the others as wide as the type says. The other sums are nothing.
macro_rules! part {
    ($(#[$doc:meta])* $vis:vis $name:ident: $sums:ty = $columns:expr, $from:literal..$until:literal, counts $counts:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        $vis struct $name<T>(std::marker::PhantomData<T>);

        impl<T: store::Cell + Into<i128>> $crate::rollups::measures::SomeSums for $name<T> {
            fn columns() -> impl Iterator<Item = &'static str> {
                $columns.into_iter().take($until).skip($from)
            }
        }

        impl<T: store::Cell + Into<i128>> store::Selection for $name<T> {
            type Output = $sums;

            fn read(cells: &mut store::Cells<'_>) -> Result<$sums, store::StoreError> {
                let mut sums = <$sums>::default();
                let columns = sums.iter_mut().zip($columns).enumerate();
                for (place, (sum, name)) in columns.take($until).skip($from) {
                    *sum = if place < $from + $counts {
                        cells.take::<i64>(name)?.into()
                    } else {
                        cells.take::<T>(name)?.into()
                    };
                }
                Ok(sums)
            }
        }
    };
}

pub(super) use part;

part! {
    /// Every measure.
    pub(super) All: Measures = COLUMNS, 0..11, counts 0
}
part! {
    /// Sales, amount without tax, cost, tax, discount, thousandths.
    pub(super) Sold: Measures = COLUMNS, 0..6, counts 1
}
part! {
    /// Refunds, amount without tax, cost, tax, thousandths.
    pub(super) Refunded: Measures = COLUMNS, 6..11, counts 1
}
part! {
    /// All that moved.
    pub(super) Moved: Money = MONEY_COLUMNS, 0..8, counts 0
}
part! {
    /// Payments, sales, amount, worth.
    pub(super) Paid: Money = MONEY_COLUMNS, 0..4, counts 1
}
part! {
    /// Change: amount, worth.
    pub(super) Change: Money = MONEY_COLUMNS, 4..6, counts 0
}
part! {
    /// Refunds: amount, worth.
    pub(super) PaidBack: Money = MONEY_COLUMNS, 6..8, counts 0
}

/// Sums in a fixed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sums<const N: usize>([i128; N]);

impl<const N: usize> Sums<N> {
    /// From existing sums.
    pub(super) const fn of(sums: [i128; N]) -> Self {
        Self(sums)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut i128> {
        self.0.iter_mut()
    }

    pub(super) const fn to_array(self) -> [i128; N] {
        self.0
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.0 == [0; N]
    }

    /// The two stored rows. The lower parts are rounded to the nearest, so they are on both sides of
    /// zero.
    pub(super) fn parts(self) -> Result<[[i64; N]; 2], StoreError> {
        let mut parts = [[0; N]; 2];
        let [lower, upper] = &mut parts;
        for ((sum, lower), upper) in self.0.into_iter().zip(lower).zip(upper) {
            let many = (sum + (1 << (LOWER_BITS - 1))) >> LOWER_BITS;
            let narrow = |part: i128| {
                i64::try_from(part)
                    .map_err(|_| StoreError::Corrupt(format!("{sum} is no sum of sales")))
            };
            *lower = narrow(sum - (many << LOWER_BITS))?;
            *upper = narrow(many)?;
        }
        Ok(parts)
    }
}

impl<const N: usize> Default for Sums<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> AddAssign for Sums<N> {
    fn add_assign(&mut self, other: Self) {
        for (sum, other) in self.0.iter_mut().zip(other.0) {
            *sum += other;
        }
    }
}

impl<const N: usize> Neg for Sums<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.map(Neg::neg))
    }
}

/// Sums of what was sold (the first six) and refunded (the rest). They can be added and subtracted in
/// any order.
pub(crate) type Measures = Sums<11>;

impl Measures {
    /// The number of sales.
    pub(crate) const fn sales(&self) -> i128 {
        let [sales, ..] = self.0;
        sales
    }

    /// In the form of the read port.
    pub(crate) fn totals(&self) -> SalesTotals {
        let [
            sales,
            sold,
            sold_cost,
            sold_tax,
            discount,
            sold_milli,
            refunds,
            refunded,
            refunded_cost,
            refunded_tax,
            refunded_milli,
        ] = self.0;
        let count = |things: i128| i64::try_from(things).unwrap_or(i64::MAX);
        SalesTotals {
            revenue_minor: sold - refunded,
            cost_minor: sold_cost - refunded_cost,
            revenue_before_refunds_minor: sold,
            tax_minor: sold_tax - refunded_tax,
            tax_before_refunds_minor: sold_tax,
            discount_minor: discount,
            refunds_minor: refunded + refunded_tax,
            sales: count(sales),
            refunds: count(refunds),
            units_sold_milli: sold_milli,
            units_milli: sold_milli - refunded_milli,
        }
    }
}

/// The columns of money, in the order of [`Money`].
pub(super) const MONEY_COLUMNS: [&str; 8] = [
    "payments",
    "sales",
    "paid_minor",
    "paid_base_minor",
    "change_minor",
    "change_base_minor",
    "refunded_minor",
    "refunded_base_minor",
];

/// What moved by one payment method: how often, in its own currency, and its worth in the base
/// currency.
pub(crate) type Money = Sums<8>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_two_rows_of_a_sum_make_the_sum_again(
            sums in prop::array::uniform3(-(1_i128 << 98)..(1_i128 << 98)),
            small in prop::array::uniform3(-(1_i128 << 35)..(1_i128 << 35)),
        ) {
            for sums in [Sums(sums), Sums(small)] {
                let rows = sums.parts().unwrap();
                let mut whole = Sums::default();
                for (weight, row) in WEIGHTS.into_iter().zip(rows) {
                    whole += weight.whole(Sums(row.map(i128::from)));
                }
                prop_assert_eq!(whole, sums);
                prop_assert!(rows[0].iter().all(|part| part.unsigned_abs() <= 1 << 35));
            }
            prop_assert_eq!(Sums(small).parts().unwrap()[1], [0; 3]);
        }
    }

    #[test]
    fn what_no_shop_can_sell_is_not_cut_to_something_else() {
        assert!(Sums([i128::MAX >> 2]).parts().is_err());
    }
}

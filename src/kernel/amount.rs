//! Amounts and balances: whole minor units of a [`crate::Currency`], with their range, their JSON and
//! their schema in one place.
//!
//! An [`Amount`] is what is paid, priced or owed and is never negative. A [`Balance`] is a difference
//! or a sum of many and may have either sign. Both are plain numbers in JSON. The arithmetic of
//! [`crate::money`] computes with their minor units; the way back is checked.

use std::ops::{Neg, Sub};

use derive_more::Display;
use serde::{Deserialize, Serialize};
use utoipa::{
    Number,
    openapi::{
        RefOr, Schema,
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
    },
};

use crate::{
    figure::{FigureOutOfRange, MAX_FIGURE, figure},
    money::{MAX_MINOR, MinorUnits, MoneyError},
};

/// An amount of money in minor units, 0 to [`MAX_MINOR`].
#[derive(
    Debug,
    Display,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

/// A difference of amounts or a sum of many, in minor units: every whole number that each client reads
/// exactly, down to minus [`MAX_FIGURE`] and up to [`MAX_FIGURE`].
#[derive(
    Debug,
    Display,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Balance(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(MAX_MINOR);

    /// Takes an amount of minor units.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] outside 0 ..= [`MAX_MINOR`].
    pub const fn new(minor: i64) -> Result<Self, MoneyError> {
        if minor >= 0 && minor <= MAX_MINOR {
            Ok(Self(minor))
        } else {
            Err(MoneyError::Overflow)
        }
    }

    /// The minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// True if there is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Sum of two amounts.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] above [`MAX_MINOR`].
    pub const fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        Self::new(self.0 + other.0)
    }

    /// Sum of two amounts, cut to [`Self::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        if sum > MAX_MINOR {
            Self::MAX
        } else {
            Self(sum)
        }
    }

    /// What is left of an amount after another one is taken away.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if the other one is larger.
    pub const fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        Self::new(self.0 - other.0)
    }

    /// The largest multiple of `step` that is not above this amount.
    #[must_use]
    pub const fn down_to_step(self, step: i64) -> Self {
        if step <= 1 {
            self
        } else {
            Self(self.0 - self.0 % step)
        }
    }

    /// What is left of an amount after another one is taken away; nothing if the other one is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        if other.0 > self.0 {
            Self::ZERO
        } else {
            Self(self.0 - other.0)
        }
    }
}

impl Balance {
    /// Neither more nor less.
    pub const ZERO: Self = Self(0);
    /// The largest balance; its negative is the smallest.
    pub const MAX: Self = Self(MAX_FIGURE);

    /// Sum of two balances.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond [`MAX_FIGURE`].
    pub const fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        Self::new(self.0 + other.0)
    }

    /// Difference of two balances.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond [`MAX_FIGURE`].
    pub const fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        Self::new(self.0 - other.0)
    }

    /// Takes a number of minor units.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond [`MAX_FIGURE`].
    pub const fn new(minor: i64) -> Result<Self, MoneyError> {
        if minor.unsigned_abs() <= MAX_FIGURE.unsigned_abs() {
            Ok(Self(minor))
        } else {
            Err(MoneyError::Overflow)
        }
    }

    /// Checks a sum of many for a response.
    ///
    /// # Errors
    /// [`FigureOutOfRange`] beyond [`MAX_FIGURE`].
    pub fn of_sum(sum: i128) -> Result<Self, FigureOutOfRange> {
        figure(sum).map(Self)
    }

    /// The minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }
}

/// The difference of two amounts always has room.
impl Sub for Amount {
    type Output = Balance;

    fn sub(self, other: Self) -> Balance {
        Balance(self.0 - other.0)
    }
}

/// An amount that goes out.
impl Neg for Amount {
    type Output = Balance;

    fn neg(self) -> Balance {
        Balance(-self.0)
    }
}

impl Neg for Balance {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl From<Amount> for Balance {
    fn from(amount: Amount) -> Self {
        Self(amount.0)
    }
}

impl TryFrom<Balance> for Amount {
    type Error = MoneyError;

    fn try_from(balance: Balance) -> Result<Self, MoneyError> {
        Self::new(balance.0)
    }
}

/// What both types have: numbers of minor units in and out, compared with plain numbers, and a schema.
macro_rules! minor_units {
    ($($name:ident, $least:expr, $most:expr, $description:literal;)+) => {$(
        impl $name {
            /// True for a multiple of `step`; every number is one of a step of one or less.
            #[must_use]
            pub const fn is_multiple_of(self, step: i64) -> bool {
                step <= 1 || self.0 % step == 0
            }
        }

        impl MinorUnits for $name {
            fn to_minor(self) -> i64 {
                self.0
            }

            fn from_minor(minor: i64) -> Result<Self, MoneyError> {
                Self::new(minor)
            }

            fn nearest(value: i128) -> Self {
                let cut = value.clamp(i128::from($least), i128::from($most));
                Self(i64::try_from(cut).unwrap_or($most))
            }
        }

        impl TryFrom<i64> for $name {
            type Error = MoneyError;

            fn try_from(minor: i64) -> Result<Self, MoneyError> {
                Self::new(minor)
            }
        }

        impl From<$name> for i64 {
            fn from(money: $name) -> Self {
                money.0
            }
        }

        impl From<$name> for serde_json::Value {
            fn from(money: $name) -> Self {
                money.0.into()
            }
        }

        impl From<$name> for i128 {
            fn from(money: $name) -> Self {
                Self::from(money.0)
            }
        }

        impl PartialEq<i64> for $name {
            fn eq(&self, minor: &i64) -> bool {
                self.0 == *minor
            }
        }

        impl PartialOrd<i64> for $name {
            fn partial_cmp(&self, minor: &i64) -> Option<std::cmp::Ordering> {
                self.0.partial_cmp(minor)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .minimum(Some(bound($least)))
                    .maximum(Some(bound($most)))
                    .description(Some($description))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

minor_units! {
    Amount, 0_i64, MAX_MINOR, "An amount of money in minor units of its currency";
    Balance, -MAX_FIGURE, MAX_FIGURE, "A difference or a sum of money in minor units of its currency";
}

fn bound(minor: i64) -> Number {
    isize::try_from(minor).map_or(Number::Float(0.0), Number::Int)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::{allocate, extend, proportion, sum, tax_within};
    use crate::quantity::Quantity;

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    #[test]
    fn an_amount_is_neither_negative_nor_above_the_limit() {
        assert_eq!(Amount::new(-1), Err(MoneyError::Overflow));
        assert_eq!(Amount::new(0), Ok(Amount::ZERO));
        assert_eq!(Amount::new(MAX_MINOR), Ok(Amount::MAX));
        assert_eq!(Amount::new(MAX_MINOR + 1), Err(MoneyError::Overflow));
        assert!(Amount::ZERO.is_zero() && !amount(1).is_zero());
        assert_eq!(amount(1_250).minor(), 1_250);
    }

    #[test]
    fn a_balance_is_what_every_client_reads_exactly() {
        for sign in [1, -1] {
            assert_eq!(
                Balance::new(sign * MAX_FIGURE).unwrap().minor(),
                sign * MAX_FIGURE
            );
            let beyond = sign * (MAX_FIGURE + 1);
            assert_eq!(Balance::new(beyond), Err(MoneyError::Overflow));
            assert_eq!(Balance::of_sum(beyond.into()), Err(FigureOutOfRange));
            let nearest = Balance::nearest(i128::from(beyond) * 1000);
            assert_eq!(nearest, sign * MAX_FIGURE);
        }
        assert_eq!(Balance::nearest(-5), -5);
        assert_eq!(Balance::new(i64::MIN), Err(MoneyError::Overflow));
    }

    #[test]
    fn sums_and_differences_stop_at_the_range() {
        let (three, five) = (amount(3), amount(5));
        assert_eq!(three.checked_add(five), Ok(amount(8)));
        assert_eq!(
            Amount::MAX.checked_add(amount(1)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(three.saturating_add(five), amount(8));
        assert_eq!(Amount::MAX.saturating_add(amount(1)), Amount::MAX);
        assert_eq!(five.checked_sub(three), Ok(amount(2)));
        assert_eq!(five.checked_sub(five), Ok(Amount::ZERO));
        assert_eq!(three.checked_sub(five), Err(MoneyError::Overflow));
        assert_eq!(five.saturating_sub(three), amount(2));
        assert_eq!(three.saturating_sub(five), Amount::ZERO);
        assert_eq!((three - five).minor(), -2);
        assert_eq!(Amount::ZERO - Amount::MAX, -MAX_MINOR);
        assert_eq!(-five, Balance::ZERO.checked_sub(five.into()).unwrap());
        assert_eq!(-(-five), Balance::from(five));
        assert_eq!(sum([three, five]), Ok(amount(8)));
        assert_eq!(sum::<Amount>([]), Ok(Amount::ZERO));
        assert_eq!(sum([Amount::MAX, amount(1)]), Err(MoneyError::Overflow));
        assert_eq!(Amount::try_from(three - five), Err(MoneyError::Overflow));
        assert_eq!(Amount::try_from(Balance::from(five)), Ok(five));
    }

    #[test]
    fn an_amount_computes_to_an_amount() {
        let one = Quantity::from_units(1);
        assert_eq!(extend(amount(5), one), Ok(amount(5)));
        assert_eq!(extend(amount(5), -one), Err(MoneyError::Overflow));
        assert_eq!(extend(Balance::from(amount(5)), -one).unwrap(), -5);
        assert_eq!(extend(Amount::MAX, one), Ok(Amount::MAX));
        assert_eq!(tax_within(amount(11_600), 1600), amount(1_600));
        assert_eq!(proportion(amount(10), -1, 2), Amount::ZERO, "no less");
        assert_eq!(
            allocate(amount(10), &[amount(1), amount(3)]),
            [amount(3), amount(7)]
        );
        assert!(amount(500).is_multiple_of(100) && !amount(550).is_multiple_of(100));
        assert!(amount(7).is_multiple_of(0) && amount(7).is_multiple_of(1));
    }

    #[test]
    fn balances_stop_at_their_own_range() {
        let balance = |minor| Balance::new(minor).unwrap();
        assert_eq!(balance(2).checked_sub(balance(5)).unwrap(), -3);
        assert_eq!(balance(2).checked_add(balance(-5)).unwrap(), -3);
        assert_eq!(
            Balance::MAX.checked_add(balance(1)),
            Err(MoneyError::Overflow)
        );
        let least = balance(-MAX_FIGURE);
        assert_eq!(least.checked_sub(balance(1)), Err(MoneyError::Overflow));
        assert_eq!(amount(1_250).down_to_step(500), amount(1_000));
        assert_eq!(amount(499).down_to_step(500), Amount::ZERO);
        assert_eq!(amount(499).down_to_step(0), amount(499));
    }

    #[test]
    fn json_outside_the_range_is_refused() {
        assert_eq!(serde_json::from_str::<Amount>("7").unwrap(), amount(7));
        assert_eq!(serde_json::to_string(&amount(7)).unwrap(), "7");
        for text in ["-1", "1000000000000001", "1.5", "\"7\"", "null"] {
            assert!(serde_json::from_str::<Amount>(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::from_str::<Balance>("-7").unwrap(), -7);
        for text in ["9007199254740992", "-9007199254740992", "0.5"] {
            assert!(serde_json::from_str::<Balance>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_numbers_compare_with_money() {
        assert!(amount(5) > 4 && amount(5) < 6 && amount(5) == 5 && amount(5) != 6);
        assert!(Balance::nearest(-5) < 0 && Balance::nearest(-5) == -5);
    }

    #[test]
    fn the_schema_has_the_range() {
        let schema = |schema: RefOr<Schema>| serde_json::to_value(schema).unwrap();
        let amount = schema(<Amount as utoipa::PartialSchema>::schema());
        assert_eq!(amount["type"], "integer");
        assert_eq!(amount["format"], "int64");
        assert_eq!(amount["minimum"], 0);
        assert_eq!(amount["maximum"], MAX_MINOR);
        let balance = schema(<Balance as utoipa::PartialSchema>::schema());
        assert_eq!(balance["minimum"], -MAX_FIGURE);
        assert_eq!(balance["maximum"], MAX_FIGURE);
    }

    proptest! {
        #[test]
        fn what_is_taken_away_and_added_again_is_the_whole(a in 0..=MAX_MINOR, b in 0..=MAX_MINOR) {
            let (whole, part) = (amount(a.max(b)), amount(a.min(b)));
            let rest = whole.checked_sub(part).unwrap();
            prop_assert_eq!(rest.checked_add(part).unwrap(), whole);
            prop_assert_eq!(Balance::from(rest), whole - part);
        }
    }
}

//! Exchange rates: integer millionths, and the side of the base currency.
//!
//! A dollar at 2,850.50 francs is `2_850_500_000` for a shop of either currency: `base_per_foreign`
//! where francs are the base, `foreign_per_base` where dollars are. The inverse would have no exact
//! value. A conversion rounds half-up, once.

use serde::{Deserialize, Serialize};

use crate::{
    amount::{Amount, Balance},
    currency::Currency,
    money::{MoneyError, bounded},
    rounding::div_half_up,
};

/// One in millionths.
const MICROS: i128 = 1_000_000;

/// A rate in millionths, 1 to 10,000,000,000,000.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct RateMicros(i64);

impl RateMicros {
    /// One to one.
    pub const PAR: Self = Self(1_000_000);
    /// Highest accepted rate: ten million units for one.
    pub const MAX: i64 = 10_000_000_000_000;

    /// Takes a positive rate.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] outside 1 ..= [`Self::MAX`].
    pub const fn new(micros: i64) -> Result<Self, MoneyError> {
        if micros >= 1 && micros <= Self::MAX {
            Ok(Self(micros))
        } else {
            Err(MoneyError::Overflow)
        }
    }

    /// The millionths.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
}

/// Which currency a rate counts, for one unit of the other one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum RateSide {
    /// Units of the base currency for one unit of the foreign one.
    #[default]
    BasePerForeign,
    /// Units of the foreign currency for one unit of the base one.
    ForeignPerBase,
}

impl RateSide {
    /// The word used in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

/// A rate with its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExchangeRate {
    /// The rate in millionths.
    pub micros: RateMicros,
    /// The currency that it counts.
    pub side: RateSide,
}

impl ExchangeRate {
    /// The rate of the base currency to itself.
    pub const PAR: Self = Self {
        micros: RateMicros::PAR,
        side: RateSide::BasePerForeign,
    };

    /// Takes a positive rate.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] outside 1 ..= [`RateMicros::MAX`].
    pub const fn new(micros: i64, side: RateSide) -> Result<Self, MoneyError> {
        match RateMicros::new(micros) {
            Ok(micros) => Ok(Self { micros, side }),
            Err(error) => Err(error),
        }
    }

    /// The value of one foreign minor unit in base minor units, as a fraction.
    fn worth(self, foreign: Currency, base: Currency) -> (i128, i128) {
        let micros = i128::from(self.micros.micros());
        let (base, foreign) = (
            i128::from(base.minor_per_major()),
            i128::from(foreign.minor_per_major()),
        );
        match self.side {
            RateSide::BasePerForeign => (micros * base, MICROS * foreign),
            RateSide::ForeignPerBase => (MICROS * base, micros * foreign),
        }
    }

    /// Converts foreign minor units to base minor units, rounded half-up once.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when the result passes [`crate::money::MAX_MINOR`].
    pub fn to_base(
        self,
        foreign_minor: Amount,
        foreign: Currency,
        base: Currency,
    ) -> Result<Amount, MoneyError> {
        let (numerator, denominator) = self.worth(foreign, base);
        bounded(div_half_up(
            i128::from(foreign_minor) * numerator,
            denominator,
        ))
    }

    /// Converts base minor units to foreign minor units, rounded half-up once to a multiple of `step`:
    /// cents for a transfer (a step of 1), or the notes in a drawer.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] when the result passes [`crate::money::MAX_MINOR`].
    pub fn to_foreign(
        self,
        base_minor: Amount,
        foreign: Currency,
        base: Currency,
        step_minor: i64,
    ) -> Result<Amount, MoneyError> {
        let (numerator, denominator) = self.worth(foreign, base);
        let step = i128::from(step_minor.max(1));
        let steps = div_half_up(i128::from(base_minor) * denominator, numerator * step);
        bounded(steps * step)
    }

    /// True when this rate differs from another of the same two currencies by at most `percent` percent
    /// of the other, measured on the side of this rate, as it was typed.
    #[must_use]
    pub fn is_within_percent(self, other: Self, percent: u64) -> bool {
        let (new, old) = (
            i128::from(self.micros.micros()),
            i128::from(other.micros.micros()),
        );
        // On different sides the inverse of the other is MICROS * MICROS / old.
        let (new, old) = if self.side == other.side {
            (new, old)
        } else {
            (new * old, MICROS * MICROS)
        };
        (new - old).abs() * 100 <= old * i128::from(percent)
    }

    /// True when an amount of the base currency is smaller than one foreign minor unit, so that no
    /// foreign amount comes closer to it from that side.
    #[must_use]
    pub fn is_below_one_minor(
        self,
        base_minor: Balance,
        foreign: Currency,
        base: Currency,
    ) -> bool {
        let (numerator, denominator) = self.worth(foreign, base);
        i128::from(base_minor).abs() * denominator < numerator
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn a_dollar_tender_is_worth_its_frozen_rate() {
        let (usd, cdf, xaf) = (currency("USD"), currency("CDF"), currency("XAF"));
        let rate = ExchangeRate::new(2_850_500_000, RateSide::BasePerForeign).unwrap();
        assert_eq!(rate.to_base(amount(1_00), usd, cdf).unwrap(), 2850_50);
        let francs = ExchangeRate::new(600_000_000, RateSide::BasePerForeign).unwrap();
        assert_eq!(francs.to_base(amount(150), usd, xaf).unwrap(), 900);
        assert_eq!(
            rate.to_base(Amount::MAX, usd, cdf),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn a_dollar_shop_takes_francs_at_the_same_rate() {
        let (usd, cdf) = (currency("USD"), currency("CDF"));
        let rate = ExchangeRate::new(2_850_500_000, RateSide::ForeignPerBase).unwrap();
        assert_eq!(rate.to_base(amount(2_850_50), cdf, usd).unwrap(), 1_00);
        assert_eq!(
            rate.to_base(amount(285_050_000_00), cdf, usd).unwrap(),
            100_000_00
        );
        assert_eq!(
            rate.to_foreign(amount(1_00), cdf, usd, 1).unwrap(),
            2_850_50
        );
        assert_eq!(
            rate.to_foreign(amount(1_00), cdf, usd, 5000).unwrap(),
            2_850_00
        );
        assert!(rate.is_below_one_minor(amount(0).into(), cdf, usd));
        assert!(!rate.is_below_one_minor(amount(1).into(), cdf, usd));
    }

    #[test]
    fn a_side_is_written_and_read_as_a_word() {
        for (side, word) in [
            (RateSide::BasePerForeign, "base_per_foreign"),
            (RateSide::ForeignPerBase, "foreign_per_base"),
        ] {
            assert_eq!(side.as_str(), word);
            assert_eq!(RateSide::parse(word), Some(side));
        }
        assert_eq!(RateSide::parse("per_foreign"), None);
    }

    #[test]
    fn what_is_worth_a_whole_cent_is_not_below_it() {
        let (usd, cdf) = (currency("USD"), currency("CDF"));
        let rate = ExchangeRate::new(2_850_000_000, RateSide::BasePerForeign).unwrap();
        for (base_minor, is_below) in [(2_849, true), (2_850, false), (-2_849, true)] {
            let base_minor = Balance::new(base_minor).unwrap();
            assert_eq!(rate.is_below_one_minor(base_minor, usd, cdf), is_below);
        }
    }

    #[test]
    fn a_rate_is_compared_with_the_one_before_across_sides() {
        let rate = |micros, side| ExchangeRate::new(micros, side).unwrap();
        let before = rate(2_850_000_000, RateSide::BasePerForeign);
        for (micros, side, is_usual) in [
            (2_850_000_000, RateSide::BasePerForeign, true),
            (3_420_000_000, RateSide::BasePerForeign, true),
            (3_420_000_001, RateSide::BasePerForeign, false),
            (2_280_000_000, RateSide::BasePerForeign, true),
            (2_279_999_999, RateSide::BasePerForeign, false),
            (285_000_000, RateSide::BasePerForeign, false),
            (351, RateSide::ForeignPerBase, true),
            (421, RateSide::ForeignPerBase, true),
            (422, RateSide::ForeignPerBase, false),
            (2_850_000_000, RateSide::ForeignPerBase, false),
        ] {
            let new = rate(micros, side);
            assert_eq!(new.is_within_percent(before, 20), is_usual, "{new:?}");
        }
        let far = rate(RateMicros::MAX, RateSide::ForeignPerBase);
        assert!(!far.is_within_percent(rate(RateMicros::MAX, RateSide::BasePerForeign), 20));
    }

    proptest! {
        #[test]
        fn there_and_back_is_off_by_half_a_step_at_most(
            base_minor in 0i64..1_000_000_000_000,
            micros in 1_000i64..10_000_000_000,
            turned in any::<bool>(),
        ) {
            let side = if turned { RateSide::ForeignPerBase } else { RateSide::BasePerForeign };
            let rate = ExchangeRate::new(micros, side).unwrap();
            let (usd, cdf) = (currency("USD"), currency("CDF"));
            let Ok(foreign) = rate.to_foreign(amount(base_minor), usd, cdf, 1) else { return Ok(()) };
            let Ok(back) = rate.to_base(foreign, usd, cdf) else { return Ok(()) };
            let off = back.minor().abs_diff(base_minor);
            prop_assert!(off <= 1 || rate.is_below_one_minor(back - amount(base_minor), usd, cdf));
        }
    }
}

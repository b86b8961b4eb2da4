//! Quantities: fixed point with three decimals, in the product's base unit.
//!
//! In JSON a quantity is a plain number (`2`, `0.25`) with at most three decimals; more is refused and
//! never rounded, because rounded quantities make the stock wrong.

use std::{fmt, iter::Sum, ops::Neg};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::figure::FigureOutOfRange;

/// Thousandths of the product's base unit. Negative for a decrease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i64);

/// A sum of quantities in a response: below 2^43 units, up to which a double represents every
/// thousandth, and without the limit of one quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct QuantitySum(i64);

/// Largest sum, in thousandths: just below 2^43 units.
const MAX_SUM_MILLI: i64 = (1 << 43) * 1000 - 1;

/// Largest magnitude, in whole units: a billion. Keeps every sum of a ledger far from overflow.
pub const MAX_UNITS: i64 = 1_000_000_000;

/// Why a text or a number is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a decimal number.
    #[error("is not a number")]
    NotANumber,
    /// More than three decimals.
    #[error("has more than 3 decimals")]
    TooPrecise,
    /// Beyond [`MAX_UNITS`].
    #[error("is out of range (at most 1,000,000,000 units)")]
    OutOfRange,
}

/// True for units sold in fractions: weights, volumes, lengths, areas, time.
#[must_use]
pub fn is_divisible(unit: &str) -> bool {
    matches!(
        unit,
        "kg" | "g" | "l" | "cl" | "ml" | "m" | "cm" | "m2" | "m3" | "h"
    )
}

impl Quantity {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// From thousandths of a unit, as stored.
    #[must_use]
    pub const fn from_milli(milli: i64) -> Self {
        Self(milli)
    }

    /// From whole units; saturates at the range of the type.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units.saturating_mul(1000))
    }

    /// Thousandths of a unit, as stored.
    #[must_use]
    pub const fn milli(self) -> i64 {
        self.0
    }

    /// True above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// True at zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True for a whole number of units.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 % 1000 == 0
    }

    /// True when a product with this unit can have this quantity: divisible units may have decimals.
    #[must_use]
    pub fn fits(self, unit: &str) -> bool {
        self.is_whole() || is_divisible(unit)
    }

    /// Sum, or `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Parses a decimal text such as `12`, `-0.5` or `1.250` (decimal point, no grouping).
    ///
    /// # Errors
    /// [`QuantityError`] tells what is wrong.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        parse_milli(text, MAX_UNITS).map(Self)
    }
}

impl QuantitySum {
    /// Largest sum.
    pub const MAX: Self = Self(MAX_SUM_MILLI);

    /// From thousandths of a unit.
    ///
    /// # Errors
    /// [`FigureOutOfRange`] beyond [`Self::MAX`].
    pub fn from_milli(milli: i128) -> Result<Self, FigureOutOfRange> {
        match i64::try_from(milli) {
            Ok(milli) if milli.unsigned_abs() <= MAX_SUM_MILLI.unsigned_abs() => Ok(Self(milli)),
            _ => Err(FigureOutOfRange),
        }
    }

    /// Thousandths of a unit.
    #[must_use]
    pub const fn milli(self) -> i64 {
        self.0
    }
}

/// One quantity is far below the largest sum.
impl From<Quantity> for QuantitySum {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.0.clamp(-MAX_SUM_MILLI, MAX_SUM_MILLI))
    }
}

/// Thousandths from a decimal text of at most `max_units` units.
fn parse_milli(text: &str, max_units: i64) -> Result<i64, QuantityError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !numeric(whole) || !numeric(fraction) || digits.ends_with('.') {
        return Err(QuantityError::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 3 {
        return Err(QuantityError::TooPrecise);
    }
    let units: i64 = whole.parse().map_err(|_| QuantityError::OutOfRange)?;
    if units > max_units {
        return Err(QuantityError::OutOfRange);
    }
    let milli: i64 = if fraction.is_empty() {
        0
    } else {
        format!("{fraction:0<3}")
            .parse()
            .map_err(|_| QuantityError::NotANumber)?
    };
    let value = units * 1000 + milli;
    Ok(if negative { -value } else { value })
}

impl Neg for Quantity {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |total, q| total.saturating_add(q.0)))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (units, milli) = (magnitude / 1000, magnitude % 1000);
        if milli == 0 {
            return write!(f, "{sign}{units}");
        }
        let digits = format!("{milli:03}");
        write!(f, "{sign}{units}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_milli(self.0, serializer)
    }
}

impl Serialize for QuantitySum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_milli(self.0, serializer)
    }
}

fn serialize_milli<S: Serializer>(milli: i64, serializer: S) -> Result<S::Ok, S::Error> {
    if milli % 1000 == 0 {
        serializer.serialize_i64(milli / 1000)
    } else {
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most 16 digits: the shortest text of this float is the exact decimal"
        )]
        serializer.serialize_f64(milli as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(MilliVisitor {
                max_units: MAX_UNITS,
            })
            .map(Self)
    }
}

impl<'de> Deserialize<'de> for QuantitySum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let max_units = MAX_SUM_MILLI / 1000;
        let milli = deserializer.deserialize_any(MilliVisitor { max_units })?;
        Self::from_milli(milli.into()).map_err(de::Error::custom)
    }
}

/// Reads a JSON number of at most `max_units` units as thousandths.
struct MilliVisitor {
    max_units: i64,
}

impl de::Visitor<'_> for MilliVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number with at most 3 decimals")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<i64, E> {
        if value.unsigned_abs() > self.max_units.unsigned_abs() {
            return Err(E::custom(QuantityError::OutOfRange));
        }
        Ok(value * 1000)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value)
            .map_err(|_| E::custom(QuantityError::OutOfRange))
            .and_then(|v| self.visit_i64(v))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<i64, E> {
        if !value.is_finite() || value.abs() > 1e13 {
            return Err(E::custom(QuantityError::OutOfRange));
        }
        // The shortest decimal that reads back as this float is what the client wrote.
        parse_milli(&value.to_string(), self.max_units).map_err(E::custom)
    }
}

impl utoipa::PartialSchema for Quantity {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        schema_of("Quantity in the product's base unit, at most 3 decimals")
    }
}

impl utoipa::ToSchema for Quantity {
    fn name() -> std::borrow::Cow<'static, str> {
        "Quantity".into()
    }
}

impl utoipa::PartialSchema for QuantitySum {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        schema_of("Sum of quantities, at most 3 decimals")
    }
}

impl utoipa::ToSchema for QuantitySum {
    fn name() -> std::borrow::Cow<'static, str> {
        "QuantitySum".into()
    }
}

fn schema_of(description: &str) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Number))
        .multiple_of(Some(0.001))
        .description(Some(description))
        .examples([serde_json::json!(2), serde_json::json!(0.25)])
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn four_decimals_are_refused_and_three_are_kept() {
        assert!(serde_json::from_str::<Quantity>("0.0005").is_err());
        assert_eq!(
            serde_json::from_str::<Quantity>("0.125").unwrap(),
            Quantity(125)
        );
        assert_eq!(
            serde_json::from_str::<Quantity>("1e3").unwrap(),
            Quantity::from_units(1000)
        );
        assert!(serde_json::from_str::<Quantity>("\"3\"").is_err());
        assert!(serde_json::from_str::<Quantity>("1e300").is_err());
        assert!(serde_json::from_str::<Quantity>("1000000001").is_err());
    }

    #[test]
    fn a_sum_may_exceed_the_limit_of_one_quantity() {
        let beyond_one = QuantitySum(3 * MAX_UNITS * 1000);
        let json = serde_json::to_string(&beyond_one).unwrap();
        assert!(serde_json::from_str::<Quantity>(&json).is_err());
        assert_eq!(
            serde_json::from_str::<QuantitySum>(&json).unwrap(),
            beyond_one
        );
        assert!(QuantitySum::from_milli(i128::from(MAX_SUM_MILLI) + 1).is_err());
        assert!(serde_json::from_str::<QuantitySum>("8796093022208").is_err());
    }

    #[test]
    fn texts_that_are_not_numbers_are_refused() {
        for text in [
            "", "-", ".", "1.", ".5", "1,5", "1e3", "٣", "1 000", "--1", "+1",
        ] {
            assert!(Quantity::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_measured_units_can_be_divided() {
        for unit in ["kg", "g", "l", "cl", "ml", "m", "cm", "m2", "m3", "h"] {
            assert!(is_divisible(unit), "{unit}");
        }
        for unit in ["piece", "box", "", "KG"] {
            assert!(!is_divisible(unit), "{unit}");
        }
        let (half, two) = (Quantity(500), Quantity(2000));
        assert!(half.fits("kg") && !half.fits("piece"));
        assert!(two.fits("kg") && two.fits("piece"));
    }

    #[test]
    fn signs_and_whole_numbers_are_distinguished() {
        let facts = |milli: i64| {
            let quantity = Quantity(milli);
            (
                quantity.is_positive(),
                quantity.is_zero(),
                quantity.is_whole(),
            )
        };
        assert_eq!(facts(0), (false, true, true));
        assert_eq!(facts(1), (true, false, false));
        assert_eq!(facts(-1), (false, false, false));
        assert_eq!(facts(1000), (true, false, true));
        assert_eq!(facts(-2000), (false, false, true));
        assert_eq!(facts(1500), (true, false, false));
    }

    #[test]
    fn sums_and_differences_stop_at_the_range() {
        let (three, five) = (Quantity(3), Quantity(5));
        assert_eq!(five.checked_add(three), Some(Quantity(8)));
        assert_eq!(three.checked_sub(five), Some(Quantity(-2)));
        assert_eq!(Quantity(i64::MAX).checked_add(three), None);
        assert_eq!(Quantity(i64::MIN).checked_sub(three), None);
        assert_eq!(-five, Quantity(-5));
        assert_eq!([three, five, -three].into_iter().sum::<Quantity>(), five);
        let beyond = [Quantity(i64::MAX), three].into_iter().sum::<Quantity>();
        assert_eq!(beyond, Quantity(i64::MAX));
    }

    #[test]
    fn a_quantity_becomes_a_sum_within_the_limits_of_sums() {
        assert_eq!(QuantitySum::MAX.milli(), 8_796_093_022_207_999);
        assert_eq!(QuantitySum::from(Quantity(-1250)).milli(), -1250);
        assert_eq!(QuantitySum::from(Quantity(i64::MAX)), QuantitySum::MAX);
        let least = QuantitySum::from(Quantity(i64::MIN));
        assert_eq!(least.milli(), -QuantitySum::MAX.milli());
        let largest = serde_json::to_string(&QuantitySum::MAX).unwrap();
        assert_eq!(largest, "8796093022207.999");
        assert_eq!(
            serde_json::from_str::<QuantitySum>(&largest).unwrap(),
            QuantitySum::MAX
        );
    }

    #[test]
    fn a_billion_units_are_the_most() {
        let most = Quantity::from_units(MAX_UNITS);
        for text in ["1000000000", "1000000000.0", "1e9"] {
            assert_eq!(
                serde_json::from_str::<Quantity>(text).unwrap(),
                most,
                "{text}"
            );
        }
        assert_eq!(Quantity::parse("-1000000000").unwrap(), -most);
        for text in [
            "1000000001",
            "-1000000001",
            "1e13",
            "1e14",
            "18446744073709551615",
        ] {
            let problem = serde_json::from_str::<Quantity>(text)
                .unwrap_err()
                .to_string();
            assert!(problem.contains("out of range"), "{text}: {problem}");
        }
        assert_eq!(
            Quantity::parse("1000000001"),
            Err(QuantityError::OutOfRange)
        );
        assert_eq!(
            Quantity::parse("99999999999999999999"),
            Err(QuantityError::OutOfRange)
        );
    }

    #[test]
    fn the_text_is_the_shortest_decimal() {
        let text = |milli: i64| (Quantity(milli).to_string(), json(milli));
        let json = |text: &str| (text.to_owned(), text.to_owned());
        assert_eq!(text(0), json("0"));
        assert_eq!(text(-3000), json("-3"));
        assert_eq!(text(250), json("0.25"));
        assert_eq!(text(-1005), json("-1.005"));
        let problem = serde_json::from_str::<Quantity>("[]")
            .unwrap_err()
            .to_string();
        assert!(
            problem.contains("a number with at most 3 decimals"),
            "{problem}"
        );
    }

    fn json(milli: i64) -> String {
        serde_json::to_string(&Quantity(milli)).unwrap()
    }

    proptest! {
        #[test]
        fn every_quantity_survives_json_and_text(milli in -1_000_000_000_000i64..=1_000_000_000_000) {
            let quantity = Quantity(milli);
            let json = serde_json::to_string(&quantity).unwrap();
            prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity);
            prop_assert_eq!(Quantity::parse(&quantity.to_string()).unwrap(), quantity);
        }

        #[test]
        fn every_sum_survives_json(milli in -MAX_SUM_MILLI..=MAX_SUM_MILLI) {
            let json = serde_json::to_string(&QuantitySum(milli)).unwrap();
            prop_assert_eq!(serde_json::from_str::<QuantitySum>(&json).unwrap(), QuantitySum(milli));
        }
    }
}

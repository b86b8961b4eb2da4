//! Currencies: ISO 4217, the digits that people see, and the smallest step that is paid in cash.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::money::MoneyError;

/// Properties of a currency.
struct CurrencyFacts {
    code: &'static str,
    /// Decimal digits in storage (ISO 4217).
    exponent: u8,
    /// Decimal digits shown and typed.
    display: u8,
    /// Smallest cash step, in minor units.
    cash_step_minor: i64,
}

impl CurrencyFacts {
    const fn new(code: &'static str, exponent: u8, display: u8, cash_step_minor: i64) -> Self {
        Self {
            code,
            exponent,
            display,
            cash_step_minor,
        }
    }
}

/// The supported currencies, those of the region first: code, exponent, digits shown, cash step.
const CURRENCIES: &[CurrencyFacts] = &[
    CurrencyFacts::new("CDF", 2, 0, 5000),
    CurrencyFacts::new("USD", 2, 2, 1),
    CurrencyFacts::new("EUR", 2, 2, 1),
    CurrencyFacts::new("GBP", 2, 2, 1),
    CurrencyFacts::new("XAF", 0, 0, 5),
    CurrencyFacts::new("XOF", 0, 0, 5),
    CurrencyFacts::new("RWF", 0, 0, 1),
    CurrencyFacts::new("BIF", 0, 0, 1),
    CurrencyFacts::new("UGX", 0, 0, 50),
    CurrencyFacts::new("KES", 2, 2, 100),
    CurrencyFacts::new("TZS", 2, 0, 5000),
    CurrencyFacts::new("ZMW", 2, 2, 5),
    CurrencyFacts::new("AOA", 2, 2, 100),
    CurrencyFacts::new("CHF", 2, 2, 5),
    CurrencyFacts::new("CAD", 2, 2, 5),
    CurrencyFacts::new("ZAR", 2, 2, 10),
    CurrencyFacts::new("MAD", 2, 2, 1),
    CurrencyFacts::new("NGN", 2, 2, 1),
    CurrencyFacts::new("GHS", 2, 2, 1),
    CurrencyFacts::new("CNY", 2, 2, 1),
    CurrencyFacts::new("INR", 2, 2, 100),
];

/// A supported ISO 4217 currency.
#[derive(Clone, Copy, derive_more::Debug, derive_more::Display)]
#[debug("{}", self.0.code)]
#[display("{}", self.0.code)]
pub struct Currency(&'static CurrencyFacts);

impl Currency {
    /// Finds a currency by its code, in capitals.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`].
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        CURRENCIES
            .iter()
            .find(|facts| facts.code == code)
            .map(Self)
            .ok_or(MoneyError::UnknownCurrency)
    }

    /// The three-letter code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0.code
    }

    /// Decimal digits in storage.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.0.exponent
    }

    /// Digits shown to people.
    #[must_use]
    pub const fn display_digits(self) -> u8 {
        self.0.display
    }

    /// The usual smallest cash step, in minor units.
    #[must_use]
    pub const fn cash_step_minor(self) -> i64 {
        self.0.cash_step_minor
    }

    /// Minor units in the smallest amount shown to people: 100 for CDF (one franc), 1 for USD.
    #[must_use]
    pub fn shown_step_minor(self) -> i64 {
        10i64.pow(u32::from(self.0.exponent.saturating_sub(self.0.display)))
    }

    /// Minor units in one major unit: 100 for CDF, 1 for XAF.
    #[must_use]
    pub fn minor_per_major(self) -> i64 {
        10i64.pow(u32::from(self.0.exponent))
    }
}

impl PartialEq for Currency {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}
impl Eq for Currency {}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&code).map_err(de::Error::custom)
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some("ISO 4217 code"))
            .enum_values(Some(CURRENCIES.iter().map(|facts| facts.code)))
            .examples([serde_json::json!("CDF")])
            .into()
    }
}

impl utoipa::ToSchema for Currency {
    fn name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_knows_its_digits_and_steps() {
        let facts = |code: &str| {
            let currency = Currency::parse(code).unwrap();
            assert_eq!(
                (currency.code(), currency.to_string().as_str()),
                (code, code)
            );
            assert_eq!(format!("{currency:?}"), code);
            (
                currency.exponent(),
                currency.display_digits(),
                currency.cash_step_minor(),
                currency.shown_step_minor(),
                currency.minor_per_major(),
            )
        };
        assert_eq!(facts("CDF"), (2, 0, 5000, 100, 100));
        assert_eq!(facts("USD"), (2, 2, 1, 1, 100));
        assert_eq!(facts("XAF"), (0, 0, 5, 1, 1));
        assert_eq!(Currency::parse("USD"), Currency::parse("USD"));
        assert_ne!(Currency::parse("USD"), Currency::parse("CDF"));
        assert_eq!("ZZZ".parse::<Currency>(), Err(MoneyError::UnknownCurrency));
    }
}

//! Amounts, quantities and rates as people read them.

use kernel::{Currency, Quantity, RateMicros, rounding::div_half_up};

use super::language::Language;

/// An amount with the digits that its currency shows: `3 500 FC`, `12,50 USD`.
#[must_use]
pub fn amount(language: Language, minor: i64, currency: Currency) -> String {
    format!(
        "{}\u{a0}{}",
        bare(language, minor, currency),
        symbol(currency)
    )
}

/// The same without the currency: `3 500`, `12,50`.
#[must_use]
pub fn bare(language: Language, minor: i64, currency: Currency) -> String {
    let shown = div_half_up(i128::from(minor), i128::from(currency.shown_step_minor()));
    decimal(language, shown, u32::from(currency.display_digits()))
}

/// The price of a unit without the currency: with its centimes where it has some, so that price times
/// quantity is the amount beside it.
#[must_use]
pub fn price(language: Language, minor: i64, currency: Currency) -> String {
    if minor % currency.shown_step_minor() == 0 {
        bare(language, minor, currency)
    } else {
        decimal(language, i128::from(minor), u32::from(currency.exponent()))
    }
}

/// A quantity without zeros at its end: `1,25`.
#[must_use]
pub fn quantity(language: Language, quantity: Quantity) -> String {
    trimmed(
        language,
        &decimal(language, i128::from(quantity.milli()), 3),
    )
}

/// An exchange rate with at most two decimals: `2 850,5`.
#[must_use]
pub fn rate(language: Language, rate: RateMicros) -> String {
    let cents = div_half_up(i128::from(rate.micros()), 10_000);
    trimmed(language, &decimal(language, cents, 2))
}

/// Basis points in percent: `5,5 %`.
#[must_use]
pub fn percent(language: Language, basis_points: i64) -> String {
    let text = trimmed(language, &decimal(language, i128::from(basis_points), 2));
    format!("{text}\u{a0}%")
}

/// The sign of a currency: FC for Congolese francs, as the region writes them, else its code.
#[must_use]
pub fn symbol(currency: Currency) -> &'static str {
    match currency.code() {
        "CDF" => "FC",
        code => code,
    }
}

fn trimmed(language: Language, text: &str) -> String {
    if text.contains(language.point()) {
        let text = text.trim_end_matches('0');
        text.trim_end_matches(language.point()).to_owned()
    } else {
        text.to_owned()
    }
}

/// A fixed-point number with its thousands grouped.
fn decimal(language: Language, value: i128, digits: u32) -> String {
    let scale = 10u128.pow(digits);
    let magnitude = value.unsigned_abs();
    let whole = (magnitude / scale).to_string();
    let mut text = String::new();
    if value < 0 {
        text.push('-');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(language.group());
        }
        text.push(digit);
    }
    if digits > 0 {
        let width = usize::try_from(digits).unwrap_or(0);
        text.push(language.point());
        let fraction = format!("{:0width$}", magnitude % scale);
        text.push_str(&fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_in_the_shop() {
        let (french, english) = (Language::of("fr-CD"), Language::of("en"));
        let cdf = Currency::parse("CDF").unwrap();
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(
            amount(french, 1_234_567_50, cdf),
            "1\u{a0}234\u{a0}568\u{a0}FC"
        );
        assert_eq!(amount(french, -50_00, cdf), "-50\u{a0}FC");
        assert_eq!(amount(french, 1250, usd), "12,50\u{a0}USD");
        assert_eq!(amount(english, 123_456, usd), "1,234.56\u{a0}USD");
        assert_eq!(price(french, 350_000, cdf), "3\u{a0}500");
        assert_eq!(price(french, 150, cdf), "1,50");
        assert_eq!(quantity(french, Quantity::from_milli(1250)), "1,25");
        assert_eq!(quantity(english, Quantity::from_units(1200)), "1,200");
        assert_eq!(percent(french, 1600), "16\u{a0}%");
        assert_eq!(percent(french, 550), "5,5\u{a0}%");
        let rate_of_day = RateMicros::new(2_850_500_000).unwrap();
        assert_eq!(rate(french, rate_of_day), "2\u{a0}850,5");
    }
}

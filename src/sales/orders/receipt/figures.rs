//! Amounts, quantities and rates as people read them.

use kernel::{Currency, Quantity, RateMicros, money::div_half_up};

use super::words::Words;

/// An amount with the digits that its currency shows: `3 500 FC`, `12,50 USD`.
pub(super) fn amount(words: &Words, minor: i64, currency: Currency) -> String {
    format!("{}\u{a0}{}", bare(words, minor, currency), symbol(currency))
}

/// The same without the currency.
pub(super) fn bare(words: &Words, minor: i64, currency: Currency) -> String {
    let hidden = u32::from(
        currency
            .exponent()
            .saturating_sub(currency.display_digits()),
    );
    let shown = div_half_up(i128::from(minor), 10i128.pow(hidden));
    decimal(words, shown, u32::from(currency.display_digits()))
}

/// A quantity without useless zeros.
pub(super) fn quantity(words: &Words, quantity: Quantity) -> String {
    trimmed(words, &decimal(words, i128::from(quantity.milli()), 3))
}

/// A rate with at most two decimals: nobody reads the sixth.
pub(super) fn rate(words: &Words, rate: RateMicros) -> String {
    let cents = div_half_up(i128::from(rate.micros()), 10_000);
    trimmed(words, &decimal(words, cents, 2))
}

/// A tax rate in percent.
pub(super) fn percent(words: &Words, basis_points: i64) -> String {
    let text = trimmed(words, &decimal(words, i128::from(basis_points), 2));
    format!("{text}\u{a0}%")
}

/// Francs are written FC in the region; other currencies by their code.
pub(super) fn symbol(currency: Currency) -> &'static str {
    match currency.code() {
        "CDF" => "FC",
        code => code,
    }
}

fn trimmed(words: &Words, text: &str) -> String {
    if text.contains(words.point) {
        let text = text.trim_end_matches('0');
        text.trim_end_matches(words.point).to_owned()
    } else {
        text.to_owned()
    }
}

/// A fixed-point number, its thousands apart.
fn decimal(words: &Words, value: i128, digits: u32) -> String {
    let scale = 10u128.pow(digits);
    let magnitude = value.unsigned_abs();
    let whole = (magnitude / scale).to_string();
    let mut text = String::new();
    if value < 0 {
        text.push('-');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(words.group);
        }
        text.push(digit);
    }
    if digits > 0 {
        let width = usize::try_from(digits).unwrap_or(0);
        text.push(words.point);
        let fraction = format!("{:0width$}", magnitude % scale);
        text.push_str(&fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::words, *};

    #[test]
    fn figures_read_as_in_the_shop() {
        let (french, english) = (words::of("fr-CD"), words::of("en"));
        let cdf = Currency::parse("CDF").unwrap();
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(
            amount(french, 1_234_567_50, cdf),
            "1\u{a0}234\u{a0}568\u{a0}FC"
        );
        assert_eq!(amount(french, -50_00, cdf), "-50\u{a0}FC");
        assert_eq!(amount(french, 1250, usd), "12,50\u{a0}USD");
        assert_eq!(amount(english, 123_456, usd), "1,234.56\u{a0}USD");
        assert_eq!(quantity(french, Quantity::from_milli(1250)), "1,25");
        assert_eq!(quantity(english, Quantity::from_units(1200)), "1,200");
        assert_eq!(percent(french, 1600), "16\u{a0}%");
        assert_eq!(percent(french, 550), "5,5\u{a0}%");
        let rate_of_day = RateMicros::new(2_850_500_000).unwrap();
        assert_eq!(rate(french, rate_of_day), "2\u{a0}850,5");
    }
}

//! Whole numbers in any spelling. In JSON Schema `29.0`, `2.9e1` and `-0` are integers; serde reads an
//! integer only without point and exponent.
//!
//! Used only for a body that was refused. Works on the digits: no number becomes a float, so a large one
//! stays exact.

use std::borrow::Cow;

/// Most digits that an integer of any body may have.
const MAX_DIGITS: usize = 20;

/// The same JSON with each whole number as plain digits; `None` when nothing changes. `raw` is valid
/// JSON.
pub(super) fn respell(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    let mut is_changed = false;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(start);
        text.push_str(before);
        let length = if token.starts_with('"') {
            string_length(token)
        } else {
            number_length(token)
        };
        let (token, after) = token.split_at(length);
        let plain = plain_digits(token);
        is_changed |= plain.is_some();
        text.push_str(plain.as_deref().unwrap_or(token));
        rest = after;
    }
    text.push_str(rest);
    is_changed.then_some(text)
}

fn string_length(token: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in token.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    token.len()
}

fn number_length(token: &str) -> usize {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    token.find(|c| !is_part(c)).unwrap_or(token.len())
}

/// The digits of a whole number in another spelling; `None` for everything else.
fn plain_digits(token: &str) -> Option<Cow<'static, str>> {
    if token.starts_with('"') {
        return None;
    }
    let (sign, magnitude) = match token.strip_prefix('-') {
        Some(magnitude) => ("-", magnitude),
        None => ("", token),
    };
    let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (units, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{units}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        // serde reads `-0` as a float.
        return (token != "0").then_some(Cow::Borrowed("0"));
    }
    if mantissa.len() == token.len() - sign.len() && fraction.is_empty() {
        return None;
    }
    let trailing = digits.len() - digits.trim_end_matches('0').len();
    let exponent: i64 = exponent.parse().ok()?;
    let shift = i64::try_from(trailing).ok()? - i64::try_from(fraction.len()).ok()?;
    let zeros = usize::try_from(exponent.checked_add(shift)?).ok()?;
    if significant.len().checked_add(zeros)? > MAX_DIGITS {
        return None;
    }
    Some(format!("{sign}{significant}{}", "0".repeat(zeros)).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_numbers_become_plain_digits_and_others_stay() {
        for (spelt, plain) in [
            ("29.0", "29"),
            ("2.9e1", "29"),
            ("2900E-2", "29"),
            ("-29.000", "-29"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0e400", "0"),
            ("0.0e-400", "0"),
            ("9007199254740993.0", "9007199254740993"),
            ("9.223372036854775807e18", "9223372036854775807"),
        ] {
            assert_eq!(respell(spelt).as_deref(), Some(plain), "{spelt}");
        }
        for same in [
            "29",
            "-29",
            "0",
            "10",
            "29.5",
            "1e-1",
            "1e400",
            "1e30",
            "1e99999999999999999999",
            "true",
            "null",
            "\"29.0\"",
            "{\"29.0\": \"\\\"1.0\"}",
            "",
        ] {
            assert_eq!(respell(same), None, "{same}");
        }
    }

    #[test]
    fn everything_else_of_a_body_is_unchanged() {
        let body = "{\"a-1.0\": [1.0, 2.50, -3e0],\n \"b\": \"é\\\\\", \"c\": -0}";
        let plain = "{\"a-1.0\": [1, 2.50, -3],\n \"b\": \"é\\\\\", \"c\": 0}";
        assert_eq!(respell(body).as_deref(), Some(plain));
    }

    proptest! {
        #[test]
        fn every_integer_is_kept_to_the_digit(number: i64, zeros in 1_usize..30) {
            let spelt = format!("{number}.{}", "0".repeat(zeros));
            prop_assert_eq!(respell(&spelt), Some(number.to_string()));
            let shifted = format!("{number}{}e-{zeros}", "0".repeat(zeros));
            prop_assert_eq!(respell(&shifted), Some(number.to_string()));
        }
    }
}

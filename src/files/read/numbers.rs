//! Numbers as people type them in French and in English: `1 234,56`, `1,234.56`, `12`, `0.5`.
//!
//! `1,234` is more than a thousand in London and little more than one in Goma: what such a text means
//! follows from the notation of the whole file.

use kernel::{Currency, Quantity, money::MAX_MINOR, quantity::MAX_UNITS};

use super::{
    mapping::DecimalSign,
    ways::{Hint, Way},
};

/// Most digits of a number: more than any amount or quantity has.
const MAX_DIGITS: usize = 24;

/// A decimal number, exact: `digits / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

/// Why a text is not a number of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// Not a number at all.
    NotANumber,
    /// Two numbers could be meant.
    Ambiguous,
    /// More decimals than can be kept.
    TooPrecise,
    /// Beyond the limits.
    OutOfRange,
}

impl NumberError {
    /// The code of a row issue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotANumber => "import.not_a_number",
            Self::Ambiguous => "import.ambiguous_number",
            Self::TooPrecise => "import.too_precise",
            Self::OutOfRange => "import.out_of_range",
        }
    }

    /// What was expected.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NotANumber => "A number such as 1500, 1 500,50 or 1,500.50 is expected.",
            Self::Ambiguous => {
                "This could be thousands or decimals, and other rows of the file use both signs. A mapping with decimal_sign settles it."
            }
            Self::TooPrecise => "This has more decimals than can be kept.",
            Self::OutOfRange => "This number is too large.",
        }
    }
}

impl Decimal {
    /// Reads a number of a file with this decimal sign.
    ///
    /// # Errors
    /// [`NumberError`].
    pub fn parse(text: &str, way: Way<DecimalSign>) -> Result<Self, NumberError> {
        let (negative, body) = split_sign(text.trim());
        if let Some(digits) = plain(body) {
            return Ok(Self {
                digits: if negative { -digits } else { digits },
                scale: 0,
            });
        }
        let (whole, fraction) = match way.of(own_sign(body)) {
            Some(sign) => split_at_sign(body, sign)?,
            None if body.contains([',', '.']) => {
                return Err(match own_sign(body) {
                    Hint::Open => NumberError::Ambiguous,
                    Hint::Silent | Hint::Proves(_) => NumberError::NotANumber,
                });
            }
            None => (body, ""),
        };
        let mut digits = String::with_capacity(body.len());
        push_whole(whole, &mut digits)?;
        let fraction = fraction.trim_end_matches('0');
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::NotANumber);
        }
        digits.push_str(fraction);
        if digits.len() > MAX_DIGITS {
            return Err(if fraction.len() > 6 {
                NumberError::TooPrecise
            } else {
                NumberError::OutOfRange
            });
        }
        let value: i128 = digits.parse().map_err(|_| NumberError::NotANumber)?;
        Ok(Self {
            digits: if negative { -value } else { value },
            scale: u32::try_from(fraction.len()).unwrap_or(u32::MAX),
        })
    }

    /// The amount in minor units of a currency.
    ///
    /// # Errors
    /// [`NumberError::TooPrecise`] when the currency has fewer digits, [`NumberError::OutOfRange`].
    pub fn to_minor(self, currency: Currency) -> Result<i64, NumberError> {
        self.scaled(u32::from(currency.exponent()), MAX_MINOR)
    }

    /// The quantity.
    ///
    /// # Errors
    /// [`NumberError::TooPrecise`] beyond three decimals, [`NumberError::OutOfRange`].
    pub fn to_quantity(self) -> Result<Quantity, NumberError> {
        self.scaled(3, MAX_UNITS * 1000).map(Quantity::from_milli)
    }

    /// The number a hundred times as large.
    #[must_use]
    pub const fn hundredfold(self) -> Self {
        match self.scale {
            0 => Self {
                digits: self.digits.saturating_mul(100),
                scale: 0,
            },
            1 => Self {
                digits: self.digits.saturating_mul(10),
                scale: 0,
            },
            scale => Self {
                digits: self.digits,
                scale: scale - 2,
            },
        }
    }

    /// A percentage in basis points: `16` is 1600.
    ///
    /// # Errors
    /// [`NumberError::TooPrecise`] beyond two decimals, [`NumberError::OutOfRange`] outside 0 to 100.
    pub fn to_basis_points(self) -> Result<i64, NumberError> {
        let basis_points = self.scaled(2, 10_000)?;
        if basis_points < 0 {
            return Err(NumberError::OutOfRange);
        }
        Ok(basis_points)
    }

    /// The same number on the other side of zero.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self {
            digits: -self.digits,
            scale: self.scale,
        }
    }

    /// True below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.digits < 0
    }

    fn scaled(self, decimals: u32, max: i64) -> Result<i64, NumberError> {
        let missing = decimals
            .checked_sub(self.scale)
            .ok_or(NumberError::TooPrecise)?;
        let value = self
            .digits
            .checked_mul(10i128.pow(missing))
            .ok_or(NumberError::OutOfRange)?;
        match i64::try_from(value) {
            Ok(value) if value.unsigned_abs() <= max.unsigned_abs() => Ok(value),
            _ => Err(NumberError::OutOfRange),
        }
    }
}

/// A whole number that is nothing but some digits: most cells are one.
fn plain(text: &str) -> Option<i128> {
    if !(1..=18).contains(&text.len()) {
        return None;
    }
    let mut value = 0i64;
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(i128::from(value))
}

/// `-12`, `−12` (the typographic minus), `(12)` as accountants write it, `+12`.
#[must_use]
pub fn split_sign(text: &str) -> (bool, &str) {
    if let Some(inside) = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return (true, inside.trim());
    }
    for minus in ['-', '\u{2212}'] {
        if let Some(rest) = text.strip_prefix(minus) {
            return (true, rest.trim_start());
        }
    }
    (false, text.strip_prefix('+').unwrap_or(text))
}

/// The figures of a cell, without a currency or a percent sign around them.
#[must_use]
pub fn figures(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_ascii_digit())
}

/// What a number says about the decimal sign of its file. A text that is not a number says nothing.
#[must_use]
pub fn sign_of(text: &str) -> Hint<DecimalSign> {
    let (_, body) = split_sign(text.trim());
    match own_sign(body) {
        Hint::Proves(sign) if Decimal::parse(body, Way::Known(sign)).is_err() => Hint::Silent,
        hint => hint,
    }
}

/// The decimal sign of a number without its plus or minus: the last of two different signs, or a
/// single one that cannot group thousands. A sign that occurs twice groups thousands; then the other
/// one is the decimal sign of the file.
fn own_sign(text: &str) -> Hint<DecimalSign> {
    let mut signs = text.char_indices().rev().filter_map(|(at, c)| match c {
        ',' => Some((at, DecimalSign::Comma)),
        '.' => Some((at, DecimalSign::Point)),
        _ => None,
    });
    let Some((at, last)) = signs.next() else {
        return Hint::Silent;
    };
    let (mut same, mut others) = (0, 0);
    for (_, sign) in signs {
        if sign == last {
            same += 1;
        } else {
            others += 1;
        }
    }
    if same > 0 {
        return if others == 0 {
            Hint::Proves(last.other())
        } else {
            Hint::Silent
        };
    }
    let (whole, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    let fraction = rest.get(1..).unwrap_or_default();
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_alone = others == 0 && is_digits(whole) && is_digits(fraction);
    let could_group =
        fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    if is_alone && could_group {
        Hint::Open
    } else {
        Hint::Proves(last)
    }
}

/// The whole part and the decimals.
fn split_at_sign(text: &str, sign: DecimalSign) -> Result<(&str, &str), NumberError> {
    match text.split_once(sign.character()) {
        None => Ok((text, "")),
        Some((whole, fraction)) if whole.is_empty() || fraction.is_empty() => {
            Err(NumberError::NotANumber)
        }
        Some(parts) => Ok(parts),
    }
}

/// Removes the grouping from the whole part: one kind of sign, groups of three.
fn push_whole(whole: &str, digits: &mut String) -> Result<(), NumberError> {
    let is_group_sign = |c: char| {
        matches!(
            c,
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}' | ',' | '.'
        )
    };
    let mut sign = None;
    for (position, group) in whole.split(is_group_sign).enumerate() {
        let width_is_right = match position {
            0 if sign.is_none() && !whole.contains(is_group_sign) => !group.is_empty(),
            0 => (1..=3).contains(&group.len()),
            _ => group.len() == 3,
        };
        if !width_is_right || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::NotANumber);
        }
        digits.push_str(group);
    }
    for c in whole.chars().filter(|c| is_group_sign(*c)) {
        if *sign.get_or_insert(c) != c {
            return Err(NumberError::NotANumber);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Figures of findings: floating-point numbers to compute with, and back to what the API shows.

use kernel::{Balance, Quantity, QuantitySum, figure::MAX_FIGURE, money::MinorUnits as _};

/// Rounds to three decimals; NaN and infinity become 0.
pub(super) fn rounded(value: f64) -> f64 {
    if value.is_finite() {
        (value * 1_000.0).round() / 1_000.0
    } else {
        0.0
    }
}

/// Money as a floating-point number, minor units.
#[expect(
    clippy::cast_precision_loss,
    reason = "amounts stay below 10^15, which a double holds exactly"
)]
pub(super) fn real(value: impl Into<i64>) -> f64 {
    value.into() as f64
}

/// A sum of money as a floating-point number, minor units.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is usual needs no more than sixteen digits"
)]
pub(super) const fn real_sum(value: i128) -> f64 {
    value as f64
}

/// Back to money. A figure outside of the range of the API is cut to it; `Draft::into_found` then rejects it.
pub(super) fn minor(value: f64) -> Balance {
    Balance::nearest(whole(value).into())
}

#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn whole(value: f64) -> i64 {
    if value.is_finite() {
        let most = real(MAX_FIGURE);
        value.round().clamp(-most, most) as i64
    } else {
        0
    }
}

/// A sum as the API shows it, cut like [`minor`].
pub(super) fn shown(sum: i128) -> Balance {
    Balance::nearest(sum)
}

/// Units as a floating-point number.
pub(super) fn units(quantity: Quantity) -> f64 {
    real(quantity.milli()) / 1_000.0
}

/// Units as the API shows them, cut like [`minor`].
pub(super) fn quantity(units: f64) -> QuantitySum {
    let milli = i128::from(whole(units * 1_000.0));
    QuantitySum::from_milli(milli).unwrap_or(QuantitySum::MAX)
}

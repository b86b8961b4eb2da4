//! The one rule by which amounts are rounded.

/// Division of integers rounded half away from zero: the till's "half-up".
#[must_use]
pub const fn div_half_up(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    if numerator >= 0 {
        (numerator + half) / denominator
    } else {
        (numerator - half) / denominator
    }
}

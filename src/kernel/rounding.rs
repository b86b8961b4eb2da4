//! The rounding of amounts.

/// Division rounded half away from zero: "half-up" at the till.
#[must_use]
pub const fn div_half_up(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    if numerator >= 0 {
        (numerator + half) / denominator
    } else {
        (numerator - half) / denominator
    }
}

//! Figures: sums in responses.
//!
//! Sums are computed with 128 bits: no number of sales overflows them. Clients read numbers as doubles,
//! which are exact only up to 2^53 - 1. A larger sum is refused ([`crate::Code::FigureOutOfRange`]) and
//! never sent inexactly.

use crate::rounding::div_half_up;

/// Largest number that every client reads exactly: 2^53 - 1.
pub const MAX_FIGURE: i64 = 9_007_199_254_740_991;

/// A sum above [`MAX_FIGURE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a figure is too large for the API")]
pub struct FigureOutOfRange;

/// Checks a sum for a response.
///
/// # Errors
/// [`FigureOutOfRange`].
pub fn figure(sum: i128) -> Result<i64, FigureOutOfRange> {
    match i64::try_from(sum) {
        Ok(figure) if figure.unsigned_abs() <= MAX_FIGURE.unsigned_abs() => Ok(figure),
        _ => Err(FigureOutOfRange),
    }
}

/// The mean of a sum over `count` items, rounded half-up; 0 without items.
#[must_use]
pub fn mean(sum: i128, count: i64) -> i128 {
    if count == 0 {
        return 0;
    }
    div_half_up(sum, i128::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_clients_cannot_read_exactly_is_refused() {
        let most = i128::from(MAX_FIGURE);
        assert_eq!(figure(most), Ok(MAX_FIGURE));
        assert_eq!(figure(-most), Ok(-MAX_FIGURE));
        for sum in [most + 1, -most - 1, i128::from(i64::MAX) + 1, i128::MIN] {
            assert_eq!(figure(sum), Err(FigureOutOfRange));
        }
    }

    #[test]
    fn the_mean_is_rounded_half_up_and_zero_without_items() {
        assert_eq!(mean(1_000, 3), 333);
        assert_eq!(mean(5, 2), 3);
        assert_eq!(mean(7, 0), 0);
        assert_eq!(
            mean(9_600 * 1_000_000_000_000_000, 9_600),
            1_000_000_000_000_000
        );
    }
}

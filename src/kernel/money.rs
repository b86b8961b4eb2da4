//! Money: integer minor units of a [`crate::Currency`], never floating point.
//!
//! Amounts are split by largest remainder, so the parts always add up to the whole. Rounding is half-up,
//! once, at the end of a computation. Every function computes with [`MinorUnits`] of one type and returns
//! the same type: an amount gives an amount.

use crate::{quantity::Quantity, rounding::div_half_up};

/// Largest amount of one field, in minor units: 10^15 (ten thousand billion francs).
/// JSON numbers stay exact below 2^53 in every client, and sums of many stay inside `i64`.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// Largest total and largest cost of a sale, in minor units: 10^13 (a hundred billion francs). Nine
/// hundred such sales still add up to a number that every client reads exactly.
pub const MAX_SALE_MINOR: i64 = 10_000_000_000_000;

/// Why an amount cannot be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Above [`MAX_MINOR`], or [`MAX_SALE_MINOR`] for a sale.
    #[error("the amount is out of range")]
    Overflow,
    /// Not a supported ISO 4217 code.
    #[error("is not a supported ISO 4217 currency code")]
    UnknownCurrency,
}

/// A whole number of minor units: an [`crate::Amount`], a [`crate::Balance`], or an `i64` whose range
/// has not been checked yet.
pub trait MinorUnits: Copy {
    /// The number.
    fn to_minor(self) -> i64;

    /// The number, if it is in the range of the type.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    fn from_minor(minor: i64) -> Result<Self, MoneyError>;

    /// The nearest number in the range of the type, for results that are at most as large as what they
    /// are computed from.
    fn nearest(value: i128) -> Self;
}

impl MinorUnits for i64 {
    fn to_minor(self) -> i64 {
        self
    }

    fn from_minor(minor: i64) -> Result<Self, MoneyError> {
        Ok(minor)
    }

    fn nearest(value: i128) -> Self {
        Self::try_from(value).unwrap_or(if value < 0 { Self::MIN } else { Self::MAX })
    }
}

/// The minor units as a number that leaves room for a product.
fn wide<M: MinorUnits>(money: M) -> i128 {
    money.to_minor().into()
}

/// A result of at most [`MAX_MINOR`], if it is in the range of the type.
pub(crate) fn bounded<M: MinorUnits>(value: i128) -> Result<M, MoneyError> {
    match i64::try_from(value) {
        Ok(minor) if minor.unsigned_abs() <= MAX_MINOR.unsigned_abs() => M::from_minor(minor),
        _ => Err(MoneyError::Overflow),
    }
}

/// Price for a quantity: `unit_price_minor * quantity`, rounded half-up to a minor unit.
///
/// # Errors
/// [`MoneyError::Overflow`] when the result passes [`MAX_MINOR`].
pub fn extend<M: MinorUnits>(unit_minor: M, quantity: Quantity) -> Result<M, MoneyError> {
    bounded(div_half_up(
        wide(unit_minor) * i128::from(quantity.milli()),
        1000,
    ))
}

/// Price for a quantity like [`extend`], rounded half-up once to a multiple of `step`.
///
/// # Errors
/// [`MoneyError::Overflow`] when the result passes [`MAX_MINOR`].
pub fn extend_to_step<M: MinorUnits>(
    unit_minor: M,
    quantity: Quantity,
    step: i64,
) -> Result<M, MoneyError> {
    let step = i128::from(step.max(1));
    let exact = wide(unit_minor) * i128::from(quantity.milli());
    bounded(div_half_up(exact, 1000 * step) * step)
}

/// Sum of amounts, refused beyond [`MAX_MINOR`].
///
/// # Errors
/// [`MoneyError::Overflow`].
pub fn sum<M: MinorUnits>(amounts: impl IntoIterator<Item = M>) -> Result<M, MoneyError> {
    bounded(amounts.into_iter().map(wide).sum())
}

/// Sum of the amounts of one sale, refused beyond [`MAX_SALE_MINOR`].
///
/// # Errors
/// [`MoneyError::Overflow`].
pub fn sum_of_sale<M: MinorUnits>(amounts: impl IntoIterator<Item = M>) -> Result<M, MoneyError> {
    let whole = sum(amounts)?;
    if whole.to_minor().unsigned_abs() <= MAX_SALE_MINOR.unsigned_abs() {
        Ok(whole)
    } else {
        Err(MoneyError::Overflow)
    }
}

/// The tax inside an amount that includes it: `gross * rate / (1 + rate)`, half-up.
/// `rate_bp` is in basis points (1600 is 16 %).
#[must_use]
pub fn tax_within<M: MinorUnits>(gross_minor: M, rate_bp: i64) -> M {
    M::nearest(div_half_up(
        wide(gross_minor) * i128::from(rate_bp),
        10_000 + i128::from(rate_bp),
    ))
}

/// The tax to add to a net amount: `net * rate`, rounded half-up once to a multiple of `step`.
/// `rate_bp` in basis points.
///
/// # Errors
/// [`MoneyError::Overflow`] when the result passes [`MAX_MINOR`].
pub fn tax_on_top<M: MinorUnits>(net_minor: M, rate_bp: i64, step: i64) -> Result<M, MoneyError> {
    let step = i128::from(step.max(1));
    let exact = wide(net_minor) * i128::from(rate_bp);
    bounded(div_half_up(exact, 10_000 * step) * step)
}

/// A part of an amount: `amount * part / whole`, half-up; zero when `whole` is zero.
#[must_use]
pub fn proportion<M: MinorUnits>(amount_minor: M, part: i64, whole: i64) -> M {
    proportion_in_steps(amount_minor, part, whole, 1)
}

/// A part of an amount like [`proportion`], rounded half-up once to a multiple of `step`. The whole of
/// an amount that is a multiple of `step` is the amount itself.
#[must_use]
pub fn proportion_in_steps<M: MinorUnits>(amount_minor: M, part: i64, whole: i64, step: i64) -> M {
    if whole == 0 {
        return M::nearest(0);
    }
    let step = i128::from(step.max(1));
    let exact = wide(amount_minor) * i128::from(part);
    M::nearest(div_half_up(exact, i128::from(whole) * step) * step)
}

/// Rounds to the nearest multiple of `step`, half-up. A step of one or less changes nothing.
#[must_use]
pub fn round_to_step<M: MinorUnits>(minor: M, step: i64) -> M {
    if step <= 1 {
        return minor;
    }
    M::nearest(div_half_up(wide(minor), i128::from(step)) * i128::from(step))
}

/// Splits `total` over `weights` by largest remainder: the parts are whole minor units, proportional to
/// the weights, and add up to `total` exactly. Equal remainders go to the earlier part. When all weights
/// are zero, everything is in the first part.
#[must_use]
pub fn allocate<M: MinorUnits>(total: M, weights: &[M]) -> Vec<M> {
    let weights: Vec<i128> = weights.iter().map(|weight| wide(*weight).max(0)).collect();
    let shares = allocate_whole(wide(total), &weights);
    shares.into_iter().map(M::nearest).collect()
}

/// Splits like [`allocate`] in multiples of `step`; `total` must be one.
#[must_use]
pub fn allocate_in_steps<M: MinorUnits>(total: M, weights: &[M], step: i64) -> Vec<M> {
    let step = i128::from(step.max(1));
    let weights: Vec<i128> = weights.iter().map(|weight| wide(*weight).max(0)).collect();
    let shares = allocate_whole(wide(total) / step, &weights);
    let shares = shares.into_iter().map(|share| share * step);
    shares.map(M::nearest).collect()
}

/// Splits a number over weights that are not negative.
fn allocate_whole(total: i128, weights: &[i128]) -> Vec<i128> {
    let whole: i128 = weights.iter().sum();
    if whole == 0 {
        let first = |(index, _)| if index == 0 { total } else { 0 };
        return weights.iter().enumerate().map(first).collect();
    }
    let magnitude = total.abs();
    let mut parts: Vec<(i128, i128, usize)> = weights
        .iter()
        .enumerate()
        .map(|(index, weight)| {
            let share = magnitude * weight;
            (share / whole, share % whole, index)
        })
        .collect();
    let mut left = magnitude - parts.iter().map(|part| part.0).sum::<i128>();
    parts.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)));
    for part in &mut parts {
        if left == 0 {
            break;
        }
        part.0 += 1;
        left -= 1;
    }
    parts.sort_by_key(|part| part.2);
    let shares = parts.into_iter().map(|part| part.0);
    shares.map(|share| share * total.signum()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tax_is_rounded_half_up_once() {
        assert_eq!(tax_within(11600, 1600), 1600);
        assert_eq!(tax_on_top(125, 1600, 1).unwrap(), 20);
        assert_eq!(tax_on_top(-125, 1600, 1).unwrap(), -20);
        // 49.6 francs are rounded to 50, not to 49 by way of 49.59 or 49.5.
        assert_eq!(tax_on_top(310_00, 1600, 100).unwrap(), 50_00);
        let quantity = Quantity::from_milli(333);
        assert_eq!(extend_to_step(150_00, quantity, 100).unwrap(), 50_00);
        // 0.4995 is rounded to 0, though 0.50 would be 1.
        assert_eq!(extend_to_step(1_50, quantity, 100).unwrap(), 0);
    }

    #[test]
    fn a_sale_has_a_limit_of_its_own() {
        assert_eq!(sum_of_sale([MAX_SALE_MINOR - 1, 1]), Ok(MAX_SALE_MINOR));
        assert_eq!(sum_of_sale([MAX_SALE_MINOR, 1]), Err(MoneyError::Overflow));
        assert_eq!(
            sum_of_sale([MAX_MINOR, MAX_MINOR]),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn cash_is_rounded_to_the_nearest_step() {
        assert_eq!(round_to_step(12_345, 5000), 10_000);
        assert_eq!(round_to_step(12_500, 5000), 15_000);
        assert_eq!(round_to_step(12_345, 0), 12_345);
    }

    #[test]
    fn a_price_is_extended_and_rounded_half_up_once() {
        let milli = Quantity::from_milli;
        assert_eq!(extend(1050, milli(2500)), Ok(2625));
        assert_eq!(extend(1, milli(500)), Ok(1), "half up");
        assert_eq!(extend(1, milli(499)), Ok(0));
        assert_eq!(extend(-1, milli(500)), Ok(-1), "away from zero");
        assert_eq!(extend(MAX_MINOR, milli(1000)), Ok(MAX_MINOR));
        assert_eq!(extend(MAX_MINOR, milli(1001)), Err(MoneyError::Overflow));
        assert_eq!(extend_to_step(150, milli(1000), 100), Ok(200));
        assert_eq!(extend_to_step(149, milli(1000), 100), Ok(100));
        assert_eq!(sum([MAX_MINOR, 1]), Err(MoneyError::Overflow));
        assert_eq!(sum([MAX_MINOR, 1, -1]), Ok(MAX_MINOR));
    }

    #[test]
    fn a_part_of_an_amount_is_rounded_half_up() {
        assert_eq!(proportion(1000, 1, 3), 333);
        assert_eq!(proportion(1000, 2, 3), 667);
        assert_eq!(proportion(5, 1, 2), 3, "half up");
        assert_eq!(proportion(-5, 1, 2), -3, "away from zero");
        assert_eq!(proportion(5, 1, 0), 0);
        assert_eq!(proportion_in_steps(1000, 1, 3, 100), 300);
        assert_eq!(proportion_in_steps(1000, 7, 20, 100), 400);
        assert_eq!(proportion_in_steps(1200, 3, 3, 100), 1200);
        assert_eq!(proportion(i64::MAX, 2, 1), i64::MAX, "stays in range");
        assert_eq!(proportion(i64::MIN, 2, 1), i64::MIN);
    }

    #[test]
    fn indivisible_units_go_to_the_largest_remainders() {
        assert_eq!(
            allocate(10, &[1, 1, 1]),
            [4, 3, 3],
            "the earlier of equal ones"
        );
        assert_eq!(allocate(10, &[1, 2, 4]), [1, 3, 6]);
        assert_eq!(allocate(-10, &[1, 2, 4]), [-1, -3, -6]);
        assert_eq!(allocate(7, &[0, 0]), [7, 0], "no weights: the first");
        assert_eq!(allocate(7, &[0, 5, -3]), [0, 7, 0], "no negative weight");
        assert_eq!(allocate(0, &[3, 4]), [0, 0]);
        assert_eq!(allocate_in_steps(700, &[1, 1], 100), [400, 300]);
    }

    proptest! {
        #[test]
        fn the_parts_of_a_split_add_up_to_the_whole(total in -MAX_MINOR..=MAX_MINOR, weights in prop::collection::vec(0i64..1_000_000_000, 1..40)) {
            let parts = allocate(total, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            prop_assert!(parts.iter().all(|part| part.signum() * total.signum() >= 0));
        }

        #[test]
        fn parts_in_steps_are_steps(francs in 0i64..1_000_000, weights in prop::collection::vec(0i64..1_000_000, 1..20)) {
            let parts = allocate_in_steps(francs * 100, &weights, 100);
            prop_assert_eq!(parts.iter().sum::<i64>(), francs * 100);
            prop_assert!(parts.iter().all(|part| part % 100 == 0));
        }

        #[test]
        fn no_part_of_a_split_is_off_by_a_unit_or_more(total in 0i64..1_000_000_000, weights in prop::collection::vec(1i64..100_000, 1..20)) {
            let whole: i64 = weights.iter().sum();
            for (part, weight) in allocate(total, &weights).iter().zip(&weights) {
                let exact = i128::from(total) * i128::from(*weight);
                prop_assert!((i128::from(*part) * i128::from(whole) - exact).abs() < i128::from(whole));
            }
        }

        #[test]
        fn included_tax_never_exceeds_the_amount(gross in 0i64..MAX_MINOR, rate in 0i64..10_000) {
            let tax = tax_within(gross, rate);
            prop_assert!(tax >= 0 && tax <= gross);
        }
    }
}

//! The value of a returned part of a line. Pure.
//!
//! A part is worth the share of everything that has come back, less what was paid back before. So the
//! refunds of a line add up exactly to its total, and the last one takes the rest. If a line's money
//! is in whole shown units, so are its refunds. Lines of older sales may have half francs and are
//! refunded in minor units. Tax follows the money.

use kernel::{Amount, Currency, money};

use crate::shop_reader::TaxMode;

/// The money of a sold line, and what has gone back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineShares {
    /// Sold, in thousandths.
    pub sold_milli: i64,
    /// What the customer paid for the line.
    pub total_minor: Amount,
    /// Tax in the total.
    pub tax_minor: Amount,
    /// The shop's cost of the line.
    pub cost_minor: Amount,
    /// The tax mode of the sale.
    pub tax_mode: TaxMode,
    /// The currency of the sale.
    pub currency: Currency,
    /// What has gone back so far.
    pub back: PaidBack,
}

/// What has gone back of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaidBack {
    /// Thousandths.
    pub milli: i64,
    /// Money, tax included.
    pub total_minor: Amount,
    /// Tax in the money.
    pub tax_minor: Amount,
}

/// The value of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The money that goes back.
    pub total_minor: Amount,
    /// Tax in it.
    pub tax_minor: Amount,
    /// The shop's cost of the part.
    pub cost_minor: Amount,
}

impl LineShares {
    /// Takes back a part of a line; `None` if less than that is left.
    pub fn take(&mut self, milli: i64) -> Option<Share> {
        let (before, back) = (self.back.milli, self.back);
        let after = before.checked_add(milli)?;
        if after > self.sold_milli {
            return None;
        }
        let (total_minor, tax_minor) = if after == self.sold_milli {
            (
                self.total_minor.saturating_sub(back.total_minor),
                self.tax_minor.saturating_sub(back.tax_minor),
            )
        } else {
            self.part_until(after)
        };
        self.back = PaidBack {
            milli: after,
            total_minor: back.total_minor.checked_add(total_minor).ok()?,
            tax_minor: back.tax_minor.checked_add(tax_minor).ok()?,
        };
        let cost_until = |milli| money::proportion(self.cost_minor, milli, self.sold_milli);
        Some(Share {
            total_minor,
            tax_minor,
            cost_minor: cost_until(after).saturating_sub(cost_until(before)),
        })
    }

    /// Money and tax of the next part, unless it is the last one.
    fn part_until(&self, after: i64) -> (Amount, Amount) {
        let (back, shown) = (self.back, self.currency.shown_step_minor());
        let is_shown =
            |whole: Amount, back: Amount| whole.is_multiple_of(shown) && back.is_multiple_of(shown);
        let step = if is_shown(self.total_minor, back.total_minor) {
            shown
        } else {
            1
        };
        let until = money::proportion_in_steps(self.total_minor, after, self.sold_milli, step);
        let left = self.total_minor.saturating_sub(back.total_minor);
        let total = until.saturating_sub(back.total_minor).min(left);
        let tax_step = match self.tax_mode {
            TaxMode::Added if is_shown(self.tax_minor, back.tax_minor) => step,
            TaxMode::Added | TaxMode::Included => 1,
        };
        let paid_back = back.total_minor.minor() + total.minor();
        let whole = self.total_minor.minor();
        let until = money::proportion_in_steps(self.tax_minor, paid_back, whole, tax_step);
        (total, until.saturating_sub(back.tax_minor).min(total))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    fn line(sold_milli: i64, total_minor: i64, tax_minor: i64, tax_mode: TaxMode) -> LineShares {
        LineShares {
            sold_milli,
            total_minor: amount(total_minor),
            tax_minor: amount(tax_minor),
            cost_minor: amount(total_minor / 2),
            tax_mode,
            currency: Currency::parse("CDF").unwrap(),
            back: PaidBack::default(),
        }
    }

    #[test]
    fn parts_are_whole_francs_and_the_last_one_takes_the_rest() {
        let mut three = line(3000, 1_000_00, 137_93, TaxMode::Included);
        let parts: Vec<Share> = (0..3).map(|_| three.take(1000).unwrap()).collect();
        let totals: Vec<i64> = parts.iter().map(|part| part.total_minor.minor()).collect();
        assert_eq!(totals, [333_00, 334_00, 333_00]);
        assert_eq!(
            parts.iter().map(|part| part.tax_minor.minor()).sum::<i64>(),
            137_93
        );
        assert_eq!(three.take(1), None);
    }

    #[test]
    fn an_older_line_goes_on_as_it_began() {
        // 333.33 francs went back in minor units.
        let mut old = line(3000, 1_000_00, 0, TaxMode::Included);
        old.back = PaidBack {
            milli: 1000,
            total_minor: amount(333_33),
            tax_minor: Amount::ZERO,
        };
        assert_eq!(old.take(1000).unwrap().total_minor, 333_34);
        assert_eq!(old.take(1000).unwrap().total_minor, 333_33);
        let mut half = line(2000, 1_50, 0, TaxMode::Included);
        assert_eq!(half.take(1000).unwrap().total_minor, 75);
        assert_eq!(half.take(1000).unwrap().total_minor, 75);
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_line(
            francs in 0i64..10_000_000,
            tax_bp in 0i64..=2_000,
            added in any::<bool>(),
            before in 0i64..1_000_000,
            cuts in prop::collection::vec(1i64..100_000, 1..12),
        ) {
            let mode = if added { TaxMode::Added } else { TaxMode::Included };
            let sold: i64 = cuts.iter().sum();
            let total = francs * 100;
            let tax = total * tax_bp / 10_000;
            let tax = if added { tax / 100 * 100 } else { tax };
            let mut whole = line(sold, total, tax, mode);
            // Some of it may have come back in minor units already.
            if before < total && before % 2 == 0 && sold > 1 {
                whole.back = PaidBack { milli: 0, total_minor: amount(before % 7), tax_minor: Amount::ZERO };
            }
            let (paid, in_shown) = (whole.back.total_minor.minor(), whole.back.total_minor.is_multiple_of(100));
            let parts: Vec<Share> = cuts.iter().map(|milli| whole.take(*milli).unwrap()).collect();
            prop_assert_eq!(parts.iter().map(|part| part.total_minor.minor()).sum::<i64>() + paid, total);
            prop_assert_eq!(parts.iter().map(|part| part.tax_minor.minor()).sum::<i64>(), tax);
            prop_assert_eq!(parts.iter().map(|part| part.cost_minor.minor()).sum::<i64>(), total / 2);
            for part in &parts {
                if in_shown {
                    prop_assert!(part.tax_minor <= part.total_minor, "{:?}", part);
                    prop_assert!(part.total_minor.is_multiple_of(100));
                    prop_assert!(!added || part.tax_minor.is_multiple_of(100));
                }
            }
        }
    }
}

//! The drawer: the steps in which cash is paid out, and the rounding that they allow. Pure.

use kernel::{
    Balance, Currency,
    money::{self, MinorUnits},
};

use super::super::model::money::MoneyLine;
use crate::shop_reader::Shop;

/// The drawer of a shop: its currency and its cash step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawer {
    /// The base currency.
    pub base: Currency,
    /// The cash step of the base currency, minor units.
    pub step_minor: i64,
}

impl Drawer {
    /// The drawer of a shop.
    #[must_use]
    pub const fn of(shop: &Shop) -> Self {
        Self {
            base: shop.currency,
            step_minor: shop.cash_step_minor,
        }
    }

    /// The step in which cash of a currency is paid out: the shop's for its own currency, the
    /// currency's own for others.
    #[must_use]
    pub fn step_of(self, currency: Currency) -> i64 {
        if currency == self.base {
            self.step_minor
        } else {
            currency.cash_step_minor()
        }
    }

    /// The cash to be paid for an amount: the nearest step. A positive amount never becomes zero, but
    /// one step.
    #[must_use]
    pub fn due_in_cash<M: MinorUnits>(self, due: M) -> M {
        let rounded = money::round_to_step(due, self.step_minor);
        if due.to_minor() > 0 && rounded.to_minor() == 0 {
            M::nearest(self.step_minor.into())
        } else {
            rounded
        }
    }

    /// Whether a rounding is small enough: at most one step of the base currency if cash moves, or
    /// less than foreign money can express.
    #[must_use]
    pub fn allows_rounding<'a>(
        self,
        rounding_minor: Balance,
        moved: impl Iterator<Item = MoneyLine<'a>> + Clone,
    ) -> bool {
        let moves_cash = moved.clone().any(|line| line.moves_cash());
        rounding_minor == 0
            || (moves_cash && rounding_minor.minor().abs() <= self.step_minor)
            || self.is_below_foreign(rounding_minor, moved)
    }

    /// Whether no cash of the base currency moves, and the rounding is less than the smallest unit of
    /// a foreign currency that does: a bill in francs can seldom be paid exactly in dollars.
    pub(super) fn is_below_foreign<'a>(
        self,
        rounding_minor: Balance,
        moved: impl Iterator<Item = MoneyLine<'a>> + Clone,
    ) -> bool {
        let is_base = |line: &MoneyLine<'_>| line.currency == self.base;
        let moves_base_cash = moved
            .clone()
            .any(|line| line.moves_cash() && is_base(&line));
        let mut foreign = moved.filter(|line| line.amount_minor > 0 && !is_base(line));
        !moves_base_cash
            && foreign.any(|line| {
                line.rate
                    .is_below_one_minor(rounding_minor, line.currency, self.base)
            })
    }
}

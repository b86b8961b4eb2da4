//! What a line and a cart cost. Pure: integers in, integers out, and the parts add up to the whole.

use kernel::{MoneyError, Quantity, money};

use crate::shop::TaxMode;

/// The money of one line, minor units of the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinePrice {
    /// Price times quantity, before discounts.
    pub subtotal_minor: i64,
    /// Line discount and the line's share of the cart discount.
    pub discount_minor: i64,
    /// Tax inside the total.
    pub tax_minor: i64,
    /// What the customer pays for the line.
    pub total_minor: i64,
}

/// What is sold on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedItem {
    /// How much.
    pub quantity: Quantity,
    /// At what price a unit.
    pub unit_price_minor: i64,
    /// Discount on the line.
    pub discount_minor: i64,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
}

/// Why a cart has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// An amount passes the limits.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The discount of a line is larger than the line.
    #[error("the discount is larger than the line")]
    LineDiscount(usize),
    /// The discount of the cart is larger than the cart.
    #[error("the discount is larger than the cart")]
    CartDiscount,
}

/// Prices one line.
///
/// # Errors
/// [`PricingError::LineDiscount`] (position 0) or [`PricingError::Money`].
pub fn price_line(
    quantity: Quantity,
    unit_price_minor: i64,
    discount_minor: i64,
    tax_rate_bp: i64,
    tax_mode: TaxMode,
) -> Result<LinePrice, PricingError> {
    let subtotal_minor = money::extend(unit_price_minor, quantity)?;
    if discount_minor > subtotal_minor {
        return Err(PricingError::LineDiscount(0));
    }
    let net = subtotal_minor - discount_minor;
    let (tax_minor, total_minor) = match tax_mode {
        TaxMode::Included => (money::tax_within(net, tax_rate_bp), net),
        TaxMode::Added => {
            let tax = money::tax_on_top(net, tax_rate_bp)?;
            (tax, money::sum([net, tax])?)
        }
    };
    Ok(LinePrice {
        subtotal_minor,
        discount_minor,
        tax_minor,
        total_minor,
    })
}

/// Prices a cart: the cart's discount is split over the lines by what each costs, largest remainder
/// first, before tax.
///
/// # Errors
/// [`PricingError`].
pub fn price_cart(
    items: &[PricedItem],
    cart_discount_minor: i64,
    tax_mode: TaxMode,
) -> Result<Vec<LinePrice>, PricingError> {
    let mut nets = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        let subtotal = money::extend(item.unit_price_minor, item.quantity)?;
        if item.discount_minor > subtotal {
            return Err(PricingError::LineDiscount(position));
        }
        nets.push(subtotal - item.discount_minor);
    }
    let whole = money::sum(nets.iter().copied())?;
    if cart_discount_minor > whole {
        return Err(PricingError::CartDiscount);
    }
    let shares = if cart_discount_minor == 0 {
        vec![0; items.len()]
    } else {
        money::allocate(cart_discount_minor, &nets)
    };
    items
        .iter()
        .zip(shares)
        .map(|(item, share)| {
            let discount = item.discount_minor + share;
            price_line(
                item.quantity,
                item.unit_price_minor,
                discount,
                item.tax_rate_bp,
                tax_mode,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(quantity: i64, price: i64, discount: i64, rate: i64) -> PricedItem {
        PricedItem {
            quantity: Quantity::from_milli(quantity),
            unit_price_minor: price,
            discount_minor: discount,
            tax_rate_bp: rate,
        }
    }

    #[test]
    fn tax_comes_on_top_or_out_of_the_price() {
        let included =
            price_line(Quantity::from_units(2), 11600, 0, 1600, TaxMode::Included).unwrap();
        assert_eq!((included.tax_minor, included.total_minor), (3200, 23200));
        let added = price_line(Quantity::from_units(2), 10000, 0, 1600, TaxMode::Added).unwrap();
        assert_eq!((added.tax_minor, added.total_minor), (3200, 23200));
    }

    #[test]
    fn a_discount_never_exceeds_what_it_is_given_on() {
        assert_eq!(
            price_cart(
                &[item(1000, 500, 0, 0), item(1000, 500, 501, 0)],
                0,
                TaxMode::Included
            ),
            Err(PricingError::LineDiscount(1))
        );
        assert_eq!(
            price_cart(&[item(1000, 500, 0, 0)], 501, TaxMode::Included),
            Err(PricingError::CartDiscount)
        );
    }

    #[test]
    fn amounts_beyond_the_limit_are_refused() {
        let huge = item(
            Quantity::from_units(1_000_000).milli(),
            money::MAX_MINOR,
            0,
            0,
        );
        assert!(matches!(
            price_cart(&[huge], 0, TaxMode::Included),
            Err(PricingError::Money(_))
        ));
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_cart(
            lines in prop::collection::vec((1i64..100_000, 0i64..10_000_000, 0i64..=5000), 1..30),
            percent in 0i64..=100,
            added in any::<bool>(),
        ) {
            let mode = if added { TaxMode::Added } else { TaxMode::Included };
            let items: Vec<_> = lines.iter().map(|(q, p, rate)| item(*q, *p, 0, *rate)).collect();
            let whole: i64 = items.iter().map(|i| money::extend(i.unit_price_minor, i.quantity).unwrap()).sum();
            let cart = whole * percent / 100;
            let priced = price_cart(&items, cart, mode).unwrap();
            prop_assert_eq!(priced.iter().map(|l| l.subtotal_minor).sum::<i64>(), whole);
            prop_assert_eq!(priced.iter().map(|l| l.discount_minor).sum::<i64>(), cart);
            for line in &priced {
                let net = line.subtotal_minor - line.discount_minor;
                prop_assert!(net >= 0 && line.tax_minor >= 0);
                prop_assert_eq!(line.total_minor, if added { net + line.tax_minor } else { net });
            }
        }
    }
}

//! The prices of lines and carts. Pure: integers in, integers out, and the parts add up to the whole.
//!
//! A receipt adds up as it is printed: price times quantity, each share of a cart discount and each
//! line total are whole shown units of the currency (francs, cents). Tax is computed once per rate on
//! the whole document, as EN 16931 and fiscal devices do, and split over the lines of the rate by
//! largest remainder: in shown units if it is added on top, in minor units if it is only stated. Unit
//! prices keep their minor units.

use std::collections::BTreeMap;

use kernel::{Amount, Currency, MoneyError, Quantity, money};

use crate::shop_reader::TaxMode;

/// The money of one line, minor units of the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinePrice {
    /// Price times quantity, before discounts.
    pub subtotal_minor: Amount,
    /// Line discount and the line's share of the cart discount.
    pub discount_minor: Amount,
    /// The line's share of the tax of its rate, inside the total.
    pub tax_minor: Amount,
    /// What the customer pays for the line.
    pub total_minor: Amount,
}

/// A line to be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedItem {
    /// The quantity.
    pub quantity: Quantity,
    /// The price of a unit.
    pub unit_price_minor: Amount,
    /// Discount on the line.
    pub discount_minor: Amount,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
}

/// The shop's pricing rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether prices include the tax.
    pub tax_mode: TaxMode,
    /// The currency of the prices.
    pub currency: Currency,
}

/// Why a cart cannot be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// An amount is out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The discount of a line is larger than the line.
    #[error("the discount is larger than the line")]
    LineDiscount(usize),
    /// The discount of the cart is larger than the cart.
    #[error("the discount is larger than the cart")]
    CartDiscount,
    /// The discount of a line is finer than the currency's shown unit.
    #[error("the discount of a line is finer than what the currency shows")]
    FineLineDiscount(usize),
    /// The discount of the cart is finer than the currency's shown unit.
    #[error("the discount of the cart is finer than what the currency shows")]
    FineCartDiscount,
}

/// Prices a cart. The cart discount is split over the lines in proportion to their cost, by largest
/// remainder, before tax.
pub fn price_cart(
    items: &[PricedItem],
    cart_discount_minor: Amount,
    terms: Terms,
) -> Result<Vec<LinePrice>, PricingError> {
    let step = terms.currency.shown_step_minor();
    let mut lines = Vec::with_capacity(items.len());
    let mut nets = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        let subtotal_minor = money::extend_to_step(item.unit_price_minor, item.quantity, step)?;
        if !item.discount_minor.is_multiple_of(step) {
            return Err(PricingError::FineLineDiscount(position));
        }
        let net = subtotal_minor.checked_sub(item.discount_minor);
        nets.push(net.map_err(|_| PricingError::LineDiscount(position))?);
        lines.push(LinePrice {
            subtotal_minor,
            discount_minor: item.discount_minor,
            ..LinePrice::default()
        });
    }
    let whole = money::sum(nets.iter().copied())?;
    if !cart_discount_minor.is_multiple_of(step) {
        return Err(PricingError::FineCartDiscount);
    }
    if cart_discount_minor > whole {
        return Err(PricingError::CartDiscount);
    }
    if !cart_discount_minor.is_zero() {
        let shares = money::allocate_in_steps(cart_discount_minor, &nets, step);
        for ((line, net), share) in lines.iter_mut().zip(&mut nets).zip(shares) {
            line.discount_minor = line.discount_minor.checked_add(share)?;
            *net = net.checked_sub(share)?;
        }
    }
    let taxes = share_taxes(items, &nets, terms)?;
    for ((line, net), tax_minor) in lines.iter_mut().zip(nets).zip(taxes) {
        line.tax_minor = tax_minor;
        line.total_minor = match terms.tax_mode {
            TaxMode::Included => net,
            TaxMode::Added => money::sum([net, tax_minor])?,
        };
    }
    Ok(lines)
}

/// The tax of each line: its share of the tax of its rate on the whole document.
fn share_taxes(
    items: &[PricedItem],
    nets: &[Amount],
    terms: Terms,
) -> Result<Vec<Amount>, MoneyError> {
    let mut rates: BTreeMap<i64, Vec<(usize, Amount)>> = BTreeMap::new();
    for (position, (item, net)) in items.iter().zip(nets).enumerate() {
        if item.tax_rate_bp != 0 {
            let of_rate = rates.entry(item.tax_rate_bp).or_default();
            of_rate.push((position, *net));
        }
    }
    let mut taxes = vec![Amount::ZERO; items.len()];
    for (rate_bp, lines) in rates {
        let weights: Vec<Amount> = lines.iter().map(|(_, net)| *net).collect();
        let taxed = money::sum(weights.iter().copied())?;
        let shares = match terms.tax_mode {
            TaxMode::Included => money::allocate(money::tax_within(taxed, rate_bp), &weights),
            TaxMode::Added => {
                let step = terms.currency.shown_step_minor();
                let tax = money::tax_on_top(taxed, rate_bp, step)?;
                money::allocate_in_steps(tax, &weights, step)
            }
        };
        for ((position, _), share) in lines.into_iter().zip(shares) {
            if let Some(slot) = taxes.get_mut(position) {
                *slot = share;
            }
        }
    }
    Ok(taxes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    /// Prices a cart with this discount.
    fn priced(
        items: &[PricedItem],
        discount: i64,
        terms: Terms,
    ) -> Result<Vec<LinePrice>, PricingError> {
        price_cart(items, amount(discount), terms)
    }

    fn item(quantity: i64, price: i64, discount: i64, rate: i64) -> PricedItem {
        PricedItem {
            quantity: Quantity::from_milli(quantity),
            unit_price_minor: amount(price),
            discount_minor: amount(discount),
            tax_rate_bp: rate,
        }
    }

    fn terms(tax_mode: TaxMode, currency: &str) -> Terms {
        Terms {
            tax_mode,
            currency: Currency::parse(currency).unwrap(),
        }
    }

    fn francs(tax_mode: TaxMode) -> Terms {
        terms(tax_mode, "CDF")
    }

    #[test]
    fn tax_comes_on_top_or_out_of_the_price() {
        let priced = |price, mode| {
            let lines = self::priced(&[item(2000, price, 0, 1600)], 0, francs(mode)).unwrap();
            (lines[0].tax_minor.minor(), lines[0].total_minor.minor())
        };
        assert_eq!(priced(11_600, TaxMode::Included), (3_200, 23_200));
        assert_eq!(priced(10_000, TaxMode::Added), (3_200, 23_200));
    }

    #[test]
    fn ten_small_lines_hold_the_tax_of_one_large_one() {
        let tax = |lines: usize, price: i64, terms| {
            let items = vec![item(1000, price, 0, 1600); lines];
            let priced = self::priced(&items, 0, terms).unwrap();
            priced
                .iter()
                .map(|line| line.tax_minor.minor())
                .sum::<i64>()
        };
        let dollars = terms(TaxMode::Included, "USD");
        assert_eq!((tax(1, 100, dollars), tax(10, 10, dollars)), (14, 14));
        // Added on top, tax is whole francs: 16 % of 10 x 3 francs are 5, not 10 x 0.
        let added = francs(TaxMode::Added);
        assert_eq!((tax(1, 30_00, added), tax(10, 3_00, added)), (500, 500));
    }

    #[test]
    fn half_francs_are_rounded_once_and_prices_keep_their_centimes() {
        let line = |price, quantity| {
            let priced = self::priced(&[item(quantity, price, 0, 0)], 0, francs(TaxMode::Included));
            priced.unwrap()[0].total_minor
        };
        assert_eq!(line(150, 1000), 200);
        assert_eq!(line(150, 2000), 300);
        assert_eq!(line(350_000, 1255), 439_300);
    }

    #[test]
    fn a_discount_never_exceeds_what_it_is_given_on() {
        let included = francs(TaxMode::Included);
        let lines = [item(1000, 500, 0, 0), item(1000, 500, 600, 0)];
        assert_eq!(
            self::priced(&lines, 0, included),
            Err(PricingError::LineDiscount(1))
        );
        assert_eq!(
            self::priced(&[item(1000, 500, 0, 0)], 600, included),
            Err(PricingError::CartDiscount)
        );
    }

    #[test]
    fn a_discount_may_be_all_that_it_is_given_on() {
        let included = francs(TaxMode::Included);
        let free = self::priced(&[item(1000, 500, 500, 1600)], 0, included).unwrap();
        let whole = LinePrice {
            subtotal_minor: amount(500),
            discount_minor: amount(500),
            ..LinePrice::default()
        };
        assert_eq!(free, [whole]);
        let lines = [item(1000, 500, 100, 1600), item(2000, 500, 0, 0)];
        let free = self::priced(&lines, 1_400, included).unwrap();
        let given: Vec<Amount> = free.iter().map(|line| line.discount_minor).collect();
        assert_eq!(given, [amount(500), amount(1_000)]);
        assert!(
            free.iter()
                .all(|line| line.total_minor == 0 && line.tax_minor == 0)
        );
    }

    #[test]
    fn a_line_of_a_document_without_other_taxed_lines_has_all_the_tax() {
        let lines = [item(1000, 500, 0, 0), item(1000, 11_600, 0, 1600)];
        let priced = self::priced(&lines, 0, francs(TaxMode::Included)).unwrap();
        let taxes: Vec<Amount> = priced.iter().map(|line| line.tax_minor).collect();
        assert_eq!(taxes, [Amount::ZERO, amount(1_600)]);
        let priced = self::priced(&lines, 0, francs(TaxMode::Added)).unwrap();
        assert_eq!(
            (priced[0].total_minor, priced[1].total_minor),
            (amount(500), amount(13_500))
        );
    }

    #[test]
    fn a_discount_is_no_finer_than_what_is_shown() {
        let included = francs(TaxMode::Included);
        let lines = [item(1000, 500, 0, 0), item(1000, 500, 50, 0)];
        assert_eq!(
            self::priced(&lines, 0, included),
            Err(PricingError::FineLineDiscount(1))
        );
        assert_eq!(
            self::priced(&lines[..1], 150, included),
            Err(PricingError::FineCartDiscount)
        );
        let dollars = terms(TaxMode::Included, "USD");
        assert_eq!(
            self::priced(&lines, 1, dollars).unwrap()[1].total_minor,
            450
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
            self::priced(&[huge], 0, francs(TaxMode::Included)),
            Err(PricingError::Money(_))
        ));
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_cart_in_whole_shown_units(
            lines in prop::collection::vec((1i64..100_000, 0i64..10_000_000, prop::sample::select(vec![0i64, 500, 800, 1600, 1800])), 1..30),
            percent in 0i64..=100,
            added in any::<bool>(),
            currency in prop::sample::select(vec!["CDF", "USD", "XAF"]),
        ) {
            let mode = if added { TaxMode::Added } else { TaxMode::Included };
            let terms = terms(mode, currency);
            let step = terms.currency.shown_step_minor();
            let items: Vec<_> = lines.iter().map(|(q, p, rate)| item(*q, *p, 0, *rate)).collect();
            let whole: i64 = items.iter().map(|i| money::extend_to_step(i.unit_price_minor, i.quantity, step).unwrap().minor()).sum();
            let cart = whole / step * percent / 100 * step;
            let priced = self::priced(&items, cart, terms).unwrap();
            prop_assert_eq!(priced.iter().map(|l| l.subtotal_minor.minor()).sum::<i64>(), whole);
            prop_assert_eq!(priced.iter().map(|l| l.discount_minor.minor()).sum::<i64>(), cart);
            let mut of_rates: BTreeMap<i64, (Amount, Amount)> = BTreeMap::new();
            for (line, item) in priced.iter().zip(&items) {
                let net = line.subtotal_minor.checked_sub(line.discount_minor).unwrap();
                let tax = if added { line.tax_minor } else { Amount::ZERO };
                prop_assert!(line.tax_minor <= line.total_minor);
                prop_assert_eq!(line.total_minor, net.checked_add(tax).unwrap());
                for amount in [line.subtotal_minor, line.discount_minor, line.total_minor] {
                    prop_assert!(amount.is_multiple_of(step));
                }
                let of_rate = of_rates.entry(item.tax_rate_bp).or_default();
                of_rate.0 = of_rate.0.checked_add(net).unwrap();
                of_rate.1 = of_rate.1.checked_add(line.tax_minor).unwrap();
            }
            // The tax of a rate is that of the document.
            for (rate, (net, tax)) in of_rates {
                let due = if added { money::tax_on_top(net, rate, step).unwrap() } else { money::tax_within(net, rate) };
                prop_assert_eq!(tax, due, "rate {}", rate);
            }
        }
    }
}

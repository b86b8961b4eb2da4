//! The one maker of sales: lines, prices, tax, totals, and the stock movements. Pure.
//!
//! The till and the import of a history make their sales here. They differ only in data: the prices,
//! who sold and when, how it was paid, and the number from a file.

use kernel::{
    Amount, MoneyError, Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
    money,
};

use super::{
    model::{Sale, SaleLine, SaleState, money::Payment},
    pricing::{LinePrice, PricedItem, PricingError, Terms, price_cart},
    tender::Settlement,
};
use crate::inventory::{
    movement::{MovementKind, StockMove},
    products::ProductCard,
};

/// A line to be sold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CartLine<'a> {
    /// Its id, if it must be known in advance.
    pub id: Option<SaleLineId>,
    pub product_id: ProductId,
    /// Name, unit, tax and cost, which the line freezes.
    pub card: &'a ProductCard,
    pub quantity: Quantity,
    /// The price of a unit.
    pub unit_price_minor: Amount,
    pub discount_minor: Amount,
}

/// Why lines cannot become a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CartError {
    /// They have no valid price.
    Price(PricingError),
    /// An amount is out of range.
    Amount(MoneyError),
    /// The whole sale is above the limit of a sale.
    Whole(MoneyError),
}

/// A priced cart, before payment.
#[derive(Debug)]
pub(crate) struct Cart {
    terms: Terms,
    lines: Vec<SaleLine>,
    /// Prices times quantities.
    pub subtotal_minor: Amount,
    discount_minor: Amount,
    tax_minor: Amount,
    /// The amount due.
    pub total_minor: Amount,
}

/// What a sale needs besides its cart and its money.
#[derive(Debug)]
pub(crate) struct Particulars {
    /// Its id; a new one if absent.
    pub id: Option<SaleId>,
    /// The location from which goods leave.
    pub location_id: LocationId,
    /// The cashier.
    pub cashier_id: UserId,
    /// The user who sent it.
    pub recorded_by: UserId,
    /// Whether it arrived long after it happened.
    pub entered_late: bool,
    pub note: Option<String>,
    /// The till's own number, or the number in an imported file.
    pub external_number: Option<String>,
    /// Why there is a discount.
    pub discount_reason: Option<String>,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
}

impl Cart {
    /// Prices the lines, splits the cart discount over them and adds them up.
    pub(crate) fn price(
        lines: &[CartLine<'_>],
        discount_minor: Amount,
        terms: Terms,
    ) -> Result<Self, CartError> {
        let items: Vec<PricedItem> = lines.iter().map(CartLine::item).collect();
        let priced = price_cart(&items, discount_minor, terms).map_err(CartError::Price)?;
        let of_lines = |amount: fn(&LinePrice) -> Amount| priced.iter().map(amount);
        let whole = |amounts| money::sum_of_sale(amounts).map_err(CartError::Whole);
        let sold = lines
            .iter()
            .zip(&priced)
            .map(|(line, price)| line.sold(*price))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CartError::Amount)?;
        money::sum_of_sale(sold.iter().map(|line| line.cost_minor)).map_err(CartError::Whole)?;
        let sum = |amounts| money::sum(amounts).map_err(CartError::Amount);
        Ok(Self {
            terms,
            total_minor: whole(of_lines(|price| price.total_minor))?,
            subtotal_minor: money::sum(of_lines(|price| price.subtotal_minor))
                .map_err(CartError::Whole)?,
            discount_minor: sum(of_lines(|price| price.discount_minor))?,
            tax_minor: sum(of_lines(|price| price.tax_minor))?,
            lines: sold,
        })
    }

    /// The sale of this cart with its settled payment. Its number is still zero.
    pub(crate) fn into_sale(
        self,
        particulars: Particulars,
        payments: Vec<Payment>,
        settled: Settlement,
    ) -> Sale {
        Sale {
            id: particulars.id.unwrap_or_else(SaleId::generate),
            number: 0,
            state: SaleState::Completed,
            currency: self.terms.currency,
            tax_mode: self.terms.tax_mode,
            lines: self.lines,
            subtotal_minor: self.subtotal_minor,
            discount_minor: self.discount_minor,
            tax_minor: self.tax_minor,
            total_minor: self.total_minor,
            rounding_minor: settled.rounding_minor,
            payments,
            change: settled.change,
            change_minor: settled.change_minor,
            refunds: Vec::new(),
            location_id: particulars.location_id,
            cashier_id: particulars.cashier_id,
            recorded_by: particulars.recorded_by,
            entered_late: particulars.entered_late,
            note: particulars.note,
            external_number: particulars.external_number,
            discount_reason: particulars.discount_reason,
            is_imported: false,
            occurred_at: particulars.occurred_at,
            recorded_at: particulars.recorded_at,
            voided_at: None,
            void_reason: None,
        }
    }
}

impl CartLine<'_> {
    const fn item(&self) -> PricedItem {
        PricedItem {
            quantity: self.quantity,
            unit_price_minor: self.unit_price_minor,
            discount_minor: self.discount_minor,
            tax_rate_bp: self.card.tax_rate_bp,
        }
    }

    fn sold(&self, price: LinePrice) -> Result<SaleLine, MoneyError> {
        let card = self.card;
        Ok(SaleLine {
            id: self.id.unwrap_or_else(SaleLineId::generate),
            product_id: self.product_id,
            product_name: card.name.clone(),
            quantity: self.quantity,
            unit: card.unit.clone(),
            unit_price_minor: self.unit_price_minor,
            discount_minor: price.discount_minor,
            tax_rate_bp: card.tax_rate_bp,
            tax_minor: price.tax_minor,
            total_minor: price.total_minor,
            refunded_quantity: Quantity::ZERO,
            unit_cost_minor: card.cost_minor,
            cost_minor: money::extend(card.cost_minor, self.quantity)?,
        })
    }
}

/// The stock movements of a sale, one for each line.
pub(crate) fn moves_of(sale: &Sale, actor_id: Option<UserId>) -> Vec<StockMove> {
    sale.lines
        .iter()
        .map(|line| StockMove {
            product_id: line.product_id,
            location_id: sale.location_id,
            delta: -line.quantity,
            kind: MovementKind::Sale,
            reference_id: Some(sale.id.as_uuid()),
            unit_cost_minor: None,
            reason: None,
            actor_id,
            occurred_at: sale.occurred_at,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kernel::{Balance, Currency};

    use super::*;
    use crate::shop_reader::TaxMode;

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    fn card(price_minor: i64, cost_minor: i64, tax_rate_bp: i64) -> ProductCard {
        ProductCard {
            name: "Sugar".to_owned(),
            unit: "kg".to_owned(),
            price_minor: amount(price_minor),
            cost_minor: amount(cost_minor),
            tax_rate_bp,
            is_archived: false,
        }
    }

    fn line(card: &ProductCard, milli: i64, discount_minor: i64) -> CartLine<'_> {
        CartLine {
            id: None,
            product_id: ProductId::generate(),
            card,
            quantity: Quantity::from_milli(milli),
            unit_price_minor: card.price_minor,
            discount_minor: amount(discount_minor),
        }
    }

    fn francs(tax_mode: TaxMode) -> Terms {
        Terms {
            tax_mode,
            currency: Currency::parse("CDF").unwrap(),
        }
    }

    fn particulars(location_id: LocationId, by: UserId) -> Particulars {
        Particulars {
            id: None,
            location_id,
            cashier_id: by,
            recorded_by: by,
            entered_late: false,
            note: None,
            external_number: Some("A-1".to_owned()),
            discount_reason: None,
            occurred_at: Timestamp::from_micros(5),
            recorded_at: Timestamp::from_micros(9),
        }
    }

    fn unpaid() -> Settlement {
        Settlement {
            change: Vec::new(),
            change_minor: Amount::ZERO,
            rounding_minor: Balance::ZERO,
        }
    }

    #[test]
    fn the_totals_of_a_sale_are_those_of_its_lines() {
        let (sugar, salt) = (card(3_000_00, 2_000_00, 1600), card(500_00, 300_00, 0));
        for mode in [TaxMode::Included, TaxMode::Added] {
            let lines = [line(&sugar, 1_500, 100_00), line(&salt, 2_000, 0)];
            let cart = Cart::price(&lines, amount(50_00), francs(mode)).unwrap();
            assert_eq!(cart.subtotal_minor, 5_500_00);
            let id = LocationId::generate();
            let sale = cart.into_sale(particulars(id, UserId::generate()), Vec::new(), unpaid());
            let sum = |of: fn(&SaleLine) -> Amount| money::sum(sale.lines.iter().map(of)).unwrap();
            assert_eq!(sale.discount_minor, 150_00);
            assert_eq!(sum(|line| line.discount_minor), sale.discount_minor);
            assert_eq!(sum(|line| line.tax_minor), sale.tax_minor);
            assert_eq!(sum(|line| line.total_minor), sale.total_minor);
            let tax_on_top = if mode == TaxMode::Added {
                sale.tax_minor.minor()
            } else {
                0
            };
            assert_eq!(sale.total_minor, 5_350_00 + tax_on_top);
            assert!(sale.tax_minor > 0);
            assert_eq!(sum(|line| line.cost_minor), 3_600_00, "the cost is frozen");
            assert_eq!((sale.number, sale.state), (0, SaleState::Completed));
            assert_eq!(sale.external_number.as_deref(), Some("A-1"));
        }
    }

    #[test]
    fn a_line_leaves_the_place_of_its_sale_at_its_moment() {
        let (sugar, place, by) = (
            card(100_00, 50_00, 0),
            LocationId::generate(),
            UserId::generate(),
        );
        let cart = Cart::price(
            &[line(&sugar, 250, 0)],
            Amount::ZERO,
            francs(TaxMode::Included),
        )
        .unwrap();
        let sale = cart.into_sale(particulars(place, by), Vec::new(), unpaid());
        let moves = moves_of(&sale, Some(by));
        let [moved] = moves.as_slice() else {
            panic!("a movement for each line: {moves:?}");
        };
        assert_eq!(moved.level(), (sale.lines[0].product_id, place));
        assert_eq!(moved.delta, Quantity::from_milli(-250));
        assert_eq!(moved.reference_id, Some(sale.id.as_uuid()));
        assert_eq!(moved.occurred_at, sale.occurred_at);
        assert_eq!(
            (moved.kind, moved.unit_cost_minor),
            (MovementKind::Sale, None)
        );
    }

    #[test]
    fn a_cart_that_makes_no_sale_says_why() {
        let sugar = card(100_00, 50_00, 0);
        let price = |lines: &[CartLine<'_>], discount| {
            let cart = Cart::price(lines, amount(discount), francs(TaxMode::Included));
            cart.map(|cart| cart.total_minor.minor())
        };
        let lines = [line(&sugar, 1_000, 0), line(&sugar, 1_000, 200_00)];
        let refused = price(&lines, 0);
        assert_eq!(
            refused,
            Err(CartError::Price(PricingError::LineDiscount(1)))
        );
        let large = card(money::MAX_SALE_MINOR, 0, 0);
        let lines = [line(&large, 1_000, 0), line(&sugar, 1_000, 0)];
        assert!(matches!(price(&lines, 0), Err(CartError::Whole(_))));
        assert_eq!(price(&lines[..1], 0), Ok(money::MAX_SALE_MINOR));
        let dear = card(100_00, money::MAX_SALE_MINOR, 0);
        let lines = [line(&dear, 1_000, 0), line(&sugar, 1_000, 0)];
        assert!(
            matches!(price(&lines, 0), Err(CartError::Whole(_))),
            "cost as well"
        );
        let lines = [line(&dear, 1_000_000, 0)];
        assert!(matches!(price(&lines, 0), Err(CartError::Amount(_))));
    }
}

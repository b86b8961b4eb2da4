//! From what is asked to a sale that is priced, paid and ready to be written.

use std::collections::BTreeMap;

use kernel::{
    Code, Currency, FieldError, Permission, Problem, Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
    money,
};
use store::Tx;

use super::{
    late::{self, Past},
    model::{NewLine, NewSale, Payment, Sale, SaleLine, SaleState},
    offers::{self, Rates, refuse_credit},
    pricing::{LinePrice, PricedItem, PricingError, Terms, price_cart},
    repriced,
    tender::{Drawer, PaymentMethod, Settlement, settle},
};
use crate::{
    actor::Actor,
    error::SalesResult,
    inventory::{
        documents::past,
        ledger::{MovementKind, StockMove},
        products::{Archived, NamedProduct, ProductCard, check_lines},
    },
    shop::Shop,
};

/// What a draft is made from, besides what is asked.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The products that the group of sales names.
    pub cards: &'a BTreeMap<ProductId, ProductCard>,
    /// The shop's settings.
    pub shop: &'a Shop,
    /// Where goods come from.
    pub location_id: LocationId,
    /// The present instant.
    pub now: Timestamp,
    /// What is known of the past that orders of the group name.
    pub past: &'a Past,
}

/// Prices and settles a sale. Its number is still zero.
///
/// # Errors
/// Every rule of a sale that does not concern stock.
pub async fn draft(
    tx: &Tx,
    actor: &Actor,
    order: &NewSale,
    around: Surroundings<'_>,
) -> SalesResult<Sale> {
    let recorded_by = actor
        .user_id
        .ok_or_else(|| Problem::of(Code::Unauthenticated))?;
    let cashier_id = around.past.seller(actor, recorded_by, order)?;
    let occurred_at = past(order.occurred_at, around.now, "/occurred_at")?;
    around.past.check_age(actor, occurred_at, around.now)?;
    let named: Vec<_> = order
        .lines
        .iter()
        .map(|l| NamedProduct {
            id: l.product_id,
            quantity: l.quantity,
        })
        .collect();
    check_lines(&named, around.cards, Archived::Refused)?;
    check_prices(tx, actor, order, occurred_at, around).await?;
    let asked = around.past.with_prices(order);
    let items: Vec<_> = asked
        .iter()
        .filter_map(|line| priced_item(line, around.cards))
        .collect();
    let terms = Terms {
        tax_mode: around.shop.tax_mode,
        currency: around.shop.currency,
    };
    let priced = price_cart(&items, order.discount_minor, terms)
        .map_err(|error| refuse_price(error, around.shop.currency))?;
    let lines = asked
        .iter()
        .zip(&priced)
        .filter_map(|(line, price)| sale_line(line, *price, around.cards))
        .collect::<SalesResult<Vec<_>>>()?;
    let total_minor = sum_of_sale(priced.iter().map(|line| line.total_minor))?;
    let subtotal_minor = sum_of_sale(priced.iter().map(|line| line.subtotal_minor))?;
    sum_of_sale(lines.iter().map(|line| line.cost_minor))?;
    let (payments, settled) =
        settlement(tx, actor, order, total_minor, occurred_at, around.shop).await?;
    Ok(Sale {
        id: order.id.unwrap_or_else(SaleId::generate),
        number: 0,
        state: SaleState::Completed,
        currency: around.shop.currency,
        tax_mode: around.shop.tax_mode,
        subtotal_minor,
        discount_minor: money::sum(priced.iter().map(|line| line.discount_minor))?,
        tax_minor: money::sum(priced.iter().map(|line| line.tax_minor))?,
        lines,
        total_minor,
        rounding_minor: settled.rounding_minor,
        payments,
        change: settled.change,
        change_minor: settled.change_minor,
        refunds: Vec::new(),
        location_id: around.location_id,
        cashier_id,
        recorded_by,
        entered_late: late::is_late(occurred_at, around.now),
        note: order.note.clone(),
        external_number: None,
        occurred_at,
        recorded_at: around.now,
        voided_at: None,
        void_reason: None,
    })
}

/// What a sale takes out of stock, a movement a line.
#[must_use]
pub fn moves_of(sale: &Sale, actor_id: Option<UserId>) -> Vec<StockMove> {
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

fn priced_item(line: &NewLine, cards: &BTreeMap<ProductId, ProductCard>) -> Option<PricedItem> {
    cards.get(&line.product_id).map(|card| PricedItem {
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor.unwrap_or(card.price_minor),
        discount_minor: line.discount_minor,
        tax_rate_bp: card.tax_rate_bp,
    })
}

fn sale_line(
    line: &NewLine,
    price: LinePrice,
    cards: &BTreeMap<ProductId, ProductCard>,
) -> Option<SalesResult<SaleLine>> {
    let card = cards.get(&line.product_id)?;
    let build = || {
        Ok(SaleLine {
            id: line.id.unwrap_or_else(SaleLineId::generate),
            product_id: line.product_id,
            product_name: card.name.clone(),
            quantity: line.quantity,
            unit: card.unit.clone(),
            unit_price_minor: line.unit_price_minor.unwrap_or(card.price_minor),
            discount_minor: price.discount_minor,
            tax_rate_bp: card.tax_rate_bp,
            tax_minor: price.tax_minor,
            total_minor: price.total_minor,
            refunded_quantity: Quantity::ZERO,
            unit_cost_minor: card.cost_minor,
            cost_minor: money::extend(card.cost_minor, line.quantity)?,
        })
    };
    Some(build())
}

fn sum_of_sale(amounts: impl IntoIterator<Item = i64>) -> Result<i64, Problem> {
    money::sum_of_sale(amounts)
        .map_err(|_| Problem::of(Code::AmountOutOfRange).at_pointer("/lines"))
}

fn refuse_price(error: PricingError, currency: Currency) -> Problem {
    let too_fine = |pointer: String| {
        let step = currency.shown_step_minor();
        let detail = format!("must be a multiple of {step} minor units of {currency}");
        let error = FieldError::new(pointer, Code::FinerThanShown.as_str(), detail);
        Problem::of(Code::FinerThanShown).at(error.with("step_minor", step))
    };
    match error {
        PricingError::Money(_) => Problem::of(Code::AmountOutOfRange).at_pointer("/lines"),
        PricingError::LineDiscount(position) => Problem::invalid(
            format!("/lines/{position}/discount_minor"),
            "discount.exceeds_line",
            "is larger than the line",
        ),
        PricingError::CartDiscount => Problem::invalid(
            "/discount_minor",
            "discount.exceeds_cart",
            "is larger than the cart",
        ),
        PricingError::FineLineDiscount(position) => {
            too_fine(format!("/lines/{position}/discount_minor"))
        }
        PricingError::FineCartDiscount => too_fine("/discount_minor".to_owned()),
    }
}

/// Another price than the catalogue's, and discounts, need a permission. A price that was the
/// catalogue's when the sale happened does not: the till may have been without a network.
async fn check_prices(
    tx: &Tx,
    actor: &Actor,
    order: &NewSale,
    occurred_at: Timestamp,
    around: Surroundings<'_>,
) -> SalesResult<()> {
    if actor.may(Permission::ChangePrices) {
        return Ok(());
    }
    if order.discount_minor > 0 {
        return Err(forbidden("/discount_minor", "discounts").into());
    }
    for (position, line) in order.lines.iter().enumerate() {
        if line.discount_minor > 0 {
            return Err(
                forbidden(&format!("/lines/{position}/discount_minor"), "discounts").into(),
            );
        }
        let catalogue = around
            .cards
            .get(&line.product_id)
            .map(|card| card.price_minor);
        if let Some(price) = line.unit_price_minor
            && catalogue != Some(price)
            && repriced::in_force(tx, &[(line.product_id, price)], occurred_at)
                .await?
                .is_empty()
        {
            return Err(forbidden(
                &format!("/lines/{position}/unit_price_minor"),
                "other prices",
            )
            .into());
        }
    }
    Ok(())
}

fn forbidden(pointer: &str, what: &str) -> Problem {
    Problem::new(Code::Forbidden, format!("Your role does not allow {what}.")).at_pointer(pointer)
}

/// What comes in and what goes out for a total.
async fn settlement(
    tx: &Tx,
    actor: &Actor,
    order: &NewSale,
    total_minor: i64,
    occurred_at: Timestamp,
    shop: &Shop,
) -> SalesResult<(Vec<Payment>, Settlement)> {
    refuse_credit(order.payments.as_deref().unwrap_or_default())?;
    let drawer = Drawer::of(shop);
    let mut rates = Rates::new(shop.currency, occurred_at);
    let payments = match &order.payments {
        Some(offered) => offers::payments(tx, actor, offered, &mut rates).await?,
        None => vec![Payment::in_base(
            PaymentMethod::Cash,
            shop.currency,
            total_minor,
        )],
    };
    let change = match &order.change {
        Some(wanted) => Some(offers::change(tx, wanted, drawer, &mut rates).await?),
        None => None,
    };
    let settled = settle(total_minor, &payments, change, drawer)?;
    Ok((payments, settled))
}

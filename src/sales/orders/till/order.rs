//! Turns a request at the till into a priced and paid sale: what the role may request, prices of the
//! past, and the money.

use std::collections::BTreeMap;

use kernel::{
    Amount, Code, Currency, FieldError, Permission, Problem, Timestamp,
    ids::{LocationId, ProductId},
    money,
};
use store::Tx;

use super::super::{
    draft::{Cart, CartError, CartLine, Particulars},
    late::{self, Past},
    model::{
        NewSale, Sale,
        money::{Payment, PaymentMethod},
    },
    offers::{self, Rates, refuse_credit},
    pricing::{PricingError, Terms},
    repriced,
    tender::{Settlement, drawer::Drawer, settle},
};
use crate::{
    actor::Actor,
    error::{SalesError, SalesResult},
    inventory::{
        documents::past,
        products::{Archived, NamedProduct, ProductCard, check_lines},
    },
    shop_reader::Shop,
};

/// What a sale is made from, besides the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The products of the group.
    pub cards: &'a BTreeMap<ProductId, ProductCard>,
    pub shop: &'a Shop,
    /// The location from which goods leave.
    pub location_id: LocationId,
    pub now: Timestamp,
    /// Data about the past that orders of the group need.
    pub past: &'a Past,
}

/// Prices and settles a sale. Its number is still zero.
///
/// # Errors
/// Every rule of a sale except stock.
pub(super) async fn sale_of(
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
    let named = order.lines.iter().map(|line| NamedProduct {
        id: line.product_id,
        quantity: line.quantity,
    });
    check_lines(named, around.cards, Archived::Refused)?;
    check_prices(tx, actor, order, occurred_at, around).await?;
    let cart = cart_of(order, around)?;
    let (payments, settled) =
        settlement(tx, actor, order, cart.total_minor, occurred_at, around.shop).await?;
    let particulars = Particulars {
        id: order.id,
        location_id: around.location_id,
        cashier_id,
        recorded_by,
        entered_late: late::is_late(occurred_at, around.now),
        note: order.note.clone(),
        external_number: order.external_number.clone(),
        discount_reason: order.discount_reason.clone(),
        occurred_at,
        recorded_at: around.now,
    };
    Ok(cart.into_sale(particulars, payments, settled))
}

/// The lines of an order with their prices. Every product is known to exist.
fn cart_of(order: &NewSale, around: Surroundings<'_>) -> SalesResult<Cart> {
    let asked = around.past.with_prices(order);
    let lines: Vec<CartLine<'_>> = asked
        .iter()
        .filter_map(|line| {
            let card = around.cards.get(&line.product_id)?;
            Some(CartLine {
                id: line.id,
                product_id: line.product_id,
                card,
                quantity: line.quantity,
                unit_price_minor: line.unit_price_minor.unwrap_or(card.price_minor),
                discount_minor: line.discount_minor,
            })
        })
        .collect();
    let currency = around.shop.currency;
    let terms = Terms {
        tax_mode: around.shop.tax_mode,
        currency,
    };
    let cart = Cart::price(&lines, order.discount_minor, terms)
        .map_err(|error| refuse_cart(error, currency))?;
    // The subtotal before discounts must keep the limit of a sale, too.
    money::sum_of_sale([cart.subtotal_minor])
        .map_err(|error| refuse_cart(CartError::Whole(error), currency))?;
    Ok(cart)
}

fn refuse_cart(error: CartError, currency: Currency) -> SalesError {
    match error {
        CartError::Price(error) => refuse_price(error, currency).into(),
        CartError::Whole(_) => Problem::of(Code::AmountOutOfRange)
            .at_pointer("/lines")
            .into(),
        CartError::Amount(error) => error.into(),
    }
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

/// Other prices than the catalogue's and discounts need a permission. A price that was the
/// catalogue's when the sale happened does not: the till may have been offline.
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

/// The payments and the change for a total.
async fn settlement(
    tx: &Tx,
    actor: &Actor,
    order: &NewSale,
    total_minor: Amount,
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

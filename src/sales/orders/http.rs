//! The HTTP operations of sales.

pub mod batch;
pub mod list;
pub mod refunds;
pub mod tenders;

use actix_web::{HttpResponse, post, web};
use kernel::{
    Amount, Currency, MoneyError, Problem, Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, UserId},
    money,
};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    query::PathId,
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{MAX_LINES, MAX_PAYMENTS, NewLine, NewSale, Sale, money::NewChange},
    receipt,
};
use crate::{Sales, actor::Actor, idempotency::RequestKey};
use tenders::{CreatePayment, into_tenders};

/// The operations of sales and refunds.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create_sale)
        .service(batch::create_sales_batch)
        .service(list::list_sales)
        .service(list::get_sale)
        .service(void_sale)
        .service(refunds::refund_sale)
        .service(refunds::list_sale_refunds)
        .service(refunds::list_refunds)
        .service(receipt::http::get_receipt)
        .service(receipt::http::get_refund_receipt);
}

/// A new sale. Amounts are in minor units of the shop's base currency.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSale {
    /// Your own UUID for the sale. If the same sale is sent again with this id, by any user and under
    /// any key, the recorded one is returned. Another sale with this id is refused.
    pub id: Option<SaleId>,
    /// The products sold, 1 to 500 lines.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<CreateSaleLine>,
    /// Discount on the whole cart, split over the lines. Whole shown units of the currency, so a
    /// multiple of 100 for CDF.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub discount_minor: Option<i64>,
    /// The payments. When absent, the exact total in cash is assumed.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub payments: Option<Vec<CreatePayment>>,
    /// Cash given back, in any currency with a rate: no more than came in as cash, in cash steps of
    /// its currency. When absent, change is given in the base currency.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub change: Option<Vec<CreateChange>>,
    /// The location from which the goods leave. When absent, the default location.
    pub location_id: Option<LocationId>,
    /// When the sale happened; it may be in the past. When absent, the time at which the request
    /// arrived.
    pub occurred_at: Option<Timestamp>,
    /// A remark on the sale.
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// The user who sold, if it is not the one who sends the sale. Needs a permission.
    pub cashier_id: Option<UserId>,
    /// The till's own number for the sale, such as `C1-000482`. It is printed beside the number that
    /// the shop gives.
    #[validate(length(min = 1, max = 40), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 40, example = "C1-000482")]
    pub external_number: Option<String>,
    /// Why there is a discount, on the cart or on a line.
    #[validate(length(min = 1, max = 200), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 200, example = "Emballage abîmé")]
    pub discount_reason: Option<String>,
}

/// A line of a new sale.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSaleLine {
    /// The product that is sold.
    pub product_id: ProductId,
    /// The quantity in the product's unit; a whole number for products sold by the piece.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
    /// Another price of a unit than the catalogue's, minor units. Needs a permission.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub unit_price_minor: Option<i64>,
    /// Discount on the line, minor units, in whole shown units of the currency. Needs a permission.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub discount_minor: Option<i64>,
}

/// Cash that is given back to the customer.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateChange {
    /// The currency of the change.
    pub currency: Currency,
    /// The amount in minor units of that currency, a multiple of its cash step.
    #[validate(range(min = 1, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    pub amount_minor: i64,
}

impl CreateSale {
    fn into_order(self) -> Result<NewSale, Problem> {
        debug_assert!(self.lines.len() <= MAX_LINES, "validated");
        let change = self.change.map(|lines| {
            let lines = lines.into_iter();
            lines
                .map(CreateChange::into_change)
                .collect::<Result<_, _>>()
        });
        let lines = self.lines.into_iter().map(CreateSaleLine::into_line);
        Ok(NewSale {
            id: self.id,
            lines: lines.collect::<Result<_, _>>()?,
            discount_minor: Amount::new(self.discount_minor.unwrap_or(0))?,
            payments: self.payments.map(into_tenders).transpose()?,
            change: change.transpose()?,
            location_id: self.location_id,
            occurred_at: self.occurred_at,
            note: self.note,
            cashier_id: self.cashier_id,
            external_number: self.external_number,
            discount_reason: self.discount_reason,
        })
    }
}

impl CreateSaleLine {
    fn into_line(self) -> Result<NewLine, MoneyError> {
        Ok(NewLine {
            id: None,
            product_id: self.product_id,
            quantity: self.quantity,
            unit_price_minor: self.unit_price_minor.map(Amount::new).transpose()?,
            discount_minor: Amount::new(self.discount_minor.unwrap_or(0))?,
        })
    }
}

impl CreateChange {
    fn into_change(self) -> Result<NewChange, MoneyError> {
        Ok(NewChange {
            currency: self.currency,
            amount_minor: Amount::new(self.amount_minor)?,
        })
    }
}

/// The reason for a void.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidSale {
    /// Why the sale is voided, for the audit log.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Record a sale.
///
/// It may have several lines, discounts, payments in several currencies, and change in any of them.
/// Without `payments` the exact total in cash is assumed; without `change` it is given in the base
/// currency. Send an `Idempotency-Key` and repeat the request as often as needed: the sale is
/// recorded once.
#[utoipa::path(
    operation_id = "create_sale", tag = "sales", request_body = CreateSale,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses(
        (status = 201, description = "Recorded", body = Sale),
        (status = 200, description = "The same sale was recorded before: its present state, with `Idempotency-Replayed: true`", body = Sale),
        (status = 409, description = "Not enough stock, or the id, the reference or the key was used", body = ProblemBody),
        (status = 422, description = "A rule is broken", body = ProblemBody),
    )
)]
#[post("/sales")]
pub async fn create_sale(
    sales: web::Data<Sales>,
    access: Allowed<to::Sell>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<CreateSale>,
) -> ApiResult<HttpResponse> {
    let key = RequestKey::of_request(key, access.caller.user_id, "create_sale", &body.raw);
    let order = body.value.into_order()?;
    Ok(sales
        .orders
        .record(Actor::new(access.caller, origin), order, key)
        .await?
        .into())
}

/// Void a sale.
///
/// A void states that the sale never happened and its goods never left. It is for mistakes at the
/// till, until midnight of the sale's own business day (`occurred_at` in the shop's time zone). The
/// number stays. If the goods were counted at the moment of the sale or later, the counted level does
/// not change again. Later, and for goods that a customer brings back, refund the sale. A sale of an
/// imported history is refunded as well.
#[utoipa::path(
    operation_id = "void_sale", tag = "sales", request_body = VoidSale,
    params(("id" = SaleId, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses(
        (status = 200, description = "Voided", body = Sale),
        (status = 404, description = "No such sale", body = ProblemBody),
        (status = 409, description = "It is voided or refunded already, its business day is over, or it was imported", body = ProblemBody),
    )
)]
#[post("/sales/{id}/void")]
pub async fn void_sale(
    sales: web::Data<Sales>,
    access: Allowed<to::VoidSales>,
    origin: Origin,
    id: PathId<SaleId>,
    key: IdempotencyKey,
    body: JsonBody<VoidSale>,
) -> ApiResult<HttpResponse> {
    let operation = format!("void_sale {}", id.0);
    let key = RequestKey::of_request(key, access.caller.user_id, &operation, &body.raw);
    let actor = Actor::new(access.caller, origin);
    Ok(sales
        .orders
        .void(&actor, id.0, &body.value.reason, key.as_ref())
        .await?
        .into())
}

const _: () =
    assert!(MAX_LINES == 500 && MAX_PAYMENTS == 20 && money::MAX_MINOR == 1_000_000_000_000_000);

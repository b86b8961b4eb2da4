//! Sales on the wire.

pub mod refunds;
pub mod tenders;

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use kernel::{
    Currency, Problem, Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, UserId},
    money,
};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    cursor,
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{MAX_LINES, MAX_PAYMENTS, NewLine, NewSale, Sale, SaleState, money::NewChange},
    receipt,
    repo::SaleFilter,
};
use crate::{
    Sales,
    actor::Actor,
    idempotency::RequestKey,
    paging::{self, bounds_of},
};
use tenders::{CreatePayment, into_tenders};

/// The operations of sales and refunds.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create_sale)
        .service(list_sales)
        .service(get_sale)
        .service(void_sale)
        .service(refunds::refund_sale)
        .service(refunds::list_sale_refunds)
        .service(refunds::list_refunds)
        .service(receipt::http::get_receipt)
        .service(receipt::http::get_refund_receipt);
}

/// A sale that is asked for. Amounts in minor units of the shop's base currency.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSale {
    /// Your own UUID for it. The same sale with this id again, by whatever user and key, returns the
    /// one that is recorded; another sale with it is refused.
    pub id: Option<SaleId>,
    /// What is sold.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<CreateSaleLine>,
    /// Discount on the whole cart, split over the lines: whole units of what the currency shows
    /// (a multiple of 100 for CDF).
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub discount_minor: Option<i64>,
    /// How it is paid; the exact total in cash when absent.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub payments: Option<Vec<CreatePayment>>,
    /// What goes back in cash, in any currency that has a rate: at most what came in cash, in steps of
    /// its currency. Without it, change is worked out in the base currency.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub change: Option<Vec<CreateChange>>,
    /// Where the goods come from; the default location when absent.
    pub location_id: Option<LocationId>,
    /// When it happened; may lie in the past. When absent, the moment at which the request arrived.
    pub occurred_at: Option<Timestamp>,
    /// A remark.
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Who sold, where that is not whoever sends it; needs a permission.
    pub cashier_id: Option<UserId>,
}

/// A line of a sale that is asked for.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSaleLine {
    /// What.
    pub product_id: ProductId,
    /// How much: whole for products sold by the piece.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
    /// At another price than the catalogue's; needs a permission.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub unit_price_minor: Option<i64>,
    /// Discount on the line, whole units of what the currency shows; needs a permission.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub discount_minor: Option<i64>,
}

/// Cash that goes back.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateChange {
    /// In what.
    pub currency: Currency,
    /// How much of it, minor units of that currency, in whole steps.
    #[validate(range(min = 1, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    pub amount_minor: i64,
}

impl CreateSale {
    fn into_order(self) -> Result<NewSale, Problem> {
        debug_assert!(self.lines.len() <= MAX_LINES, "validated");
        let change = self.change.map(|lines| {
            let lines = lines.into_iter();
            lines.map(CreateChange::into_change).collect()
        });
        Ok(NewSale {
            id: self.id,
            lines: self
                .lines
                .into_iter()
                .map(CreateSaleLine::into_line)
                .collect(),
            discount_minor: self.discount_minor.unwrap_or(0),
            payments: self.payments.map(into_tenders).transpose()?,
            change,
            location_id: self.location_id,
            occurred_at: self.occurred_at,
            note: self.note,
            cashier_id: self.cashier_id,
        })
    }
}

impl CreateSaleLine {
    fn into_line(self) -> NewLine {
        NewLine {
            id: None,
            product_id: self.product_id,
            quantity: self.quantity,
            unit_price_minor: self.unit_price_minor,
            discount_minor: self.discount_minor.unwrap_or(0),
        }
    }
}

impl CreateChange {
    const fn into_change(self) -> NewChange {
        NewChange {
            currency: self.currency,
            amount_minor: self.amount_minor,
        }
    }
}

/// Which sales.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SalesQuery {
    /// First day, in the shop's time zone.
    from: Option<NaiveDate>,
    /// Last day, included.
    to: Option<NaiveDate>,
    /// In this state.
    state: Option<SaleState>,
    /// Sold by.
    cashier_id: Option<UserId>,
    /// With this number.
    number: Option<i64>,
    /// Only those that arrived more than a quarter of an hour after they happened, or (false) only
    /// the others.
    entered_late: Option<bool>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of sales.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesPage {
    /// Newest first, by when they happened.
    pub items: Vec<Sale>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// Why a sale is voided.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidSale {
    /// In words.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Record a sale.
///
/// Several lines, discounts, split tenders in several currencies, change in any of them. Without
/// `payments` the exact total in cash is assumed; without `change` it goes back in the base currency. Send an `Idempotency-Key` and repeat the request as often as needed:
/// the sale is recorded once.
#[utoipa::path(
    operation_id = "create_sale", tag = "sales", request_body = CreateSale,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key, 1 to 128 visible ASCII characters")),
    responses(
        (status = 201, description = "Recorded", body = Sale),
        (status = 200, description = "The same sale was recorded before: as it stands now, with `Idempotency-Replayed: true`", body = Sale),
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

/// List sales.
///
/// Newest first. A cashier sees own sales only.
#[utoipa::path(
    operation_id = "list_sales", tag = "sales", params(SalesQuery),
    responses((status = 200, description = "A page", body = SalesPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/sales")]
pub async fn list_sales(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    query: QueryOf<SalesQuery>,
) -> ApiResult<web::Json<SalesPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let zone = sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = SaleFilter {
        from,
        until,
        state: query.state,
        cashier_id: query.cashier_id,
        number: query.number,
        entered_late: query.entered_late,
    };
    let before = query
        .cursor
        .as_deref()
        .map(|text| cursor::open::<(i64, SaleId)>("sales", text))
        .transpose()?;
    let page = sales
        .orders
        .list(&Actor::new(access.caller, origin), filter, before, limit)
        .await?;
    let next_cursor =
        paging::next_cursor("sales", &page, |sale| (sale.occurred_at.micros(), sale.id));
    Ok(web::Json(SalesPage {
        items: page.items,
        next_cursor,
    }))
}

/// Read a sale.
#[utoipa::path(
    operation_id = "get_sale", tag = "sales", params(("id" = SaleId, Path)),
    responses((status = 200, description = "The sale", body = Sale), (status = 404, description = "No such sale, or somebody else's", body = ProblemBody))
)]
#[get("/sales/{id}")]
pub async fn get_sale(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    id: PathId<SaleId>,
) -> ApiResult<web::Json<Sale>> {
    Ok(web::Json(
        sales
            .orders
            .get(&Actor::new(access.caller, origin), id.0)
            .await?,
    ))
}

/// Void a sale.
///
/// It says that the sale never happened and its goods never left: for mistakes at the till, until
/// midnight of the sale's own business day (`occurred_at` in the shop's time zone). The number stays.
/// A count at the moment of the sale or later has seen the goods, and is not moved again. Later, and
/// for goods that a customer brings back, refund the sale. A sale of an imported history is refunded
/// as well.
#[utoipa::path(
    operation_id = "void_sale", tag = "sales", request_body = VoidSale,
    params(("id" = SaleId, Path), ("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key")),
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

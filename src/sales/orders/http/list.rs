//! Reading sales: the list with its filters, and one sale.

use actix_web::{get, web};
use chrono::NaiveDate;
use kernel::{
    Currency,
    ids::{LocationId, ProductId, SaleId, UserId},
};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::{
    model::{SaleState, money::PaymentMethod, named::NamedSale},
    repo::list::SaleFilter,
    text::MAX_TEXT,
};
use crate::{
    Sales,
    actor::Actor,
    paging::{self, bounds_of, check_length},
};

/// A filter for sales. Several parameters narrow the list together.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SalesQuery {
    /// First day, in the shop's time zone.
    from: Option<NaiveDate>,
    /// Last day, included.
    to: Option<NaiveDate>,
    /// Only sales in this state.
    state: Option<SaleState>,
    /// Only sales of this cashier.
    cashier_id: Option<UserId>,
    /// Only the sale with this number.
    number: Option<i64>,
    /// True: only sales that arrived more than 15 minutes after they happened. False: only the
    /// others.
    entered_late: Option<bool>,
    /// Only sales with a line of this product.
    product_id: Option<ProductId>,
    /// Only sales whose goods left this location.
    location_id: Option<LocationId>,
    /// Only sales with a payment by this method. With `currency`, one payment must have both.
    method: Option<PaymentMethod>,
    /// Only sales with a payment in this currency.
    currency: Option<Currency>,
    /// Words to find, at most 100 characters: the number of the sale, its number in an imported file,
    /// the beginning of a payment's reference, words of the note, or words of the name, SKU or barcode
    /// of a product. Case and accents do not matter. At most 500 sales are found by their own text,
    /// the newest, and at most 200 products by theirs.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of sales.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesPage {
    /// Sales, newest first by the time when they happened.
    pub items: Vec<NamedSale>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List sales.
///
/// Newest first. Cashiers see only their own sales.
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
    check_length("q", query.q.as_deref(), MAX_TEXT)?;
    let zone = sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = SaleFilter {
        from,
        until,
        state: query.state,
        cashier_id: query.cashier_id,
        number: query.number,
        entered_late: query.entered_late,
        product_id: query.product_id,
        location_id: query.location_id,
        method: query.method,
        currency: query.currency,
        text: query.q.filter(|text| !text.trim().is_empty()),
    };
    let before = paging::open_cursor::<(i64, SaleId)>("sales", query.cursor.as_deref())?;
    let page = sales
        .orders
        .list_named(&Actor::new(access.caller, origin), filter, before, limit)
        .await?;
    let next_cursor = paging::next_cursor("sales", &page, |named: &NamedSale| {
        (named.sale.occurred_at.micros(), named.sale.id)
    });
    Ok(web::Json(SalesPage {
        items: page.items,
        next_cursor,
    }))
}

/// Read a sale.
#[utoipa::path(
    operation_id = "get_sale", tag = "sales", params(("id" = SaleId, Path)),
    responses((status = 200, description = "The sale", body = NamedSale), (status = 404, description = "No such sale, or another cashier's", body = ProblemBody))
)]
#[get("/sales/{id}")]
pub async fn get_sale(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    id: PathId<SaleId>,
) -> ApiResult<web::Json<NamedSale>> {
    let actor = Actor::new(access.caller, origin);
    Ok(web::Json(sales.orders.get_named(&actor, id.0).await?))
}

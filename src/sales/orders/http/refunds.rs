//! The HTTP operations of refunds.

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use kernel::{
    Problem, Quantity,
    ids::{RefundId, SaleId, SaleLineId},
};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{
    super::{
        model::refund::{Goods, NewRefund, NewRefundLine, Refund},
        repo::refunds::RefundFilter,
    },
    tenders::{CreatePayment, into_tenders},
};
use crate::{
    Sales,
    actor::Actor,
    idempotency::RequestKey,
    paging::{self, bounds_of},
};

/// A new refund.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundSale {
    /// Your own UUID for the refund. If the same refund is sent again with this id, the recorded one
    /// is returned. Another refund with this id is refused.
    pub id: Option<RefundId>,
    /// The returned lines of the sale.
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<RefundSaleLine>,
    /// How the money goes back. When absent, it goes back as it came: payments that were not cash by
    /// their own method and account, the rest in cash.
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub payments: Option<Vec<CreatePayment>>,
    /// Why the goods are refunded, for the audit log.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A returned line.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundSaleLine {
    /// The id of the line in the sale.
    pub sale_line_id: SaleLineId,
    /// The returned quantity, no more than is left of the line.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
    /// True when the goods can be sold again and go back to stock.
    pub restock: bool,
}

/// Refund lines of a sale.
///
/// Part by part, with or without returning the goods to stock, and never more than was sold. The
/// refund counts today, whenever the sale was. Goods of an imported sale never left this stock: if
/// they are returned, they come in now, and the reason of their movement says so. Cash is paid in
/// cash steps. The refund that completes a sale pays what is left of the sale's payments.
#[utoipa::path(
    operation_id = "refund_sale", tag = "sales", request_body = RefundSale,
    params(("id" = SaleId, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses(
        (status = 201, description = "Refunded", body = Refund),
        (status = 200, description = "The same refund was recorded before: its present state, with `Idempotency-Replayed: true`", body = Refund),
        (status = 404, description = "No such sale", body = ProblemBody),
        (status = 409, description = "More than was sold, the sale is voided, or the id was used", body = ProblemBody),
        (status = 422, description = "A rule is broken", body = ProblemBody),
    )
)]
#[post("/sales/{id}/refunds")]
pub async fn refund_sale(
    sales: web::Data<Sales>,
    access: Allowed<to::RefundSales>,
    origin: Origin,
    id: PathId<SaleId>,
    key: IdempotencyKey,
    body: JsonBody<RefundSale>,
) -> ApiResult<HttpResponse> {
    let operation = format!("refund_sale {}", id.0);
    let key = RequestKey::of_request(key, access.caller.user_id, &operation, &body.raw);
    let new = body.value.into_refund()?;
    let actor = Actor::new(access.caller, origin);
    Ok(sales
        .orders
        .refund(&actor, id.0, &new, key.as_ref())
        .await?
        .into())
}

impl RefundSale {
    fn into_refund(self) -> Result<NewRefund, Problem> {
        Ok(NewRefund {
            id: self.id,
            lines: self.lines.iter().map(RefundSaleLine::to_line).collect(),
            payments: self.payments.map(into_tenders).transpose()?,
            reason: self.reason,
        })
    }
}

impl RefundSaleLine {
    const fn to_line(&self) -> NewRefundLine {
        NewRefundLine {
            sale_line_id: self.sale_line_id,
            quantity: self.quantity,
            goods: if self.restock {
                Goods::Resaleable
            } else {
                Goods::Damaged
            },
        }
    }
}

/// A filter for refunds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RefundsQuery {
    /// First day, in the shop's time zone.
    from: Option<NaiveDate>,
    /// Last day, included.
    to: Option<NaiveDate>,
    /// Only the refund with this number.
    number: Option<i64>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of the refunds of a sale.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SaleRefundsQuery {
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of refunds.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundsPage {
    /// Refunds, newest first by the time when they happened.
    pub items: Vec<Refund>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List the refunds of a sale.
///
/// Newest first. Cashiers see only those of their own sales.
#[utoipa::path(
    operation_id = "list_sale_refunds", tag = "sales", params(("id" = SaleId, Path), SaleRefundsQuery),
    responses(
        (status = 200, description = "A page", body = RefundsPage),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 404, description = "No such sale, or another cashier's", body = ProblemBody),
    )
)]
#[get("/sales/{id}/refunds")]
pub async fn list_sale_refunds(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    id: PathId<SaleId>,
    query: QueryOf<SaleRefundsQuery>,
) -> ApiResult<web::Json<RefundsPage>> {
    let filter = RefundFilter {
        sale_id: Some(id.0),
        ..RefundFilter::default()
    };
    let actor = Actor::new(access.caller, origin);
    let list = format!("refunds of {}", id.0);
    let cursor = query.0.cursor.as_deref();
    page(&sales, &actor, filter, &list, cursor, query.0.limit).await
}

/// List refunds.
///
/// Newest first. Cashiers see only those of their own sales.
#[utoipa::path(
    operation_id = "list_refunds", tag = "sales", params(RefundsQuery),
    responses((status = 200, description = "A page", body = RefundsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/refunds")]
pub async fn list_refunds(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadSales>,
    origin: Origin,
    query: QueryOf<RefundsQuery>,
) -> ApiResult<web::Json<RefundsPage>> {
    let query = query.0;
    let zone = sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = RefundFilter {
        from,
        until,
        number: query.number,
        ..RefundFilter::default()
    };
    let actor = Actor::new(access.caller, origin);
    let cursor = query.cursor.as_deref();
    page(&sales, &actor, filter, "refunds", cursor, query.limit).await
}

async fn page(
    sales: &Sales,
    actor: &Actor,
    filter: RefundFilter,
    list: &str,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> ApiResult<web::Json<RefundsPage>> {
    let limit = page_limit(limit)?;
    let before = paging::open_cursor::<(i64, RefundId)>(list, cursor)?;
    let page = sales.orders.refunds(actor, filter, before, limit).await?;
    let next_cursor = paging::next_cursor(list, &page, |refund| {
        (refund.occurred_at.micros(), refund.id)
    });
    Ok(web::Json(RefundsPage {
        items: page.items,
        next_cursor,
    }))
}

//! Reading stock documents.

use actix_web::{get, web};
use chrono::NaiveDate;
use kernel::{
    Problem,
    ids::{DocumentId, UserId},
};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::papers::{self, DocumentFilter, DocumentKind, FullDocument, StockDocument};
use crate::{
    Sales,
    paging::{self, bounds_of},
};

/// A filter for stock documents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DocumentsQuery {
    /// Only documents of this kind.
    kind: Option<DocumentKind>,
    /// Only documents that this user posted.
    actor_id: Option<UserId>,
    /// First day on which they were recorded, in the shop's time zone.
    from: Option<NaiveDate>,
    /// Last day on which they were recorded, included.
    to: Option<NaiveDate>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of stock documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentsPage {
    /// Documents, newest first by the time when they were recorded.
    pub items: Vec<StockDocument>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List stock documents: receipts, adjustments, counts and transfers.
#[utoipa::path(
    operation_id = "list_stock_documents", tag = "inventory", params(DocumentsQuery),
    responses((status = 200, description = "A page", body = DocumentsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/inventory/documents")]
pub async fn list_stock_documents(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    query: QueryOf<DocumentsQuery>,
) -> ApiResult<web::Json<DocumentsPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let before =
        paging::open_cursor::<(i64, DocumentId)>("stock_documents", query.cursor.as_deref())?;
    let zone = sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = DocumentFilter {
        kind: query.kind,
        actor_id: query.actor_id,
        from,
        until,
    };
    let page = papers::list(&sales.ctx.read, filter, before, limit).await?;
    let next_cursor = paging::next_cursor("stock_documents", &page, |document| {
        (document.recorded_at.micros(), document.id)
    });
    Ok(web::Json(DocumentsPage {
        items: page.items,
        next_cursor,
    }))
}

/// Read a stock document with its movements.
#[utoipa::path(
    operation_id = "get_stock_document", tag = "inventory", params(("id" = DocumentId, Path)),
    responses((status = 200, description = "The document", body = FullDocument), (status = 404, description = "No such document", body = ProblemBody))
)]
#[get("/inventory/documents/{id}")]
pub async fn get_stock_document(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    id: PathId<DocumentId>,
) -> ApiResult<web::Json<FullDocument>> {
    let document = papers::find(&sales.ctx.read, id.0).await?;
    Ok(web::Json(
        document.ok_or_else(|| Problem::not_found("document"))?,
    ))
}

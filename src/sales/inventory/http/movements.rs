//! The movements of the ledger, as lists.

use actix_web::{get, web};
use chrono::NaiveDate;
use kernel::ids::{DocumentId, LocationId, MovementId, ProductId, UserId};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::{
    movement::MovementKind,
    movements::{self, MovementFilter, NamedMovement},
};
use crate::{
    Sales,
    paging::{self, bounds_of},
};

/// A filter for movements. Several parameters narrow the list together.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MovementsQuery {
    /// Only movements of this product.
    product_id: Option<ProductId>,
    /// Only movements at this location.
    location_id: Option<LocationId>,
    /// Only movements of this kind.
    kind: Option<MovementKind>,
    /// Only movements that this user caused.
    actor_id: Option<UserId>,
    /// Only movements of this document.
    document_id: Option<DocumentId>,
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

/// A page of movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementsPage {
    /// Movements, newest first by the time when they were recorded.
    pub items: Vec<NamedMovement>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List movements of the ledger.
#[utoipa::path(
    operation_id = "list_movements", tag = "inventory", params(MovementsQuery),
    responses((status = 200, description = "A page", body = MovementsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/inventory/movements")]
pub async fn list_movements(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    query: QueryOf<MovementsQuery>,
) -> ApiResult<web::Json<MovementsPage>> {
    Ok(web::Json(movements_page(&sales, query.0).await?))
}

/// List the movements of a product.
#[utoipa::path(
    operation_id = "list_product_movements", tag = "inventory", params(("id" = ProductId, Path), MovementsQuery),
    responses((status = 200, description = "A page", body = MovementsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/products/{id}/movements")]
pub async fn list_product_movements(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    id: PathId<ProductId>,
    query: QueryOf<MovementsQuery>,
) -> ApiResult<web::Json<MovementsPage>> {
    let query = MovementsQuery {
        product_id: Some(id.0),
        ..query.0
    };
    Ok(web::Json(movements_page(&sales, query).await?))
}

async fn movements_page(sales: &Sales, query: MovementsQuery) -> ApiResult<MovementsPage> {
    let limit = page_limit(query.limit)?;
    let before = paging::open_cursor::<MovementId>("movements", query.cursor.as_deref())?;
    let zone = sales.ctx.shop.current().await?.time_zone;
    let (from, until) = bounds_of(query.from, query.to, zone)?;
    let filter = MovementFilter {
        product_id: query.product_id,
        location_id: query.location_id,
        kind: query.kind,
        actor_id: query.actor_id,
        document_id: query.document_id,
        from,
        until,
    };
    let page = movements::list_named(&sales.ctx.read, filter, before, limit).await?;
    let next_cursor = paging::next_cursor("movements", &page, |named: &NamedMovement| {
        named.movement.id
    });
    Ok(MovementsPage {
        items: page.items,
        next_cursor,
    })
}

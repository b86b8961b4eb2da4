//! The list of products.

use actix_web::{HttpRequest, HttpResponse, get, web};
use kernel::{
    Permission,
    ids::{CategoryId, LocationId},
    product::MAX_CODE,
};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit},
    tagged,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shown_to;
use crate::{
    Sales,
    catalogue::products::{Product, ProductFilter, ProductSort},
    paging,
};

/// A filter and an order for products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductQuery {
    /// Words of the name, the SKU or a barcode, regardless of accents and case. All words must occur.
    #[param(max_length = 100, example = "cafe moulu")]
    q: Option<String>,
    /// A barcode, with or without the leading zeros of a GTIN. It also finds archived products,
    /// unless `archived` is given.
    #[param(max_length = 64)]
    barcode: Option<String>,
    /// Only products of this category and its subcategories.
    category_id: Option<CategoryId>,
    /// True: only archived products. False: only active ones.
    archived: Option<bool>,
    /// Only products at or below their reorder level.
    #[serde(default)]
    #[param(default = false)]
    low_stock: bool,
    /// Only products whose SKU or barcode an older product has in another form, also archived ones
    /// unless `archived` is given. Give them codes of their own.
    #[serde(default)]
    #[param(default = false)]
    conflict: bool,
    /// Adds `on_hand_here` to each product: its stock at this location. `on_hand` is the sum of all
    /// locations, but a sale takes its goods from one.
    location_id: Option<LocationId>,
    /// The order of the list; a minus sign means descending.
    #[serde(default)]
    #[param(inline)]
    sort: ProductSort,
    /// Products in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductList {
    /// Products in the requested order.
    items: Vec<Product>,
    /// Cursor of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// List products.
///
/// For a till, `GET /products/till` has the whole catalogue with fewer fields, and later only what has
/// changed.
#[utoipa::path(
    operation_id = "list_products",
    tag = "products",
    params(ProductQuery),
    responses(
        (status = 200, description = "A page of products, with an `ETag`", body = ProductList),
        (status = 304, description = "Nothing has changed since the answer with this `ETag`"),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The location is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/products")]
pub async fn list_products(
    allowed: Allowed<to::ReadCatalogue>,
    query: QueryOf<ProductQuery>,
    request: HttpRequest,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    paging::check_length("q", query.q.as_deref(), 100)?;
    paging::check_length("barcode", query.barcode.as_deref(), MAX_CODE)?;
    let limit = page_limit(query.limit)?;
    let filter = ProductFilter {
        q: query.q,
        barcode: query.barcode,
        category_id: query.category_id,
        archived: query.archived,
        low_stock: query.low_stock,
        conflict: query.conflict,
        location_id: query.location_id,
    };
    let page = sales
        .catalogue
        .products(&filter, query.sort, query.cursor.as_deref(), limit)
        .await?;
    let may_see_costs = allowed.caller.may(Permission::ReadCosts);
    let items = page.items.into_iter();
    let list = ProductList {
        items: items.map(|one| shown_to(may_see_costs, one)).collect(),
        next_cursor: page.next_cursor,
    };
    tagged::respond_json(&request, &list)
}

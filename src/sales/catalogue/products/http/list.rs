//! The list of products, and the catalogue that a till keeps.

use actix_web::{HttpRequest, HttpResponse, get, web};
use kernel::{
    Code, FieldError, Permission, Problem,
    ids::{CategoryId, LocationId},
    product::MAX_CODE,
};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit, page_limit_up_to},
    tagged,
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AnyOfBuilder, Ref},
    },
};

use super::shown_to;
use crate::{
    Sales,
    catalogue::products::{Product, ProductFilter, ProductSort, till::TillCatalogue},
    paging,
};

/// Most products in a page of the catalogue for a till.
const MAX_TILL_LIMIT: u32 = 1_000;

/// Which fields of a product a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ProductFieldSet {
    /// All of them, with stock.
    #[default]
    All,
    /// Those that a till needs to sell without a network.
    Till,
}

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
    /// True: only products at or below their reorder level.
    #[param(default = false)]
    low_stock: Option<bool>,
    /// True: only products whose SKU or barcode an older product has in another form, also archived
    /// ones unless `archived` is given. Give them codes of their own.
    #[param(default = false)]
    conflict: Option<bool>,
    /// Adds `on_hand_here` to each product: its stock at this location. `on_hand` is the sum of all
    /// locations, but a sale takes its goods from one.
    location_id: Option<LocationId>,
    /// The order of the list, by name unless given; a minus sign means descending.
    #[param(inline)]
    sort: Option<ProductSort>,
    /// `till`: the catalogue that a till keeps, with few fields, no stock and pages of up to 1,000
    /// products. It cannot be filtered or sorted.
    #[param(inline)]
    fields: Option<ProductFieldSet>,
    /// Only what has changed in the catalogue since this `position` of an earlier answer, with the
    /// ids of archived products. It implies `fields=till`. A position is good for 30 days; after that
    /// (`position.expired`) load the whole catalogue.
    since: Option<String>,
    /// Products in a page: 1 to 200, by default 50. With `fields=till` 1 to 1,000, by default 1,000.
    #[param(minimum = 1, maximum = 1_000)]
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

/// Either form of the list; only the catalogue of a till has a `position`.
#[derive(Debug)]
pub struct ProductListAnswer;

impl PartialSchema for ProductListAnswer {
    fn schema() -> RefOr<Schema> {
        let forms = [ProductList::name(), TillCatalogue::name()];
        let choice = AnyOfBuilder::new().description(Some(
            "A page of products; with `fields=till` or `since` a page of the catalogue that a till keeps, which has a `position`",
        ));
        let choice = forms.into_iter().fold(choice, |choice, name| {
            choice.item(Ref::from_schema_name(name))
        });
        choice.into()
    }
}

impl ToSchema for ProductListAnswer {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ProductList::name().into_owned(), ProductList::schema()));
        schemas.push((TillCatalogue::name().into_owned(), TillCatalogue::schema()));
        ProductList::schemas(schemas);
        TillCatalogue::schemas(schemas);
    }
}

impl ProductQuery {
    const fn is_for_till(&self) -> bool {
        self.since.is_some() || matches!(self.fields, Some(ProductFieldSet::Till))
    }

    /// Refuses what the catalogue of a till does not have.
    fn check_till(&self) -> Result<(), Problem> {
        let given = [
            ("q", self.q.is_some()),
            ("barcode", self.barcode.is_some()),
            ("category_id", self.category_id.is_some()),
            ("archived", self.archived.is_some()),
            ("low_stock", self.low_stock.is_some()),
            ("conflict", self.conflict.is_some()),
            ("location_id", self.location_id.is_some()),
            ("sort", self.sort.is_some()),
            ("fields", self.fields == Some(ProductFieldSet::All)),
        ];
        let faults = given.into_iter().filter(|(_, is_given)| *is_given);
        let faults = faults.map(|(name, _)| {
            let detail = "is not possible in the catalogue of a till";
            FieldError::new(format!("?{name}"), "query.excluded", detail)
        });
        let mut problem = Problem::of(Code::InvalidQuery);
        problem.errors = faults.collect();
        if problem.errors.is_empty() {
            return Ok(());
        }
        Err(problem)
    }
}

/// List products.
///
/// With `fields=till` it is the catalogue that a till keeps: load it once, keep `position`, and later
/// send it as `since` to get only what has changed. The answer has an `ETag`: send it in
/// `If-None-Match`, and an unchanged answer is a 304.
#[utoipa::path(
    operation_id = "list_products",
    tag = "products",
    params(ProductQuery),
    responses(
        (status = 200, description = "A page of products", body = ProductListAnswer),
        (status = 304, description = "Nothing has changed since the answer with this `ETag`"),
        (status = 400, description = "A parameter, the cursor or the position is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "The position is too old: load the whole catalogue", body = ProblemBody, content_type = "application/problem+json"),
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
    if query.is_for_till() {
        return send_till_catalogue(&sales, &query, &request).await;
    }
    paging::check_length("q", query.q.as_deref(), 100)?;
    paging::check_length("barcode", query.barcode.as_deref(), MAX_CODE)?;
    let limit = page_limit(query.limit)?;
    let filter = ProductFilter {
        q: query.q,
        barcode: query.barcode,
        category_id: query.category_id,
        archived: query.archived,
        low_stock: query.low_stock.unwrap_or_default(),
        conflict: query.conflict.unwrap_or_default(),
        location_id: query.location_id,
    };
    let sort = query.sort.unwrap_or_default();
    let page = sales
        .catalogue
        .products(&filter, sort, query.cursor.as_deref(), limit)
        .await?;
    let may_see_costs = allowed.caller.may(Permission::ReadCosts);
    let items = page.items.into_iter();
    let list = ProductList {
        items: items.map(|one| shown_to(may_see_costs, one)).collect(),
        next_cursor: page.next_cursor,
    };
    tagged::respond_json(&request, &list)
}

/// The tag names the state of the catalogue, so an unchanged one is recognised without reading it. A
/// later page has none: it depends on when its walk began.
async fn send_till_catalogue(
    sales: &Sales,
    query: &ProductQuery,
    request: &HttpRequest,
) -> ApiResult<HttpResponse> {
    query.check_till()?;
    let limit = page_limit_up_to(query.limit, MAX_TILL_LIMIT)?;
    let (since, cursor) = (query.since.as_deref(), query.cursor.as_deref());
    let catalogue = &sales.catalogue;
    let state = catalogue.state().await?;
    let page = async || catalogue.till_page(state, since, cursor, limit).await;
    if cursor.is_some() {
        return Ok(HttpResponse::Ok().json(page().await?));
    }
    let currency = sales.ctx.shop.current().await?.currency;
    let tag = tagged::tag_of(format!("{state:?} {currency}").as_bytes());
    if since.is_none() && tagged::is_known(request, &tag) {
        return Ok(tagged::unchanged(&tag));
    }
    // A position is checked before anything else: one that cannot be used is no reason for a 304.
    tagged::respond_as(request, &tag, &page().await?)
}

//! The HTTP operations of categories.

use actix_web::{HttpResponse, get, http::header, patch, post, web};
use kernel::ids::CategoryId;
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::{IfMatch, etag},
    patch::present,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{Category, CategoryFields};
use crate::{Sales, actor::Actor};

/// The endpoints of categories.
pub(in crate::catalogue) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_categories)
        .service(create_category)
        .service(update_category);
}

/// A new category.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCategory {
    /// The category's name, unique among its siblings regardless of accents and case.
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100, example = "Boissons")]
    name: String,
    /// The parent category; absent for the top.
    parent_id: Option<CategoryId>,
}

/// A change of a category. Absent fields stay as they are.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value say three things"
)]
pub struct UpdateCategory {
    /// The category's new name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    name: Option<String>,
    /// The new parent; null moves it to the top.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CategoryId>)]
    parent_id: Option<Option<CategoryId>>,
    /// True: it is no longer used. Only a category without products and categories in use.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    archived: Option<bool>,
}

/// A page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CategoryQuery {
    /// Categories in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of categories.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryList {
    /// Categories in the order of their names.
    items: Vec<Category>,
    /// Cursor of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// List categories by name. `parent_id` shows the tree.
#[utoipa::path(
    operation_id = "list_categories",
    tag = "categories",
    params(CategoryQuery),
    responses(
        (status = 200, description = "A page of categories", body = CategoryList),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/categories")]
pub async fn list_categories(
    _: Allowed<to::ReadCatalogue>,
    query: QueryOf<CategoryQuery>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let limit = page_limit(query.0.limit)?;
    let cursor = query.0.cursor.as_deref();
    let (items, next_cursor) = sales.catalogue.categories(cursor, limit).await?;
    Ok(HttpResponse::Ok().json(CategoryList { items, next_cursor }))
}

/// Create a category.
#[utoipa::path(
    operation_id = "create_category",
    tag = "categories",
    request_body = CreateCategory,
    responses(
        (status = 201, description = "The category", body = Category),
        (status = 400, description = "The body is not JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A sibling has the name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid, or the parent is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/categories")]
pub async fn create_category(
    allowed: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    body: JsonBody<CreateCategory>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(allowed.caller, origin);
    let CreateCategory { name, parent_id } = body.value;
    let category = sales
        .catalogue
        .post_category(&actor, &name, parent_id)
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::ETAG, etag(category.version)))
        .json(category))
}

/// Rename, move or archive a category.
#[utoipa::path(
    operation_id = "update_category",
    tag = "categories",
    params(
        ("id" = CategoryId, Path, description = "The category's id"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    request_body = UpdateCategory,
    responses(
        (status = 200, description = "The category as it is now", body = Category),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such category", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A sibling has the name, the category would be inside itself, or it is in use", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid, or the parent is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[patch("/categories/{id}")]
pub async fn update_category(
    allowed: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    id: PathId<CategoryId>,
    if_match: IfMatch,
    body: JsonBody<UpdateCategory>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(allowed.caller, origin);
    let fields = CategoryFields {
        name: body.value.name,
        parent_id: body.value.parent_id,
        archived: body.value.archived,
    };
    let category = sales
        .catalogue
        .patch_category(&actor, id.0, if_match, fields)
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, etag(category.version)))
        .json(category))
}

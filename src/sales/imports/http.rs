//! Staged files on the wire. Sending one is the shell's business: it needs analytics too.

use actix_web::{HttpResponse, get, post, web};
use kernel::{ids::ImportId, import::RowState};
use platform::{
    access::{Allowed, to},
    body::OptionalJsonBody,
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

use super::{CommitOptions, ErrorRows, Import, ImportRow, Warnings};
use crate::{Sales, actor::Actor, idempotency::RequestKey, paging::next_cursor};

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_imports)
        .service(get_import)
        .service(list_import_rows)
        .service(commit_import);
}

/// Which imports.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportsQuery {
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportsPage {
    /// Newest first.
    pub items: Vec<Import>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportRowsQuery {
    /// Only rows in this state.
    state: Option<RowState>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRowsPage {
    /// In the order of the file.
    pub items: Vec<ImportRow>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// How a file is committed. The body may be left out.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommitImport {
    /// Leave rows with errors out, instead of refusing the file.
    pub skip_errors: bool,
    /// Commit although there are warnings.
    pub accept_warnings: bool,
}

impl From<CommitImport> for CommitOptions {
    fn from(body: CommitImport) -> Self {
        Self {
            errors: if body.skip_errors {
                ErrorRows::Skip
            } else {
                ErrorRows::Refuse
            },
            warnings: if body.accept_warnings {
                Warnings::Accept
            } else {
                Warnings::Refuse
            },
        }
    }
}

/// List imports.
#[utoipa::path(
    operation_id = "list_imports", tag = "imports", params(ImportsQuery),
    responses((status = 200, description = "A page, newest first", body = ImportsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/imports")]
pub async fn list_imports(
    sales: web::Data<Sales>,
    _access: Allowed<to::ImportFiles>,
    query: QueryOf<ImportsQuery>,
) -> ApiResult<web::Json<ImportsPage>> {
    let limit = page_limit(query.0.limit)?;
    let before = query
        .0
        .cursor
        .as_deref()
        .map(|text| cursor::open::<ImportId>("imports", text))
        .transpose()?;
    let page = sales.imports.imports(before, limit).await?;
    Ok(web::Json(ImportsPage {
        next_cursor: next_cursor("imports", &page, |import| import.id),
        items: page.items,
    }))
}

/// Read an import.
#[utoipa::path(
    operation_id = "get_import", tag = "imports", params(("id" = ImportId, Path)),
    responses((status = 200, description = "The import", body = Import), (status = 404, description = "No such import", body = ProblemBody))
)]
#[get("/imports/{id}")]
pub async fn get_import(
    sales: web::Data<Sales>,
    _access: Allowed<to::ImportFiles>,
    id: PathId<ImportId>,
) -> ApiResult<web::Json<Import>> {
    Ok(web::Json(sales.imports.import(id.0).await?))
}

/// List the rows of an import.
///
/// What each row of the file says, what it would do, and everything that is wrong with it.
#[utoipa::path(
    operation_id = "list_import_rows", tag = "imports", params(("id" = ImportId, Path), ImportRowsQuery),
    responses(
        (status = 200, description = "A page, in the order of the file", body = ImportRowsPage),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 404, description = "No such import", body = ProblemBody),
    )
)]
#[get("/imports/{id}/rows")]
pub async fn list_import_rows(
    sales: web::Data<Sales>,
    _access: Allowed<to::ImportFiles>,
    id: PathId<ImportId>,
    query: QueryOf<ImportRowsQuery>,
) -> ApiResult<web::Json<ImportRowsPage>> {
    let limit = page_limit(query.0.limit)?;
    let list = format!("import {} {:?}", id.0, query.0.state);
    let after = query
        .0
        .cursor
        .as_deref()
        .map(|text| cursor::open::<i64>(&list, text))
        .transpose()?;
    let page = sales
        .imports
        .rows(id.0, query.0.state, after.unwrap_or(0), limit)
        .await?;
    Ok(web::Json(ImportRowsPage {
        next_cursor: next_cursor(&list, &page, |row| row.row),
        items: page.items,
    }))
}

/// Commit an import.
///
/// In one transaction: all of it or nothing. The rows are first held against the shop as it is now;
/// what was overtaken is refused as `import.stale`. The body may be left out.
#[utoipa::path(
    operation_id = "commit_import", tag = "imports", request_body(content = CommitImport, description = "May be left out"),
    params(
        ("id" = ImportId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key, 1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 200, description = "Committed", body = Import),
        (status = 404, description = "No such import", body = ProblemBody),
        (status = 409, description = "Rows with errors or warnings, committed or expired already, overtaken by the shop, or not enough stock", body = ProblemBody),
        (status = 422, description = "The body is not valid", body = ProblemBody),
    )
)]
#[post("/imports/{id}/commit")]
pub async fn commit_import(
    sales: web::Data<Sales>,
    access: Allowed<to::ImportFiles>,
    origin: Origin,
    id: PathId<ImportId>,
    key: IdempotencyKey,
    body: OptionalJsonBody<CommitImport>,
) -> ApiResult<HttpResponse> {
    let operation = format!("commit_import {}", id.0);
    let key = RequestKey::of_request(key, access.caller.user_id, &operation, &body.raw);
    let actor = Actor::new(access.caller, origin);
    let answer = sales
        .imports
        .commit(&actor, id.0, body.value.into(), key.as_ref())
        .await?;
    Ok(answer.into())
}

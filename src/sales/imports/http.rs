//! The HTTP operations of imports: send a file, see its effect, commit it.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use files::read::staged::{ImportKind, RowState};
use kernel::ids::ImportId;
use platform::{
    access::{Allowed, to},
    body::OptionalJsonBody,
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
    CommitOptions, ErrorRows, Import, ImportRow, Warnings, preview::SentFile, upload::read_parts,
};
use crate::{
    Sales,
    actor::Actor,
    idempotency::RequestKey,
    paging::{next_cursor, open_cursor},
};

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create_import)
        .service(list_imports)
        .service(get_import)
        .service(list_import_rows)
        .service(commit_import);
}

/// A page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportsQuery {
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportsPage {
    /// Imports, newest first.
    pub items: Vec<Import>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A filter for rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportRowsQuery {
    /// Only rows in this state.
    state: Option<RowState>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRowsPage {
    /// Rows in the order of the file.
    pub items: Vec<ImportRow>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// Options of a commit. The body may be left out.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommitImport {
    /// True: leave out rows with errors instead of refusing the file.
    pub skip_errors: bool,
    /// True: commit although there are warnings.
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

/// What the file contains.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CreateImportQuery {
    /// `products`, `stock` or `sales`.
    kind: ImportKind,
}

/// The parts of the multipart body.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: the parts are read as they come"
)]
pub struct CreateImport {
    /// A text file (CSV, TSV) or a spreadsheet (XLSX, XLS, XLSB, ODS) of at most 64 MiB, 500,000 rows
    /// and 200 columns. What it is follows from its bytes, not from its name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// JSON: `{"columns": {"price": "PV"}, "sheet": "Feuil1", "currency": "CDF", "date_order": "day_first",
    /// "decimal_sign": ","}`, each member optional. `columns` assigns headers that the program does
    /// not know to fields; `sheet` names the sheet of a spreadsheet. `date_order` (`day_first`,
    /// `month_first`) and `decimal_sign` (`,` or `.`) are needed only where the rows of the file do not
    /// decide.
    mapping: Option<String>,
}

/// Send a file.
///
/// The file is read, checked and compared with the shop; nothing is changed yet. The response counts
/// what a commit would do. The rows with their errors and warnings are at `/imports/{id}/rows`. A
/// preview can be committed for 24 hours.
#[utoipa::path(
    operation_id = "create_import", tag = "imports", params(CreateImportQuery),
    request_body(content = CreateImport, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The preview", body = Import),
        (status = 400, description = "The multipart body cannot be read", body = ProblemBody),
        (status = 413, description = "The file is too large", body = ProblemBody),
        (status = 415, description = "Not multipart/form-data", body = ProblemBody),
        (status = 422, description = "The file cannot be read, or lacks columns", body = ProblemBody),
        (status = 429, description = "The user is sending four files already", body = ProblemBody),
    )
)]
#[post("/imports")]
pub async fn create_import(
    access: Allowed<to::ImportFiles>,
    origin: Origin,
    query: QueryOf<CreateImportQuery>,
    request: HttpRequest,
    sales: web::Data<Sales>,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    // Before the first byte is stored.
    let mut room = sales.imports.uploads.seat(access.caller.user_id)?;
    let parts = read_parts(&request, payload, &mut room).await?;
    let file = SentFile {
        kind: query.0.kind,
        name: parts.name,
        bytes: parts.bytes,
        mapping: parts.mapping,
    };
    let actor = Actor::new(access.caller, origin);
    let import = sales.imports.preview(&actor, file).await?;
    Ok(HttpResponse::Created().json(import))
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
    let before = open_cursor::<ImportId>("imports", query.0.cursor.as_deref())?;
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
/// What each row contains, what it would change, and all its errors and warnings.
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
    let after = open_cursor::<i64>(&list, query.0.cursor.as_deref())?;
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
/// In one transaction, all or nothing. The rows are first compared with the present shop: if the shop
/// has changed too much, the commit is refused with `import.stale`. The body may be left out.
#[utoipa::path(
    operation_id = "commit_import", tag = "imports", request_body(content = CommitImport, description = "The body may be left out"),
    params(
        ("id" = ImportId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 200, description = "Committed", body = Import),
        (status = 404, description = "No such import", body = ProblemBody),
        (status = 409, description = "Rows have errors or warnings, the file is committed or expired, the shop has changed, or there is not enough stock", body = ProblemBody),
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

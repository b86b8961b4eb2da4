//! The HTTP operations of imports: send a file, see its effect, commit it.

mod workbooks;

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put, web};
use files::read::{
    DateOrder, DecimalSign, Mapping, StockMeaning, TaxBasis,
    staged::{ImportKind, RowState},
};
use kernel::{Code, ids::ImportId};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, OptionalJsonBody},
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    query::{PathId, PathRow, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    BigChanges, CommitOptions, ErrorRows, Import, ImportRow, Warnings, preview::SentFile,
    upload::read_parts,
};
use crate::{
    Sales,
    actor::Actor,
    error::SalesError,
    idempotency::RequestKey,
    paging::{next_cursor, open_cursor},
};

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create_import)
        .service(list_imports)
        .service(get_import)
        .service(list_import_rows)
        .service(map_import)
        .service(correct_import_row)
        .service(commit_import)
        .service(undo_import);
    workbooks::routes(cfg);
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
    /// True: commit although a price, a cost or a stock becomes ten times what it was, or a tenth of it
    /// (`effects.big_changes`).
    pub accept_big_changes: bool,
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
            big_changes: if body.accept_big_changes {
                BigChanges::Accept
            } else {
                BigChanges::Refuse
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
    /// JSON of a `MapImport`, such as `{"columns": {"price": "PV"}, "currency": "CDF"}`. Without it the
    /// headers decide, and what was said of the last file with the same ones.
    mapping: Option<String>,
}

/// How a file is to be read. Each member may be left out: then the file itself decides.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MapImport {
    /// Field -> header in the file, for headers that the program does not know. `#3` is the third
    /// column.
    #[schema(example = json!({"price": "PV", "name": "#2"}))]
    pub columns: BTreeMap<String, String>,
    /// Headers of columns that are not to be read.
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub ignore: Vec<String>,
    /// The sheet of a spreadsheet.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub sheet: Option<String>,
    /// Line of the headers, from 1; 0 for a file without headers.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub header_row: Option<i64>,
    /// Currency of the amounts: that of the shop, or the file is refused.
    #[validate(length(max = 10))]
    #[schema(max_length = 10, example = "CDF")]
    pub currency: Option<String>,
    /// Whether the day or the month comes first, for the whole file.
    pub date_order: Option<DateOrder>,
    /// The decimal sign of the whole file.
    pub decimal_sign: Option<DecimalSign>,
    /// What a stock column means that does not say it: what lies there, what comes on top, or nothing.
    pub stock: Option<StockMeaning>,
    /// Whether the prices include the tax; without it their header says so, or they are as the shop's.
    pub prices: Option<TaxBasis>,
    /// Makes a SKU of the name where a list of products has neither SKUs nor barcodes.
    pub generate_skus: bool,
}

impl From<MapImport> for Mapping {
    fn from(body: MapImport) -> Self {
        Self {
            columns: body.columns,
            ignore: body.ignore,
            sheet: body.sheet,
            header_row: body.header_row,
            currency: body.currency,
            date_order: body.date_order,
            decimal_sign: body.decimal_sign,
            stock: body.stock,
            prices: body.prices,
            generate_skus: body.generate_skus,
            corrections: BTreeMap::new(),
        }
    }
}

/// Send a file.
///
/// The file is read, checked and compared with the shop; nothing is changed yet. The response counts
/// what a commit would do; the rows with their errors and warnings are at `/imports/{id}/rows`. A
/// preview can be committed for 24 hours. When columns are missing or unclear, the state is `mapping`,
/// there are no rows yet, and `layout.questions` says what has to be answered with
/// `PUT /imports/{id}/mapping`.
#[utoipa::path(
    operation_id = "create_import", tag = "imports", params(CreateImportQuery),
    request_body(content = CreateImport, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The preview, or in state `mapping` the questions about the columns", body = Import),
        (status = 400, description = "The multipart body cannot be read", body = ProblemBody),
        (status = 413, description = "The file is too large", body = ProblemBody),
        (status = 415, description = "Not multipart/form-data", body = ProblemBody),
        (status = 422, description = "The file cannot be read, or the mapping names what is not there", body = ProblemBody),
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

/// Map an import.
///
/// Reads the file again by this mapping, in the place of what was read before, and compares it with the
/// shop as it is now. Possible until it is committed, for 24 hours. What the mapping says about columns,
/// stock and codes is remembered at the commit for the next file with the same headers.
#[utoipa::path(
    operation_id = "map_import", tag = "imports", request_body = MapImport, params(("id" = ImportId, Path)),
    responses(
        (status = 200, description = "The preview, or what is still to be answered", body = Import),
        (status = 404, description = "No such import", body = ProblemBody),
        (status = 409, description = "Committed or expired already, or its file is not kept", body = ProblemBody),
        (status = 422, description = "The mapping names what is not there", body = ProblemBody),
        (status = 429, description = "The user is sending four files already", body = ProblemBody),
    )
)]
#[put("/imports/{id}/mapping")]
pub async fn map_import(
    sales: web::Data<Sales>,
    access: Allowed<to::ImportFiles>,
    origin: Origin,
    id: PathId<ImportId>,
    body: JsonBody<MapImport>,
) -> ApiResult<web::Json<Import>> {
    let mut room = sales.imports.uploads.seat(access.caller.user_id)?;
    let actor = Actor::new(access.caller, origin);
    let mapping = body.value.into();
    let import = sales.imports.map(&actor, id.0, mapping, &mut room).await?;
    Ok(web::Json(import))
}

/// Texts for cells of a row.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectImportRow {
    /// Field -> text, as it would stand in the file; an empty text empties the cell.
    #[schema(example = json!({"price": "1500"}))]
    pub values: BTreeMap<String, String>,
}

/// Correct cells of a row.
///
/// The cells are read as if the file had these texts, and the whole file is compared with the shop
/// again. What was corrected before stays, and stays when the file is mapped again. Cells of at most
/// 1,000 rows can be corrected.
#[utoipa::path(
    operation_id = "correct_import_row", tag = "imports", request_body = CorrectImportRow,
    params(("id" = ImportId, Path), ("row" = i64, Path, description = "Line in the file, from 1")),
    responses(
        (status = 200, description = "The import, read again", body = Import),
        (status = 404, description = "No such import or row", body = ProblemBody),
        (status = 409, description = "Committed or expired already, or its file is not kept", body = ProblemBody),
        (status = 422, description = "The file has no such field", body = ProblemBody),
        (status = 429, description = "The user is sending four files already", body = ProblemBody),
    )
)]
#[patch("/imports/{id}/rows/{row}")]
pub async fn correct_import_row(
    sales: web::Data<Sales>,
    access: Allowed<to::ImportFiles>,
    origin: Origin,
    id: PathId<ImportId>,
    row: PathRow,
    body: JsonBody<CorrectImportRow>,
) -> ApiResult<web::Json<Import>> {
    let mut room = sales.imports.uploads.seat(access.caller.user_id)?;
    let actor = Actor::new(access.caller, origin);
    let values = body.value.values;
    let import = sales
        .imports
        .correct(&actor, id.0, row.0, values, &mut room)
        .await?;
    Ok(web::Json(import))
}

/// Commit an import.
///
/// In one transaction, all or nothing. The rows are first compared with the present shop: if the shop
/// has changed in what they change, the commit is refused with `import.stale`, and the preview is made
/// anew: read it again, then commit. The body may be left out.
#[utoipa::path(
    operation_id = "commit_import", tag = "imports", request_body(content = CommitImport, description = "The body may be left out"),
    params(
        ("id" = ImportId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 200, description = "Committed", body = Import),
        (status = 404, description = "No such import", body = ProblemBody),
        (status = 409, description = "Rows have errors, warnings or big changes, the file is committed or expired, the shop has changed, or there is not enough stock", body = ProblemBody),
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
        .await;
    if let Err(SalesError::Refused(problem)) = &answer
        && problem.code == Code::ImportStale
    {
        show_again(&sales, &actor, id.0).await;
    }
    Ok(answer?.into())
}

/// Makes a stale preview anew, so that what has changed is seen before the next commit. If that fails,
/// the old preview stays, and is refused again.
async fn show_again(sales: &Sales, actor: &Actor, id: ImportId) {
    let Some(user) = actor.user_id else { return };
    let anew = async {
        let mut room = sales.imports.uploads.seat(user)?;
        sales.imports.preview_anew(actor, id, &mut room).await
    };
    if let Err(error) = anew.await {
        tracing::debug!(import.id = %id, %error, "a stale preview could not be made anew");
    }
}

/// Undo an import.
///
/// In one transaction, as if the file had never come: stock by movements that take it back, product
/// fields as before, products that it made archived, sales of its history voided without moving any
/// stock. What something depends on by now stays as it is and is named in `undone.kept`: a field that
/// was changed since, a product that was sold since, goods that have left, a sale that was refunded.
/// Categories stay.
#[utoipa::path(
    operation_id = "undo_import", tag = "imports",
    params(
        ("id" = ImportId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters"),
    ),
    responses(
        (status = 200, description = "Undone", body = Import),
        (status = 404, description = "No such import", body = ProblemBody),
        (status = 409, description = "Not committed, or undone already", body = ProblemBody),
    )
)]
#[post("/imports/{id}/undo")]
pub async fn undo_import(
    sales: web::Data<Sales>,
    access: Allowed<to::ImportFiles>,
    origin: Origin,
    id: PathId<ImportId>,
    key: IdempotencyKey,
) -> ApiResult<HttpResponse> {
    let operation = format!("undo_import {}", id.0);
    let key = RequestKey::of_request(key, access.caller.user_id, &operation, &[]);
    let actor = Actor::new(access.caller, origin);
    let answer = sales.imports.undo(&actor, id.0, key.as_ref()).await?;
    Ok(answer.into())
}

//! Workbooks for files: an empty one to fill in, and the rows that have errors.

use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web,
};
use chrono::NaiveDate;
use files::{
    read::staged::ImportKind,
    write::{
        language::Language,
        table::{Heading, Value, xlsx::XlsxTable},
    },
};
use kernel::{Code, Problem, ids::ImportId, product::PIECE};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, PathKind, QueryOf},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    Sales,
    imports::{errors::ErrorSheet, words::WorkbookWords},
    shop_reader::Shop,
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Width of a column of a template, in letters.
const WIDTH: u8 = 18;
/// The code of the example.
const EXAMPLE: &str = "EX-1001";

/// The operations of this room.
pub(super) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_import_template)
        .service(export_import_errors);
}

/// The language of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkbookLanguage {
    /// French headings.
    Fr,
    /// English headings.
    En,
}

/// The language of a workbook for files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkbookQuery {
    /// The language; the shop's when absent.
    #[param(inline)]
    lang: Option<WorkbookLanguage>,
}

fn language_of(query: &WorkbookQuery, shop: &Shop) -> Language {
    match query.lang {
        Some(WorkbookLanguage::Fr) => Language::French,
        Some(WorkbookLanguage::En) => Language::English,
        None => Language::of(&shop.locale),
    }
}

fn not_written(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "a workbook could not be written");
    Problem::of(Code::Internal)
}

/// A row that shows what belongs under the headers of a template.
fn example<'a>(
    kind: ImportKind,
    words: &WorkbookWords,
    sku: Option<&'a str>,
    today: NaiveDate,
) -> Vec<Value<'a>> {
    let (code, name) = (Value::Text(EXAMPLE), Value::Text(words.example_name));
    let whole = Value::whole;
    match kind {
        ImportKind::Products => vec![
            code,
            Value::Empty,
            name,
            Value::Text(words.example_category),
            Value::Text(PIECE),
            whole(1500),
            whole(1000),
            whole(16),
            whole(5),
            whole(10),
            Value::Empty,
        ],
        ImportKind::Stock => vec![
            sku.map_or(code, Value::Text),
            Value::Empty,
            Value::Empty,
            Value::Empty,
            whole(0),
        ],
        ImportKind::Sales => vec![
            Value::Text("F-1001"),
            Value::Date(today),
            code,
            name,
            whole(2),
            whole(1500),
            whole(100),
            whole(2900),
            Value::Text(words.example_customer),
        ],
    }
}

/// Get a template.
///
/// A workbook whose headers the import knows, with one row as an example: write over it and send it. The
/// example of a file of stock is a product of the shop to which nothing is added.
#[utoipa::path(
    operation_id = "get_import_template", tag = "imports",
    params(("kind" = ImportKind, Path, description = "What the file is to contain"), WorkbookQuery),
    responses(
        (status = 200, description = "The workbook", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 404, description = "No such kind of file", body = ProblemBody),
    )
)]
#[get("/imports/templates/{kind}.xlsx")]
pub async fn get_import_template(
    sales: web::Data<Sales>,
    _access: Allowed<to::ImportFiles>,
    kind: PathKind<ImportKind>,
    query: QueryOf<WorkbookQuery>,
) -> ApiResult<HttpResponse> {
    let shop = sales.ctx.shop.current().await?;
    let words = WorkbookWords::of(language_of(&query.0, &shop));
    let template = words.template(kind.0);
    let headings = template.headers.iter().map(|title| Heading {
        title: (*title).to_owned(),
        letters: WIDTH,
    });
    let sku = sales.imports.example_sku().await?;
    let today = sales.ctx.clock.now().date_in(shop.time_zone);
    let example = example(kind.0, words, sku.as_deref(), today);
    let table = XlsxTable::new(template.name, headings.collect(), shop.time_zone);
    let bytes = table.and_then(|mut table| {
        table.push(example)?;
        table.finish()
    });
    let bytes = bytes.map_err(|error| not_written(&error))?;
    let name = format!("attachment; filename=\"{}.xlsx\"", kind.0.as_str());
    Ok(HttpResponse::Ok()
        .content_type(XLSX)
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}

/// Export the errors of an import.
///
/// The rows that have errors, under the headers of the file. The bad cells are marked; beside them are
/// their addresses in the sheet and what was expected. Corrected, it can be sent as a file of its own.
#[utoipa::path(
    operation_id = "export_import_errors", tag = "imports", params(("id" = ImportId, Path), WorkbookQuery),
    responses(
        (status = 200, description = "The workbook; a body that breaks off is not whole", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 404, description = "No such import", body = ProblemBody),
    )
)]
#[get("/imports/{id}/errors.xlsx")]
pub async fn export_import_errors(
    sales: web::Data<Sales>,
    _access: Allowed<to::ImportFiles>,
    id: PathId<ImportId>,
    query: QueryOf<WorkbookQuery>,
) -> ApiResult<HttpResponse> {
    let import = sales.imports.import(id.0).await?;
    let shop = sales.ctx.shop.current().await?;
    let language = language_of(&query.0, &shop);
    let of_shop = (shop.time_zone, shop.currency);
    let sheet = ErrorSheet::open(&sales.imports, &import, language, of_shop);
    let sheet = sheet.map_err(|error| not_written(&error))?;
    let name = format!("attachment; filename=\"errors-{}.xlsx\"", import.id);
    Ok(HttpResponse::Ok()
        .content_type(XLSX)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(sheet.stream()))
}

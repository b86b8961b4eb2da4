//! Sending a file: `POST /imports`.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, HttpResponse, http::header, post, web};
use analytics::{
    Analytics,
    imports::{MAX_BYTES, Mapping},
};
use futures_util::StreamExt as _;
use kernel::{Code, FieldError, Problem, import::ImportKind};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::QueryOf,
    request::Origin,
};
use sales::{Actor, Sales, imports::Import};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{FileIn, preview};

/// Largest mapping, in bytes.
const MAX_MAPPING: usize = 64 * 1024;
/// Most parts of a body that are looked at.
const MAX_PARTS: usize = 8;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create_import);
}

/// What a file holds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CreateImportQuery {
    /// `products`, `stock` or `sales`.
    kind: ImportKind,
}

/// The parts of the body.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used: the parts are read as they come"
)]
pub struct CreateImport {
    /// A CSV file of at most 64 MiB, 500,000 rows and 200 columns.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// JSON: `{"columns": {"price": "PV"}, "currency": "CDF", "date_order": "day_first",
    /// "decimal_sign": ","}`, each member optional. `columns` names headers that the program does
    /// not know. `date_order` (`day_first`, `month_first`) and `decimal_sign` (`,` or `.`) say how
    /// the whole file writes what could be read in two ways; without them its rows decide.
    mapping: Option<String>,
}

/// Send a file.
///
/// It is read, validated and held against the shop; nothing is changed yet. The answer counts what
/// a commit would do; the rows and everything that is wrong with them are at
/// `/imports/{id}/rows`. A preview can be committed for 24 hours.
#[utoipa::path(
    operation_id = "create_import", tag = "imports", params(CreateImportQuery),
    request_body(content = CreateImport, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The preview", body = Import),
        (status = 400, description = "The multipart body cannot be read", body = ProblemBody),
        (status = 413, description = "The file is too large", body = ProblemBody),
        (status = 415, description = "Not multipart/form-data", body = ProblemBody),
        (status = 422, description = "The file cannot be read, or lacks columns", body = ProblemBody),
    )
)]
#[post("/imports")]
pub async fn create_import(
    access: Allowed<to::ImportFiles>,
    origin: Origin,
    query: QueryOf<CreateImportQuery>,
    request: HttpRequest,
    sales: web::Data<Sales>,
    analytics: web::Data<Analytics>,
    payload: web::Payload,
) -> ApiResult<HttpResponse> {
    let parts = read_parts(&request, payload).await?;
    let file = FileIn {
        kind: query.0.kind,
        name: parts.name,
        bytes: parts.bytes,
        mapping: parts.mapping,
    };
    let actor = Actor::new(access.caller, origin);
    let import = preview(&sales, &analytics, &actor, file).await?;
    Ok(HttpResponse::Created().json(import))
}

struct Parts {
    name: String,
    bytes: Vec<u8>,
    mapping: Mapping,
}

async fn read_parts(request: &HttpRequest, payload: web::Payload) -> Result<Parts, Problem> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !content_type
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "Send the file as multipart/form-data, in a part named file.",
        ));
    }
    let mut body = Multipart::new(request.headers(), payload);
    let mut file: Option<(String, Vec<u8>)> = None;
    let mut mapping = Mapping::default();
    let mut seen = 0;
    while let Some(field) = body.next().await {
        let mut field = field.map_err(|error| broken(&error))?;
        seen += 1;
        if seen > MAX_PARTS {
            return Err(refuse("", "at most one file and one mapping are expected"));
        }
        match field.name().unwrap_or_default() {
            "file" if file.is_none() => {
                let name = field
                    .content_disposition()
                    .and_then(|disposition| disposition.get_filename())
                    .unwrap_or_default()
                    .to_owned();
                file = Some((name, collect(&mut field, MAX_BYTES).await?));
            }
            "file" => return Err(refuse("/file", "one file at a time is expected")),
            "mapping" => {
                let text = collect(&mut field, MAX_MAPPING).await?;
                mapping = serde_json::from_slice(&text)
                    .map_err(|error| refuse("/mapping", &format!("is not a mapping: {error}")))?;
            }
            _ => {
                return Err(refuse(
                    "",
                    "a part named file is expected, and perhaps one named mapping",
                ));
            }
        }
    }
    let (name, bytes) = file.ok_or_else(|| refuse("/file", "a part named file is expected"))?;
    Ok(Parts {
        name,
        bytes,
        mapping,
    })
}

async fn collect(field: &mut Field, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > most {
            return Err(Problem::new(
                Code::BodyTooLarge,
                format!("At most {most} bytes are expected here."),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: &MultipartError) -> Problem {
    tracing::debug!(%error, "a multipart body was refused");
    Problem::of(Code::MalformedMultipart)
}

fn refuse(pointer: &str, detail: &str) -> Problem {
    Problem::new(
        Code::InvalidBody,
        format!("The body is not a file: {detail}."),
    )
    .at(FieldError::new(pointer, "import.part", detail))
}

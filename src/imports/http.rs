//! Sending a file: `POST /imports`.

use std::{sync::Arc, time::Duration};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, HttpResponse, http::header, post, web};
use analytics::{
    Analytics,
    imports::{MAX_BYTES, Mapping},
};
use futures_util::{Stream, StreamExt as _};
use kernel::{Code, FieldError, Problem, ids::UserId, import::ImportKind};
use platform::{
    access::{Allowed, to},
    body::refuse_encoded,
    problem::{ApiResult, ProblemBody},
    query::QueryOf,
    request::{EdgeSettings, Origin},
    seats::{Seat, Seats},
};
use sales::{Actor, Sales, imports::Import};
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::timeout,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{FileIn, preview};

/// Largest mapping, in bytes.
const MAX_MAPPING: usize = 64 * 1024;
/// Most parts of a body that are looked at.
const MAX_PARTS: usize = 8;
/// What a body may have beside its file and its mapping.
const MAX_FRAME: usize = 64 * 1024;
/// Files that one user may send at once.
const PER_USER: usize = 4;
/// Memory that all files may take while they are sent and read, in units: four of the largest.
const UNITS: usize = 4 * MAX_BYTES / UNIT;
/// Bytes of a unit.
const UNIT: usize = 64 * 1024;
/// When to try again while there is no room, in seconds.
const RETRY_AFTER_SECONDS: u32 = 10;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(create_import);
}

/// Room for files that are being sent: what has not come whole is kept in memory.
#[derive(Debug)]
pub struct Uploads {
    room: Arc<Semaphore>,
    seats: Arc<Seats>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(UNITS)),
            seats: Seats::new(PER_USER, PER_USER),
        }
    }
}

/// The room of one file, free again when this is dropped.
struct Room {
    all: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
    _seat: Seat,
}

impl Room {
    /// A seat for a user, and no room taken yet.
    fn of(request: &HttpRequest, user: UserId) -> Result<Self, Problem> {
        let uploads = request.app_data::<web::Data<Uploads>>();
        let uploads = uploads.ok_or_else(|| Problem::of(Code::Internal))?;
        Ok(Self {
            all: Arc::clone(&uploads.room),
            taken: None,
            _seat: uploads.seats.take(user)?,
        })
    }

    /// Makes sure that so many bytes may be held.
    fn hold(&mut self, bytes: usize) -> Result<(), Problem> {
        let taken = self
            .taken
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let lacking = bytes.div_ceil(UNIT).saturating_sub(taken);
        if lacking == 0 {
            return Ok(());
        }
        let units = u32::try_from(lacking).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.all).try_acquire_many_owned(units);
        let more = more.map_err(|_: TryAcquireError| {
            let detail = "Too many files are being sent. Try again in a moment.";
            Problem::new(Code::Unavailable, detail).retry_after(RETRY_AFTER_SECONDS)
        })?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }
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
        (status = 429, description = "The user sends as many files as may be", body = ProblemBody),
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
    // Before the first byte is kept.
    let mut room = Room::of(&request, access.caller.user_id)?;
    let parts = read_parts(&request, payload, &mut room).await?;
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

async fn read_parts(
    request: &HttpRequest,
    payload: web::Payload,
    room: &mut Room,
) -> Result<Parts, Problem> {
    refuse_encoded(request)?;
    refuse_too_large(request)?;
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
    let patience = Duration::from_secs(EdgeSettings::of(request).body_timeout_seconds);
    let mut body = Multipart::new(request.headers(), payload);
    let mut file: Option<(String, Vec<u8>)> = None;
    let mut mapping = Mapping::default();
    let mut seen = 0;
    while let Some(field) = next_of(&mut body, patience).await? {
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
                file = Some((name, collect(&mut field, MAX_BYTES, patience, room).await?));
            }
            "file" => return Err(refuse("/file", "one file at a time is expected")),
            "mapping" => {
                let text = collect(&mut field, MAX_MAPPING, patience, room).await?;
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

/// A body that says how long it is need not be read to be refused.
fn refuse_too_large(request: &HttpRequest) -> Result<(), Problem> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = MAX_BYTES + MAX_MAPPING + MAX_FRAME;
    match length {
        Some(length) if length > u64::try_from(most).unwrap_or(u64::MAX) => {
            Err(too_large(MAX_BYTES))
        }
        _ => Ok(()),
    }
}

fn too_large(most: usize) -> Problem {
    let detail = format!("At most {most} bytes are expected here.");
    Problem::new(Code::BodyTooLarge, detail)
}

/// The next of a body, if it comes in time.
async fn next_of<T>(
    body: &mut (impl Stream<Item = T> + Unpin),
    patience: Duration,
) -> Result<Option<T>, Problem> {
    let next = timeout(patience, body.next()).await;
    next.map_err(|_| Problem::of(Code::RequestTimeout))
}

async fn collect(
    field: &mut Field,
    most: usize,
    patience: Duration,
    room: &mut Room,
) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next_of(field, patience).await? {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        // What is to be held is what a growing list takes, which may be twice what lies in it.
        let wanted = bytes.len() + chunk.len();
        if wanted > bytes.capacity() {
            let grown = wanted.max(bytes.capacity() * 2).min(most);
            room.hold(grown)?;
            bytes.reserve_exact(grown - bytes.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_being_sent_have_so_much_room_together() {
        let uploads = Uploads::default();
        let (one, other) = (UserId::generate(), UserId::generate());
        let room = |user| Room {
            all: Arc::clone(&uploads.room),
            taken: None,
            _seat: uploads.seats.take(user).unwrap(),
        };
        let mut held: Vec<_> = (0..PER_USER).map(|_| room(one)).collect();
        for file in &mut held {
            file.hold(1).unwrap();
            file.hold(MAX_BYTES).unwrap();
            // What is held already is not taken twice.
            file.hold(MAX_BYTES).unwrap();
        }
        let mut late = room(other);
        let refused = late.hold(1).unwrap_err();
        assert_eq!(refused.code, Code::Unavailable);
        assert!(refused.retry_after_seconds.is_some());
        held.pop();
        late.hold(MAX_BYTES).unwrap();
        drop((held, late));
        assert_eq!(uploads.room.available_permits(), UNITS);
    }
}

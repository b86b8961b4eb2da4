//! Receives a file: the parts of a multipart body, in memory that all uploads share.

use std::{sync::Arc, time::Duration};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::{HttpRequest, http::header, web};
use files::read::{MAX_BYTES, Mapping};
use futures_util::{Stream, StreamExt as _};
use kernel::{Code, FieldError, Problem, ids::UserId};
use platform::{
    body::refuse_encoded,
    request::EdgeSettings,
    seats::{Seat, Seats},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::timeout,
};

/// Largest mapping, in bytes.
const MAX_MAPPING: usize = 64 * 1024;
/// Most parts of a body.
const MAX_PARTS: usize = 8;
/// Most bytes of a body besides its file and its mapping.
const MAX_FRAME: usize = 64 * 1024;
/// Files that one user may send at once.
const PER_USER: usize = 4;
/// Memory for all files that are sent and read, in units: four of the largest.
const UNITS: usize = 4 * MAX_BYTES / UNIT;
/// Bytes of a unit.
const UNIT: usize = 64 * 1024;
/// Seconds until a retry, if there is no room.
const RETRY_AFTER_SECONDS: u32 = 10;

/// Memory for files that are being sent. A file keeps it until it has been read.
#[derive(Debug)]
pub(super) struct Uploads {
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

impl Uploads {
    /// A place for a user, without memory yet.
    pub(super) fn seat(&self, user: UserId) -> Result<Room, Problem> {
        Ok(Room {
            all: Arc::clone(&self.room),
            taken: None,
            _seat: self.seats.take(user)?,
        })
    }
}

/// The memory of one file, freed on drop.
#[derive(Debug)]
pub struct Room {
    all: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
    _seat: Seat,
}

impl Room {
    /// Reserves memory, so that the file may have `bytes` in total.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), Problem> {
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

/// The parts of a body.
pub(super) struct Parts {
    /// The name of the file.
    pub name: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
    /// The mapping; the default one when the body has none.
    pub mapping: Mapping,
}

/// Reads the body of an upload.
pub(super) async fn read_parts(
    request: &HttpRequest,
    payload: web::Payload,
    room: &mut Room,
) -> Result<Parts, Problem> {
    refuse_encoded(request)?;
    refuse_too_large(request)?;
    refuse_other_types(request)?;
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

/// Refuses a body that is not multipart.
fn refuse_other_types(request: &HttpRequest) -> Result<(), Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    if content_type.starts_with("multipart/form-data") {
        return Ok(());
    }
    Err(Problem::new(
        Code::UnsupportedMediaType,
        "Send the file as multipart/form-data, in a part named file.",
    ))
}

/// Refuses a body by its length before it is read.
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

/// The next piece of a body, if it arrives in time.
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
        // A growing list may take twice its content: this is what is reserved.
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
    fn files_that_are_being_sent_share_their_memory() {
        let uploads = Uploads::default();
        let (one, other) = (UserId::generate(), UserId::generate());
        let room = |user| uploads.seat(user).unwrap();
        let mut held: Vec<_> = (0..PER_USER).map(|_| room(one)).collect();
        for file in &mut held {
            file.hold(1).unwrap();
            file.hold(MAX_BYTES).unwrap();
            // Reserved memory is not reserved twice.
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

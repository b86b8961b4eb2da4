//! `/events`: what happens in the shop, as a stream.

use actix_web::{HttpRequest, HttpResponse, get, http::header, web};
use kernel::{Code, FieldError, Problem};
use platform::{
    access::{Allowed, Standing, to},
    problem::{ApiResult, ProblemBody},
    query::QueryOf,
};
use sales::live::Resumed;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Events,
    stream::{self, Beginning},
    viewer::Viewer,
    wire::{ResetReason, ShopEvent},
};

/// The header in which a client sends the id of the last event.
const LAST_EVENT_ID: &str = "last-event-id";
/// When to try again, in seconds.
const RETRY_AFTER_SECONDS: u32 = 30;

/// The operation of this room, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(watch_shop);
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The id of the last event, for clients that cannot send the header `Last-Event-ID`, which goes
    /// before.
    since: Option<String>,
}

/// Watch the shop.
///
/// Server-sent events: each has an `id`, a name and JSON as `data`, whose `event` is the same name.
/// The first is `ready`, or `reset` when the client must load everything again. What happens on any
/// instance comes within a second. To go on after a cut, send the id of the last event as
/// `Last-Event-ID`: everything since comes, nothing twice, for 24 hours. A level is reported as it is now,
/// so it may come again although it is the same.
///
/// Cashiers get their own sales, with their refunds and voids, and levels; jobs and findings come to
/// those who may read them. The stream ends when the access token expires, and when the user is
/// signed out, disabled or gets another role: get a new token, and go on. A user may watch eight times
/// at once. Comments and bare ids keep the line open. Browsers read it with `fetch`, since
/// `EventSource` cannot send a token.
#[utoipa::path(
    operation_id = "watch_shop", tag = "events",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that the client has got")),
    responses(
        (status = 200, description = "The events. The schema is that of the `data` of each", body = ShopEvent, content_type = "text/event-stream"),
        (status = 400, description = "The query or the id is not valid, or the id is of another shop", body = ProblemBody),
        (status = 429, description = "The user watches too often at once", body = ProblemBody),
        (status = 503, description = "Too many clients are watching", body = ProblemBody),
    )
)]
#[get("/events")]
pub async fn watch_shop(
    events: web::Data<Events>,
    access: Allowed<to::ReadSales>,
    standing: Standing,
    request: HttpRequest,
    query: QueryOf<EventsQuery>,
) -> ApiResult<HttpResponse> {
    let seat = events.seats.take(access.caller.user_id)?;
    let beginning = begin(&events, &request, query.0.since).await?;
    let viewer = Viewer::new(access.caller);
    let stream = stream::stream(&events, beginning, viewer, standing, seat)
        .ok_or_else(|| Problem::of(Code::EventStreamsFull).retry_after(RETRY_AFTER_SECONDS))?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A proxy that collects the answer before it passes it on would defeat the purpose.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream))
}

/// Where the stream begins: where the client was, or now.
async fn begin(
    events: &Events,
    request: &HttpRequest,
    since: Option<String>,
) -> Result<Beginning, Problem> {
    let source = &events.follower.source;
    let ready = ShopEvent::Ready { at: source.now() };
    let header = request.headers().get(LAST_EVENT_ID);
    let resumed = match (header, since) {
        (Some(value), _) => {
            let pointer = "Last-Event-ID";
            let text = value.to_str().map_err(|_| unreadable(pointer))?;
            Some(source.resume(text, pointer).await?)
        }
        (None, Some(text)) => Some(source.resume(&text, "?since").await?),
        (None, None) => None,
    };
    Ok(match resumed {
        Some(Resumed::From(position)) => Beginning {
            position,
            first: ready,
        },
        Some(Resumed::TooOld) => Beginning {
            position: source.here().await?,
            first: ShopEvent::Reset {
                reason: ResetReason::TooOld,
            },
        },
        None => Beginning {
            position: source.here().await?,
            first: ready,
        },
    })
}

fn unreadable(pointer: &str) -> Problem {
    let detail = "is not the id of an event";
    Problem::of(Code::InvalidPosition).at(FieldError::new(pointer, "position.unreadable", detail))
}

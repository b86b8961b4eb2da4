//! Refusals that every operation of a kind can return, added here once instead of at every handler.

use platform::problem::CONTENT_TYPE;
use utoipa::openapi::{
    Components, Content, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder, path::Operation,
};

use super::problems;

/// The operations whose answers are kept.
const FIGURES: &str = "/api/v1/analytics/";

/// What every write can return.
const CONFLICT: &str = "Conflicting";

/// Status, component name and meaning.
struct Refusal {
    status: &'static str,
    name: &'static str,
    meaning: &'static str,
    /// Which operations can return it.
    of: fn(&str, &Operation) -> bool,
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        status: "400",
        name: "Malformed",
        meaning: "The body, a parameter or a header cannot be read",
        of: |_, operation| has_body(operation) || has_parameters(operation),
    },
    Refusal {
        status: "401",
        name: "Unauthenticated",
        meaning: "No usable access token",
        of: |_, operation| !is_open(operation),
    },
    Refusal {
        status: "403",
        name: "Forbidden",
        meaning: "The role does not allow it",
        of: |_, operation| !is_open(operation),
    },
    Refusal {
        status: "404",
        name: "NotFound",
        meaning: "There is nothing with this id",
        of: |path, _| path.contains('{'),
    },
    Refusal {
        status: "408",
        name: "TimedOut",
        meaning: "The request took too long",
        of: |_, _| true,
    },
    // Every operation that writes: see `add_conflict`.
    Refusal {
        status: "409",
        name: CONFLICT,
        meaning: "Somebody else changed the same thing at this moment, or a request with this Idempotency-Key is still running; repeat it",
        of: |_, _| false,
    },
    Refusal {
        status: "413",
        name: "TooLarge",
        meaning: "The body is too large",
        of: |_, operation| has_body(operation),
    },
    Refusal {
        status: "415",
        name: "UnsupportedMediaType",
        meaning: "The content type is not supported",
        of: |_, operation| has_body(operation),
    },
    Refusal {
        status: "422",
        name: "Invalid",
        meaning: "The body has another shape than expected, or a field breaks its rule",
        of: |_, operation| has_body(operation) || takes_key(operation),
    },
    Refusal {
        status: "429",
        name: "TooManyAtOnce",
        meaning: "Too many of the user's requests of this kind are under way; try again after Retry-After",
        of: |path, _| path.starts_with(FIGURES),
    },
    Refusal {
        status: "500",
        name: "Broken",
        meaning: "Something went wrong on our side; the log has the cause under the request id",
        of: |_, _| true,
    },
    Refusal {
        status: "503",
        name: "Unavailable",
        meaning: "Busy, or the database is away or cannot be written (disk full, I/O error); try again after Retry-After. Whether a change was recorded is open: repeat it under the same Idempotency-Key",
        of: |_, _| true,
    },
];

/// Adds what the handlers leave out and keeps what they declare.
pub(super) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    add_components(components);
    for (path, item) in &mut document.paths.paths {
        if let Some(kept) = item.get.as_mut().filter(|_| path.starts_with(FIGURES)) {
            add_unchanged(kept);
        }
        let writes = [
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in writes.into_iter().flatten() {
            add_conflict(operation);
        }
        for operation in operations(item) {
            complete_operation(path, operation);
        }
    }
}

/// Figures have an `ETag`.
fn add_unchanged(operation: &mut Operation) {
    let response = ResponseBuilder::new()
        .description("Nothing has changed since the answer that If-None-Match names")
        .build();
    let responses = &mut operation.responses.responses;
    responses.insert("304".to_owned(), RefOr::T(response));
}

fn add_conflict(operation: &mut Operation) {
    let conflict = RefOr::<Response>::Ref(Ref::from_response_name(CONFLICT));
    let responses = &mut operation.responses.responses;
    responses.entry("409".to_owned()).or_insert(conflict);
}

fn add_components(components: &mut Components) {
    problems::add(components);
    for refusal in REFUSALS {
        let content = Content::new(Some(problems::of_status(refusal.status)));
        let response = ResponseBuilder::new()
            .description(refusal.meaning)
            .content(CONTENT_TYPE, content)
            .build();
        components
            .responses
            .insert(refusal.name.to_owned(), RefOr::T(response));
    }
}

fn complete_operation(path: &str, operation: &mut Operation) {
    let refusals: Vec<_> = REFUSALS
        .iter()
        .filter(|refusal| (refusal.of)(path, operation))
        .collect();
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.as_str() >= "400"
        {
            name_shape(status, response);
        }
    }
    for refusal in refusals {
        operation
            .responses
            .responses
            .entry(refusal.status.to_owned())
            .or_insert_with(|| RefOr::<Response>::Ref(Ref::from_response_name(refusal.name)));
    }
}

/// A handler declares `body = ProblemBody`; this sets the media type of problems and the problems
/// that have this status.
fn name_shape(status: &str, response: &mut Response) {
    let json = response.content.swap_remove("application/json");
    if json.is_some() || response.content.contains_key(CONTENT_TYPE) {
        let content = Content::new(Some(problems::of_status(status)));
        response
            .content
            .insert(CONTENT_TYPE.to_owned(), RefOr::T(content));
    }
}

/// Only an operation that is open to everybody declares its security. The rest follow the top of the
/// document.
const fn is_open(operation: &Operation) -> bool {
    operation.security.is_some()
}

const fn has_body(operation: &Operation) -> bool {
    operation.request_body.is_some()
}

/// The same key with another body is refused.
fn takes_key(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|one| matches!(one, RefOr::T(one) if one.name == "Idempotency-Key"))
}

fn has_parameters(operation: &Operation) -> bool {
    operation
        .parameters
        .as_ref()
        .is_some_and(|parameters| !parameters.is_empty())
}

pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

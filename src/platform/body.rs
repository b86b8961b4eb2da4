//! JSON bodies: read within limits, parsed strictly, validated, and refused with a pointer to each
//! fault.

mod broken;
mod content;
pub mod rules;
mod shape;
mod whole;

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Bytes};
use futures_util::StreamExt as _;
use kernel::{Code, FieldError, Problem};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};
use utoipa::ToSchema;
use validator::Validate;

use self::broken::field_errors;
use crate::{problem::ApiError, request::EdgeSettings};

/// Most faults in one response.
const MAX_ERRORS: usize = 100;

/// A body that was read, parsed and validated.
#[derive(Debug)]
pub struct JsonBody<T> {
    /// The parsed value.
    pub value: T,
    /// The bytes as received, for the fingerprint of a repeated request.
    pub raw: Bytes,
}

impl<T: DeserializeOwned + Validate + ToSchema + 'static> FromRequest for JsonBody<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let settings = EdgeSettings::of(request);
        let payload = payload.take();
        let encoded = refuse_encoded(request);
        Box::pin(async move {
            encoded?;
            let raw = read(payload, settings).await?;
            if !is_json {
                return Err(not_json().into());
            }
            let value = parse(&raw)?;
            Ok(Self { value, raw })
        })
    }
}

/// A body whose parts are parsed one by one, each with [`parse`]: a part that is refused does not
/// refuse the others. Only the shape around the parts is read and validated here.
#[derive(Debug)]
pub struct JsonParts<T>(pub T);

impl<T: DeserializeOwned + Validate + ToSchema + 'static> FromRequest for JsonParts<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let settings = EdgeSettings::of(request);
        let payload = payload.take();
        let encoded = refuse_encoded(request);
        Box::pin(async move {
            encoded?;
            let raw = read(payload, settings).await?;
            if !is_json {
                return Err(not_json().into());
            }
            let value = read_as::<T>(&raw)?;
            check_rules(&value)?;
            Ok(Self(value))
        })
    }
}

/// A body that may be left out; the value is then its default.
#[derive(Debug)]
pub struct OptionalJsonBody<T> {
    /// The parsed value, or the default.
    pub value: T,
    /// The bytes as received.
    pub raw: Bytes,
}

impl<T: DeserializeOwned + Default + Validate + ToSchema + 'static> FromRequest
    for OptionalJsonBody<T>
{
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let settings = EdgeSettings::of(request);
        let payload = payload.take();
        let encoded = refuse_encoded(request);
        Box::pin(async move {
            encoded?;
            let raw = read(payload, settings).await?;
            let value = match (raw.is_empty(), is_json) {
                (true, _) => T::default(),
                (false, true) => parse(&raw)?,
                (false, false) => return Err(not_json().into()),
            };
            Ok(Self { value, raw })
        })
    }
}

fn not_json() -> Problem {
    Problem::new(
        Code::UnsupportedMediaType,
        "Send the body as application/json.",
    )
}

/// Compressed bodies are refused: the size of their content has no limit.
///
/// # Errors
/// `request.unsupported_media_type`.
pub fn refuse_encoded(request: &HttpRequest) -> Result<(), Problem> {
    let is_plain = request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    if is_plain {
        return Ok(());
    }
    let detail = "Send the body as it is, without Content-Encoding.";
    Err(Problem::new(Code::UnsupportedMediaType, detail))
}

fn is_json(request: &HttpRequest) -> bool {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

async fn read(mut payload: Payload, settings: EdgeSettings) -> Result<Bytes, Problem> {
    let collect = async move {
        let mut first = Bytes::new();
        let mut body: Vec<u8> = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk =
                chunk.map_err(|_| Problem::new(Code::MalformedJson, "The body ended early."))?;
            if first.len() + body.len() + chunk.len() > settings.max_json_bytes {
                return Err(Problem::new(
                    Code::BodyTooLarge,
                    format!(
                        "A JSON body may have at most {} bytes.",
                        settings.max_json_bytes
                    ),
                ));
            }
            if first.is_empty() && body.is_empty() {
                first = chunk;
            } else {
                if body.is_empty() {
                    body.extend_from_slice(&first);
                    first = Bytes::new();
                }
                body.extend_from_slice(&chunk);
            }
        }
        Ok(if body.is_empty() {
            first
        } else {
            Bytes::from(body)
        })
    };
    tokio::time::timeout(Duration::from_secs(settings.body_timeout_seconds), collect)
        .await
        .map_err(|_| Problem::of(Code::RequestTimeout))?
}

/// Parses and validates a JSON text.
///
/// # Errors
/// A [`Problem`] with pointers: `request.malformed_json` (400), `request.invalid_body` (422),
/// `request.validation_failed` (422).
pub fn parse<T: DeserializeOwned + Validate + ToSchema>(raw: &[u8]) -> Result<T, Problem> {
    let value = read_as::<T>(raw)?;
    content::check(raw)?;
    check_rules(&value)?;
    Ok(value)
}

fn check_rules<T: Validate>(value: &T) -> Result<(), Problem> {
    let checked = value.validate();
    checked.map_err(|errors| Problem::validation(field_errors(&errors)))
}

fn read_as<T: DeserializeOwned + ToSchema>(raw: &[u8]) -> Result<T, Problem> {
    let error = match serde_json::from_slice(raw) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // Where an enumeration is expected, serde_json reports a number or a null as a syntax error: only
    // the text itself shows whether it is JSON.
    let is_json = serde_json::from_slice::<Value>(raw).is_ok();
    if !is_json && error.classify() != Category::Data {
        return Err(malformed(&error));
    }
    match std::str::from_utf8(raw).ok().and_then(whole::respell) {
        Some(plain) if is_json => {
            serde_json::from_str(&plain).map_err(|_| explain::<T>(plain.as_bytes()))
        }
        _ => Err(explain::<T>(raw)),
    }
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        Code::MalformedJson,
        format!(
            "The body is not valid JSON (line {}, column {}).",
            error.line(),
            error.column()
        ),
    )
}

/// Parses a refused body again to find the place of each fault.
fn explain<T: DeserializeOwned + ToSchema>(raw: &[u8]) -> Problem {
    let body = serde_json::from_slice::<Value>(raw);
    let mut faults = body.map_or_else(|_| Vec::new(), |body| shape::faults::<T>(&body, MAX_ERRORS));
    let mut deserializer = serde_json::Deserializer::from_slice(raw);
    if let Err(located) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        let first = located_fault(&located);
        if faults.iter().all(|one| one.pointer != first.pointer) {
            faults.insert(0, first);
            faults.truncate(MAX_ERRORS);
        }
    }
    let Some(first) = faults.first() else {
        return Problem::of(Code::InvalidBody);
    };
    let place = if first.pointer.is_empty() {
        "The body"
    } else {
        &first.pointer
    };
    let more = match faults.len() {
        1 => String::new(),
        2 => " `errors` has one more fault.".to_owned(),
        all => format!(" `errors` has {} more faults.", all - 1),
    };
    let end = if more.is_empty() { "" } else { "." };
    let mut problem = Problem::new(
        Code::InvalidBody,
        format!("{place}: {}{end}{more}", first.detail),
    );
    problem.errors = faults;
    problem
}

/// The fault at which serde stopped. A missing field has a pointer of its own.
fn located_fault(located: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let detail = plain_words(&located.inner().to_string());
    let pointer = to_pointer(&located.path().to_string());
    let missing = detail
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(name) => FieldError::new(format!("{pointer}/{name}"), "field.missing", "is missing"),
        None => FieldError::new(pointer, rule_of(&detail), detail),
    }
}

fn plain_words(message: &str) -> String {
    message
        .split(" at line ")
        .next()
        .unwrap_or(message)
        .to_owned()
}

fn rule_of(detail: &str) -> &'static str {
    const RULES: &[(&str, &str)] = &[
        ("unknown field", "field.unknown"),
        ("missing field", "field.missing"),
        ("duplicate field", "field.duplicate"),
        ("unknown variant", "field.unknown_value"),
        ("invalid type", "field.wrong_type"),
        ("expected value", "field.wrong_type"),
        ("has more than 3 decimals", "quantity.too_precise"),
        ("is out of range", "field.out_of_range"),
        ("invalid value", "field.out_of_range"),
    ];
    RULES
        .iter()
        .find(|(words, _)| detail.starts_with(words))
        .map_or("field.invalid", |(_, rule)| rule)
}

/// `lines[0].quantity` as `/lines/0/quantity`.
fn to_pointer(path: &str) -> String {
    if path == "." || path.is_empty() {
        return String::new();
    }
    let mut pointer = String::from("/");
    pointer.push_str(&path.replace('[', "/").replace(']', "").replace('.', "/"));
    pointer.replace("//", "/")
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[validate(custom(function = rules::quantity_positive))]
        quantity: kernel::Quantity,
    }

    #[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[validate(nested, length(min = 1, max = 3))]
        lines: Vec<Line>,
        #[validate(length(max = 5))]
        note: Option<String>,
        title: Option<String>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Serialize, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Cash,
    }

    fn refusal(body: &str) -> (u16, String, String) {
        let problem = parse::<Order>(body.as_bytes()).unwrap_err();
        let first = problem
            .errors
            .first()
            .cloned()
            .unwrap_or_else(|| FieldError::new("", "", ""));
        (problem.code.status(), first.pointer, first.code.to_owned())
    }

    #[test]
    fn every_fault_has_its_status_pointer_and_code() {
        let case =
            |status, pointer: &str, code: &str| (status, pointer.to_owned(), code.to_owned());
        assert_eq!(refusal("{"), case(400, "", ""));
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1.0001}]}"),
            case(422, "/lines/0/quantity", "quantity.too_precise")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":\"1\"}]}"),
            case(422, "/lines/0/quantity", "field.wrong_type")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":-1}]}"),
            case(422, "/lines/0/quantity", "quantity.not_positive")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1,\"x\":1}]}"),
            case(422, "/lines/0/x", "field.unknown")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1}],\"kind\":7}"),
            case(422, "/kind", "field.wrong_type")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1}],\"kind\":tru}"),
            case(400, "", "")
        );
        assert_eq!(
            refusal("{\"lines\":[]}"),
            case(422, "/lines", "field.length")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1}],\"note\":\"123456\"}"),
            case(422, "/note", "field.length")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1}],\"note\":\"\\u0000\"}"),
            case(422, "/note", "text.nul_character")
        );
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1}],\"note\":\"a\\u001b\"}"),
            case(422, "/note", "text.control_character")
        );
        assert!(parse::<Order>(b"{\"lines\":[{\"quantity\":1}],\"note\":\"a\\n\\tb\"}").is_ok());
        assert_eq!(
            refusal("{\"lines\":[{\"quantity\":1}],\"title\":\"a\\nb\"}"),
            case(422, "/title", "text.control_character")
        );
        assert_eq!(
            parse::<Order>(b"{\"lines\":[],\"note\":\"\xff\"}")
                .unwrap_err()
                .code,
            Code::MalformedJson
        );
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Figures {
        amount_minor: i64,
        digits: Option<u8>,
        #[serde(default)]
        steps: Vec<i64>,
    }

    #[test]
    fn a_whole_number_is_accepted_in_every_spelling() {
        let body = b"{\"amount_minor\":9007199254740993.0,\"digits\":2e0,\"steps\":[-0,1.5e1]}";
        let whole = Figures {
            amount_minor: 9_007_199_254_740_993,
            digits: Some(2),
            steps: vec![0, 15],
        };
        assert_eq!(parse::<Figures>(body).unwrap(), whole);
        for (body, pointer, code) in [
            (
                "{\"amount_minor\":1.5}",
                "/amount_minor",
                "field.wrong_type",
            ),
            (
                "{\"amount_minor\":1.0,\"digits\":256.0}",
                "/digits",
                "field.out_of_range",
            ),
            (
                "{\"amount_minor\":1.0,\"steps\":[1.0,0.1]}",
                "/steps/1",
                "field.wrong_type",
            ),
            (
                "{\"amount_minor\":\"1.0\"}",
                "/amount_minor",
                "field.wrong_type",
            ),
            ("{\"digits\":2.0}", "/amount_minor", "field.missing"),
        ] {
            let problem = parse::<Figures>(body.as_bytes()).unwrap_err();
            let errors = problem.errors.iter();
            let found: Vec<_> = errors.map(|one| (one.pointer.as_str(), one.code)).collect();
            assert_eq!(found, [(pointer, code)], "{body}");
        }
        let broken = parse::<Figures>(b"{\"amount_minor\":1.0,").unwrap_err();
        assert_eq!(broken.code.status(), 422, "serde stops at the first fault");
    }

    #[test]
    fn every_missing_field_is_named_beside_another_fault() {
        let problem = parse::<Order>(b"{\"note\":7,\"lines\":[{}],\"x\":1}").unwrap_err();
        let named: Vec<_> = problem
            .errors
            .iter()
            .map(|one| (one.pointer.as_str(), one.code))
            .collect();
        assert_eq!(
            named,
            [
                ("/note", "field.wrong_type"),
                ("/lines/0/quantity", "field.missing"),
                ("/x", "field.unknown"),
            ]
        );
        let detail = problem.detail;
        assert!(detail.ends_with("`errors` has 2 more faults."), "{detail}");
        let alone = parse::<Order>(b"{}").unwrap_err();
        assert_eq!(alone.detail, "/lines: is missing");
    }

    #[test]
    fn a_refusal_never_echoes_the_input() {
        let problem =
            parse::<Order>(b"{\"lines\":[{\"quantity\":1}],\"note\":\"secret\"}").unwrap_err();
        assert!(!format!("{problem:?}").contains("secret"));
    }
}

//! The document and the program, compared: every answer that a test receives from the API must be
//! what the document says of it, and every body that was accepted what the document asks for.
//!
//! Objects are closed here: a field that the document does not name is a difference. The document
//! itself leaves answers open, so that a client of today survives a field of tomorrow.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::{Draft, ValidationError, Validator, error::ValidationErrorKind};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Map, Value, json};

/// Where the operations live.
const BASE: &str = "/api/v1";
/// Content type of a refusal.
const PROBLEM: &str = "application/problem+json";
/// Differences of one answer that are shown.
const MOST_SHOWN: usize = 8;

/// The document as it is served.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::to_value(salesflow::openapi::document()).unwrap());
    &DOCUMENT
}

/// The request.
pub struct Asked<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    /// The JSON body, if there was one.
    pub body: Option<&'a Value>,
}

/// What came back.
pub struct Came<'a> {
    pub status: StatusCode,
    pub headers: &'a HeaderMap,
    pub bytes: &'a [u8],
}

/// The operation that an address and a method lead to: its template, and what the document says.
pub fn operation(method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
    let parts: Vec<&str> = path.split('/').collect();
    let paths = document()["paths"].as_object().unwrap();
    let fitting = paths.iter().filter(|(template, _)| {
        let wanted: Vec<&str> = template.split('/').collect();
        wanted.len() == parts.len()
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    });
    // `/imports/templates` is no import with that id: the template with fewer holes is meant.
    let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    let method = if *method == Method::HEAD {
        "get".to_owned()
    } else {
        method.as_str().to_ascii_lowercase()
    };
    item.get(&method).map(|found| (template.as_str(), found))
}

/// Compares an answer with the document.
///
/// # Errors
/// Each difference, and what to do about it.
pub fn check(asked: &Asked<'_>, came: &Came<'_>) -> Result<(), String> {
    if !asked.path.starts_with(BASE) {
        return Ok(());
    }
    let status = came.status.as_u16();
    let Some((template, operation)) = operation(asked.method, asked.path) else {
        // Nothing is there, or not with this method: a problem all the same.
        return check_body(&json!({"$ref": "#/components/schemas/Problem"}), came)
            .map_err(|why| format!("{} {} -> {status}: {why}", asked.method, asked.path));
    };
    let name = format!("{} {template} -> {status}", asked.method);
    let id = operation["operationId"].as_str().unwrap_or_default();
    let response = &operation["responses"][status.to_string()];
    if response.is_null() {
        return Err(format!(
            "{name}: the document does not know this status. Add it to `responses(…)` of {id}, or, \
             where every operation can return it, to src/openapi/refusals.rs\n{}",
            shown(came.bytes)
        ));
    }
    let response = resolve(response);
    let differences = match response["content"].as_object() {
        None if came.bytes.is_empty() || *asked.method == Method::HEAD => Ok(()),
        None => Err("the document knows no body here".to_owned()),
        Some(_) if *asked.method == Method::HEAD => Ok(()),
        Some(content) => check_content(content, came),
    };
    differences.map_err(|why| {
        format!(
            "{name}: the answer breaks the document. Correct the schema of {id} (the type behind \
             `body = …`) or the answer:\n{why}\n{}",
            shown(came.bytes)
        )
    })?;
    check_request(asked, came, operation).map_err(|why| {
        format!("{name}: {id} accepted a body that the document does not allow: {why}")
    })
}

fn check_content(content: &Map<String, Value>, came: &Came<'_>) -> Result<(), String> {
    let header = came.headers.get("content-type");
    let given = header.and_then(|value| value.to_str().ok());
    let given = given
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let Some(media) = content.get(given) else {
        let known: Vec<&String> = content.keys().collect();
        return Err(format!(
            "content type {given:?}, the document knows {known:?}"
        ));
    };
    if given.ends_with("json") {
        check_body(&media["schema"], came)
    } else {
        Ok(())
    }
}

fn check_body(schema: &Value, came: &Came<'_>) -> Result<(), String> {
    let mut body: Value = serde_json::from_slice(came.bytes)
        .map_err(|error| format!("the body is no JSON: {error}"))?;
    if is_of_tests(&body) {
        return Ok(());
    }
    if let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|item| !is_of_tests(item));
    }
    differences(schema, &body)
}

/// Kinds of job that only tests bring.
fn is_of_tests(job: &Value) -> bool {
    let kind = job["kind"].as_str();
    kind.is_some_and(|kind| kind.starts_with("test."))
}

/// An accepted request must be valid by the document.
fn check_request(asked: &Asked<'_>, came: &Came<'_>, operation: &Value) -> Result<(), String> {
    let Some(body) = asked.body.filter(|_| came.status.is_success()) else {
        return Ok(());
    };
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_null() {
        return Ok(());
    }
    if operation["operationId"] == "create_sales_batch" {
        let accepted = accepted_of_batch(body, came.bytes);
        let is_empty = accepted["sales"].as_array().is_some_and(Vec::is_empty);
        return if is_empty {
            Ok(())
        } else {
            differences(schema, &accepted)
        };
    }
    differences(schema, body)
}

/// A batch without the sales that were refused: each is accepted or refused for itself.
fn accepted_of_batch(body: &Value, answer: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let mut accepted = body.clone();
    let is_accepted = |index: usize| answer["results"][index]["problem"].is_null();
    if let Some(sales) = accepted["sales"].as_array_mut() {
        let mut index = 0;
        sales.retain(|_| {
            index += 1;
            is_accepted(index - 1)
        });
    }
    accepted
}

/// Compares a value with a schema of the document, objects closed.
///
/// # Errors
/// Where the two differ.
pub fn differences(schema: &Value, value: &Value) -> Result<(), String> {
    let validator = validator(schema);
    let found: Vec<String> = validator
        .iter_errors(value)
        .take(MOST_SHOWN)
        .map(|error| told(&error))
        .collect();
    if found.is_empty() {
        Ok(())
    } else {
        Err(found.join("\n"))
    }
}

/// A difference in words; for alternatives, the nearest one.
fn told(error: &ValidationError<'_>) -> String {
    let (ValidationErrorKind::OneOfNotValid {
        context: alternatives,
    }
    | ValidationErrorKind::AnyOf {
        context: alternatives,
    }) = error.kind()
    else {
        let text: String = error.to_string().chars().take(300).collect();
        return format!("  {}: {text}", error.instance_path());
    };
    // Another word where one alternative has a fixed one (`code`, `kind`) rules it out.
    let distance = |errors: &&Vec<ValidationError<'static>>| {
        let is_other = |error: &ValidationError<'_>| {
            matches!(
                error.kind(),
                ValidationErrorKind::Constant { .. }
                    | ValidationErrorKind::Enum { .. }
                    | ValidationErrorKind::Type { .. }
            )
        };
        (
            errors.iter().filter(|error| is_other(error)).count(),
            errors.len(),
        )
    };
    let nearest = alternatives.iter().min_by_key(distance);
    let inner: Vec<String> = nearest.into_iter().flatten().map(told).collect();
    format!(
        "  {}: fits none of {} alternatives, of which the nearest says:\n{}",
        error.instance_path(),
        alternatives.len(),
        inner.join("\n")
    )
}

fn validator(schema: &Value) -> Arc<Validator> {
    static BUILT: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let name = schema.to_string();
    if let Some(known) = BUILT.lock().unwrap().get(&name) {
        return Arc::clone(known);
    }
    let mut whole = closed(schema, 0);
    let root = whole.as_object_mut().unwrap();
    root.insert("components".to_owned(), closed_components().clone());
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&whole)
        .unwrap_or_else(|error| panic!("{name} is no schema: {error}"));
    let built = Arc::new(built);
    BUILT.lock().unwrap().insert(name, Arc::clone(&built));
    built
}

fn closed_components() -> &'static Value {
    static CLOSED: LazyLock<Value> = LazyLock::new(|| {
        let schemas = document()["components"]["schemas"].as_object().unwrap();
        let closed: Map<String, Value> = schemas
            .iter()
            .map(|(name, schema)| (name.clone(), closed(schema, 0)))
            .collect();
        json!({ "schemas": closed })
    });
    &CLOSED
}

/// The schema with every object closed to fields that it does not name.
fn closed(schema: &Value, depth: usize) -> Value {
    assert!(depth < 60, "a schema nests without end");
    let Some(members) = schema.as_object() else {
        return schema.clone();
    };
    let mut members = members.clone();
    for word in ["properties", "$defs"] {
        if let Some(named) = members.get_mut(word).and_then(Value::as_object_mut) {
            for part in named.values_mut() {
                *part = closed(part, depth + 1);
            }
        }
    }
    for word in ["items", "additionalProperties", "not"] {
        if let Some(part) = members.get_mut(word) {
            *part = closed(part, depth + 1);
        }
    }
    for word in ["oneOf", "anyOf", "prefixItems"] {
        if let Some(parts) = members.get_mut(word).and_then(Value::as_array_mut) {
            for part in parts {
                *part = closed(part, depth + 1);
            }
        }
    }
    if let Some(parts) = members.get_mut("allOf").and_then(Value::as_array_mut) {
        // What is put together is closed as a whole: each part alone would refuse the others' fields.
        for part in parts {
            *part = open(part, depth + 1);
        }
        members.insert("unevaluatedProperties".to_owned(), json!(false));
    } else if is_object(&members) && !members.contains_key("additionalProperties") {
        members.insert("additionalProperties".to_owned(), json!(false));
    }
    Value::Object(members)
}

/// The same, but its own fields may be beside others.
fn open(schema: &Value, depth: usize) -> Value {
    let resolved = resolve(schema);
    let mut opened = closed(resolved, depth + 1);
    let Some(members) = opened.as_object_mut() else {
        return opened;
    };
    members.remove("additionalProperties");
    members.remove("unevaluatedProperties");
    for word in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = resolved[word].as_array() {
            let parts = parts.iter().map(|part| open(part, depth + 1)).collect();
            members.insert(word.to_owned(), Value::Array(parts));
        }
    }
    opened
}

fn is_object(schema: &Map<String, Value>) -> bool {
    schema.contains_key("properties") || schema.get("type") == Some(&json!("object"))
}

/// What a reference leads to.
pub fn resolve(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => document()
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} is not in the document")),
        None => value,
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(1_500).collect()
}

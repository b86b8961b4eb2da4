//! The limits in the document are the limits of the program: each bound of each field of each body
//! is tried from both sides.

use kernel::Role;
use serde_json::{Map, Value, json};

use crate::support::http::Answer;

/// A bound of a field, and two values: one just outside it, one just inside.
struct Bound {
    pointer: String,
    outside: Value,
    inside: Value,
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = match schema["oneOf"].as_array() {
        Some(choices) => choices
            .iter()
            .find(|choice| choice["type"] != "null")
            .unwrap(),
        None => schema,
    };
    match schema["$ref"].as_str() {
        Some(reference) => resolve(
            document,
            document.pointer(reference.trim_start_matches('#')).unwrap(),
        ),
        None => schema,
    }
}

fn kind_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap(),
        other => panic!("a schema without a type: {other}"),
    }
}

/// A value that a schema allows.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    match kind_of(schema) {
        "object" => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let wanted = required.iter().map(|name| name.as_str().unwrap());
            Value::Object(
                wanted
                    .map(|name| {
                        (
                            name.to_owned(),
                            example(document, &schema["properties"][name]),
                        )
                    })
                    .collect(),
            )
        }
        "array" => json!([example(document, &schema["items"])]),
        "integer" => json!(schema["minimum"].as_i64().unwrap_or(1)),
        "number" => json!(1),
        "boolean" => json!(true),
        _ => match schema["format"].as_str() {
            Some("uuid") => json!(uuid::Uuid::now_v7()),
            Some("date-time") => json!("2026-01-01T00:00:00Z"),
            _ => json!(
                "x".repeat(usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).unwrap())
            ),
        },
    }
}

fn size(schema: &Value, name: &str) -> Option<usize> {
    schema[name]
        .as_u64()
        .map(|size| usize::try_from(size).unwrap())
}

/// Every bound of a schema and of what it is made of.
fn bounds(document: &Value, schema: &Value, pointer: &str, found: &mut Vec<Bound>) {
    let schema = resolve(document, schema);
    let mut bound = |outside: Value, inside: Value| {
        found.push(Bound {
            pointer: pointer.to_owned(),
            outside,
            inside,
        });
    };
    match kind_of(schema) {
        "string" if schema["enum"].is_null() => {
            if let Some(most) = size(schema, "maxLength") {
                bound(json!("x".repeat(most + 1)), json!("x".repeat(most)));
            }
            if let Some(least) = size(schema, "minLength").filter(|least| *least > 0) {
                bound(json!("x".repeat(least - 1)), json!("x".repeat(least)));
            }
        }
        "integer" => {
            if let Some(most) = schema["maximum"].as_i64() {
                bound(json!(most + 1), json!(most));
            }
            if let Some(least) = schema["minimum"].as_i64() {
                bound(json!(least - 1), json!(least));
            }
        }
        "array" => {
            let items = |count: usize| {
                Value::Array(
                    (0..count)
                        .map(|_| example(document, &schema["items"]))
                        .collect(),
                )
            };
            if let Some(most) = size(schema, "maxItems") {
                bound(items(most + 1), items(most));
            }
            if let Some(least) = size(schema, "minItems").filter(|least| *least > 0) {
                bound(items(least - 1), items(least));
            }
            bounds(document, &schema["items"], &format!("{pointer}/0"), found);
        }
        "object" => {
            for (name, property) in schema["properties"].as_object().unwrap_or(&Map::new()) {
                bounds(document, property, &format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Puts a value at a pointer, making the lists and objects on the way from the schema.
fn put(document: &Value, schema: &Value, body: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *body = value;
        return;
    };
    let schema = resolve(document, schema);
    let inner = if kind_of(schema) == "array" {
        &schema["items"]
    } else {
        &schema["properties"][*first]
    };
    if kind_of(schema) == "array" {
        put(document, inner, &mut body[0], rest, value);
        return;
    }
    if !rest.is_empty() && body[*first].is_null() {
        body[*first] = example(document, inner);
    }
    put(document, inner, &mut body[*first], rest, value);
}

/// Whether an answer refuses the size of this field. A batch answers for each sale.
fn is_refused_at(answer: &Answer, pointer: &str) -> bool {
    let whole: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    let of_sale = whole["results"][0]["problem"].clone();
    let (problem, pointer) = match pointer.strip_prefix("/sales/0") {
        Some(within) if answer.status == 200 => (of_sale, within),
        _ => (whole, pointer),
    };
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    problem["status"] == 422
        && errors.iter().any(|error| {
            let code = error["code"].as_str().unwrap_or_default();
            error["pointer"] == pointer && ["field.length", "field.out_of_range"].contains(&code)
        })
}

both_databases!(
    every_limit_of_the_document_is_kept_and_no_other,
    |app| async {
        let document = serde_json::to_value(salesflow::openapi::document()).unwrap();
        let mut tried = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                if schema.is_null() {
                    continue;
                }
                let mut found = Vec::new();
                bounds(&document, schema, "", &mut found);
                let address = path.replace("{id}", &uuid::Uuid::now_v7().to_string());
                let method: reqwest::Method = method.to_uppercase().parse().unwrap();
                for bound in found {
                    // Some operations end the session that they are called with.
                    let admin = app.client(Role::Admin).await;
                    let steps: Vec<&str> = bound.pointer.split('/').skip(1).collect();
                    let send = async |value: Value| {
                        let mut body = example(&document, schema);
                        put(&document, schema, &mut body, &steps, value);
                        admin
                            .send(admin.request(method.clone(), &address).json(&body))
                            .await
                    };
                    let outside = send(bound.outside.clone()).await;
                    assert!(
                        is_refused_at(&outside, &bound.pointer),
                        "{method} {path}: {} outside its limit: {}",
                        bound.pointer,
                        outside.text()
                    );
                    let inside = send(bound.inside).await;
                    assert!(
                        !is_refused_at(&inside, &bound.pointer),
                        "{method} {path}: {} inside its limit: {}",
                        bound.pointer,
                        inside.text()
                    );
                    tried += 1;
                }
            }
        }
        assert!(tried > 80, "{tried}");
    }
);

#[test]
fn every_text_and_list_of_a_body_has_a_limit() {
    fn unlimited(document: &Value, schema: &Value, place: &str, found: &mut Vec<String>) {
        let schema = resolve(document, schema);
        let is_free_text = schema["enum"].is_null()
            && schema["format"] != "uuid"
            && schema["format"] != "date"
            && schema["format"] != "date-time";
        match kind_of(schema) {
            "string" if is_free_text && schema["maxLength"].is_null() => {
                found.push(place.to_owned());
            }
            "array" => {
                if schema["maxItems"].is_null() {
                    found.push(place.to_owned());
                }
                unlimited(document, &schema["items"], &format!("{place}[]"), found);
            }
            "object" => {
                for (name, property) in schema["properties"].as_object().unwrap_or(&Map::new()) {
                    unlimited(document, property, &format!("{place}.{name}"), found);
                }
            }
            _ => {}
        }
    }
    let document = serde_json::to_value(salesflow::openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if !schema.is_null() {
                unlimited(&document, schema, &format!("{method} {path}"), &mut found);
            }
        }
    }
    found.retain(|place| !IN_THE_SERVICE.contains(&place.as_str()));
    assert!(found.is_empty(), "{found:#?}");
}

/// Texts whose limit the schema of a list or of a code cannot say; the tests of the catalogue and of
/// the setup hold them. This list may only shrink.
const IN_THE_SERVICE: &[&str] = &[
    "post /api/v1/products.barcodes[]",
    "patch /api/v1/products/{id}.barcodes[]",
    "post /api/v1/setup.currency",
    // Only a heading that the file has is taken.
    "put /api/v1/imports/{id}/mapping.ignore[]",
    // An address of e-mail. It is looked at once the schedule is found.
    "patch /api/v1/schedules/{id}.recipients[]",
];

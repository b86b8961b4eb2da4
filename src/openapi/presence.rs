//! Absent is not null. In a request body a field may be left out or null, as its type says. In a
//! response, a field that may be null is always present. A field that may be absent is never null,
//! and its type says so with `#[schema(nullable = false)]` beside `skip_serializing_if`.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::{
    OpenApi, RefOr, Schema,
    path::Operation,
    schema::{Object, SchemaType, Type},
};

use super::refusals::operations;

/// Marks nullable fields of responses as required.
pub(super) fn complete(document: &mut OpenApi) {
    let (mut asked, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            collect_names(&bodies_of(operation), &mut asked);
            let responses = serde_json::to_value(&operation.responses).unwrap_or_default();
            collect_names(&responses, &mut answered);
        }
    }
    let Some(components) = document.components.as_mut() else {
        return;
    };
    let written = serde_json::to_value(&components.schemas).unwrap_or_default();
    follow(&written, &mut asked);
    follow(&written, &mut answered);
    for (name, schema) in &mut components.schemas {
        if answered.contains(name) && !asked.contains(name) {
            require(schema);
        }
    }
}

fn bodies_of(operation: &Operation) -> Value {
    let body = serde_json::to_value(&operation.request_body).unwrap_or_default();
    let parameters = serde_json::to_value(&operation.parameters).unwrap_or_default();
    Value::Array(vec![body, parameters])
}

/// The names of the schemas that a part of the document refers to.
fn collect_names(part: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            if let Some(name) = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
            {
                names.insert(name.to_owned());
            }
            members.values().for_each(|part| collect_names(part, names));
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect_names(part, names)),
        _ => {}
    }
}

/// Adds the schemas that these schemas refer to.
fn follow(schemas: &Value, names: &mut BTreeSet<String>) {
    let mut open: Vec<String> = names.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let mut found = BTreeSet::new();
        collect_names(schemas.get(&name).unwrap_or(&Value::Null), &mut found);
        for name in found {
            if names.insert(name.clone()) {
                open.push(name);
            }
        }
    }
}

fn require(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => require_in(object),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(require),
        Schema::OneOf(parts) => parts.items.iter_mut().for_each(require),
        Schema::AnyOf(parts) => parts.items.iter_mut().for_each(require),
        _ => {}
    }
}

fn require_in(object: &mut Object) {
    for (name, property) in &mut object.properties {
        require(property);
        if is_nullable(property) && !object.required.contains(name) {
            object.required.push(name.clone());
        }
    }
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let has_null = |kind: &SchemaType| match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    match schema {
        RefOr::T(Schema::Object(object)) => has_null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => has_null(&array.schema_type),
        RefOr::T(Schema::OneOf(choice)) => choice.items.iter().any(is_nullable),
        RefOr::T(Schema::AnyOf(choice)) => choice.items.iter().any(is_nullable),
        _ => false,
    }
}

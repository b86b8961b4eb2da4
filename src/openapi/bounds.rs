//! Rules that bodies and parameters keep but their schemas would not show: quantities above zero, the
//! form of a cursor and of two headers.

use serde_json::Value;
use utoipa::{
    Number,
    openapi::{
        OpenApi, RefOr, Schema,
        path::{Operation, Parameter},
        schema::{Object, ObjectBuilder, Type},
    },
};

use super::refusals::operations;

/// The smallest positive quantity, such as a gram of a kilogram.
const LEAST: f64 = 0.001;
/// The largest quantity in a body: [`kernel::quantity::MAX_UNITS`].
const MOST: f64 = 1e9;
/// Quantities in bodies, with the smallest allowed value.
const QUANTITIES: &[(&str, &str, f64)] = &[
    ("CreateSaleLine", "quantity", LEAST),
    ("RefundSaleLine", "quantity", LEAST),
    ("ReceiveLine", "quantity", LEAST),
    ("TransferLine", "quantity", LEAST),
    ("CountLine", "counted", 0.0),
    ("AdjustLine", "delta", -MOST),
    ("CreateProduct", "reorder_level", 0.0),
    ("CreateProduct", "initial_stock", 0.0),
    ("UpdateProduct", "reorder_level", 0.0),
];

pub(super) fn complete(document: &mut OpenApi) {
    if let Some(components) = document.components.as_mut() {
        let quantity = components.schemas.get("Quantity").cloned();
        let mut at_least = |schema: &str, property: &str, least: f64| {
            let known = components.schemas.get_mut(schema);
            if let (Some(RefOr::T(Schema::Object(body))), Some(RefOr::T(Schema::Object(kind)))) =
                (known, &quantity)
            {
                let mut bounded = kind.clone();
                bounded.minimum = Some(Number::Float(least));
                bounded.maximum = Some(Number::Float(MOST));
                replace(body, property, bounded);
            }
        };
        for (schema, property, least) in QUANTITIES {
            at_least(schema, property, *least);
        }
        if let Some(RefOr::T(Schema::Object(body))) = components.schemas.get_mut("AcceptClock")
            && let Some(RefOr::T(Schema::Object(field))) = body.properties.get_mut("now_is_right")
        {
            field.enum_values = Some(vec![Value::Bool(true)]);
        }
    }
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            bound_parameters(operation);
        }
    }
}

/// Keeps the field's description.
fn replace(body: &mut Object, property: &str, mut bounded: Object) {
    if let Some(RefOr::Ref(known)) = body.properties.get(property) {
        if !known.description.is_empty() {
            bounded.description = Some(known.description.clone());
        }
        body.properties.insert(property.to_owned(), bounded.into());
    }
}

fn bound_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        let text = ObjectBuilder::new().schema_type(Type::String);
        let schema = match parameter.name.as_str() {
            "cursor" => text
                .min_length(Some(11))
                .max_length(Some(2_048))
                .pattern(Some("^[A-Za-z0-9_-]+$")),
            "Idempotency-Key" => text
                .min_length(Some(1))
                .max_length(Some(128))
                .pattern(Some("^[!-~]+$")),
            "If-Match" => text.pattern(Some("^(\"[0-9]{1,18}\"|\\*)$")),
            _ => continue,
        };
        set(parameter, schema.build());
    }
}

fn set(parameter: &mut Parameter, mut schema: Object) {
    if let Some(RefOr::T(Schema::Object(known))) = &parameter.schema {
        schema.description.clone_from(&known.description);
    }
    parameter.schema = Some(schema.into());
}

//! An example of each event of the shop. A test compares them with the schema.

use analytics::reports::job::MakeReport;
use kernel::jobs::JobKind as _;
use serde_json::{Value, json};
use utoipa::openapi::{OpenApi, RefOr, example::ExampleBuilder};

use super::BASE;
use crate::example_ids as ids;

/// An id as other records of the demo shop have them.
const SOME_ID: &str = "019b76da-a800-7000-8000-0000000000ff";

/// An example of the `data` of each event, by its name.
fn examples() -> [(&'static str, Value); 8] {
    [
        (
            "ready",
            json!({"event": "ready", "at": "2026-01-01T08:00:00Z"}),
        ),
        ("reset", json!({"event": "reset", "reason": "too_old"})),
        (
            "sale",
            json!({"event": "sale", "sale": {
                "id": ids::SALE, "number": 4_123, "state": "completed", "currency": "CDF", "total_minor": 580_000,
                "location_id": ids::LOCATION, "cashier_id": ids::USER, "cashier_name": "Esther Kavira",
                "entered_late": false, "occurred_at": "2026-01-01T08:00:01Z", "recorded_at": "2026-01-01T08:00:01Z",
            }}),
        ),
        (
            "refund",
            json!({"event": "refund", "refund": {
                "id": SOME_ID, "number": 17, "sale_id": ids::SALE, "sale_number": 4_123, "currency": "CDF",
                "total_minor": 290_000, "reason": "Emballage percé", "cashier_id": ids::USER, "actor_id": SOME_ID,
                "actor_name": "Furaha Amani", "occurred_at": "2026-01-01T08:10:00Z", "recorded_at": "2026-01-01T08:10:00Z",
            }}),
        ),
        (
            "void",
            json!({"event": "void", "sale": {
                "id": ids::SALE, "number": 4_123, "currency": "CDF", "total_minor": 580_000, "cashier_id": ids::USER,
                "voided_by": SOME_ID, "void_reason": "Saisie deux fois", "voided_at": "2026-01-01T08:12:00Z",
            }}),
        ),
        (
            "stock",
            json!({"event": "stock", "reload": false, "levels": [
                {"product_id": ids::PRODUCT, "location_id": ids::LOCATION, "on_hand": 38},
            ]}),
        ),
        (
            "job",
            json!({"event": "job", "job": {
                "id": SOME_ID, "kind": MakeReport::KIND, "state": "done", "error": null, "requested_by": ids::USER,
                "finished_at": "2026-01-01T08:15:00Z",
            }}),
        ),
        (
            "finding",
            json!({"event": "finding", "finding": {
                "id": "20251231-5d41402abc4b2a76", "kind": "drop", "severity": "medium",
                "subject": {"type": "product", "id": ids::PRODUCT, "name": "Sucre 1 kg"},
                "from": "2025-12-31", "to": "2025-12-31", "effect_minor": -1_200_000,
                "explanation": {"code": "series.drop", "params": {"days": 1, "ratio": 0.2, "goes_on": false}},
            }}),
        ),
    ]
}

/// Writes the examples into the document.
pub(super) fn complete(document: &mut OpenApi) {
    let item = document.paths.paths.get_mut(&format!("{BASE}/events"));
    let Some(operation) = item.and_then(|item| item.get.as_mut()) else {
        return;
    };
    let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") else {
        return;
    };
    for content in response.content.values_mut() {
        let RefOr::T(content) = content else {
            continue;
        };
        for (name, data) in examples() {
            let example = ExampleBuilder::new()
                .summary("The data of the event")
                .value(Some(data))
                .build();
            content.examples.insert(name.to_owned(), RefOr::T(example));
        }
    }
}

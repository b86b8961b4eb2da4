//! Bodies that are refused: all faults are reported at once, each with its place.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::TestApp;

/// Every operation with a JSON body, and the required fields of the body.
fn bodies(document: &Value) -> Vec<(Method, String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = schema["$ref"].as_str() else {
                continue;
            };
            let schema = document.pointer(&reference[1..]).unwrap();
            let required = schema["required"].as_array().into_iter().flatten();
            let required = required.map(|name| format!("/{}", name.as_str().unwrap()));
            let is_number = |segment: &str| {
                let mut parameters = operation["parameters"].as_array().into_iter().flatten();
                parameters.any(|parameter| {
                    segment.trim_matches(['{', '}']) == parameter["name"]
                        && parameter["schema"]["type"] == "integer"
                })
            };
            let segments = path.split('/').map(|segment| match segment {
                number if is_number(number) => "1",
                id if id.starts_with('{') => "0192f0c1-7c00-7000-8000-000000000000",
                word => word,
            });
            found.push((
                method.to_uppercase().parse().unwrap(),
                segments.collect::<Vec<_>>().join("/"),
                required.collect(),
            ));
        }
    }
    found
}

async fn faults(app: &TestApp, method: Method, path: &str, body: &Value) -> Vec<(String, String)> {
    let client = app.admin().await;
    let request = client.request(method, path).json(body);
    let answer = client.send(request).await;
    let problem = answer.expect_problem(422, "request.invalid_body");
    let errors = problem["errors"].as_array().unwrap().iter();
    let part = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    errors
        .map(|one| (part(one, "pointer"), part(one, "code")))
        .collect()
}

both_databases!(
    every_missing_field_of_an_empty_body_is_reported,
    |app| async {
        let document = app
            .anonymous()
            .get("/api-docs/openapi.json")
            .await
            .expect(200);
        let mut seen = 0;
        for (method, path, required) in bodies(&document) {
            if required.is_empty() {
                continue;
            }
            let faults = faults(app, method, &path, &json!({})).await;
            assert!(
                faults.iter().all(|(_, code)| code == "field.missing"),
                "{path}: {faults:?}"
            );
            let named: BTreeSet<String> = faults.into_iter().map(|(pointer, _)| pointer).collect();
            assert_eq!(named, required, "{path}");
            seen += 1;
        }
        assert!(seen > 10, "{seen}");
    }
);

both_databases!(
    missing_fields_at_deeper_levels_are_reported_too,
    |app| async {
        let sale = json!({"lines": [{}, {"product_id": "x"}], "payments": [{"method": "cash"}]});
        let faults = faults(app, Method::POST, "/sales", &sale).await;
        let named: BTreeSet<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        let expected = [
            "/lines/0/product_id",
            "/lines/0/quantity",
            "/lines/1/quantity",
            "/payments/0/amount_minor",
            "/payments/0/currency",
        ];
        for pointer in expected {
            assert!(named.contains(pointer), "{pointer} of {named:?}");
        }
    }
);

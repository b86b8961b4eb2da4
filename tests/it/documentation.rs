//! The document, and the pages that show it: whole, and without the internet.

use std::collections::HashSet;

use serde_json::Value;

both_databases!(the_pages_load_nothing_from_elsewhere, |app| async {
    let client = app.anonymous();
    assert_eq!(client.get("/docs").await.header("location"), Some("/docs/"));
    for page in ["/docs/", "/docs/errors", "/redoc"] {
        let answer = client.get(page).await;
        answer.expect(200);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html"),
            "{page}"
        );
        let html = answer.text();
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("http"),
            "{policy}"
        );
        for attribute in ["src=\"", "href=\""] {
            for link in html.split(attribute).skip(1) {
                let target = link.split('"').next().unwrap();
                assert!(!target.contains("//"), "{page} loads {target}");
                let path = if target.starts_with('/') {
                    target.to_owned()
                } else {
                    format!("{page}{}", target.trim_start_matches("./"))
                };
                client.get(&path).await.expect(200);
            }
        }
    }
});

both_databases!(
    the_type_of_a_refusal_leads_to_its_explanation,
    |app| async {
        let client = app.anonymous();
        let refusal = client.get("/products").await.expect(401);
        let (page, name) = refusal["type"].as_str().unwrap().split_once('#').unwrap();
        let page = client.get(page).await;
        page.expect(200);
        assert!(
            page.text().contains(&format!("<tr id=\"{name}\">")),
            "{name}"
        );
        client
            .get("/docs/no-such-page")
            .await
            .expect_problem(404, "request.no_such_path");
    }
);

both_databases!(the_document_is_served, |app| async {
    let document = app
        .anonymous()
        .get("/api-docs/openapi.json")
        .await
        .expect(200);
    assert_eq!(document["info"]["title"], "SalesFlow-Lite");
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
});

/// Every operation, with the address and the method that it has.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    found
}

fn document() -> Value {
    serde_json::to_value(salesflow::openapi::document()).unwrap()
}

fn describes_its_path(path: &str, operation: &Value) {
    let placeholders = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{'));
    let parameters = operation["parameters"].as_array();
    for placeholder in placeholders {
        let wanted = placeholder.split('}').next().unwrap();
        let mut known = parameters.into_iter().flatten();
        assert!(
            known.any(|parameter| parameter["name"] == wanted && parameter["in"] == "path"),
            "{path} does not describe {{{wanted}}}"
        );
    }
}

#[test]
fn every_operation_is_described_to_the_end() {
    let document = document();
    let tags: Vec<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = HashSet::new();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let id = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{name} has no operationId"));
        assert!(ids.insert(id.to_owned()), "two operations are called {id}");
        assert!(
            id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
            "{id} is not a verb and a noun"
        );
        assert!(path.starts_with("/api/v1/"), "{name}");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(
            tags.contains(&tag),
            "{name} has the tag `{tag}`, which the document does not explain"
        );
        let says = operation["summary"]
            .as_str()
            .or(operation["description"].as_str());
        assert!(
            says.is_some_and(|says| says.len() > 5),
            "{name} does not say what it does"
        );
        describes_its_path(&path, &operation);
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name} never succeeds"
        );
        for (status, response) in responses
            .iter()
            .filter(|(status, _)| status.as_str() >= "400")
        {
            let response = resolve(&document, response);
            assert!(
                response["content"]["application/problem+json"].is_object(),
                "{name} answers {status} with something else than a problem: {response}"
            );
        }
    }
    assert!(ids.len() > 10);
}

#[test]
fn every_write_may_meet_another_one() {
    for (method, path, operation) in operations(&document()) {
        let takes_key = operation["parameters"]
            .to_string()
            .contains("Idempotency-Key");
        if method != "get" {
            let conflict = &operation["responses"]["409"];
            assert!(!conflict.is_null(), "{method} {path}: `request.conflict`");
        }
        if takes_key {
            let mismatch = &operation["responses"]["422"];
            assert!(
                !mismatch.is_null(),
                "{method} {path}: `idempotency.payload_mismatch`"
            );
        }
    }
}

#[test]
fn every_list_comes_in_pages() {
    let document = document();
    let mut lists = 0;
    for (method, path, operation) in operations(&document) {
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let schema = resolve(&document, schema);
        if method != "get" || schema["properties"]["next_cursor"].is_null() {
            continue;
        }
        let parameters = operation["parameters"].as_array();
        for wanted in ["limit", "cursor"] {
            let is_there =
                parameters.is_some_and(|all| all.iter().any(|one| one["name"] == wanted));
            assert!(is_there, "{path} has no {wanted}");
        }
        lists += 1;
    }
    assert!(lists > 12, "{lists}");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        assert!(
            document
                .pointer(reference.trim_start_matches('#'))
                .is_some(),
            "{reference} is not in the document"
        );
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                found.push(reference.to_owned());
            }
            members
                .values()
                .for_each(|member| collect_references(member, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

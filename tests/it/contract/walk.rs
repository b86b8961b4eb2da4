//! Every operation of the document on a filled shop, as every role and as a stranger: with valid
//! input, with each value of its enums, and with input that it must refuse. Every response is
//! compared with the document (`support::contract`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Clock as _, Role, clock::SystemClock};
use reqwest::Method;
use salesflow::{
    demo::{self, Story},
    example_ids,
};
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    contract::document,
    http::{Answer, Client},
};

/// How often, and after how long, a report is looked for.
const LOOKS: u32 = 600;
const LOOK: std::time::Duration = std::time::Duration::from_millis(100);
/// Days of the demo shop that is walked through.
const DAYS: u32 = 4;
/// Operations that succeed for no role in the walk, with the reason. The list may only become
/// shorter.
const NEVER: &[(&str, &str)] = &[
    ("complete_setup", "the shop has its owner"),
    ("accept_clock", "the clock is right"),
    (
        "cancel_job",
        "what `fill` orders has ended by then; see tests/it/jobs",
    ),
    ("create_import", "it takes a file: `fill` sends one"),
    ("login", "its example has no password; see tests/it/users"),
    (
        "refresh_session",
        "its example has no token; see tests/it/users",
    ),
    (
        "change_password",
        "its example has no password; see tests/it/users",
    ),
    (
        "begin_second_factor",
        "its example has no password; see tests/it/users",
    ),
    (
        "confirm_second_factor",
        "its example has no code; see tests/it/users",
    ),
    (
        "renew_recovery_codes",
        "its example has no code; see tests/it/users",
    ),
    (
        "remove_second_factor",
        "its example has no code; see tests/it/users",
    ),
    (
        "remove_second_factor_of_user",
        "nobody has one; see tests/it/users",
    ),
];
/// Lists that an address below them names things of by another member than `id`.
const NAMED_BY: &[(&str, &str)] = &[
    ("/api/v1/analytics/forecasts", "product_id"),
    ("/api/v1/analytics/product-list", "product_id"),
];

/// Lists that may be empty, of the things of another list.
const NAMED_LIKE: &[(&str, &str)] = &[("/api/v1/analytics/low-stock", "/api/v1/products")];

struct Operation {
    id: String,
    method: Method,
    template: String,
    whole: &'static Value,
}

fn operations() -> Vec<Operation> {
    let mut found = Vec::new();
    for (template, item) in document()["paths"].as_object().unwrap() {
        for (method, whole) in item.as_object().unwrap() {
            found.push(Operation {
                id: whole["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                template: template.clone(),
                whole,
            });
        }
    }
    // What ends a session or throws something away comes last; a file is mapped and corrected before it
    // is committed, and undone after that.
    let turn = |id: &str| match id {
        "commit_import" => 1,
        "undo_import" => 2,
        "logout" => 3,
        _ => 0,
    };
    found.sort_by_key(|one| (one.method == Method::DELETE, turn(&one.id)));
    found
}

/// Things to name in an address: what the document offers, or the first of its list.
async fn ids(owner: &Client, names: &Names) -> BTreeMap<String, String> {
    let templates = "/api/v1/imports/templates".to_owned();
    let mut ids = BTreeMap::from([(templates, "products".to_owned())]);
    for operation in operations() {
        let Some((list, _)) = operation.template.split_once("/{") else {
            continue;
        };
        if ids.contains_key(list) || document()["paths"][list]["get"].is_null() {
            continue;
        }
        let member = NAMED_BY.iter().find(|(named, _)| *named == list);
        let member = member.map_or("id", |(_, member)| *member);
        let offered = operation.whole["parameters"][0]["schema"]["examples"][0].as_str();
        let page = owner.get(list).await.expect(200);
        if let Some(id) = offered.or(page["items"][0][member].as_str()) {
            ids.insert(list.to_owned(), names.in_text(id));
        }
    }
    for (list, other) in NAMED_LIKE {
        if let Some(id) = ids.get(*other).cloned() {
            ids.insert((*list).to_owned(), id);
        }
    }
    ids
}

/// The address of an operation with a thing that there is.
fn address(template: &str, ids: &BTreeMap<String, String>) -> Option<String> {
    let Some((list, rest)) = template.split_once("/{") else {
        return Some(template.to_owned());
    };
    // `/refunds/{id}/receipt`: the list is /refunds.
    let (_, rest) = rest.split_once('}')?;
    let id = ids.get(list)?;
    // The first row of a file is below its headers.
    let rest = rest.replace("{row}", "2");
    Some(format!("{list}/{id}{rest}"))
}

/// The last day of the story.
fn yesterday() -> NaiveDate {
    let today = SystemClock.now().date_in(demo::TIME_ZONE);
    today.pred_opt().unwrap()
}

/// Each word of each choice among the parameters, one at a time, on top of what must be given.
fn queries(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array();
    let in_query: Vec<&Value> = parameters
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .collect();
    let value_of = |parameter: &Value| -> Option<String> {
        let schema = crate::support::contract::resolve(&parameter["schema"]);
        let text = match (&parameter["example"], words(schema).first()) {
            (Value::String(text), _) => text.clone(),
            (Value::Null, Some(word)) => word.clone(),
            // One day, whether it begins or ends a period.
            (Value::Null, None) if schema["format"] == "date" => yesterday().to_string(),
            (Value::Null, None) => return None,
            (other, _) => other.to_string(),
        };
        Some(format!("{}={text}", parameter["name"].as_str().unwrap()))
    };
    let required: Vec<String> = in_query
        .iter()
        .filter(|parameter| parameter["required"] == true)
        .filter_map(|parameter| value_of(parameter))
        .collect();
    let mut found = vec![required.join("&")];
    for parameter in in_query {
        let name = parameter["name"].as_str().unwrap();
        let schema = crate::support::contract::resolve(&parameter["schema"]);
        for word in words(schema) {
            let mut query: Vec<String> = required
                .iter()
                .filter(|given| !given.starts_with(&format!("{name}=")))
                .cloned()
                .collect();
            query.push(format!("{name}={word}"));
            found.push(query.join("&"));
        }
    }
    found
}

/// The words of a choice.
fn words(schema: &Value) -> Vec<String> {
    let choice = schema["enum"].as_array();
    let mut words: Vec<String> = choice
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect();
    if schema["type"] == "boolean" {
        words.extend(["true".to_owned(), "false".to_owned()]);
    }
    for part in schema["oneOf"].as_array().into_iter().flatten() {
        words.extend(self::words(crate::support::contract::resolve(part)));
    }
    words
}

/// The bodies that the document offers as examples, about things of this shop.
fn examples(operation: &Value, names: &Names) -> Vec<Value> {
    let content = &operation["requestBody"]["content"]["application/json"];
    let mut found: Vec<Value> = content["examples"]
        .as_object()
        .into_iter()
        .flat_map(|examples| examples.values())
        .map(|example| example["value"].clone())
        .collect();
    if !content["example"].is_null() {
        found.push(content["example"].clone());
    }
    found.iter().map(|body| names.in_body(body)).collect()
}

/// The ids in this shop for the names in the examples. A demo shop of a few days need not have all of
/// them.
#[derive(Default)]
struct Names(Vec<(String, String)>);

impl Names {
    async fn of(owner: &Client) -> Self {
        let mut names = Self::default();
        let product = format!("/products/{}", example_ids::PRODUCT);
        if owner.get(&product).await.status == 200 {
            return names;
        }
        let products = owner.get("/products?limit=200").await.expect(200);
        let product = products["items"].as_array().unwrap().iter().find(|one| {
            one["unit"] == "piece" && one["on_hand"].as_f64().unwrap_or_default() > 20.0
        });
        let product = product.expect("something lies there")["id"].clone();
        let location = owner.get("/locations").await.expect(200)["items"][0]["id"].clone();
        let storeroom = owner
            .post("/locations", json!({"name": "Marche"}))
            .await
            .expect(201);
        let category = owner.get("/categories").await.expect(200)["items"][0]["id"].clone();
        let users = owner.get("/users").await.expect(200);
        let users = users["items"].as_array().unwrap().clone();
        let cashier = users.iter().find(|one| one["role"] == "cashier");
        let line = json!({"product_id": product, "quantity": 2});
        let sale = owner
            .post("/sales", json!({"lines": [line]}))
            .await
            .expect(201);
        for (name, stands_for) in [
            (example_ids::PRODUCT.to_string(), &product),
            (example_ids::LOCATION.to_string(), &location),
            (example_ids::STOREROOM.to_string(), &storeroom["id"]),
            (example_ids::CATEGORY.to_string(), &category),
            (
                example_ids::USER.to_string(),
                &cashier.expect("there is a cashier")["id"],
            ),
            (example_ids::SALE.to_string(), &sale["id"]),
            (example_ids::SALE_LINE.to_string(), &sale["lines"][0]["id"]),
        ] {
            names
                .0
                .push((name, stands_for.as_str().unwrap().to_owned()));
        }
        names
    }

    fn in_text(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    fn in_body(&self, body: &Value) -> Value {
        serde_json::from_str(&self.in_text(&body.to_string())).unwrap()
    }
}

/// The responses by operation.
#[derive(Default)]
struct Seen(BTreeMap<String, BTreeSet<u16>>);

impl Seen {
    fn note(&mut self, operation: &Operation, status: u16) {
        assert!(status < 500, "{}: {status}", operation.id);
        self.0
            .entry(operation.id.clone())
            .or_default()
            .insert(status);
    }
}

/// How the whole numbers of a body are written: both spellings are integers for JSON Schema.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// `29`
    Plain,
    /// `29.0`
    WithPoint,
}

fn spelt(body: &Value, spelling: Spelling) -> Value {
    match body {
        Value::Number(number) if spelling == Spelling::WithPoint => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(|item| spelt(item, spelling)).collect(),
        Value::Object(members) => {
            let members = members.iter();
            let spelt = members.map(|(name, member)| (name.clone(), spelt(member, spelling)));
            Value::Object(spelt.collect())
        }
        other => other.clone(),
    }
}

/// Whether the caller's role may not see what goods cost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HidesCosts {
    Yes,
    No,
}

/// No member of a cashier's answer is a cost, a margin or the value of stock.
fn assert_hides_costs(operation: &str, answer: &Answer) {
    fn members(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (name, member) in object {
                    let is_shown = !member.is_null();
                    if is_shown
                        && ["cost", "margin", "profit", "stock_value"]
                            .iter()
                            .any(|word| name.contains(word))
                    {
                        found.push(name.clone());
                    }
                    members(member, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| members(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(body) = serde_json::from_str(&answer.text()) {
        members(&body, &mut found);
    }
    assert!(found.is_empty(), "{operation} shows a cashier {found:?}");
}

/// Calls it with valid input as a role. A role that may not use it must get a refusal once.
async fn ask(
    client: &Client,
    operation: &Operation,
    path: &str,
    seen: &mut Seen,
    names: &Names,
    (spelling, hides_costs): (Spelling, HidesCosts),
) {
    let is_shut = |status: u16| [401, 403].contains(&status);
    if operation.method == Method::GET {
        for query in queries(operation.whole) {
            let asked = if query.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{query}")
            };
            let answer = client.get(&asked).await;
            let status = answer.status.as_u16();
            seen.note(operation, status);
            if hides_costs == HidesCosts::Yes && status == 200 {
                assert_hides_costs(&operation.id, &answer);
            }
            if is_shut(status) {
                return;
            }
        }
        return;
    }
    let mut bodies: Vec<Option<Value>> = examples(operation.whole, names)
        .into_iter()
        .map(Some)
        .collect();
    if bodies.is_empty() {
        bodies.push(operation.whole.get("requestBody").map(|_| json!({})));
    }
    for body in bodies {
        let request = client.request(operation.method.clone(), path);
        let request = match &body {
            Some(body) => request.json(&spelt(body, spelling)),
            None => request,
        };
        let status = client.send(request).await.status.as_u16();
        seen.note(operation, status);
        if is_shut(status) {
            return;
        }
    }
}

/// What it must refuse.
async fn ask_wrongly(
    client: &Client,
    operation: &Operation,
    path: &str,
    seen: &mut Seen,
    names: &Names,
) {
    let send =
        |request: reqwest::RequestBuilder| async { client.send(request).await.status.as_u16() };
    let request = |path: &str| client.request(operation.method.clone(), path);
    seen.note(
        operation,
        send(request(&format!("{path}?no_such_parameter=1"))).await,
    );
    if operation.template.contains('{') {
        for id in ["no-id", "0192f0c1-7c00-7000-8000-000000000000"] {
            let ids = ids_with(&operation.template, id);
            if let Some(elsewhere) = address(&operation.template, &ids) {
                let body = examples(operation.whole, names).into_iter().next();
                let request = request(&elsewhere);
                let request = match body {
                    Some(body) => request.json(&body),
                    None => request,
                };
                seen.note(operation, send(request).await);
            }
        }
    }
    if operation.whole["requestBody"].is_null() {
        return;
    }
    let json = "application/json";
    for (content_type, body) in [
        ("text/plain", "{}"),
        (json, "{"),
        (json, "[]"),
        (json, "null"),
        (json, "{}"),
        (json, "{\"no_such_field\": 1}"),
    ] {
        let request = request(path)
            .header("content-type", content_type)
            .body(body);
        seen.note(operation, send(request).await);
    }
    for body in spoilt(operation.whole, names) {
        seen.note(operation, send(request(path).json(&body)).await);
    }
}

fn ids_with(template: &str, id: &str) -> BTreeMap<String, String> {
    let list = template.split("/{").next().unwrap_or_default();
    [(list.to_owned(), id.to_owned())].into()
}

/// The first example, with each field in turn of another type, null, or far too large.
fn spoilt(operation: &Value, names: &Names) -> Vec<Value> {
    let Some(example) = examples(operation, names).into_iter().next() else {
        return Vec::new();
    };
    let mut bodies = Vec::new();
    for name in example
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        for wrong in [
            Value::Null,
            json!([]),
            json!(""),
            json!("x".repeat(5_000)),
            json!(-1),
            json!(9_007_199_254_740_993_i64),
        ] {
            let mut body = example.clone();
            body[name] = wrong;
            bodies.push(body);
        }
    }
    bodies
}

async fn walk(app: &TestApp) {
    let owner = app.admin().await;
    let names = Names::of(&owner).await;
    fill(&owner, &names).await;
    let ids = ids(&owner, &names).await;
    let mut seen = Seen::default();
    for operation in operations() {
        let path = address(&operation.template, &ids).unwrap_or_else(|| {
            panic!(
                "{}: there is nothing to name in {}. Make one in `fill` of tests/it/contract/walk.rs, \
                 or say in NAMED_BY how its list names it",
                operation.id, operation.template
            )
        });
        let path = match operation.id.as_str() {
            "void_sale" => fresh_sale(app, &names).await,
            "end_own_session" => fresh_session(app).await,
            _ => path,
        };
        let nobody = app.anonymous();
        ask_wrongly(&nobody, &operation, &path, &mut seen, &names).await;
        let plain = Spelling::Plain;
        let strangers = (plain, HidesCosts::Yes);
        ask(&nobody, &operation, &path, &mut seen, &names, strangers).await;
        for role in Role::ALL {
            // A session of its own: signing out ends one.
            let user = app.user(role).await;
            let client = app.client_of(user, role).await;
            let mut spelling = plain;
            if role == Role::Admin {
                // A role is refused before its request is looked at: an owner meets every fault.
                ask_wrongly(&client, &operation, &path, &mut seen, &names).await;
                spelling = Spelling::WithPoint;
            }
            let hides_costs = match role {
                Role::Cashier => HidesCosts::Yes,
                Role::Admin | Role::Manager | Role::Viewer => HidesCosts::No,
            };
            let how = (spelling, hides_costs);
            ask(&client, &operation, &path, &mut seen, &names, how).await;
        }
        let forged = nobody.with_token("no.such.token");
        let status = forged
            .send(forged.request(operation.method.clone(), &path))
            .await;
        seen.note(&operation, status.status.as_u16());
    }
    let statuses = |id: &str| seen.0.get(id).cloned().unwrap_or_default();
    let without: Vec<String> = operations()
        .iter()
        .filter(|operation| !statuses(&operation.id).iter().any(|status| *status < 300))
        .filter(|operation| !NEVER.iter().any(|(id, _)| *id == operation.id))
        .map(|operation| format!("{}: {:?}", operation.id, statuses(&operation.id)))
        .collect();
    assert!(
        without.is_empty(),
        "no request of the walk succeeds, so the answer was never compared with the document. Give \
         the operation an example that works on the demo shop (src/openapi/examples.rs): {without:#?}"
    );
}

/// The sale of the examples has a refund by now.
async fn fresh_sale(app: &TestApp, names: &Names) -> String {
    let seller = app.admin().await;
    let line = names.in_body(&json!({"product_id": example_ids::PRODUCT, "quantity": 1}));
    let sale = seller.post("/sales", json!({"lines": [line]})).await;
    format!("/sales/{}/void", sale.expect(201)["id"].as_str().unwrap())
}

/// The upkeep forgets the sessions of tests after a while: they have no refresh token.
async fn fresh_session(app: &TestApp) -> String {
    let device = app.admin().await;
    let sessions = device.get("/auth/sessions?limit=1").await.expect(200);
    format!(
        "/auth/sessions/{}",
        sessions["items"][0]["id"].as_str().unwrap()
    )
}

/// What the demo shop has none of, or not for sure.
async fn fill(owner: &Client, names: &Names) {
    let file = "sku;name;price\nWALK-1;Marche;100\n";
    let part = reqwest::multipart::Part::bytes(file.as_bytes().to_vec()).file_name("walk.csv");
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = owner.request(Method::POST, "/imports?kind=products");
    owner.send(request.multipart(form)).await.expect(201);
    let account = json!({"name": "Marche", "method": "mobile_money"});
    owner.post("/payment-accounts", account).await.expect(201);
    owner.post_empty("/inventory/verify").await.expect(202);
    // Far below its cost: a finding.
    let line = names.in_body(
        &json!({"product_id": example_ids::PRODUCT, "quantity": 6, "unit_price_minor": 100}),
    );
    let sale = owner
        .post("/sales", json!({"lines": [line]}))
        .await
        .expect(201);
    let back = json!({"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true});
    let refund = json!({"lines": [back], "reason": "Marche"});
    let refunds = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    owner.post(&refunds, refund).await.expect(201);
    let schedule = json!({"kind": "sales", "format": "xlsx", "period": "yesterday", "cron": "0 7 * * *",
        "to_folder": true});
    owner.post("/schedules", schedule).await.expect(201);
    let report = json!({"kind": "daily_close", "format": "pdf"});
    owner.post("/reports", report).await.expect(202);
    for _ in 0..LOOKS {
        let list = owner.get("/reports").await.expect(200);
        if list["items"][0].is_object() {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("the report is not made");
}

both_empty_databases!(every_operation_keeps_to_the_document, |database| async {
    let settings = database.settings(&[]);
    let now = SystemClock.now();
    let story = Story {
        end: yesterday(),
        days: DAYS,
        seed: 5,
    };
    demo::fill(&settings, story, now).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().to_str().unwrap().to_owned();
    let wishes = Wishes {
        settings: vec![("SALESFLOW__REPORTS__FOLDER", reports)],
        ..Wishes::default()
    };
    let app = TestApp::spawn_on(database.twin(), wishes).await;
    walk(&app).await;
    app.finish().await;
});

//! What leaves a line in the audit log besides the deeds themselves: refusals, however many there
//! are, jobs that are ordered, and sales at another price than the catalogue's.

use std::{path::Path, time::Duration};

use kernel::Role;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, email_of},
    http::Client,
    program::Program,
    shop::{Wanted, basket},
};

/// The lines of a deed, the oldest first.
async fn lines(owner: &Client, action: &str) -> Vec<Value> {
    let path = format!("/audit?action={action}&limit=200");
    let page = owner.get(&path).await.expect(200);
    let mut items = page["items"].as_array().unwrap().clone();
    items.reverse();
    items
}

/// Refusals are written after their answer.
async fn first_lines(owner: &Client, action: &str) -> Vec<Value> {
    for _ in 0..100 {
        let found = lines(owner, action).await;
        if !found.is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no line says {action}");
}

/// Everything that was counted, written down.
async fn all_lines(app: &TestApp, owner: &Client, action: &str) -> Vec<Value> {
    app.modules.sales.ctx.refusals.flush().await;
    lines(owner, action).await
}

fn counted<'a>(lines: impl IntoIterator<Item = &'a Value>) -> i64 {
    let counts = lines
        .into_iter()
        .map(|line| line["after"]["count"].as_i64());
    counts.map(Option::unwrap).sum()
}

both_databases!(
    what_a_role_does_not_allow_is_noted_and_a_flood_makes_few_lines,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let (owner, viewer) = (app.admin().await, app.viewer().await);
        let refused = viewer.post("/sales", basket(product, 1)).await;
        refused.expect_problem(403, "auth.forbidden");
        let first = first_lines(&owner, "access.refused").await;
        let line = &first[0];
        let who = app.user(Role::Viewer).await;
        assert_eq!(line["actor_id"], json!(who));
        assert_eq!(line["entity"], "operation");
        assert_eq!(line["entity_id"], "POST /api/v1/sales");
        assert_eq!(line["address"], "127.0.0.1");
        assert_eq!(line["after"]["role"], "viewer");
        assert_eq!(line["request_id"], refused.header("x-request-id").unwrap());

        for _ in 0..60 {
            let refused = viewer.post("/sales", basket(product, 1)).await;
            refused.expect_problem(403, "auth.forbidden");
        }
        let path = format!("/products/{product}");
        for _ in 0..3 {
            viewer.patch(&path, json!({})).await.expect(403);
        }
        let all = all_lines(app, &owner, "access.refused").await;
        let of = |operation: &str| {
            let same = all.iter().filter(|line| line["entity_id"] == operation);
            same.collect::<Vec<_>>()
        };
        let sales = of("POST /api/v1/sales");
        assert_eq!(counted(sales.iter().copied()), 61);
        assert!(sales.len() <= 3, "{sales:#?}");
        let products = of("PATCH /api/v1/products/{id}");
        assert_eq!(counted(products.iter().copied()), 3);
        // What is allowed leaves none.
        viewer.get("/products").await.expect(200);
        let after = all_lines(app, &owner, "access.refused").await;
        assert_eq!(after.len(), all.len());
    }
);

both_databases!(
    throttled_sign_ins_are_noted_and_guesses_at_strangers_share_a_line,
    |app| async {
        let cashier = app.user(Role::Cashier).await;
        let owner = app.admin().await;
        let sign_in = async |email: &str| {
            let body = json!({"email": email, "password": "not the password"});
            app.anonymous().post("/auth/login", body).await
        };
        for _ in 0..5 {
            sign_in(&email_of(Role::Cashier)).await.expect(401);
        }
        for _ in 0..10 {
            sign_in(&email_of(Role::Cashier)).await.expect(429);
        }
        let first = first_lines(&owner, "user.login_throttled").await;
        assert_eq!(first[0]["entity_id"], json!(cashier));
        assert_eq!(first[0]["actor_id"], Value::Null);
        assert_eq!(first[0]["after"]["addresses"], json!(["127.0.0.1"]));
        // The address must wait as well after twenty failures, for any account.
        for guess in 0..15 {
            sign_in(&format!("guess{guess}@shop.test"))
                .await
                .expect(401);
        }
        for guess in 0..40 {
            sign_in(&format!("other{guess}@shop.test"))
                .await
                .expect(429);
        }
        let all = all_lines(app, &owner, "user.login_throttled").await;
        let (known, strangers): (Vec<_>, Vec<_>) = all
            .iter()
            .partition(|line| line["entity_id"] == json!(cashier));
        assert_eq!(counted(known.iter().copied()), 10);
        assert_eq!(counted(strangers.iter().copied()), 40);
        assert!(known.len() <= 3 && strangers.len() <= 3, "{all:#?}");
        assert!(strangers.iter().all(|line| line["entity_id"] == ""));
    }
);

both_databases!(an_ordered_job_says_who_ordered_it, |app| async {
    let manager = app.manager().await;
    let ordered = manager.post_empty("/inventory/verify").await;
    let job = ordered.expect(202);
    let owner = app.admin().await;
    let lines = lines(&owner, "job.order").await;
    let line = lines
        .iter()
        .find(|line| line["entity_id"] == job["id"])
        .expect("its line");
    assert_eq!(line["actor_id"], json!(app.user(Role::Manager).await));
    assert_eq!(line["address"], "127.0.0.1");
    assert_eq!(line["request_id"], ordered.header("x-request-id").unwrap());
    assert_eq!(line["after"]["kind"], job["kind"]);
});

both_databases!(a_sale_at_another_price_says_which, |app| async {
    let product = app.product(Wanted::default()).await;
    let other = app
        .product(Wanted {
            sku: "SEL",
            ..Wanted::default()
        })
        .await;
    let (owner, manager) = (app.admin().await, app.manager().await);
    let order = |price: i64| {
        json!({"lines": [
            {"product_id": product, "quantity": 2, "unit_price_minor": price},
            {"product_id": other, "quantity": 1}]})
    };
    manager.post("/sales", order(350_000)).await.expect(201);
    let cheap = manager.post("/sales", order(100_000)).await.expect(201);
    let noted = lines(&owner, "sale.change_price").await;
    assert_eq!(noted.len(), 1);
    let line = &noted[0];
    assert_eq!(line["entity_id"], cheap["id"]);
    assert_eq!(line["actor_id"], json!(app.user(Role::Manager).await));
    let after = &line["after"];
    assert_eq!(after["number"], cheap["number"]);
    assert_eq!(after["changed_lines"], 1);
    let changed = &after["lines"][0];
    assert_eq!(changed["product_id"], json!(product));
    assert_eq!(changed["unit_price_minor"], 100_000);
    assert_eq!(changed["catalogue_price_minor"], 350_000);

    // The price of a moment ago was the catalogue's: the till had no network.
    app.clock.advance_seconds(60);
    let path = format!("/products/{product}");
    owner
        .patch(&path, json!({"price_minor": 400_000}))
        .await
        .expect(200);
    app.clock.advance_seconds(60);
    manager.post("/sales", order(350_000)).await.expect(201);
    assert_eq!(lines(&owner, "sale.change_price").await.len(), 1);
});

/// The line about a request in a log of JSON.
fn line_of(log: &str, request_id: &str) -> Value {
    let lines = log.lines().filter(|line| line.contains(request_id));
    let parsed = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ends = parsed.filter(|line| line["message"] == "answered");
    ends.next()
        .unwrap_or_else(|| panic!("{request_id} is not in {log}"))
}

both_databases!(the_log_of_requests_names_the_user_by_id, |app| async {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let environment = [
        ("SALESFLOW__LOG__FORMAT", Path::new("json")),
        ("SALESFLOW__LOG__FILTER", Path::new("info")),
    ];
    let program = Program::start_with(&app.database.twin(), &environment, Some(&log)).await;
    let (admin, viewer) = (app.user(Role::Admin).await, app.user(Role::Viewer).await);
    let there = |client: &Client| {
        let http = reqwest::Client::new();
        Client::new(http, program.address(), client.token.clone())
    };
    let asked = [
        (there(&app.admin().await), 201, Some(admin)),
        (there(&app.viewer().await), 403, Some(viewer)),
        (there(&app.anonymous()), 401, None),
    ];
    let mut seen = Vec::new();
    for (number, (client, status, who)) in asked.into_iter().enumerate() {
        let body = json!({"name": format!("Depot {number}")});
        let answer = client.post("/locations", body).await;
        answer.expect(status);
        let id = answer.header("x-request-id").unwrap().to_owned();
        let missing = client
            .get(&format!("/products/{}", uuid::Uuid::nil()))
            .await;
        let missing = missing.header("x-request-id").unwrap().to_owned();
        seen.push((id, who));
        seen.push((missing, who));
    }
    program.stop().await;
    let log = std::fs::read_to_string(log).unwrap();
    for (id, who) in seen {
        let line = line_of(&log, &id);
        let user = who.map_or(Value::Null, |who| json!(who));
        assert_eq!(line["span"]["user.id"], user, "{line:#}");
    }
    let email = email_of(Role::Admin);
    assert!(
        !log.contains(&email),
        "the log names people by their address"
    );
});

//! Rates that were wrong, rates that look wrong, and rates that a till did not know.

use kernel::{Clock as _, Timestamp, ids::ProductId};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

const HOUR: i64 = 3600;

async fn rate(app: &TestApp, micros: i64) -> Value {
    let body = json!({"currency": "USD", "rate_micros": micros, "confirm": true});
    app.admin().await.post("/rates", body).await.expect(201)
}

/// A sale of one piece that is paid with enough dollars.
fn in_dollars(product: ProductId, rate_micros: Option<i64>, at: Timestamp) -> Value {
    let mut sale = basket(product, 1);
    sale["occurred_at"] = json!(at);
    sale["payments"] = json!([{"method": "cash", "currency": "USD", "amount_minor": 100_00}]);
    if let Some(micros) = rate_micros {
        sale["payments"][0]["rate_micros"] = json!(micros);
    }
    sale
}

async fn used(client: &Client, sale: Value) -> i64 {
    let sale = client.post("/sales", sale).await.expect(201);
    sale["payments"][0]["rate_micros"].as_i64().unwrap()
}

/// Withdraws a rate: the owner only, with a reason, and the same again changes nothing.
async fn withdraw(app: &TestApp, wrong: &Value) {
    let path = format!("/rates/{}/withdraw", wrong["id"].as_str().unwrap());
    let admin = app.admin().await;
    let reason = json!({"reason": "un zéro de trop"});
    admin
        .post(&path, json!({"reason": " "}))
        .await
        .expect_problem_at(422, "request.validation_failed", "/reason");
    app.manager()
        .await
        .post(&path, &reason)
        .await
        .expect_problem(403, "auth.forbidden");
    let withdrawn = admin.post(&path, &reason).await.expect(200);
    assert_eq!(withdrawn["withdraw_reason"], "un zéro de trop");
    assert_eq!(withdrawn["withdrawn_at"], json!(app.clock.now()));
    assert_eq!(withdrawn["rate_micros"], wrong["rate_micros"]);
    assert_eq!(admin.post(&path, &reason).await.expect(200), withdrawn);
    let listed = admin.get("/rates").await.expect(200);
    let mut first = listed["items"][0].clone();
    let added = first.as_object_mut().unwrap();
    assert_eq!(added.remove("in_force"), Some(json!(false)));
    assert!(
        added
            .remove("actor_name")
            .is_some_and(|name| name.is_string())
    );
    assert_eq!(first, withdrawn);
    let log = "SELECT COUNT(*) FROM audit_log WHERE action = 'rate.withdraw'";
    assert_eq!(app.figure(log).await, 1);
    let unknown = "/rates/0197f3a0-0000-7000-8000-000000000000/withdraw";
    admin
        .post(unknown, &reason)
        .await
        .expect_problem(404, "resource.not_found");
}

both_databases!(
    a_withdrawn_rate_is_used_by_no_sale_that_is_posted_afterwards,
    |app| async {
        let product = app.product(Wanted::default()).await;
        rate(app, 2_800_000_000).await;
        app.clock.advance_seconds(60);
        let wrong = rate(app, 28_000_000_000).await;
        app.clock.advance_seconds(60);
        let then = app.clock.now();
        let cashier = app.cashier().await;
        let order = in_dollars(product, None, then);
        let sold = cashier.post("/sales", order).await.expect(201);
        assert_eq!(sold["payments"][0]["rate_micros"], 28_000_000_000_i64);
        app.clock.advance_seconds(60);
        withdraw(app, &wrong).await;
        // Neither now nor for the moment at which it had held, and not by name.
        app.clock.advance_seconds(60);
        for at in [then, app.clock.now()] {
            let order = in_dollars(product, None, at);
            assert_eq!(used(&cashier, order).await, 2_800_000_000);
        }
        cashier
            .post("/sales", in_dollars(product, Some(28_000_000_000), then))
            .await
            .expect_problem_at(403, "auth.forbidden", "/payments/0/rate_micros");
        // What was sold keeps what was frozen.
        let path = format!("/sales/{}", sold["id"].as_str().unwrap());
        let read = cashier.get(&path).await.expect(200);
        assert_eq!(read["payments"], sold["payments"]);
    }
);

both_databases!(a_rate_far_from_the_one_before_is_confirmed, |app| async {
    let admin = app.admin().await;
    let post = async |body: Value| admin.post("/rates", body).await;
    let first = json!({"currency": "USD", "rate_micros": 2_800_000_000_i64});
    post(first).await.expect(201);
    app.clock.advance_seconds(1);
    let of = |currency: &str, micros: i64| json!({"currency": currency, "rate_micros": micros});
    let turned = |micros: i64| json!({"currency": "USD", "rate_micros": micros, "rate_side": "foreign_per_base"});
    let confirmed =
        |micros: i64| json!({"currency": "USD", "rate_micros": micros, "confirm": true});
    for (body, is_usual) in [
        (of("USD", 3_360_000_001), false),
        (of("USD", 280_000_000), false),
        (turned(2_800_000_000), false),
        (turned(357), true),
        (of("USD", 2_900_000_000), true),
        (of("EUR", 3_500_000_000), true),
        (confirmed(28_000_000_000), true),
    ] {
        let answer = post(body.clone()).await;
        if is_usual {
            answer.expect(201);
        } else {
            let problem = answer.expect_problem_at(422, "rate.unusual", "/rate_micros");
            let error = &problem["errors"][0];
            assert_eq!(error["before_rate_micros"], 2_800_000_000_i64, "{body}");
            assert_eq!(error["before_rate_side"], "base_per_foreign", "{body}");
        }
        app.clock.advance_seconds(1);
    }
    // A withdrawn rate is not used for the comparison.
    let listed = admin.get("/rates?currency=USD").await.expect(200);
    let id = listed["items"][0]["id"].as_str().unwrap();
    admin
        .post(&format!("/rates/{id}/withdraw"), json!({"reason": "faux"}))
        .await
        .expect(200);
    post(json!({"currency": "USD", "rate_micros": 2_850_000_000_i64}))
        .await
        .expect(201);
});

both_databases!(
    a_till_may_go_on_for_an_hour_with_a_rate_that_was_replaced,
    |app| async {
        let product = app.product(Wanted::default()).await;
        rate(app, 2_800_000_000).await;
        app.clock.advance_seconds(HOUR);
        rate(app, 2_900_000_000).await;
        let replaced = app.clock.now();
        app.clock.advance_seconds(2 * HOUR);
        let cashier = app.cashier().await;
        let at = |seconds: i64| replaced.plus_seconds(seconds);
        let old = |seconds| in_dollars(product, Some(2_800_000_000), at(seconds));
        assert_eq!(used(&cashier, old(-60)).await, 2_800_000_000);
        assert_eq!(used(&cashier, old(HOUR - 1)).await, 2_800_000_000);
        cashier.post("/sales", old(HOUR)).await.expect_problem_at(
            403,
            "auth.forbidden",
            "/payments/0/rate_micros",
        );
        assert_eq!(
            used(&cashier, in_dollars(product, None, at(60))).await,
            2_900_000_000
        );
        // A rate that was dated back could not be known before it was written down.
        let back =
            json!({"currency": "USD", "rate_micros": 2_950_000_000_i64, "valid_from": at(HOUR)});
        app.admin().await.post("/rates", back).await.expect(201);
        let known = in_dollars(product, Some(2_900_000_000), at(2 * HOUR));
        assert_eq!(used(&cashier, known).await, 2_900_000_000);
    }
);

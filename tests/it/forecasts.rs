//! Forecasts: their origin, their limits, their accuracy, and order advice.

mod awkward;
mod gate;
mod low_stock;
mod refits;
mod scored;

use analytics::forecast::model::RegistryEntry;
use forecasting::settings::Settings;
use kernel::{
    Clock as _, Quantity, Timestamp,
    ids::{JobId, ProductId},
    notes::{NoteKind, NotePrefix},
};
use platform::jobs::JobContext;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    shop::Wanted,
};

const DAY_SECONDS: i64 = 86_400;

/// Only the test fits models: one that a worker began would replace the test's own.
fn by_hand() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__JOBS__WORKERS", "0".to_owned())],
        ..Wishes::default()
    }
}

/// The engine fits as usual but with fewer trees: a debug build is slow.
fn settings() -> Settings {
    Settings {
        pooled_rows: 600,
        trees: 8,
        learning_rate: 0.3,
        forest_rows: 200,
        forest_trees: 3,
        ..Settings::default()
    }
}

/// Fits a model as the job does.
pub async fn refit(app: &TestApp) -> Value {
    let (context, _control) = JobContext::new(JobId::generate(), 1, None);
    let desk = &app.modules.analytics.forecasts;
    json!(desk.refit(&settings(), &context).await.unwrap())
}

/// A product with plenty of stock.
async fn plenty(app: &TestApp, sku: &'static str) -> ProductId {
    app.product(Wanted {
        sku,
        stock: 1_000_000,
        ..Wanted::default()
    })
    .await
}

/// Noon, some days ago, by the clock of the program.
fn days_ago(app: &TestApp, days: i64) -> Timestamp {
    app.clock.now().plus_seconds(-days * DAY_SECONDS)
}

/// One sale of these quantities on a day.
async fn sell_on(app: &TestApp, days: i64, lines: &[(ProductId, i64)]) {
    let lines: Vec<Value> = lines
        .iter()
        .filter(|(_, quantity)| *quantity > 0)
        .map(|(product, quantity)| json!({"product_id": product, "quantity": quantity}))
        .collect();
    if lines.is_empty() {
        return;
    }
    let sale = json!({"lines": lines, "occurred_at": days_ago(app, days)});
    app.admin().await.post("/sales", sale).await.expect(201);
}

/// Sales on each of the days from `from` days ago to `to` days ago, with a weekly rhythm.
pub async fn sell_weekly(app: &TestApp, from: i64, to: i64, products: &[(ProductId, i64)]) {
    let client = app.admin().await;
    for day in (to..=from).rev() {
        let lines: Vec<Value> = products
            .iter()
            .map(|(product, level)| {
                let quantity =
                    level + (day * 7 + level) % 3 + if day % 7 == 0 { *level } else { 0 };
                json!({"product_id": product, "quantity": quantity})
            })
            .collect();
        let sale = json!({"lines": lines, "occurred_at": days_ago(app, day)});
        client.post("/sales", sale).await.expect(201);
    }
}

fn codes(reasons: &Value) -> Vec<&str> {
    let reasons = reasons.as_array().unwrap().iter();
    reasons.map(|one| one["code"].as_str().unwrap()).collect()
}

/// Checks the figures of a forecast: no negative units, and bands in order.
fn check_days(forecast: &Value) {
    for day in forecast["days"].as_array().unwrap() {
        let figure = |name: &str| day[name].as_f64().unwrap();
        let (low, high) = (figure("lo80"), figure("hi80"));
        assert!(low >= 0.0 && high >= low, "{day}");
        assert!(figure("mean") >= 0.0 && figure("median") >= 0.0, "{day}");
        assert!(high < 1e12, "{day}");
    }
}

both_databases!(a_forecast_shows_its_origin, by_hand(), |app| async {
    let milk = plenty(app, "LAIT").await;
    let rice = plenty(app, "RIZ").await;
    sell_weekly(app, 150, 1, &[(milk, 5), (rice, 12)]).await;
    let done = refit(app).await;
    assert_eq!(done["products"], 2);

    let client = app.viewer().await;
    let forecast = client
        .get(&format!("/analytics/forecasts/{milk}"))
        .await
        .expect(200);
    check_days(&forecast);
    assert_eq!(forecast["days"].as_array().unwrap().len(), 28);
    assert_eq!(forecast["method"], "young_blend");
    assert_eq!(forecast["model_id"], done["model_id"]);
    assert_eq!(forecast["trained_to"], done["trained_to"]);
    assert!(forecast["trained_from"].is_string() && forecast["fitted_at"].is_string());
    assert!(forecast["members"].as_array().unwrap().len() > 3);
    assert!(
        forecast["backtest"]["wape"].as_f64().unwrap() < 1.0,
        "{forecast}"
    );
    assert_eq!(forecast["lead_time"]["days"], 7);
    assert_eq!(forecast["lead_time"]["set_by"], "shop");
    let total = forecast["total"]["mean"].as_f64().unwrap();
    assert!((150.0..230.0).contains(&total), "about 6.7 a day: {total}");
    let week = forecast["lead_time"]["total"]["mean"].as_f64().unwrap();
    assert!((30.0..65.0).contains(&week), "{week}");
    let one = client
        .get(&format!("/analytics/forecasts/{milk}?horizon=1"))
        .await
        .expect(200);
    assert_eq!(
        one["days"][0], forecast["days"][0],
        "the same day at every horizon"
    );

    let list = client.get("/analytics/forecasts?limit=1").await.expect(200);
    assert_eq!(list["items"][0]["product_id"], json!(milk));
    assert_eq!(list["items"][0]["total"], forecast["total"]);
    let cursor = list["next_cursor"].as_str().unwrap();
    let rest = client
        .get(&format!("/analytics/forecasts?limit=1&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(rest["items"][0]["product_id"], json!(rice));
    assert_eq!(rest["next_cursor"], Value::Null);
    let shop = client
        .get("/analytics/forecasts?level=shop")
        .await
        .expect(200);
    let whole = shop["items"][0]["total"]["mean"].as_f64().unwrap();
    assert!((500.0..700.0).contains(&whole), "{whole}");
    let categories = client
        .get("/analytics/forecasts?level=category")
        .await
        .expect(200);
    assert_eq!(categories["items"], json!([]));
});

both_databases!(
    a_stored_model_forecasts_like_the_fitted_one,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        sell_weekly(app, 70, 1, &[(milk, 5)]).await;
        let done = refit(app).await;
        let path = format!("/analytics/forecasts/{milk}?horizon=60");
        let fitted = app.viewer().await.get(&path).await.expect(200);

        // Another instance has not fitted it, but loads it.
        let other = TestApp::spawn_on(app.database.twin(), Wishes::default()).await;
        other.clock.set(app.clock.now());
        let read = other.viewer().await.get(&path).await.expect(200);
        assert_eq!(read["model_id"], done["model_id"]);
        assert_eq!(read["days"], fitted["days"]);
        assert_eq!(read["lead_time"], fitted["lead_time"]);

        // It loads a newer one within seconds.
        app.clock.advance_seconds(60);
        let newer = refit(app).await;
        for attempt in 0.. {
            let seen = other.viewer().await.get(&path).await.expect(200);
            if seen["model_id"] == newer["model_id"] {
                break;
            }
            assert!(
                attempt < 200,
                "the other instance does not load the newer model"
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        other.finish().await;

        let notes = &app.modules.analytics.notes;
        let all = NotePrefix::all();
        let entries = notes
            .list(NoteKind::Registry, &all, None, 10)
            .await
            .unwrap();
        assert_eq!(entries.items.len(), 2);
        let entry: RegistryEntry = serde_json::from_slice(&entries.items[0].body).unwrap();
        assert_eq!(json!(entry.id), done["model_id"]);
        assert!(entry.is_current());
        assert_eq!(entry.products, 1);
    }
);

both_databases!(impossible_forecasts_are_refused, by_hand(), |app| async {
    let product = plenty(app, "LAIT").await;
    let client = app.manager().await;
    let path = format!("/analytics/forecasts/{product}");
    for horizon in [
        "0",
        "181",
        "10000",
        "-1",
        "x",
        "1.5",
        "99999999999999999999",
    ] {
        let answer = client.get(&format!("{path}?horizon={horizon}")).await;
        answer.expect_problem_at(400, "request.invalid_query", "?horizon");
    }
    for query in [
        "horizon=0",
        "horizon=91",
        "level=planet",
        "limit=0",
        "from=2026-01-01",
    ] {
        let answer = client.get(&format!("/analytics/forecasts?{query}")).await;
        answer.expect_problem(400, "request.invalid_query");
    }
    let answer = client.get("/analytics/forecasts?cursor=x").await;
    answer.expect_problem(400, "request.invalid_cursor");
    let unknown = client
        .get(&format!("/analytics/forecasts/{}", ProductId::generate()))
        .await;
    unknown.expect_problem(404, "resource.not_found");
    client
        .post_empty(&format!("/products/{product}/archive"))
        .await
        .expect(200);
    let archived = client.get(&path).await;
    archived.expect_problem(409, "product.archived");
    let list = client.get("/analytics/forecasts").await.expect(200);
    assert_eq!(list["items"], json!([]));
});

both_databases!(
    a_day_without_stock_is_not_a_day_without_demand,
    by_hand(),
    |app| async {
        let rice = app
            .product(Wanted {
                sku: "RIZ",
                stock: 0,
                ..Wanted::default()
            })
            .await;
        let salt = plenty(app, "SEL").await;
        // Ten a day for 40 days; then out of stock for 10 days, and in stock again yesterday.
        app.put_in_stock(rice, Quantity::from_units(400), days_ago(app, 60))
            .await;
        for day in (11..=50).rev() {
            sell_on(app, day, &[(rice, 10), (salt, 10)]).await;
        }
        for day in (2..=10).rev() {
            sell_on(app, day, &[(salt, 10)]).await;
        }
        app.put_in_stock(rice, Quantity::from_units(100), days_ago(app, 1))
            .await;
        refit(app).await;
        let client = app.viewer().await;
        let forecast = client
            .get(&format!("/analytics/forecasts/{rice}?horizon=7"))
            .await
            .expect(200);
        let out = forecast["stock_out_days"].as_i64().unwrap();
        assert!((9..=10).contains(&out), "{out}");
        assert!(codes(&forecast["reasons"]).contains(&"stock_out_days_left_out"));
        let total = forecast["total"]["mean"].as_f64().unwrap();
        assert!(total > 45.0, "the demand did not fall: {total}");
    }
);

both_databases!(
    lead_time_and_service_level_belong_to_product_and_shop,
    by_hand(),
    |app| async {
        let client = app.admin().await;
        let settings = client.get("/settings").await.expect(200);
        assert_eq!(
            (&settings["lead_time_days"], &settings["service_level_bp"]),
            (&json!(7), &json!(9_500))
        );
        let new = json!({"sku": "LAIT", "name": "Lait", "price_minor": 100, "lead_time_days": 14});
        let product = client.post("/products", new).await.expect(201);
        assert_eq!(product["lead_time_days"], 14);
        assert_eq!(product["service_level_bp"], Value::Null);
        let path = format!("/products/{}", product["id"].as_str().unwrap());
        let changed = client
            .patch(
                &path,
                json!({"lead_time_days": null, "service_level_bp": 9_000}),
            )
            .await
            .expect(200);
        assert_eq!(changed["lead_time_days"], Value::Null);
        assert_eq!(changed["service_level_bp"], 9_000);
        assert_eq!(
            client.get(&path).await.expect(200)["service_level_bp"],
            9_000
        );
        let renamed = client
            .patch(&path, json!({"name": "Lait entier"}))
            .await
            .expect(200);
        assert_eq!(renamed["service_level_bp"], 9_000);
        client
            .patch("/settings", json!({"lead_time_days": 21}))
            .await
            .expect(200);
        let id = product["id"].as_str().unwrap();
        let forecast = client
            .get(&format!("/analytics/forecasts/{id}"))
            .await
            .expect(200);
        assert_eq!(forecast["lead_time"]["days"], 21);
        for bad in [
            json!({"lead_time_days": 0}),
            json!({"lead_time_days": 181}),
            json!({"service_level_bp": 10_000}),
        ] {
            let refused = client.patch(&path, bad.clone()).await;
            refused.expect_problem(422, "request.validation_failed");
            let refused = client.patch("/settings", bad).await;
            refused.expect_problem(422, "request.validation_failed");
        }
    }
);

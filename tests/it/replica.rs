//! Analytics on a streaming replica, and on the primary while the replica is away. `PostgreSQL` only:
//! `SQLite` has no replicas.

use serde_json::{Value, json};

use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes},
    http::Client,
    services::Postgres,
    shop::{Wanted, basket},
};

/// Queries until the replica is tried again: it rests for seconds.
const MOST_TRIES: u32 = 300;

/// Every list and figure of analytics, over a period that includes today.
fn surface(today: &str, product: &str) -> Vec<String> {
    let period = format!("from=2026-01-01&to={today}");
    [
        format!("summary?{period}&compare=previous"),
        format!("timeseries?{period}&interval=month"),
        format!("products?{period}"),
        format!("bought-together?{period}"),
        format!("anomalies?{period}"),
        "low-stock".to_owned(),
        "forecasts".to_owned(),
        format!("forecasts/{product}?horizon=7"),
        "accuracy".to_owned(),
    ]
    .into_iter()
    .chain(
        [
            "product", "category", "cashier", "payment", "hour", "weekday", "location",
        ]
        .map(|by| format!("breakdown?{period}&by={by}")),
    )
    .map(|path| format!("/analytics/{path}"))
    .collect()
}

/// Each answer without the moment at which it was computed.
async fn ask(client: &Client, paths: &[String]) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in paths {
        let mut answer = client.get(path).await.expect(200);
        if let Some(fields) = answer.as_object_mut() {
            fields.remove("computed_at");
        }
        answers.push(answer);
    }
    answers
}

async fn sales_of(client: &Client, today: &str) -> Value {
    let path = format!("/analytics/summary?from={today}&to={today}");
    client.get(&path).await.expect(200)["sales"].clone()
}

/// The first request for forecasts orders a model; repeats until it is there.
async fn wait_for_model(client: &Client) {
    for _ in 0..MOST_TRIES {
        let answer = client.get("/analytics/forecasts").await;
        answer.expect(200);
        if !answer.text().contains("model_missing") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no model is made");
}

/// Repeats until the replica answers again. A figure may come from the cache, which does not query
/// the store, so the query goes to the store itself.
async fn wait_for_replica(app: &TestApp) {
    let read = &app.modules.stores.read;
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while std::time::Instant::now() < deadline {
        read.value::<i32>("SELECT 1", []).await.unwrap();
        if read.replica_answers() == Some(true) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the replica is never asked again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analytics_reads_from_a_replica_and_from_the_primary_while_it_is_away() {
    let test = "analytics_reads_from_a_replica_and_from_the_primary_while_it_is_away";
    if TestDatabase::empty(Db::Postgres, test).is_none() {
        return;
    }
    let primary = Postgres::start();
    let url = primary.create_database("shop");
    let replica = primary.replica();
    let wishes = Wishes {
        settings: vec![("SALESFLOW__DATABASE__READ_URL", replica.url("shop"))],
        ..Wishes::default()
    };
    let app = TestApp::spawn_on(TestDatabase::at(url), wishes).await;
    let product = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let manager = app.manager().await;
    for _ in 0..3 {
        cashier.post("/sales", basket(product, 1)).await.expect(201);
    }
    let zone = manager.get("/settings").await.expect(200)["time_zone"].clone();
    let zone: chrono_tz::Tz = zone.as_str().unwrap().parse().unwrap();
    let today = app.modules.clock.now().date_in(zone).to_string();
    let paths = surface(&today, &product.to_string());
    wait_for_model(&manager).await;
    replica.catch_up_with(&primary);
    let there = ask(&manager, &paths).await;
    assert_eq!(sales_of(&manager, &today).await, json!(3));
    assert_eq!(app.modules.stores.read.replica_answers(), Some(true));
    let asked =
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'salesflow-read'";
    assert_eq!(
        replica.query("shop", asked),
        "t",
        "nobody asked the replica"
    );

    replica.stop();
    let here = ask(&manager, &paths).await;
    for ((path, here), there) in paths.iter().zip(&here).zip(&there) {
        assert_eq!(here, there, "{path}: the primary says something else");
    }
    assert_eq!(app.modules.stores.read.replica_answers(), Some(false));
    let ready = manager.get("/health/ready").await.expect(200);
    assert_eq!(ready["replica_answers"], json!(false));
    let metrics = app.metrics().await;
    assert!(metrics.contains("database_replica_answers 0"), "{metrics}");
    cashier.post("/sales", basket(product, 1)).await.expect(201);
    assert_eq!(sales_of(&manager, &today).await, json!(4));

    replica.restart();
    replica.catch_up_with(&primary);
    wait_for_replica(&app).await;
    assert_eq!(sales_of(&manager, &today).await, json!(4));

    // A new sale is read back at once, however late the replica is.
    let sold = cashier.post("/sales", basket(product, 1)).await.expect(201);
    replica.query("shop", "SELECT pg_wal_replay_pause()");
    let late = cashier.post("/sales", basket(product, 1)).await.expect(201);
    let receipt = format!("/sales/{}/receipt", late["id"].as_str().unwrap());
    assert_eq!(cashier.get(&receipt).await.status, 200);
    assert_ne!(sold["id"], late["id"]);

    // It holds its connections and says nothing: a sale does not wait for it, nor does the health.
    replica.freeze();
    // Until then the settings are remembered.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let began = std::time::Instant::now();
    cashier.post("/sales", basket(product, 1)).await.expect(201);
    manager.get("/health/ready").await.expect(200);
    assert!(began.elapsed() < std::time::Duration::from_secs(2));
    assert_eq!(sales_of(&manager, &today).await, json!(7));
    assert_eq!(app.modules.stores.read.replica_answers(), Some(false));

    // It answers again, but does not know yet what was shown meanwhile.
    replica.thaw();
    let rested = std::time::Instant::now() + std::time::Duration::from_secs(8);
    while std::time::Instant::now() < rested {
        assert_eq!(
            sales_of(&manager, &today).await,
            json!(7),
            "what was shown is taken back"
        );
        assert_eq!(app.modules.stores.read.replica_answers(), Some(false));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    replica.query("shop", "SELECT pg_wal_replay_resume()");
    wait_for_replica(&app).await;
    assert_eq!(sales_of(&manager, &today).await, json!(7));
    app.finish().await;
}

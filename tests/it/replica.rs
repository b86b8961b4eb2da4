//! Analytics on a streaming replica, and on the primary while the replica is away. `PostgreSQL` only:
//! `SQLite` has no replicas.

use kernel::ids::ProductId;
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

/// A shop with three sales on a primary with a replica.
struct Replicated {
    primary: Postgres,
    replica: Postgres,
    app: TestApp,
    product: ProductId,
    cashier: Client,
    manager: Client,
    today: String,
}

impl Replicated {
    async fn spawn() -> Self {
        let primary = Postgres::start();
        let url = primary.create_database("shop");
        let replica = primary.replica();
        let wishes = Wishes {
            settings: vec![("SALESFLOW__DATABASE__READ_URL", replica.url("shop"))],
            ..Wishes::default()
        };
        let app = TestApp::spawn_on(TestDatabase::at(url), wishes).await;
        let product = app.product(Wanted::default()).await;
        let (cashier, manager) = (app.cashier().await, app.manager().await);
        let zone = manager.get("/settings").await.expect(200)["time_zone"].clone();
        let zone: chrono_tz::Tz = zone.as_str().unwrap().parse().unwrap();
        let today = app.modules.clock.now().date_in(zone).to_string();
        let shop = Self {
            primary,
            replica,
            app,
            product,
            cashier,
            manager,
            today,
        };
        for _ in 0..3 {
            shop.sell().await;
        }
        shop
    }

    async fn sell(&self) -> Value {
        let order = basket(self.product, 1);
        self.cashier.post("/sales", order).await.expect(201)
    }

    /// The number of today's sales, as analytics counts them.
    async fn sales(&self) -> Value {
        let path = format!("/analytics/summary?from={0}&to={0}", self.today);
        self.manager.get(&path).await.expect(200)["sales"].clone()
    }

    fn replica_answers(&self) -> Option<bool> {
        self.app.modules.stores.read.replica_answers()
    }

    /// Everything is the same from the replica and, while it is away, from the primary.
    async fn reads_from_either(&self) {
        let paths = surface(&self.today, &self.product.to_string());
        wait_for_model(&self.manager).await;
        self.replica.catch_up_with(&self.primary);
        let there = ask(&self.manager, &paths).await;
        assert_eq!(self.sales().await, json!(3));
        assert_eq!(self.replica_answers(), Some(true));
        let asked =
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'salesflow-read'";
        let is_asked = self.replica.query("shop", asked);
        assert_eq!(is_asked, "t", "nobody asked the replica");

        self.replica.stop();
        let here = ask(&self.manager, &paths).await;
        for ((path, here), there) in paths.iter().zip(&here).zip(&there) {
            assert_eq!(here, there, "{path}: the primary says something else");
        }
        assert_eq!(self.replica_answers(), Some(false));
        let ready = self.manager.get("/health/ready").await.expect(200);
        assert_eq!(ready["replica_answers"], json!(false));
        let metrics = self.app.metrics().await;
        assert!(metrics.contains("database_replica_answers 0"), "{metrics}");
        self.sell().await;
        assert_eq!(self.sales().await, json!(4));
    }

    /// The replica holds its connections and says nothing: a sale does not wait for it, nor does the
    /// health.
    async fn goes_on_while_it_is_frozen(&self) {
        self.replica.freeze();
        // Until then the settings are remembered.
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        let began = std::time::Instant::now();
        self.sell().await;
        self.manager.get("/health/ready").await.expect(200);
        assert!(began.elapsed() < std::time::Duration::from_secs(2));
        assert_eq!(self.sales().await, json!(7));
        assert_eq!(self.replica_answers(), Some(false));
    }

    /// The replica answers again, but does not know yet what was shown meanwhile.
    async fn takes_nothing_back_when_it_answers_again(&self) {
        self.replica.thaw();
        let rested = std::time::Instant::now() + std::time::Duration::from_secs(8);
        while std::time::Instant::now() < rested {
            let shown = self.sales().await;
            assert_eq!(shown, json!(7), "what was shown is taken back");
            assert_eq!(self.replica_answers(), Some(false));
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analytics_reads_from_a_replica_and_from_the_primary_while_it_is_away() {
    let test = "analytics_reads_from_a_replica_and_from_the_primary_while_it_is_away";
    if TestDatabase::empty(Db::Postgres, test).is_none() {
        return;
    }
    let shop = Replicated::spawn().await;
    shop.reads_from_either().await;

    shop.replica.restart();
    shop.replica.catch_up_with(&shop.primary);
    wait_for_replica(&shop.app).await;
    assert_eq!(shop.sales().await, json!(4));

    // A new sale is read back at once, however late the replica is.
    let sold = shop.sell().await;
    shop.replica.query("shop", "SELECT pg_wal_replay_pause()");
    let late = shop.sell().await;
    let receipt = format!("/sales/{}/receipt", late["id"].as_str().unwrap());
    assert_eq!(shop.cashier.get(&receipt).await.status, 200);
    assert_ne!(sold["id"], late["id"]);

    shop.goes_on_while_it_is_frozen().await;
    shop.takes_nothing_back_when_it_answers_again().await;
    shop.replica.query("shop", "SELECT pg_wal_replay_resume()");
    wait_for_replica(&shop.app).await;
    assert_eq!(shop.sales().await, json!(7));
    shop.app.finish().await;
}

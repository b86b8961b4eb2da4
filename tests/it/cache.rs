//! The cache: fast, and never wrong. Every rule is tested with memory alone and with Redis, on both
//! databases.

mod faults;
mod forged;
mod instances;
mod rules;

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    http::{Answer, Client},
    services,
};

/// Time of the tests' clock: noon of a Sunday in Lubumbashi.
const NOW: &str = "2026-11-22T10:00:00Z";
/// A period of two days that are over.
const CLOSED: &str = "/analytics/summary?from=2026-11-18&to=2026-11-19";
/// Another such period, with one day in the period before the first.
const EARLIER: &str = "/analytics/summary?from=2026-11-16&to=2026-11-17";
/// A week that is not over.
const OPEN: &str = "/analytics/summary?from=2026-11-18&to=2026-11-22";
/// Longest wait for what should take a second, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Options of a test of the cache.
fn wishes(redis: Option<String>) -> Wishes {
    let mut settings = vec![
        ("SALESFLOW__CACHE__OPEN_PERIOD_SECONDS", "3".to_owned()),
        // Many clients are one user here.
        ("SALESFLOW__ANALYTICS__PER_USER", "64".to_owned()),
    ];
    if let Some(url) = redis {
        settings.push(("SALESFLOW__REDIS__URL", url));
        // On a busy machine a good reply may be late.
        settings.push(("SALESFLOW__REDIS__TIMEOUT_MS", "50".to_owned()));
    }
    Wishes {
        settings,
        now: Some(Timestamp::parse(NOW).unwrap()),
        ..Wishes::default()
    }
}

/// Polls until something holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until Redis is used, or is not used.
async fn until_redis_is(app: &TestApp, state: &str) {
    let client = app.anonymous();
    until(&format!("Redis is {state}"), async || {
        client.get("/health/ready").await.expect(200)["redis"] == state
    })
    .await;
}

/// The counters of one kind in the report.
async fn figures(app: &TestApp, kind: &str) -> Value {
    let report = app.admin().await.get("/admin/cache").await.expect(200);
    let kinds = report["kinds"].as_array().unwrap();
    kinds
        .iter()
        .find(|one| one["kind"] == kind)
        .unwrap()
        .clone()
}

/// Two pieces sold at this time.
async fn sell(client: &Client, product: kernel::ids::ProductId, at: &str) -> Value {
    let lines = json!([{"product_id": product, "quantity": 2}]);
    let order = json!({"lines": lines, "occurred_at": at});
    client.post("/sales", order).await.expect(201)
}

fn sales(answer: &Answer) -> i64 {
    answer.expect(200)["sales"].as_i64().unwrap()
}

/// A rule on both databases, each with memory alone and with Redis.
macro_rules! both_tiers {
    ($name:ident, |$app:ident| async $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from around it")]
            use super::*;
            use $crate::{
                cache::{until_redis_is, wishes},
                support::{
                    app::{Db, TestApp, run},
                    services,
                },
            };

            async fn check($app: &TestApp) $body

            fn in_memory(db: Db) {
                run(db, stringify!($name), wishes(None), check);
            }

            fn in_redis(db: Db) {
                let Some(redis) = services::redis(stringify!($name)) else { return };
                let with = wishes(Some(redis.create_database()));
                run(db, stringify!($name), with, async |app: &TestApp| {
                    until_redis_is(app, "used").await;
                    check(app).await;
                });
            }

            #[test]
            fn sqlite_memory() {
                in_memory(Db::Sqlite);
            }

            #[test]
            fn sqlite_redis() {
                in_redis(Db::Sqlite);
            }

            #[test]
            fn postgres_memory() {
                in_memory(Db::Postgres);
            }

            #[test]
            fn postgres_redis() {
                in_redis(Db::Postgres);
            }
        }
    };
}
use both_tiers;

//! Guarantees of several instances on one database.

use serde_json::json;

use super::{CLOSED, both_tiers, figures, sales, sell, services, until, until_redis_is, wishes};
use crate::support::{
    app::{Db, TestApp, TestDatabase},
    shop::Wanted,
};

/// A second instance on the same database.
async fn twin(app: &TestApp, redis: Option<String>) -> TestApp {
    TestApp::spawn_on(app.database.twin(), wishes(redis)).await
}

both_tiers!(
    a_late_sale_at_one_instance_shows_at_the_other,
    |app| async {
        // Without Redis, or with only the first one using it: the log in the database is enough.
        let other = twin(app, None).await;
        let product = app.product(Wanted::default()).await;
        let (manager, viewer) = (app.manager().await, other.viewer().await);
        assert_eq!(sales(&viewer.get(CLOSED).await), 0);
        assert_eq!(sales(&viewer.get(CLOSED).await), 0);
        sell(&manager, product, "2026-11-18T08:00:00Z").await;
        assert_eq!(sales(&app.viewer().await.get(CLOSED).await), 1);
        until("the other instance knows", async || {
            sales(&viewer.get(CLOSED).await) == 1
        })
        .await;
        other.finish().await;
    }
);

/// Two instances with one Redis.
async fn with_two(db: Db, test: &str, check: impl AsyncFnOnce(&TestApp, &TestApp)) {
    let Some(redis) = services::redis(test) else {
        return;
    };
    let Some(database) = TestDatabase::migrated(db, test) else {
        return;
    };
    let url = redis.create_database();
    let app = TestApp::spawn_on(database, wishes(Some(url.clone()))).await;
    let other = twin(&app, Some(url)).await;
    until_redis_is(&app, "used").await;
    until_redis_is(&other, "used").await;
    check(&app, &other).await;
    other.finish().await;
    app.finish().await;
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.unwrap().block_on(work);
}

async fn check_sharing(app: &TestApp, other: &TestApp) {
    let first = app.viewer().await.get(CLOSED).await;
    first.expect(200);
    until("the answer lies in Redis", async || {
        let report = app.admin().await.get("/admin/cache").await.json();
        report["redis"]["kept"] == 1
    })
    .await;
    let second = other.viewer().await.get(CLOSED).await;
    assert_eq!(second.bytes, first.bytes);
    assert_eq!(second.header("etag"), first.header("etag"));
    let kpi = figures(other, "kpi").await;
    assert_eq!((&kpi["redis_hits"], &kpi["misses"]), (&json!(1), &json!(0)));
}

async fn check_calls(app: &TestApp, other: &TestApp) {
    let product = app.product(Wanted::default()).await;
    let (manager, viewer) = (app.manager().await, other.viewer().await);
    until("both are subscribed", async || {
        let report = other.admin().await.get("/admin/cache").await.json();
        report["redis"]["is_subscribed"] == true
    })
    .await;
    for number in 0..5 {
        assert_eq!(sales(&viewer.get(CLOSED).await), number);
        sell(&manager, product, "2026-11-18T08:00:00Z").await;
        until("the other instance knows", async || {
            sales(&viewer.get(CLOSED).await) == number + 1
        })
        .await;
    }
    let report = other.admin().await.get("/admin/cache").await.json();
    assert!(
        report["redis"]["calls_heard"].as_i64() >= Some(5),
        "{report}"
    );
}

#[test]
fn the_response_of_one_instance_is_found_by_another_in_redis_on_sqlite() {
    block_on(with_two(Db::Sqlite, "sharing", check_sharing));
}

#[test]
fn the_response_of_one_instance_is_found_by_another_in_redis_on_postgres() {
    block_on(with_two(Db::Postgres, "sharing", check_sharing));
}

#[test]
fn one_instance_notifies_the_other_on_sqlite() {
    block_on(with_two(Db::Sqlite, "calls", check_calls));
}

#[test]
fn one_instance_notifies_the_other_on_postgres() {
    block_on(with_two(Db::Postgres, "calls", check_calls));
}

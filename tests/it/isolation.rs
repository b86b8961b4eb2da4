//! A user who requests many figures does not slow down sales, sign-ins or health checks.

use std::collections::BTreeMap;

use kernel::Role;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{
    app::{PASSWORD, TestApp, Wishes, email_of},
    http::{Answer, Client},
    shop::{Wanted, basket},
};

/// Requests that one curious user sends at once.
const QUESTIONS: u32 = 24;
/// Limit of one user in `config/default.toml`.
const PER_USER: u32 = 8;

/// Questions that are all different.
fn ask(client: &Client, running: &mut JoinSet<Answer>, least: std::ops::RangeInclusive<u32>) {
    for least in least {
        let path =
            format!("/analytics/bought-together?from=2025-01-01&to=2025-11-20&min_baskets={least}");
        let request = client.request(Method::GET, &path);
        let client = client.clone();
        running.spawn(async move { client.send(request).await });
    }
}

/// Takes every connection that figures may use.
async fn take_all(app: &TestApp) -> Vec<store::Snapshot> {
    let analytics = &app.modules.stores.analytics;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(analytics.snapshot().await.unwrap());
    }
    held
}

both_databases!(
    while_figures_take_for_ever_everything_else_continues,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let (viewer, cashier) = (app.viewer().await, app.cashier().await);
        let manager = app.manager().await;
        // This session has not been checked in the database yet.
        let unknown = app.client_of(app.another_user(Role::Viewer).await, Role::Viewer);
        let unknown = unknown.await;
        let held = take_all(app).await;

        let mut running = JoinSet::new();
        ask(&viewer, &mut running, 1..=QUESTIONS);
        // Requests above a user's limit are refused at once, the others wait.
        for _ in PER_USER..QUESTIONS {
            let refused = running.join_next().await.unwrap().unwrap();
            refused.expect_problem(429, "request.too_many_at_once");
            assert!(refused.header("retry-after").is_some());
        }
        // Another user has the same limit.
        ask(&manager, &mut running, 101..=100 + PER_USER + 1);
        let refused = running.join_next().await.unwrap().unwrap();
        refused.expect_problem(429, "request.too_many_at_once");

        let other = app.anonymous();
        for _ in 0..3 {
            other.get("/health/ready").await.expect(200);
            cashier.post("/sales", basket(product, 1)).await.expect(201);
            cashier.get("/products").await.expect(200);
            manager.get("/sales").await.expect(200);
            viewer.get("/inventory").await.expect(200);
        }
        let login = json!({"email": email_of(Role::Viewer), "password": PASSWORD});
        other.post("/auth/login", login).await.expect(200);
        unknown.get("/auth/me").await.expect(200);
        assert!(
            running.try_join_next().is_none(),
            "the questions wait all the while"
        );

        drop(held);
        let mut statuses: BTreeMap<u16, u32> = BTreeMap::new();
        for answer in running.join_all().await {
            *statuses.entry(answer.status.as_u16()).or_default() += 1;
        }
        assert_eq!(statuses, [(200, 2 * PER_USER)].into());
        // Nothing remains of the requests before.
        let again = "/analytics/bought-together?from=2025-01-01&to=2025-11-20&min_baskets=77";
        viewer.get(again).await.expect(200);
    }
);

fn short_queue() -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__ANALYTICS__AT_ONCE", "2".to_owned()),
            ("SALESFLOW__ANALYTICS__PLACES", "4".to_owned()),
        ],
        ..Wishes::default()
    }
}

both_databases!(
    a_full_queue_is_reported_and_cached_responses_are_still_sent,
    short_queue(),
    |app| async {
        let (viewer, manager) = (app.viewer().await, app.manager().await);
        let known = "/analytics/summary?from=2025-01-01&to=2025-11-20";
        viewer.get(known).await.expect(200);
        let held = take_all(app).await;
        let mut running = JoinSet::new();
        ask(&viewer, &mut running, 1..=6);
        for _ in 4..6 {
            let refused = running.join_next().await.unwrap().unwrap();
            refused.expect_problem(503, "server.unavailable");
            assert!(refused.header("retry-after").is_some());
        }
        manager.get(known).await.expect(200);
        drop(held);
        for answer in running.join_all().await {
            answer.expect(200);
        }
    }
);

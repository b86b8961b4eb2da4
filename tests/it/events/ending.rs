//! How a stream ends, and how many there may be.

use std::time::Duration;

use kernel::{Clock as _, Role, clock::SystemClock};
use salesflow::events::{MAX_STREAMS, MAX_STREAMS_PER_USER};
use serde_json::json;

use super::{LIMIT, Watcher};
use crate::{
    jobs::with_workers,
    support::{
        app::TestApp,
        shop::{Wanted, basket},
    },
};

/// How long the token of the test is still good for.
const SECONDS_LEFT: i64 = 3;

both_databases!(
    a_stream_ends_with_the_session_that_it_was_opened_in,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let admin = app.admin().await;
        for change in ["logout", "role", "disabled"] {
            let user = app.another_user(Role::Cashier).await;
            let client = app.client_of(user, Role::Cashier).await;
            let mut watcher = Watcher::open(&client).await;
            let path = format!("/users/{user}");
            let answer = match change {
                "logout" => client.post_empty("/auth/logout").await,
                "role" => admin.patch(&path, json!({"role": "viewer"})).await,
                _ => admin.patch(&path, json!({"disabled": true})).await,
            };
            assert!(answer.status.is_success(), "{change}: {}", answer.text());
            // Nothing is told to whoever was signed out.
            admin.post("/sales", basket(product, 1)).await.expect(201);
            assert!(watcher.ends().await, "{change}");
            let resumed = client.get("/events").await;
            resumed.expect_problem(401, "auth.session_ended");
        }
    }
);

both_databases!(a_stream_ends_with_its_token, |app| async {
    let user = app.user(Role::Manager).await;
    let ttl = 15 * 60;
    let signed = SystemClock.now().plus_seconds(SECONDS_LEFT - ttl);
    let client = app.client_since(user, Role::Manager, signed).await;
    let mut watcher = Watcher::open(&client).await;
    assert!(watcher.ends().await);
});

both_databases!(only_so_many_clients_watch_at_once, |app| async {
    let mut streams = Vec::new();
    for _ in 0..MAX_STREAMS / MAX_STREAMS_PER_USER {
        let user = app.another_user(Role::Manager).await;
        let client = app.client_of(user, Role::Manager).await;
        for _ in 0..MAX_STREAMS_PER_USER {
            streams.push(Watcher::open(&client).await);
        }
        let refused = client.get("/events").await;
        refused.expect_problem(429, "request.too_many_at_once");
        assert!(refused.header("retry-after").is_some());
    }
    let manager = app.manager().await;
    let refused = manager.get("/events").await;
    refused.expect_problem(503, "event.too_many_streams");
    assert!(refused.header("retry-after").is_some());
    // All of them get what happens.
    let product = app.product(Wanted::default()).await;
    let sold = manager.post("/sales", basket(product, 1)).await.expect(201);
    for watcher in &mut streams {
        assert_eq!(watcher.until("sale").await["sale"]["id"], sold["id"]);
    }
    drop(streams);
    let began = std::time::Instant::now();
    while manager.get("/events").await.status != 200 {
        assert!(began.elapsed() < LIMIT, "the places are never free again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
});

both_databases!(
    the_end_of_the_server_does_not_wait_for_those_who_watch,
    with_workers(0),
    |app| async {
        let other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
        let mut watcher = Watcher::open(&other.manager().await).await;
        let ended = tokio::time::timeout(Duration::from_secs(9), other.finish()).await;
        assert!(ended.is_ok(), "the stream kept the server from ending");
        assert!(watcher.ends().await);
    }
);

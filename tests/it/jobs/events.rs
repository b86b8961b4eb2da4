//! Watching a job.

use std::time::Duration;

use kernel::{Role, ids::JobId, jobs::JobState};
use reqwest::{Method, Response};
use salesflow::jobs::events::{MAX_STREAMS, MAX_STREAMS_PER_USER};
use serde_json::{Value, json};

use super::{LIMIT, client, order, puppet::release, until_so, until_state, with_workers};
use crate::support::{app::TestApp, http::Client};

async fn open(client: &Client, id: JobId) -> Response {
    let request = client.request(Method::GET, &format!("/jobs/{id}/events"));
    // As browsers do. A compressed event would wait for the next one.
    let request = request.header("accept-encoding", "gzip, deflate, br");
    request.send().await.unwrap()
}

/// The jobs of the next events; an empty list once the stream has ended.
async fn next(stream: &mut Response) -> Vec<Value> {
    let Some(chunk) = tokio::time::timeout(LIMIT, stream.chunk())
        .await
        .expect("an event in time")
        .unwrap()
    else {
        return Vec::new();
    };
    let text = String::from_utf8(chunk.to_vec()).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// Everything until the stream ends.
async fn rest(stream: &mut Response) -> Vec<Value> {
    let mut seen = Vec::new();
    loop {
        let events = next(stream).await;
        if events.is_empty() {
            return seen;
        }
        seen.extend(events);
    }
}

both_databases!(
    a_stream_tells_what_happens_and_ends_with_the_job,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"gate": true, "answer": 42})).await;
        let mut stream = open(&client(app).await, id).await;
        assert_eq!(stream.status(), 200);
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        assert!(!stream.headers().contains_key("content-encoding"));
        let first = next(&mut stream).await;
        assert_eq!(first[0]["id"], id.to_string());
        assert_ne!(first[0]["state"], "done");
        release(id);
        let seen = rest(&mut stream).await;
        let last = seen.last().expect("more than the first event");
        assert_eq!(last["state"], "done");
        assert_eq!(last["result"], 42);
        // The end of a job is sent at once.
        let seen = rest(&mut open(&client(app).await, id).await).await;
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0]["state"], "done");
    }
);

both_databases!(
    a_stream_tells_what_another_instance_does,
    with_workers(1),
    |app| async {
        let other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
        let id = order(app, json!({"gate": true})).await;
        until_state(app, id, JobState::Running).await;
        let mut stream = open(&client(&other).await, id).await;
        assert_eq!(next(&mut stream).await[0]["state"], "running");
        release(id);
        assert_eq!(rest(&mut stream).await.last().unwrap()["state"], "done");
        other.finish().await;
    }
);

both_databases!(
    only_so_many_clients_watch_at_once,
    with_workers(0),
    |app| async {
        let id = order(app, json!({})).await;
        let mut streams = Vec::new();
        let path = format!("/jobs/{id}/events");
        for _ in 0..MAX_STREAMS / MAX_STREAMS_PER_USER {
            let user = app.another_user(Role::Manager).await;
            let watcher = app.client_of(user, Role::Manager).await;
            for _ in 0..MAX_STREAMS_PER_USER {
                let stream = open(&watcher, id).await;
                assert_eq!(stream.status(), 200);
                streams.push(stream);
            }
            let refused = watcher.get(&path).await;
            refused.expect_problem(429, "request.too_many_at_once");
            assert!(refused.header("retry-after").is_some());
        }
        let manager = client(app).await;
        let refused = manager.get(&path).await;
        refused.expect_problem(503, "job.too_many_streams");
        assert!(refused.header("retry-after").is_some());
        app.modules
            .stores
            .write
            .transaction(async |tx: &store::Tx| app.modules.jobs.cancel_in(tx, id).await)
            .await
            .unwrap();
        app.modules.jobs.announce();
        for stream in &mut streams {
            assert_eq!(rest(stream).await.last().unwrap()["state"], "cancelled");
        }
        until_so("free again", async || {
            manager.get(&path).await.status == 200
        })
        .await;
    }
);

both_databases!(
    the_end_of_the_server_does_not_wait_for_those_who_watch,
    with_workers(0),
    |app| async {
        let other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
        let id = order(app, json!({})).await;
        let mut stream = open(&client(&other).await, id).await;
        next(&mut stream).await;
        let ended = tokio::time::timeout(Duration::from_secs(9), other.finish()).await;
        assert!(ended.is_ok(), "the stream kept the server from ending");
        assert_eq!(rest(&mut stream).await.len(), 0);
    }
);

both_databases!(
    a_stream_ends_with_the_session_that_it_was_opened_in,
    with_workers(0),
    |app| async {
        let id = order(app, json!({})).await;
        let admin = app.admin().await;
        for change in ["logout", "role", "disabled"] {
            let user = app.another_user(Role::Manager).await;
            let watcher = app.client_of(user, Role::Manager).await;
            let mut stream = open(&watcher, id).await;
            assert_eq!(next(&mut stream).await.len(), 1, "{change}");
            let path = format!("/users/{user}");
            let answer = match change {
                "logout" => watcher.post_empty("/auth/logout").await,
                "role" => admin.patch(&path, json!({"role": "viewer"})).await,
                _ => admin.patch(&path, json!({"disabled": true})).await,
            };
            assert!(answer.status.is_success(), "{change}: {}", answer.text());
            assert!(rest(&mut stream).await.is_empty(), "{change}");
        }
    }
);

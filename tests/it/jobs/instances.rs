//! Several instances of the program on one database.

use kernel::jobs::JobState;
use serde_json::json;

use super::{client, order, puppet::runs_of, until_so, until_state, with_workers};
use crate::support::app::TestApp;

both_databases!(
    fifty_jobs_on_two_instances_are_each_done_once,
    with_workers(2),
    |app| async {
        let other = TestApp::spawn_on(app.database.twin(), with_workers(2)).await;
        let mut ids = Vec::new();
        for number in 0..50 {
            let from = if number % 2 == 0 { app } else { &other };
            ids.push(order(from, json!({"answer": number})).await);
        }
        let unfinished = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE state <> 'done'";
        until_so("all done", async || app.figure(unfinished).await == 0).await;
        for id in ids {
            assert_eq!(runs_of(id), [1]);
        }
        other.finish().await;
    }
);

both_databases!(
    a_job_is_cancelled_from_an_instance_that_does_not_run_it,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"wait": true})).await;
        until_state(app, id, JobState::Running).await;
        let other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
        let manager = client(&other).await;
        manager
            .post_empty(&format!("/jobs/{id}/cancel"))
            .await
            .expect(200);
        until_state(&other, id, JobState::Cancelled).await;
        other.finish().await;
    }
);

//! Ordering, looking, cancelling.

use kernel::jobs::{
    JobState, JobsError, MAX_DEDUP_KEY_LENGTH, MAX_PAYLOAD_BYTES, Order, Ordered, Orders as _,
};
use serde_json::{Value, json};

use super::{Puppet, client, order, until_state, wishes, with_workers};

both_databases!(a_proof_of_the_books_can_be_ordered, |app| async {
    let viewer = app.viewer().await;
    let answer = viewer.post_empty("/inventory/verify").await;
    let ordered = answer.expect(202);
    assert_eq!(ordered["kind"], "books.verify");
    let path = format!("/jobs/{}", ordered["id"].as_str().unwrap());
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1{path}").as_str())
    );
    let id = ordered["id"].as_str().unwrap().parse().unwrap();
    until_state(app, id, JobState::Done).await;
    let done = viewer.get(&path).await.expect(200);
    assert_eq!(done["state"], "done");
    assert_eq!(done["progress"], 1.0);
    assert_eq!(done["result"]["ok"], true, "{done}");
    assert_eq!(done["error"], Value::Null);
    for name in ["created_at", "started_at", "finished_at"] {
        assert!(done[name].is_string(), "{name}: {done}");
    }
});

both_databases!(
    the_same_work_does_not_wait_twice,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        let enqueue = async |key: &str| {
            let job = Order::<Puppet>::new(json!({})).once(key);
            jobs.order(job).await.unwrap()
        };
        let Ordered::New(first) = enqueue("refit of soap").await else {
            panic!("nothing was there before");
        };
        assert!(
            matches!(enqueue("refit of soap").await, Ordered::Already(job) if job.id == first.id)
        );
        assert!(matches!(enqueue("refit of rice").await, Ordered::New(_)));
        jobs.cancel(first.id).await.unwrap();
        assert!(
            matches!(enqueue("refit of soap").await, Ordered::New(job) if job.id != first.id),
            "what has ended is in nobody's way"
        );
    }
);

both_databases!(
    orders_of_the_same_work_at_once_lead_to_one_job,
    with_workers(0),
    |app| async {
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let jobs = app.modules.jobs.clone();
            running.spawn(async move {
                let job = Order::<Puppet>::new(json!({})).once("the same");
                jobs.order(job).await.unwrap().into_job().id
            });
        }
        let ids = running.join_all().await;
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
);

both_databases!(
    a_full_queue_takes_no_more,
    wishes(&[
        ("SALESFLOW__JOBS__WORKERS", "0"),
        ("SALESFLOW__JOBS__MAX_QUEUED", "2"),
    ]),
    |app| async {
        order(app, json!({})).await;
        let second = order(app, json!({})).await;
        let third = app
            .modules
            .jobs
            .order(Order::<Puppet>::new(json!({})))
            .await;
        assert!(matches!(third, Err(JobsError::QueueFull)), "{third:?}");
        let manager = client(app).await;
        let refused = manager.post_empty("/inventory/verify").await;
        refused.expect_problem(503, "job.queue_full");
        assert!(refused.header("retry-after").is_some());
        app.modules.jobs.cancel(second).await.unwrap();
        manager.post_empty("/inventory/verify").await.expect(202);
    }
);

both_databases!(
    an_order_is_no_place_for_data,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        let large = Order::<Puppet>::new(json!("x".repeat(MAX_PAYLOAD_BYTES)));
        let long = Order::<Puppet>::new(json!({})).once("x".repeat(MAX_DEDUP_KEY_LENGTH + 1));
        for job in [large, long] {
            let refused = jobs.order(job).await;
            assert!(
                matches!(refused, Err(JobsError::TooLarge(_))),
                "{refused:?}"
            );
        }
    }
);

both_databases!(
    the_list_is_paged_and_filtered,
    with_workers(0),
    |app| async {
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(order(app, json!({})).await.to_string());
            app.clock.advance_seconds(1);
        }
        ids.reverse();
        let manager = client(app).await;
        let mut seen: Vec<String> = Vec::new();
        let mut path = "/jobs?limit=2".to_owned();
        loop {
            let page = manager.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap();
            seen.extend(
                items
                    .iter()
                    .map(|job| job["id"].as_str().unwrap().to_owned()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/jobs?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, ids, "newest first, none twice, none left out");

        app.modules
            .jobs
            .cancel(ids[0].parse().unwrap())
            .await
            .unwrap();
        let figures = async |query: &str| {
            let page = manager.get(&format!("/jobs?{query}")).await.expect(200);
            page["items"].as_array().unwrap().len()
        };
        assert_eq!(figures("state=cancelled").await, 1);
        assert_eq!(figures("state=queued").await, 4);
        assert_eq!(figures("kind=test.puppet&state=queued").await, 4);
        assert_eq!(figures("kind=books.verify").await, 0);
        for (query, code) in [
            ("state=lost", "request.invalid_query"),
            ("limit=0", "request.invalid_query"),
            ("colour=red", "request.invalid_query"),
            ("cursor=abc", "request.invalid_cursor"),
        ] {
            let answer = manager.get(&format!("/jobs?{query}")).await;
            answer.expect_problem(400, code);
        }
        let long = format!("/jobs?kind={}", "x".repeat(61));
        manager
            .get(&long)
            .await
            .expect_problem_at(400, "request.invalid_query", "?kind");
    }
);

both_databases!(
    a_waiting_job_is_cancelled_at_once_and_the_audit_log_says_so,
    with_workers(0),
    |app| async {
        let id = order(app, json!({})).await;
        let path = format!("/jobs/{id}/cancel");
        let manager = client(app).await;
        for _ in 0..2 {
            let job = manager.post_empty(&path).await.expect(200);
            assert_eq!(job["state"], "cancelled");
            assert!(job["finished_at"].is_string());
        }
        let audit = app
            .admin()
            .await
            .get("/audit?action=job.cancel")
            .await
            .expect(200);
        let lines = audit["items"].as_array().unwrap();
        assert_eq!(lines.len(), 1, "{audit}");
        assert_eq!(lines[0]["entity_id"], id.to_string());
        let nothing = "/jobs/0192f0c1-7c00-7000-8000-000000000000";
        manager
            .get(nothing)
            .await
            .expect_problem(404, "resource.not_found");
        let answer = manager.post_empty(&format!("{nothing}/cancel")).await;
        answer.expect_problem(404, "resource.not_found");
    }
);

both_databases!(
    what_is_done_cannot_be_cancelled,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"answer": 7})).await;
        let done = until_state(app, id, JobState::Done).await;
        assert_eq!(done.result, Some(json!(7)));
        let answer = client(app)
            .await
            .post_empty(&format!("/jobs/{id}/cancel"))
            .await;
        answer.expect_problem(409, "job.has_ended");
    }
);

both_databases!(
    what_ended_long_ago_is_forgotten_and_nothing_else,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        let waiting = order(app, json!({})).await;
        let old = order(app, json!({})).await;
        jobs.cancel(old).await.unwrap();
        app.clock.advance_seconds(86_400);
        let young = order(app, json!({})).await;
        jobs.cancel(young).await.unwrap();
        let before = kernel::Clock::now(app.clock.as_ref()).plus_seconds(-3600);
        assert_eq!(jobs.forget_ended(before).await.unwrap(), 1);
        assert!(jobs.get(old).await.unwrap().is_none());
        for kept in [waiting, young] {
            assert!(jobs.get(kept).await.unwrap().is_some());
        }
    }
);

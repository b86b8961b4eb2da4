//! What becomes of a job once a worker has it.

use std::time::Duration;

use kernel::{
    Role,
    jobs::{JobKind as _, JobState, MAX_RESULT_BYTES, Order, Orders as _},
};
use serde_json::json;
use store::jobs::{Outcome, Queue, Standing};

use super::{
    Puppet, canary, client, job, order, order_of,
    puppet::{Hasty, has_stopped, release, runs_of},
    until, until_state, wishes, with_workers,
};
use crate::support::app::{TestApp, TestDatabase, run_on_database};

const LEASE: Duration = Duration::from_secs(30);

both_databases!(
    a_failed_attempt_is_repeated_after_a_growing_pause,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"succeed_at_attempt": 3, "answer": "at last"})).await;
        let waits_after = async |attempts: u32| {
            until(app, id, "waiting again", |job| {
                job.state == JobState::Queued && job.attempts == attempts
            })
            .await
        };
        let failed = waits_after(1).await;
        assert_eq!(failed.error.unwrap().code, "test.not_yet");
        // The pauses are 10 and 40 seconds, a fifth more or less.
        app.clock.advance_seconds(7);
        canary(app).await;
        assert_eq!(runs_of(id), [1], "too early");
        app.clock.advance_seconds(6);
        waits_after(2).await;
        app.clock.advance_seconds(31);
        canary(app).await;
        assert_eq!(runs_of(id), [1, 2], "too early");
        app.clock.advance_seconds(18);
        let done = until_state(app, id, JobState::Done).await;
        assert_eq!(runs_of(id), [1, 2, 3]);
        assert_eq!(done.result, Some(json!("at last")));
        assert_eq!(done.error, None, "what is done has no error");
    }
);

both_databases!(
    what_a_person_orders_does_not_wait_for_the_work_of_the_night,
    with_workers(1),
    |app| async {
        let long = order(app, json!({"gate": true})).await;
        until_state(app, long, JobState::Running).await;
        let waiting = order(app, json!({"answer": "later"})).await;
        let user = app.user(Role::Manager).await;
        let of_person = Order::<Puppet>::new(json!({"answer": "now"})).requested_by(user);
        let of_person = app.modules.jobs.order(of_person).await.unwrap();
        until_state(app, of_person.into_job().id, JobState::Done).await;
        assert_eq!(job(app, long).await.state, JobState::Running);
        assert_eq!(job(app, waiting).await.state, JobState::Queued);
        release(long);
        until_state(app, waiting, JobState::Done).await;
    }
);

both_databases!(
    a_job_fails_when_its_attempts_are_used_up,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"succeed_at_attempt": 99})).await;
        for attempt in 1..=2 {
            until(app, id, "waiting again", |job| {
                job.state == JobState::Queued && job.attempts == attempt
            })
            .await;
            app.clock.advance_seconds(60);
        }
        let failed = until_state(app, id, JobState::Failed).await;
        assert_eq!(failed.error.unwrap().code, "test.not_yet");
        assert_eq!(runs_of(id), [1, 2, 3]);
    }
);

both_databases!(
    a_final_failure_is_not_repeated,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"refuse": true})).await;
        until_state(app, id, JobState::Failed).await;
        let shown = client(app)
            .await
            .get(&format!("/jobs/{id}"))
            .await
            .expect(200);
        assert_eq!(
            shown["error"],
            json!({"code": "test.refused", "detail": "Never."})
        );
        app.clock.advance_seconds(3600);
        canary(app).await;
        assert_eq!(runs_of(id), [1]);
    }
);

both_databases!(
    a_panic_fails_its_job_and_nothing_else,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"panic": true})).await;
        let failed = until_state(app, id, JobState::Failed).await;
        assert_eq!(failed.error.unwrap().code, "job.panicked");
        canary(app).await;
    }
);

both_databases!(
    a_running_job_shows_its_progress_and_hears_that_it_is_cancelled,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"wait": true})).await;
        until(app, id, "half done", |job| {
            (job.progress - 0.5).abs() < 1e-6
        })
        .await;
        let manager = client(app).await;
        let answer = manager.post_empty(&format!("/jobs/{id}/cancel")).await;
        assert!(["running", "cancelled"].contains(&answer.expect(200)["state"].as_str().unwrap()));
        until_state(app, id, JobState::Cancelled).await;
        assert!(has_stopped(id), "the handler was told");
        canary(app).await;
    }
);

both_databases!(
    a_job_that_takes_too_long_is_ended,
    with_workers(1),
    |app| async {
        let id = order_of::<Hasty>(app, json!({"wait": true})).await;
        let failed = until_state(app, id, JobState::Failed).await;
        assert_eq!(failed.error.unwrap().code, "job.timed_out");
        assert!(has_stopped(id));
    }
);

both_databases!(
    a_result_that_is_too_large_is_not_kept,
    with_workers(1),
    |app| async {
        let id = order(app, json!({"answer_bytes": MAX_RESULT_BYTES})).await;
        let failed = until_state(app, id, JobState::Failed).await;
        assert_eq!(failed.error.unwrap().code, "job.result_too_large");
    }
);

both_databases!(
    the_job_of_a_silent_worker_is_taken_again_and_its_late_words_are_refused,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        let id = order(app, json!({})).await;
        let take = async || jobs.take(Queue::All, &[Puppet::KIND], LEASE).await.unwrap();
        let silent = take().await.expect("the job");
        assert!(take().await.is_none(), "somebody has it");
        app.clock.advance_seconds(29);
        assert!(jobs.renew(silent.claim, 0.3, LEASE).await.unwrap());
        app.clock.advance_seconds(29);
        assert!(
            !jobs.has_work(Queue::All).await.unwrap(),
            "the lease was renewed"
        );
        app.clock.advance_seconds(2);
        let second = take().await.expect("the lease is over");
        assert_eq!((silent.attempt, second.attempt), (1, 2));

        assert_eq!(jobs.look(silent.claim).await.unwrap(), Standing::Lost);
        assert!(!jobs.renew(silent.claim, 0.9, LEASE).await.unwrap());
        let late = Outcome::Done("\"late\"".to_owned());
        assert!(!jobs.end(silent.claim, &late).await.unwrap());
        assert_eq!(job(app, id).await.state, JobState::Running);
        let right = Outcome::Done("\"right\"".to_owned());
        assert!(jobs.end(second.claim, &right).await.unwrap());
        assert!(
            !jobs.end(second.claim, &late).await.unwrap(),
            "it has ended"
        );
        assert_eq!(job(app, id).await.result, Some(json!("right")));
    }
);

both_databases!(
    a_worker_takes_only_what_it_knows,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        order(app, json!({})).await;
        assert!(
            jobs.take(Queue::All, &["of.another.version"], LEASE)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            jobs.take(Queue::All, &["of.another.version", Puppet::KIND], LEASE)
                .await
                .unwrap()
                .is_some()
        );
    }
);

both_databases!(
    a_job_that_kills_the_program_every_time_is_given_up,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        let id = order(app, json!({"answer": 1})).await;
        for _ in 0..3 {
            assert!(
                jobs.take(Queue::All, &[Puppet::KIND], LEASE)
                    .await
                    .unwrap()
                    .is_some()
            );
            app.clock.advance_seconds(31);
        }
        let program = TestApp::spawn_on(app.database.twin(), with_workers(1)).await;
        program.clock.advance_seconds(3600);
        let failed = until_state(app, id, JobState::Failed).await;
        assert_eq!(failed.error.unwrap().code, "job.abandoned");
        assert_eq!(runs_of(id), [0u32; 0]);
        program.finish().await;
    }
);

both_databases!(
    a_wish_to_cancel_outlives_the_worker,
    with_workers(0),
    |app| async {
        let jobs = &app.modules.jobs;
        let id = order(app, json!({"answer": 1})).await;
        let taken = jobs
            .take(Queue::All, &[Puppet::KIND], LEASE)
            .await
            .unwrap()
            .unwrap();
        jobs.cancel(id).await.unwrap();
        assert_eq!(jobs.look(taken.claim).await.unwrap(), Standing::Cancelled);
        app.clock.advance_seconds(31);
        let again = jobs
            .take(Queue::All, &[Puppet::KIND], LEASE)
            .await
            .unwrap()
            .unwrap();
        assert!(again.is_cancelled);
        assert!(jobs.end(again.claim, &Outcome::GivenBack).await.unwrap());
        assert_eq!(job(app, id).await.state, JobState::Cancelled);
    }
);

fn given_back(db: crate::support::app::Db) {
    let database = TestDatabase::migrated(db, "an orderly end gives the job back");
    run_on_database(database, async |database: &TestDatabase| {
        let first = TestApp::spawn_on(database.twin(), with_workers(1)).await;
        let id = order(&first, json!({"wait_first": true, "answer": "done"})).await;
        until_state(&first, id, JobState::Running).await;
        first.finish().await;
        let second = TestApp::spawn_on(database.twin(), wishes(&[])).await;
        // The attempt did not count, so that the job waits once more.
        until_state(&second, id, JobState::Running).await;
        assert_eq!(job(&second, id).await.attempts, 1);
        until(&second, id, "half done", |job| job.progress > 0.4).await;
        assert_eq!(runs_of(id), [1, 1]);
        second.modules.jobs.cancel(id).await.unwrap();
        until_state(&second, id, JobState::Cancelled).await;
        second.finish().await;
    });
}

#[test]
fn the_end_of_the_server_gives_a_running_job_back_on_sqlite() {
    given_back(crate::support::app::Db::Sqlite);
}

#[test]
fn the_end_of_the_server_gives_a_running_job_back_on_postgres() {
    given_back(crate::support::app::Db::Postgres);
}

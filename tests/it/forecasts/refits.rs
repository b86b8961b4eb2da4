//! Refits as jobs: one complete model is in use at a time, the one whose fit began last, even when
//! others are late, cancelled or killed.

use std::{sync::Arc, time::Duration};

use kernel::{
    ids::{JobId, ProductId},
    jobs::{JobState, NoPayload, Order, Orders as _},
    notes::{NoteKind, NotePrefix},
};
use platform::jobs::JobContext;
use serde_json::{Value, json};

use super::{
    by_hand,
    gate::{GatedNotes, GatedRefit, Place},
    plenty, refit, sell_on, sell_weekly, settings,
};
use crate::support::app::{Db, TestApp, TestDatabase, Wishes, run_on_database};

/// Longest wait for a refit in a debug build on a busy machine.
const LIMIT: Duration = Duration::from_mins(3);
const LOOK: Duration = Duration::from_millis(30);

fn with_workers(workers: usize, handler: Option<&Arc<GatedRefit>>) -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__JOBS__WORKERS", workers.to_string()),
            ("SALESFLOW__JOBS__POLL_MILLISECONDS", "50".to_owned()),
        ],
        handlers: handler
            .map(|one| Arc::<GatedRefit>::clone(one) as _)
            .into_iter()
            .collect(),
        ..Wishes::default()
    }
}

/// A program whose worker refits through a gate.
async fn gated(database: TestDatabase, place: Place) -> (TestApp, Arc<GatedNotes>) {
    let handler = Arc::new(GatedRefit::default());
    let app = TestApp::spawn_on(database, with_workers(1, Some(&handler))).await;
    let gate = GatedNotes::over(&app, place);
    let through = (Arc::clone(&gate), gate.desk(&app));
    assert!(handler.through.set(through).is_ok());
    (app, gate)
}

async fn order(app: &TestApp) -> JobId {
    let ordered = app
        .modules
        .jobs
        .order(Order::<GatedRefit>::new(NoPayload {}))
        .await;
    ordered.unwrap().into_job().id
}

async fn ended(app: &TestApp, id: JobId) -> kernel::jobs::Job {
    let began = std::time::Instant::now();
    loop {
        let job = app.modules.jobs.get(id).await.unwrap().expect("the job");
        if !matches!(job.state, JobState::Queued | JobState::Running) {
            return job;
        }
        assert!(began.elapsed() < LIMIT, "it does not end: {job:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// The registry: all models that were ever in use.
async fn entries(app: &TestApp) -> Vec<String> {
    let notes = &app.modules.analytics.notes;
    let all = NotePrefix::all();
    let keys = notes.last_keys(NoteKind::Registry, &all, 100).await;
    keys.unwrap().iter().map(ToString::to_string).collect()
}

async fn parts(app: &TestApp) -> usize {
    let notes = &app.modules.analytics.notes;
    let all = NotePrefix::all();
    notes
        .last_keys(NoteKind::Model, &all, 100)
        .await
        .unwrap()
        .len()
}

/// Asks another instance of the program, which has only the stored model.
async fn asked_elsewhere(app: &TestApp, product: ProductId) -> Value {
    let other = TestApp::spawn_on(app.database.twin(), with_workers(0, None)).await;
    other.clock.set(kernel::Clock::now(&*app.clock));
    let answer = forecast(&other, product).await;
    other.finish().await;
    answer
}

/// Removes from a response what differs between two models, but no figure.
fn leave_names_out(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                !["model_id", "fitted_at", "computed_at"].contains(&name.as_str())
            });
            fields.values_mut().for_each(leave_names_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_names_out),
        _ => {}
    }
}

async fn forecast(app: &TestApp, product: ProductId) -> Value {
    let path = format!("/analytics/forecasts/{product}");
    app.viewer().await.get(&path).await.expect(200)
}

both_databases!(
    a_refit_that_began_earlier_does_not_replace_a_newer_model,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        sell_weekly(app, 70, 1, &[(milk, 5)]).await;
        let gate = GatedNotes::over(app, Place::WithinTheModel);
        let slow = gate.desk(app);
        let (context, _control) = JobContext::new(JobId::generate(), 1, None);
        let early = async {
            let done = slow.refit(&settings(), &context).await.unwrap();
            assert!(!done.in_use);
            done
        };
        let late = async {
            gate.reached().await;
            // A late entry that the early refit has not read.
            sell_on(app, 1, &[(milk, 50)]).await;
            app.clock.advance_seconds(1);
            let done = refit(app).await;
            assert_eq!(done["in_use"], true);
            gate.open();
            done
        };
        let (early, late) = tokio::join!(early, late);
        assert_ne!(early.fingerprint, late["fingerprint"]);
        assert_eq!(entries(app).await, [late["model_id"].as_str().unwrap()]);
        assert_eq!(parts(app).await, 3, "nothing of the early one is left");
        for answer in [forecast(app, milk).await, asked_elsewhere(app, milk).await] {
            assert_eq!(answer["model_id"], late["model_id"]);
        }
        let night = NoteKind::Forecast;
        let notes = &app.modules.analytics.notes;
        let nights = notes
            .list(night, &NotePrefix::all(), None, 9)
            .await
            .unwrap();
        let night: Value = serde_json::from_slice(&nights.items[0].body).unwrap();
        assert_eq!(
            night["model"], late["model_id"],
            "the scored forecasts are the served ones"
        );
    }
);

both_databases!(
    the_same_data_give_the_same_figures_in_every_response,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        let rice = plenty(app, "RIZ").await;
        let new = plenty(app, "NEUF").await;
        sell_weekly(app, 90, 1, &[(milk, 5), (rice, 11)]).await;
        sell_on(app, 3, &[(new, 2)]).await;
        let paths = [
            format!("/analytics/forecasts/{milk}?horizon=90"),
            format!("/analytics/forecasts/{rice}"),
            format!("/analytics/forecasts/{new}?horizon=7"),
            "/analytics/forecasts".to_owned(),
            "/analytics/forecasts?level=shop&horizon=9".to_owned(),
            "/analytics/low-stock?all=true".to_owned(),
        ];
        let answers = async || {
            let client = app.viewer().await;
            let mut answers = Vec::new();
            for path in &paths {
                let mut answer = client.get(path).await.expect(200);
                leave_names_out(&mut answer);
                answers.push(answer);
            }
            answers
        };
        let first = refit(app).await;
        let before = answers().await;
        app.clock.advance_seconds(1);
        let second = refit(app).await;
        assert_ne!(first["model_id"], second["model_id"]);
        assert_eq!(first["fingerprint"], second["fingerprint"]);
        assert_eq!(forecast(app, milk).await["model_id"], second["model_id"]);
        for (before, after) in before.iter().zip(answers().await) {
            assert_eq!(before.to_string(), after.to_string(), "to the last digit");
        }
    }
);

both_databases!(
    an_ordered_refit_is_run_by_a_worker_and_then_served,
    with_workers(1, None),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        sell_weekly(app, 70, 1, &[(milk, 5)]).await;
        let client = app.manager().await;
        let ordered = client
            .post_empty("/analytics/forecasts/refit")
            .await
            .expect(202);
        assert_eq!(ordered["kind"], "forecasts.refit");
        let id: JobId = ordered["id"].as_str().unwrap().parse().unwrap();
        let job = ended(app, id).await;
        assert_eq!(job.state, JobState::Done, "{:?}", job.error);
        let shown = client.get(&format!("/jobs/{id}")).await.expect(200);
        assert_eq!(
            (&shown["state"], &shown["progress"]),
            (&json!("done"), &json!(1.0))
        );
        let result = &shown["result"];
        assert_eq!(
            (&result["products"], &result["in_use"]),
            (&json!(1), &json!(true))
        );
        let answer = forecast(app, milk).await;
        assert_eq!(answer["model_id"], result["model_id"]);
        assert_eq!(answer["trained_to"], result["trained_to"]);
        assert_eq!(answer["days"].as_array().unwrap().len(), 28);
        let total = answer["total"]["mean"].as_f64().unwrap();
        assert!((150.0..230.0).contains(&total), "about 6.7 a day: {total}");
    }
);

fn cancelled(db: Db) {
    let database = TestDatabase::migrated(db, "a cancelled refit leaves the old model");
    run_on_database(database, async |database: &TestDatabase| {
        let (app, gate) = gated(database.twin(), Place::WithinTheModel).await;
        let milk = plenty(&app, "LAIT").await;
        sell_weekly(&app, 70, 1, &[(milk, 5)]).await;
        let old = refit(&app).await;
        let before = forecast(&app, milk).await;
        app.clock.advance_seconds(1);
        let id = order(&app).await;
        gate.reached().await;
        assert!(parts(&app).await > 3, "the new model is being written");
        let client = app.admin().await;
        client
            .post_empty(&format!("/jobs/{id}/cancel"))
            .await
            .expect(200);
        let job = ended(&app, id).await;
        assert_eq!((job.state, job.attempts), (JobState::Cancelled, 1));
        assert_eq!(entries(&app).await, [old["model_id"].as_str().unwrap()]);
        assert_eq!(parts(&app).await, 4, "it stopped at its next look");
        for answer in [
            forecast(&app, milk).await,
            asked_elsewhere(&app, milk).await,
        ] {
            assert_eq!(answer["model_id"], old["model_id"]);
            assert_eq!(answer["days"], before["days"]);
        }
        // Its leftovers disturb nothing and are deleted.
        for _ in 0..3 {
            app.clock.advance_seconds(1);
            refit(&app).await;
        }
        assert_eq!(parts(&app).await, 9, "three whole models");
        app.finish().await;
    });
}

#[test]
fn a_cancelled_refit_leaves_the_old_model_in_use_on_sqlite() {
    cancelled(Db::Sqlite);
}

#[test]
fn a_cancelled_refit_leaves_the_old_model_in_use_on_postgres() {
    cancelled(Db::Postgres);
}

/// A worker stops in the middle; another takes its job, and the first one comes back.
fn silent(db: Db, place: Place) {
    let database = TestDatabase::migrated(db, "a refit that is taken again is published once");
    run_on_database(database, async |database: &TestDatabase| {
        let (first, gate) = gated(database.twin(), place).await;
        let milk = plenty(&first, "LAIT").await;
        sell_weekly(&first, 70, 1, &[(milk, 5)]).await;
        let id = order(&first).await;
        gate.reached().await;
        let known = entries(&first).await;
        assert_eq!(known.len(), usize::from(place == Place::BehindTheModel));

        // By its own clock the lease continues; by the clock of the next worker it has expired.
        let (next, open) = gated(database.twin(), place).await;
        open.open();
        next.clock.set(kernel::Clock::now(&*first.clock));
        next.clock.advance_seconds(120);
        let job = ended(&next, id).await;
        assert_eq!((job.state, job.attempts), (JobState::Done, 2));
        gate.open();
        let result = job.result.unwrap();
        assert_eq!(result["in_use"], true);
        first.finish().await;
        let models = entries(&next).await;
        assert_eq!(
            models,
            [result["model_id"].as_str().unwrap()],
            "published once"
        );
        if place == Place::BehindTheModel {
            assert_eq!(models, known, "and not fitted again");
        }
        assert_eq!(forecast(&next, milk).await["model_id"], result["model_id"]);
        next.finish().await;
    });
}

#[test]
fn a_refit_that_was_killed_in_the_middle_is_published_once_on_sqlite() {
    silent(Db::Sqlite, Place::WithinTheModel);
}

#[test]
fn a_refit_that_was_killed_in_the_middle_is_published_once_on_postgres() {
    silent(Db::Postgres, Place::WithinTheModel);
}

#[test]
fn a_refit_that_was_killed_behind_its_last_word_is_published_once_on_sqlite() {
    silent(Db::Sqlite, Place::BehindTheModel);
}

#[test]
fn a_refit_that_was_killed_behind_its_last_word_is_published_once_on_postgres() {
    silent(Db::Postgres, Place::BehindTheModel);
}

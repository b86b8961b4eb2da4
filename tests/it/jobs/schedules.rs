//! Work that comes due by the shop's clock.

use std::sync::Arc;

use kernel::{
    Clock as _, Role, Timestamp,
    ids::{ScheduleId, UserId},
    jobs::{Job, JobFilter, JobKind, JobState},
    schedule::{Definition, MAX_SCHEDULES_PER_PERSON, Recurring, Timing},
};
use serde_json::json;
use store::{
    Tx,
    jobs::{Schedule, ScheduleError},
};

use super::{
    canary,
    puppet::{Errand, Nightly},
    until_so, with_workers,
};
use crate::support::app::{TestApp, Wishes};

const ORDERED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'test.nightly'";
const DONE: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'test.nightly' AND state = 'done'";
const DAY_SECONDS: i64 = 86_400;
/// The shortest interval.
const QUARTER_SECONDS: i64 = 900;

/// Two in the morning in Lubumbashi, half an hour before it is due.
fn half_an_hour_before() -> Wishes {
    due_at(1, "30 2 * * *")
}

fn due_at(workers: usize, expression: &'static str) -> Wishes {
    let mut wishes = with_workers(workers);
    wishes.handlers.push(Arc::new(Nightly(expression)));
    wishes.handlers.push(Arc::new(Errand));
    wishes.now = Some(Timestamp::parse("2026-05-01T02:00:00+02:00").unwrap());
    wishes
}

fn only_watching() -> Wishes {
    due_at(0, "30 2 * * *")
}

async fn schedules(app: &TestApp) -> Vec<Schedule> {
    app.modules.jobs.schedules().await.unwrap()
}

async fn nightly(app: &TestApp) -> Option<Schedule> {
    let all = schedules(app).await;
    all.into_iter()
        .find(|one| one.name.as_deref() == Some(Nightly::KIND))
}

async fn is_known(app: &TestApp) -> bool {
    nightly(app).await.is_some()
}

/// Gives a person an errand.
async fn add_errand(app: &TestApp, user: UserId, timing: Timing) -> Result<ScheduleId, String> {
    let jobs = &app.modules.jobs;
    let added = app
        .modules
        .stores
        .write
        .transaction(async |tx: &Tx| -> Result<_, ScheduleError> {
            jobs.add_schedule_in::<Errand>(tx, user, &timing, &json!({"to": "the bank"}))
                .await
        })
        .await;
    added.map_err(|error| error.to_string())
}

fn every_quarter() -> Timing {
    Timing::every_seconds(QUARTER_SECONDS).unwrap()
}

/// The errands that have ended, the last one first.
async fn ended_errands(app: &TestApp) -> Vec<Job> {
    let filter = JobFilter {
        kind: Some(Errand::KIND.to_owned()),
        ..JobFilter::default()
    };
    let page = app.modules.jobs.list(&filter, None, 100).await.unwrap();
    let ended = page.items.into_iter().filter(|job| job.state.has_ended());
    ended.collect()
}

/// Waits until so many errands have ended; returns the last one.
async fn errand_number(app: &TestApp, number: usize) -> Job {
    until_so("an errand has ended", async || {
        ended_errands(app).await.len() == number
    })
    .await;
    ended_errands(app).await.swap_remove(0)
}

both_databases!(
    a_due_time_leads_to_one_job_however_many_instances_there_are,
    half_an_hour_before(),
    |app| async {
        let other = TestApp::spawn_on(app.database.twin(), half_an_hour_before()).await;
        until_so("known", async || is_known(app).await).await;
        assert_eq!(app.figure(ORDERED).await, 0, "not due yet");
        for night in 1..=4 {
            for clock in [&app.clock, &other.clock] {
                clock.advance_seconds(if night == 1 { 1800 } else { DAY_SECONDS });
            }
            until_so("done", async || app.figure(DONE).await == night).await;
            assert_eq!(app.figure(ORDERED).await, night);
        }
        other.finish().await;
    }
);

both_databases!(
    of_orders_of_a_due_time_at_once_one_is_taken,
    only_watching(),
    |app| async {
        let user = app.user(Role::Manager).await;
        add_errand(app, user, every_quarter()).await.unwrap();
        let schedule = schedules(app).await.swap_remove(0);
        let due = schedule.last_due.plus_seconds(QUARTER_SECONDS);
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (jobs, schedule) = (app.modules.jobs.clone(), schedule.clone());
            running.spawn(async move { jobs.enqueue_due(&schedule, due).await.unwrap() });
        }
        let ordered = running.join_all().await;
        assert_eq!(ordered.into_iter().filter(|is_ours| *is_ours).count(), 1);
        let waiting = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs";
        assert_eq!(app.figure(waiting).await, 1);
    }
);

both_databases!(
    of_the_nights_that_nobody_was_there_one_is_made_up_for,
    half_an_hour_before(),
    |app| async {
        until_so("known", async || is_known(app).await).await;
        app.clock.advance_seconds(10 * DAY_SECONDS);
        until_so("done", async || app.figure(DONE).await == 1).await;
        app.clock.advance_seconds(DAY_SECONDS);
        until_so("done again", async || app.figure(DONE).await == 2).await;
        assert_eq!(app.figure(ORDERED).await, 2);
    }
);

both_databases!(
    a_program_that_comes_back_brings_its_schedules_up_to_date_and_keeps_their_last_run,
    only_watching(),
    |app| async {
        let first = TestApp::spawn_on(app.database.twin(), half_an_hour_before()).await;
        until_so("known", async || is_known(app).await).await;
        first.clock.advance_seconds(1800);
        until_so("done", async || app.figure(DONE).await == 1).await;
        first.finish().await;
        let before = nightly(app).await.unwrap();

        // Ten days later, another version runs it at five.
        let mut later = due_at(1, "0 5 * * *");
        later.now = Some(app.clock.now().plus_seconds(10 * DAY_SECONDS));
        let second = TestApp::spawn_on(app.database.twin(), later).await;
        until_so("done again", async || app.figure(DONE).await == 2).await;
        let after = nightly(app).await.unwrap();
        assert_eq!(after.id, before.id, "found by its name");
        assert_eq!(after.timing.expression(), Some("0 5 * * *"));
        let due = Timestamp::parse("2026-05-10T05:00:00+02:00").unwrap();
        assert_eq!(after.last_due, due, "the last of those that were missed");
        assert_eq!(app.figure(ORDERED).await, 2, "once for all of them");
        second.finish().await;
    }
);

both_databases!(
    what_a_program_no_longer_does_at_a_time_ends_and_what_another_does_stays,
    only_watching(),
    |app| async {
        let definition = |name: &'static str| {
            let timing = Timing::cron("0 5 * * *").unwrap();
            let payload = json!({});
            Definition::of::<Errand>(Recurring {
                name,
                timing,
                payload,
            })
            .unwrap()
        };
        let jobs = &app.modules.jobs;
        let all = [definition("errand.early"), definition("errand.late")];
        jobs.establish_schedules(&all, &[Errand::KIND])
            .await
            .unwrap();
        assert_eq!(schedules(app).await.len(), 2);
        jobs.establish_schedules(&[], &["another.kind"])
            .await
            .unwrap();
        assert_eq!(schedules(app).await.len(), 2, "another version's");
        jobs.establish_schedules(&all[..1], &[Errand::KIND])
            .await
            .unwrap();
        let names: Vec<_> = schedules(app)
            .await
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, [Some("errand.early".to_owned())]);
    }
);

both_databases!(
    a_clock_that_is_set_back_runs_nothing_again,
    half_an_hour_before(),
    |app| async {
        until_so("known", async || is_known(app).await).await;
        app.clock.advance_seconds(1800);
        until_so("done", async || app.figure(DONE).await == 1).await;
        app.clock.advance_seconds(-3600);
        // Each errand that is done shows that the scheduler has looked.
        let user = app.user(Role::Manager).await;
        add_errand(app, user, every_quarter()).await.unwrap();
        for quarter in 1..=5 {
            app.clock.advance_seconds(QUARTER_SECONDS);
            errand_number(app, quarter).await;
        }
        assert_eq!(app.figure(ORDERED).await, 1, "02:30 came twice");
        app.clock.advance_seconds(DAY_SECONDS);
        until_so("done again", async || app.figure(DONE).await == 2).await;
    }
);

both_databases!(
    a_schedule_that_was_met_by_a_clock_from_the_future_goes_on_when_the_clock_is_right,
    half_an_hour_before(),
    |app| async {
        until_so("known", async || is_known(app).await).await;
        app.clock.advance_seconds(365 * DAY_SECONDS);
        until_so("done", async || app.figure(DONE).await == 1).await;
        app.clock.advance_seconds(-365 * DAY_SECONDS);
        let now = app.clock.now();
        until_so("counted from now", async || {
            nightly(app).await.unwrap().last_due == now
        })
        .await;
        assert_eq!(app.figure(ORDERED).await, 1);
        app.clock.advance_seconds(1800);
        until_so("done again", async || app.figure(DONE).await == 2).await;
    }
);

both_databases!(
    the_books_are_proved_every_night,
    half_an_hour_before(),
    |app| async {
        until_so("known", async || is_known(app).await).await;
        app.clock.advance_seconds(2 * 3600);
        let proved = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'books.verify' AND state = 'done'
                      AND result_json LIKE '%\"ok\":true%'";
        until_so("proved", async || app.figure(proved).await == 1).await;
    }
);

both_databases!(
    a_persons_schedule_runs_with_the_rights_of_the_moment,
    half_an_hour_before(),
    |app| async {
        let user = app.another_user(Role::Manager).await;
        // 02:15 and every day at that time, by the clock of the shop.
        let daily = Timing::cron("15 2 * * *").unwrap();
        add_errand(app, user, daily).await.unwrap();
        let owner = app.admin().await;
        let becomes = async |role: &str| {
            let path = format!("/users/{user}");
            owner.patch(&path, json!({"role": role})).await.expect(200);
        };
        app.clock.advance_seconds(QUARTER_SECONDS);
        let first = errand_number(app, 1).await;
        assert_eq!(first.requested_by, Some(user));
        let by = |role: &str| json!({"user_id": user, "role": role, "to": "the bank"});
        assert_eq!(first.result, Some(by("manager")));

        becomes("viewer").await;
        app.clock.advance_seconds(DAY_SECONDS);
        assert_eq!(errand_number(app, 2).await.result, Some(by("viewer")));

        becomes("cashier").await;
        app.clock.advance_seconds(DAY_SECONDS);
        let refused = errand_number(app, 3).await;
        assert_eq!(refused.state, JobState::Failed);
        assert_eq!(refused.error.unwrap().code, "job.not_allowed");
        assert_eq!(
            schedules_of(app, user).await,
            1,
            "the role may change again"
        );

        let owner = app.admin().await;
        let lines = owner.get("/audit?action=job.order").await.expect(200);
        let lines = lines["items"].as_array().unwrap();
        let of_person = lines.iter().filter(|line| line["actor_id"] == json!(user));
        assert_eq!(of_person.count(), 3, "{lines:?}");
    }
);

async fn schedules_of(app: &TestApp, user: UserId) -> usize {
    let all = schedules(app).await;
    all.iter().filter(|one| one.user == Some(user)).count()
}

both_databases!(
    a_persons_schedules_end_with_the_account,
    half_an_hour_before(),
    |app| async {
        let (leaves, stays) = (
            app.another_user(Role::Manager).await,
            app.another_user(Role::Manager).await,
        );
        for user in [leaves, leaves, stays] {
            add_errand(app, user, every_quarter()).await.unwrap();
        }
        let owner = app.admin().await;
        let path = format!("/users/{leaves}");
        owner
            .patch(&path, json!({"disabled": true}))
            .await
            .expect(200);
        assert_eq!(schedules_of(app, leaves).await, 0);
        assert_eq!(schedules_of(app, stays).await, 1);
        owner
            .patch(&path, json!({"disabled": false}))
            .await
            .expect(200);
        assert_eq!(schedules_of(app, leaves).await, 0, "they do not come back");
        app.clock.advance_seconds(QUARTER_SECONDS);
        assert_eq!(errand_number(app, 1).await.requested_by, Some(stays));
    }
);

both_databases!(
    the_schedules_of_a_user_who_is_deleted_go_with_the_user,
    only_watching(),
    |app| async {
        let (leaves, stays) = (
            app.another_user(Role::Manager).await,
            app.another_user(Role::Manager).await,
        );
        for user in [leaves, leaves, stays] {
            add_errand(app, user, every_quarter()).await.unwrap();
        }
        // No use case deletes a user; somebody with a tool of the database may.
        let delete = "DELETE FROM users WHERE id = $1";
        assert_eq!(app.write(delete, vec![leaves.as_uuid().into()]).await, 1);
        assert_eq!(schedules_of(app, leaves).await, 0);
        assert_eq!(schedules_of(app, stays).await, 1);
        let nobody = add_errand(app, leaves, every_quarter()).await;
        assert!(nobody.is_err(), "a schedule of nobody");
    }
);

both_databases!(
    what_was_ordered_for_an_account_that_has_ended_is_not_done,
    only_watching(),
    |app| async {
        let user = app.another_user(Role::Manager).await;
        add_errand(app, user, every_quarter()).await.unwrap();
        let schedule = schedules(app).await.swap_remove(0);
        let due = schedule.last_due.plus_seconds(QUARTER_SECONDS);
        assert!(app.modules.jobs.enqueue_due(&schedule, due).await.unwrap());
        // The account ends behind the program's back, so that its schedule is still there.
        let disable = "UPDATE users SET disabled = $2 WHERE id = $1";
        let values = vec![user.as_uuid().into(), true.into()];
        assert_eq!(app.write(disable, values).await, 1);
        let worker = TestApp::spawn_on(app.database.twin(), half_an_hour_before()).await;
        let job = errand_number(app, 1).await;
        assert_eq!(job.state, JobState::Failed);
        assert_eq!(job.error.unwrap().code, "job.account_ended");
        assert_eq!(schedules_of(app, user).await, 0);
        canary(&worker).await;
        worker.finish().await;
    }
);

both_databases!(
    a_person_has_so_many_schedules_and_no_more,
    only_watching(),
    |app| async {
        let (user, other) = (
            app.another_user(Role::Manager).await,
            app.another_user(Role::Manager).await,
        );
        for _ in 0..MAX_SCHEDULES_PER_PERSON {
            add_errand(app, user, every_quarter()).await.unwrap();
        }
        let refused = add_errand(app, user, every_quarter()).await;
        assert_eq!(refused, Err("a person may have 20 schedules".to_owned()));
        add_errand(app, other, every_quarter()).await.unwrap();
        let one = "DELETE FROM schedules WHERE user_id = $1 AND place = 7";
        assert_eq!(app.write(one, vec![user.as_uuid().into()]).await, 1);
        add_errand(app, user, every_quarter()).await.unwrap();
    }
);

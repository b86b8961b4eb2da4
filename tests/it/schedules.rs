//! Scheduled reports: made by the clock of the shop with the rights of the moment, put into a folder, sent
//! by mail to a server of the test's own, which may refuse, break off or hang.

mod delivery;
mod faults;
mod post_office;
mod rights;
mod rules;

use std::time::{Duration, Instant};

use kernel::{Role, Timestamp, ids::UserId};
use serde_json::{Value, json};

use self::post_office::PostOffice;
use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes, run_on_database},
    http::Client,
};

/// Longest wait for a run: a report is printed on threads that step back behind all others.
const LIMIT: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_millis(50);
/// More than the longest pause before another attempt, which is a quarter of an hour and a fifth of it.
const PAUSE_SECONDS: i64 = 1_100;
const PASSWORD: &str = "a password that nobody logs";

/// A Monday, six in the morning in Lubumbashi.
fn monday() -> Timestamp {
    Timestamp::parse("2026-05-04T06:00:00+02:00").unwrap()
}

/// A program on the first days of May, whose mail goes to this server.
fn mailing(office: &PostOffice) -> Wishes {
    let folder = office.folder().to_str().unwrap().to_owned();
    let mut wishes = crate::jobs::with_workers(1);
    wishes.settings.extend([
        ("SALESFLOW__MAIL__HOST", "127.0.0.1".to_owned()),
        ("SALESFLOW__MAIL__PORT", office.port.to_string()),
        ("SALESFLOW__MAIL__TLS", "none".to_owned()),
        ("SALESFLOW__MAIL__USER", "amani".to_owned()),
        ("SALESFLOW__MAIL__PASSWORD", PASSWORD.to_owned()),
        (
            "SALESFLOW__MAIL__FROM",
            "Amani <reports@shop.test>".to_owned(),
        ),
        ("SALESFLOW__MAIL__TIMEOUT_SECONDS", "2".to_owned()),
        ("SALESFLOW__REPORTS__FOLDER", folder),
    ]);
    wishes.now = Some(monday());
    wishes
}

/// Runs the body of a test on a program with a mail server.
fn run_with_mail<F>(db: Db, test: &str, more: &[(&'static str, &str)], body: F)
where
    F: AsyncFnOnce(&TestApp, &PostOffice),
{
    run_on_database(
        TestDatabase::migrated(db, test),
        async |database: &TestDatabase| {
            let office = PostOffice::open().await;
            let mut wishes = mailing(&office);
            let more = more
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()));
            wishes.settings.extend(more);
            let app = TestApp::spawn_on(database.twin(), wishes).await;
            body(&app, &office).await;
            app.finish().await;
        },
    );
}

/// A test on both databases with a mail server of its own.
macro_rules! with_mail {
    ($name:ident, |$app:ident, $office:ident| async $body:block) => {
        with_mail!($name, &[], |$app, $office| async $body);
    };
    ($name:ident, $settings:expr, |$app:ident, $office:ident| async $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from around it")]
            use super::*;
            use $crate::{schedules::{post_office::PostOffice, run_with_mail}, support::app::{Db, TestApp}};

            async fn check($app: &TestApp, $office: &PostOffice) $body

            #[test]
            fn sqlite() {
                run_with_mail(Db::Sqlite, stringify!($name), $settings, check);
            }

            #[test]
            fn postgres() {
                run_with_mail(Db::Postgres, stringify!($name), $settings, check);
            }
        }
    };
}
use with_mail;

/// What a schedule of sales of yesterday at seven has, and what a test wants to be different.
fn wanted(more: Value) -> Value {
    let mut body =
        json!({"kind": "sales", "format": "pdf", "period": "yesterday", "cron": "0 7 * * *"});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

async fn scheduled(client: &Client, more: Value) -> Value {
    client.post("/schedules", wanted(more)).await.expect(201)
}

/// A schedule as it is now.
async fn now(client: &Client, schedule: &Value) -> Value {
    let list = client.get("/schedules?limit=200").await.expect(200);
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|one| one["id"] == schedule["id"]);
    found.cloned().unwrap_or(Value::Null)
}

/// Waits until the last run of a schedule is as it should be.
async fn until_run(
    client: &Client,
    schedule: &Value,
    what: &str,
    is_so: impl Fn(&Value) -> bool,
) -> Value {
    let began = Instant::now();
    loop {
        let run = now(client, schedule).await["last_run"].clone();
        if !run.is_null() && is_so(&run) {
            return run;
        }
        assert!(began.elapsed() < LIMIT, "never {what}: {run}");
        tokio::time::sleep(LOOK).await;
    }
}

async fn until_state(client: &Client, schedule: &Value, state: &str) -> Value {
    until_run(client, schedule, state, |run| run["state"] == state).await
}

/// The first attempt has failed, and another one waits.
async fn until_tried(client: &Client, schedule: &Value, attempts: i64) -> Value {
    until_run(client, schedule, "tried", |run| {
        run["state"] == "queued" && run["attempts"] == attempts
    })
    .await
}

fn path(schedule: &Value) -> String {
    format!("/schedules/{}", schedule["id"].as_str().unwrap())
}

async fn client_of(app: &TestApp, user: UserId) -> Client {
    app.client_of(user, Role::Manager).await
}

//! Work that comes due by the shop's clock.

use std::sync::Arc;

use kernel::Timestamp;

use super::{puppet::Nightly, until_so, with_workers};
use crate::support::app::{TestApp, Wishes};

const ORDERED: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'test.nightly'";
const DONE: &str =
    "SELECT CAST(COUNT(*) AS BIGINT) FROM jobs WHERE kind = 'test.nightly' AND state = 'done'";

/// Two in the morning in Lubumbashi, half an hour before it is due.
fn half_an_hour_before() -> Wishes {
    let mut wishes = with_workers(1);
    wishes.handlers.push(Arc::new(Nightly));
    wishes.now = Some(Timestamp::parse("2026-05-01T02:00:00+02:00").unwrap());
    wishes
}

async fn is_known(app: &TestApp) -> bool {
    let known = "SELECT CAST(COUNT(*) AS BIGINT) FROM job_schedules WHERE name = 'test.nightly'";
    app.figure(known).await == 1
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
                clock.advance_seconds(if night == 1 { 1800 } else { 86_400 });
            }
            until_so("done", async || app.figure(DONE).await == night).await;
            assert_eq!(app.figure(ORDERED).await, night);
        }
        other.finish().await;
    }
);

both_databases!(
    of_the_nights_that_nobody_was_there_one_is_made_up_for,
    half_an_hour_before(),
    |app| async {
        until_so("known", async || is_known(app).await).await;
        app.clock.advance_seconds(10 * 86_400);
        until_so("done", async || app.figure(DONE).await == 1).await;
        app.clock.advance_seconds(86_400);
        until_so("done again", async || app.figure(DONE).await == 2).await;
        assert_eq!(app.figure(ORDERED).await, 2);
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

//! What the screens of the owner need in one answer: the first screen, the catalogue with its figures,
//! stock and losses, filtered series, the order list, findings one by one.

mod catalogue;
mod first;
mod product;
mod series;

use kernel::Timestamp;
use salesflow::demo::{self, Story, TIME_ZONE};

use crate::support::app::{TestApp, TestDatabase, Wishes};

/// Nine in the morning after the last day of the story.
fn now() -> Timestamp {
    Timestamp::start_of_day("2026-11-21".parse().unwrap(), TIME_ZONE).plus_seconds(9 * 3600)
}

async fn demo_shop(database: &TestDatabase) -> TestApp {
    let story = Story {
        end: "2026-11-20".parse().unwrap(),
        days: 45,
        seed: demo::DEFAULT_SEED,
    };
    demo::fill(&database.settings(&[]), story, now())
        .await
        .unwrap();
    let wishes = Wishes {
        now: Some(now()),
        ..Wishes::default()
    };
    TestApp::spawn_on(database.twin(), wishes).await
}

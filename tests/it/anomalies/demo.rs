//! The demo shop: the events planted in its last months are found, on their day and with their kind, and
//! few others are reported.

use chrono::NaiveDate;
use kernel::Timestamp;
use salesflow::demo::{self, PLANTED, PlantedKind, Story, TIME_ZONE};
use serde_json::Value;

use super::past::all;
use crate::support::app::{TestApp, TestDatabase, Wishes};

const END: &str = "2026-11-20";
/// Enough history for an event planted 75 days ago.
const DAYS: u32 = 140;
/// Events planted this many days ago have enough history.
const FINDABLE: std::ops::Range<i64> = 0..80;
/// A story may begin one or two days early by chance.
const DAYS_OFF: i64 = 3;
/// Most findings that were not planted, in 140 days of 170 products.
const MOST_OTHERS: usize = 8;

fn kinds(kind: PlantedKind) -> &'static [&'static str] {
    match kind {
        PlantedKind::Spike => &["spike"],
        PlantedKind::Drop => &["drop", "silence"],
        PlantedKind::Silence => &["silence"],
        PlantedKind::LevelShift => &["level_shift"],
        PlantedKind::PriceBelowCost => &["price_below_cost"],
        PlantedKind::RefundWithoutStock => &["refund_without_goods"],
        PlantedKind::UnitSlip => &["unit_slip"],
    }
}

fn date(finding: &Value, name: &str) -> NaiveDate {
    finding[name].as_str().unwrap().parse().unwrap()
}

/// The demo shop on the morning after its story.
async fn tell(database: &TestDatabase, story: Story) -> TestApp {
    let morning = story.end.succ_opt().unwrap();
    let now = Timestamp::start_of_day(morning, TIME_ZONE).plus_seconds(10 * 3600);
    demo::fill(&database.settings(&[]), story, now)
        .await
        .unwrap();
    let wishes = Wishes {
        now: Some(now),
        ..Wishes::default()
    };
    TestApp::spawn_on(database.twin(), wishes).await
}

both_empty_databases!(
    what_was_planted_in_the_demo_shop_is_found,
    |database| async {
        let end: NaiveDate = END.parse().unwrap();
        let story = Story {
            end,
            days: DAYS,
            seed: demo::DEFAULT_SEED,
        };
        let app = tell(database, story).await;
        let from = story.first();
        let mut found = all(&app.viewer().await, &format!("from={from}&to={end}")).await;
        let names: std::collections::BTreeMap<&str, &str> = demo::items::ITEMS
            .iter()
            .map(|item| (item.sku, item.name))
            .collect();
        for planted in PLANTED
            .iter()
            .filter(|one| FINDABLE.contains(&one.days_back))
        {
            let dates = planted.dates(end);
            let (first, last) = (dates[0], dates[dates.len() - 1]);
            let name = planted.sku.map(|sku| names[sku]);
            let is_it = |one: &Value| {
                name.is_none_or(|name| one["subject"]["name"] == name)
                    && date(one, "from") <= last
                    && date(one, "to") >= first
            };
            let hit = found.iter().find(|one| {
                is_it(one) && kinds(planted.kind).contains(&one["kind"].as_str().unwrap())
            });
            let hit = hit.unwrap_or_else(|| {
                panic!(
                    "{planted:?} on {first} is not found: {:#?}",
                    found.iter().filter(|one| is_it(one)).collect::<Vec<_>>()
                )
            });
            let late = (date(hit, "from") - first).num_days().abs();
            assert!(
                late <= DAYS_OFF,
                "{planted:?} is found {late} days off: {hit:#}"
            );
            // A mistaken unit may also be a spike, and a price below cost sells more: two views of one
            // event.
            found.retain(|one| !is_it(one));
        }
        let others: Vec<String> = found
            .iter()
            .map(|one| {
                format!(
                    "{} {} {} {} {}",
                    one["kind"], one["subject"]["name"], one["from"], one["to"], one["score"]
                )
            })
            .collect();
        println!("{} others: {others:#?}", others.len());
        assert!(others.len() <= MOST_OTHERS, "{others:#?}");
        app.finish().await;
    }
);

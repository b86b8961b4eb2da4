//! The demo shop: the same story for the same seed, right books, and what was planted is there.

use std::{os::unix::fs::PermissionsExt as _, time::SystemTime};

use chrono::NaiveDate;
use kernel::{Clock as _, Timestamp, clock::SystemClock};
use salesflow::{
    demo::{
        self, PLANTED, PlantedKind, Story, TIME_ZONE, catalogue::facts as facts_of, items::ITEMS,
    },
    example_ids,
};
use store::{StoreOptions, Stores};

use crate::support::app::TestDatabase;

/// A Friday: the story has a pay-day, a middle of the month and three Saturdays in it.
const END: &str = "2026-11-20";

fn story(days: u32, seed: u64) -> Story {
    Story {
        end: END.parse().unwrap(),
        days,
        seed,
    }
}

fn now() -> Timestamp {
    Timestamp::start_of_day("2026-11-22".parse().unwrap(), TIME_ZONE)
}

async fn open(database: &TestDatabase) -> Stores {
    let options = StoreOptions {
        url: database.url.clone(),
        read_url: None,
        read_connections: 1,
        analytics_connections: 1,
        write_connections: 1,
        missing_file: store::MissingFile::Create,
    };
    store::connect(&options).await.unwrap()
}

store::selection! {
    Fact(name: String, one: i64, other: i64)
    Times(occurred_at_us: Timestamp, recorded_at_us: Timestamp)
    Receipt(sku: String, lead_time_days: i64, occurred_at_us: Timestamp, id: uuid::Uuid)
}

/// Number, time and total of every sale, what was sold of each product, and the stock.
async fn facts(database: &TestDatabase) -> Vec<(String, i64, i64)> {
    let stores = open(database).await;
    let mut facts = Vec::new();
    for sql in [
        "SELECT 'sale' AS name, number AS one, total_minor + occurred_at_us AS other FROM sales ORDER BY number",
        "SELECT product.sku AS name, MAX(level.seq) AS one, MAX(level.on_hand_milli) AS other FROM stock_levels AS level
         JOIN products AS product ON product.id = level.product_id GROUP BY product.sku ORDER BY product.sku",
        "SELECT 'rate' AS name, valid_from_us AS one, rate_micros AS other FROM rates ORDER BY valid_from_us",
    ] {
        facts.extend(stores.read.select::<Fact>(sql, []).await.unwrap());
    }
    stores.close().await;
    facts
}

/// Thousandths of a product (or sales of the whole shop) sold on a day.
async fn sold_on(stores: &Stores, sku: Option<&str>, date: NaiveDate) -> i64 {
    let from = Timestamp::start_of_day(date, TIME_ZONE).micros();
    let until = Timestamp::start_of_day(date.succ_opt().unwrap(), TIME_ZONE).micros();
    let sum = stores.read.dialect().sum("line.quantity_milli");
    let found = if let Some(sku) = sku {
        let sql = format!(
            "SELECT {sum} FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
             JOIN products AS product ON product.id = line.product_id
             WHERE product.sku = $3 AND sale.occurred_at_us >= $1 AND sale.occurred_at_us < $2"
        );
        let values = [from.into(), until.into(), sku.into()];
        stores.read.value(&sql, values).await
    } else {
        let sql = "SELECT COUNT(*) FROM sales WHERE occurred_at_us >= $1 AND occurred_at_us < $2";
        stores.read.value(sql, [from.into(), until.into()]).await
    };
    found.unwrap().unwrap()
}

both_empty_databases!(the_same_seed_tells_the_same_story_once, |database| async {
    let settings = database.settings(&[]);
    let tally = demo::fill(&settings, story(9, 3), now()).await.unwrap();
    assert_eq!(tally.products, ITEMS.len());
    assert!(tally.sales > 200, "{tally:?}");
    let first = facts(database).await;

    let refused = demo::fill(&settings, story(9, 3), now()).await.unwrap_err();
    assert!(refused.to_string().contains("empty"), "{refused}");
    assert_eq!(facts(database).await, first);

    for (seed, is_same) in [(3, true), (4, false)] {
        let other = TestDatabase::empty(database.db, "").unwrap();
        demo::fill(&other.settings(&[]), story(9, seed), now())
            .await
            .unwrap();
        assert_eq!(facts(&other).await == first, is_same, "seed {seed}");
    }
});

/// Saturdays are busier than Mondays.
async fn weeks_have_a_rhythm(stores: &Stores, story: Story) {
    let (mut saturdays, mut mondays) = (Vec::new(), Vec::new());
    for date in story
        .first()
        .iter_days()
        .take_while(|day| *day <= story.end)
    {
        match chrono::Datelike::weekday(&date) {
            chrono::Weekday::Sat => saturdays.push(sold_on(stores, None, date).await),
            chrono::Weekday::Mon => mondays.push(sold_on(stores, None, date).await),
            _ => {}
        }
    }
    let mean = |days: &[i64]| days.iter().sum::<i64>() / i64::try_from(days.len()).unwrap();
    assert!(
        mean(&saturdays) * 10 > mean(&mondays) * 13,
        "{saturdays:?} {mondays:?}"
    );
}

async fn what_was_planted_is_there(stores: &Stores, story: Story) {
    let count = async |sql: &str| stores.read.value::<i64>(sql, []).await.unwrap();
    for planted in PLANTED.iter().filter(|planted| planted.days_back < 39) {
        let sku = planted.sku;
        let first = planted.dates(story.end)[0];
        let before = sold_on(stores, sku, first - chrono::Duration::days(7)).await;
        let sold = sold_on(stores, sku, first).await;
        match planted.kind {
            PlantedKind::Spike => assert!(sold > 3 * before, "{planted:?}: {before} {sold}"),
            PlantedKind::Silence => assert_eq!(sold, 0, "{planted:?}"),
            PlantedKind::Drop => assert!(sold < before, "{planted:?}: {before} {sold}"),
            PlantedKind::UnitSlip => assert!(sold >= 250_000, "{planted:?}: {sold}"),
            PlantedKind::PriceBelowCost => {
                let sql =
                    "SELECT COUNT(*) FROM sale_lines WHERE unit_price_minor < unit_cost_minor";
                assert!(count(sql).await > Some(0), "{planted:?}");
            }
            PlantedKind::RefundWithoutStock => {
                let sql = "SELECT COUNT(*) FROM refund_lines WHERE quantity_milli >= 2000";
                assert!(count(sql).await >= Some(3), "{planted:?}");
            }
            PlantedKind::LevelShift => {}
        }
    }
}

both_empty_databases!(
    the_story_has_its_patterns_and_what_was_planted,
    |database| async {
        let story = story(40, demo::DEFAULT_SEED);
        let tally = demo::fill(&database.settings(&[]), story, now())
            .await
            .unwrap();
        let stores = open(database).await;
        weeks_have_a_rhythm(&stores, story).await;
        what_was_planted_is_there(&stores, story).await;
        assert!(
            !tally.in_vain.is_empty() && tally.voids > 0 && tally.refunds > 0 && tally.counts > 0
        );

        // What the tally says is what the books say.
        let dialect = stores.read.dialect();
        let sql = format!(
            "SELECT (SELECT {} FROM sales WHERE state <> 'voided') - (SELECT {} FROM refunds)",
            dialect.sum("total_minor"),
            dialect.sum("total_minor")
        );
        let revenue = stores.read.value::<i64>(&sql, []).await.unwrap();
        assert_eq!(revenue, Some(tally.revenue_minor));

        let dead = "SELECT COUNT(*) FROM products AS product JOIN stock_levels AS level ON level.product_id = product.id
                WHERE level.on_hand_milli > 0 AND NOT EXISTS (SELECT 1 FROM sale_lines AS line WHERE line.product_id = product.id)";
        let count = stores.read.value::<i64>(dead, []).await.unwrap();
        assert!(count >= Some(5));
        stores.close().await;
    }
);

both_empty_databases!(
    the_shop_earns_pays_in_two_currencies_and_has_a_storeroom,
    |database| async {
        let story = story(40, demo::DEFAULT_SEED);
        let tally = demo::fill(&database.settings(&[]), story, now())
            .await
            .unwrap();
        let stores = open(database).await;
        let count = async |sql: &str| -> i64 { stores.read.value(sql, []).await.unwrap().unwrap() };
        // What a price comes to without tax, less the cost: everything on sale earns something.
        let sql = "SELECT COUNT(*) FROM products
                   WHERE price_minor * 10000 <= cost_minor * (10000 + tax_rate_bp)";
        assert_eq!(count(sql).await, 0);

        let discounted = "SELECT COUNT(*) FROM sales WHERE discount_minor > 0";
        let given = i64::try_from(tally.discounts).unwrap();
        assert!(given > 5 && count(discounted).await == given, "{given}");
        let in_dollars =
            "SELECT COUNT(*) FROM payments WHERE currency = 'USD' AND amount_minor > 0";
        assert!(count(in_dollars).await > 5);

        let stored = format!(
            "SELECT COUNT(*) FROM stock_levels WHERE on_hand_milli > 0 AND location_id {}",
            "IN (SELECT id FROM locations WHERE NOT is_default)"
        );
        assert!(count(&stored).await > 10);
        assert!(count("SELECT COUNT(*) FROM stock_movements WHERE kind = 'transfer'").await > 100);
        stores.close().await;
    }
);

both_empty_databases!(what_the_examples_name_is_there, |database| async {
    // At ten in the morning of the day after, and long after, when there is no sale of today.
    let morning = Timestamp::start_of_day("2026-11-21".parse().unwrap(), TIME_ZONE);
    for now in [
        morning.plus_seconds(10 * 3600),
        morning.plus_seconds(60),
        now(),
    ] {
        let other = TestDatabase::empty(database.db, "").unwrap();
        demo::fill(&other.settings(&[]), story(6, 3), now)
            .await
            .unwrap();
        let stores = open(&other).await;
        let sql = "SELECT sale.occurred_at_us, sale.recorded_at_us
                   FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
                   JOIN stock_levels AS level ON level.product_id = line.product_id
                   JOIN products AS product ON product.id = line.product_id
                   WHERE sale.id = $1 AND line.id = $2 AND line.product_id = $3
                     AND product.category_id = $4 AND sale.location_id = $5 AND sale.cashier_id = $6
                     AND level.location_id = $5 AND level.on_hand_milli >= 20000
                     AND sale.state = 'completed' AND line.quantity_milli = 2000
                     AND EXISTS (SELECT 1 FROM locations WHERE id = $7)";
        let ids = [
            example_ids::SALE.as_uuid(),
            example_ids::SALE_LINE.as_uuid(),
            example_ids::PRODUCT.as_uuid(),
            example_ids::CATEGORY.as_uuid(),
            example_ids::LOCATION.as_uuid(),
            example_ids::USER.as_uuid(),
            example_ids::STOREROOM.as_uuid(),
        ];
        let times = stores.read.select_one::<Times>(sql, ids.map(Into::into));
        let times = times.await.unwrap();
        let (occurred, recorded) = times.expect("the sale of the examples is there");
        assert!(occurred <= recorded && occurred <= now);
        if now != self::now() {
            assert_eq!(occurred.date_in(TIME_ZONE), now.date_in(TIME_ZONE));
        }
        let later = "SELECT COUNT(*) FROM sales WHERE occurred_at_us > $1 OR recorded_at_us > $1";
        let count = stores.read.value::<i64>(later, [now.micros().into()]).await;
        assert_eq!(count.unwrap(), Some(0));
        stores.close().await;
    }
});

both_empty_databases!(lead_times_fit_the_deliveries, |database| async {
    demo::fill(&database.settings(&[]), story(40, 5), now())
        .await
        .unwrap();
    let stores = open(database).await;
    let sql = "SELECT product.sku, product.lead_time_days, move.occurred_at_us, product.id
               FROM products AS product JOIN stock_movements AS move ON move.product_id = product.id
               WHERE move.kind = 'receipt'";
    let mut receipts = 0;
    for (sku, lead_days, at, product) in stores.read.select::<Receipt>(sql, []).await.unwrap() {
        let item = ITEMS.iter().find(|item| item.sku == sku).unwrap();
        let facts = facts_of(item.shelf).unwrap();
        assert_eq!(lead_days, facts.lead_days, "{sku}");
        // For a planted event, and for the product of the examples, goods come out of turn.
        let is_planned = PLANTED.iter().any(|planted| planted.sku == Some(item.sku));
        if is_planned || product == example_ids::PRODUCT.as_uuid() {
            continue;
        }
        let date = at.date_in(TIME_ZONE);
        let weekday = chrono::Datelike::weekday(&date).num_days_from_monday();
        let comes = facts.delivery_days.contains(&i64::from(weekday));
        assert!(comes, "{sku} came on {date}");
        receipts += 1;
    }
    assert!(receipts > 200, "{receipts}");
    stores.close().await;
});

both_empty_databases!(the_command_prints_and_keeps_the_logins, |database| async {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        database
            .program(&["demo", "--days", "3", "--end", END])
            .env("SALESFLOW__DATA_DIRECTORY", folder.path())
            .output()
            .unwrap()
    };
    let output = run();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let file = folder.path().join("demo-login.txt");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!(kept.lines().count(), 5);
    assert!(printed.contains(&kept), "{printed}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let again = run();
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("empty"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
});

#[test]
fn a_story_without_an_end_date_ended_yesterday() {
    let story = Story::until_yesterday(SystemClock.now());
    let today = Timestamp::from_micros(
        i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap(),
    )
    .date_in(TIME_ZONE);
    assert_eq!((today - story.end).num_days(), 1);
    assert_eq!((story.end - story.first()).num_days(), 729);
}

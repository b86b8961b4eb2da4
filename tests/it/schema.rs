//! The schema forwards and backwards, and the handle that cannot write.

use std::{collections::BTreeSet, pin::pin, time::Duration};

use kernel::{Clock as _, ids::ProductId};
use serde_json::{Value, json};
use store::{StoreError, StoreOptions, Stores, migrate_down, migrate_up, migration_status};

use crate::support::{
    app::{BY_HAND, Db, TestDatabase, run_on_database},
    http::Client,
    shop::{Wanted, basket},
};

/// How long a migration finds the writer of SQLite taken.
const HELD: Duration = Duration::from_millis(100);

fn options(database: &TestDatabase) -> StoreOptions {
    StoreOptions {
        url: database.url.clone(),
        read_url: None,
        read_connections: 2,
        analytics_connections: 1,
        write_connections: 2,
        missing_file: store::MissingFile::Create,
    }
}

/// Tables, indexes, triggers and functions, as text.
async fn schema_of(database: &TestDatabase) -> BTreeSet<String> {
    let stores = store::connect(&options(database)).await.unwrap();
    let sql = match database.db {
        Db::Sqlite => {
            "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master
             WHERE name NOT LIKE 'seaql%' AND name NOT LIKE 'sqlite_%'"
        }
        Db::Postgres => {
            "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql%'
             UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'seaql%'
             UNION ALL SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
             UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'seaql%'
             UNION ALL SELECT 'function ' || proname FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
             WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql'"
        }
    };
    let schema = stores.read.values(sql, []).await.unwrap();
    stores.close().await;
    schema.into_iter().collect()
}

both_empty_databases!(
    the_schema_goes_up_down_and_up_again_and_is_the_same,
    |database| async {
        let options = options(database);
        let before = schema_of_or_empty(database).await;
        migrate_up(&options).await.unwrap();
        let first = schema_of(database).await;
        assert!(first.len() > 20, "{first:#?}");
        migrate_down(&options, None).await.unwrap();
        let bare = schema_of(database).await;
        assert_eq!(bare, before, "going down leaves something behind");
        migrate_up(&options).await.unwrap();
        assert_eq!(schema_of(database).await, first);
    }
);

/// The read pool opens a file that is there only.
async fn schema_of_or_empty(database: &TestDatabase) -> BTreeSet<String> {
    match database.db {
        Db::Sqlite => BTreeSet::new(),
        Db::Postgres => schema_of(database).await,
    }
}

both_empty_databases!(
    one_migration_after_the_other_goes_down_and_up,
    |database| async {
        let options = options(database);
        migrate_up(&options).await.unwrap();
        let all = migration_status(&options).await.unwrap();
        assert!(all.iter().all(|state| state.is_applied));
        for remaining in (0..all.len()).rev() {
            migrate_down(&options, Some(1)).await.unwrap();
            let states = migration_status(&options).await.unwrap();
            assert_eq!(
                states.iter().filter(|state| state.is_applied).count(),
                remaining
            );
        }
        migrate_up(&options).await.unwrap();
    }
);

/// SQLite only: a statement of PostgreSQL waits for the locks of others by itself.
#[test]
fn a_migration_waits_for_a_program_that_writes() {
    let name = "a_migration_waits_for_a_program_that_writes";
    run_on_database(TestDatabase::empty(Db::Sqlite, name), async |database| {
        let options = options(database);
        migrate_up(&options).await.unwrap();
        let stores = store::connect(&options).await.unwrap();
        let all = migration_status(&options).await.unwrap().len();
        for _ in 0..all {
            beside_a_writer(&stores, Box::pin(migrate_down(&options, Some(1)))).await;
        }
        beside_a_writer(&stores, Box::pin(migrate_up(&options))).await;
        // Reads the columns of a table before it sets its triggers.
        let steps = steps_down_to(database, "m20261129_000026_append_only").await;
        migrate_down(&options, Some(steps)).await.unwrap();
        beside_a_writer(&stores, Box::pin(migrate_up(&options))).await;
        stores.close().await;
    });
}

/// Lets a migration begin while a transaction has the one writer, which ends a moment later.
async fn beside_a_writer(stores: &Stores, migration: impl Future<Output = Result<(), StoreError>>) {
    let writer = stores.write.begin().await.unwrap();
    let mut migration = pin!(migration);
    let early = tokio::time::timeout(HELD, &mut migration).await;
    writer.rollback().await;
    match early {
        Ok(ended) => ended.expect("it gives up instead of waiting"),
        Err(_) => migration.await.unwrap(),
    }
}

both_empty_databases!(
    instances_that_start_at_once_migrate_one_after_the_other,
    |database| async {
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let options = options(database);
                tokio::spawn(async move { migrate_up(&options).await })
            })
            .collect();
        for start in starts {
            start.await.unwrap().unwrap();
        }
        let states = migration_status(&options(database)).await.unwrap();
        assert!(states.iter().all(|state| state.is_applied));
    }
);

both_databases!(
    rates_that_the_older_program_cannot_read_hold_the_schema_up,
    |app| async {
        let admin = app.admin().await;
        let rate = json!({"currency": "USD", "rate_micros": 350, "rate_side": "foreign_per_base"});
        admin.post("/rates", &rate).await.expect(201);
        let steps = steps_down_to(&app.database, "m20261129_000019_rates").await;
        let refused = migrate_down(&options(&app.database), Some(steps))
            .await
            .unwrap_err();
        assert!(
            format!("{refused:?}").contains("cannot go back"),
            "{refused:?}"
        );
        migrate_up(&options(&app.database)).await.unwrap();
    }
);

/// How many migrations lie from this one to the newest.
async fn steps_down_to(database: &TestDatabase, name: &str) -> u32 {
    let states = migration_status(&options(database)).await.unwrap();
    let place = states.iter().position(|state| state.name == name).unwrap();
    u32::try_from(states.len() - place).unwrap()
}

/// Refunds one piece of a sale.
async fn refund_one(manager: &Client, sale: &Value) -> Value {
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let part = json!({"reason": "broken", "lines": [
        {"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}]});
    manager.post(&path, part).await.expect(201)
}

/// A sale that was paid exactly, one that got change and was refunded in two parts, and a voided one
/// that was rounded.
async fn three_sales(manager: &Client, product: ProductId) -> Vec<Value> {
    let mut sales = Vec::new();
    for amount in [700_000, 1_000_000, 705_000] {
        let order = json!({"lines": [{"product_id": product, "quantity": 2}],
            "payments": [{"method": "cash", "currency": "CDF", "amount_minor": amount}]});
        sales.push(manager.post("/sales", order).await.expect(201));
    }
    let void = format!("/sales/{}/void", sales[2]["id"].as_str().unwrap());
    let why = json!({"reason": "wrong basket"});
    manager.post(&void, why).await.expect(200);
    refund_one(manager, &sales[1]).await;
    refund_one(manager, &sales[1]).await;
    sales
}

both_databases!(
    money_of_the_older_program_moves_as_it_was_written_down,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let sales = three_sales(&manager, product).await;

        let steps = steps_down_to(&app.database, "m20261129_000019_rates").await;
        let refused = migrate_down(&options(&app.database), Some(steps))
            .await
            .unwrap_err();
        let said = format!("{refused:?}");
        assert!(said.contains("cannot go back: there are refunds"), "{said}");
        migrate_up(&options(&app.database)).await.unwrap();
        // As the older program left it: how a refund was paid was not recorded.
        app.forge("UPDATE refund_payments SET method = 'unknown'", vec![])
            .await;
        migrate_down(&options(&app.database), Some(steps))
            .await
            .unwrap();
        let kept = app
            .figure("SELECT change_minor FROM sales WHERE number = 2")
            .await;
        assert_eq!(kept, 300_000);
        migrate_up(&options(&app.database)).await.unwrap();

        let read = format!("/sales/{}", sales[1]["id"].as_str().unwrap());
        let sale = manager.get(&read).await.expect(200);
        assert_eq!(sale["change"], sales[1]["change"]);
        assert_eq!(sale["payments"], sales[1]["payments"]);
        let back: Vec<_> = sale["refunds"].as_array().unwrap().iter().collect();
        for (refund, number) in back.iter().zip(1..) {
            assert_eq!(refund["number"], number);
            assert_eq!(refund["total_minor"], 350_000);
            assert_eq!(refund["rounding_minor"], 0);
            let paid = refund["payments"].as_array().unwrap();
            assert_eq!(paid.len(), 1);
            assert_eq!(paid[0]["method"], "unknown");
            assert_eq!(paid[0]["base_minor"], 350_000);
        }
        assert_eq!(back.len(), 2);
        let next = refund_one(&manager, &sales[0]).await;
        assert_eq!(next["number"], 3);
    }
);

both_databases!(
    corrections_of_the_older_program_are_known_by_what_they_stand_for,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let before = app.clock.now();
        app.clock.advance_seconds(20);
        let count = json!({"lines": [{"product_id": product, "counted": 7}]});
        manager.post("/inventory/counts", count).await.expect(201);
        app.clock.advance_seconds(20);
        let mut sale = basket(product, 3);
        sale["occurred_at"] = json!(before);
        let sale = manager.post("/sales", sale).await.expect(201);
        let sheet = json!({"lines": [{"product_id": product, "counted": 8}], "counted_at": before});
        manager.post("/inventory/counts", sheet).await.expect(201);
        let corrections = "SELECT COUNT(*) FROM stock_movements WHERE is_correction";
        assert_eq!(app.figure(corrections).await, 2);

        let steps = steps_down_to(&app.database, "m20261129_000027_corrections").await;
        let options = options(&app.database);
        migrate_down(&options, Some(steps)).await.unwrap();
        let counts = "SELECT COUNT(*) FROM stock_movements WHERE kind = 'count'";
        assert_eq!(app.figure(counts).await, 4);
        // The words of a correction on the sheet of a count make no correction of it.
        let words = "UPDATE stock_movements SET reason = 'entered after a count that had seen it' WHERE kind = 'count'";
        app.forge(words, vec![]).await;
        migrate_up(&options).await.unwrap();
        assert_eq!(app.figure(corrections).await, 2);
        let own = "SELECT COUNT(*) FROM stock_movements AS movement
            JOIN stock_documents AS sheet ON sheet.id = movement.reference_id
            WHERE is_correction AND sheet.occurred_at_us = movement.occurred_at_us";
        assert_eq!(app.figure(own).await, 0);

        // The late sale goes back together with its correction, and clients read counts.
        let void = format!("/sales/{}/void", sale["id"].as_str().unwrap());
        let why = json!({"reason": "wrong basket"});
        manager.post(&void, why).await.expect(200);
        assert_eq!(app.on_hand(product).await, 7_000);
        let read = format!("/inventory/movements?product_id={product}&kind=count");
        let read = manager.get(&read).await.expect(200);
        let kinds = read["items"].as_array().unwrap().iter();
        assert_eq!(kinds.filter(|one| one["kind"] == "count").count(), 5);
    }
);

both_databases!(the_read_handle_cannot_write, |app| async {
    let read = &app.modules.stores.read;
    let before = app
        .figure("SELECT value FROM counters WHERE name = 'sale'")
        .await;
    let mut attempts = vec![
        "UPDATE counters SET value = 7 WHERE name = 'sale'",
        "DELETE FROM counters",
        "INSERT INTO counters (name, value) VALUES ('x', 1)",
        "DROP TABLE counters",
        "INSERT INTO counters (name, value) VALUES ('x', 1) RETURNING value",
    ];
    match app.db {
        Db::Sqlite => attempts.push("CREATE TEMP TABLE x (y INTEGER)"),
        Db::Postgres => attempts.push(
            "WITH added AS (INSERT INTO counters (name, value) VALUES ('x', 1) RETURNING value) SELECT value FROM added",
        ),
    }
    for attempt in attempts {
        let refused: Result<Vec<i64>, StoreError> = read.values(attempt, []).await;
        assert!(refused.is_err(), "went through: {attempt}");
    }
    assert_eq!(
        app.figure("SELECT value FROM counters WHERE name = 'sale'")
            .await,
        before
    );
    assert_eq!(
        app.figure("SELECT CAST(COUNT(*) AS BIGINT) FROM counters WHERE name = 'x'")
            .await,
        0
    );
});

both_databases!(the_boot_probe_accepts_the_read_pool, |app| async {
    store::probe_read_only(&app.modules.stores.read)
        .await
        .unwrap();
});

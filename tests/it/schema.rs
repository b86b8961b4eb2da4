//! The schema forwards and backwards, and the handle that cannot write.

use std::collections::BTreeSet;

use serde_json::json;
use store::{StoreError, StoreOptions, migrate_down, migrate_up, migration_status};

use crate::support::app::{Db, TestDatabase};

fn options(database: &TestDatabase) -> StoreOptions {
    StoreOptions {
        url: database.url.clone(),
        read_url: None,
        read_connections: 2,
        write_connections: 2,
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
    let rows = stores.read.rows(sql, []).await.unwrap();
    let schema = rows.iter().map(|row| row.get(0).unwrap()).collect();
    stores.close().await;
    schema
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
        let rates = i64::try_from(
            migration_status(&options(&app.database))
                .await
                .unwrap()
                .iter()
                .rev()
                .position(|state| state.name == "m20261129_000019_rates")
                .unwrap(),
        )
        .unwrap();
        let steps = u32::try_from(rates + 1).unwrap();
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
        let refused: Result<_, StoreError> = read.rows(attempt, []).await;
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

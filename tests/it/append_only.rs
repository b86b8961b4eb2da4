//! Recorded rows are not rewritten, by no statement, in no table of records and no column of one. The
//! tables and columns are read from the database, so that a new one is tried as well.

use kernel::Clock as _;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::{
    app::{BY_HAND, Db, TestApp, Wishes, run},
    shop::{Wanted, basket},
};

/// The tables of records, with the columns that a deed may change in them later.
const RECORDS: [(&str, &[&str]); 12] = [
    ("audit_log", &[]),
    ("clock_corrections", &[]),
    ("payments", &["is_live"]),
    ("price_changes", &[]),
    (
        "rates",
        &["withdrawn_at_us", "withdrawn_by", "withdraw_reason"],
    ),
    ("refund_lines", &[]),
    ("refund_payments", &[]),
    ("refunds", &[]),
    ("sale_lines", &["refunded_milli"]),
    (
        "sales",
        &["state", "voided_at_us", "voided_by", "void_reason"],
    ),
    ("stock_documents", &[]),
    ("stock_movements", &[]),
];

/// Tables whose rows may change: people, the parts of a shop, levels (which their movements prove),
/// and computed or temporary data.
const OTHERS: [&str; 40] = [
    "analytics_notes",
    "categories",
    "changed_products",
    "changes",
    "counters",
    "favourite_products",
    "happenings",
    "idempotency_keys",
    "import_files",
    "import_products",
    "import_rows",
    "import_shapes",
    "imports",
    "job_steps",
    "jobs",
    "known_places",
    "locations",
    "payment_accounts",
    "product_barcodes",
    "products",
    "recovery_codes",
    "refresh_tokens",
    "rollup_days",
    "rollup_hours",
    "rollup_payments",
    "rollup_products",
    "rollup_state",
    "sale_index_state",
    "sale_index_things",
    "sale_index_words",
    "schedules",
    "seaql_migrations",
    "sessions",
    "settings",
    "setup",
    "stock_levels",
    "stock_movement_actors",
    "stock_movement_index",
    "stock_movement_index_state",
    "users",
];

/// A table as the database describes it.
struct Table {
    name: String,
    columns: Vec<Column>,
}

store::selection! {
    struct Column { name: String, kind: String, is_key: bool }
}

impl Column {
    /// Another value than the one that is there.
    fn other(&self, table: &str) -> String {
        let column = format!("{table}.{}", self.name);
        match self.kind.as_str() {
            "BLOB" => "randomblob(16)".to_owned(),
            "uuid" => "gen_random_uuid()".to_owned(),
            "INTEGER" | "bigint" => format!("COALESCE({column}, 0) + 1"),
            "TEXT" | "text" => format!("COALESCE({column}, '') || 'x'"),
            "boolean" => format!("NOT {column}"),
            unknown => panic!("{column} is of an unknown kind: {unknown}"),
        }
    }
}

impl Table {
    fn list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|one| one.name.as_str()).collect();
        names.join(", ")
    }

    fn key(&self) -> String {
        let key = self.columns.iter().filter(|one| one.is_key);
        let names: Vec<_> = key.map(|one| one.name.as_str()).collect();
        assert!(!names.is_empty(), "{} has no key", self.name);
        names.join(", ")
    }
}

async fn tables(app: &TestApp) -> Vec<String> {
    let sql = match app.db {
        // The tables of the search index belong to it and are computed from the products.
        Db::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'product_search%' ORDER BY name"
        }
        Db::Postgres => {
            "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        }
    };
    app.modules.stores.read.values(sql, []).await.unwrap()
}

async fn table(app: &TestApp, name: &str) -> Table {
    let sql = match app.db {
        Db::Sqlite => "SELECT name, type AS kind, pk > 0 AS is_key FROM pragma_table_info($1)",
        Db::Postgres => {
            "SELECT CAST(one.column_name AS text) AS name, CAST(one.data_type AS text) AS kind, EXISTS (
                 SELECT 1 FROM information_schema.table_constraints AS rule
                 JOIN information_schema.key_column_usage AS used USING (constraint_schema, constraint_name)
                 WHERE rule.constraint_type = 'PRIMARY KEY' AND rule.table_name = $1 AND used.column_name = one.column_name) AS is_key
             FROM information_schema.columns AS one
             WHERE one.table_schema = 'public' AND one.table_name = $1 AND one.is_generated = 'NEVER'"
        }
    };
    let read = &app.modules.stores.read;
    let columns = read.select::<Column>(sql, [name.into()]).await;
    Table {
        name: name.to_owned(),
        columns: columns.unwrap(),
    }
}

/// Every row, as text.
async fn content(app: &TestApp, table: &Table) -> Vec<String> {
    let sql = match app.db {
        Db::Sqlite => {
            let quoted: Vec<_> = table
                .columns
                .iter()
                .map(|one| format!("quote({})", one.name))
                .collect();
            format!("SELECT {} FROM {}", quoted.join(" || ' ' || "), table.name)
        }
        Db::Postgres => format!("SELECT CAST({0} AS text) FROM {0}", table.name),
    };
    let rows = app.modules.stores.read.values(&sql, []).await;
    let mut rows: Vec<String> = rows.unwrap();
    rows.sort();
    rows
}

/// What comes of a statement; nothing of it stays.
async fn attempt(app: &TestApp, sql: &str) -> Result<u64, String> {
    let tx = app.modules.stores.write.begin().await.unwrap();
    let outcome = tx.execute(sql, []).await;
    tx.rollback().await;
    outcome.map_err(|error| format!("{error:?}"))
}

async fn assert_refused(app: &TestApp, sql: &str) {
    let refusal = attempt(app, sql).await.expect_err(sql);
    assert!(refusal.contains("append-only"), "{sql}: {refusal}");
}

async fn assert_allowed(app: &TestApp, sql: &str) {
    let touched = attempt(app, sql).await.expect(sql);
    assert!(touched > 0, "{sql}");
}

/// At least one row in every table of records: a whole sale, a voided one, one of which a part came
/// back, and a rate that was withdrawn.
async fn fill(app: &TestApp) {
    let product = app.product(Wanted::default()).await;
    let admin = app.admin().await;
    admin.post("/sales", basket(product, 1)).await.expect(201);
    let wrong = admin.post("/sales", basket(product, 1)).await.expect(201);
    let void = format!("/sales/{}/void", wrong["id"].as_str().unwrap());
    admin
        .post(&void, json!({"reason": "typed twice"}))
        .await
        .expect(200);
    let sale = admin.post("/sales", basket(product, 2)).await.expect(201);
    let refunds = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let part = json!({"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true});
    admin
        .post(&refunds, json!({"reason": "broken", "lines": [part]}))
        .await
        .expect(201);
    let count = json!({"lines": [{"product_id": product, "counted": 8}]});
    admin.post("/inventory/counts", count).await.expect(201);
    let rate = json!({"currency": "USD", "rate_micros": 2_800_000_000_i64});
    let rate: Value = admin.post("/rates", rate).await.expect(201).clone();
    let withdraw = format!("/rates/{}/withdraw", rate["id"].as_str().unwrap());
    admin
        .post(&withdraw, json!({"reason": "mistyped"}))
        .await
        .expect(200);
    app.clock.advance_seconds(3_600);
    admin.post("/sales", basket(product, 1)).await.expect(201);
    app.travel_to(app.clock.now().plus_seconds(-1_800)).await;
}

both_databases!(no_statement_rewrites_what_is_recorded, |app| async {
    fill(app).await;
    for name in tables(app).await {
        let named = RECORDS.iter().find(|(record, _)| *record == name);
        let Some((_, named)) = named else {
            assert!(
                OTHERS.contains(&name.as_str()),
                "is {name} a table of records? Then a migration keeps it, and it stands here."
            );
            continue;
        };
        let table = table(app, &name).await;
        let before = content(app, &table).await;
        assert!(!before.is_empty(), "nothing is recorded in {name}");
        for statement in attacks(app.db, &table, named) {
            assert_refused(app, &statement).await;
        }
        assert_eq!(content(app, &table).await, before, "{name}");
    }
});

fn attacks(db: Db, table: &Table, named: &[&str]) -> Vec<String> {
    let (name, columns, key) = (&table.name, table.list(), table.key());
    let mut attacks = vec![format!("DELETE FROM {name}")];
    if db == Db::Postgres {
        attacks.push(format!("TRUNCATE {name} CASCADE"));
    } else {
        for replace in ["REPLACE", "INSERT OR REPLACE"] {
            attacks.push(format!(
                "{replace} INTO {name} ({columns}) SELECT {columns} FROM {name} LIMIT 1"
            ));
        }
    }
    let frozen = table
        .columns
        .iter()
        .filter(|column| !named.contains(&column.name.as_str()));
    for column in frozen {
        let set = format!("SET {} = {}", column.name, column.other(name));
        attacks.push(format!("UPDATE {name} {set}"));
        if db == Db::Sqlite {
            attacks.push(format!("UPDATE OR REPLACE {name} {set}"));
            attacks.push(format!("UPDATE OR IGNORE {name} {set}"));
        }
        attacks.push(format!(
            "INSERT INTO {name} ({columns}) SELECT {columns} FROM {name} WHERE TRUE LIMIT 1 ON CONFLICT ({key}) DO UPDATE {set}"
        ));
    }
    attacks
}

both_databases!(
    a_sale_goes_on_to_the_states_that_are_named,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        manager.post("/sales", basket(product, 1)).await.expect(201);
        let states = ["completed", "voided", "partially_refunded", "refunded"];
        let allowed = [
            ("completed", "voided"),
            ("completed", "partially_refunded"),
            ("completed", "refunded"),
            ("partially_refunded", "refunded"),
        ];
        for from in states {
            let set = format!(
                "UPDATE sales SET state = '{from}', voided_at_us = {}",
                if from == "voided" { "1" } else { "NULL" }
            );
            app.forge(&set, Vec::new()).await;
            if from == "completed" {
                let when = "UPDATE sales SET state = 'voided', void_reason = 'x'";
                assert_refused(app, when).await;
            }
            for to in states {
                let fields = if to == "voided" && from != "voided" {
                    ", voided_at_us = 7, voided_by = cashier_id, void_reason = 'x'"
                } else {
                    ""
                };
                let go = format!("UPDATE sales SET state = '{to}'{fields}");
                if from == to || allowed.contains(&(from, to)) {
                    assert_allowed(app, &go).await;
                } else {
                    assert_refused(app, &go).await;
                }
            }
            for field in [
                "voided_at_us = 9",
                "voided_by = cashier_id",
                "void_reason = 'y'",
            ] {
                assert_refused(app, &format!("UPDATE sales SET {field}")).await;
                let refunded = format!("UPDATE sales SET state = 'refunded', {field}");
                assert_refused(app, &refunded).await;
            }
        }
        app.forge(
            "UPDATE sales SET state = 'completed', voided_at_us = NULL",
            Vec::new(),
        )
        .await;
    }
);

both_databases!(named_columns_go_one_way, |app| async {
    fill(app).await;
    let part = "UPDATE sale_lines SET refunded_milli = refunded_milli";
    assert_allowed(app, &format!("{part} + 500 WHERE quantity_milli > 1000")).await;
    assert_refused(app, &format!("{part} - 1 WHERE refunded_milli > 0")).await;
    let live = "UPDATE payments SET is_live";
    assert_allowed(app, &format!("{live} = FALSE WHERE is_live")).await;
    assert_refused(app, &format!("{live} = TRUE WHERE NOT is_live")).await;
    let rate = "UPDATE rates SET";
    for change in [
        "withdrawn_at_us = NULL, withdrawn_by = NULL, withdraw_reason = NULL",
        "withdrawn_at_us = withdrawn_at_us + 1",
        "withdraw_reason = 'another'",
        "withdrawn_by = NULL",
    ] {
        assert_refused(
            app,
            &format!("{rate} {change} WHERE withdraw_reason IS NOT NULL"),
        )
        .await;
    }
    app.admin()
        .await
        .post(
            "/rates",
            json!({"currency": "USD", "rate_micros": 2_800_000_000_i64}),
        )
        .await
        .expect(201);
    let other = "withdraw_reason = 'another' WHERE withdraw_reason IS NULL";
    assert_refused(app, &format!("{rate} {other}")).await;
    assert_allowed(app, &format!("{rate} withdrawn_at_us = 7, {other}")).await;
});

/// Another program that opens the file does not know of `recursive_triggers`: there `REPLACE` deletes
/// without a trigger. What no sale writes is kept from it as well.
#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is a tool that does not keep the rules of the store"
)]
async fn replace_with_another_program(app: &TestApp) {
    fill(app).await;
    let mut options = sea_orm::ConnectOptions::new(&app.database.url);
    options.max_connections(1);
    let file = sea_orm::Database::connect(options).await.unwrap();
    for (name, _) in RECORDS {
        let written_by_sales = ["payments", "sale_lines", "sales", "stock_movements"];
        if written_by_sales.contains(&name) {
            continue;
        }
        let columns = table(app, name).await.list();
        let sql = format!("REPLACE INTO {name} ({columns}) SELECT {columns} FROM {name} LIMIT 1");
        let refusal = file.execute_unprepared(&sql).await.expect_err(&sql);
        assert!(refusal.to_string().contains("append-only"), "{refusal}");
    }
    file.close().await.unwrap();
}

/// PostgreSQL has no REPLACE, and its triggers do not depend on who connects.
#[test]
fn another_program_does_not_replace_what_is_recorded() {
    let name = "another_program_does_not_replace_what_is_recorded";
    run(Db::Sqlite, name, Wishes::default(), async |app| {
        replace_with_another_program(app).await;
    });
}

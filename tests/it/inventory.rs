//! Stock: documents, counts while selling goes on, transfers, the past, and the ledger's own guard.

mod costs;
mod kept_by_differences;
mod late;
mod ledger;
mod papers;

use kernel::{Clock as _, Quantity, ids::ProductId};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::support::{
    app::{BY_HAND, Db, TestApp},
    http::Client,
    shop::{Wanted, basket},
};

both_databases!(
    a_count_is_compared_with_the_stock_of_its_moment,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(60);
        let counted_at = app.clock.now();
        app.clock.advance_seconds(60);
        manager.post("/sales", basket(product, 4)).await.expect(201);
        let count =
            json!({"lines": [{"product_id": product, "counted": 9}], "counted_at": counted_at});
        let document = manager.post("/inventory/counts", count).await.expect(201);
        assert_eq!(
            document["movements"][0]["delta"], -1,
            "one was missing at the moment of the count"
        );
        assert_eq!(
            app.on_hand(product).await,
            5_000,
            "what was sold since is kept"
        );
        let impossible =
            json!({"lines": [{"product_id": product, "counted": 3}], "counted_at": counted_at});
        manager
            .post("/inventory/counts", impossible)
            .await
            .expect_problem_at(409, "stock.count_contradicted", "/lines/0");
        let twice = json!({"lines": [{"product_id": product, "counted": 3}, {"product_id": product, "counted": 3}]});
        manager
            .post("/inventory/counts", twice)
            .await
            .expect_problem_at(422, "request.validation_failed", "/lines/1/product_id");
    }
);

both_databases!(
    a_late_sale_that_the_count_had_seen_does_not_leave_twice,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 3,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        app.clock.advance_seconds(600);
        let sold_offline = app.clock.now();
        app.clock.advance_seconds(600);
        manager
            .post(
                "/inventory/counts",
                json!({"lines": [{"product_id": product, "counted": 0}]}),
            )
            .await
            .expect(201);
        app.clock.advance_seconds(600);
        let late =
            json!({"lines": [{"product_id": product, "quantity": 3}], "occurred_at": sold_offline});
        let sale = manager.post("/sales", late).await.expect(201);
        assert_eq!(
            sale["occurred_at"],
            serde_json::to_value(sold_offline).unwrap()
        );
        assert_eq!(
            app.on_hand(product).await,
            0,
            "the shelf was empty when it was counted"
        );
        let after = json!({"lines": [{"product_id": product, "quantity": 1}]});
        manager
            .post("/sales", after)
            .await
            .expect_problem(409, "stock.insufficient");
    }
);

both_databases!(stock_is_known_for_any_past_moment, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let mut moments = vec![(app.clock.now(), 10)];
    for (sold, left) in [(1, 9), (2, 7), (3, 4)] {
        app.clock.advance_seconds(3600);
        manager
            .post("/sales", basket(product, sold))
            .await
            .expect(201);
        moments.push((app.clock.now(), left));
    }
    for (at, left) in moments {
        let levels = manager
            .get(&format!("/inventory?product_id={product}&as_of={at}"))
            .await
            .expect(200);
        assert_eq!(levels["items"][0]["on_hand"], left, "at {at}");
    }
});

both_databases!(a_transfer_moves_and_never_makes, |app| async {
    let product = app.product(Wanted::default()).await;
    let depot = app.location("Dépôt Birere").await;
    let manager = app.manager().await;
    let locations = manager.get("/locations").await.expect(200);
    let shop = locations["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["is_default"] == true)
        .unwrap()["id"]
        .clone();
    let transfer = |quantity: i64| json!({"from_location_id": shop, "to_location_id": depot, "lines": [{"product_id": product, "quantity": quantity}]});
    manager
        .post("/inventory/transfers", transfer(4))
        .await
        .expect(201);
    manager
        .post("/inventory/transfers", transfer(7))
        .await
        .expect_problem_at(409, "stock.insufficient", "/lines/0");
    assert_eq!(app.on_hand(product).await, 10_000);
    let at_depot = manager
        .get(&format!("/inventory?location_id={depot}"))
        .await
        .expect(200);
    assert_eq!(at_depot["items"][0]["on_hand"], 4);
    let from_depot =
        json!({"lines": [{"product_id": product, "quantity": 5}], "location_id": depot});
    manager
        .post("/sales", from_depot)
        .await
        .expect_problem(409, "stock.insufficient");
    let same = json!({"from_location_id": shop, "to_location_id": shop, "lines": [{"product_id": product, "quantity": 1}]});
    manager
        .post("/inventory/transfers", same)
        .await
        .expect_problem_at(422, "request.validation_failed", "/to_location_id");
    app.admin()
        .await
        .post("/locations", json!({"name": "depot birere"}))
        .await
        .expect_problem_at(409, "location.name_taken", "/name");
});

both_databases!(
    a_receipt_moves_the_cost_to_the_weighted_average,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 10,
                cost_minor: 1_000,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let receipt = json!({"lines": [{"product_id": product, "quantity": 30, "unit_cost_minor": 2_000}], "supplier": "Maison Kivu", "reference": "F-12"});
        let posted = manager
            .post_once("/inventory/receipts", "r", &receipt)
            .await
            .expect(201);
        assert_eq!(
            manager
                .post_once("/inventory/receipts", "r", &receipt)
                .await
                .expect(201),
            posted
        );
        assert_eq!(app.on_hand(product).await, 40_000);
        assert_eq!(app.figure("SELECT cost_minor FROM products").await, 1_750);
        let later = app.clock.now().plus_seconds(3600);
        let future =
            json!({"lines": [{"product_id": product, "quantity": 1}], "occurred_at": later});
        manager
            .post("/inventory/receipts", future)
            .await
            .expect_problem_at(422, "time.out_of_range", "/occurred_at");
    }
);

both_databases!(an_adjustment_needs_a_reason_and_stock, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let adjust = |delta: f64, reason: &str| json!({"lines": [{"product_id": product, "delta": delta}], "reason": reason});
    manager
        .post("/inventory/adjustments", adjust(-1.0, " "))
        .await
        .expect_problem_at(422, "request.validation_failed", "/reason");
    manager
        .post("/inventory/adjustments", adjust(0.0, "x"))
        .await
        .expect_problem_at(422, "request.validation_failed", "/lines/0/delta");
    manager
        .post("/inventory/adjustments", adjust(-0.5, "x"))
        .await
        .expect_problem(422, "quantity.not_whole");
    manager
        .post("/inventory/adjustments", adjust(-11.0, "x"))
        .await
        .expect_problem(409, "stock.insufficient");
    manager
        .post("/inventory/adjustments", adjust(-2.0, "casse"))
        .await
        .expect(201);
    app.cashier()
        .await
        .post("/inventory/adjustments", adjust(-1.0, "vol"))
        .await
        .expect_problem(403, "auth.forbidden");
    let ledger = manager
        .get(&format!("/products/{product}/movements"))
        .await
        .expect(200);
    let newest = &ledger["items"][0];
    assert_eq!(
        (
            newest["delta"].as_i64(),
            newest["balance_after"].as_i64(),
            newest["seq"].as_i64(),
            newest["reason"].as_str()
        ),
        (Some(-2), Some(8), Some(2), Some("casse"))
    );
    assert_eq!(newest["kind"], "adjustment");
});

both_databases!(the_ledger_refuses_to_be_rewritten, |app| async {
    let product = app.product(Wanted::default()).await;
    for statement in [
        "UPDATE stock_movements SET delta_milli = 0",
        "DELETE FROM stock_movements",
        "UPDATE audit_log SET action = 'x'",
        "DELETE FROM audit_log",
        "UPDATE stock_documents SET reason = 'x'",
        "DELETE FROM stock_documents",
    ] {
        if statement.contains("documents") {
            let manager = app.manager().await;
            let one = json!({"lines": [{"product_id": product, "counted": 10}]});
            manager.post("/inventory/counts", one).await.expect(201);
        }
        if statement.contains("audit") {
            app.location(&format!("L {statement}")).await;
        }
        let attempt = app
            .modules
            .stores
            .write
            .transaction(async |tx: &store::Tx| -> Result<u64, store::StoreError> {
                tx.execute(statement, []).await
            })
            .await;
        assert!(attempt.is_err(), "{statement}");
    }
    assert_eq!(app.on_hand(product).await, 10_000);
});

/// A change that no trigger stops, the difference that it makes, and how it is undone.
const TAMPERING: [(&str, &str, &str); 10] = [
    (
        "UPDATE stock_levels SET counted_at_us = counted_at_us - 1",
        "level_does_not_know_its_count",
        "UPDATE stock_levels SET counted_at_us = counted_at_us + 1",
    ),
    (
        "UPDATE stock_levels SET on_hand_milli = on_hand_milli + 1000",
        "level_is_not_sum",
        "UPDATE stock_levels SET on_hand_milli = on_hand_milli - 1000",
    ),
    (
        "UPDATE stock_levels SET seq = seq + 1",
        "seq_has_gap",
        "UPDATE stock_levels SET seq = seq - 1",
    ),
    (
        "UPDATE sale_lines SET quantity_milli = quantity_milli + 1000",
        "sale_is_not_its_movements",
        "UPDATE sale_lines SET quantity_milli = quantity_milli - 1000",
    ),
    (
        "UPDATE sale_lines SET refunded_milli = 1000",
        "refunded_is_not_sum_of_refunds",
        "UPDATE sale_lines SET refunded_milli = 0",
    ),
    (
        "UPDATE sales SET total_minor = total_minor + 1, rounding_minor = rounding_minor - 1",
        "total_is_not_sum_of_lines",
        "UPDATE sales SET total_minor = total_minor - 1, rounding_minor = rounding_minor + 1",
    ),
    (
        "UPDATE payments SET base_minor = base_minor + 1",
        "payments_are_not_total",
        "UPDATE payments SET base_minor = base_minor - 1",
    ),
    (
        "UPDATE sales SET state = 'voided'",
        "void_is_not_its_movements",
        "UPDATE sales SET state = 'completed'",
    ),
    (
        "UPDATE sales SET state = 'refunded'",
        "state_is_not_refunds",
        "UPDATE sales SET state = 'completed'",
    ),
    (
        "UPDATE counters SET value = value + 1",
        "numbers_have_gap",
        "UPDATE counters SET value = value - 1",
    ),
];

both_databases!(
    a_difference_in_the_books_is_found_and_named,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let count = json!({"lines": [{"product_id": product, "counted": 10}]});
        manager.post("/inventory/counts", count).await.expect(201);
        app.clock.advance_seconds(1);
        manager.post("/sales", basket(product, 1)).await.expect(201);
        assert_eq!(
            manager.get("/inventory/verify").await.expect(200)["ok"],
            true
        );
        for (harm, kind, repair) in TAMPERING {
            app.forge(harm, vec![]).await;
            let proof = manager.get("/inventory/verify").await.expect(200);
            assert_eq!(proof["ok"], false, "{harm}");
            let kinds: Vec<_> = proof["differences"]
                .as_array()
                .unwrap()
                .iter()
                .map(|d| d["kind"].as_str().unwrap())
                .collect();
            assert!(kinds.contains(&kind), "{harm}: {kinds:?}");
            app.forge(repair, vec![]).await;
        }
        assert_eq!(
            manager.get("/inventory/verify").await.expect(200)["ok"],
            true
        );
    }
);

/// Does what the constraints and triggers would refuse.
#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is a tool that does not keep the rules of the store"
)]
async fn behind_the_back(app: &TestApp, sql: &str) {
    let Some(path) = &app.database.path else {
        let free = "SET LOCAL session_replication_role = replica";
        let write = &app.modules.stores.write;
        write
            .transaction(async |tx: &store::Tx| -> Result<u64, store::StoreError> {
                tx.execute(free, []).await?;
                tx.execute(sql, []).await
            })
            .await
            .unwrap();
        return;
    };
    let mut options = sea_orm::ConnectOptions::new(format!("sqlite://{}", path.display()));
    options.max_connections(1);
    let file = sea_orm::Database::connect(options).await.unwrap();
    for sql in ["PRAGMA foreign_keys = OFF", sql] {
        file.execute_unprepared(sql).await.unwrap();
    }
    file.close().await.unwrap();
}

/// A movement without a document and without a matching movement.
async fn lone_movement(app: &TestApp, product: ProductId, kind: &str, seq: i64, delta: i64) {
    let sql = "INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, reference_id, occurred_at_us, recorded_at_us)
               SELECT $1, $2, location_id, $3, $4, on_hand_milli + $4, $5, $6, 0, 0 FROM stock_levels WHERE product_id = $2";
    let values: Vec<sea_orm::Value> = vec![
        uuid::Uuid::now_v7().into(),
        product.as_uuid().into(),
        seq.into(),
        delta.into(),
        kind.into(),
        uuid::Uuid::nil().into(),
    ];
    app.write(sql, values).await;
    if app.db == Db::Postgres {
        // On SQLite the level has followed.
        let sql = "UPDATE stock_levels SET on_hand_milli = on_hand_milli + $2, seq = seq + 1 WHERE product_id = $1";
        let values = vec![product.as_uuid().into(), delta.into()];
        app.write(sql, values).await;
    }
}

async fn kinds_of_differences(manager: &Client) -> Vec<String> {
    let proof = manager.get("/inventory/verify").await.expect(200);
    let differences = proof["differences"].as_array().unwrap();
    let kinds = differences.iter().map(|one| one["kind"].as_str().unwrap());
    kinds.map(str::to_owned).collect()
}

both_databases!(what_was_lost_from_the_books_is_found, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    lone_movement(app, product, "transfer", 2, 1_000).await;
    assert_eq!(
        kinds_of_differences(&manager).await,
        ["document_is_missing", "transfer_is_not_even"]
    );
    let document = "INSERT INTO stock_documents (id, kind, occurred_at_us, recorded_at_us) VALUES ($1, 'transfer', 0, 0)";
    app.write(document, vec![uuid::Uuid::nil().into()]).await;
    assert_eq!(
        kinds_of_differences(&manager).await,
        ["transfer_is_not_even"]
    );
    lone_movement(app, product, "transfer", 3, -1_000).await;
    assert!(kinds_of_differences(&manager).await.is_empty());

    behind_the_back(app, "CREATE TABLE kept AS SELECT * FROM stock_levels").await;
    behind_the_back(app, "DELETE FROM stock_levels").await;
    assert_eq!(kinds_of_differences(&manager).await, ["level_is_missing"]);
    behind_the_back(app, "INSERT INTO stock_levels SELECT * FROM kept").await;
    behind_the_back(app, "DROP TABLE kept").await;
});

both_databases!(levels_and_movements_page_without_gaps, |app| async {
    let manager = app.manager().await;
    for sku in ["A", "B", "C", "D", "E"] {
        let product = app
            .product(Wanted {
                sku,
                ..Wanted::default()
            })
            .await;
        app.put_in_stock(product, Quantity::from_units(1), app.clock.now())
            .await;
    }
    for (path, total) in [("/inventory", 5), ("/inventory/movements", 10)] {
        let mut seen = std::collections::BTreeSet::new();
        let mut query = "?limit=2".to_owned();
        loop {
            let page = manager.get(&format!("{path}{query}")).await.expect(200);
            for item in page["items"].as_array().unwrap() {
                assert!(seen.insert(item.to_string()), "{item} again");
            }
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            query = format!("?limit=2&cursor={cursor}");
        }
        assert_eq!(seen.len(), total, "{path}");
    }
});

//! Work that waits during a count: a sale in the till's queue, a receipt behind a lock, a request on
//! its way to the database. It happened when it arrived, and a count at that moment or later has seen
//! it, whichever commits first.

mod gate;
mod model;
mod schedules;

use std::time::Duration;

use kernel::{Clock as _, ids::ProductId};
use serde_json::json;
use store::Tx;

use crate::support::{
    app::{Db, TestApp, Wishes, run},
    shop::{Wanted, basket},
};

const STEP: i64 = 20;

async fn two_products(app: &TestApp) -> (ProductId, ProductId) {
    let product = |sku| Wanted {
        sku,
        stock: 100,
        ..Wanted::default()
    };
    (
        app.product(product("A")).await,
        app.product(product("X")).await,
    )
}

/// Holds the level of a product until the transaction ends.
async fn hold_level(app: &TestApp, product: ProductId) -> Tx {
    let tx = app.modules.stores.write.begin().await.unwrap();
    let sql = "SELECT seq FROM stock_levels WHERE product_id = $1 FOR UPDATE";
    tx.value::<i64>(sql, [product.as_uuid().into()])
        .await
        .unwrap();
    tx
}

/// Until a lock of this database is waited for.
async fn somebody_waits(app: &TestApp) {
    let sql = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())";
    while app.figure(sql).await == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

// PostgreSQL only: SQLite has one writer, so nobody waits for a level.
#[test]
fn a_sale_that_waits_for_a_lock_while_its_product_is_counted_leaves_once() {
    let name = "a_sale_that_waits_for_a_lock_while_its_product_is_counted_leaves_once";
    run(
        Db::Postgres,
        name,
        Wishes::default(),
        async |app: &TestApp| {
            let (first, counted) = two_products(app).await;
            let (cashier, manager) = (app.cashier().await, app.manager().await);
            let held = hold_level(app, first).await;
            let lines = json!([{"product_id": first, "quantity": 1}, {"product_id": counted, "quantity": 10}]);
            let arrived = app.clock.now();
            let sale =
                tokio::spawn(
                    async move { cashier.post("/sales", json!({ "lines": lines })).await },
                );
            somebody_waits(app).await;
            app.clock.advance_seconds(STEP);
            let count = json!({"lines": [{"product_id": counted, "counted": 90}]});
            manager.post("/inventory/counts", count).await.expect(201);
            let recorded = app.clock.now();
            held.rollback().await;
            let sale = sale.await.unwrap().expect(201);
            assert_eq!(app.on_hand(counted).await, 90_000);
            assert_eq!(app.on_hand(first).await, 99_000);
            assert_eq!(sale["occurred_at"], json!(arrived), "when it arrived");
            assert_eq!(sale["recorded_at"], json!(recorded), "after the wait");
            // The count's own moment shows what was counted, and a new sale leaves as ever.
            app.clock.advance_seconds(STEP);
            manager.post("/sales", basket(counted, 1)).await.expect(201);
            assert_eq!(app.on_hand(counted).await, 89_000);
        },
    );
}

// Only PostgreSQL, as above.
#[test]
fn goods_that_wait_to_come_in_while_they_are_counted_come_in_once() {
    let name = "goods_that_wait_to_come_in_while_they_are_counted_come_in_once";
    run(
        Db::Postgres,
        name,
        Wishes::default(),
        async |app: &TestApp| {
            let (first, counted) = two_products(app).await;
            let manager = app.manager().await;
            let sold = manager
                .post("/sales", basket(counted, 10))
                .await
                .expect(201);
            let refund = format!("/sales/{}/refunds", sold["id"].as_str().unwrap());
            let back = json!({"lines": [{"sale_line_id": sold["lines"][0]["id"], "quantity": 10, "restock": true}], "reason": "back"});
            let lines = json!([{"product_id": first, "quantity": 1}, {"product_id": counted, "quantity": 10}]);
            let deltas =
                json!([{"product_id": first, "delta": -1}, {"product_id": counted, "delta": -10}]);
            let waiting = [
                ("/inventory/receipts", json!({ "lines": lines }), first, 110),
                (
                    "/inventory/adjustments",
                    json!({"lines": deltas, "reason": "broken"}),
                    first,
                    90,
                ),
                (&refund, back, counted, 100),
            ];
            for (path, body, level, seen) in waiting {
                app.clock.advance_seconds(STEP);
                let held = hold_level(app, level).await;
                let (client, path) = (manager.clone(), path.to_owned());
                let posted = tokio::spawn(async move { client.post(&path, body).await });
                somebody_waits(app).await;
                app.clock.advance_seconds(STEP);
                let count = json!({"lines": [{"product_id": counted, "counted": seen}]});
                let client = manager.clone();
                let count =
                    tokio::spawn(async move { client.post("/inventory/counts", count).await });
                if level == first {
                    // The level of what is counted is free.
                    count.await.unwrap().expect(201);
                    held.rollback().await;
                } else {
                    held.rollback().await;
                    count.await.unwrap().expect(201);
                }
                let posted = posted.await.unwrap().expect(201);
                assert_eq!(app.on_hand(counted).await, seen * 1_000);
                let recorded = posted.get("recorded_at");
                let recorded = recorded.unwrap_or(&posted["movements"][0]["recorded_at"]);
                assert_eq!(*recorded, json!(app.clock.now()), "after the wait");
            }
        },
    );
}

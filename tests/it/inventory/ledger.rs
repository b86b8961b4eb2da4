//! The ledger's own guard, and the way to the movements of a product, whether they have been brought
//! into its index or not.

use std::time::Duration;

use kernel::{Clock as _, Quantity, ids::ProductId};
use sales::{inventory::by_product, rollups::fold};
use serde_json::Value;
use store::{Dialect, StoreError, Tx};
use tokio::time::timeout;

use crate::support::{
    app::{BY_HAND, TestApp},
    http::Client,
    shop::{Wanted, basket},
};

both_databases!(a_movement_that_does_not_follow_is_refused, |app| async {
    let product = app.product(Wanted::default()).await;
    let dialect = app.modules.stores.write.dialect();
    // Number, change, balance after; the last movement is number 1 and left ten.
    let mut attempts = vec![("the same number again", 1, 0, 10_000)];
    if dialect == Dialect::Sqlite {
        attempts.extend([
            ("a gap", 3, -1_000, 9_000),
            ("another balance", 2, -1_000, 8_000),
        ]);
    }
    for (what, seq, delta, balance) in attempts {
        let outcome = app
            .modules
            .stores
            .write
            .transaction(async |tx: &Tx| -> Result<u64, StoreError> {
                tx.execute(
                    "INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, occurred_at_us, recorded_at_us)
                     SELECT $1, $2, location_id, $3, $4, $5, 'adjustment', 0, 0 FROM stock_levels WHERE product_id = $2",
                    [
                        uuid::Uuid::now_v7().into(),
                        product.as_uuid().into(),
                        i64::from(seq).into(),
                        i64::from(delta).into(),
                        i64::from(balance).into(),
                    ],
                )
                .await
            })
            .await;
        assert!(outcome.is_err(), "{what}");
    }
    assert_eq!(app.on_hand(product).await, 10_000);
    assert_eq!(app.figure("SELECT COUNT(*) FROM stock_movements").await, 1);
});

both_databases!(
    the_movements_of_a_product_are_the_same_in_the_index_and_beside_it,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let other = Wanted {
            sku: "AUTRE",
            ..Wanted::default()
        };
        let other = app.product(other).await;
        let manager = app.manager().await;
        let began = app.clock.now();
        for round in 0..4 {
            app.clock.advance_seconds(60);
            manager.post("/sales", basket(product, 1)).await.expect(201);
            manager.post("/sales", basket(other, 1)).await.expect(201);
            if round == 1 {
                by_product::catch_up(&app.modules.stores.write)
                    .await
                    .unwrap();
            }
        }
        let listed = movements_of(&manager, product).await;
        assert_eq!(listed, ["10", "9", "8", "7", "6"]);
        let then = levels_then(app, &manager, 150, began).await;
        assert_eq!(then, [8.0, 8.0]);

        by_product::catch_up(&app.modules.stores.write)
            .await
            .unwrap();
        assert_eq!(movements_of(&manager, product).await, listed);
        assert_eq!(levels_then(app, &manager, 150, began).await, then);
        assert_eq!(
            by_product::catch_up(&app.modules.stores.write)
                .await
                .unwrap(),
            0,
            "nothing is left"
        );
    }
);

both_databases!(a_clock_that_was_put_back_hides_no_movement, |app| async {
    let product = app.product(Wanted::default()).await;
    by_product::catch_up(&app.modules.stores.write)
        .await
        .unwrap();
    // The battery of the clock is empty: it is 1971 again.
    app.clock
        .advance_seconds(-55 * 365 * Duration::from_hours(24).as_secs().cast_signed());
    app.put_in_stock(product, Quantity::from_units(1), app.clock.now())
        .await;
    by_product::catch_up(&app.modules.stores.write)
        .await
        .unwrap();
    app.clock
        .advance_seconds(55 * 365 * Duration::from_hours(24).as_secs().cast_signed());
    let manager = app.manager().await;
    let listed = movements_of(&manager, product).await;
    assert_eq!(listed.len(), 2, "{listed:?}");
});

both_databases!(an_index_that_lost_a_movement_is_found, |app| async {
    app.product(Wanted::default()).await;
    let manager = app.manager().await;
    by_product::catch_up(&app.modules.stores.write)
        .await
        .unwrap();
    if app.modules.stores.write.dialect() == Dialect::Sqlite {
        app.write("DELETE FROM stock_movement_index", vec![]).await;
        let proof = manager.get("/inventory/verify").await.expect(200);
        assert_eq!(
            proof["differences"][0]["kind"],
            "movement_index_is_not_the_ledger"
        );
        app.write("UPDATE stock_movement_index_state SET up_to = 0", vec![])
            .await;
        by_product::catch_up(&app.modules.stores.write)
            .await
            .unwrap();
    }
    let proof = manager.get("/inventory/verify").await.expect(200);
    assert_eq!(proof["ok"], true);
});

// One that runs after the newest never gets there while tills sell, and takes the writer from them for
// the sake of a handful each time. Here each turn finds something new, by a trigger.
both_databases!(
    what_is_done_afterwards_ends_while_selling_goes_on,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        manager.post("/sales", basket(product, 1)).await.expect(201);
        let write = &app.modules.stores.write;
        let (busy, calm): (&[&str], &[&str]) = match write.dialect() {
            Dialect::Sqlite => (&SQLITE_BUSY, &SQLITE_CALM),
            Dialect::Postgres => (&POSTGRES_BUSY, &POSTGRES_CALM),
        };
        let lifted = app.free_sales().await;
        for sql in busy {
            app.write(sql, Vec::new()).await;
        }
        let work = async {
            by_product::catch_up(write).await.unwrap();
            assert_eq!(fold::fold_all(write).await.unwrap(), 1);
        };
        let outcome = timeout(Duration::from_secs(20), work).await;
        assert!(outcome.is_ok(), "it runs after the newest");
        assert_eq!(fold::backlog(write).await.unwrap().waiting, 1);
        for sql in calm {
            app.write(sql, Vec::new()).await;
        }
        app.keep_sales(lifted).await;
    }
);

const SQLITE_BUSY: [&str; 2] = [
    "CREATE TRIGGER another_sale AFTER UPDATE OF folded_number ON rollup_state WHEN NEW.folded_number > 0
     BEGIN UPDATE sales SET number = number + 1; END",
    "CREATE TRIGGER another_movement AFTER UPDATE OF up_to ON stock_movement_index_state
     BEGIN INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, occurred_at_us, recorded_at_us)
           SELECT randomblob(16), product_id, location_id, seq + 1, 1000, on_hand_milli + 1000, 'adjustment', 0, 0 FROM stock_levels LIMIT 1; END",
];
const SQLITE_CALM: [&str; 3] = [
    "DROP TRIGGER another_sale",
    "DROP TRIGGER another_movement",
    "UPDATE sales SET number = 1",
];
const POSTGRES_BUSY: [&str; 2] = [
    "CREATE FUNCTION another_sale() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE sales SET number = number + 1; RETURN NULL; END'",
    "CREATE TRIGGER another_sale AFTER UPDATE OF folded_number ON rollup_state FOR EACH ROW
     WHEN (NEW.folded_number > 0) EXECUTE FUNCTION another_sale()",
];
const POSTGRES_CALM: [&str; 3] = [
    "DROP TRIGGER another_sale ON rollup_state",
    "DROP FUNCTION another_sale",
    "UPDATE sales SET number = 1",
];

/// What each movement of a product left, oldest first, from pages of two.
async fn movements_of(client: &Client, product: ProductId) -> Vec<String> {
    let mut left = Vec::new();
    let path = format!("/products/{product}/movements?limit=2");
    let mut page = client.get(&path).await.expect(200);
    loop {
        let items = page["items"].as_array().unwrap();
        left.extend(items.iter().map(|item| item["balance_after"].to_string()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        page = client
            .get(&format!("{path}&cursor={cursor}"))
            .await
            .expect(200);
    }
    left.reverse();
    left
}

/// The stock this many seconds after the beginning.
async fn levels_then(
    app: &TestApp,
    client: &Client,
    seconds: i64,
    began: kernel::Timestamp,
) -> Vec<f64> {
    let at = began.plus_seconds(seconds);
    assert!(at < app.clock.now());
    let levels = client
        .get(&format!("/inventory?as_of={at}"))
        .await
        .expect(200);
    let items = levels["items"].as_array().unwrap().iter();
    items
        .filter_map(|item: &Value| item["on_hand"].as_f64())
        .collect()
}

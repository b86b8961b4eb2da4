//! A stream that was cut goes on: nothing is lost and nothing comes twice.

use std::collections::BTreeMap;

use kernel::{Clock as _, happenings::HappeningKind, ids::ProductId};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use store::{Tx, happenings};

use super::{Event, Watcher};
use crate::{
    jobs::with_workers,
    support::{
        app::{Db, TestApp, run},
        http::Client,
        shop::{Wanted, basket},
    },
};

/// Stories of the property test.
const STORIES: u64 = 4;
/// Deeds of a story.
const DEEDS: usize = 30;

/// What came, over all cuts.
#[derive(Default)]
struct Seen {
    /// The ids of sales, refunds and voids, as often as they came.
    facts: Vec<(String, String)>,
    /// The last that was told of each level.
    levels: BTreeMap<String, Value>,
}

impl Seen {
    fn take(&mut self, event: &Event) {
        let id = |member: &str| event.data[member]["id"].as_str().unwrap().to_owned();
        let fact = match event.name.as_str() {
            "sale" | "void" => id("sale"),
            "refund" => id("refund"),
            "stock" => {
                for level in event.data["levels"].as_array().unwrap() {
                    let product = level["product_id"].as_str().unwrap().to_owned();
                    self.levels.insert(product, level["on_hand"].clone());
                }
                return;
            }
            other => panic!("{other} was not expected"),
        };
        self.facts.push((event.name.clone(), fact));
    }
}

/// One thing that happens.
async fn deed(
    chance: &mut ChaCha8Rng,
    client: &Client,
    products: &[ProductId],
    done: &mut Vec<(String, String)>,
) {
    let product = products[chance.random_range(0..products.len())];
    let quantity = chance.random_range(1..4);
    let what = chance.random_range(0..10);
    if what == 0 {
        let lines = json!([{"product_id": product, "quantity": quantity}]);
        let receipt = client.post("/inventory/receipts", json!({"lines": lines}));
        receipt.await.expect(201);
        return;
    }
    let sold = client.post("/sales", basket(product, quantity)).await;
    let sold = sold.expect(201);
    let id = sold["id"].as_str().unwrap().to_owned();
    done.push(("sale".to_owned(), id.clone()));
    match what {
        1 => {
            let reason = json!({"reason": "deux fois"});
            let voided = client.post(&format!("/sales/{id}/void"), reason).await;
            voided.expect(200);
            done.push(("void".to_owned(), id));
        }
        2 | 3 => {
            let line = &sold["lines"][0]["id"];
            let lines = json!([{"sale_line_id": line, "quantity": 1, "restock": what == 2}]);
            let back = json!({"reason": "percé", "lines": lines});
            let back = client.post(&format!("/sales/{id}/refunds"), back).await;
            let refund = back.expect(201)["id"].as_str().unwrap().to_owned();
            done.push(("refund".to_owned(), refund));
        }
        _ => {}
    }
}

/// Deeds on one instance; a watcher on another, which is cut and resumed at random, here or there,
/// and one restart of the other instance.
async fn story(app: &TestApp, seed: u64) {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut products = Vec::new();
    for sku in ["SUCRE", "SEL", "RIZ"] {
        let wanted = Wanted {
            sku,
            stock: 1_000,
            ..Wanted::default()
        };
        products.push(app.product(wanted).await);
    }
    let here = app.manager().await;
    let mut other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
    let mut there = other.manager().await;
    let mut watcher = Watcher::open(&there).await;
    let (mut seen, mut done) = (Seen::default(), Vec::new());
    let restart_at = chance.random_range(5..DEEDS - 5);
    for step in 0..DEEDS {
        let client = if chance.random_bool(0.3) {
            &there
        } else {
            &here
        };
        deed(&mut chance, client, &products, &mut done).await;
        for _ in 0..chance.random_range(0..3) {
            // It may have come already, and comes for certain: the deed is committed.
            if seen.facts.len() < done.len() {
                seen.take(&watcher.next().await.expect("the stream goes on"));
            }
        }
        if step == restart_at {
            let id = watcher.last_id.clone();
            drop(watcher);
            other.finish().await;
            deed(&mut chance, &here, &products, &mut done).await;
            other = TestApp::spawn_on(app.database.twin(), with_workers(0)).await;
            there = other.manager().await;
            watcher = Watcher::resume(&there, &id).await;
        } else if chance.random_bool(0.3) {
            let id = watcher.last_id.clone();
            let client = if chance.random_bool(0.5) {
                &there
            } else {
                &here
            };
            watcher = Watcher::resume(client, &id).await;
        }
    }
    // A level that is told now is the last.
    let lines = products
        .iter()
        .map(|product| json!({"product_id": product, "quantity": 1}));
    let lines: Vec<Value> = lines.collect();
    let last = here
        .post("/sales", json!({"lines": lines}))
        .await
        .expect(201);
    done.push(("sale".to_owned(), last["id"].as_str().unwrap().to_owned()));
    while seen.facts.len() < done.len() {
        seen.take(&watcher.next().await.expect("the stream goes on"));
    }
    seen.take(&watcher.next().await.expect("the stream goes on"));
    seen.facts.sort();
    done.sort();
    assert_eq!(seen.facts, done, "seed {seed}");
    for product in &products {
        let milli = app.on_hand(*product).await;
        let told = seen.levels[&product.to_string()].as_f64().unwrap();
        #[expect(clippy::cast_precision_loss, reason = "small figures of tests")]
        let expected = milli as f64 / 1_000.0;
        assert!((told - expected).abs() < 1e-9, "{told} {expected}");
    }
    other.finish().await;
}

#[test]
fn nothing_is_lost_or_doubled_over_cuts_and_a_restart() {
    let name = "nothing_is_lost_or_doubled_over_cuts_and_a_restart";
    for db in [Db::Sqlite, Db::Postgres] {
        for seed in 0..STORIES {
            run(db, name, with_workers(0), async |app| {
                story(app, seed).await;
            });
        }
    }
}

both_databases!(
    a_stream_goes_on_over_many_pages_by_header_or_parameter,
    |app| async {
        let wanted = Wanted {
            stock: 1_000,
            ..Wanted::default()
        };
        let product = app.product(wanted).await;
        let manager = app.manager().await;
        let first = Watcher::open(&manager).await;
        let id = first.last_id.clone();
        drop(first);
        let mut sold = Vec::new();
        for _ in 0..3 {
            let sales: Vec<Value> = (0..90)
                .map(|_| {
                    let mut sale = basket(product, 1);
                    sale["id"] = json!(kernel::ids::SaleId::generate());
                    sale
                })
                .collect();
            sold.extend(sales.iter().map(|sale| sale["id"].clone()));
            let batch = manager.post("/sales/batch", json!({"sales": sales})).await;
            batch.expect(200);
        }
        let mut watcher = Watcher::resume(&manager, &id).await;
        let mut came = Vec::new();
        let mut numbers = Vec::new();
        while came.len() < sold.len() {
            let sale = watcher.until("sale").await["sale"].clone();
            numbers.push(sale["number"].as_i64().unwrap());
            came.push(sale["id"].clone());
        }
        assert!(numbers.is_sorted(), "in the order of the commits");
        let key = |id: &Value| id.as_str().unwrap().to_owned();
        came.sort_by_key(key);
        sold.sort_by_key(key);
        assert_eq!(came, sold);
        assert_eq!(watcher.until("stock").await["levels"][0]["on_hand"], 730);
        let same = manager
            .get(&format!("/events?since={}", watcher.last_id))
            .await;
        assert!(same.text().contains("event: ready"), "{}", same.text());
    }
);

both_databases!(what_is_older_than_a_day_is_a_reset, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let watcher = Watcher::open(&manager).await;
    let id = watcher.last_id.clone();
    drop(watcher);
    let start = app.clock.now();
    app.travel_to(start.plus_seconds(30 * 3600)).await;
    // Nothing has happened since.
    drop(Watcher::resume(&manager, &id).await);
    manager.post("/sales", basket(product, 1)).await.expect(201);
    app.travel_to(start.plus_seconds(53 * 3600)).await;
    let mut watcher = Watcher::resume(&manager, &id).await;
    watcher.until("sale").await;
    app.travel_to(start.plus_seconds(55 * 3600)).await;
    let (mut watcher, first) = Watcher::begin(&manager, Some(&id)).await;
    assert_eq!(first.name, "reset");
    assert_eq!(first.data["reason"], "too_old");
    assert_ne!(watcher.last_id, id);
    let sold = manager.post("/sales", basket(product, 1)).await.expect(201);
    assert_eq!(watcher.until("sale").await["sale"]["id"], sold["id"]);
});

both_databases!(happenings_that_are_forgotten_are_a_reset, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let watcher = Watcher::open(&manager).await;
    let id = watcher.last_id.clone();
    let lines = json!([{"product_id": product, "quantity": 1}]);
    for _ in 0..2 {
        let receipt = manager.post("/inventory/receipts", json!({"lines": lines}));
        receipt.await.expect(201);
    }
    let after = app.clock.now().plus_seconds(3 * 24 * 3600);
    let write = &app.modules.stores.write;
    assert_eq!(
        happenings::forget_old(write, app.clock.now())
            .await
            .unwrap(),
        0
    );
    assert!(happenings::forget_old(write, after).await.unwrap() >= 2);
    let (watcher, first) = Watcher::begin(&manager, Some(&id)).await;
    assert_eq!(first.name, "reset");
    // The newest position is good although its row is gone.
    drop(Watcher::resume(&manager, &watcher.last_id).await);
});

/// A transaction that is still open has no number yet: one that commits later is later.
#[test]
fn numbers_are_in_the_order_of_the_commits() {
    let name = "numbers_are_in_the_order_of_the_commits";
    run(Db::Postgres, name, with_workers(0), async |app| {
        let write = &app.modules.stores.write;
        let now = app.clock.now();
        let begin = async |subject: &str| -> Tx {
            let tx = write.begin().await.unwrap();
            happenings::record(&tx, now, HappeningKind::Finding, subject);
            tx
        };
        let slow = begin("slow").await;
        let quick = begin("quick").await;
        quick.commit().await.unwrap();
        let read = write.primary();
        let subjects = async || -> Vec<String> {
            let rows = happenings::between(read, 0, i64::MAX, 9).await.unwrap();
            rows.into_iter().map(|row| row.subject).collect()
        };
        assert_eq!(subjects().await, ["quick"]);
        slow.commit().await.unwrap();
        assert_eq!(subjects().await, ["quick", "slow"]);
    });
}

//! The stock of a location that a till keeps: loaded once, then by differences.

use std::collections::BTreeMap;

use kernel::{Clock as _, Quantity, ids::ProductId};
use sales::inventory::{
    held::Held,
    ledger::move_stock,
    movement::{MovementKind, StockMove},
};
use serde_json::{Value, json};

use crate::support::{
    app::{Db, TestApp},
    http::Client,
    shop::{Wanted, basket},
};

/// What the positions of this list are sealed with.
const SEAL: &str = "position levels";

/// A till's copy of the stock at one location.
#[derive(Default)]
struct Shelf {
    location: String,
    levels: BTreeMap<String, Value>,
    position: Option<String>,
}

impl Shelf {
    fn at(location: &Value) -> Self {
        Self {
            location: location.as_str().unwrap().to_owned(),
            ..Self::default()
        }
    }

    /// Walks all pages, and returns the products that came.
    async fn catch_up(&mut self, client: &Client, limit: u32) -> Vec<String> {
        let since = self
            .position
            .as_ref()
            .map_or_else(String::new, |position| format!("&since={position}"));
        let location = &self.location;
        let mut cursor = String::new();
        let mut came = Vec::new();
        loop {
            let path = format!("/inventory?location_id={location}&limit={limit}{since}{cursor}");
            let page = client.get(&path).await.expect(200);
            for item in page["items"].as_array().unwrap() {
                assert_eq!(item["location_id"], location.as_str());
                let product = item["product_id"].as_str().unwrap().to_owned();
                self.levels.insert(product.clone(), item["on_hand"].clone());
                came.push(product);
            }
            self.position = page["position"].as_str().map(str::to_owned);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return came,
            }
        }
    }

    /// These products come. On SQLite no others do; on PostgreSQL a level may come twice while any
    /// transaction of the server is open, also one of another database.
    async fn expect(&mut self, app: &TestApp, client: &Client, expected: &[ProductId]) {
        let came = self.catch_up(client, 4).await;
        for id in expected {
            assert!(came.contains(&id.to_string()), "{id}: {came:?}");
        }
        if app.db == Db::Sqlite {
            assert_eq!(came.len(), expected.len(), "{came:?}");
        }
    }

    async fn assert_is_right(&self, client: &Client) {
        let mut fresh = Self::at(&json!(self.location));
        fresh.catch_up(client, 1_000).await;
        assert_eq!(self.levels, fresh.levels);
    }
}

async fn products(app: &TestApp) -> Vec<ProductId> {
    let mut ids = Vec::new();
    for sku in ["SUCRE", "SEL", "RIZ", "HUILE", "SAVON", "THE"] {
        let wanted = Wanted {
            sku,
            stock: 200,
            ..Wanted::default()
        };
        ids.push(app.product(wanted).await);
    }
    ids
}

async fn shop_of(client: &Client) -> Value {
    client.get("/locations").await.expect(200)["items"][0]["id"].clone()
}

both_databases!(
    only_levels_that_moved_come_and_each_kind_of_movement_counts,
    |app| async {
        let ids = products(app).await;
        let manager = app.manager().await;
        let location = shop_of(&manager).await;
        let depot = app.location("Dépôt").await;
        let mut shelf = Shelf::at(&location);
        assert_eq!(shelf.catch_up(&manager, 4).await.len(), 6);
        shelf.catch_up(&manager, 4).await;
        shelf.expect(app, &manager, &[]).await;

        let one = |id: ProductId| json!([{ "product_id": id, "quantity": 2 }]);
        let sold = manager.post("/sales", basket(ids[0], 3)).await.expect(201);
        shelf.expect(app, &manager, &[ids[0]]).await;
        let line = &sold["lines"][0]["id"];
        let back = json!({ "reason": "x", "lines": [{ "sale_line_id": line, "quantity": 1, "restock": true }] });
        let path = format!("/sales/{}/refunds", sold["id"].as_str().unwrap());
        manager.post(&path, back).await.expect(201);
        shelf.expect(app, &manager, &[ids[0]]).await;
        let receipt = json!({ "lines": one(ids[1]) });
        manager
            .post("/inventory/receipts", receipt)
            .await
            .expect(201);
        shelf.expect(app, &manager, &[ids[1]]).await;
        let count = json!({ "lines": [{ "product_id": ids[2], "counted": 150 }] });
        manager.post("/inventory/counts", count).await.expect(201);
        shelf.expect(app, &manager, &[ids[2]]).await;
        let away =
            json!({ "from_location_id": location, "to_location_id": depot, "lines": one(ids[3]) });
        manager.post("/inventory/transfers", away).await.expect(201);
        shelf.expect(app, &manager, &[ids[3]]).await;
        let renamed = json!({ "name": "Autre nom", "price_minor": 5_000 });
        let path = format!("/products/{}", ids[4]);
        manager.patch(&path, renamed).await.expect(200);
        shelf.expect(app, &manager, &[]).await;
        shelf.assert_is_right(&manager).await;
    }
);

both_databases!(
    no_movement_is_lost_between_many_writers_and_a_till_that_looks_meanwhile,
    |app| async {
        let ids = products(app).await;
        let manager = app.manager().await;
        let location = shop_of(&manager).await;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..6_usize {
            let (manager, ids) = (manager.clone(), ids.clone());
            writers.spawn(async move {
                for round in 0..15_usize {
                    let id = ids[(writer + round) % ids.len()];
                    let line = json!([{ "product_id": id, "quantity": 1 }]);
                    let answer = if writer % 2 == 0 {
                        manager.post("/sales", json!({ "lines": line })).await
                    } else {
                        let goods = json!({ "lines": line });
                        manager.post("/inventory/receipts", goods).await
                    };
                    answer.expect(201);
                }
            });
        }
        let mut shelf = Shelf::at(&location);
        while !writers.is_empty() {
            shelf.catch_up(&manager, 2).await;
            while let Some(ended) = writers.try_join_next() {
                ended.unwrap();
            }
        }
        shelf.catch_up(&manager, 2).await;
        shelf.assert_is_right(&manager).await;
    }
);

// On PostgreSQL only: SQLite has one writer.
both_databases!(
    a_movement_that_commits_after_a_later_one_is_not_lost,
    |app| async {
        if app.db == Db::Sqlite {
            return;
        }
        let ids = products(app).await;
        let manager = app.manager().await;
        let location = shop_of(&manager).await;
        let mut shelf = Shelf::at(&location);
        shelf.catch_up(&manager, 100).await;
        let tx = app.modules.stores.write.begin().await.unwrap();
        let opening = StockMove {
            product_id: ids[0],
            location_id: location.as_str().unwrap().parse().unwrap(),
            delta: Quantity::from_units(5),
            kind: MovementKind::Opening,
            reference_id: None,
            unit_cost_minor: None,
            reason: None,
            actor_id: None,
            occurred_at: app.clock.now(),
        };
        let held = Held::take(&tx, &*app.clock, [opening.level()]).await;
        move_stock(&tx, held.unwrap(), &[opening]).await.unwrap();
        manager.post("/sales", basket(ids[1], 1)).await.expect(201);
        let came = shelf.catch_up(&manager, 100).await;
        assert!(came.contains(&ids[1].to_string()));
        tx.commit().await.unwrap();
        let came = shelf.catch_up(&manager, 100).await;
        assert!(came.contains(&ids[0].to_string()), "it was open meanwhile");
        shelf.assert_is_right(&manager).await;
    }
);

/// A position with one of its fields changed.
fn forged(position: &str, field: &str, value: impl FnOnce(&Value) -> Value) -> String {
    let mut state: Value = platform::cursor::open(SEAL, position).unwrap();
    state[field] = value(&state[field]);
    platform::cursor::seal(SEAL, &state)
}

both_databases!(
    a_position_of_stock_that_cannot_be_used_is_refused_with_its_reason,
    |app| async {
        let ids = products(app).await;
        let manager = app.manager().await;
        let position = manager.get("/inventory").await.expect(200)["position"].clone();
        let position = position.as_str().unwrap();
        let plus = |value: &Value| json!(value.as_i64().unwrap() + 1);
        let less = |value: &Value| json!(value.as_i64().unwrap() - 1);
        let refusals = [
            ("x".to_owned(), "position.unreadable"),
            (format!("{position}A"), "position.unreadable"),
            (forged(position, "shop", plus), "position.foreign"),
            (
                forged(position, "movement", |_| json!(ids[0])),
                "position.foreign",
            ),
            (forged(position, "place", less), "position.foreign"),
            (forged(position, "place", |_| json!(-7)), "position.foreign"),
            (forged(position, "place", plus), "position.ahead"),
            (
                forged(position, "open", |open| {
                    json!(open.as_i64().unwrap() + 1_000_000)
                }),
                "position.ahead",
            ),
        ];
        for (given, reason) in refusals {
            let answer = manager.get(&format!("/inventory?since={given}")).await;
            let problem = answer.expect_problem_at(400, "request.invalid_position", "?since");
            assert_eq!(problem["errors"][0]["code"], reason, "{given}");
        }
        let catalogue = manager.get("/products/till").await.expect(200);
        let other = catalogue["position"].as_str().unwrap();
        manager
            .get(&format!("/inventory?since={other}"))
            .await
            .expect_problem(400, "request.invalid_position");
        manager
            .get(&format!(
                "/inventory?since={position}&as_of=2026-11-01T00:00:00Z"
            ))
            .await
            .expect_problem_at(400, "request.invalid_query", "?since");
        let unknown = format!("/inventory?location_id={}", ids[0]);
        manager.get(&unknown).await.expect_problem_at(
            422,
            "request.unknown_reference",
            "?location_id",
        );
    }
);

both_databases!(
    a_position_of_stock_is_good_for_thirty_days_and_for_ever_while_nothing_moves,
    |app| async {
        let ids = products(app).await;
        let manager = app.manager().await;
        let position = manager.get("/inventory").await.expect(200)["position"].clone();
        let path = format!("/inventory?since={}", position.as_str().unwrap());
        app.clock.advance_seconds(40 * 24 * 3_600);
        manager.get(&path).await.expect(200);
        manager.post("/sales", basket(ids[1], 1)).await.expect(201);
        manager
            .get(&path)
            .await
            .expect_problem_at(410, "position.expired", "?since");
    }
);

both_databases!(a_page_of_present_levels_may_be_long, |app| async {
    products(app).await;
    let manager = app.manager().await;
    manager.get("/inventory?limit=1000").await.expect(200);
    for query in [
        "limit=1001",
        "limit=0",
        "limit=201&as_of=2026-11-01T00:00:00Z",
    ] {
        manager
            .get(&format!("/inventory?{query}"))
            .await
            .expect_problem_at(400, "request.invalid_query", "?limit");
    }
});

both_databases!(
    a_till_of_a_cashier_keeps_the_stock_but_sees_no_past_levels,
    |app| async {
        let ids = products(app).await;
        let cashier = app.cashier().await;
        let page = cashier.get("/inventory").await.expect(200);
        assert!(!page["items"].as_array().unwrap().is_empty());
        let position = page["position"].as_str().unwrap().to_owned();
        cashier.post("/sales", basket(ids[1], 1)).await.expect(201);
        let since = cashier.get(&format!("/inventory?since={position}")).await;
        assert_eq!(since.expect(200)["items"][0]["product_id"], json!(ids[1]));
        let past = "/inventory?as_of=2026-11-01T00:00:00Z";
        let refused = cashier.get(past).await;
        refused.expect_problem_at(403, "auth.forbidden", "?as_of");
        app.manager().await.get(past).await.expect(200);
    }
);

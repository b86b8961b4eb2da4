//! What goods cost: the cost of what left plus the worth of the stock is the worth of what came in.

use kernel::{Clock as _, Quantity, ids::ProductId};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{
    imports::{commit, send},
    support::{
        app::{Db, TestApp, Wishes, run},
        http::{Answer, Client},
        shop::{Wanted, basket},
    },
};

/// Ten at a hundred francs.
fn ten() -> Wanted {
    Wanted {
        cost_minor: 10_000,
        ..Wanted::default()
    }
}

fn delivery(product: ProductId, quantity: i64, unit_cost_minor: i64) -> Value {
    json!({"lines": [{"product_id": product, "quantity": quantity, "unit_cost_minor": unit_cost_minor}]})
}

async fn receive(client: &Client, product: ProductId, quantity: i64, unit_cost_minor: i64) {
    let body = delivery(product, quantity, unit_cost_minor);
    client.post("/inventory/receipts", body).await.expect(201);
}

async fn sell(client: &Client, product: ProductId, quantity: i64) -> Value {
    let sale = basket(product, quantity);
    client.post("/sales", sale).await.expect(201)
}

async fn refund(
    client: &Client,
    sale: &Value,
    quantity: impl Into<Value>,
    restock: bool,
) -> Answer {
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let line = json!({"sale_line_id": sale["lines"][0]["id"], "quantity": quantity.into(), "restock": restock});
    let body = json!({"lines": [line], "reason": "came back"});
    client.post(&path, body).await
}

async fn void(client: &Client, sale: &Value) -> Answer {
    let path = format!("/sales/{}/void", sale["id"].as_str().unwrap());
    client.post(&path, json!({"reason": "typed twice"})).await
}

async fn count(client: &Client, product: ProductId, pieces: i64) {
    let body = json!({"lines": [{"product_id": product, "counted": pieces}]});
    client.post("/inventory/counts", body).await.expect(201);
}

async fn cost_of(app: &TestApp, product: ProductId) -> i64 {
    let sql = "SELECT cost_minor FROM products WHERE id = $1";
    let read = &app.modules.stores.read;
    let found = read.value(sql, [product.as_uuid().into()]).await;
    found.unwrap().unwrap()
}

async fn changes_of(app: &TestApp, product: ProductId) -> i64 {
    let sql = "SELECT COUNT(*) FROM price_changes WHERE product_id = $1";
    let read = &app.modules.stores.read;
    let found = read.value(sql, [product.as_uuid().into()]).await;
    found.unwrap().unwrap()
}

both_databases!(
    goods_that_come_back_do_so_at_the_cost_at_which_they_went,
    |app| async {
        let manager = app.manager().await;
        for (sku, by_void) in [("REFUNDED", false), ("VOIDED", true)] {
            let product = app.product(Wanted { sku, ..ten() }).await;
            app.clock.advance_seconds(1);
            let sale = sell(&manager, product, 5).await;
            app.clock.advance_seconds(1);
            receive(&manager, product, 5, 20_000).await;
            assert_eq!(cost_of(app, product).await, 15_000);
            app.clock.advance_seconds(1);
            let before = changes_of(app, product).await;
            if by_void {
                void(&manager, &sale).await.expect(200);
            } else {
                refund(&manager, &sale, 5, true).await.expect(201);
            }
            assert_eq!(cost_of(app, product).await, 13_333, "{sku}");
            assert_eq!(changes_of(app, product).await, before + 1);
            assert_eq!(app.on_hand(product).await, 15_000);
            let sql =
                "SELECT MIN(unit_cost_minor) FROM stock_movements WHERE kind IN ('refund', 'void')";
            assert_eq!(app.figure(sql).await, 10_000);
        }
    }
);

both_databases!(
    what_is_damaged_counted_or_carried_elsewhere_leaves_the_average,
    |app| async {
        let product = app.product(ten()).await;
        let depot = app.location("Depot").await;
        let manager = app.manager().await;
        let sale = sell(&manager, product, 5).await;
        // At the cost that the product has, nothing changes and nothing is written.
        let before = changes_of(app, product).await;
        refund(&manager, &sale, 1, true).await.expect(201);
        assert_eq!(changes_of(app, product).await, before);
        receive(&manager, product, 6, 20_000).await;
        assert_eq!(cost_of(app, product).await, 15_000);
        refund(&manager, &sale, 2, false).await.expect(201);
        app.clock.advance_seconds(1);
        count(&manager, product, 20).await;
        app.clock.advance_seconds(1);
        let locations = manager.get("/locations").await.expect(200);
        let places = locations["items"].as_array().unwrap();
        let shop = places.iter().find(|place| place["is_default"] == true);
        let transfer = json!({"from_location_id": shop.unwrap()["id"], "to_location_id": depot,
            "lines": [{"product_id": product, "quantity": 8}]});
        manager
            .post("/inventory/transfers", transfer)
            .await
            .expect(201);
        assert_eq!(cost_of(app, product).await, 15_000);
        assert_eq!(changes_of(app, product).await, before + 1);
        // Stock at other locations counts as well: (20 x 15000 + 2 x 10000) / 22.
        refund(&manager, &sale, 2, true).await.expect(201);
        assert_eq!(cost_of(app, product).await, 14_545);
        // Where no stock is left, only returned goods have a cost.
        app.clock.advance_seconds(1);
        let away = json!({"location_id": depot, "lines": [{"product_id": product, "counted": 0}]});
        manager.post("/inventory/counts", away).await.expect(201);
        app.clock.advance_seconds(1);
        let last = sell(&manager, product, 14).await;
        let path = format!("/products/{product}");
        let dearer = json!({"cost_minor": 90_000});
        manager.patch(&path, dearer).await.expect(200);
        refund(&manager, &last, 1, true).await.expect(201);
        assert_eq!(cost_of(app, product).await, 14_545);
    }
);

both_databases!(
    what_a_count_had_seen_weighs_once_when_its_sale_is_voided,
    |app| async {
        let manager = app.manager().await;
        let product = app.product(ten()).await;
        app.clock.advance_seconds(1);
        let sale = sell(&manager, product, 5).await;
        app.clock.advance_seconds(1);
        receive(&manager, product, 5, 20_000).await;
        app.clock.advance_seconds(1);
        // The five had never left: they were counted.
        count(&manager, product, 15).await;
        app.clock.advance_seconds(1);
        void(&manager, &sale).await.expect(200);
        assert_eq!(app.on_hand(product).await, 15_000);
        assert_eq!(cost_of(app, product).await, 13_333);
        // A sale that a count had seen before it was recorded goes back with its correction.
        let wanted = Wanted {
            sku: "LATE",
            ..ten()
        };
        let late = app.product(wanted).await;
        app.clock.advance_seconds(1);
        let sold = app.clock.now();
        app.clock.advance_seconds(1);
        count(&manager, late, 5).await;
        app.clock.advance_seconds(1);
        let mut sale = basket(late, 5);
        sale["occurred_at"] = json!(sold);
        let sale = manager.post("/sales", sale).await.expect(201);
        receive(&manager, late, 5, 20_000).await;
        let voided = void(&manager, &sale).await;
        // Around midnight the day of the sale may be over.
        if voided.status.as_u16() == 200 {
            assert_eq!(cost_of(app, late).await, 15_000);
            assert_eq!(app.on_hand(late).await, 10_000);
        }
    }
);

both_databases!(
    a_file_that_adds_goods_at_a_cost_moves_the_average,
    |app| async {
        let wanted = Wanted {
            cost_minor: 100,
            ..Wanted::default()
        };
        let product = app.product(wanted).await;
        let manager = app.manager().await;
        let csv = "sku,name,price,cost,stock_add\nSUCRE-1KG,,,2,10\nNEW,New,5,3,4\n";
        let import = send(&manager, "products", csv).await.expect(201);
        let options = json!({"accept_warnings": true});
        commit(&manager, &import, options.clone()).await.expect(200);
        assert_eq!(cost_of(app, product).await, 150);
        assert_eq!(app.on_hand(product).await, 20_000);
        let new = "SELECT cost_minor FROM products WHERE sku = 'NEW'";
        assert_eq!(app.figure(new).await, 300);
        // Without goods that come in it is the cost of all: a revaluation.
        let csv = "sku,cost,stock_set\nSUCRE-1KG,7,20\n";
        let import = send(&manager, "products", csv).await.expect(201);
        commit(&manager, &import, options).await.expect(200);
        assert_eq!(cost_of(app, product).await, 700);
    }
);

both_databases!(
    deliveries_and_returns_at_once_lose_no_cost_and_wait_for_no_one_for_ever,
    |app| async {
        let manager = app.manager().await;
        let mut products = Vec::new();
        for sku in ["A", "B", "C"] {
            products.push(app.product(Wanted { sku, ..ten() }).await);
        }
        let lines = |quantity: i64, order: &[ProductId], cost: Option<i64>| {
            let line = |product: &ProductId| {
                let mut line = json!({"product_id": product, "quantity": quantity});
                if let Some(cost) = cost {
                    line["unit_cost_minor"] = json!(cost);
                }
                line
            };
            json!({"lines": order.iter().map(line).collect::<Vec<_>>()})
        };
        let reversed: Vec<ProductId> = products.iter().rev().copied().collect();
        let sale = manager.post("/sales", lines(9, &reversed, None)).await;
        let sale = sale.expect(201);
        let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
        let back =
            |line: &Value| json!({"sale_line_id": line["id"], "quantity": 1, "restock": true});
        let returned: Vec<Value> = sale["lines"].as_array().unwrap().iter().map(back).collect();
        let returned = json!({"lines": returned, "reason": "came back"});
        let (mut pieces, mut worth) = (1, 10_000);
        for round in 1..=8 {
            app.clock.advance_seconds(1);
            let cost = 20_000 + 1_000 * round;
            let (one, other, refunded) = tokio::join!(
                manager.post("/inventory/receipts", lines(1, &products, Some(cost))),
                manager.post("/inventory/receipts", lines(1, &reversed, Some(cost))),
                manager.post(&path, returned.clone()),
            );
            for answer in [one, other, refunded] {
                answer.expect(201);
            }
            pieces += 3;
            worth += 2 * cost + 10_000;
            for product in &products {
                let lies = cost_of(app, *product).await * pieces;
                // Half a minor unit for each piece, for each of three changes in a round.
                let off = (lies - worth).abs();
                assert!(
                    off <= pieces * round * 3 / 2 + 1,
                    "round {round}: {lies}, {worth}"
                );
            }
        }
    }
);

/// A story of one product, and what it is worth in thousandths of a minor unit.
struct Story<'a> {
    app: &'a TestApp,
    manager: Client,
    product: ProductId,
    sku: &'static str,
    places: [Value; 2],
    /// The smallest quantity, thousandths.
    step: i64,
    chance: ChaCha8Rng,
    sales: Vec<Value>,
    /// Movements that are in `came` already.
    known: i64,
    came: i128,
    /// What rounding may have lost or found.
    tolerance: i128,
    done: [u32; KINDS],
}

const KINDS: usize = 9;

impl Story<'_> {
    fn quantity(&mut self, most: i64) -> i64 {
        self.chance.random_range(1..=most * 1000 / self.step) * self.step
    }

    fn place(&mut self) -> Value {
        let at = usize::from(self.chance.random_bool(0.3));
        self.places[at].clone()
    }

    fn sale(&mut self) -> Option<Value> {
        let count = self.sales.len();
        (count > 0).then(|| {
            let at = self.chance.random_range(0..count);
            self.sales[at].clone()
        })
    }

    /// One deed; returns whether the shop accepted it.
    async fn act(&mut self, kind: usize) -> bool {
        let product = self.product;
        let pieces = |milli: i64| json!(Quantity::from_milli(milli));
        let place = self.place();
        let answer = match kind {
            0 => {
                let mut line =
                    json!({"product_id": product, "quantity": pieces(self.quantity(12))});
                if self.chance.random_bool(0.8) {
                    line["unit_cost_minor"] = json!(self.chance.random_range(1..40_000));
                }
                let body = json!({"location_id": place, "lines": [line]});
                self.manager.post("/inventory/receipts", body).await
            }
            1 => {
                let lines: Vec<Value> = (0..self.chance.random_range(1..=2))
                    .map(|_| json!({"product_id": product, "quantity": pieces(self.quantity(5))}))
                    .collect();
                let body = json!({"location_id": place, "lines": lines});
                let answer = self.manager.post("/sales", body).await;
                if answer.status.as_u16() == 201 {
                    self.sales.push(answer.json());
                }
                answer
            }
            2 => {
                let Some(sale) = self.sale() else {
                    return false;
                };
                let (quantity, restock) = (self.quantity(3), self.chance.random_bool(0.8));
                refund(&self.manager, &sale, pieces(quantity), restock).await
            }
            3 => {
                let Some(sale) = self.sale() else {
                    return false;
                };
                let allowed = self.off_by_what_left_since(&sale).await;
                let answer = void(&self.manager, &sale).await;
                if answer.status.is_success() {
                    self.tolerance += allowed;
                }
                answer
            }
            4 => {
                let line = json!({"product_id": product, "counted": pieces(self.quantity(20))});
                let body = json!({"location_id": place, "lines": [line]});
                self.manager.post("/inventory/counts", body).await
            }
            5 => {
                let [from, to] = self.places.clone();
                let line = json!({"product_id": product, "quantity": pieces(self.quantity(6))});
                let body = json!({"from_location_id": from, "to_location_id": to, "lines": [line]});
                self.manager.post("/inventory/transfers", body).await
            }
            6 => {
                let sign = if self.chance.random_bool(0.5) { 1 } else { -1 };
                let line = json!({"product_id": product, "delta": pieces(sign * self.quantity(3))});
                let body = json!({"location_id": place, "reason": "broken", "lines": [line]});
                self.manager.post("/inventory/adjustments", body).await
            }
            7 => {
                let before = i128::from(cost_of(self.app, product).await);
                let cost = self.chance.random_range(1..40_000);
                let there = i128::from(self.app.on_hand(product).await);
                self.came += there * (i128::from(cost) - before);
                let path = format!("/products/{product}");
                let body = json!({"cost_minor": cost});
                self.manager.patch(&path, body).await
            }
            _ => {
                let cost = self.chance.random_range(1..400);
                let added = self.quantity(5).max(1000) / 1000;
                let csv = format!("sku,cost,stock_add\n{},{cost},{added}\n", self.sku);
                let import = send(&self.manager, "products", csv).await;
                if import.status.as_u16() != 201 {
                    return false;
                }
                commit(
                    &self.manager,
                    &import.json(),
                    json!({"accept_warnings": true}),
                )
                .await
            }
        };
        assert!(answer.status.as_u16() < 500, "{}", answer.text());
        answer.status.is_success()
    }

    /// Goods that a count had found and that were sold since went at the average of that moment.
    async fn off_by_what_left_since(&self, sale: &Value) -> i128 {
        let there = self.app.on_hand(self.product).await;
        let now = cost_of(self.app, self.product).await;
        let sql = format!(
            "SELECT COALESCE(SUM(quantity_milli), 0) FROM sale_lines WHERE sale_id = x'{0}'",
            hex(sale)
        );
        let sold = self.app.figure(&sql).await;
        let sql = format!(
            "SELECT MAX(ABS(unit_cost_minor - {now})) FROM sale_lines WHERE sale_id = x'{0}'",
            hex(sale)
        );
        let apart = self.app.figure(&sql).await;
        i128::from((sold - there).max(0)) * i128::from(apart)
    }

    /// Adds what has come and holds the books against it.
    async fn check(&mut self, deed: &str, cost_before: i64) {
        let id = self.product.as_uuid().simple();
        let sql = format!(
            "SELECT COALESCE(SUM(delta_milli * COALESCE(unit_cost_minor, {cost_before})), 0) FROM stock_movements
             WHERE product_id = x'{id}' AND position > {} AND kind IN ('opening', 'receipt', 'import', 'count', 'adjustment')",
            self.known
        );
        self.came += i128::from(self.app.figure(&sql).await);
        let sql = "SELECT COALESCE(MAX(position), 0) FROM stock_movements";
        self.known = self.app.figure(sql).await;
        let sql = format!(
            "SELECT COALESCE((SELECT SUM(line.cost_minor) FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id
                 WHERE line.product_id = x'{id}' AND sale.state <> 'voided'), 0)
             - COALESCE((SELECT SUM(part.cost_minor) FROM refund_lines AS part
                 JOIN sale_lines AS line ON line.id = part.sale_line_id WHERE line.product_id = x'{id}'), 0)"
        );
        let left = i128::from(self.app.figure(&sql).await) * 1000;
        let there = i128::from(self.app.on_hand(self.product).await);
        let cost = cost_of(self.app, self.product).await;
        if cost != cost_before {
            self.tolerance += there / 2 + 1;
        }
        if self.step < 1000 {
            // Each worth of a part of a unit is rounded to a minor unit.
            self.tolerance += 2_000;
        }
        let off = left + there * i128::from(cost) - self.came;
        assert!(
            off.abs() <= self.tolerance,
            "{deed}: off by {off}, {} allowed; {there} at {cost}, {cost_before} before",
            self.tolerance
        );
    }
}

fn hex(sale: &Value) -> String {
    sale["id"].as_str().unwrap().replace('-', "")
}

async fn tell_stories(app: &TestApp) {
    let depot = app.location("Depot").await;
    let mut done = [0; KINDS];
    for seed in 0..24 {
        let manager = app.manager().await;
        let sku = format!("STORY-{seed}").leak();
        let unit = if seed % 3 == 2 { "kg" } else { "piece" };
        let wanted = Wanted { sku, unit, ..ten() };
        let product = app.product(wanted).await;
        let locations = manager.get("/locations").await.expect(200);
        let places = locations["items"].as_array().unwrap();
        let shop = places.iter().find(|place| place["is_default"] == true);
        let mut story = Story {
            app,
            manager,
            product,
            sku,
            places: [shop.unwrap()["id"].clone(), json!(depot)],
            step: if unit == "kg" { 1 } else { 1000 },
            chance: ChaCha8Rng::seed_from_u64(seed),
            sales: Vec::new(),
            known: 0,
            came: 0,
            tolerance: 0,
            done,
        };
        story.check("the opening", 10_000).await;
        for deed in 0..30 {
            app.clock.advance_seconds(1);
            // Selling and what comes back are most of a shop's day.
            let kind = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 8];
            let kind = kind[story.chance.random_range(0..kind.len())];
            let before = cost_of(app, product).await;
            let accepted = story.act(kind).await;
            story.done[kind] += u32::from(accepted);
            let before = if kind == 7 {
                cost_of(app, product).await
            } else {
                before
            };
            let deed = format!("story {seed}, deed {deed} of kind {kind}, {accepted}");
            story.check(&deed, before).await;
        }
        done = story.done;
    }
    assert!(done.iter().all(|times| *times >= 5), "{done:?}");
}

/// On SQLite only: the rule has no SQL of its own beyond what the tests above run on both.
#[test]
fn whatever_happens_the_books_account_for_all_that_came() {
    let test = "whatever_happens_the_books_account_for_all_that_came";
    run(Db::Sqlite, test, Wishes::default(), tell_stories);
}

//! What is learnt late: sales of a till without a network, delivery notes found under the counter, the
//! sheet of an earlier count. What a count had seen never moves stock twice.

use kernel::{Clock as _, Timestamp, ids::ProductId};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

/// Seconds between one thing and the next: few, since a session is short.
const STEP: i64 = 20;

fn counted(product: ProductId, pieces: i64) -> Value {
    json!({"lines": [{"product_id": product, "counted": pieces}]})
}

fn at(mut body: Value, field: &str, instant: Timestamp) -> Value {
    body[field] = json!(instant);
    body
}

async fn stock_at(client: &Client, product: ProductId, instant: Timestamp) -> Value {
    let path = format!("/inventory?product_id={product}&as_of={instant}");
    client.get(&path).await.expect(200)["items"][0]["on_hand"].clone()
}

async fn empty_product(app: &TestApp) -> ProductId {
    let wanted = Wanted {
        stock: 0,
        ..Wanted::default()
    };
    app.product(wanted).await
}

both_databases!(
    a_delivery_note_found_after_the_count_brings_nothing_twice,
    |app| async {
        let product = empty_product(app).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let came_in = app.clock.now();
        app.clock.advance_seconds(STEP);
        let seen = app.clock.now();
        let count = counted(product, 5);
        manager.post("/inventory/counts", count).await.expect(201);
        app.clock.advance_seconds(STEP);
        manager.post("/sales", basket(product, 3)).await.expect(201);
        app.clock.advance_seconds(STEP);
        let note = json!({"lines": [{"product_id": product, "quantity": 5}]});
        let note = at(note, "occurred_at", came_in);
        let posted = manager.post("/inventory/receipts", note).await.expect(201);
        assert_eq!(posted["movements"][0]["kind"], "receipt");
        assert_eq!(posted["movements"][0]["delta"], 5);
        assert_eq!(
            app.on_hand(product).await,
            2_000,
            "five were there, three are sold"
        );
        // The past is unchanged: the goods came before the count.
        assert_eq!(stock_at(&manager, product, came_in).await, 5);
        assert_eq!(stock_at(&manager, product, seen).await, 5);
        assert_eq!(stock_at(&manager, product, app.clock.now()).await, 2);
    }
);

both_databases!(
    a_sale_learnt_late_shows_in_the_past_until_the_count_that_had_seen_it,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let sold = app.clock.now();
        app.clock.advance_seconds(STEP);
        let seen = app.clock.now();
        let count = counted(product, 7);
        manager.post("/inventory/counts", count).await.expect(201);
        app.clock.advance_seconds(STEP);
        let again = counted(product, 7);
        manager.post("/inventory/counts", again).await.expect(201);
        app.clock.advance_seconds(STEP);
        let sale = at(basket(product, 3), "occurred_at", sold);
        app.cashier().await.post("/sales", sale).await.expect(201);
        assert_eq!(stock_at(&manager, product, sold).await, 7);
        assert_eq!(stock_at(&manager, product, seen).await, 7);
        assert_eq!(app.on_hand(product).await, 7_000);
    }
);

both_databases!(
    the_sheet_of_an_earlier_count_leaves_todays_stock_alone,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let morning = app.clock.now();
        app.clock.advance_seconds(STEP);
        let noon = app.clock.now();
        let count = counted(product, 8);
        manager.post("/inventory/counts", count).await.expect(201);
        app.clock.advance_seconds(STEP);
        manager.post("/sales", basket(product, 7)).await.expect(201);
        for (pieces, left) in [(8, 1), (9, 1), (12, 1), (8, 1)] {
            app.clock.advance_seconds(STEP);
            let sheet = at(counted(product, pieces), "counted_at", morning);
            manager.post("/inventory/counts", sheet).await.expect(201);
            assert_eq!(stock_at(&manager, product, morning).await, pieces);
            assert_eq!(stock_at(&manager, product, noon).await, 8);
            assert_eq!(
                app.on_hand(product).await,
                left * 1_000,
                "{pieces} in the morning"
            );
        }
        // At the same instant the later word counts, and it moves the stock of today.
        let sheet = at(counted(product, 9), "counted_at", noon);
        manager.post("/inventory/counts", sheet).await.expect(201);
        assert_eq!(stock_at(&manager, product, noon).await, 9);
        assert_eq!(app.on_hand(product).await, 2_000);
    }
);

both_databases!(
    a_short_line_of_a_late_sale_is_named_by_its_own_place,
    |app| async {
        let seen = app.product(Wanted::default()).await;
        let short = app
            .product(Wanted {
                sku: "SEL-1KG",
                stock: 1,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let sold = app.clock.now();
        app.clock.advance_seconds(STEP);
        let count = counted(seen, 2);
        manager.post("/inventory/counts", count).await.expect(201);
        let lines =
            json!([{"product_id": seen, "quantity": 8}, {"product_id": short, "quantity": 2}]);
        let sale = at(json!({ "lines": lines }), "occurred_at", sold);
        manager
            .post("/sales", sale)
            .await
            .expect_problem_at(409, "stock.insufficient", "/lines/1");
    }
);

both_databases!(
    a_cashier_dates_a_sale_back_by_a_day_and_a_manager_by_more,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let (cashier, manager) = (app.cashier().await, app.manager().await);
        let days_ago = |days: i64| {
            let then = app.clock.now().plus_seconds(-days * 24 * 3600);
            at(basket(product, 1), "occurred_at", then)
        };
        cashier.post("/sales", days_ago(1)).await.expect(201);
        cashier.post("/sales", days_ago(2)).await.expect_problem_at(
            422,
            "sale.too_late",
            "/occurred_at",
        );
        manager.post("/sales", days_ago(15)).await.expect(201);
        assert_eq!(app.on_hand(product).await, 8_000);
    }
);

both_databases!(
    a_late_sale_beside_the_count_that_had_seen_it_leaves_once,
    |app| async {
        let mut products = Vec::new();
        for sku in ["A", "B", "C", "D", "E", "F", "G", "H"] {
            let wanted = Wanted {
                sku,
                ..Wanted::default()
            };
            products.push(app.product(wanted).await);
        }
        let (manager, cashier) = (app.manager().await, app.cashier().await);
        for round in 0..12 {
            app.clock.advance_seconds(STEP);
            let sold = app.clock.now();
            app.clock.advance_seconds(STEP);
            let left = 10 + round;
            let each = |key: &str, figure: i64| {
                let line = |product: &ProductId| json!({"product_id": product, key: figure});
                json!({"lines": products.iter().map(line).collect::<Vec<_>>()})
            };
            let count = manager.post("/inventory/counts", each("counted", left));
            let sales = async {
                let mut running = tokio::task::JoinSet::new();
                for _ in 0..4 {
                    let (client, body) = (
                        cashier.clone(),
                        at(each("quantity", 1), "occurred_at", sold),
                    );
                    running.spawn(async move { client.post("/sales", body).await.status.as_u16() });
                }
                running.join_all().await
            };
            let (count, sales) = tokio::join!(count, sales);
            count.expect(201);
            assert_eq!(sales, [201; 4]);
            for product in &products {
                assert_eq!(app.on_hand(*product).await, left * 1_000, "round {round}");
            }
        }
    }
);

both_databases!(
    goods_that_a_count_had_seen_weigh_once_in_the_average_cost,
    |app| async {
        let wanted = Wanted {
            stock: 0,
            cost_minor: 100,
            ..Wanted::default()
        };
        let product = app.product(wanted).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let came_in = app.clock.now();
        app.clock.advance_seconds(STEP);
        let count = counted(product, 10);
        manager.post("/inventory/counts", count).await.expect(201);
        app.clock.advance_seconds(STEP);
        // Of the ten that were counted, four came with this note: six at 100, four at 200.
        let note =
            json!({"lines": [{"product_id": product, "quantity": 4, "unit_cost_minor": 200}]});
        let note = at(note, "occurred_at", came_in);
        manager.post("/inventory/receipts", note).await.expect(201);
        let read = manager.get(&format!("/products/{product}")).await;
        assert_eq!(read.expect(200)["cost_minor"], 140);
        assert_eq!(app.on_hand(product).await, 10_000);
    }
);

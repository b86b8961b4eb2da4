//! Two programs on one database: what one has done, the other one knows.

use kernel::ids::ProductId;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    http::Client,
    shop::{Wanted, basket},
};

const ROUNDS: usize = 12;

async fn twin(app: &TestApp) -> TestApp {
    TestApp::spawn_on(app.database.twin(), Wishes::default()).await
}

/// Sends the same request to both at once, under the same key: both must tell of the same deed.
async fn both(one: &Client, other: &Client, path: &str, key: &str, body: &Value) -> Value {
    let (first, second) = tokio::join!(
        one.post_once(path, key, body),
        other.post_once(path, key, body)
    );
    let (first, second) = (first.expect_success(), second.expect_success());
    assert_eq!(first, second);
    first
}

async fn sold(client: &Client, product: ProductId) -> Value {
    client.post("/sales", basket(product, 1)).await.expect(201)
}

both_databases!(
    a_repeated_sale_at_another_program_is_answered_not_refused,
    |app| async {
        let other = twin(app).await;
        let (here, there) = (app.cashier().await, other.cashier().await);
        for round in 0..ROUNDS {
            let sku: &'static str = Box::leak(format!("P{round}").into_boxed_str());
            // The last unit, which who comes second finds gone, or one of many, of which only the
            // reference of the payment is taken.
            let stock = if round % 3 == 0 { 10 } else { 1 };
            let wanted = Wanted {
                sku,
                stock,
                ..Wanted::default()
            };
            let product = app.product(wanted).await;
            if round % 3 == 1 {
                // After a refusal the till looks at the levels first.
                for client in [&here, &there] {
                    let too_much = client.post("/sales", basket(product, 2)).await;
                    too_much.expect_problem(409, "stock.insufficient");
                }
            }
            let mut sale = basket(product, 1);
            sale["payments"] = json!([{"method": "mobile_money", "currency": "CDF", "amount_minor": 350_000, "reference": format!("MP{round}")}]);
            both(&here, &there, "/sales", &format!("sale-{round}"), &sale).await;
            assert_eq!(app.on_hand(product).await, (stock - 1) * 1_000);
        }
        other.finish().await;
    }
);

both_databases!(
    a_repeated_refund_or_void_at_another_program_is_answered_not_refused,
    |app| async {
        let other = twin(app).await;
        let (here, there) = (app.manager().await, other.manager().await);
        let product = app
            .product(Wanted {
                stock: 100,
                ..Wanted::default()
            })
            .await;
        for round in 0..ROUNDS {
            let sale = sold(&here, product).await;
            let refund = json!({"lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}], "reason": "back"});
            let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
            both(&here, &there, &path, &format!("refund-{round}"), &refund).await;
            let sale = sold(&here, product).await;
            let path = format!("/sales/{}/void", sale["id"].as_str().unwrap());
            let reason = json!({"reason": "wrong"});
            both(&here, &there, &path, &format!("void-{round}"), &reason).await;
            assert_eq!(app.on_hand(product).await, 100_000);
        }
        other.finish().await;
    }
);

both_databases!(
    receipts_at_once_come_to_the_average_of_receipts_in_a_row,
    |app| async {
        let other = twin(app).await;
        let product = app.product(Wanted::default()).await;
        let managers = [app.manager().await, other.manager().await];
        let mut running = tokio::task::JoinSet::new();
        for number in 0..8 {
            let client = managers[number % 2].clone();
            let body = json!({"lines": [{"product_id": product, "quantity": 10, "unit_cost_minor": 120_000 + number}]});
            running.spawn(async move {
                let answer = client.post("/inventory/receipts", body).await;
                answer.status.as_u16()
            });
        }
        assert_eq!(running.join_all().await, [201; 8]);
        // 10 at 300,000 and 80 at 120,003.5 on average; each step may round by a half.
        let cost = app.figure("SELECT cost_minor FROM products").await;
        assert!((cost - 140_003).abs() <= 4, "{cost}");
        let steps = app.figure("SELECT COUNT(*) FROM price_changes").await;
        assert_eq!(
            steps, 9,
            "each receipt found the cost that the one before had left"
        );
        other.finish().await;
    }
);

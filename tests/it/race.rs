//! Many at once: exactly the stock is sold, nobody waits for ever, the books stay right.

use std::collections::BTreeSet;

use kernel::ids::ProductId;
use serde_json::json;

use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

/// Sends one request from each of many clients at once, and returns the statuses.
async fn at_once(
    app: &TestApp,
    clients: usize,
    client: &Client,
    order: impl Fn(usize) -> serde_json::Value,
) -> Vec<u16> {
    let _ = app;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..clients {
        let (client, body) = (client.clone(), order(number));
        running.spawn(async move { client.post("/sales", body).await.status.as_u16() });
    }
    running.join_all().await
}

async fn last_units(app: &TestApp, clients: usize) {
    let product = app
        .product(Wanted {
            stock: 20,
            ..Wanted::default()
        })
        .await;
    let cashier = app.cashier().await;
    let statuses = at_once(app, clients, &cashier, |_| basket(product, 1)).await;
    let sold = statuses.iter().filter(|status| **status == 201).count();
    let refused = statuses.iter().filter(|status| **status == 409).count();
    assert_eq!(
        (sold, refused),
        (clients.min(20), clients - clients.min(20)),
        "{statuses:?}"
    );
    assert_eq!(
        app.on_hand(product).await,
        20_000 - i64::try_from(sold).unwrap() * 1000
    );
}

both_databases!(sixteen_clients_share_the_last_units, |app| async {
    last_units(app, 16).await;
});

both_databases!(
    a_hundred_and_twenty_eight_clients_share_the_last_units,
    |app| async {
        last_units(app, 128).await;
    }
);

both_databases!(
    shuffled_baskets_of_shared_products_never_deadlock,
    |app| async {
        let mut products: Vec<ProductId> = Vec::new();
        for sku in ["A", "B", "C", "D", "E", "F"] {
            products.push(
                app.product(Wanted {
                    sku,
                    stock: 60,
                    ..Wanted::default()
                })
                .await,
            );
        }
        let cashier = app.cashier().await;
        let statuses = at_once(app, 128, &cashier, |number| {
        let pick = |step: usize| products[(number * 7 + step * (1 + number % 5)) % products.len()];
        json!({"lines": (0..3).map(|step| json!({"product_id": pick(step), "quantity": 1})).collect::<Vec<_>>()})
    })
    .await;
        assert!(
            statuses
                .iter()
                .all(|status| *status == 201 || *status == 409),
            "{statuses:?}"
        );
        let sold = statuses.iter().filter(|status| **status == 201).count();
        let mut left = 0;
        for product in products {
            left += app.on_hand(product).await;
        }
        assert_eq!(left, 360_000 - i64::try_from(sold).unwrap() * 3000);
    }
);

both_databases!(
    documents_and_sales_race_without_a_wrong_level,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 30,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let mut running = tokio::task::JoinSet::new();
        for number in 0..60 {
            let client = manager.clone();
            running.spawn(async move {
            let answer = match number % 3 {
                0 => client.post("/inventory/adjustments", json!({"lines": [{"product_id": product, "delta": 1}], "reason": "found"})).await,
                1 => client.post("/inventory/counts", json!({"lines": [{"product_id": product, "counted": 30}]})).await,
                _ => client.post("/sales", basket(product, 1)).await,
            };
            answer.status.as_u16()
        });
        }
        let statuses: BTreeSet<u16> = running.join_all().await.into_iter().collect();
        assert!(
            statuses.iter().all(|status| [201, 409].contains(status)),
            "{statuses:?}"
        );
    }
);

both_databases!(the_same_key_from_many_clients_sells_once, |app| async {
    let product = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let client = cashier.clone();
        running.spawn(async move {
            client
                .post_once("/sales", "till-1-42", basket(product, 1))
                .await
                .status
                .as_u16()
        });
    }
    let statuses = running.join_all().await;
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(app.on_hand(product).await, 9_000);
    assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 1);
});

both_databases!(one_refund_of_many_at_once_gets_the_last_unit, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let sale = manager.post("/sales", basket(product, 2)).await.expect(201);
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (client, path, line) = (
            manager.clone(),
            path.clone(),
            sale["lines"][0]["id"].clone(),
        );
        running.spawn(async move {
            let part = json!({"lines": [{"sale_line_id": line, "quantity": 1, "restock": true}], "reason": "back"});
            client.post(&path, part).await.status.as_u16()
        });
    }
    let statuses = running.join_all().await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        2,
        "{statuses:?}"
    );
    assert_eq!(app.on_hand(product).await, 10_000);
});

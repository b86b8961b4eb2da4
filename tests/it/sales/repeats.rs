//! The same sale or refund again: by another user, under another key, without any. What it says is
//! compared with what is recorded, and it is recorded once.

use kernel::{
    Clock as _, Role, Timestamp,
    ids::{ProductId, RefundId, SaleId},
};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::Answer,
    shop::{Wanted, as_recorded, basket},
};

fn sale(id: SaleId, product: ProductId, pieces: i64) -> Value {
    let mut sale = basket(product, pieces);
    sale["id"] = json!(id);
    sale
}

/// The recorded sale as it is now, marked as a repeat.
fn expect_again(answer: &Answer, recorded: &Value) {
    assert_eq!(&answer.expect(200), recorded);
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
}

async fn sales_of(app: &TestApp) -> i64 {
    app.figure("SELECT COUNT(*) FROM sales").await
}

both_databases!(
    a_sale_sent_again_by_whatever_user_and_key_is_recorded_once,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let other = app.another_user(Role::Cashier).await;
        let second = app.client_of(other, Role::Cashier).await;
        let first = app.cashier().await;
        let id = SaleId::generate();
        let sold = first.post_once("/sales", "k-1", sale(id, product, 3)).await;
        let sold = sold.expect(201);
        for (client, key) in [
            (&first, Some("k-2")),
            (&first, None),
            (&second, Some("k-1")),
            (&second, None),
            (&app.manager().await, None),
        ] {
            let body = sale(id, product, 3);
            let again = match key {
                Some(key) => client.post_once("/sales", key, body).await,
                None => client.post("/sales", body).await,
            };
            expect_again(&again, &sold);
        }
        assert!(!sold.to_string().contains("cost"));
        assert_eq!(app.on_hand(product).await, 7_000);
        assert_eq!(sales_of(app).await, 1);
        // The first key still returns what it returned.
        let again = first.post_once("/sales", "k-1", sale(id, product, 3)).await;
        assert_eq!(again.expect(201), sold);
        // A key that belongs to another request stays with it.
        first
            .post_once("/sales", "k-1", sale(id, product, 4))
            .await
            .expect_problem(422, "idempotency.payload_mismatch");
        app.viewer()
            .await
            .post("/sales", sale(id, product, 3))
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

/// A sale in which a till says all that it can.
fn sale_with_everything(product: ProductId, at: Timestamp) -> Value {
    let mut sale = sale(SaleId::generate(), product, 2);
    sale["occurred_at"] = json!(at);
    sale["note"] = json!("Mama Aline");
    sale["discount_minor"] = json!(10_000);
    sale["lines"][0]["unit_price_minor"] = json!(340_000);
    sale["payments"] = json!([
        {"method": "mobile_money", "currency": "CDF", "amount_minor": 170_000, "reference": "QGH7XK2"},
        {"method": "cash", "currency": "CDF", "amount_minor": 600_000},
    ]);
    sale["change"] = json!([{"currency": "CDF", "amount_minor": 100_000}]);
    sale
}

both_databases!(
    another_sale_with_the_id_is_refused_whatever_differs,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let rice = Wanted {
            sku: "RIZ",
            ..Wanted::default()
        };
        let other = app.product(rice).await;
        let elsewhere = app.location("Dépôt").await;
        let manager = app.manager().await;
        let at = app.clock.now();
        let recorded = sale_with_everything(product, at);
        let sold = manager.post("/sales", &recorded).await.expect(201);
        expect_again(&manager.post("/sales", &recorded).await, &sold);

        let changes: &[(&str, Value)] = &[
            ("/lines/0/product_id", json!(other)),
            ("/lines/0/quantity", json!(1)),
            ("/lines/0/unit_price_minor", json!(340_001)),
            ("/discount_minor", json!(10_001)),
            ("/payments/0/amount_minor", json!(170_001)),
            ("/payments/0/reference", json!("QGH7XK3")),
            ("/payments/0/method", json!("card")),
            ("/payments/1/currency", json!("USD")),
            ("/change/0/amount_minor", json!(95_000)),
            ("/location_id", json!(elsewhere)),
            ("/occurred_at", json!(at.plus_seconds(-1))),
            ("/note", json!("Mama Aline.")),
            ("/cashier_id", json!(app.user(Role::Cashier).await)),
        ];
        for (pointer, value) in changes {
            let mut changed = recorded.clone();
            if pointer.matches('/').count() == 1 {
                changed[&pointer[1..]] = value.clone();
            } else {
                *changed.pointer_mut(pointer).unwrap() = value.clone();
            }
            manager
                .post("/sales", &changed)
                .await
                .expect_problem_at(409, "sale.exists", "/id");
        }
        let mut longer = recorded.clone();
        longer["lines"] = json!([recorded["lines"][0], {"product_id": other, "quantity": 1}]);
        manager
            .post("/sales", &longer)
            .await
            .expect_problem_at(409, "sale.exists", "/id");
        assert_eq!(sales_of(app).await, 1);
        // What the request leaves to the shop was decided then.
        let mut shorter = recorded.clone();
        shorter.as_object_mut().unwrap().remove("occurred_at");
        shorter["lines"][0]
            .as_object_mut()
            .unwrap()
            .remove("unit_price_minor");
        expect_again(&app.cashier().await.post("/sales", &shorter).await, &sold);
    }
);

both_databases!(
    a_repeat_breaks_no_rule_that_the_sale_did_not_break_then,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 2,
                ..Wanted::default()
            })
            .await;
        let cashier = app.cashier().await;
        let order = sale(SaleId::generate(), product, 2);
        let sold = cashier.post("/sales", &order).await.expect(201);
        // Nothing is left, the price is another, the product is archived, and days have passed.
        let manager = app.manager().await;
        let path = format!("/products/{product}");
        manager
            .patch(&path, json!({"price_minor": 1}))
            .await
            .expect(200);
        manager
            .post(&format!("{path}/archive"), json!({}))
            .await
            .expect(200);
        expect_again(&cashier.post("/sales", &order).await, &sold);
        let mut dated = order.clone();
        dated["occurred_at"] = sold["occurred_at"].clone();
        app.clock.advance_seconds(3 * 24 * 3600);
        let cashier = app.cashier().await;
        expect_again(&cashier.post("/sales", &dated).await, &sold);
        // As it is now.
        let lines =
            json!([{"sale_line_id": sold["lines"][0]["id"], "quantity": 1, "restock": false}]);
        let path = format!("/sales/{}", sold["id"].as_str().unwrap());
        let refund = json!({"lines": lines, "reason": "cassé"});
        app.manager()
            .await
            .post(&format!("{path}/refunds"), refund)
            .await
            .expect(201);
        let now = app.manager().await.get(&path).await.expect(200);
        assert_eq!(now["state"], "partially_refunded");
        expect_again(&cashier.post("/sales", &order).await, &as_recorded(now));
    }
);

both_databases!(
    of_the_same_sale_sent_by_many_at_once_one_is_recorded,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 3,
                ..Wanted::default()
            })
            .await;
        let id = SaleId::generate();
        let mut senders = Vec::new();
        for n in 0..8 {
            let client = app.cashier().await;
            let (body, key) = (sale(id, product, 2), format!("k-{n}"));
            senders.push(tokio::spawn(async move {
                if n % 2 == 0 {
                    client.post("/sales", body).await
                } else {
                    client.post_once("/sales", &key, body).await
                }
            }));
        }
        let (mut first, mut again) = (0, 0);
        for sender in senders {
            let answer = sender.await.unwrap();
            match answer.status.as_u16() {
                201 => first += 1,
                200 => again += 1,
                other => panic!("{other}: {}", answer.expect(200)),
            }
        }
        assert_eq!((first, again), (1, 7));
        assert_eq!(app.on_hand(product).await, 1_000);
    }
);

/// Five pieces are sold; returns the path of the sale's refunds, and the refund of one piece under an
/// id.
async fn sell_five(app: &TestApp, product: ProductId) -> (String, impl Fn(RefundId) -> Value) {
    let cashier = app.cashier().await;
    let sold = cashier.post("/sales", basket(product, 5)).await.expect(201);
    let path = format!("/sales/{}/refunds", sold["id"].as_str().unwrap());
    let line = sold["lines"][0]["id"].clone();
    let refund = move |id: RefundId| {
        json!({"id": id, "reason": "cassé",
            "lines": [{"sale_line_id": line, "quantity": 1, "restock": true}]})
    };
    (path, refund)
}

both_databases!(a_refund_sent_again_is_recorded_once, |app| async {
    let product = app.product(Wanted::default()).await;
    let (path, refund) = sell_five(app, product).await;
    let id = RefundId::generate();
    let other = app.another_user(Role::Manager).await;
    let second = app.client_of(other, Role::Manager).await;
    let first = app.manager().await;
    let given = first.post(&path, refund(id)).await.expect(201);
    expect_again(&first.post(&path, refund(id)).await, &given);
    expect_again(&second.post_once(&path, "k", refund(id)).await, &given);
    for (pointer, value) in [
        ("/reason", json!("perdu")),
        ("/lines/0/quantity", json!(2)),
        ("/lines/0/restock", json!(false)),
    ] {
        let mut changed = refund(id);
        *changed.pointer_mut(pointer).unwrap() = value;
        second
            .post(&path, changed)
            .await
            .expect_problem_at(409, "refund.exists", "/id");
    }
    let mut otherwise = refund(id);
    otherwise["payments"] = json!([{"method": "cash", "currency": "CDF", "amount_minor": 1_000}]);
    second
        .post(&path, otherwise)
        .await
        .expect_problem_at(409, "refund.exists", "/id");
    assert_eq!(app.on_hand(product).await, 6_000);
    assert_eq!(app.figure("SELECT COUNT(*) FROM refunds").await, 1);
});

both_databases!(
    a_refund_that_many_send_at_once_is_recorded_once,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let (path, refund) = sell_five(app, product).await;
        let id = RefundId::generate();
        let mut senders = Vec::new();
        for _ in 0..6 {
            let (client, path, body) = (app.manager().await, path.clone(), refund(id));
            senders.push(tokio::spawn(async move { client.post(&path, body).await }));
        }
        let mut first = 0;
        for sender in senders {
            let answer = sender.await.unwrap();
            match answer.status.as_u16() {
                201 => first += 1,
                _ => {
                    answer.expect(200);
                }
            }
        }
        assert_eq!(first, 1);
        assert_eq!(app.on_hand(product).await, 6_000);
        assert_eq!(app.figure("SELECT COUNT(*) FROM refunds").await, 1);
    }
);

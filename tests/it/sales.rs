//! Selling: prices, tenders, refusals, repetition, refunds and voids.

mod batch;
mod entered_late;
mod filtered;
mod own_words;
mod pricing;
mod receipts;
mod references;
mod repeats;
mod vectors;
mod voids;

use kernel::{Clock as _, Quantity, ids::ProductId};
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    shop::{Wanted, as_recorded, basket},
};

fn tax_on_top() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__TAX_MODE", "added".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    a_sale_takes_its_goods_and_answers_what_was_sold,
    |app| async {
        let product = app
            .product(Wanted {
                tax_rate_bp: 1600,
                ..Wanted::default()
            })
            .await;
        let cashier = app.cashier().await;
        let sale = cashier.post("/sales", basket(product, 3)).await.expect(201);
        assert_eq!(sale["number"], 1);
        assert_eq!(sale["state"], "completed");
        assert_eq!(sale["total_minor"], 1_050_000);
        assert_eq!(sale["tax_minor"], 144_828);
        assert_eq!(sale["payments"][0]["amount_minor"], 1_050_000);
        assert_eq!(sale["change_minor"], 0);
        assert!(!sale.to_string().contains("cost"), "a cost leaks: {sale}");
        assert_eq!(app.on_hand(product).await, 7_000);
        let read = cashier
            .get(&format!("/sales/{}", sale["id"].as_str().unwrap()))
            .await
            .expect(200);
        assert_eq!(as_recorded(read), sale, "what is read is what was answered");
    }
);

both_databases!(tax_can_come_on_top, tax_on_top(), |app| async {
    let product = app
        .product(Wanted {
            tax_rate_bp: 1600,
            price_minor: 10_000,
            ..Wanted::default()
        })
        .await;
    let sale = app
        .cashier()
        .await
        .post("/sales", basket(product, 1))
        .await
        .expect(201);
    assert_eq!(
        (
            sale["subtotal_minor"].as_i64(),
            sale["tax_minor"].as_i64(),
            sale["total_minor"].as_i64()
        ),
        (Some(10_000), Some(1_600), Some(11_600))
    );
});

both_databases!(every_short_line_is_named_and_nothing_moves, |app| async {
    let sugar = app
        .product(Wanted {
            stock: 2,
            ..Wanted::default()
        })
        .await;
    let oil = app
        .product(Wanted {
            sku: "HUILE",
            stock: 1,
            ..Wanted::default()
        })
        .await;
    let rice = app
        .product(Wanted {
            sku: "RIZ",
            stock: 50,
            ..Wanted::default()
        })
        .await;
    let order = json!({"lines": [
        {"product_id": sugar, "quantity": 2}, {"product_id": rice, "quantity": 1}, {"product_id": oil, "quantity": 5}, {"product_id": sugar, "quantity": 1},
    ]});
    let refused = app
        .cashier()
        .await
        .post("/sales", order)
        .await
        .expect_problem(409, "stock.insufficient");
    let short: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["pointer"].as_str().unwrap(),
                e["requested"].as_i64().unwrap(),
                e["available"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        short,
        [("/lines/0", 3, 2), ("/lines/2", 5, 1), ("/lines/3", 3, 2)]
    );
    assert_eq!(
        (app.on_hand(sugar).await, app.on_hand(rice).await),
        (2_000, 50_000)
    );
    assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 0);
    assert_eq!(
        app.figure("SELECT value FROM counters WHERE name = 'sale'")
            .await,
        0
    );
});

both_databases!(the_same_key_sells_once, |app| async {
    let product = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let first = cashier.post_once("/sales", "k-1", basket(product, 3)).await;
    let sale = first.expect(201);
    let again = cashier.post_once("/sales", "k-1", basket(product, 3)).await;
    assert_eq!(again.expect(201), sale);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.header("idempotency-replayed"), None);
    cashier
        .post_once("/sales", "k-1", basket(product, 1))
        .await
        .expect_problem(422, "idempotency.payload_mismatch");
    app.manager()
        .await
        .post_once("/sales", "k-1", basket(product, 1))
        .await
        .expect(201);
    assert_eq!(app.on_hand(product).await, 6_000);
});

both_databases!(a_refusal_is_not_kept_under_its_key, |app| async {
    let product = app
        .product(Wanted {
            stock: 1,
            ..Wanted::default()
        })
        .await;
    let cashier = app.cashier().await;
    cashier
        .post_once("/sales", "k", basket(product, 2))
        .await
        .expect(409);
    app.put_in_stock(product, Quantity::from_units(5), app.clock.now())
        .await;
    cashier
        .post_once("/sales", "k", basket(product, 2))
        .await
        .expect(201);
});

both_databases!(
    a_sale_is_paid_in_several_currencies_with_frozen_rates,
    |app| async {
        let product = app
            .product(Wanted {
                price_minor: 1_000_000,
                ..Wanted::default()
            })
            .await;
        let at = app.clock.now().micros() - 1;
        app.write("INSERT INTO rates (id, currency, rate_micros, valid_from_us, recorded_at_us) VALUES ($1, 'USD', $2, $3, $3)", vec![uuid::Uuid::now_v7().into(), 2_800_000_000i64.into(), at.into()]).await;
        let cashier = app.cashier().await;
        let order = json!({"lines": [{"product_id": product, "quantity": 1}], "payments": [
            {"method": "cash", "currency": "USD", "amount_minor": 200},
            {"method": "mobile_money", "currency": "CDF", "amount_minor": 300_000, "reference": "MP-77"},
            {"method": "cash", "currency": "CDF", "amount_minor": 200_000},
        ]});
        let sale = cashier.post("/sales", order).await.expect(201);
        assert_eq!(sale["payments"][0]["base_minor"], 560_000);
        assert_eq!(sale["payments"][0]["rate_micros"], 2_800_000_000i64);
        assert_eq!(sale["change_minor"], 60_000);
        let reused = json!({"lines": [{"product_id": product, "quantity": 1}], "payments": [{"method": "mobile_money", "currency": "CDF", "amount_minor": 1_000_000, "reference": "MP-77"}]});
        cashier
            .post("/sales", &reused)
            .await
            .expect_problem(409, "payment.reference_taken");
        app.manager()
            .await
            .post(
                &format!("/sales/{}/void", sale["id"].as_str().unwrap()),
                json!({"reason": "wrong basket"}),
            )
            .await
            .expect(200);
        cashier.post("/sales", &reused).await.expect(201);
        let unknown = json!({"lines": [{"product_id": product, "quantity": 1}], "payments": [{"method": "cash", "currency": "EUR", "amount_minor": 500}]});
        cashier.post("/sales", unknown).await.expect_problem_at(
            422,
            "payment.rate_missing",
            "/payments/0/currency",
        );
        let own_rate = json!({"lines": [{"product_id": product, "quantity": 1}], "payments": [{"method": "cash", "currency": "USD", "amount_minor": 100, "rate_micros": 99_000_000_000i64}]});
        cashier.post("/sales", own_rate).await.expect_problem_at(
            403,
            "auth.forbidden",
            "/payments/0/rate_micros",
        );
    }
);

both_databases!(money_that_does_not_add_up_is_refused, |app| async {
    let product = app
        .product(Wanted {
            price_minor: 1_000_000,
            ..Wanted::default()
        })
        .await;
    let cashier = app.cashier().await;
    let pay = |method: &str, amount: i64| json!({"lines": [{"product_id": product, "quantity": 1}], "payments": [{"method": method, "currency": "CDF", "amount_minor": amount}]});
    cashier
        .post("/sales", pay("cash", 900_000))
        .await
        .expect_problem_at(422, "payment.insufficient", "/payments");
    cashier
        .post("/sales", pay("card", 1_100_000))
        .await
        .expect_problem(422, "payment.change_exceeds_cash");
    let sale = cashier
        .post("/sales", pay("cash", 2_000_000))
        .await
        .expect(201);
    assert_eq!(sale["change_minor"], 1_000_000);
    let huge = json!({"lines": [{"product_id": product, "quantity": 1_000_000, "unit_price_minor": 1_000_000_000_000_000i64}]});
    app.manager()
        .await
        .post("/sales", huge)
        .await
        .expect_problem(422, "money.out_of_range");
});

both_databases!(
    other_prices_and_discounts_need_the_permission,
    |app| async {
        let product = app
            .product(Wanted {
                price_minor: 100_000,
                ..Wanted::default()
            })
            .await;
        let order = json!({"lines": [{"product_id": product, "quantity": 2, "unit_price_minor": 90_000, "discount_minor": 5_000}], "discount_minor": 7_000});
        let sale = app.manager().await.post("/sales", &order).await.expect(201);
        assert_eq!(
            (
                sale["discount_minor"].as_i64(),
                sale["total_minor"].as_i64()
            ),
            (Some(12_000), Some(168_000))
        );
        app.cashier()
            .await
            .post("/sales", &order)
            .await
            .expect_problem(403, "auth.forbidden");
        let at_list =
            json!({"lines": [{"product_id": product, "quantity": 1, "unit_price_minor": 100_000}]});
        app.cashier()
            .await
            .post("/sales", at_list)
            .await
            .expect(201);
        let too_much =
            json!({"lines": [{"product_id": product, "quantity": 1, "discount_minor": 100_100}]});
        app.manager()
            .await
            .post("/sales", too_much)
            .await
            .expect_problem_at(422, "request.validation_failed", "/lines/0/discount_minor");
    }
);

/// An order with one more field, or another value of one.
fn with(mut order: Value, field: &str, value: Value) -> Value {
    order[field] = value;
    order
}

both_databases!(what_cannot_be_is_refused_with_its_place, |app| async {
    let piece = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let one = || basket(piece, 1);
    let lines = |line: Value, count: usize| json!({ "lines": vec![line; count] });
    let of = |product: Value| lines(json!({"product_id": product, "quantity": 1}), 1);
    let many = |count: usize| lines(one()["lines"][0].clone(), count);
    let stranger = json!(uuid::Uuid::now_v7());
    let abc = json!([{"method": "cash", "currency": "ABC", "amount_minor": 1}]);
    for (order, pointer) in [
        (many(0), "/lines"),
        (basket(piece, 0), "/lines/0/quantity"),
        (basket(piece, -1), "/lines/0/quantity"),
        (basket(piece, 1.0001), "/lines/0/quantity"),
        (basket(piece, 1.5), "/lines/0/quantity"),
        (of(json!("x")), "/lines/0/product_id"),
        (of(stranger.clone()), "/lines/0/product_id"),
        (with(one(), "surprise", json!(1)), "/surprise"),
        (with(one(), "location_id", stranger), "/location_id"),
        (
            with(one(), "occurred_at", json!("2999-01-01T00:00:00Z")),
            "/occurred_at",
        ),
        (with(one(), "payments", abc), "/payments/0/currency"),
        (many(501), "/lines"),
        (many(10_000), "/lines"),
    ] {
        let refused = cashier.post("/sales", &order).await;
        let code = refused.expect(422)["code"].clone();
        refused.expect_problem_at(422, code.as_str().unwrap(), pointer);
    }
    assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 0);
    assert_eq!(app.on_hand(piece).await, 10_000);
});

both_databases!(
    an_archived_product_is_sold_no_more_and_others_are,
    |app| async {
        let piece = app.product(Wanted::default()).await;
        let kilo = app
            .product(Wanted {
                sku: "RIZ-VRAC",
                unit: "kg",
                ..Wanted::default()
            })
            .await;
        let cashier = app.cashier().await;
        app.write(
            "UPDATE products SET archived = $1 WHERE id = $2",
            vec![true.into(), piece.as_uuid().into()],
        )
        .await;
        cashier
            .post("/sales", basket(piece, 1))
            .await
            .expect_problem_at(409, "product.archived", "/lines/0/product_id");
        cashier
            .post("/sales", basket(kilo, 1.255))
            .await
            .expect(201);
        assert_eq!(app.on_hand(kilo).await, 8_745);
        assert_eq!(app.on_hand(piece).await, 10_000);
        assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 1);
    }
);

/// Three pieces at 333 francs less a hundred, paid by card.
async fn sell_three(app: &TestApp, product: ProductId) -> Value {
    let order = json!({
        "lines": [{"product_id": product, "quantity": 3}],
        "discount_minor": 10_000,
        "payments": [{"method": "card", "currency": "CDF", "amount_minor": 89_900}],
    });
    let sale = app.manager().await.post("/sales", order).await.expect(201);
    assert_eq!(sale["total_minor"], 89_900);
    sale
}

/// A refund of a part of the first line of a sale.
fn part_of(sale: &Value, quantity: i64, restock: bool) -> Value {
    let line = &sale["lines"][0]["id"];
    json!({"lines": [{"sale_line_id": line, "quantity": quantity, "restock": restock}], "reason": "broken"})
}

both_databases!(refunds_give_back_exactly_what_was_paid, |app| async {
    let product = app
        .product(Wanted {
            price_minor: 33_300,
            tax_rate_bp: 1600,
            ..Wanted::default()
        })
        .await;
    let manager = app.manager().await;
    let sale = sell_three(app, product).await;
    let read = format!("/sales/{}", sale["id"].as_str().unwrap());
    let path = format!("{read}/refunds");
    let one = part_of(&sale, 1, true);
    let first = manager.post_once(&path, "r1", &one).await.expect(201);
    let again = manager.post_once(&path, "r1", &one).await.expect(201);
    assert_eq!(again, first, "the same key refunds once");
    assert_eq!(app.on_hand(product).await, 8_000);
    manager
        .post(&path, part_of(&sale, 3, true))
        .await
        .expect_problem_at(409, "refund.exceeds_sold", "/lines/0/quantity");
    let rest = part_of(&sale, 2, false);
    let second = manager.post(&path, rest).await.expect(201);
    let there = app.on_hand(product).await;
    assert_eq!(there, 8_000, "damaged goods do not go back");
    let sum = |field: &str| first[field].as_i64().unwrap() + second[field].as_i64().unwrap();
    assert_eq!(sum("total_minor"), 89_900);
    assert_eq!(sum("tax_minor"), sale["tax_minor"].as_i64().unwrap());
    let after = manager.get(&read).await.expect(200);
    assert_eq!(after["state"], "refunded");
    assert_eq!(after["lines"][0]["refunded_quantity"].as_i64(), Some(3));
    manager
        .post(&format!("{read}/void"), json!({"reason": "x"}))
        .await
        .expect_problem(409, "sale.wrong_state");
});

both_databases!(
    a_void_gives_everything_back_and_keeps_its_number,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let sale = manager.post("/sales", basket(product, 4)).await.expect(201);
        let path = format!("/sales/{}/void", sale["id"].as_str().unwrap());
        app.cashier()
            .await
            .post(&path, json!({"reason": "x"}))
            .await
            .expect_problem(403, "auth.forbidden");
        manager
            .post(&path, json!({"reason": "  "}))
            .await
            .expect_problem_at(422, "request.validation_failed", "/reason");
        let voided = manager
            .post(&path, json!({"reason": "typed twice"}))
            .await
            .expect(200);
        assert_eq!(
            (voided["state"].as_str(), voided["number"].as_i64()),
            (Some("voided"), Some(1))
        );
        manager
            .post(&path, json!({"reason": "again"}))
            .await
            .expect_problem(409, "sale.wrong_state");
        assert_eq!(app.on_hand(product).await, 10_000);
        let next = manager.post("/sales", basket(product, 1)).await.expect(201);
        assert_eq!(next["number"], 2);
        assert_eq!(
            app.figure("SELECT COUNT(*) FROM audit_log WHERE action = 'sale.void'")
                .await,
            1
        );
    }
);

both_databases!(a_cashier_sees_own_sales_only, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let cashier = app.cashier().await;
    let foreign = manager.post("/sales", basket(product, 1)).await.expect(201);
    let own = cashier.post("/sales", basket(product, 1)).await.expect(201);
    cashier
        .get(&format!("/sales/{}", foreign["id"].as_str().unwrap()))
        .await
        .expect_problem(404, "resource.not_found");
    let list = cashier.get("/sales").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["id"], own["id"]);
    assert_eq!(
        manager.get("/sales").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
});

both_databases!(
    the_list_of_sales_pages_without_gaps_or_repeats,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 100,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        for _ in 0..23 {
            manager.post("/sales", basket(product, 1)).await.expect(201);
        }
        let mut numbers = Vec::new();
        let mut path = "/sales?limit=5".to_owned();
        loop {
            let page = manager.get(&path).await.expect(200);
            numbers.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|sale| sale["number"].as_i64().unwrap()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/sales?limit=5&cursor={cursor}");
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=23).collect::<Vec<_>>());
        for query in [
            "limit=0",
            "limit=201",
            "limit=x",
            "cursor=AAAA",
            "from=yesterday",
            "nothing=1",
            "from=2026-02-02&to=2026-02-01",
        ] {
            let status = manager.get(&format!("/sales?{query}")).await.status;
            assert_eq!(status, 400, "{query}");
        }
    }
);

both_databases!(a_clients_own_id_is_taken_once, |app| async {
    let product = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let id = uuid::Uuid::now_v7();
    let order = json!({"id": id, "lines": [{"product_id": product, "quantity": 1}]});
    assert_eq!(
        cashier.post("/sales", &order).await.expect(201)["id"],
        id.to_string()
    );
    let other = json!({"id": id, "lines": [{"product_id": product, "quantity": 2}]});
    cashier
        .post("/sales", &other)
        .await
        .expect_problem(409, "sale.exists");
    assert_eq!(app.on_hand(product).await, 9_000);
});

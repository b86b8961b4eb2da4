//! Money as it moves: what comes in, what goes out as change, and the wallets and accounts of the shop.

mod accounts;
mod refunds;
mod takings;

use kernel::ids::ProductId;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    shop::{Wanted, as_recorded},
};

/// 2,850.50 francs for a dollar, from now on.
async fn write_rate(app: &TestApp, micros: i64) {
    let rate = json!({"currency": "USD", "rate_micros": micros});
    app.admin().await.post("/rates", rate).await.expect(201);
}

async fn product_at(app: &TestApp, sku: &'static str, price_minor: i64) -> ProductId {
    let wanted = Wanted {
        sku,
        price_minor,
        cost_minor: 0,
        ..Wanted::default()
    };
    app.product(wanted).await
}

fn paid(product: ProductId, payments: &Value) -> Value {
    json!({"lines": [{"product_id": product, "quantity": 1}], "payments": payments})
}

fn with_change(mut order: Value, change: &Value) -> Value {
    order["change"] = change.clone();
    order
}

fn cash(currency: &str, amount_minor: i64) -> Value {
    json!({"method": "cash", "currency": currency, "amount_minor": amount_minor})
}

fn back(currency: &str, amount_minor: i64) -> Value {
    json!({"currency": currency, "amount_minor": amount_minor})
}

/// The cash of a currency in the drawer: cash in, less change, less cash refunds.
async fn drawer(app: &TestApp, currency: &str) -> i64 {
    let sql = format!(
        "SELECT CAST(COALESCE((SELECT SUM(CASE WHEN direction = 'in' THEN amount_minor ELSE -amount_minor END)
                    FROM payments WHERE method = 'cash' AND currency = '{currency}' AND is_live), 0)
            - COALESCE((SELECT SUM(amount_minor) FROM refund_payments WHERE method = 'cash' AND currency = '{currency}'), 0) AS BIGINT)"
    );
    app.figure(&sql).await
}

both_databases!(dollars_come_in_and_dollars_and_francs_go_out, |app| async {
    write_rate(app, 2_850_500_000).await;
    let product = product_at(app, "SAC", 2_000_000).await;
    let cashier = app.cashier().await;
    let order = paid(product, &json!([cash("USD", 10_000)]));
    let order = with_change(order, &json!([back("USD", 9_000), back("CDF", 850_000)]));
    let sale = cashier.post("/sales", &order).await.expect(201);
    let line = |currency: &str, amount: i64, micros: i64, worth: i64| json!({"currency": currency, "amount_minor": amount, "rate_micros": micros, "rate_side": "base_per_foreign", "base_minor": worth});
    assert_eq!(
        sale["change"],
        json!([
            line("USD", 9_000, 2_850_500_000, 25_654_500),
            line("CDF", 850_000, 1_000_000, 850_000)
        ])
    );
    assert_eq!(sale["rounding_minor"], 500);
    assert_eq!(sale["change_minor"], 26_504_500);
    assert_eq!(sale["refunds"], json!([]));
    let read = format!("/sales/{}", sale["id"].as_str().unwrap());
    assert_eq!(as_recorded(cashier.get(&read).await.expect(200)), sale);
    assert_eq!(
        (drawer(app, "USD").await, drawer(app, "CDF").await),
        (1_000, -850_000)
    );
    let receipt = cashier.get(&format!("{read}/receipt")).await.text();
    for words in ["Rendu", "90,00\u{a0}USD", "8\u{a0}500\u{a0}FC"] {
        assert!(receipt.contains(words), "{words}: {receipt}");
    }
    // Without change in the request, all of it goes out in francs.
    let order = paid(product, &json!([cash("USD", 10_000)]));
    let sale = cashier.post("/sales", &order).await.expect(201);
    assert_eq!(sale["change"][0]["amount_minor"], 26_505_000);
    assert_eq!(sale["change"][0]["currency"], "CDF");
    let sums = "SELECT COUNT(*) FROM sales WHERE paid_minor - change_minor <> total_minor + rounding_minor OR paid_minor = 0";
    assert_eq!(app.figure(sums).await, 0);
});

both_databases!(
    change_keeps_the_step_the_cash_and_one_rate_a_currency,
    |app| async {
        write_rate(app, 2_850_500_000).await;
        let product = product_at(app, "SAC", 2_000_000).await;
        let cashier = app.cashier().await;
        let try_change = async |payments: Value, change: Value| {
            let order = with_change(paid(product, &payments), &change);
            cashier.post("/sales", order).await
        };
        let dollars = json!([cash("USD", 1_000)]);
        let refused = try_change(dollars.clone(), json!([back("CDF", 850_100)])).await;
        let problem = refused.expect_problem_at(422, "payment.cash_step", "/change/0/amount_minor");
        assert_eq!(problem["errors"][0]["step_minor"], 5000);
        try_change(dollars.clone(), json!([back("CDF", 865_000)]))
            .await
            .expect_problem_at(422, "payment.unbalanced", "/change");
        try_change(dollars.clone(), json!([back("CDF", 2_855_000)]))
            .await
            .expect_problem_at(422, "payment.change_exceeds_cash", "/change");
        try_change(dollars.clone(), json!([back("EUR", 100)]))
            .await
            .expect_problem_at(422, "payment.rate_missing", "/change/0/currency");
        try_change(dollars.clone(), json!([back("CDF", 0)]))
            .await
            .expect_problem_at(422, "request.validation_failed", "/change/0/amount_minor");
        // Within a step of 50 francs on either side.
        for minor in [850_000, 855_000] {
            let sale = try_change(dollars.clone(), json!([back("CDF", minor)])).await;
            let rounding = sale.expect(201)["rounding_minor"].as_i64().unwrap();
            assert_eq!(rounding, 850_500 - minor);
        }
        // A manager names a rate; the change takes it, and a second rate is refused.
        let manager = app.manager().await;
        let own = json!([{"method": "cash", "currency": "USD", "amount_minor": 1_000, "rate_micros": 2_900_000_000_i64}]);
        let order = with_change(
            paid(product, &own),
            &json!([back("USD", 300), back("CDF", 30_000)]),
        );
        let sale = manager.post("/sales", order).await.expect(201);
        assert_eq!(sale["change"][0]["rate_micros"], 2_900_000_000_i64);
        assert_eq!(sale["change"][0]["base_minor"], 870_000);
        let two = json!([
            {"method": "cash", "currency": "USD", "amount_minor": 500, "rate_micros": 2_900_000_000_i64},
            {"method": "mobile_money", "currency": "USD", "amount_minor": 500, "rate_micros": 2_850_500_000_i64},
        ]);
        manager
            .post("/sales", paid(product, &two))
            .await
            .expect_problem_at(422, "payment.rates_differ", "/payments/1/rate_micros");
        let lonely = json!([{"method": "cash", "currency": "USD", "amount_minor": 1_000, "rate_side": "base_per_foreign"}]);
        manager
            .post("/sales", paid(product, &lonely))
            .await
            .expect_problem_at(422, "request.validation_failed", "/payments/0/rate_micros");
    }
);

both_databases!(a_tender_of_nothing_pays_nothing, |app| async {
    let product = product_at(app, "ALLUMETTES", 2_400).await;
    let cashier = app.cashier().await;
    let settings = cashier.get("/settings").await.expect(200);
    assert_eq!(settings["cash_step_minor"], 5000, "a new shop in francs");
    for nothing in [json!([cash("CDF", 0)]), json!([])] {
        cashier
            .post("/sales", paid(product, &nothing))
            .await
            .expect_problem_at(422, "payment.insufficient", "/payments");
    }
    let order = paid(product, &json!([cash("CDF", 5_000)]));
    let sale = cashier.post("/sales", order).await.expect(201);
    assert_eq!(
        (&sale["change"], &sale["rounding_minor"]),
        (&json!([]), &json!(2_600)),
        "one step, not nothing"
    );
});

both_databases!(nobody_buys_on_credit_without_a_name, |app| async {
    let product = product_at(app, "SAC", 2_000_000).await;
    let cashier = app.cashier().await;
    let on_credit = json!([
        cash("CDF", 1_000_000),
        {"method": "credit", "currency": "CDF", "amount_minor": 1_000_000},
    ]);
    cashier
        .post("/sales", paid(product, &on_credit))
        .await
        .expect_problem_at(422, "credit.customer_required", "/payments/1/method");
    let unknown = json!([{"method": "unknown", "currency": "CDF", "amount_minor": 2_000_000}]);
    cashier
        .post("/sales", paid(product, &unknown))
        .await
        .expect_problem_at(422, "request.invalid_body", "/payments/0/method");
    assert_eq!(app.figure("SELECT COUNT(*) FROM sales").await, 0);
});

fn dollar_shop() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__CURRENCY", "USD".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    a_dollar_shop_gives_change_in_francs,
    dollar_shop(),
    |app| async {
        let admin = app.admin().await;
        let settings = admin.get("/settings").await.expect(200);
        assert_eq!(settings["cash_step_minor"], 1, "one cent");
        let rate = json!({"currency": "CDF", "rate_micros": 2_850_500_000_i64, "rate_side": "foreign_per_base"});
        admin.post("/rates", rate).await.expect(201);
        let product = product_at(app, "SAVON", 377).await;
        let order = paid(product, &json!([cash("USD", 500)]));
        let order = with_change(order, &json!([back("USD", 100), back("CDF", 65_000)]));
        let sale = app.cashier().await.post("/sales", order).await.expect(201);
        let francs = &sale["change"][1];
        assert_eq!(
            (
                &francs["rate_micros"],
                &francs["rate_side"],
                &francs["base_minor"]
            ),
            (
                &json!(2_850_500_000_i64),
                &json!("foreign_per_base"),
                &json!(23)
            )
        );
        assert_eq!(sale["rounding_minor"], 0);
        let order = with_change(
            paid(product, &json!([cash("USD", 500)])),
            &json!([back("CDF", 350_600)]),
        );
        let refused = app.cashier().await.post("/sales", order).await;
        refused.expect_problem_at(422, "payment.cash_step", "/change/0/amount_minor");
    }
);

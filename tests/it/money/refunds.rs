//! Refunds: how the money goes back, their numbers, and where they are read.

use serde_json::{Value, json};

use super::{back, cash, drawer, paid, product_at, with_change, write_rate};
use crate::support::{
    app::{BY_HAND, TestApp},
    http::Client,
};

fn refund_of(sale: &Value, quantity: impl Into<Value>) -> Value {
    let quantity: Value = quantity.into();
    json!({"reason": "broken", "lines": [
        {"sale_line_id": sale["lines"][0]["id"], "quantity": quantity, "restock": true}]})
}

fn refunds_of(sale: &Value) -> String {
    format!("/sales/{}/refunds", sale["id"].as_str().unwrap())
}

fn brief(refund: &Value) -> Vec<(String, String, i64)> {
    let line = |one: &Value| {
        let word = |field: &str| one[field].as_str().unwrap().to_owned();
        (
            word("method"),
            word("currency"),
            one["amount_minor"].as_i64().unwrap(),
        )
    };
    refund["payments"]
        .as_array()
        .unwrap()
        .iter()
        .map(line)
        .collect()
}

fn line(method: &str, currency: &str, amount: i64) -> (String, String, i64) {
    (method.to_owned(), currency.to_owned(), amount)
}

async fn sell(client: &Client, order: &Value) -> Value {
    client.post("/sales", order).await.expect(201).clone()
}

both_databases!(a_refund_of_a_rounded_sale_pays_what_was_paid, |app| async {
    let manager = app.manager().await;
    let product = product_at(app, "SAVON", 13_800).await;
    let order = paid(product, &json!([cash("CDF", 15_000)]));
    let sale = sell(&manager, &order).await;
    assert_eq!(
        (&sale["rounding_minor"], &sale["change"]),
        (&json!(1_200), &json!([]))
    );
    let refund = manager.post(&refunds_of(&sale), refund_of(&sale, 1)).await;
    let refund = refund.expect(201);
    assert_eq!(refund["total_minor"], 13_800);
    assert_eq!(refund["rounding_minor"], 1_200);
    assert_eq!(brief(&refund), [line("cash", "CDF", 15_000)]);
    assert_eq!(drawer(app, "CDF").await, 0);
    // In parts: each in steps, together what was paid.
    let three = json!({"lines": [{"product_id": product, "quantity": 3}], "payments": [cash("CDF", 40_000)]});
    let sale = sell(&manager, &three).await;
    assert_eq!(sale["rounding_minor"], -1_400);
    let mut paid_back = Vec::new();
    for _ in 0..3 {
        let part = manager.post(&refunds_of(&sale), refund_of(&sale, 1)).await;
        paid_back.push(brief(&part.expect(201)));
    }
    let expected = [15_000, 15_000, 10_000].map(|minor| vec![line("cash", "CDF", minor)]);
    assert_eq!(paid_back, expected);
    assert_eq!(drawer(app, "CDF").await, 0);
});

both_databases!(
    money_goes_back_the_way_it_came_at_the_rate_of_the_sale,
    |app| async {
        write_rate(app, 2_800_000_000).await;
        let manager = app.manager().await;
        let product = product_at(app, "SAC", 2_000_000).await;
        let two = |payments: Value| json!({"lines": [{"product_id": product, "quantity": 2}], "payments": payments});
        let mixed = two(json!([
            {"method": "mobile_money", "currency": "USD", "amount_minor": 500, "reference": "MP-1"},
            cash("CDF", 2_600_000),
        ]));
        let sale = sell(&manager, &mixed).await;
        app.clock.advance_seconds(60);
        write_rate(app, 2_900_000_000).await;
        let first = manager.post(&refunds_of(&sale), refund_of(&sale, 1)).await;
        let first = first.expect(201);
        let expected = [
            line("mobile_money", "USD", 500),
            line("cash", "CDF", 600_000),
        ];
        assert_eq!(brief(&first), expected);
        assert_eq!(first["payments"][0]["rate_micros"], 2_800_000_000_i64);
        assert_eq!(first["payments"][0]["reference"], Value::Null);
        // Another currency takes today's rate.
        let euro = json!({"currency": "EUR", "rate_micros": 3_000_000_000_i64});
        app.admin().await.post("/rates", euro).await.expect(201);
        let mut last = refund_of(&sale, 1);
        last["payments"] = json!([cash("EUR", 600), cash("USD", 70)]);
        let last = manager.post(&refunds_of(&sale), last).await.expect(201);
        assert_eq!(last["payments"][0]["base_minor"], 1_800_000);
        assert_eq!(
            last["payments"][1]["rate_micros"], 2_800_000_000_i64,
            "the sale's"
        );
        assert_eq!(last["rounding_minor"], 1_996_000 - 2_000_000);
        // Dollars alone came in, and no change went out.
        let dollars = two(json!([cash("USD", 1_379)]));
        let sale = sell(&manager, &dollars).await;
        assert_eq!(sale["rounding_minor"], -900);
        for expected in [690, 689] {
            let part = manager.post(&refunds_of(&sale), refund_of(&sale, 1)).await;
            assert_eq!(brief(&part.expect(201)), [line("cash", "USD", expected)]);
        }
        // Change went out: the rest of the money goes back in francs.
        let order = with_change(two(json!([cash("USD", 2_000)])), &json!([back("USD", 620)]));
        let sale = sell(&manager, &order).await;
        let all = manager.post(&refunds_of(&sale), refund_of(&sale, 2)).await;
        let all = all.expect(201);
        assert_eq!(all["payments"][0]["currency"], "CDF");
        assert_eq!(all["payments"][0]["amount_minor"], 1_380 * 29_000 / 10);
    }
);

both_databases!(payments_of_a_refund_are_held_to_what_is_due, |app| async {
    let manager = app.manager().await;
    let product = product_at(app, "SAVON", 13_800).await;
    let two = json!({"lines": [{"product_id": product, "quantity": 2}], "payments": [cash("CDF", 30_000)]});
    let sale = sell(&manager, &two).await;
    let with = |payments: Value| {
        let mut refund = refund_of(&sale, 1);
        refund["payments"] = payments;
        refund
    };
    let path = refunds_of(&sale);
    for (payments, code, pointer) in [
        (
            json!([cash("CDF", 25_000)]),
            "payment.unbalanced",
            "/payments",
        ),
        (json!([]), "payment.unbalanced", "/payments"),
        (
            json!([cash("CDF", 13_800)]),
            "payment.cash_step",
            "/payments/0/amount_minor",
        ),
        (
            json!([{"method": "credit", "currency": "CDF", "amount_minor": 13_800}]),
            "credit.customer_required",
            "/payments/0/method",
        ),
        (
            json!([{"method": "unknown", "currency": "CDF", "amount_minor": 13_800}]),
            "request.invalid_body",
            "/payments/0/method",
        ),
        (
            json!([cash("USD", 100)]),
            "payment.rate_missing",
            "/payments/0/currency",
        ),
    ] {
        let answer = manager.post(&path, with(payments)).await;
        answer.expect_problem_at(422, code, pointer);
    }
    let mobile = json!([{"method": "mobile_money", "currency": "CDF", "amount_minor": 13_800, "reference": "R-1"}]);
    let refund = manager.post(&path, with(mobile)).await.expect(201);
    assert_eq!(refund["rounding_minor"], 0);
    assert_eq!(refund["payments"][0]["reference"], "R-1");
    let last = manager.post(&path, refund_of(&sale, 1)).await.expect(201);
    assert_eq!(
        brief(&last),
        [line("cash", "CDF", 16_200)],
        "all that is left"
    );
});

/// A refund under an id that a client chose has all its fields, and the id is taken afterwards.
async fn refund_under_own_id(manager: &Client, own: &Value, other: &Value) -> Value {
    let id = "01890000-0000-7000-8000-000000000001";
    let mut named = refund_of(own, 1);
    named["id"] = json!(id);
    let first = manager.post(&refunds_of(own), &named).await.expect(201);
    assert_eq!((&first["id"], &first["number"]), (&json!(id), &json!(1)));
    for field in [
        "sale_id",
        "lines",
        "tax_minor",
        "reason",
        "actor_id",
        "occurred_at",
        "recorded_at",
    ] {
        assert!(first.get(field).is_some(), "{field} of {first}");
    }
    let mut again = refund_of(other, 1);
    again["id"] = json!(id);
    manager
        .post(&refunds_of(other), again)
        .await
        .expect_problem_at(409, "refund.exists", "/id");
    first
}

both_databases!(refunds_are_numbered_and_can_be_read, BY_HAND, |app| async {
    let manager = app.manager().await;
    let cashier = app.cashier().await;
    let product = product_at(app, "SAC", 2_000_000).await;
    let exact = json!({"lines": [{"product_id": product, "quantity": 4}]});
    let own = sell(&cashier, &exact).await;
    let other = sell(&manager, &exact).await;
    let refund = async |sale: &Value, quantity: i64| {
        app.clock.advance_seconds(5);
        let refund = refund_of(sale, quantity);
        manager.post(&refunds_of(sale), refund).await.expect(201)
    };
    let first = refund_under_own_id(&manager, &own, &other).await;
    let second = refund(&other, 1).await;
    assert_eq!(second["number"], 2, "what was refused takes no number");
    let third = refund(&own, 2).await;

    let of_sale = cashier.get(&refunds_of(&own)).await.expect(200);
    assert_eq!(of_sale["items"], json!([third, first]));
    let read = format!("/sales/{}", own["id"].as_str().unwrap());
    let sale = cashier.get(&read).await.expect(200);
    assert_eq!(sale["refunds"], json!([first, third]));
    let listed = manager.get("/sales").await.expect(200);
    assert_eq!(listed["items"][1]["refunds"], sale["refunds"]);
    let list = async |client: &Client, query: &str| {
        let path = format!("/refunds{query}");
        client.get(&path).await.expect(200)
    };
    let page = list(&manager, "?limit=2").await;
    assert_eq!(page["items"], json!([third, second]));
    let next = page["next_cursor"].as_str().unwrap();
    let rest = list(&manager, &format!("?limit=2&cursor={next}")).await;
    assert_eq!(rest["items"], json!([first]));
    let mine = list(&cashier, "").await;
    assert_eq!(mine["items"], json!([third, first]), "own sales only");
    cashier.get(&refunds_of(&other)).await.expect(404);
    let one = list(&manager, "?number=2").await;
    assert_eq!(one["items"], json!([second]));
    let long_ago = list(&manager, "?to=2020-01-01").await;
    assert_eq!(long_ago["items"], json!([]));
    forge_and_prove(app).await;
});

both_databases!(a_list_of_refunds_refuses_what_it_cannot_read, |app| async {
    let manager = app.manager().await;
    manager
        .get("/refunds?cursor=x")
        .await
        .expect_problem(400, "request.invalid_cursor");
    let backwards = "/refunds?from=2026-02-01&to=2026-01-01";
    manager.get(backwards).await.expect(400);
});

/// `verify` sees a refund whose money lines do not make what it says.
async fn forge_and_prove(app: &TestApp) {
    let admin = app.admin().await;
    let forge = "UPDATE refund_payments SET base_minor = base_minor + $1";
    app.forge(forge, vec![1_i64.into()]).await;
    let proof = admin.get("/inventory/verify").await.expect(200);
    assert_eq!(proof["ok"], false);
    let kinds = proof.to_string();
    assert!(kinds.contains("refund_is_not_its_payments"), "{kinds}");
    app.forge(forge, vec![(-1_i64).into()]).await;
    let forge = "UPDATE payments SET base_minor = base_minor + $1";
    app.forge(forge, vec![1_i64.into()]).await;
    let proof = admin.get("/inventory/verify").await.expect(200).to_string();
    assert!(proof.contains("payments_are_not_total"), "{proof}");
    app.forge(forge, vec![(-1_i64).into()]).await;
}

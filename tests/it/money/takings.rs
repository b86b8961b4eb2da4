//! Figures of payments: what came in, change, what went back and what is left, by way of paying,
//! account and currency.

use sales::rollups::fold;
use serde_json::{Value, json};

use super::{cash, paid, product_at, write_rate};
use crate::support::{
    app::{BY_HAND, TestApp},
    http::Client,
};

const FIGURES: [&str; 4] = ["in_minor", "change_minor", "refunds_minor", "net_minor"];

async fn by_payment(app: &TestApp, client: &Client) -> Value {
    let shop = app.modules.analytics.readers.catalog.shop().await.unwrap();
    let today = kernel::Clock::now(&*app.clock).date_in(shop.time_zone);
    let path = format!("/analytics/breakdown?from={today}&to={today}&by=payment");
    client.get(&path).await.expect(200).clone()
}

fn group<'a>(breakdown: &'a Value, method: &str) -> &'a Value {
    let groups = breakdown["groups"].as_array().unwrap();
    groups
        .iter()
        .find(|group| group["key"] == method)
        .unwrap_or_else(|| panic!("no {method}: {breakdown}"))
}

fn figures(of: &Value) -> [Value; 4] {
    FIGURES.map(|name| of[name].clone())
}

async fn refund(client: &Client, sale: &Value) -> Value {
    let body = json!({
        "lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}],
        "reason": "abîmé",
    });
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    client.post(&path, body).await.expect(201).clone()
}

async fn count_again(app: &TestApp) {
    for sql in [
        "DELETE FROM rollup_days",
        "DELETE FROM rollup_hours",
        "DELETE FROM rollup_products",
        "DELETE FROM rollup_payments",
        "UPDATE rollup_state SET folded_number = 0",
    ] {
        app.write(sql, Vec::new()).await;
    }
}

both_databases!(what_is_paid_back_is_taken_from_what_came_in, |app| async {
    let manager = app.manager().await;
    let product = product_at(app, "SAVON", 10_000).await;
    let order = paid(product, &json!([cash("CDF", 15_000)]));
    let sale = manager.post("/sales", order).await.expect(201).clone();
    let before = by_payment(app, &manager).await;
    let expected = [15_000, 5_000, 0, 10_000].map(Value::from);
    assert_eq!(figures(group(&before, "cash")), expected);
    fold::fold_all(&app.modules.stores.write).await.unwrap();
    refund(&manager, &sale).await;
    let after = by_payment(app, &manager).await;
    let expected = [15_000, 5_000, 10_000, 0].map(Value::from);
    let by_cash = group(&after, "cash");
    assert_eq!(figures(by_cash), expected);
    assert_eq!(figures(&by_cash["currencies"][0]), expected);
    assert_eq!(figures(&after["total"]), expected);
    assert_eq!(by_cash["takings_minor"], 10_000);
    for absent in ["revenue_minor", "cost_minor", "margin_minor", "units"] {
        assert_eq!(by_cash[absent], Value::Null, "{absent}");
        assert_eq!(after["total"][absent], Value::Null, "{absent}");
    }
    // A sale that never happened took nothing in.
    let order = paid(product, &json!([cash("CDF", 10_000)]));
    let other = manager.post("/sales", order).await.expect(201).clone();
    let path = format!("/sales/{}/void", other["id"].as_str().unwrap());
    let reason = json!({"reason": "erreur"});
    manager.post(&path, reason).await.expect(200);
    assert_eq!(
        figures(group(&by_payment(app, &manager).await, "cash")),
        expected
    );
    fold::fold_all(&app.modules.stores.write).await.unwrap();
    assert_eq!(
        figures(group(&by_payment(app, &manager).await, "cash")),
        expected
    );
});

both_databases!(a_sale_with_several_tenders_is_one_sale, |app| async {
    write_rate(app, 2_800_000_000).await;
    let admin = app.admin().await;
    let account = json!({"name": "M-Pesa", "method": "mobile_money"});
    let account = admin
        .post("/payment-accounts", account)
        .await
        .expect(201)
        .clone();
    let product = product_at(app, "SAC", 2_000_000).await;
    // 5 dollars, 4,000 francs and the rest by telephone.
    let tenders = json!([
        cash("USD", 500),
        cash("CDF", 400_000),
        {"method": "mobile_money", "account": account["id"], "currency": "CDF", "amount_minor": 200_000},
    ]);
    admin
        .post("/sales", paid(product, &tenders))
        .await
        .expect(201);
    for _ in 0..2 {
        let told = by_payment(app, &admin).await;
        assert_eq!(told["total"]["sales"], 1);
        let by_cash = group(&told, "cash");
        assert_eq!(by_cash["sales"], 1, "two cash tenders are one sale");
        assert_eq!(
            figures(by_cash),
            [1_800_000, 0, 0, 1_800_000].map(Value::from)
        );
        let currencies = by_cash["currencies"].as_array().unwrap();
        let dollars = currencies
            .iter()
            .find(|one| one["currency"] == "USD")
            .unwrap();
        assert_eq!(figures(dollars), [500, 0, 0, 500].map(Value::from));
        assert_eq!(dollars["base_minor"], 1_400_000);
        let telephone = &group(&told, "mobile_money")["currencies"][0];
        assert_eq!(telephone["account"], "M-Pesa");
        assert_eq!(telephone["net_minor"], 200_000);
        fold::fold_all(&app.modules.stores.write).await.unwrap();
    }
});

both_databases!(
    how_an_old_refund_was_paid_is_not_known_and_is_no_zero,
    BY_HAND,
    |app| async {
        let manager = app.manager().await;
        let product = product_at(app, "SAVON", 10_000).await;
        let order = paid(product, &json!([cash("CDF", 10_000)]));
        let sale = manager.post("/sales", order).await.expect(201).clone();
        refund(&manager, &sale).await;
        // As the migration writes down the refund of an older program.
        app.forge("UPDATE refund_payments SET method = 'unknown'", Vec::new())
            .await;
        count_again(app).await;
        for _ in 0..2 {
            let told = by_payment(app, &manager).await;
            let nothing = Value::Null;
            let of_cash = [json!(10_000), json!(0), nothing.clone(), nothing.clone()];
            assert_eq!(figures(group(&told, "cash")), of_cash);
            let of_unknown = [nothing.clone(), nothing.clone(), json!(10_000), nothing];
            let unknown = group(&told, "unknown");
            assert_eq!(figures(unknown), of_unknown);
            assert_eq!(unknown["takings_minor"], Value::Null);
            assert_eq!(
                figures(&told["total"]),
                [10_000, 0, 10_000, 0].map(Value::from)
            );
            fold::fold_all(&app.modules.stores.write).await.unwrap();
        }
    }
);

both_databases!(figures_show_a_renamed_account_at_once, |app| async {
    let admin = app.admin().await;
    let account = json!({"name": "M-Pesa", "method": "mobile_money"});
    let account = admin.post("/payment-accounts", account).await;
    let account = account.expect(201).clone();
    let product = product_at(app, "SAC", 2_000_000).await;
    let tender = json!([{"method": "mobile_money", "account": account["id"], "currency": "CDF", "amount_minor": 2_000_000}]);
    admin
        .post("/sales", paid(product, &tender))
        .await
        .expect(201);
    let shop = app.modules.analytics.readers.catalog.shop().await.unwrap();
    let day = kernel::Clock::now(&*app.clock).date_in(shop.time_zone);
    app.clock.advance_seconds(24 * 3_600);
    let admin = app.admin().await;
    let path = format!("/analytics/breakdown?from={day}&to={day}&by=payment");
    let name = async || {
        let breakdown = admin.get(&path).await.expect(200).clone();
        group(&breakdown, "mobile_money")["currencies"][0]["account"].clone()
    };
    assert_eq!(name().await, "M-Pesa");
    let rename = format!("/payment-accounts/{}", account["id"].as_str().unwrap());
    let named = json!({"name": "Vodacom M-Pesa"});
    admin.patch_if_match(&rename, 1, named).await.expect(200);
    assert_eq!(name().await, "Vodacom M-Pesa");
});

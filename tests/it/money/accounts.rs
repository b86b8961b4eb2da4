//! The wallets and bank accounts of the shop.

use serde_json::{Value, json};

use super::{cash, paid, product_at};
use crate::support::app::TestApp;

fn mobile(account: &Value, amount_minor: i64) -> Value {
    json!({"method": "mobile_money", "account": account, "currency": "CDF", "amount_minor": amount_minor})
}

/// Makes an account.
async fn make(app: &TestApp, name: &str, method: &str) -> Value {
    let body = json!({"name": name, "method": method});
    let made = app.admin().await.post("/payment-accounts", body).await;
    made.expect(201)
}

fn path_of(account: &Value) -> String {
    format!("/payment-accounts/{}", account["id"].as_str().unwrap())
}

both_databases!(
    three_wallets_are_three_accounts_with_their_own_names,
    |app| async {
        let admin = app.admin().await;
        let orange = make(app, "Orange Money", "mobile_money").await;
        assert_eq!(orange["method"], "mobile_money");
        let mpesa = make(app, " M-Pesa ", "mobile_money").await;
        assert_eq!(mpesa["name"], "M-Pesa");
        make(app, "Rawbank", "bank_transfer").await;
        let twice = json!({"name": "m-pesa", "method": "card"});
        admin
            .post("/payment-accounts", twice)
            .await
            .expect_problem_at(409, "payment_account.name_taken", "/name");
        let cash_account = json!({"name": "Caisse", "method": "cash"});
        admin
            .post("/payment-accounts", cash_account)
            .await
            .expect_problem_at(422, "request.invalid_body", "/method");
        let once = json!({"name": "Airtel", "method": "mobile_money"});
        let first = admin.post_once("/payment-accounts", "a", &once).await;
        let again = admin.post_once("/payment-accounts", "a", &once).await;
        assert_eq!(again.expect(201), first.expect(201));
        let cashier = app.cashier().await;
        let listed = cashier.get("/payment-accounts").await.expect(200);
        let names = listed["items"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Airtel", "M-Pesa", "Orange Money", "Rawbank"]);
        cashier
            .post("/payment-accounts", &once)
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

both_databases!(an_account_takes_its_own_method_only, |app| async {
    let mpesa = make(app, "M-Pesa", "mobile_money").await;
    let bank = make(app, "Rawbank", "bank_transfer").await;
    let cashier = app.cashier().await;
    let product = product_at(app, "SAC", 2_000_000).await;
    let order = paid(product, &json!([mobile(&mpesa["id"], 2_000_000)]));
    let sale = cashier.post("/sales", order).await.expect(201);
    assert_eq!(sale["payments"][0]["account"], mpesa["id"]);
    assert_eq!(sale["payments"][0]["account_name"], "M-Pesa");
    let mut drawer = cash("CDF", 2_000_000);
    drawer["account"] = mpesa["id"].clone();
    for (payment, code) in [
        (mobile(&bank["id"], 2_000_000), "payment_account.unfit"),
        (mobile(&sale["id"], 2_000_000), "request.unknown_reference"),
        (drawer, "payment_account.unfit"),
    ] {
        cashier
            .post("/sales", paid(product, &json!([payment])))
            .await
            .expect_problem_at(422, code, "/payments/0/account");
    }
});

both_databases!(
    an_account_is_renamed_and_archived_and_no_sale_is_lost,
    |app| async {
        let admin = app.admin().await;
        make(app, "Orange Money", "mobile_money").await;
        let mpesa = make(app, "M-Pesa", "mobile_money").await;
        let cashier = app.cashier().await;
        let product = product_at(app, "SAC", 2_000_000).await;
        let order = paid(product, &json!([mobile(&mpesa["id"], 2_000_000)]));
        let sale = cashier.post("/sales", &order).await.expect(201);
        let path = path_of(&mpesa);
        let renamed = json!({"name": "M-Pesa (Vodacom)"});
        let renamed = admin.patch_if_match(&path, 1, renamed).await.expect(200);
        assert_eq!(renamed["version"], 2);
        assert_eq!(renamed["archived"], false);
        admin
            .patch_if_match(&path, 1, json!({"archived": true}))
            .await
            .expect_problem(412, "request.precondition_failed");
        admin
            .patch(&path, json!({"name": "orange money"}))
            .await
            .expect_problem_at(409, "payment_account.name_taken", "/name");
        let archived = admin.patch(&path, json!({"archived": true})).await;
        archived.expect(200);
        cashier.post("/sales", &order).await.expect_problem_at(
            422,
            "payment_account.unfit",
            "/payments/0/account",
        );
        let read = format!("/sales/{}", sale["id"].as_str().unwrap());
        let after = cashier.get(&read).await.expect(200);
        assert_eq!(after["payments"][0]["account"], mpesa["id"]);
        assert_eq!(after["payments"][0]["account_name"], "M-Pesa (Vodacom)");
        // The money goes back where it came from, though nothing new goes there.
        let refund = json!({"reason": "broken", "lines": [
        {"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}]});
        let refunds = format!("{read}/refunds");
        let refund = app.manager().await.post(&refunds, refund).await.expect(201);
        assert_eq!(refund["payments"][0]["method"], "mobile_money");
        assert_eq!(refund["payments"][0]["account"], mpesa["id"]);
        let log = admin.get("/audit?limit=50").await.expect(200).to_string();
        assert!(log.contains("payment_account.update") && log.contains("payment_account.create"));
    }
);

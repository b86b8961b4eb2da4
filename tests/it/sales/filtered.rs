//! The list of sales: every filter finds the same before and after the index of sales is filled, and
//! names stand beside ids.

use kernel::{Role, ids::ProductId};
use sales::orders::index;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    http::Client,
    shop::{Wanted, basket},
};

/// Nothing fills the index but the test.
fn by_hand() -> Wishes {
    Wishes::default().by_hand()
}

async fn products(app: &TestApp) -> [ProductId; 2] {
    let sugar = Wanted {
        stock: 500,
        ..Wanted::default()
    };
    let salt = Wanted {
        sku: "Sel gemme Élite",
        ..sugar
    };
    [app.product(sugar).await, app.product(salt).await]
}

/// Numbers of the sales on all pages.
async fn numbers(client: &Client, query: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/sales?limit=2&{query}{cursor}")).await;
        let page = page.expect(200);
        for sale in page["items"].as_array().unwrap() {
            found.push(sale["number"].as_i64().unwrap());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn paid(product: ProductId, method: &str, currency: &str, amount: i64) -> Value {
    let mut sale = basket(product, 1);
    sale["payments"] = json!([{"method": method, "currency": currency, "amount_minor": amount}]);
    if method == "mobile_money" {
        sale["payments"][0]["reference"] = json!("QGH7-XK2 lundi");
    }
    sale
}

both_databases!(
    every_filter_finds_the_same_before_and_after_the_index_is_filled,
    by_hand(),
    |app| async {
        let [sugar, salt] = products(app).await;
        let manager = app.manager().await;
        let owner = app.admin().await;
        let depot = app.location("Dépôt").await;
        let rate = json!({"currency": "USD", "rate_micros": 2_800_000_000_i64, "rate_side": "base_per_foreign"});
        owner.post("/rates", rate).await.expect_success();
        let receipt = json!({"location_id": depot, "lines": [{"product_id": salt, "quantity": 5}]});
        manager
            .post("/inventory/receipts", receipt)
            .await
            .expect(201);
        for order in [
            basket(sugar, 1),                           // 1
            paid(salt, "mobile_money", "CDF", 350_000), // 2
            paid(sugar, "card", "CDF", 350_000),        // 3
            paid(salt, "cash", "USD", 125),             // 4
        ] {
            manager.post("/sales", order).await.expect(201);
            app.clock.advance_seconds(60);
        }
        let mut there = basket(salt, 1);
        there["location_id"] = json!(depot);
        there["note"] = json!("Livré à Mme Œuvrard, téléphone 0991");
        manager.post("/sales", there).await.expect(201); // 5
        let mut both = basket(sugar, 1);
        both["lines"]
            .as_array_mut()
            .unwrap()
            .push(json!({"product_id": salt, "quantity": 2}));
        manager.post("/sales", both).await.expect(201); // 6
        let expected: Vec<(String, Vec<i64>)> = vec![
            (format!("product_id={salt}"), vec![6, 5, 4, 2]),
            (format!("product_id={sugar}"), vec![6, 3, 1]),
            ("method=cash".to_owned(), vec![6, 5, 4, 1]),
            ("method=card".to_owned(), vec![3]),
            ("currency=USD".to_owned(), vec![4]),
            ("currency=CDF".to_owned(), vec![6, 5, 3, 2, 1]),
            ("method=card&currency=USD".to_owned(), vec![]),
            ("method=cash&currency=USD".to_owned(), vec![4]),
            (format!("location_id={depot}"), vec![5]),
            (format!("location_id={depot}&product_id={sugar}"), vec![]),
            (format!("product_id={salt}&method=cash&number=5"), vec![5]),
            ("q=sel%20gemme".to_owned(), vec![6, 5, 4, 2]),
            ("q=elite".to_owned(), vec![6, 5, 4, 2]),
            (format!("q=elite&product_id={sugar}"), vec![6]),
            ("q=oeuvrard%20livre".to_owned(), vec![5]),
            ("q=oeuvr".to_owned(), vec![5]),
            ("q=oeuvrard%20paye".to_owned(), vec![]),
            ("q=qgh7xk2".to_owned(), vec![2]),
            ("q=3".to_owned(), vec![3]),
            ("q=zzz".to_owned(), vec![]),
            ("q=%20".to_owned(), vec![6, 5, 4, 3, 2, 1]),
            ("entered_late=false&method=card".to_owned(), vec![3]),
        ];
        for step in 0..3 {
            for (query, numbers_expected) in &expected {
                let found = numbers(&manager, query).await;
                assert_eq!(&found, numbers_expected, "{query}, step {step}");
            }
            if step == 0 {
                let write = &app.modules.stores.write;
                assert_eq!(index::catch_up(write).await.unwrap(), 6);
                assert_eq!(index::catch_up(write).await.unwrap(), 0);
            }
        }
    }
);

both_databases!(sales_come_with_names_and_what_was_refunded, |app| async {
    let [sugar, _] = products(app).await;
    let seller = app.another_user(Role::Cashier).await;
    let manager = app.manager().await;
    let mut order = basket(sugar, 3);
    order["cashier_id"] = json!(seller);
    let sale = manager.post("/sales", order).await.expect(201);
    let path = format!("/sales/{}", sale["id"].as_str().unwrap());
    let back = json!({"lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 2, "restock": true}], "reason": "abîmé"});
    manager
        .post(&format!("{path}/refunds"), back)
        .await
        .expect(201);
    let staff = app.cashier().await.get("/staff").await.expect(200);
    let name_of = |id: &Value| {
        let staff = staff["items"].as_array().unwrap().iter();
        staff.clone().find(|one| one["id"] == *id).unwrap()["name"].clone()
    };
    let listed = manager.get("/sales").await.expect(200)["items"][0].clone();
    let read = manager.get(&path).await.expect(200);
    for sale in [listed, read] {
        assert_eq!(sale["refunded_minor"], 700_000);
        assert_eq!(sale["cashier_name"], name_of(&json!(seller)));
        assert_eq!(sale["recorded_by_name"], name_of(&sale["recorded_by"]));
        assert_ne!(sale["cashier_name"], sale["recorded_by_name"]);
        let places = manager.get("/locations").await.expect(200);
        assert_eq!(sale["location_name"], places["items"][0]["name"]);
    }
});

both_databases!(a_cashier_finds_own_sales_only, by_hand(), |app| async {
    let [sugar, _] = products(app).await;
    let cashier = app.cashier().await;
    cashier.post("/sales", basket(sugar, 1)).await.expect(201);
    app.manager()
        .await
        .post("/sales", basket(sugar, 1))
        .await
        .expect(201);
    for step in 0..2 {
        for query in [
            format!("product_id={sugar}"),
            "method=cash".to_owned(),
            "q=sucre".to_owned(),
            "q=2".to_owned(),
        ] {
            let own = if query == "q=2" { vec![] } else { vec![1] };
            assert_eq!(numbers(&cashier, &query).await, own, "{query}, step {step}");
        }
        index::catch_up(&app.modules.stores.write).await.unwrap();
    }
});

both_databases!(a_text_that_is_too_long_is_refused, |app| async {
    let manager = app.manager().await;
    let text = "x".repeat(101);
    let refused = manager.get(&format!("/sales?q={text}")).await;
    refused.expect_problem_at(400, "request.invalid_query", "?q");
    manager
        .get(&format!("/sales?q={}", "x".repeat(100)))
        .await
        .expect(200);
});

//! Stock documents are read as they were posted, and movements are found by document, user and day.

use kernel::{Clock as _, Role};
use sales::inventory::by_product;
use serde_json::{Value, json};

use crate::support::{
    app::Wishes,
    http::Client,
    shop::{Wanted, basket},
};

const DAY: i64 = 24 * 3600;

async fn kinds(client: &Client, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("{path}&limit=1{cursor}"))
            .await
            .expect(200);
        for movement in page["items"].as_array().unwrap() {
            found.push(movement["kind"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

both_databases!(
    a_receipt_is_read_with_supplier_paper_and_costs,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let body = json!({"lines": [{"product_id": product, "quantity": 4, "unit_cost_minor": 310_000}], "supplier": "Ets Mbuyi", "reference": "BL-77"});
        let posted = manager.post("/inventory/receipts", body).await.expect(201);
        let id = posted["id"].as_str().unwrap();
        let listed = manager
            .get("/inventory/documents?kind=receipt")
            .await
            .expect(200);
        let read = manager
            .get(&format!("/inventory/documents/{id}"))
            .await
            .expect(200);
        for document in [&listed["items"][0], &read] {
            assert_eq!(document["id"], posted["id"]);
            assert_eq!(document["supplier"], "Ets Mbuyi");
            assert_eq!(document["reference"], "BL-77");
            assert_eq!(document["movements_count"], 1);
            assert!(document["actor_name"].is_string(), "{document}");
        }
        let movement = &read["movements"][0];
        assert_eq!(movement["unit_cost_minor"], 310_000);
        assert_eq!(movement["product_name"], "SUCRE-1KG");
        assert_eq!(movement["paper_reference"], "BL-77");
        assert_eq!(
            manager
                .get("/inventory/documents?kind=count")
                .await
                .expect(200)["items"],
            json!([])
        );
        let unknown = "/inventory/documents/0192f0c1-7c00-7000-8000-000000000000";
        manager
            .get(unknown)
            .await
            .expect_problem(404, "resource.not_found");
        app.cashier()
            .await
            .get("/inventory/documents")
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

both_databases!(
    movements_are_found_by_document_user_and_day,
    Wishes::default().by_hand(),
    |app| async {
        let product = app.product(Wanted::default()).await; // opening, by the program
        let manager = app.manager().await;
        let seller = app.another_user(Role::Cashier).await;
        let cashier = app.client_of(seller, Role::Cashier).await;
        let zone = app
            .modules
            .sales
            .ctx
            .shop
            .current()
            .await
            .unwrap()
            .time_zone;
        let today = || app.clock.now().date_in(zone).to_string();
        let first_day = today();
        app.clock.advance_seconds(3 * DAY);
        let receipt = json!({"lines": [{"product_id": product, "quantity": 4}]});
        let posted = manager
            .post("/inventory/receipts", receipt)
            .await
            .expect(201);
        let document = posted["id"].as_str().unwrap().to_owned();
        app.clock.advance_seconds(3 * DAY);
        let sale = cashier.post("/sales", basket(product, 1)).await.expect(201);
        let last_day = today();
        let manager_id: Value = posted["movements"][0]["actor"].clone();
        let manager_id = manager_id.as_str().unwrap();
        let product_path = format!("/products/{product}/movements?");
        for step in 0..2 {
            for (path, expected) in [
                (
                    format!("/inventory/movements?document_id={document}"),
                    vec!["receipt"],
                ),
                (
                    format!("/inventory/movements?actor_id={seller}"),
                    vec!["sale"],
                ),
                (
                    format!("/inventory/movements?actor_id={manager_id}"),
                    vec!["receipt"],
                ),
                (
                    format!("/inventory/movements?actor_id={manager_id}&product_id={product}"),
                    vec!["receipt"],
                ),
                (
                    format!("/inventory/movements?actor_id={seller}&kind=receipt"),
                    vec![],
                ),
                (
                    format!("/inventory/movements?to={first_day}"),
                    vec!["opening"],
                ),
                (
                    format!("/inventory/movements?from={last_day}"),
                    vec!["sale"],
                ),
                (
                    format!("/inventory/movements?from={first_day}&to={last_day}"),
                    vec!["sale", "receipt", "opening"],
                ),
                (format!("{product_path}from={last_day}"), vec!["sale"]),
                (
                    format!("{product_path}document_id={document}"),
                    vec!["receipt"],
                ),
                (
                    format!("/inventory/movements?actor_id={seller}&to={first_day}"),
                    vec![],
                ),
            ] {
                assert_eq!(
                    kinds(&manager, &path).await,
                    expected,
                    "{path}, step {step}"
                );
            }
            by_product::catch_up(&app.modules.stores.write)
                .await
                .unwrap();
        }
        let sold = manager
            .get("/inventory/movements?kind=sale")
            .await
            .expect(200)["items"][0]
            .clone();
        assert_eq!(sold["document_number"], sale["number"]);
        assert!(
            sold["actor_name"].is_string() && sold["location_name"].is_string(),
            "{sold}"
        );
        let opening = manager
            .get("/inventory/movements?kind=opening")
            .await
            .expect(200);
        assert_eq!(opening["items"][0]["actor_name"], Value::Null);
        let reversed = format!("/inventory/movements?from={last_day}&to={first_day}");
        manager
            .get(&reversed)
            .await
            .expect_problem(400, "request.invalid_query");
    }
);

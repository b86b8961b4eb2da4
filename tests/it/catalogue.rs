//! Products, categories, prices: made, found, changed, listed, archived.

use std::collections::HashSet;

use kernel::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::http::Client;

fn product(sku: &str, name: &str) -> Value {
    json!({"sku": sku, "name": name, "price_minor": 1000})
}

async fn make(client: &Client, body: Value) -> Value {
    client.post("/products", body).await.expect(201)
}

/// The SKUs of a list, all pages of it.
async fn skus(client: &Client, query: &str) -> Vec<String> {
    let mut skus = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("/products?{query}{cursor}"))
            .await
            .expect(200);
        for item in page["items"].as_array().unwrap() {
            skus.push(item["sku"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return skus,
        }
        assert!(skus.len() < 10_000, "the list has no end");
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

both_databases!(
    a_product_has_all_it_was_given_and_its_opening_stock,
    |app| async {
        let manager = app.manager().await;
        let category = manager
            .post("/categories", json!({"name": "Boissons"}))
            .await
            .expect(201);
        let body = json!({"sku": " CAF-250 ", "name": "Café moulu 250 g", "barcodes": ["2001", "1001"], "category_id": category["id"],
        "unit": "piece", "price_minor": 450_000, "cost_minor": 300_000, "tax_rate_bp": 1600, "reorder_level": 5, "initial_stock": 10});
        let made = make(&manager, body).await;
        let read = manager
            .get(&format!("/products/{}", made["id"].as_str().unwrap()))
            .await;
        assert_eq!(read.header("etag"), Some("\"1\""));
        assert_eq!(read.expect(200), made);
        let shown = json!({"id": made["id"], "sku": "CAF-250", "name": "Café moulu 250 g", "barcodes": ["2001", "1001"],
        "category_id": category["id"], "unit": "piece", "price_minor": 450_000, "currency": "CDF", "cost_minor": 300_000,
        "tax_rate_bp": 1600, "reorder_level": 5, "on_hand": 10, "archived": false, "version": 1,
        "created_at": made["created_at"], "updated_at": made["created_at"]});
        assert_eq!(made, shown);
        let movements = manager
            .get(&format!(
                "/products/{}/movements",
                made["id"].as_str().unwrap()
            ))
            .await
            .expect(200);
        assert_eq!(movements["items"][0]["kind"], "opening");
        assert_eq!(movements["items"][0]["balance_after"], 10);
    }
);

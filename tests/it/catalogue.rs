//! Products, categories and prices: made, found, changed, listed, archived.

mod categories;
mod codes;
mod favourites;
mod naughty;
mod paging;
mod products;
mod search;
mod sets;
mod shop;
mod till;
mod turnover;
mod units;

use serde_json::{Value, json};

use crate::support::http::Client;

/// The least that a product needs.
fn product(sku: &str, name: &str) -> Value {
    json!({"sku": sku, "name": name, "price_minor": 1000})
}

/// A product with more.
fn product_with(sku: &str, name: &str, more: Value) -> Value {
    let mut body = product(sku, name);
    let members = body.as_object_mut().unwrap();
    for (field, value) in more.as_object().unwrap() {
        members.insert(field.clone(), value.clone());
    }
    body
}

async fn make(client: &Client, body: Value) -> Value {
    client.post("/products", body).await.expect(201)
}

fn id_of(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

fn path_of(product: &Value) -> String {
    format!("/products/{}", id_of(product))
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

/// A text for a query string.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}

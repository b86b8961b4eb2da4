//! Files that move stock: what they set is a count at the moment at which they were sent, what they
//! add is added once.

use kernel::{Clock as _, Timestamp, ids::ProductId};
use serde_json::{Value, json};

use super::{commit, id, send};
use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

const STEP: i64 = 20;

async fn stock_at(client: &Client, product: ProductId, instant: Timestamp) -> Value {
    let path = format!("/inventory?product_id={product}&as_of={instant}");
    client.get(&path).await.expect(200)["items"][0]["on_hand"].clone()
}

fn sold_at(product: ProductId, quantity: i64, instant: Timestamp) -> Value {
    let mut sale = basket(product, quantity);
    sale["occurred_at"] = json!(instant);
    sale
}

/// Sends a file that sets the stock to seven, sells before and after it, and commits it.
async fn what_a_file_counted(app: &TestApp, kind: &str, csv: &str) {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    app.clock.advance_seconds(STEP);
    let before = app.clock.now();
    app.clock.advance_seconds(STEP);
    let sent = app.clock.now();
    let import = send(&manager, kind, csv).await.expect(201);
    app.clock.advance_seconds(STEP);
    manager.post("/sales", basket(product, 2)).await.expect(201);
    // The offline till sold one before the count, and reports it only now.
    let late = sold_at(product, 1, before);
    manager.post("/sales", late.clone()).await.expect(201);
    app.clock.advance_seconds(STEP);
    commit(&manager, &import, json!({})).await.expect(200);
    assert_eq!(app.on_hand(product).await, 5_000);
    assert_eq!(stock_at(&manager, product, sent).await, 7);
    // Another sale is reported after the commit: the count had seen that as well.
    app.clock.advance_seconds(STEP);
    manager.post("/sales", late).await.expect(201);
    assert_eq!(app.on_hand(product).await, 5_000);
    assert_eq!(stock_at(&manager, product, sent).await, 7);
    let path = format!("/inventory/movements?product_id={product}");
    let page = manager.get(&path).await.expect(200);
    let moves = page["items"].as_array().unwrap();
    assert!(
        moves
            .iter()
            .any(|moved| moved["kind"] == "count" && moved["reason"] == "fichier.csv"),
        "{page}"
    );
    let document = format!(
        "SELECT COUNT(*) FROM stock_documents WHERE kind = 'count' AND reference = '{}'",
        id(&import)
    );
    assert_eq!(app.figure(&document).await, 1);
}

both_databases!(a_file_of_stock_that_sets_is_a_count, |app| async {
    what_a_file_counted(app, "stock", "sku,stock_set\nSUCRE-1KG,7\n").await;
});

both_databases!(a_file_of_products_that_sets_is_a_count, |app| async {
    what_a_file_counted(app, "products", "sku,stock_set\nSUCRE-1KG,7\n").await;
});

both_databases!(a_file_that_finds_what_is_there_has_counted, |app| async {
    for (kind, sku) in [("stock", "SEL"), ("products", "RIZ")] {
        let product = app
            .product(Wanted {
                sku,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let before = app.clock.now();
        app.clock.advance_seconds(STEP);
        let csv = format!("sku,stock_set\n{sku},10\n");
        let import = send(&manager, kind, csv).await.expect(201);
        assert_eq!(import["counts"]["unchanged"], 1);
        commit(&manager, &import, json!({})).await.expect(200);
        app.clock.advance_seconds(STEP);
        let late = sold_at(product, 4, before);
        manager.post("/sales", late).await.expect(201);
        assert_eq!(app.on_hand(product).await, 10_000, "{kind}");
    }
});

both_databases!(a_later_count_stands_above_a_file, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    app.clock.advance_seconds(STEP);
    let csv = "sku,stock_set\nSUCRE-1KG,7\n";
    let import = send(&manager, "stock", csv).await.expect(201);
    app.clock.advance_seconds(STEP);
    let count = json!({"lines": [{"product_id": product, "counted": 9}]});
    manager.post("/inventory/counts", count).await.expect(201);
    app.clock.advance_seconds(STEP);
    commit(&manager, &import, json!({})).await.expect(200);
    assert_eq!(app.on_hand(product).await, 9_000);
});

both_databases!(
    a_file_that_counted_less_than_was_sold_since_is_refused,
    |app| async {
        let product = app.product(Wanted::default()).await;
        app.product(Wanted {
            sku: "SEL",
            ..Wanted::default()
        })
        .await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let csv = "sku,stock_set\nSEL,1\nSUCRE-1KG,3\n";
        let import = send(&manager, "stock", csv).await.expect(201);
        app.clock.advance_seconds(STEP);
        manager.post("/sales", basket(product, 5)).await.expect(201);
        commit(&manager, &import, json!({}))
            .await
            .expect_problem_at(409, "stock.count_contradicted", "/rows/3");
        assert_eq!(app.on_hand(product).await, 5_000);
    }
);

both_databases!(
    of_two_previews_of_one_file_one_can_be_committed,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        for kind in ["stock", "products"] {
            let before = app.on_hand(product).await;
            let csv = format!("sku,stock_add\nSUCRE-1KG,5\n{}", ",\n".repeat(kind.len()));
            let first = send(&manager, kind, &csv).await.expect(201);
            let second = send(&manager, kind, &csv).await.expect(201);
            let yes = json!({"accept_warnings": true});
            let (one, other) = tokio::join!(
                commit(&manager, &first, yes.clone()),
                commit(&manager, &second, yes.clone())
            );
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
            let refused = if one.status == 409 { one } else { other };
            let problem = refused.expect_problem(409, "import.stale");
            let detail = problem["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains("the same file"), "{detail}");
            assert_eq!(app.on_hand(product).await, before + 5_000);
            // Sent once more, it says what it would repeat, and does it for those who mean it.
            app.clock.advance_seconds(STEP);
            let again = send(&manager, kind, &csv).await.expect(201);
            commit(&manager, &again, json!({}))
                .await
                .expect_problem(409, "import.has_warnings");
            commit(&manager, &again, yes).await.expect(200);
            assert_eq!(app.on_hand(product).await, before + 10_000);
        }
    }
);

both_databases!(
    stock_of_a_product_that_changed_since_the_preview_is_refused,
    |app| async {
        let manager = app.manager().await;
        for (number, kind) in ["stock", "products"].into_iter().enumerate() {
            let [archived, divided, fine] =
                ["ARCHIVE", "COUPE", "BON"].map(|word| format!("{word}-{number}"));
            let mut products = Vec::new();
            for sku in [&archived, &divided, &fine] {
                let body = json!({"sku": sku, "name": sku, "unit": "kg", "price_minor": 100, "cost_minor": 0, "tax_rate_bp": 0, "reorder_level": 0});
                let made = manager.post("/products", body).await.expect(201);
                products.push(made["id"].as_str().unwrap().to_owned());
            }
            let csv = format!("sku,stock_add\n{archived},1\n{divided},1.5\n{fine},2\n");
            let import = send(&manager, kind, csv).await.expect(201);
            let path = format!("/products/{}/archive", products[0]);
            manager.post_empty(&path).await.expect(200);
            let path = format!("/products/{}", products[1]);
            let unit = json!({"unit": "piece"});
            manager.patch(&path, unit).await.expect(200);
            let refused = commit(&manager, &import, json!({})).await;
            let problem = refused.expect_problem(409, "import.stale");
            let pointers: Vec<_> = problem["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|error| error["pointer"].as_str().unwrap())
                .collect();
            assert_eq!(pointers, ["/rows/2", "/rows/3"], "{kind}");
        }
        assert_eq!(app.figure("SELECT COUNT(*) FROM stock_movements").await, 0);
    }
);

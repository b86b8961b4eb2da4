//! The unit of a product stays once something was counted in it, and lines keep theirs.

use serde_json::{Value, json};

use crate::{
    imports::{commit, send},
    support::{
        app::TestApp,
        shop::{Wanted, basket},
    },
};

async fn rice(app: &TestApp) -> kernel::ids::ProductId {
    let wanted = Wanted {
        sku: "RIZ",
        unit: "kg",
        stock: 0,
        ..Wanted::default()
    };
    app.product(wanted).await
}

fn one_receipt(product: kernel::ids::ProductId, quantity: f64) -> Value {
    json!({"lines": [{"product_id": product, "quantity": quantity}]})
}

both_databases!(
    a_unit_changes_until_something_moves_and_never_after,
    |app| async {
        let product = rice(app).await;
        let manager = app.manager().await;
        let path = format!("/products/{product}");
        let to = async |unit: &str| manager.patch(&path, json!({ "unit": unit })).await;
        for unit in ["g", "kg"] {
            assert_eq!(to(unit).await.expect(200)["unit"], unit);
        }
        manager
            .post("/inventory/receipts", one_receipt(product, 5.0))
            .await
            .expect(201);
        for unit in ["piece", "g"] {
            to(unit)
                .await
                .expect_problem_at(409, "product.unit_in_use", "/unit");
        }
        // Also when all of it has left again; the other fields change as before.
        let all = json!({"lines": [{"product_id": product, "delta": -5}], "reason": "spoilt"});
        manager
            .post("/inventory/adjustments", all)
            .await
            .expect(201);
        to("piece").await.expect_problem(409, "product.unit_in_use");
        let renamed = json!({"name": "Riz", "unit": "kg"});
        assert_eq!(
            manager.patch(&path, renamed).await.expect(200)["name"],
            "Riz"
        );
    }
);

both_databases!(a_line_keeps_the_unit_in_which_it_was_sold, |app| async {
    let product = app
        .product(Wanted {
            unit: "kg",
            ..Wanted::default()
        })
        .await;
    let manager = app.manager().await;
    let sale = manager
        .post("/sales", basket(product, 1.5))
        .await
        .expect(201);
    assert_eq!(sale["lines"][0]["unit"], "kg");
    // A product whose unit was changed behind the API's back, as the program of before let it.
    app.write("UPDATE products SET unit = 'piece'", vec![])
        .await;
    let path = format!("/sales/{}", sale["id"].as_str().unwrap());
    let read = manager.get(&path).await.expect(200);
    assert_eq!(read["lines"][0]["unit"], "kg");
    let receipt = manager.get(&format!("{path}/receipt")).await.text();
    assert!(receipt.contains("1,5\u{a0}kg"), "{receipt}");
    let part = json!({"lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 0.5, "restock": true}], "reason": "x"});
    manager
        .post(&format!("{path}/refunds"), part)
        .await
        .expect(201);
});

both_databases!(
    a_file_does_not_change_the_unit_of_what_was_moved,
    |app| async {
        let moved = rice(app).await;
        let wanted = Wanted {
            sku: "SEL",
            unit: "kg",
            stock: 0,
            ..Wanted::default()
        };
        app.product(wanted).await;
        let manager = app.manager().await;
        let file = "sku,unit\nRIZ,piece\nSEL,piece\n";
        let early = send(&manager, "products", file).await.expect(201);
        manager
            .post("/inventory/receipts", one_receipt(moved, 1.5))
            .await
            .expect(201);
        // What moved since the preview is seen at the commit.
        commit(&manager, &early, json!({})).await.expect_problem_at(
            409,
            "product.unit_in_use",
            "/rows/2/unit",
        );
        let import = send(&manager, "products", file).await.expect(201);
        assert_eq!(import["counts"]["error"], 1);
        assert_eq!(import["counts"]["changed"], 1);
        let path = format!(
            "/imports/{}/rows?state=error",
            import["id"].as_str().unwrap()
        );
        let rows = manager.get(&path).await.expect(200);
        let issue = &rows["items"][0]["issues"][0];
        assert_eq!(
            (issue["column"].as_str(), issue["code"].as_str()),
            (Some("unit"), Some("product.unit_in_use"))
        );
        let skip = json!({"skip_errors": true});
        commit(&manager, &import, skip).await.expect(200);
        let unit = "SELECT COUNT(*) FROM products WHERE unit = 'piece'";
        assert_eq!(app.figure(unit).await, 1);
    }
);

both_databases!(
    a_unit_that_changes_while_goods_come_in_for_the_first_time_is_one_of_both,
    |app| async {
        let manager = app.manager().await;
        for round in 0..12 {
            let sku: &'static str = Box::leak(format!("P{round}").into_boxed_str());
            let wanted = Wanted {
                sku,
                unit: "kg",
                stock: 0,
                ..Wanted::default()
            };
            let product = app.product(wanted).await;
            let path = format!("/products/{product}");
            let (came, changed) = tokio::join!(
                manager.post("/inventory/receipts", one_receipt(product, 1.5)),
                manager.patch(&path, json!({"unit": "piece"})),
            );
            let kinds = (came.status.as_u16(), changed.status.as_u16());
            assert!(
                matches!(kinds, (201, 409) | (422, 200)),
                "round {round}: {kinds:?}"
            );
        }
    }
);

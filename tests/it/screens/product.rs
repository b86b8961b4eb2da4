//! All that the page of one product shows: its books in one answer, its figures in another.

use kernel::ids::ProductId;
use serde_json::{Value, json};

use crate::support::shop::{Wanted, basket};

both_databases!(
    the_page_of_a_product_has_its_books_in_one_answer,
    |app| async {
        let id = app
            .product(Wanted {
                sku: "RIZ-1",
                price_minor: 500_000,
                cost_minor: 300_000,
                stock: 10,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        manager
            .patch(&format!("/products/{id}"), &json!({"price_minor": 550_000}))
            .await
            .expect(200);
        manager.post("/sales", basket(id, 3)).await.expect(201);

        let sheet = manager
            .get(&format!("/products/{id}/sheet"))
            .await
            .expect(200);
        let product = manager.get(&format!("/products/{id}")).await.expect(200);
        assert_eq!(sheet["product"], product);
        assert_eq!(sheet["product"]["on_hand"], 7);
        let levels = manager
            .get(&format!("/inventory?product_id={id}"))
            .await
            .expect(200);
        assert_eq!(sheet["levels"], levels["items"]);
        let prices = manager
            .get(&format!("/products/{id}/price-history"))
            .await
            .expect(200);
        assert_eq!(sheet["prices"], prices["items"]);
        assert_eq!(sheet["prices"][0]["price_minor"], 550_000);
        let movements = manager
            .get(&format!("/products/{id}/movements"))
            .await
            .expect(200);
        assert_eq!(sheet["movements"], movements["items"]);
        assert_eq!(
            (
                &sheet["movements"][0]["kind"],
                &sheet["movements"][0]["delta"],
                &sheet["movements"][0]["unit"],
            ),
            (&json!("sale"), &json!(-3), &product["unit"])
        );

        let short = manager
            .get(&format!("/products/{id}/sheet?limit=1"))
            .await
            .expect(200);
        for list in ["prices", "movements"] {
            assert_eq!(short[list].as_array().map(Vec::len), Some(1), "{list}");
        }
        for limit in ["0", "201"] {
            manager
                .get(&format!("/products/{id}/sheet?limit={limit}"))
                .await
                .expect_problem(400, "request.invalid_query");
        }
        for tail in ["", "?limit=1"] {
            manager
                .get(&format!("/products/{}/sheet{tail}", ProductId::generate()))
                .await
                .expect_problem(404, "resource.not_found");
        }
        app.cashier()
            .await
            .get(&format!("/products/{id}/sheet"))
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

both_databases!(
    the_page_of_a_product_has_its_figures_with_each_day,
    |app| async {
        let id = app
            .product(Wanted {
                sku: "RIZ-1",
                price_minor: 500_000,
                cost_minor: 300_000,
                stock: 10,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        manager.post("/sales", basket(id, 2)).await.expect(201);
        manager.post("/sales", basket(id, 8)).await.expect(201);

        let address = format!("/analytics/product-list/{id}");
        let review = manager.get(&address).await.expect(200);
        let list = manager.get("/analytics/product-list").await.expect(200);
        assert_eq!(review["figures"], list["items"][0]);
        let days = review["days"].as_array().unwrap();
        assert_eq!(days.len(), 42);
        let today = days.last().unwrap();
        assert_eq!(
            (&today["date"], &today["units"]),
            (&review["to"], &json!(10))
        );
        let earlier = &days[..days.len() - 1];
        assert!(earlier.iter().all(|day| day["units"] == 0), "{earlier:?}");
        // Sold out just now: whether that is half of the day depends on the hour.
        let out: Vec<&Value> = review["stock_out_days"]
            .as_array()
            .unwrap()
            .iter()
            .collect();
        assert!(out.iter().all(|day| **day == review["to"]), "{out:?}");

        let week = manager.get(&format!("{address}?days=7")).await.expect(200);
        assert_eq!(week["days"].as_array().map(Vec::len), Some(7));
        for days in ["0", "367"] {
            manager
                .get(&format!("{address}?days={days}"))
                .await
                .expect_problem(400, "request.invalid_query");
        }
        manager
            .get(&format!(
                "/analytics/product-list/{}",
                ProductId::generate()
            ))
            .await
            .expect_problem(404, "resource.not_found");
        app.cashier()
            .await
            .get(&address)
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

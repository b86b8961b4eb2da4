//! Series of part of the sales, another period to compare with, stock in money, and findings.

use kernel::{Clock as _, Role};
use sales::rollups::fold;
use serde_json::{Value, json};

use crate::support::{
    app::{BY_HAND, TestApp},
    http::Client,
    shop::{Wanted, basket},
};

const DAY: i64 = 24 * 3600;

/// Today in the shop's time zone.
async fn today(app: &TestApp) -> String {
    let zone = app
        .modules
        .sales
        .ctx
        .shop
        .current()
        .await
        .unwrap()
        .time_zone;
    app.clock.now().date_in(zone).to_string()
}

async fn revenue(client: &Client, query: &str) -> (i64, i64) {
    let series = client
        .get(&format!("/analytics/timeseries?{query}"))
        .await
        .expect(200);
    let sum = |name: &str| -> i64 {
        let points = series["points"].as_array().unwrap().iter();
        points.map(|point| point[name].as_i64().unwrap()).sum()
    };
    (sum("revenue_minor"), sum("sales"))
}

both_databases!(
    a_series_counts_part_of_the_sales_folded_or_not,
    BY_HAND,
    |app| async {
        let manager = app.manager().await;
        let drinks = manager
            .post("/categories", json!({"name": "Boissons"}))
            .await
            .expect(201);
        let beer = json!({"name": "Bières", "parent_id": drinks["id"]});
        let beer = manager.post("/categories", beer).await.expect(201);
        let sugar = app
            .product(Wanted {
                stock: 100,
                ..Wanted::default()
            })
            .await;
        let lager = app
            .product(Wanted {
                sku: "PRIMUS",
                stock: 100,
                price_minor: 200_000,
                ..Wanted::default()
            })
            .await;
        let into = json!({"category_id": beer["id"]});
        manager
            .patch(&format!("/products/{lager}"), into)
            .await
            .expect(200);
        let depot = app.location("Dépôt").await;
        let receipt =
            json!({"location_id": depot, "lines": [{"product_id": lager, "quantity": 50}]});
        manager
            .post("/inventory/receipts", receipt)
            .await
            .expect(201);
        let seller = app.another_user(Role::Cashier).await;
        let cashier = app.client_of(seller, Role::Cashier).await;
        cashier.post("/sales", basket(sugar, 2)).await.expect(201);
        let mut there = basket(lager, 3);
        there["location_id"] = json!(depot);
        manager.post("/sales", there).await.expect(201);
        let mut both = basket(sugar, 1);
        both["lines"]
            .as_array_mut()
            .unwrap()
            .push(json!({"product_id": lager, "quantity": 1}));
        manager.post("/sales", both).await.expect(201);
        let day = today(app).await;
        let days = format!("from={day}&to={day}");
        for step in 0..2 {
            for (query, expected) in [
                (String::new(), (1_850_000, 3)),
                (format!("&product_id={sugar}"), (1_050_000, 2)),
                (format!("&product_id={lager}"), (800_000, 2)),
                (
                    format!("&category_id={}", drinks["id"].as_str().unwrap()),
                    (800_000, 2),
                ),
                (format!("&location_id={depot}"), (600_000, 1)),
                (format!("&location_id={depot}&interval=hour"), (600_000, 1)),
                (format!("&cashier_id={seller}"), (700_000, 1)),
                (format!("&cashier_id={seller}&interval=month"), (700_000, 1)),
            ] {
                assert_eq!(
                    revenue(&manager, &format!("{days}{query}")).await,
                    expected,
                    "{query}, step {step}"
                );
            }
            fold::fold_all(&app.modules.stores.write).await.unwrap();
            // Kept answers would hide the second round.
            app.clock.advance_seconds(1);
        }
        let hours = format!("/analytics/timeseries?{days}&product_id={sugar}&interval=hour");
        manager
            .get(&hours)
            .await
            .expect_problem_at(400, "request.invalid_query", "?interval");
        let two = format!("/analytics/timeseries?{days}&product_id={sugar}&cashier_id={seller}");
        manager
            .get(&two)
            .await
            .expect_problem_at(400, "request.invalid_query", "?cashier_id");
    }
);

both_databases!(
    a_period_is_compared_with_the_same_days_of_the_year_before,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 100,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let mut old = basket(product, 2);
        let now = app.clock.now();
        app.clock.advance_seconds(365 * DAY);
        old["occurred_at"] = json!(now);
        let manager_later = app.manager().await;
        manager_later.post("/sales", old).await.expect(201);
        manager_later
            .post("/sales", basket(product, 1))
            .await
            .expect(201);
        drop(manager);
        let day = today(app).await;
        let path = format!("/analytics/summary?from={day}&to={day}&compare=last_year");
        let summary = manager_later.get(&path).await.expect(200);
        assert_eq!(summary["sales"], 1);
        assert_eq!(summary["previous"]["sales"], 1);
        assert_eq!(summary["previous"]["revenue_minor"], 700_000);
    }
);

both_databases!(
    stock_has_a_value_now_and_then_and_losses_have_reasons,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 10,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        app.clock.advance_seconds(DAY);
        let before = app.clock.now();
        app.clock.advance_seconds(DAY);
        let receipt =
            json!({"lines": [{"product_id": product, "quantity": 10, "unit_cost_minor": 400_000}]});
        manager
            .post("/inventory/receipts", receipt)
            .await
            .expect(201);
        let lost = json!({"lines": [{"product_id": product, "delta": -2}], "reason": "périmé"});
        manager
            .post("/inventory/adjustments", lost)
            .await
            .expect(201);
        manager.post("/sales", basket(product, 3)).await.expect(201);
        let counted = json!({"lines": [{"product_id": product, "counted": 14}]});
        manager.post("/inventory/counts", counted).await.expect(201);
        let day = today(app).await;
        let path = format!("/analytics/stock?from={day}&to={day}");
        let figures = manager.get(&path).await.expect(200);
        assert_eq!(figures["value_minor"], 14 * 350_000);
        assert_eq!(figures["products"], 1);
        assert_eq!(figures["losses_minor"], 3 * 350_000);
        let loss = |reason: Value| {
            let losses = figures["losses"].as_array().unwrap().iter();
            losses
                .clone()
                .find(|one| one["reason"] == reason)
                .unwrap()
                .clone()
        };
        assert_eq!(loss(json!("périmé"))["lost_minor"], 2 * 350_000);
        assert_eq!(loss(Value::Null)["kind"], "count");
        let past = manager
            .get(&format!("{path}&as_of={before}"))
            .await
            .expect(200);
        assert_eq!(
            (&past["value_minor"], &past["dormant"]),
            (&json!(10 * 300_000), &Value::Null)
        );
        let early = manager
            .get(&format!("{path}&as_of=2020-01-01T00:00:00Z"))
            .await
            .expect(200);
        assert_eq!(
            (&early["value_minor"], &early["products"]),
            (&json!(0), &json!(0))
        );
        let future = format!("{path}&as_of=2090-01-01T00:00:00Z");
        manager
            .get(&future)
            .await
            .expect_problem_at(400, "request.invalid_query", "?as_of");
    }
);

both_databases!(
    a_finding_is_read_with_its_days_and_can_be_followed,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 100,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let line = json!({"product_id": product, "quantity": 6, "unit_price_minor": 100});
        app.admin()
            .await
            .post("/sales", json!({"lines": [line]}))
            .await
            .expect(201);
        let page = manager.get("/analytics/anomalies").await.expect(200);
        let finding = page["items"][0].clone();
        let open = page["counts"]["open"].as_u64().unwrap();
        assert!(open >= 1, "{page}");
        let path = format!("/analytics/anomalies/{}", finding["id"].as_str().unwrap());
        let read = manager.get(&path).await.expect(200);
        assert_eq!(read["kind"], finding["kind"]);
        let days = read["days"].as_array().unwrap();
        assert_eq!(days.len(), 29);
        assert_eq!(days[28]["is_found"], true);
        assert_eq!(days[28]["sales"], 1);
        let verdict = json!({"verdict": "to_follow"});
        let judged = manager
            .post(&format!("{path}/feedback"), verdict)
            .await
            .expect(200);
        assert_eq!(judged["state"], "to_follow");
        assert_eq!(judged["threshold"]["multiple"], 1.0);
        assert_eq!(judged["threshold"]["answers"], 0);
        let page = manager
            .get("/analytics/anomalies?state=to_follow")
            .await
            .expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        assert_eq!(
            page["counts"],
            json!({"open": open - 1, "normal": 0, "problem": 0, "to_follow": 1})
        );
        manager
            .get("/analytics/anomalies/20260101-none")
            .await
            .expect_problem(404, "resource.not_found");
    }
);

both_databases!(what_to_order_is_filtered_sorted_and_added_up, |app| async {
    let manager = app.manager().await;
    let category = manager
        .post("/categories", json!({"name": "Épicerie"}))
        .await
        .expect(201);
    let category = category["id"].as_str().unwrap();
    let mut ids = Vec::new();
    for (sku, stock) in [("SUCRE", 0), ("SEL", 1), ("RIZ", 50)] {
        let body = json!({"sku": sku, "name": sku, "unit": "piece", "price_minor": 350_000, "cost_minor": 300_000,
            "tax_rate_bp": 0, "reorder_level": 5, "initial_stock": stock, "category_id": (sku == "SEL").then_some(category)});
        let product = manager.post("/products", body).await.expect(201);
        ids.push(product["id"].as_str().unwrap().to_owned());
    }
    let delivery =
        json!({"lines": [{"product_id": ids[1], "quantity": 1}], "supplier": "Ets Mbuyi"});
    manager
        .post("/inventory/receipts", delivery)
        .await
        .expect(201);
    let all = manager
        .get("/analytics/low-stock?sort=severity")
        .await
        .expect(200);
    assert_eq!(all["total"], 2);
    assert_eq!(all["items"][0]["sku"], "SUCRE");
    // Twice the level, less what is there: ten and eight.
    assert_eq!(all["totals"]["order_cost_minor"], 18 * 300_000);
    assert_eq!(
        (&all["totals"]["medium"], &all["totals"]["low"]),
        (&json!(1), &json!(1))
    );
    let worse = manager
        .get("/analytics/low-stock?severity=medium")
        .await
        .expect(200);
    assert_eq!(
        (worse["total"].as_u64(), &worse["items"][0]["sku"]),
        (Some(1), &json!("SUCRE"))
    );
    let own = manager
        .get(&format!("/analytics/low-stock?category_id={category}"))
        .await
        .expect(200);
    assert_eq!(
        (own["total"].as_u64(), &own["items"][0]["sku"]),
        (Some(1), &json!("SEL"))
    );
    let first = manager
        .get("/analytics/low-stock?sort=order_cost&limit=1")
        .await
        .expect(200);
    assert_eq!(first["items"][0]["sku"], "SUCRE");
    let next = first["next_cursor"].as_str().unwrap();
    let second = format!("/analytics/low-stock?sort=order_cost&limit=1&cursor={next}");
    assert_eq!(
        manager.get(&second).await.expect(200)["items"][0]["sku"],
        "SEL"
    );
    let other = format!("/analytics/low-stock?sort=days&limit=1&cursor={next}");
    manager
        .get(&other)
        .await
        .expect_problem(400, "request.invalid_cursor");
    let order = manager.get("/analytics/low-stock/order").await.expect(200);
    assert_eq!(order["totals"], all["totals"]);
    let lines = order["lines"].as_array().unwrap();
    let salt = lines.iter().find(|line| line["sku"] == "SEL").unwrap();
    assert_eq!(
        (&salt["supplier"], &salt["order_cost_minor"]),
        (&json!("Ets Mbuyi"), &json!(8 * 300_000))
    );
});

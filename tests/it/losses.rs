//! What the stock loses other than by sales, the stock itself, and the period for comparison.

use kernel::ids::ProductId;
use serde_json::{Value, json};

use crate::{
    anomalies::past::{Past, at, now, sold_on},
    support::{app::TestApp, http::Client, shop::Wanted},
};

async fn adjust(client: &Client, product: ProductId, delta: i64) {
    let body = json!({"lines": [{"product_id": product, "delta": delta}], "reason": "broken"});
    client
        .post("/inventory/adjustments", body)
        .await
        .expect(201);
}

async fn count(client: &Client, product: ProductId, counted: i64) {
    let body = json!({"lines": [{"product_id": product, "counted": counted}]});
    client.post("/inventory/counts", body).await.expect(201);
}

async fn summary(app: &TestApp, query: &str) -> Value {
    let viewer = app.viewer().await;
    let path = format!("/analytics/summary?{query}");
    viewer.get(&path).await.expect(200)
}

fn losses(figures: &Value) -> [i64; 3] {
    [
        "losses_minor",
        "losses_by_adjustment_minor",
        "losses_by_count_minor",
    ]
    .map(|name| figures[name].as_i64().unwrap())
}

both_databases!(
    what_was_written_off_and_counted_away_has_a_place_in_the_figures,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let (sugar, soap) = (
            past.product("SUCRE", 1_000, 600).await,
            past.product("SAVON", 500, 200).await,
        );
        let manager = app.manager().await;
        past.sell(&[sold_on(sugar, "2026-11-08", 10, 100.0)]).await;
        app.travel_to(at("2026-11-09", 12)).await;
        let sugar_there = app.on_hand(sugar).await / 1_000;
        adjust(&manager, sugar, -3).await;
        count(&manager, sugar, sugar_there - 3 - 4).await;
        // What left at 600 did so, whatever the next delivery costs.
        app.travel_to(at("2026-11-09", 13)).await;
        let path = format!("/products/{sugar}");
        let dearer = json!({"cost_minor": 900});
        manager.patch(&path, dearer).await.expect(200);
        app.travel_to(at("2026-11-16", 12)).await;
        adjust(&manager, sugar, -1).await;
        adjust(&manager, soap, 2).await;
        let soap_there = app.on_hand(soap).await / 1_000;
        count(&manager, soap, soap_there + 5).await;
        app.travel_to(at("2026-11-20", 12)).await;

        let week = summary(app, "from=2026-11-09&to=2026-11-15").await;
        assert_eq!(losses(&week), [7 * 600, 3 * 600, 4 * 600]);
        // More was found than lost: negative.
        let next = "from=2026-11-16&to=2026-11-20&compare=previous_weekdays";
        let next = summary(app, next).await;
        assert_eq!(losses(&next), [900 - 7 * 200, 900 - 2 * 200, -5 * 200]);
        assert_eq!(losses(&next["previous"]), losses(&week));
        // No part of the margin: it was not sold.
        assert_eq!(next["margin_minor"], 0);

        let viewer = app.viewer().await;
        let page = viewer
            .get("/analytics/products?from=2026-11-09&to=2026-11-20&limit=1")
            .await
            .expect(200);
        assert_eq!(page["losses_minor"], 7 * 600 + 900 - 7 * 200);
        let worth = (sugar_there - 8) * 900 + (soap_there + 5) * 200;
        assert_eq!(page["stock_value_minor"], worth, "all of it, on one page");
        let of = |page: &Value, product: ProductId| {
            let items = page["items"].as_array().unwrap();
            let wanted = json!(product);
            items.iter().find(|one| one["id"] == wanted).cloned()
        };
        let page = viewer
            .get("/analytics/products?from=2026-11-09&to=2026-11-20")
            .await
            .expect(200);
        assert_eq!(of(&page, sugar).unwrap()["losses_minor"], 7 * 600 + 900);
        assert_eq!(of(&page, soap).unwrap()["losses_minor"], -7 * 200);
    }
);

both_databases!(
    a_period_is_compared_with_the_same_weekdays_before_it,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let bread = past.product("PAIN", 1_000, 600).await;
        // Saturday is the day of the week.
        past.sell(&[
            sold_on(bread, "2026-11-07", 10, 50.0),
            sold_on(bread, "2026-11-11", 10, 1.0),
            sold_on(bread, "2026-11-13", 10, 7.0),
            sold_on(bread, "2026-11-14", 10, 40.0),
        ])
        .await;
        app.travel_to(at("2026-11-20", 12)).await;
        let saturday = "from=2026-11-14&to=2026-11-14&compare=";
        let before = summary(app, &format!("{saturday}previous")).await;
        assert_eq!(before["previous"]["revenue_minor"], 7_000, "a Friday");
        let like = summary(app, &format!("{saturday}previous_weekdays")).await;
        assert_eq!(like["previous"]["from"], "2026-11-07");
        assert_eq!(like["previous"]["revenue_minor"], 50_000);
        assert_eq!(like["revenue_minor"], 40_000);
        assert_eq!(like["by_day"].as_array().unwrap().len(), 1);
        // Two days between the two periods belong to neither.
        let days = "from=2026-11-13&to=2026-11-14&compare=previous_weekdays";
        let days = summary(app, days).await;
        assert_eq!(days["previous"]["from"], "2026-11-06");
        assert_eq!(days["previous"]["revenue_minor"], 50_000);
        assert_eq!(days["previous"]["sales"], 1);
        let viewer = app.viewer().await;
        viewer
            .get("/analytics/summary?from=2026-11-13&to=2026-11-14&compare=weekdays")
            .await
            .expect_problem(400, "request.invalid_query");
    }
);

both_databases!(pairs_that_chance_brought_together_go_down, |app| async {
    let wanted = |sku: &'static str| Wanted {
        sku,
        stock: 10_000,
        ..Wanted::default()
    };
    let (bread, butter) = (
        app.product(wanted("PAIN")).await,
        app.product(wanted("BEURRE")).await,
    );
    let (rare, rarer) = (
        app.product(wanted("RARE")).await,
        app.product(wanted("RARISSIME")).await,
    );
    let eggs = app.product(wanted("OEUFS")).await;
    let client = app.admin().await;
    // Of 150 baskets: bread in 40, butter in 30, both in 18 where chance makes 8; the rare ones in 16
    // each, both in 5 where chance makes 1.7.
    let baskets: [(&[ProductId], usize); 7] = [
        (&[bread, butter], 18),
        (&[bread], 22),
        (&[butter], 12),
        (&[rare, rarer], 5),
        (&[rare], 11),
        (&[rarer], 11),
        (&[eggs], 71),
    ];
    let mut sales = Vec::new();
    for (products, times) in baskets {
        let lines: Vec<Value> = products
            .iter()
            .map(|product| json!({"product_id": product, "quantity": 1}))
            .collect();
        sales.extend((0..times).map(|_| json!({ "lines": lines })));
    }
    for sale in sales {
        client.post("/sales", sale).await.expect(201);
    }
    let answer = client
        .get("/analytics/bought-together?from=2026-11-01&to=2026-12-31")
        .await
        .expect(200);
    let pairs = answer["pairs"].as_array().unwrap();
    let figure = |pair: &Value, name: &str| pair[name].as_f64().unwrap();
    assert_eq!(
        (pairs.len(), &answer["baskets"]),
        (2, &json!(150)),
        "{answer}"
    );
    assert_eq!(pairs[0]["baskets"], 18, "{answer}");
    assert!(figure(&pairs[0], "lift") < figure(&pairs[1], "lift"));
    assert!(
        (figure(&pairs[0], "lift_at_least") - 0.894).abs() < 0.01,
        "{answer}"
    );
    assert!(
        (figure(&pairs[1], "lift_at_least") - 0.339).abs() < 0.01,
        "{answer}"
    );
});

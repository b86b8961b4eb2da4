//! Tax that is collected for the state is not revenue, whether prices include it or not.

use kernel::ids::ProductId;
use sales::rollups::fold;
use serde_json::{Value, json};

use crate::{
    anomalies::past::{Past, now, sold_on, subjects},
    support::{
        app::TestApp,
        http::Client,
        shop::{Wanted, basket},
    },
};

/// Sold at 116.00 with 16 % of tax inside, bought at 100.00.
const AT_COST: Wanted = Wanted {
    sku: "SUCRE",
    unit: "piece",
    price_minor: 11_600,
    cost_minor: 10_000,
    tax_rate_bp: 1_600,
    stock: 50,
};

async fn today(app: &TestApp) -> String {
    let shop = app.modules.analytics.readers.catalog.shop().await.unwrap();
    let now = kernel::Clock::now(&*app.clock);
    now.date_in(shop.time_zone).to_string()
}

const FIGURES: [&str; 4] = [
    "revenue_minor",
    "revenue_with_tax_minor",
    "cost_minor",
    "margin_minor",
];

fn figures(of: &Value) -> [i64; 4] {
    FIGURES.map(|name| {
        of[name]
            .as_i64()
            .unwrap_or_else(|| panic!("{name} of {of}"))
    })
}

/// The same figures in every response that has them.
async fn check_everywhere(app: &TestApp, viewer: &Client, expected: [i64; 4]) {
    let today = today(app).await;
    let period = format!("from={today}&to={today}");
    let summary = viewer
        .get(&format!("/analytics/summary?{period}"))
        .await
        .expect(200);
    assert_eq!(figures(&summary), expected);
    assert_eq!(
        summary["tax_minor"].as_i64().unwrap(),
        expected[1] - expected[0]
    );
    let of_day = &summary["by_day"][0];
    assert_eq!(of_day["revenue_minor"], expected[0]);
    assert_eq!(of_day["revenue_with_tax_minor"], expected[1]);
    for interval in ["hour", "day", "week", "month"] {
        let path = format!("/analytics/timeseries?{period}&interval={interval}");
        let series = viewer.get(&path).await.expect(200);
        let mut sums = [0; 4];
        for point in series["points"].as_array().unwrap() {
            for (sum, figure) in sums.iter_mut().zip(figures(point)) {
                *sum += figure;
            }
        }
        assert_eq!(sums, expected, "{interval}");
    }
    for by in [
        "product", "category", "cashier", "location", "hour", "weekday",
    ] {
        let path = format!("/analytics/breakdown?{period}&by={by}");
        let breakdown = viewer.get(&path).await.expect(200);
        assert_eq!(figures(&breakdown["total"]), expected, "{by}");
    }
    let products = viewer
        .get(&format!("/analytics/products?{period}"))
        .await
        .expect(200);
    assert_eq!(figures(&products["items"][0]), expected);
    let classes = products["classes"].as_array().unwrap();
    let revenue: i64 = classes
        .iter()
        .map(|class| class["revenue_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(revenue, expected[0]);
}

async fn sell(client: &Client, product: ProductId) -> Value {
    client.post("/sales", basket(product, 1)).await.expect(201)
}

async fn refund(client: &Client, sale: &Value) -> Value {
    let body = json!({
        "lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}],
        "reason": "abîmé",
    });
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    client.post(&path, body).await.expect(201)
}

both_databases!(
    tax_inside_a_price_is_not_margin_in_any_response,
    |app| async {
        let product = app.product(AT_COST).await;
        let manager = app.manager().await;
        let first = sell(&manager, product).await;
        assert_eq!(first["total_minor"], 11_600);
        check_everywhere(app, &manager, [10_000, 11_600, 10_000, 0]).await;
        fold::fold_all(&app.modules.stores.write).await.unwrap();
        check_everywhere(app, &manager, [10_000, 11_600, 10_000, 0]).await;

        // Each sale keeps the tax mode in which it was made.
        let added = json!({"tax_mode": "added"});
        app.admin()
            .await
            .patch("/settings", added)
            .await
            .expect(200);
        let second = sell(&manager, product).await;
        assert_eq!(second["total_minor"], 13_500);
        check_everywhere(app, &manager, [21_600, 25_100, 20_000, 1_600]).await;
        let day = today(app).await;
        let path = format!("/analytics/summary?from={day}&to={day}");
        let summary = manager.get(&path).await.expect(200);
        assert_eq!(summary["average_basket_minor"], 10_800);
        assert_eq!(summary["average_basket_with_tax_minor"], 12_550);

        // Refunds include tax, and their part of the revenue does not.
        refund(&manager, &first).await;
        check_everywhere(app, &manager, [11_600, 13_500, 10_000, 1_600]).await;
        let summary = manager.get(&path).await.expect(200);
        assert_eq!(summary["refunds_minor"], 11_600);
        assert_eq!(summary["average_basket_minor"], 10_800, "before refunds");
        assert_eq!(summary["average_basket_with_tax_minor"], 12_550);
        fold::fold_all(&app.modules.stores.write).await.unwrap();
        check_everywhere(app, &manager, [11_600, 13_500, 10_000, 1_600]).await;

        // A voided sale does not count.
        let path = format!("/sales/{}/void", second["id"].as_str().unwrap());
        let reason = json!({"reason": "erreur"});
        manager.post(&path, reason).await.expect(200);
        check_everywhere(app, &manager, [0, 0, 0, 0]).await;
    }
);

both_databases!(the_margin_at_risk_uses_the_price_without_tax, |app| async {
    let product = app.product(AT_COST).await;
    let manager = app.manager().await;
    let margin = async || {
        let list = manager
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
        let line = &list["items"][0];
        assert_eq!(line["product_id"], json!(product), "{list}");
        line["why"]["unit_margin_minor"].as_i64().unwrap()
    };
    assert_eq!(margin().await, 0);
    let added = json!({"tax_mode": "added"});
    app.admin()
        .await
        .patch("/settings", added)
        .await
        .expect(200);
    assert_eq!(margin().await, 1_600);
});

both_databases!(
    a_price_is_below_cost_when_its_part_without_tax_is,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let (loss, fair) = (
            past.product("PERTE", 11_600, 10_500).await,
            past.product("JUSTE", 11_600, 10_000).await,
        );
        app.write("UPDATE products SET tax_rate_bp = 1600", Vec::new())
            .await;
        let sold = [loss, fair].map(|product| sold_on(product, "2026-11-10", 10, 1.0));
        past.sell(&sold).await;
        let found = past.found_of("price_below_cost").await;
        assert_eq!(subjects(&found), ["PERTE"], "{found:#?}");
        assert_eq!(found[0]["effect_minor"], -500);
        assert_eq!(found[0]["figures"]["actual"], 10_000.0);
        assert_eq!(found[0]["evidence"][0]["amount_minor"], 10_000);
    }
);

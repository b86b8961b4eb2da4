//! Low stock and order advice.

use kernel::{Quantity, ids::ProductId};
use serde_json::{Value, json};

use super::{by_hand, codes, days_ago, refit, sell_weekly};
use crate::support::{app::TestApp, shop::Wanted};

async fn stocked(app: &TestApp, sku: &'static str, price_minor: i64) -> ProductId {
    let product = app
        .product(Wanted {
            sku,
            stock: 0,
            price_minor,
            cost_minor: 1_000,
            ..Wanted::default()
        })
        .await;
    app.put_in_stock(product, Quantity::from_units(10_000), days_ago(app, 80))
        .await;
    product
}

/// Leaves this many units of a product in stock.
async fn leave(app: &TestApp, product: ProductId, units: i64) {
    let client = app.admin().await;
    let count = json!({"lines": [{"product_id": product, "counted": units}]});
    client.post("/inventory/counts", count).await.expect(201);
}

fn line(list: &Value, product: ProductId) -> &Value {
    let items = list["items"].as_array().unwrap();
    let wanted = json!(product);
    items
        .iter()
        .find(|line| line["product_id"] == wanted)
        .unwrap_or(&Value::Null)
}

both_databases!(
    the_largest_expected_loss_comes_first_with_its_figures,
    by_hand(),
    |app| async {
        let dear = stocked(app, "DEAR", 9_000).await;
        let cheap = stocked(app, "CHEAP", 2_000).await;
        let enough = stocked(app, "ENOUGH", 9_000).await;
        sell_weekly(app, 70, 1, &[(dear, 5), (cheap, 5), (enough, 5)]).await;
        leave(app, dear, 10).await;
        leave(app, cheap, 10).await;
        refit(app).await;
        let client = app.manager().await;
        let list = client.get("/analytics/low-stock").await.expect(200);
        let skus: Vec<&Value> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| &line["sku"])
            .collect();
        assert_eq!(skus, ["DEAR", "CHEAP"]);
        assert_eq!(list["total"], 2);
        let dear_line = line(&list, dear);
        let figure = |name: &str| dear_line[name].as_f64().unwrap();
        let why = |name: &str| dear_line["why"][name].as_f64().unwrap();
        assert_eq!(dear_line["basis"], "forecast");
        assert_eq!(dear_line["severity"], "critical");
        assert!(
            figure("stock_out_probability") > 0.9,
            "10 left for a week of about 45"
        );
        assert!(figure("days_of_cover") < 3.0);
        assert!(
            (figure("reorder_point") - why("expected_demand") - figure("safety_stock")).abs()
                < 0.01
        );
        let ordered = (figure("reorder_point") + why("review_demand") - 10.0).ceil();
        assert!(
            (figure("suggested_quantity") - ordered).abs() < 1.01,
            "{dear_line}"
        );
        let lost = why("expected_lost_units") * why("unit_margin_minor");
        assert!(
            (figure("margin_at_risk_minor") - lost).abs() < 10.0,
            "{dear_line}"
        );
        assert!(
            (why("expected_lost_units") - (why("expected_demand") - 10.0)).abs() < 6.0,
            "{dear_line}"
        );
        assert_eq!(dear_line["why"]["lead_time_set_by"], "shop");
        assert!(dear_line["why"]["model_id"].is_string());

        let page = client.get("/analytics/low-stock?limit=1").await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = client
            .get(&format!("/analytics/low-stock?limit=1&cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!(next["items"][0]["sku"], "CHEAP");
        assert_eq!(next["next_cursor"], Value::Null);
        let all = client
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 3);
        assert_eq!(line(&all, enough)["suggested_quantity"].as_f64(), Some(0.0));

        // A longer lead time and a higher service level: order earlier and more.
        let path = format!("/products/{enough}");
        leave(app, enough, 90).await;
        let calm = client
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
        let before = line(&calm, enough)["reorder_point"].as_f64().unwrap();
        client
            .patch(
                &path,
                json!({"lead_time_days": 60, "service_level_bp": 9_900}),
            )
            .await
            .expect(200);
        let list = client.get("/analytics/low-stock").await.expect(200);
        let line = line(&list, enough);
        assert!(
            line["reorder_point"].as_f64().unwrap() > 4.0 * before,
            "{line}"
        );
        assert_eq!(line["why"]["lead_time_set_by"], "product");
        assert_eq!(line["why"]["service_level_bp"], 9_900);
    }
);

/// A supplier who came once a week for ten weeks, until `last` days ago.
async fn receive_weekly(app: &TestApp, product: ProductId, supplier: &str, last: i64) {
    let client = app.admin().await;
    for week in (0..10).rev() {
        let receipt = json!({
            "lines": [{"product_id": product, "quantity": 1}],
            "supplier": supplier,
            "occurred_at": days_ago(app, last + 7 * week),
        });
        client
            .post("/inventory/receipts", receipt)
            .await
            .expect(201);
    }
}

both_databases!(
    a_product_that_can_wait_for_the_next_order_day_is_watched_without_an_alert,
    by_hand(),
    |app| async {
        let today = stocked(app, "TODAY", 9_000).await;
        let tomorrow = stocked(app, "TOMORROW", 9_000).await;
        let enough = stocked(app, "ENOUGH", 9_000).await;
        sell_weekly(app, 70, 1, &[(today, 5), (tomorrow, 5), (enough, 5)]).await;
        let client = app.manager().await;
        for product in [today, tomorrow, enough] {
            let path = format!("/products/{product}");
            let lead = json!({"lead_time_days": 1});
            client.patch(&path, lead).await.expect(200);
        }
        // One van comes tomorrow and takes orders today and in a week, the other in two days and takes
        // them tomorrow.
        receive_weekly(app, today, "Van A", 6).await;
        receive_weekly(app, tomorrow, "Van B", 5).await;
        receive_weekly(app, enough, "Van A", 6).await;
        for (product, units) in [(today, 30), (tomorrow, 30), (enough, 900)] {
            leave(app, product, units).await;
        }
        refit(app).await;

        // 30 last four or five days: not until the second next visit of a van in eight days, but until
        // one in two days.
        let list = client.get("/analytics/low-stock").await.expect(200);
        let skus = |lines: &Value| -> Vec<Value> {
            let lines = lines.as_array().unwrap().iter();
            lines.map(|line| line["sku"].clone()).collect()
        };
        assert_eq!(skus(&list["items"]), ["TODAY"], "{list}");
        assert_eq!((&list["total"], &list["alerts"]), (&json!(1), &json!(1)));
        assert_eq!(skus(&list["watch"]), ["TOMORROW"], "{list}");
        assert_eq!(list["watch_total"], 1);
        let date = |days: i64| {
            let zone = chrono_tz::Africa::Lubumbashi;
            json!(days_ago(app, -days).date_in(zone))
        };
        let alert = line(&list, today);
        assert_eq!(alert["action"], "order");
        assert_eq!(alert["why"]["order_days_of"], "supplier");
        assert_eq!(alert["why"]["next_order_on"], date(7));
        assert_eq!(alert["why"]["next_delivery_on"], date(8));
        assert_eq!(alert["why"]["days_to_delivery"], 8);
        assert_eq!(list["watch"][0]["order_on"], date(1));

        let all = client
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
        assert_eq!((&all["total"], &all["alerts"]), (&json!(3), &json!(1)));
        let waits = line(&all, tomorrow);
        assert_eq!(waits["action"], "watch");
        assert_eq!(waits["suggested_quantity"].as_f64(), Some(0.0));
        assert_eq!(waits["why"]["days_to_delivery"], 2);
        assert!(waits["stock_out_probability"].as_f64().unwrap() < 0.05);
        assert_eq!(line(&all, enough)["action"], "nothing");

        // Later pages repeat nothing.
        leave(app, tomorrow, 5).await;
        let page = client.get("/analytics/low-stock?limit=1").await.expect(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = client
            .get(&format!("/analytics/low-stock?limit=1&cursor={cursor}"))
            .await
            .expect(200);
        assert_eq!((&next["total"], &next["watch"]), (&json!(2), &json!([])));
    }
);

both_databases!(
    without_a_usual_order_day_waiting_means_tomorrow,
    by_hand(),
    |app| async {
        let product = stocked(app, "LAIT", 9_000).await;
        sell_weekly(app, 70, 1, &[(product, 5)]).await;
        leave(app, product, 30).await;
        refit(app).await;
        let client = app.manager().await;
        let list = client.get("/analytics/low-stock").await.expect(200);
        let why = &line(&list, product)["why"];
        assert_eq!(why["order_days_of"], "every_day", "{list}");
        // The shop's lead time of a week, and a day.
        assert_eq!(why["days_to_delivery"], 8);
    }
);

both_databases!(
    without_a_forecast_the_reorder_level_decides,
    by_hand(),
    |app| async {
        let sold = stocked(app, "SOLD", 9_000).await;
        sell_weekly(app, 20, 1, &[(sold, 5)]).await;
        let client = app.manager().await;
        let new = |sku: &str, level: i64, stock: i64| json!({"sku": sku, "name": sku, "price_minor": 100, "reorder_level": level, "initial_stock": stock});
        client
            .post("/products", new("LEVEL", 8, 3))
            .await
            .expect(201);
        client
            .post("/products", new("NONE", 0, 0))
            .await
            .expect(201);
        client
            .post("/products", new("FULL", 8, 30))
            .await
            .expect(201);
        refit(app).await;
        let list = client.get("/analytics/low-stock").await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        let level = &list["items"][0];
        assert_eq!(
            (&level["sku"], &level["basis"]),
            (&json!("LEVEL"), &json!("reorder_level"))
        );
        assert_eq!(level["stock_out_probability"], Value::Null);
        assert_eq!(level["suggested_quantity"].as_f64(), Some(13.0));
        assert!(codes(&level["reasons"]).contains(&"by_reorder_level"));
        let all = client
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
        let none = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["sku"] == "NONE")
            .unwrap();
        assert!(codes(&none["reasons"]).contains(&"no_reorder_level"));
    }
);

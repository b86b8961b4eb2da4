//! Low stock and order advice.

use kernel::{Quantity, ids::ProductId};
use serde_json::{Value, json};

use super::{by_hand, codes, days_ago, refit, sell_weekly};
use crate::support::{app::TestApp, http::Client, shop::Wanted};

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

/// The SKUs of lines, in their order.
fn skus(lines: &Value) -> Vec<&str> {
    let lines = lines.as_array().unwrap().iter();
    lines.map(|line| line["sku"].as_str().unwrap()).collect()
}

/// A number in a line of the list.
fn number(line: &Value, name: &str) -> f64 {
    line[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} of {line}"))
}

async fn list(client: &Client, query: &str) -> Value {
    let path = format!("/analytics/low-stock{query}");
    client.get(&path).await.expect(200)
}

/// Three products that sell about 45 a week: ten of a dear and of a cheap one are left, and enough of
/// the third.
async fn three_products(app: &TestApp) -> [ProductId; 3] {
    let dear = stocked(app, "DEAR", 9_000).await;
    let cheap = stocked(app, "CHEAP", 2_000).await;
    let enough = stocked(app, "ENOUGH", 9_000).await;
    sell_weekly(app, 70, 1, &[(dear, 5), (cheap, 5), (enough, 5)]).await;
    leave(app, dear, 10).await;
    leave(app, cheap, 10).await;
    refit(app).await;
    [dear, cheap, enough]
}

both_databases!(
    the_largest_expected_loss_comes_first_with_its_figures,
    by_hand(),
    |app| async {
        let [dear, ..] = three_products(app).await;
        let list = list(&app.manager().await, "").await;
        assert_eq!(skus(&list["items"]), ["DEAR", "CHEAP"]);
        assert_eq!(list["total"], 2);
        let line = line(&list, dear);
        let figure = |name: &str| number(line, name);
        let why = |name: &str| number(&line["why"], name);
        assert_eq!(line["basis"], "forecast");
        assert_eq!(line["severity"], "critical");
        let probability = figure("stock_out_probability");
        assert!(probability > 0.9, "10 left for a week of about 45");
        assert!(figure("days_of_cover") < 3.0);
        let point = why("expected_demand") + figure("safety_stock");
        assert!((figure("reorder_point") - point).abs() < 0.01);
        let ordered = (figure("reorder_point") + why("review_demand") - 10.0).ceil();
        let suggested = figure("suggested_quantity");
        assert!((suggested - ordered).abs() < 1.01, "{line}");
        let lost = why("expected_lost_units") * why("unit_margin_minor");
        let at_risk = figure("margin_at_risk_minor");
        assert!((at_risk - lost).abs() < 10.0, "{line}");
        let missing = why("expected_demand") - 10.0;
        let expected = why("expected_lost_units");
        assert!((expected - missing).abs() < 6.0, "{line}");
        assert_eq!(line["why"]["lead_time_set_by"], "shop");
        assert!(line["why"]["model_id"].is_string());
    }
);

both_databases!(
    the_list_has_pages_and_all_products_when_asked,
    by_hand(),
    |app| async {
        let [.., enough] = three_products(app).await;
        let client = app.manager().await;
        let page = list(&client, "?limit=1").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = list(&client, &format!("?limit=1&cursor={cursor}")).await;
        assert_eq!(next["items"][0]["sku"], "CHEAP");
        assert_eq!(next["next_cursor"], Value::Null);
        let all = list(&client, "?all=true").await;
        assert_eq!(all["items"].as_array().unwrap().len(), 3);
        assert_eq!(line(&all, enough)["suggested_quantity"].as_f64(), Some(0.0));
    }
);

both_databases!(
    a_longer_lead_time_and_a_higher_service_level_order_earlier_and_more,
    by_hand(),
    |app| async {
        let [.., enough] = three_products(app).await;
        let client = app.manager().await;
        leave(app, enough, 90).await;
        let calm = list(&client, "?all=true").await;
        let before = number(line(&calm, enough), "reorder_point");
        let path = format!("/products/{enough}");
        let change = json!({"lead_time_days": 60, "service_level_bp": 9_900});
        client.patch(&path, change).await.expect(200);
        let list = list(&client, "").await;
        let line = line(&list, enough);
        assert!(number(line, "reorder_point") > 4.0 * before, "{line}");
        assert_eq!(line["why"]["lead_time_set_by"], "product");
        assert_eq!(line["why"]["service_level_bp"], 9_900);
    }
);

both_databases!(
    another_quantity_than_the_suggested_one_has_its_risk,
    by_hand(),
    |app| async {
        let product = stocked(app, "DEAR", 9_000).await;
        sell_weekly(app, 70, 1, &[(product, 5)]).await;
        leave(app, product, 10).await;
        refit(app).await;
        let client = app.manager().await;
        let list = client.get("/analytics/low-stock").await.expect(200);
        let advice = line(&list, product);
        let path = format!("/analytics/low-stock/{product}");
        let suggested = client.get(&path).await.expect(200);
        assert_eq!(suggested["quantity"], advice["suggested_quantity"]);
        assert_eq!(suggested["order_cost_minor"], advice["order_cost_minor"]);
        let figure = |risk: &Value, name: &str| risk[name].as_f64().unwrap();
        // The suggestion has the reserve of the days until the later delivery, and the mean of the rest.
        assert!(
            figure(&suggested, "stock_out_probability") < 0.2,
            "{suggested}"
        );
        let mut before: Option<Value> = None;
        for quantity in [0, 20, 40, 80, 160] {
            let risk = client.get(&format!("{path}?quantity={quantity}")).await;
            let risk = risk.expect(200);
            assert_eq!(risk["order_cost_minor"], json!(quantity * 1_000));
            assert_eq!(risk["expected_demand"], suggested["expected_demand"]);
            if let Some(before) = before {
                for name in [
                    "stock_out_probability",
                    "margin_at_risk_minor",
                    "sales_at_risk_minor",
                ] {
                    assert!(
                        figure(&risk, name) <= figure(&before, name),
                        "{name}: {risk}"
                    );
                }
            }
            before = Some(risk);
        }
        let most = before.unwrap();
        assert_eq!(most["margin_at_risk_minor"], 0, "{most}");
        for wrong in ["-1", "1000000001", "NaN", "x"] {
            client
                .get(&format!("{path}?quantity={wrong}"))
                .await
                .expect_problem(400, "request.invalid_query");
        }
        let unknown = format!("/analytics/low-stock/{}", ProductId::generate());
        client
            .get(&unknown)
            .await
            .expect_problem(404, "resource.not_found");
        app.cashier()
            .await
            .get(&path)
            .await
            .expect_problem(403, "auth.forbidden");
        // Without sales there is no forecast to judge by.
        let new = app
            .product(Wanted {
                sku: "NEW",
                ..Wanted::default()
            })
            .await;
        let risk = client
            .get(&format!("/analytics/low-stock/{new}?quantity=3"))
            .await;
        assert_eq!(risk.expect(200)["stock_out_probability"], Value::Null);
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

/// Three products that sell about 45 a week: of two of them 30 are left. One van comes tomorrow and
/// takes orders today and in a week, the other comes in two days and takes them tomorrow.
async fn two_vans(app: &TestApp) -> [ProductId; 3] {
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
    receive_weekly(app, today, "Van A", 6).await;
    receive_weekly(app, tomorrow, "Van B", 5).await;
    receive_weekly(app, enough, "Van A", 6).await;
    for (product, units) in [(today, 30), (tomorrow, 30), (enough, 900)] {
        leave(app, product, units).await;
    }
    refit(app).await;
    [today, tomorrow, enough]
}

both_databases!(
    a_product_that_can_wait_for_the_next_order_day_is_watched_without_an_alert,
    by_hand(),
    |app| async {
        let [today, tomorrow, enough] = two_vans(app).await;
        let client = app.manager().await;
        // 30 last four or five days: not until the second next visit of a van in eight days, but until
        // one in two days.
        let list_of_today = list(&client, "").await;
        assert_eq!(skus(&list_of_today["items"]), ["TODAY"], "{list_of_today}");
        assert_eq!(list_of_today["total"], 1);
        assert_eq!(list_of_today["alerts"], 1);
        assert_eq!(
            skus(&list_of_today["watch"]),
            ["TOMORROW"],
            "{list_of_today}"
        );
        assert_eq!(list_of_today["watch_total"], 1);
        let date = |days: i64| {
            let zone = chrono_tz::Africa::Lubumbashi;
            json!(days_ago(app, -days).date_in(zone))
        };
        let alert = line(&list_of_today, today);
        assert_eq!(alert["action"], "order");
        assert_eq!(alert["why"]["order_days_of"], "supplier");
        assert_eq!(alert["why"]["next_order_on"], date(7));
        assert_eq!(alert["why"]["next_delivery_on"], date(8));
        assert_eq!(alert["why"]["days_to_delivery"], 8);
        assert_eq!(list_of_today["watch"][0]["order_on"], date(1));

        let all = list(&client, "?all=true").await;
        assert_eq!(all["total"], 3);
        assert_eq!(all["alerts"], 1);
        let waits = line(&all, tomorrow);
        assert_eq!(waits["action"], "watch");
        assert_eq!(waits["suggested_quantity"].as_f64(), Some(0.0));
        assert_eq!(waits["why"]["days_to_delivery"], 2);
        assert!(number(waits, "stock_out_probability") < 0.05);
        assert_eq!(line(&all, enough)["action"], "nothing");
    }
);

both_databases!(
    later_pages_do_not_repeat_the_watched_products,
    by_hand(),
    |app| async {
        let [_, tomorrow, _] = two_vans(app).await;
        let client = app.manager().await;
        leave(app, tomorrow, 5).await;
        let page = list(&client, "?limit=1").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = list(&client, &format!("?limit=1&cursor={cursor}")).await;
        assert_eq!(next["total"], 2);
        assert_eq!(next["watch"], json!([]));
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

//! What the list of products says of those that are new, of those that came with a file, and of what
//! came back.

use kernel::{Clock as _, Quantity, ids::ProductId};
use serde_json::{Value, json};

use crate::{
    anomalies::past::{Past, at, days, now, sold_on},
    forecasts::refit,
    imports,
    support::{app::TestApp, http::Client, shop::Wanted},
};

async fn line(client: &Client, query: &str, product: ProductId) -> Value {
    let path = format!("/analytics/products?{query}&limit=200");
    let page = client.get(&path).await.expect(200);
    let items = page["items"].as_array().unwrap();
    let wanted = json!(product);
    let found = items.iter().find(|item| item["id"] == wanted);
    found.cloned().unwrap_or_default()
}

both_databases!(
    a_new_product_is_neither_dead_nor_unsteady_for_the_time_before_it,
    now(),
    |app| async {
        let past = Past::new(app).await;
        app.clock.set(at("2025-01-06", 8));
        let old = past.product_of_now("VIEUX", 1_000, 600).await;
        app.clock.set(at("2026-09-07", 8));
        let steady = past.product_of_now("REGULIER", 1_000, 600).await;
        app.clock.set(at("2026-11-20", 9));
        let fresh = past.product_of_now("NEUF", 1_000, 600).await;
        let sold: Vec<_> = days("2026-09-07", "2026-11-19")
            .iter()
            .map(|date| sold_on(steady, date, 10, 7.0))
            .collect();
        past.sell(&sold).await;
        let viewer = app.viewer().await;
        let year = "from=2025-11-21&to=2026-11-20";
        assert_eq!(line(&viewer, year, old).await["is_dead"], true);
        assert_eq!(line(&viewer, year, fresh).await["is_dead"], false);
        let steady = line(&viewer, year, steady).await;
        assert_eq!(
            (&steady["xyz"], &steady["is_dead"]),
            (&json!("X"), &json!(false))
        );
        // 74 days of seven units; the rest of 100,000 is in stock.
        let cover = steady["stock_cover_days"].as_f64().unwrap();
        let expected = (100_000.0 - 518.0) * 75.0 / 518.0;
        assert!((cover - expected).abs() < 1.0, "{cover} and not {expected}");
    }
);

both_databases!(what_came_back_was_not_sold, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let lines = json!({"lines": [{"product_id": product, "quantity": 10}]});
    let sale = manager.post("/sales", lines).await.expect(201);
    let part = json!({"lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 4, "restock": true}], "reason": "back"});
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    manager.post(&path, part).await.expect(201);
    let zone = manager.get("/settings").await.expect(200)["time_zone"].clone();
    let zone: chrono_tz::Tz = zone.as_str().unwrap().parse().unwrap();
    let today = app.clock.now().date_in(zone);
    let line = line(&manager, &format!("from={today}&to={today}"), product).await;
    assert_eq!(line["sell_through"], 0.6);
    assert_eq!(line["on_hand"], 4);
});

/// A file that sells ten a day of one product long ago, and of another until yesterday.
async fn import_history(app: &TestApp) {
    let mut csv = "invoice,date,sku,name,quantity,unit_price\n".to_owned();
    for (number, date) in days("2026-01-05", "2026-11-19").iter().enumerate() {
        if date.as_str() < "2026-03-16" {
            csv.push_str(&format!("A{number},{date},ANCIEN-001,Ancien,10,1000\n"));
        }
        csv.push_str(&format!("B{number},{date},ACTUEL-002,Actuel,10,1000\n"));
    }
    let manager = app.manager().await;
    let import = imports::send(&manager, "sales", csv).await.expect(201);
    let options = json!({"accept_warnings": true});
    imports::commit(&manager, &import, options)
        .await
        .expect(200);
}

both_databases!(
    what_a_file_stopped_selling_long_ago_is_not_ordered_again,
    now(),
    |app| async {
        import_history(app).await;
        refit(app).await;
        let manager = app.manager().await;
        let all = manager
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
        let of = |sku: &str| {
            let items = all["items"].as_array().unwrap().iter();
            let mut items = items.filter(|item| item["sku"] == sku);
            items.next().cloned().unwrap_or_default()
        };
        let (gone, current) = (of("ANCIEN-001"), of("ACTUEL-002"));
        let expected = |line: &Value| line["why"]["expected_demand"].as_f64().unwrap_or(0.0);
        assert!(expected(&gone) < 1.0, "{gone:#}");
        for figure in [
            "suggested_quantity",
            "reorder_point",
            "stock_out_probability",
        ] {
            assert_eq!(gone[figure], 0.0, "{gone:#}");
        }
        assert_eq!(gone["severity"], "low", "{gone:#}");
        assert!(expected(&current) > 50.0, "{current:#}");
        assert_eq!(current["stock_out_probability"], 1.0, "nothing is left");
    }
);

both_databases!(
    a_second_location_does_not_hide_that_nothing_was_left,
    now(),
    |app| async {
        app.clock.set(at("2026-11-02", 8));
        let past = Past::new(app).await;
        let product = past.product_of_now("PAIN", 1_000, 600).await;
        let manager = app.manager().await;
        app.clock.set(at("2026-11-12", 8));
        let gone = json!({"lines": [{"product_id": product, "counted": 0}]});
        manager.post("/inventory/counts", gone).await.expect(201);
        app.clock.set(at("2026-11-18", 8));
        let depot = app.location("Dépôt").await;
        let came = json!({"lines": [{"product_id": product, "quantity": 5}], "location_id": depot});
        app.manager()
            .await
            .post("/inventory/receipts", came)
            .await
            .expect(201);
        let period = kernel::Period::new(
            "2026-11-01".parse().unwrap(),
            "2026-11-20".parse().unwrap(),
            chrono_tz::UTC,
        )
        .unwrap();
        let readers = sales::readers::over(&app.modules.sales.ctx, &app.modules.stores.read);
        let spells = readers.irregular.empty_spells(&period, 100).await.unwrap();
        let days: Vec<_> = spells
            .iter()
            .map(|spell| (spell.from, spell.until))
            .collect();
        assert_eq!(days, [(at("2026-11-12", 8), Some(at("2026-11-18", 8)))]);
        assert_eq!(app.on_hand(product).await, Quantity::from_units(5).milli());
    }
);

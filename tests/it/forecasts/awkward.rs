//! Shops and products with little or strange history: a stated limit or a clear problem, never an
//! invented figure.

use kernel::ids::ProductId;
use sales::rollups::fold;
use serde_json::{Value, json};

use super::{DAY_SECONDS, by_hand, check_days, codes, days_ago, plenty, refit, sell_on};
use crate::support::{app::TestApp, shop::Wanted};

async fn forecast_of(app: &TestApp, product: ProductId) -> Value {
    let client = app.viewer().await;
    let path = format!("/analytics/forecasts/{product}?horizon=180");
    let forecast = client.get(&path).await.expect(200);
    check_days(&forecast);
    forecast
}

both_databases!(
    an_empty_shop_has_no_figures_and_a_reason,
    by_hand(),
    |app| async {
        let client = app.viewer().await;
        for fitted in [false, true] {
            if fitted {
                refit(app).await;
            }
            for path in [
                "forecasts",
                "forecasts?level=category",
                "forecasts?level=shop",
                "low-stock",
            ] {
                let list = client.get(&format!("/analytics/{path}")).await.expect(200);
                assert_eq!(list["items"], json!([]), "{path}");
            }
            let accuracy = client.get("/analytics/accuracy").await.expect(200);
            assert_eq!(accuracy["overall"], Value::Null);
            assert!(codes(&accuracy["reasons"]).contains(&"not_scored_yet"));
        }
        let product = plenty(app, "LAIT").await;
        refit(app).await;
        let forecast = forecast_of(app, product).await;
        assert_eq!(forecast["days"], json!([]));
        assert_eq!(
            (&forecast["total"], &forecast["method"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(codes(&forecast["reasons"]), ["nothing_to_compare"]);
    }
);

both_databases!(
    without_a_model_there_are_averages_and_a_refit_is_ordered,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        for day in 1..=20 {
            sell_on(app, day, &[(milk, 5)]).await;
        }
        let forecast = forecast_of(app, milk).await;
        assert_eq!(forecast["model_id"], Value::Null);
        let said = codes(&forecast["reasons"]);
        assert!(
            said.contains(&"model_missing") && said.contains(&"not_enough_data"),
            "{said:?}"
        );
        let first = forecast["days"][0]["mean"].as_f64().unwrap();
        assert!((3.0..7.0).contains(&first), "{first}");
        let kinds = app
            .figure("SELECT COUNT(*) FROM jobs WHERE kind = 'forecasts.refit'")
            .await;
        assert_eq!(kinds, 1, "one order, however often one asks");
    }
);

both_databases!(
    awkward_histories_give_figures_with_their_limits,
    by_hand(),
    |app| async {
        let once = plenty(app, "ONCE").await;
        let giant = plenty(app, "GIANT").await;
        let constant = plenty(app, "CONSTANT").await;
        let ancient = plenty(app, "ANCIENT").await;
        let never = plenty(app, "NEVER").await;
        sell_on(app, 3_650, &[(ancient, 3)]).await;
        sell_on(app, 40, &[(once, 1)]).await;
        for day in (1..=70).rev() {
            let outlier = if day == 30 { 90_000 } else { 1 };
            sell_on(
                app,
                day,
                &[
                    (giant, outlier),
                    (constant, 4),
                    (ancient, i64::from(day == 1)),
                ],
            )
            .await;
        }
        refit(app).await;

        let once = forecast_of(app, once).await;
        assert!(once["days"][0]["mean"].as_f64().unwrap() < 1.0);
        let constant = forecast_of(app, constant).await;
        let mean = constant["days"][3]["mean"].as_f64().unwrap();
        assert!((mean - 4.0).abs() < 0.01, "four a day, every day: {mean}");
        let giant = forecast_of(app, giant).await;
        assert!(
            giant["total"]["mean"].as_f64().unwrap() < 1_000.0,
            "{giant}"
        );
        assert!(codes(&giant["reasons"]).contains(&"unusual_days_left_out"));
        let ancient = forecast_of(app, ancient).await;
        assert!(ancient["days"][0]["mean"].as_f64().unwrap() < 3.0);
        let never = forecast_of(app, never).await;
        assert_eq!(codes(&never["reasons"]), ["lay_unsold"]);
        assert!(never["total"]["mean"].as_f64().unwrap() < 2.0, "{never}");
        let list = app
            .viewer()
            .await
            .get("/analytics/forecasts")
            .await
            .expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 5);
        app.viewer()
            .await
            .get("/analytics/low-stock?all=true")
            .await
            .expect(200);
    }
);

both_databases!(
    a_product_newer_than_the_model_gets_an_average,
    by_hand(),
    |app| async {
        let old = plenty(app, "OLD").await;
        for day in 1..=30 {
            sell_on(app, day, &[(old, 5)]).await;
        }
        refit(app).await;
        let new = plenty(app, "NEW").await;
        sell_on(app, 1, &[(new, 6)]).await;
        let forecast = forecast_of(app, new).await;
        let said = codes(&forecast["reasons"]);
        assert!(
            said.contains(&"not_in_model") && said.contains(&"not_enough_data"),
            "{said:?}"
        );
        assert!(forecast["total"]["mean"].as_f64().unwrap() > 0.0);
        let listed = app
            .viewer()
            .await
            .get("/analytics/forecasts")
            .await
            .expect(200);
        assert_eq!(codes(&listed["items"][1]["reasons"]), ["not_in_model"]);
        assert_eq!(listed["items"][1]["total"], Value::Null);
    }
);

both_databases!(
    a_new_product_is_forecast_by_its_category_and_an_unsold_one_is_not,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        let calendar = plenty(app, "CALENDRIER").await;
        app.clock.advance_seconds(50 * DAY_SECONDS);
        for day in 1..=40 {
            sell_on(app, day, &[(milk, 5)]).await;
        }
        let new = plenty(app, "NOUVEAU").await;
        for fitted in [false, true] {
            if fitted {
                refit(app).await;
            }
            let new = forecast_of(app, new).await;
            assert!(codes(&new["reasons"]).contains(&"no_sales_yet"), "{new}");
            assert!(new["days"][0]["mean"].as_f64().unwrap() > 1.0, "{new}");
            let calendar = forecast_of(app, calendar).await;
            assert!(codes(&calendar["reasons"]).contains(&"lay_unsold"));
            let next = calendar["days"].as_array().unwrap().iter().take(28);
            let next: f64 = next.map(|day| day["mean"].as_f64().unwrap()).sum();
            assert!(next < 0.5, "{next}");
        }
    }
);

both_databases!(
    stand_in_averages_do_not_call_an_old_product_new,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        let bread = plenty(app, "PAIN").await;
        app.clock.advance_seconds(90 * DAY_SECONDS);
        for day in (1..=80).rev() {
            sell_on(app, day, &[(milk, 5)]).await;
        }
        sell_on(app, 2, &[(bread, 3)]).await;
        let said = forecast_of(app, milk).await;
        assert_eq!(codes(&said["reasons"]), ["model_missing"]);
    }
);

both_databases!(
    stock_below_a_usual_line_counts_as_out_of_stock,
    by_hand(),
    |app| async {
        let flour = app
            .product(Wanted {
                sku: "FARINE",
                unit: "kg",
                stock: 40,
                ..Wanted::default()
            })
            .await;
        let other = plenty(app, "LAIT").await;
        app.clock.advance_seconds(60 * DAY_SECONDS);
        // One and a half kilos a day for 26 days: one kilo is left, less than half of a usual line.
        for day in (34..=59).rev() {
            let lines = json!({"lines": [{"product_id": flour, "quantity": 1.5}], "occurred_at": days_ago(app, day)});
            app.admin().await.post("/sales", lines).await.expect(201);
        }
        for day in (1..=59).rev() {
            sell_on(app, day, &[(other, 5)]).await;
        }
        let lines = json!({"lines": [{"product_id": flour, "quantity": 0.75}], "occurred_at": days_ago(app, 33)});
        app.admin().await.post("/sales", lines).await.expect(201);
        fold::fold_all(&app.modules.stores.write).await.unwrap();
        refit(app).await;
        let forecast = forecast_of(app, flour).await;
        let out = forecast["stock_out_days"].as_u64().unwrap();
        assert!((31..=33).contains(&out), "{forecast}");
        let next = forecast["days"][1]["mean"].as_f64().unwrap();
        assert!((1.0..2.0).contains(&next), "{next}");
    }
);

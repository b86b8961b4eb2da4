//! Shops and products that have little or strange things to tell: an honest word or a clear problem,
//! never a made-up figure.

use kernel::ids::ProductId;
use serde_json::{Value, json};

use super::{by_hand, check_days, codes, plenty, refit, sell_on};
use crate::support::app::TestApp;

async fn forecast_of(app: &TestApp, product: ProductId) -> Value {
    let client = app.viewer().await;
    let path = format!("/analytics/forecasts/{product}?horizon=180");
    let forecast = client.get(&path).await.expect(200);
    check_days(&forecast);
    forecast
}

both_databases!(
    an_empty_shop_has_no_figures_and_says_so,
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
    awkward_histories_give_honest_figures,
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
        assert_eq!(codes(&never["reasons"]), ["no_sales_yet"]);
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

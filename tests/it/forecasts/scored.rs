//! Earlier forecasts are scored, and a model with larger errors than repeating the last week is not
//! served.

use analytics::forecast::accuracy::{Night, NightSeries};
use chrono::Days;
use forecasting::outcome::Method;
use kernel::{
    Clock as _,
    ids::ProductId,
    notes::{Note, NoteKind},
};
use serde_json::{Value, json};

use super::{DAY_SECONDS, by_hand, codes, days_ago, plenty, refit, sell_weekly};
use crate::support::app::TestApp;

both_databases!(
    earlier_forecasts_are_scored_against_actual_sales,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        sell_weekly(app, 70, 1, &[(milk, 5)]).await;
        refit(app).await;
        let client = app.viewer().await;
        let before = client.get("/analytics/accuracy").await.expect(200);
        assert_eq!(
            (&before["overall"], &before["nights"]),
            (&Value::Null, &json!(0))
        );

        app.clock.advance_seconds(10 * DAY_SECONDS);
        sell_weekly(app, 10, 1, &[(milk, 5)]).await;
        refit(app).await;
        let after = client.get("/analytics/accuracy").await.expect(200);
        assert_eq!(after["nights"], 1);
        let overall = &after["overall"];
        assert_eq!(overall["days"], 10);
        for name in ["mase", "rmsse", "wape", "bias"] {
            assert!(overall["model"][name].is_number(), "{overall}");
            assert!(overall["seasonal_naive"][name].is_number(), "{overall}");
        }
        assert!(
            overall["model"]["wape"].as_f64().unwrap() < 0.6,
            "{overall}"
        );
        assert!((0.0..=1.0).contains(&overall["coverage"].as_f64().unwrap()));
        assert_eq!(after["items"][0]["product_id"], json!(milk));
        assert_eq!(after["items"][0]["scores"], *overall);
        assert_eq!(after["items"][0]["served_by_seasonal_naive"], false);
        let forecast = client
            .get(&format!("/analytics/forecasts/{milk}"))
            .await
            .expect(200);
        assert_eq!(forecast["accuracy"], *overall);

        // One product: its share of errors is the same in money. No total is over yet.
        let money = &after["money"];
        assert_eq!(money["wape"], overall["model"]["wape"]);
        assert_eq!(money["bias"], overall["model"]["bias"]);
        assert!(money["sold_minor"].as_i64().unwrap() > 0, "{money}");
        assert_eq!(after["totals"], Value::Null);
        app.clock.advance_seconds(18 * DAY_SECONDS);
        sell_weekly(app, 18, 1, &[(milk, 5)]).await;
        refit(app).await;
        let whole = client.get("/analytics/accuracy").await.expect(200);
        let totals = &whole["totals"];
        assert_eq!(totals["totals"], 1, "{whole}");
        assert!(totals["wape"].as_f64().unwrap() < 0.6, "{totals}");
        assert_eq!(totals["last_year"], Value::Null);
    }
);

/// Stores a forecast of a thousand a day by an earlier model.
async fn remember_nonsense(app: &TestApp, product: ProductId) {
    let zone = app
        .modules
        .analytics
        .readers
        .catalog
        .shop()
        .await
        .unwrap()
        .time_zone;
    let as_of = days_ago(app, 30).date_in(zone);
    let night = Night {
        as_of,
        model: "nonsense".to_owned(),
        series: vec![NightSeries {
            id: product.to_string(),
            method: Method::FullBlend,
            scale_absolute: 1.0,
            scale_squared: 1.0,
            days: vec![[1_000.0, 900.0, 1_100.0]; 28],
            naive: vec![6.0; 28],
        }],
    };
    let note = Note {
        key: as_of.to_string().parse().unwrap(),
        body: serde_json::to_vec(&night).unwrap(),
        at: app.clock.now(),
    };
    let notes = &app.modules.analytics.notes;
    notes.put(NoteKind::Forecast, note).await.unwrap();
    assert!(as_of.checked_add_days(Days::new(28)).unwrap() < app.clock.now().date_in(zone));
}

both_databases!(
    a_model_with_larger_errors_than_last_week_is_not_served,
    by_hand(),
    |app| async {
        let milk = plenty(app, "LAIT").await;
        let rice = plenty(app, "RIZ").await;
        sell_weekly(app, 70, 1, &[(milk, 5), (rice, 9)]).await;
        remember_nonsense(app, milk).await;
        let done = refit(app).await;
        assert_eq!(done["products_served_by_seasonal_naive"], 1);
        let client = app.viewer().await;
        let forecast = client
            .get(&format!("/analytics/forecasts/{milk}?horizon=7"))
            .await
            .expect(200);
        assert_eq!(forecast["method"], "seasonal_naive");
        assert!(codes(&forecast["reasons"]).contains(&"worse_than_seasonal_naive"));
        let total = forecast["total"]["mean"].as_f64().unwrap();
        assert!(
            (30.0..70.0).contains(&total),
            "the last week again: {total}"
        );
        let other = client
            .get(&format!("/analytics/forecasts/{rice}"))
            .await
            .expect(200);
        assert_eq!(other["method"], "young_blend");
        let accuracy = client.get("/analytics/accuracy").await.expect(200);
        assert_eq!(accuracy["items"][0]["served_by_seasonal_naive"], true);
        assert_eq!(accuracy["items"][0]["scores"]["days"], 28);
        assert!(
            accuracy["items"][0]["scores"]["relative_to_seasonal_naive"]
                .as_f64()
                .unwrap()
                > 1.0
        );
    }
);

//! Every part of the first screen is the one of its own endpoint.

use serde_json::{Value, json};

use super::demo_shop;

/// The members of an answer without the time at which it was computed.
fn without_time(mut answer: Value) -> Value {
    if let Some(members) = answer.as_object_mut() {
        members.remove("computed_at");
    }
    answer
}

both_empty_databases!(
    the_first_screen_is_made_of_the_parts_behind_it,
    |database| async {
        let app = demo_shop(database).await;
        let viewer = app.viewer().await;
        let screen = viewer.get("/dashboard").await.expect(200);
        let days = "from=2026-10-24&to=2026-11-20";
        let compared = format!("/analytics/summary?{days}&compare=previous_weekdays");
        let summary = viewer.get(&compared).await.expect(200);
        for (name, figure) in screen["figures"].as_object().unwrap() {
            assert_eq!(figure, &summary[name], "{name}");
        }
        assert_eq!(screen["previous"], summary["previous"]);
        assert_eq!(screen["today"], "2026-11-21");
        let graph = viewer
            .get("/analytics/summary?from=2026-10-10&to=2026-11-20")
            .await
            .expect(200);
        assert_eq!(screen["days"], graph["by_day"]);
        let payments = viewer
            .get(&format!("/analytics/breakdown?by=payment&{days}"))
            .await
            .expect(200);
        assert_eq!(
            without_time(screen["payments"].clone()),
            without_time(payments)
        );
        let stock = viewer
            .get(&format!("/analytics/stock?{days}"))
            .await
            .expect(200);
        assert_eq!(without_time(screen["stock"].clone()), without_time(stock));
        let low = viewer
            .get("/analytics/low-stock?sort=sales&limit=7")
            .await
            .expect(200);
        assert_eq!(screen["low_stock"]["items"], low["items"]);
        assert_eq!(screen["low_stock"]["totals"], low["totals"]);
        let found = viewer
            .get("/analytics/anomalies?from=2026-10-10&to=2026-11-20")
            .await
            .expect(200);
        // The first search goes on behind the screen.
        let mut shown = screen["findings"].clone();
        for _ in 0..500 {
            if !shown.is_null() {
                break;
            }
            shown = viewer.get("/dashboard").await.expect(200)["findings"].clone();
        }
        assert_eq!(shown["counts"], found["counts"]);
        let forecast = viewer
            .get("/analytics/forecasts?level=shop&by_day=true")
            .await
            .expect(200);
        assert_eq!(screen["forecast"], forecast["items"][0]["money"]);
        assert_eq!(screen["forecast"]["days"].as_array().unwrap().len(), 28);
        // The last day beside the mean of its weekday: four Fridays before the 20th.
        let mut usual = 0;
        for day in ["2026-10-23", "2026-10-30", "2026-11-06", "2026-11-13"] {
            let own = screen["days"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["date"] == day);
            usual += own.unwrap()["revenue_minor"].as_i64().unwrap();
        }
        assert_eq!(screen["last_day"]["date"], "2026-11-20");
        let mean = screen["last_day"]["usual"]["revenue_minor"]
            .as_i64()
            .unwrap();
        assert!((mean * 4 - usual).abs() <= 4, "{mean} {usual}");
        let best = screen["products"]["best"].as_array().unwrap();
        let performance = format!("/analytics/products?{days}&sort=margin&limit=6");
        let performance = viewer.get(&performance).await.expect(200);
        for (own, other) in best.iter().zip(performance["items"].as_array().unwrap()) {
            assert_eq!(own["product_id"], other["id"]);
            assert_eq!(own["margin_minor"], other["margin_minor"]);
        }
        app.cashier()
            .await
            .get("/dashboard")
            .await
            .expect_problem(403, "auth.forbidden");
        viewer
            .get("/dashboard?from=2026-11-20&to=2026-11-01")
            .await
            .expect_problem(400, "request.invalid_query");
        app.finish().await;
    }
);

both_databases!(a_new_shop_has_a_first_screen, |app| async {
    let screen = app.viewer().await.get("/dashboard").await.expect(200);
    assert_eq!(screen["forecast"], Value::Null);
    assert_eq!(screen["figures"]["sales"], 0);
    assert_eq!(screen["low_stock"]["items"], json!([]));
    assert_eq!(screen["products"]["products"], 0);
});

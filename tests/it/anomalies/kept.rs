//! The findings of a past quarter are computed once, and again when its facts change.

use serde_json::Value;

use super::{
    past::{Past, Sold, at, days, now, sold_on},
    series::{of, shop},
};
use crate::support::app::TestApp;

/// A quarter so long ago that its findings have ended.
const SEPTEMBER: &str = "from=2026-09-01&to=2026-09-30";

/// Number of quarters taken from the cache.
async fn from_memory(app: &TestApp) -> i64 {
    let report = app.admin().await.get("/admin/cache").await.expect(200);
    let kinds = report["kinds"].as_array().unwrap();
    let findings = kinds.iter().find(|one| one["kind"] == "findings").unwrap();
    findings["memory_hits"].as_i64().unwrap()
}

async fn found(app: &TestApp, limit: usize) -> Vec<Value> {
    // Another limit is another question: only the quarters behind it can be cached already.
    let viewer = app.viewer().await;
    viewer
        .get(&format!(
            "/analytics/anomalies?{SEPTEMBER}&kind=silence&limit={limit}"
        ))
        .await
        .expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

both_databases!(
    a_past_quarter_is_cached_until_a_late_sale_or_receipt_changes_it,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let silent = days("2026-09-14", "2026-09-18");
        let products = shop(&past, |place, date, units| {
            if place == 2 && silent.iter().any(|one| one == date) {
                0.0
            } else {
                units
            }
        })
        .await;
        app.travel_to(at("2027-01-05", 12)).await;
        let mut kept = Vec::new();
        // The first responses may come before the log of changes has been read.
        for limit in 1..50 {
            kept = found(app, limit).await;
            if from_memory(app).await > 0 {
                break;
            }
        }
        assert!(from_memory(app).await > 0, "the quarter was never kept");
        assert_eq!(of(&kept, "P2").len(), 1, "{kept:#?}");
        assert_eq!(of(&kept, "P2")[0]["from"], "2026-09-14");

        let late: Vec<Sold> = silent
            .iter()
            .map(|date| sold_on(products[2], date, 15, 6.0))
            .collect();
        past.sell(&late).await;
        let after = found(app, 60).await;
        assert!(of(&after, "P2").is_empty(), "{after:#?}");
    }
);

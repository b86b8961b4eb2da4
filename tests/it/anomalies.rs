//! Findings: each rule in a shop in which it reports, beside a similar one in which it does not;
//! feedback and thresholds; late entries; the demo shop; and invalid queries.

mod answers;
mod demo;
mod kept;
pub mod past;
mod people;
mod series;
mod things;

use serde_json::json;

use crate::anomalies::past::{now, sold_on};

both_databases!(
    an_empty_shop_reports_that_nothing_could_be_judged,
    now(),
    |app| async {
        let viewer = app.viewer().await;
        let page = viewer.get("/analytics/anomalies").await.expect(200);
        assert_eq!(page["items"], json!([]));
        assert_eq!(page["next_cursor"], json!(null));
        for level in page["coverage"].as_array().unwrap() {
            assert_eq!(level["reason"], "not_enough_data", "{level}");
        }
    }
);

both_databases!(
    an_invalid_period_is_a_problem_or_an_empty_list,
    now(),
    |app| async {
        let past = past::Past::new(app).await;
        let product = past.product("SUCRE", 1_000, 600).await;
        past.sell(&[sold_on(product, "2026-11-19", 10, 1.0)]).await;
        let viewer = app.viewer().await;
        for wrong in [
            "from=2026-02-02&to=2026-02-01",
            "from=1926-01-01&to=2026-01-01",
            "from=yesterday",
            "limit=0",
            "limit=201",
            "kind=odd",
            "colour=red",
        ] {
            viewer
                .get(&format!("/analytics/anomalies?{wrong}"))
                .await
                .expect_problem(400, "request.invalid_query");
        }
        viewer
            .get("/analytics/anomalies?cursor=abc")
            .await
            .expect_problem(400, "request.invalid_cursor");
        let future = viewer
            .get("/analytics/anomalies?from=2027-01-01&to=2027-12-31")
            .await
            .expect(200);
        assert_eq!(future["items"], json!([]));
        assert_eq!(future["coverage"][0]["reason"], "in_the_future");
        let one_sale = viewer
            .get("/analytics/anomalies?from=2007-12-01&to=2026-11-20")
            .await
            .expect(200);
        assert_eq!(one_sale["items"], json!([]));
        assert_eq!(one_sale["coverage"][0]["reason"], "not_enough_data");
        assert_eq!(
            one_sale["coverage"][0]["known"], 1,
            "one product, of which next to nothing is known"
        );
    }
);

//! Feedback on findings: stored with user and time, shown, replaced, and applied to thresholds.

use kernel::Role;
use serde_json::json;

use super::{
    past::{Past, Sold, all, days, now, sold_on},
    series::{of, shop, shop_with_a_silence},
};
use crate::support::app::TestApp;

const LIST: &str = "from=2026-11-01&to=2026-11-20";

/// A shop in which one product sold far too much on one day; returns the path for feedback on that
/// finding, and its id.
async fn one_finding(app: &TestApp) -> (String, String) {
    let past = Past::new(app).await;
    shop(&past, |place, date, units| {
        if place == 1 && date == "2026-11-05" {
            60.0
        } else {
            units
        }
    })
    .await;
    let found = past.found().await;
    let id = of(&found, "P1")[0]["id"].as_str().unwrap().to_owned();
    (format!("/analytics/anomalies/{id}/feedback"), id)
}

both_databases!(
    feedback_is_shown_and_moves_the_threshold,
    now(),
    |app| async {
        let (path, id) = one_finding(app).await;
        let normal = json!({"verdict": "normal", "note": "a wedding"});
        let judged = app.manager().await.post(&path, normal).await.expect(200);
        assert_eq!(judged["state"], "normal");
        assert_eq!(judged["threshold"], json!({"multiple": 1.15, "answers": 1}));
        assert_eq!(judged["feedback"]["note"], "a wedding");
        assert_eq!(
            judged["feedback"]["user_id"],
            json!(app.user(Role::Manager).await)
        );
        assert_eq!(judged["feedback"]["at"], "2026-11-20T10:00:00Z");
        let viewer = app.viewer().await;
        let listed = all(&viewer, &format!("{LIST}&state=normal")).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["id"], json!(id));
        assert_eq!(listed[0]["threshold"]["multiple"], 1.15);
        assert!(of(&all(&viewer, &format!("{LIST}&state=open")).await, "P1").is_empty());
    }
);

both_databases!(
    feedback_is_logged_and_replaced_by_the_next,
    now(),
    |app| async {
        let (path, id) = one_finding(app).await;
        let manager = app.manager().await;
        let normal = json!({"verdict": "normal", "note": "a wedding"});
        manager.post(&path, normal).await.expect(200);
        let owner = app.client(Role::Admin).await;
        let log = async || owner.get("/audit?entity=anomaly").await.expect(200)["items"].clone();
        let items = log().await;
        assert_eq!(items.as_array().map(Vec::len), Some(1), "{items:#}");
        let line = &items[0];
        assert_eq!(line["action"], "anomaly.judge");
        assert_eq!(line["entity_id"], json!(id));
        assert_eq!(line["actor_id"], json!(app.user(Role::Manager).await));
        assert_eq!(line["recorded_at"], "2026-11-20T10:00:00Z");
        assert!(!line["address"].as_str().unwrap().is_empty());
        assert_eq!(line["before"], json!(null));
        assert_eq!(line["after"]["verdict"], "normal");
        assert_eq!(line["after"]["note"], "a wedding");

        let problem = json!({"verdict": "problem"});
        let again = manager.post(&path, problem).await.expect(200);
        assert_eq!(again["state"], "problem");
        let threshold = json!({"multiple": 0.95, "answers": 1});
        assert_eq!(
            again["threshold"], threshold,
            "the second replaces the first"
        );
        assert_eq!(again["feedback"]["note"], json!(null));
        let items = log().await;
        assert_eq!(items.as_array().map(Vec::len), Some(2), "{items:#}");
        assert_eq!(items[0]["before"]["verdict"], "normal");
        assert_eq!(items[0]["after"]["verdict"], "problem");
        let kept = "SELECT COUNT(*) FROM analytics_notes WHERE kind = 'feedback'";
        assert_eq!(app.figure(kept).await, 1);
    }
);

both_databases!(
    feedback_on_a_finding_that_is_not_made_any_more_is_kept,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let dates = days("2026-11-12", "2026-11-16");
        let products = shop_with_a_silence(&past, &dates).await;
        let found = past.found().await;
        let silence = of(&found, "P2")[0];
        let path = format!(
            "/analytics/anomalies/{}/feedback",
            silence["id"].as_str().unwrap()
        );
        let manager = app.manager().await;
        let body = json!({"verdict": "problem", "note": "nobody filled the shelf"});
        manager.post(&path, body).await.expect(200);
        // The sales of those days arrive late: there is no silence any more.
        let late: Vec<Sold> = dates
            .iter()
            .map(|date| sold_on(products[2], date, 15, 6.0))
            .collect();
        past.sell(&late).await;
        let listed = past.found().await;
        let kept = of(&listed, "P2");
        assert_eq!(kept.len(), 1, "{listed:#?}");
        assert_eq!(kept[0]["id"], silence["id"]);
        assert_eq!(kept[0]["kind"], "silence");
        assert_eq!(kept[0]["figures"], silence["figures"], "as it was then");
        assert_eq!(kept[0]["state"], "problem");
        assert_eq!(kept[0]["feedback"]["note"], "nobody filled the shelf");
        // Other feedback on it is accepted as before.
        let body = json!({"verdict": "normal"});
        let again = manager.post(&path, body).await.expect(200);
        assert_eq!(again["state"], "normal");
    }
);

both_databases!(
    the_threshold_is_that_of_the_kind_and_subject_only,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let spikes = ["2026-10-10", "2026-10-20", "2026-10-30"];
        shop(&past, |place, date, units| match (place, date) {
            // Three weddings, and one day just above the usual threshold.
            (1, date) if spikes.contains(&date) => 60.0,
            (1 | 3, "2026-11-10") => 20.0,
            _ => units,
        })
        .await;
        let viewer = app.viewer().await;
        let found = all(&viewer, "from=2026-10-01&to=2026-11-20&kind=spike").await;
        let told_in_november = |found: &[serde_json::Value], sku: &str| {
            of(found, sku).iter().any(|one| one["from"] == "2026-11-10")
        };
        assert!(
            told_in_november(&found, "P1") && told_in_november(&found, "P3"),
            "{found:#?}"
        );
        let manager = app.manager().await;
        for one in of(&found, "P1")
            .iter()
            .filter(|one| spikes.contains(&one["from"].as_str().unwrap()))
        {
            let path = format!(
                "/analytics/anomalies/{}/feedback",
                one["id"].as_str().unwrap()
            );
            manager
                .post(&path, json!({"verdict": "normal"}))
                .await
                .expect(200);
        }
        let after = all(&viewer, "from=2026-10-01&to=2026-11-20&kind=spike").await;
        assert!(!told_in_november(&after, "P1"), "{after:#?}");
        assert!(
            told_in_november(&after, "P3"),
            "another product keeps its threshold"
        );
        assert_eq!(
            of(&after, "P1").len(),
            3,
            "a finding with feedback stays in the list"
        );
    }
);

both_databases!(
    only_findings_can_be_judged_by_those_who_may_and_in_few_words,
    now(),
    |app| async {
        let past = Past::new(app).await;
        shop(&past, |place, date, units| {
            if place == 1 && date == "2026-11-05" {
                60.0
            } else {
                units
            }
        })
        .await;
        let found = past.found().await;
        let id = of(&found, "P1")[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/analytics/anomalies/{id}/feedback");
        let manager = app.manager().await;
        for wrong in [
            "20261105-0000000000000000",
            "20261305-0",
            "nothing",
            "99991231-ffffffffffffffff",
        ] {
            manager
                .post(
                    &format!("/analytics/anomalies/{wrong}/feedback"),
                    json!({"verdict": "normal"}),
                )
                .await
                .expect_problem(404, "resource.not_found");
        }
        manager
            .post(&path, json!({"verdict": "perhaps"}))
            .await
            .expect_problem(422, "request.invalid_body");
        manager
            .post(
                &path,
                json!({"verdict": "normal", "note": "x".repeat(1_001)}),
            )
            .await
            .expect_problem_at(422, "request.validation_failed", "/note");
        for role in [Role::Viewer, Role::Cashier] {
            app.client(role)
                .await
                .post(&path, json!({"verdict": "normal"}))
                .await
                .expect_problem(403, "auth.forbidden");
        }
        app.cashier()
            .await
            .get("/analytics/anomalies")
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

//! Guarantees of one instance.

use kernel::Clock as _;
use reqwest::Method;
use serde_json::json;

use super::{CLOSED, EARLIER, OPEN, both_tiers, figures, sales, sell, until};
use crate::support::shop::Wanted;

both_tiers!(
    a_closed_period_is_computed_once_and_says_how_old_it_is,
    |app| async {
        let viewer = app.viewer().await;
        let first = viewer.get(CLOSED).await;
        first.expect(200);
        assert_eq!(first.header("age"), Some("0"));
        assert_eq!(first.header("cache-control"), Some("private, no-cache"));
        assert_eq!(first.header("content-type"), Some("application/json"));
        assert_eq!(
            first.json()["computed_at"],
            app.clock.now().to_string(),
            "the body says when it was computed"
        );
        app.clock.advance_seconds(3_600);
        let second = app.manager().await.get(CLOSED).await;
        assert_eq!(second.bytes, first.bytes);
        assert_eq!(second.header("etag"), first.header("etag"));
        assert_eq!(second.header("age"), Some("3600"));
        let kpi = figures(app, "kpi").await;
        assert_eq!(
            (&kpi["misses"], &kpi["memory_hits"]),
            (&json!(1), &json!(1))
        );
        app.clock.advance_seconds(24 * 3_600);
        let third = viewer.get(CLOSED).await;
        assert_eq!(third.header("age"), Some("0"), "a day is the longest");
        assert_eq!(figures(app, "kpi").await["stale"], 1);
    }
);

both_tiers!(
    a_client_that_has_the_answer_gets_no_second_copy,
    |app| async {
        let viewer = app.viewer().await;
        let first = viewer.get(CLOSED).await;
        let tag = first.header("etag").unwrap();
        for sent in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}")] {
            let request = viewer.request(Method::GET, CLOSED);
            let again = viewer.send(request.header("if-none-match", sent)).await;
            again.expect(304);
            assert!(again.bytes.is_empty());
            assert_eq!(again.header("etag"), Some(tag));
            assert!(again.header("age").is_some());
        }
        let request = viewer.request(Method::GET, CLOSED);
        let other = viewer.send(request.header("if-none-match", "\"x\"")).await;
        assert_eq!(other.bytes, first.bytes);
    }
);

both_tiers!(
    a_late_sale_shows_at_once_in_its_period_and_leaves_the_others,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let (manager, viewer) = (app.manager().await, app.viewer().await);
        let earlier = viewer.get(EARLIER).await;
        for number in 0..3 {
            assert_eq!(sales(&viewer.get(CLOSED).await), number);
            sell(&manager, product, "2026-11-18T08:00:00Z").await;
            assert_eq!(sales(&viewer.get(CLOSED).await), number + 1);
        }
        let again = viewer.get(EARLIER).await;
        assert_eq!(again.header("etag"), earlier.header("etag"));
        let compared = viewer.get(&format!("{EARLIER}&compare=previous")).await;
        assert_eq!(sales(&compared), 0);
        sell(&manager, product, "2026-11-14T08:00:00Z").await;
        let compared = viewer.get(&format!("{EARLIER}&compare=previous")).await;
        assert_eq!(compared.expect(200)["previous"]["sales"], 1);
    }
);

both_tiers!(
    a_void_of_today_shows_soon_and_a_refund_of_an_old_sale_at_once,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let first = sell(&manager, product, "2026-11-22T08:00:00Z").await;
        let second = sell(&manager, product, "2026-11-19T08:00:00Z").await;
        assert_eq!(sales(&manager.get(OPEN).await), 2);
        assert_eq!(sales(&manager.get(CLOSED).await), 1);
        let id = first["id"].as_str().unwrap();
        let why = json!({"reason": "wrong customer"});
        manager
            .post(&format!("/sales/{id}/void"), why)
            .await
            .expect(200);
        app.clock.advance_seconds(3);
        assert_eq!(sales(&manager.get(OPEN).await), 1);

        // A refund counts on the day on which it is made: today, and tomorrow that is over.
        let today = "/analytics/summary?from=2026-11-22&to=2026-11-22";
        let id = second["id"].as_str().unwrap();
        let line = &second["lines"][0]["id"];
        let refund = json!({"lines": [{"sale_line_id": line, "quantity": 1, "restock": true}], "reason": "too much"});
        manager
            .post(&format!("/sales/{id}/refunds"), refund)
            .await
            .expect(201);
        let refunds = manager.get(today).await.expect(200)["refunds_minor"].clone();
        assert_eq!(refunds, 350_000);
    }
);

both_tiers!(
    a_period_that_is_not_over_is_computed_every_few_seconds,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let (manager, viewer) = (app.manager().await, app.viewer().await);
        assert_eq!(sales(&viewer.get(OPEN).await), 0);
        sell(&manager, product, "2026-11-22T09:00:00Z").await;
        app.clock.advance_seconds(2);
        let kept = viewer.get(OPEN).await;
        assert_eq!((sales(&kept), kept.header("age")), (0, Some("2")));
        app.clock.advance_seconds(1);
        let anew = viewer.get(OPEN).await;
        assert_eq!((sales(&anew), anew.header("age")), (1, Some("0")));
    }
);

both_tiers!(a_crowd_that_asks_at_once_computes_once, |app| async {
    let viewer = app.viewer().await;
    let asking: Vec<_> = (0..40)
        .map(|_| {
            let viewer = viewer.clone();
            tokio::spawn(async move { viewer.get(CLOSED).await })
        })
        .collect();
    let mut tags = std::collections::BTreeSet::new();
    for one in asking {
        let answer = one.await.unwrap();
        answer.expect(200);
        tags.insert(answer.header("etag").unwrap().to_owned());
    }
    assert_eq!(tags.len(), 1);
    let kpi = figures(app, "kpi").await;
    assert_eq!(kpi["misses"], 1, "{kpi}");
    assert_eq!(
        kpi["memory_hits"].as_i64().unwrap() + kpi["shared"].as_i64().unwrap(),
        39
    );
});

both_tiers!(who_may_not_ask_learns_nothing_from_the_cache, |app| async {
    let tag = app.manager().await.get(CLOSED).await;
    let tag = tag.header("etag").unwrap();
    for (client, status) in [(app.cashier().await, 403), (app.anonymous(), 401)] {
        let request = client.request(Method::GET, CLOSED);
        let refused = client.send(request.header("if-none-match", tag)).await;
        refused.expect(status);
        assert_eq!(refused.header("etag"), None);
    }
    assert_eq!(figures(app, "kpi").await["memory_hits"], 0);
});

both_tiers!(another_time_zone_shows_at_once, |app| async {
    let product = app.product(Wanted::default()).await;
    let admin = app.admin().await;
    // Late in the evening of the 19th in Lubumbashi, but not yet in London and the 20th in Tokyo.
    sell(&admin, product, "2026-11-19T21:30:00Z").await;
    assert_eq!(sales(&admin.get(CLOSED).await), 1);
    let far = json!({"time_zone": "Asia/Tokyo"});
    admin.patch("/settings", far).await.expect(200);
    assert_eq!(sales(&admin.get(CLOSED).await), 0);
    let back = json!({"time_zone": "Africa/Lubumbashi"});
    admin.patch("/settings", back).await.expect(200);
    assert_eq!(sales(&admin.get(CLOSED).await), 1);
});

both_tiers!(a_refusal_is_not_kept, |app| async {
    let viewer = app.viewer().await;
    let reversed = "/analytics/summary?from=2026-11-19&to=2026-11-18";
    for _ in 0..2 {
        let refused = viewer.get(reversed).await;
        refused.expect_problem(400, "request.invalid_query");
        assert_eq!(refused.header("etag"), None);
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
    assert_eq!(
        app.admin().await.get("/admin/cache").await.json()["memory"]["entries"],
        0
    );
});

both_tiers!(the_owner_can_look_inside, |app| async {
    let viewer = app.viewer().await;
    viewer.get(CLOSED).await.expect(200);
    viewer.get(CLOSED).await.expect(200);
    let report = app.admin().await.get("/admin/cache").await.expect(200);
    assert_eq!(report["memory"]["entries"], 1, "{report}");
    assert!(report["memory"]["bytes"].as_u64() > Some(300));
    assert_eq!(report["memory"]["max_bytes"], 32 * 1024 * 1024);
    assert!(report["changes"]["age_ms"].is_u64());
    let kpi = figures(app, "kpi").await;
    assert_eq!(kpi["hit_rate"], 0.5, "{kpi}");
    assert_eq!(kpi["closed_ttl_seconds"], 86_400);
    assert_eq!(kpi["open_ttl_seconds"], 3);
    let metrics = app.metrics().await;
    for name in [
        "cache_answers_total{kind=\"kpi\",outcome=\"memory_hit\"}",
        "cache_stale_total",
        "cache_evictions_total",
        "cache_memory_bytes",
    ] {
        assert!(metrics.contains(name), "{name} is missing");
    }
    if report["redis"].is_object() {
        assert_eq!(report["redis"]["breaker"], "closed");
        assert!(metrics.contains("cache_redis_breaker_open"));
        until("the answer is kept in Redis", async || {
            let report = app.admin().await.get("/admin/cache").await.json();
            report["redis"]["kept"] == 1
        })
        .await;
    }
});

both_tiers!(
    a_question_is_one_question_however_it_is_spelled,
    |app| async {
        let viewer = app.viewer().await;
        let first = viewer.get(CLOSED).await;
        first.expect(200);
        for spelling in [
            "/analytics/summary?to=2026-11-19&from=2026-11-18",
            "/analytics/summary?from=2026%2D11%2D18&to=2026-11-19",
            "/analytics/summary?from=2026-11-18&to=2026-11-19&",
        ] {
            assert_eq!(viewer.get(spelling).await.bytes, first.bytes, "{spelling}");
        }
        let compared = format!("{CLOSED}&compare=previous");
        assert_ne!(viewer.get(&compared).await.bytes, first.bytes);
        let kpi = figures(app, "kpi").await;
        assert_eq!(
            (&kpi["misses"], &kpi["memory_hits"]),
            (&json!(2), &json!(3))
        );
        // An absent parameter is the same as its default.
        let breakdown = "/analytics/breakdown?from=2026-11-18&to=2026-11-19&by=product";
        let first = viewer.get(breakdown).await;
        let spelled_out = viewer.get(&format!("{breakdown}&limit=20")).await;
        assert_eq!(spelled_out.bytes, first.bytes);
        assert_eq!(figures(app, "breakdown").await["misses"], 1);
    }
);

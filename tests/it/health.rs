//! Alive, ready, and how it is doing.

use std::collections::BTreeSet;

use kernel::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::app::{Wishes, email_of};

both_databases!(a_new_shop_is_alive_and_ready, |app| async {
    let client = app.anonymous();
    assert_eq!(
        client.get("/health/live").await.expect(200)["status"],
        "live"
    );
    assert_eq!(
        client.get("/health/ready").await.expect(200)["status"],
        "ready"
    );
});

both_databases!(a_server_that_goes_is_alive_but_not_ready, |app| async {
    app.stopper.start_draining();
    let client = app.anonymous();
    client.get("/health/live").await.expect(200);
    assert_eq!(
        client.get("/health/ready").await.expect(503)["status"],
        "draining"
    );
});

both_databases!(metrics_name_the_route_and_never_an_id, |app| async {
    let client = app.anonymous();
    client.get("/health/live").await.expect(200);
    client.get("/nothing/0192f0c1").await.expect(404);
    let text = app.metrics().await;
    assert!(text.contains("http_requests_total"), "{text}");
    assert!(text.contains("route=\"/health/live\""), "{text}");
    assert!(
        text.contains("http_request_duration_seconds_bucket"),
        "{text}"
    );
    assert!(!text.contains("0192f0c1"), "{text}");
});

const TOKEN: &str = "kQ3vXw8sLm1Zr6Tb9Yd4Nf7Hc2Jp5Ga0";

/// A program whose metrics are read with a token.
fn with_token() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__METRICS__TOKEN", TOKEN.to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    the_port_of_the_shop_has_no_metrics_unless_a_token_is_set,
    |app| async {
        for client in [app.anonymous(), app.admin().await] {
            for path in ["/metrics", "/metrics/", "/metrics?a=b"] {
                client
                    .get(path)
                    .await
                    .expect_problem(404, "request.no_such_path");
            }
            client
                .post_empty("/metrics")
                .await
                .expect_problem(404, "request.no_such_path");
        }
        // The listener of the metrics has nothing but them.
        let metrics = app.metrics_client();
        metrics.get("/metrics").await.expect(200);
        for path in ["/health/ready", "/products", "/docs/", "/"] {
            metrics
                .get(path)
                .await
                .expect_problem(404, "request.no_such_path");
        }
        metrics
            .post_empty("/metrics")
            .await
            .expect_problem(405, "request.method_not_allowed");
    }
);

both_databases!(
    with_a_token_the_metrics_are_for_whoever_sends_it,
    with_token(),
    |app| async {
        for client in [app.anonymous(), app.metrics_client()] {
            for wrong in ["", "wrong", &TOKEN[1..], &format!("{TOKEN}0")] {
                let refused = client.with_token(wrong).get("/metrics").await;
                refused.expect_problem(401, "auth.unauthenticated");
                assert!(refused.header("www-authenticate").is_some());
                assert!(!refused.text().contains("http_requests"));
            }
            client
                .get("/metrics")
                .await
                .expect_problem(401, "auth.unauthenticated");
            let answer = client.with_token(TOKEN).get("/metrics").await;
            answer.expect(200);
            assert!(answer.text().contains("http_requests_total"));
        }
        let admin = app.admin().await;
        admin
            .get("/metrics")
            .await
            .expect_problem(401, "auth.unauthenticated");
    }
);

both_databases!(
    the_metrics_do_not_tell_whether_an_address_is_a_user,
    |app| async {
        let disabled = app.another_user(Role::Cashier).await;
        app.write(
            "UPDATE users SET disabled = $1 WHERE id = $2",
            vec![true.into(), disabled.as_uuid().into()],
        )
        .await;
        app.user(Role::Cashier).await;
        let known = format!("{disabled}@shop.test");
        let client = app.anonymous();
        for email in [
            email_of(Role::Cashier),
            known,
            "nobody@shop.test".to_owned(),
        ] {
            let body = json!({"email": email, "password": "not the password"});
            client.post("/auth/login", body).await.expect(401);
        }
        let text = app.metrics().await;
        let words: BTreeSet<_> = text
            .lines()
            .filter(|line| line.starts_with("auth_sign_ins_total"))
            .filter_map(|line| line.split("outcome=\"").nth(1)?.split('"').next())
            .collect();
        assert!(words.contains("refused"), "{words:?}");
        let allowed = BTreeSet::from(["ok", "refused", "refresh_reused"]);
        assert!(words.is_subset(&allowed), "{words:?}");
    }
);

/// A program that does not show its API.
fn without_docs() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SERVER__DOCS", "false".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    the_pages_of_the_api_can_be_switched_off,
    without_docs(),
    |app| async {
        let client = app.anonymous();
        for path in [
            "/docs",
            "/docs/",
            "/docs/index.html",
            "/docs/swagger-ui-bundle.js",
            "/redoc",
            "/redoc/redoc.standalone.js",
            "/api-docs/openapi.json",
        ] {
            client
                .get(path)
                .await
                .expect_problem(404, "request.no_such_path");
            client
                .post_empty(path)
                .await
                .expect_problem(404, "request.no_such_path");
        }
        // The type of a refusal leads to its explanation all the same.
        client.get("/docs/errors").await.expect(200);
        let browser = client
            .request(Method::GET, "/")
            .header("accept", "text/html");
        let page = client.send(browser).await.text();
        // A program with the app shows the app there.
        let is_app = salesflow::webapp::is_built();
        assert!(is_app || page.contains("/health/ready"), "{page}");
        for gone in ["/docs/", "/redoc", "openapi.json"] {
            assert!(!page.contains(gone), "{page}");
        }
    }
);

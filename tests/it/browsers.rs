//! What browsers are told to keep, and what they must not keep.

use reqwest::Method;

use crate::support::app::Wishes;

both_databases!(every_policy_names_what_no_default_covers, |app| async {
    let client = app.anonymous();
    let page = client
        .request(Method::GET, "/")
        .header("accept", "text/html");
    let answers = [
        client.send(page).await,
        client.get("/docs/").await,
        client.get("/docs/errors").await,
        client.get("/redoc").await,
        client.get("/api-docs/openapi.json").await,
        client.get("/health/live").await,
        client.get("/nothing").await,
        client.get("/products").await,
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            // The app loads its own files and sends its own forms; nothing of anybody else's.
            let own = part.replace("'none'", "'self'");
            let of_the_app = salesflow::webapp::is_built() && policy.contains(&own);
            assert!(policy.contains(part) || of_the_app, "{part}: {policy}");
        }
    }
});

both_databases!(the_page_that_tries_the_api_forgets_its_token, |app| async {
    let script = app.anonymous().get("/docs/swagger-initializer.js").await;
    script.expect(200);
    let script = script.text();
    assert!(
        !script.contains("\"persistAuthorization\": true"),
        "{script}"
    );
});

/// The answers to the same request with these headers.
async fn binds_to_tls(app: &crate::support::app::TestApp, sent: &[&str]) -> bool {
    let client = app.anonymous();
    let mut request = client.request(Method::GET, "/health/live");
    for value in sent {
        request = request.header("x-forwarded-proto", *value);
    }
    let answer = client.send(request).await;
    answer.expect(200);
    let header = answer.header("strict-transport-security");
    assert!(
        header.is_none_or(|value| value == "max-age=31536000"),
        "{header:?}"
    );
    header.is_some()
}

fn behind_a_proxy() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SERVER__TRUST_PROXY", "true".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    behind_a_proxy_that_speaks_tls_browsers_are_told_to_stay_with_it,
    behind_a_proxy(),
    |app| async {
        assert!(binds_to_tls(app, &["https"]).await);
        assert!(binds_to_tls(app, &["http, HTTPS"]).await);
        assert!(binds_to_tls(app, &["http", "https"]).await);
        assert!(!binds_to_tls(app, &[]).await);
        assert!(!binds_to_tls(app, &["http"]).await);
        assert!(!binds_to_tls(app, &["https, http"]).await);
    }
);

both_databases!(
    nobody_but_a_trusted_proxy_says_that_it_was_tls,
    |app| async {
        assert!(!binds_to_tls(app, &["https"]).await);
    }
);

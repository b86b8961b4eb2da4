//! What every request meets, whatever it asks: refusals, headers, limits.

use reqwest::Method;

use crate::support::app::Wishes;

both_databases!(
    an_unknown_path_is_a_problem_and_never_a_page_of_the_api,
    |app| async {
        let client = app.anonymous();
        client
            .get("/nothing")
            .await
            .expect_problem(404, "request.no_such_path");
        let browser = client
            .request(Method::GET, "/nothing")
            .header("accept", "text/html");
        client
            .send(browser)
            .await
            .expect_problem(404, "request.no_such_path");
    }
);

both_databases!(
    a_browser_outside_the_api_gets_a_page_and_a_program_a_problem,
    |app| async {
        let client = app.anonymous();
        let browser = client
            .request(Method::GET, "/")
            .header("accept", "text/html,*/*");
        let page = client.send(browser).await;
        page.expect(200);
        assert!(page.text().contains("/docs/"), "{}", page.text());
        client
            .get("/")
            .await
            .expect_problem(404, "request.no_such_path");
    }
);

both_databases!(a_wrong_method_is_told_the_right_ones, |app| async {
    let client = app.anonymous();
    let answer = client.post_empty("/health/live").await;
    answer.expect_problem(405, "request.method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    let unknown = client.request(Method::from_bytes(b"BREW").unwrap(), "/nothing");
    client
        .send(unknown)
        .await
        .expect_problem(404, "request.no_such_path");
});

both_databases!(a_head_is_a_get_without_a_body, |app| async {
    let client = app.anonymous();
    let answer = client
        .send(client.request(Method::HEAD, "/health/live"))
        .await;
    answer.expect(200);
    assert!(answer.bytes.is_empty());
    assert_eq!(answer.header("content-type"), Some("application/json"));
});

both_databases!(
    every_answer_carries_its_name_and_the_guards_of_browsers,
    |app| async {
        let client = app.anonymous();
        for path in ["/health/live", "/nothing", "/docs/", "/redoc"] {
            let answer = client.get(path).await;
            assert_eq!(
                answer.header("x-request-id").map(str::len),
                Some(36),
                "{path}"
            );
            assert_eq!(
                answer.header("x-content-type-options"),
                Some("nosniff"),
                "{path}"
            );
            assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
            assert!(answer.header("content-security-policy").is_some(), "{path}");
        }
    }
);

fn small_bodies() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SERVER__MAX_JSON_BYTES", "1024".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    a_body_that_cannot_be_read_is_refused_by_its_kind,
    small_bodies(),
    |app| async {
        let admin = app.admin().await;
        let json = "application/json";
        admin
            .post_raw("/categories", "text/plain", "{\"name\": \"Boissons\"}")
            .await
            .expect_problem(415, "request.unsupported_media_type");
        for broken in ["", "{", "{\"name\": \"Boissons\"", "nonsense"] {
            admin
                .post_raw("/categories", json, broken)
                .await
                .expect_problem(400, "request.malformed_json");
        }
        admin
            .post_raw("/categories", json, b"{\"name\": \"\xff\"}".to_vec())
            .await
            .expect_problem(400, "request.malformed_json");
        admin
            .post_raw(
                "/categories",
                json,
                format!("{{\"name\": \"{}\"}}", "x".repeat(1100)),
            )
            .await
            .expect_problem(413, "request.body_too_large");
        admin
            .post(
                "/categories",
                serde_json::json!({"name": "Boissons", "colour": "red"}),
            )
            .await
            .expect_problem_at(422, "request.invalid_body", "/colour");
        admin
            .get("/categories?colour=red")
            .await
            .expect_problem(400, "request.invalid_query");
        assert_eq!(app.figure("SELECT COUNT(*) FROM categories").await, 0);
    }
);

both_databases!(
    an_address_of_the_api_tells_its_methods_from_the_document,
    |app| async {
        let answer = app.admin().await.delete("/products").await;
        answer.expect_problem(405, "request.method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    }
);

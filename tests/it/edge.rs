//! What every request meets, whatever it asks: refusals, headers, limits.

use reqwest::Method;

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

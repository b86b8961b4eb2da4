//! What every request meets: refusals, headers, limits.

use reqwest::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::app::{Db, Wishes};

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
        let is_app = salesflow::webapp::is_built();
        assert!(is_app || page.text().contains("/docs/"), "{}", page.text());
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

fn impatient() -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__SERVER__BODY_TIMEOUT_SECONDS", "1".to_owned()),
            ("SALESFLOW__SERVER__REQUEST_TIMEOUT_SECONDS", "2".to_owned()),
        ],
        ..Wishes::default()
    }
}

both_databases!(
    a_body_that_does_not_come_is_not_waited_for,
    impatient(),
    |app| async {
        let admin = app.admin().await;
        let wanted = admin.request(Method::POST, "/categories").build().unwrap();
        let token = wanted.headers()["authorization"].to_str().unwrap();
        let head = format!(
            "POST /api/v1/categories HTTP/1.1\r\nhost: shop\r\nauthorization: {token}\r\n\
             content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"name\":"
        );
        let address = app.address.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let read = connection.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert_eq!(app.figure("SELECT COUNT(*) FROM categories").await, 0);
    }
);

both_databases!(
    a_request_that_waits_too_long_is_given_up_and_changes_nothing,
    impatient(),
    |app| async {
        let admin = app.admin().await;
        let held = app.modules.stores.write.begin().await.unwrap();
        if app.db == Db::Postgres {
            held.execute("LOCK TABLE categories IN ACCESS EXCLUSIVE MODE", [])
                .await
                .unwrap();
        }
        let name = serde_json::json!({"name": "Boissons"});
        admin
            .post("/categories", &name)
            .await
            .expect_problem(408, "request.timeout");
        held.rollback().await;
        assert_eq!(app.figure("SELECT COUNT(*) FROM categories").await, 0);
        admin.post("/categories", &name).await.expect(201);
    }
);

both_databases!(
    headers_that_contradict_themselves_are_refused,
    |app| async {
        let admin = app.admin().await;
        let name = serde_json::json!({"name": "Boissons"});
        for header in [
            "authorization",
            "idempotency-key",
            "if-match",
            "content-type",
        ] {
            let request = admin
                .request(Method::POST, "/categories")
                .json(&name)
                .header(header, "one")
                .header(header, "two");
            admin
                .send(request)
                .await
                .expect_problem_at(400, "request.invalid_header", header);
        }
        let twice = app.admin().await.request(Method::GET, "/categories");
        admin
            .send(twice.header("authorization", "Bearer x"))
            .await
            .expect_problem_at(400, "request.invalid_header", "authorization");
        let upgrade = admin
            .request(Method::POST, "/categories")
            .json(&name)
            .header("connection", "upgrade")
            .header("upgrade", "websocket");
        admin
            .send(upgrade)
            .await
            .expect_problem_at(400, "request.invalid_header", "Upgrade");
        assert_eq!(app.figure("SELECT COUNT(*) FROM categories").await, 0);
    }
);

both_databases!(a_compressed_body_is_read_nowhere, |app| async {
    let admin = app.admin().await;
    let id = uuid::Uuid::now_v7();
    // What gzip makes of nothing.
    let empty = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0".to_vec();
    for (path, content_type) in [
        ("/categories".to_owned(), "application/json"),
        (format!("/imports/{id}/commit"), "application/json"),
        (
            "/imports?kind=products".to_owned(),
            "multipart/form-data; boundary=x",
        ),
    ] {
        let request = admin
            .request(Method::POST, &path)
            .header("content-type", content_type)
            .header("content-encoding", "gzip")
            .body(empty.clone());
        admin
            .send(request)
            .await
            .expect_problem(415, "request.unsupported_media_type");
    }
});

both_databases!(
    an_address_that_looks_like_one_of_a_thing_tells_its_own_methods,
    |app| async {
        let admin = app.admin().await;
        for path in ["/analytics/forecasts/refit"] {
            let answer = admin.get(path).await;
            answer.expect_problem(405, "request.method_not_allowed");
            assert_eq!(answer.header("allow"), Some("POST"), "{path}");
            let answer = admin.delete(path).await;
            answer.expect_problem(405, "request.method_not_allowed");
            assert_eq!(answer.header("allow"), Some("POST"), "{path}");
        }
        let unknown = format!("/analytics/forecasts/{}", uuid::Uuid::now_v7());
        admin
            .get(&unknown)
            .await
            .expect_problem(404, "resource.not_found");
    }
);

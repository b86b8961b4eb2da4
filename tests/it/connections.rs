//! Connections: none stays open unused, no client gets all of them, and what is not HTTP gets a
//! problem like everything else.

use std::time::Duration;

use kernel::Role;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::app::{TestApp, Wishes};

/// Longest wait for what should take a second, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn impatient() -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__SERVER__IDLE_TIMEOUT_SECONDS", "1".to_owned()),
            ("SALESFLOW__SERVER__BODY_TIMEOUT_SECONDS", "2".to_owned()),
        ],
        ..Wishes::default()
    }
}

async fn connect(app: &TestApp) -> TcpStream {
    let address = app.address.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

async fn send(app: &TestApp, text: &str) -> TcpStream {
    let mut connection = connect(app).await;
    connection.write_all(text.as_bytes()).await.unwrap();
    connection
}

/// Everything that comes until the connection is closed.
async fn until_closed(connection: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let reading = connection.read_to_end(&mut received);
    let closed = tokio::time::timeout(PATIENCE, reading).await;
    assert!(closed.is_ok(), "the connection was held open");
    String::from_utf8_lossy(&received).into_owned()
}

/// Head and body of the only answer that comes until the connection is closed.
async fn answer(app: &TestApp, request: &str) -> (String, Value) {
    let text = until_closed(&mut send(app, request).await).await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    assert_eq!(length.unwrap(), body.len().to_string(), "{text}");
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

both_databases!(
    a_request_that_is_never_finished_does_not_hold_its_connection,
    impatient(),
    |app| async {
        let chunked = "transfer-encoding: chunked\r\ncontent-type: application/json\r\n";
        let unfinished = [
            format!("POST /nothing HTTP/1.1\r\nhost: shop\r\n{chunked}\r\n2\r\n{{"),
            format!("POST /api/v1/sales HTTP/1.1\r\nhost: shop\r\n{chunked}\r\n2\r\n{{"),
            format!("POST /api/v1/auth/login HTTP/1.1\r\nhost: shop\r\n{chunked}\r\n2\r\n{{"),
            "POST /nothing HTTP/1.1\r\nhost: shop\r\ncontent-length: 9\r\n\r\n{".to_owned(),
            "GET /health/live HTTP/1.1\r\nhost: shop\r\n".to_owned(),
            // The head that stops is the second one.
            "GET /health/live HTTP/1.1\r\nhost: shop\r\n\r\nGET /health/li".to_owned(),
            String::new(),
        ];
        for request in &unfinished {
            until_closed(&mut send(app, request).await).await;
        }
    }
);

both_databases!(
    what_drips_is_no_request_and_what_is_under_way_is_left_alone,
    impatient(),
    |app| async {
        let request = "POST /nothing HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n";
        let mut dripping = send(app, request).await;
        let dripped = tokio::time::timeout(PATIENCE, async {
            // The other side closes; the next bytes say so.
            while dripping.write_all(b"1\r\nx\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        assert!(dripped.await.is_ok(), "a drip kept the connection open");

        // A question that waits for the database is under way for longer than a connection may idle.
        let admin = app.admin().await;
        let held = app.modules.stores.write.begin().await.unwrap();
        if app.db == crate::support::app::Db::Postgres {
            held.execute("LOCK TABLE categories IN ACCESS EXCLUSIVE MODE", [])
                .await
                .unwrap();
        }
        let waiting = tokio::spawn(async move {
            let name = serde_json::json!({"name": "Boissons"});
            admin.post("/categories", name).await
        });
        tokio::time::sleep(Duration::from_secs(3)).await;
        held.rollback().await;
        waiting.await.unwrap().expect(201);
    }
);

both_databases!(
    whoever_opens_many_connections_keeps_nobody_out,
    Wishes {
        settings: vec![(
            "SALESFLOW__SERVER__CONNECTIONS_PER_ADDRESS",
            "16".to_owned()
        )],
        ..Wishes::default()
    },
    |app| async {
        let unfinished =
            "POST /nothing HTTP/1.1\r\nhost: shop\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{";
        let mut held = Vec::new();
        for _ in 0..60 {
            held.push(send(app, unfinished).await);
        }
        app.anonymous().get("/health/live").await.expect(200);
        // Those that were opened first had to go, long before their time.
        for connection in held.iter_mut().take(40) {
            until_closed(connection).await;
        }
    }
);

both_databases!(what_is_no_http_gets_a_problem, |app| async {
    let long = format!("GET / HTTP/1.1\r\nhost: shop\r\nx: {}", "x".repeat(140_000));
    for (request, status, code) in [
        ("NONSENSE\r\n\r\n", 400, "request.malformed"),
        (
            "GET / HTTP/1.1\r\nhost: shop\r\nbad header\r\n\r\n",
            400,
            "request.malformed",
        ),
        (
            "POST / HTTP/1.1\r\nhost: shop\r\ncontent-length: x\r\n\r\n",
            400,
            "request.malformed",
        ),
        (&*long, 431, "request.head_too_large"),
    ] {
        let (head, body) = answer(app, request).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert!(
            head.contains("content-type: application/problem+json"),
            "{head}"
        );
        assert_eq!(body["code"], code, "{body}");
        let id = body["request_id"].as_str().unwrap();
        assert!(head.contains(&format!("x-request-id: {id}")), "{head}");
    }
});

both_databases!(a_head_that_is_too_slow_is_told_so, |app| async {
    let (head, body) = answer(app, "GET /health/live HTTP/1.1\r\nhost: sh").await;
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert_eq!(body["code"], "request.timeout");
});

both_databases!(
    whoever_is_not_signed_in_is_told_so_before_the_body_comes,
    |app| async {
        let user = app.another_user(Role::Manager).await;
        let client = app.client_of(user, Role::Manager).await;
        let request = client.request(reqwest::Method::GET, "/auth/me").build();
        let token = request.unwrap().headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        client.post_empty("/auth/logout").await.expect(204);
        for authorization in [
            String::new(),
            format!("authorization: {token}\r\n"),
            "authorization: Bearer x\r\n".to_owned(),
        ] {
            // Nine bytes are promised and none is sent.
            let request = format!(
                "POST /api/v1/categories HTTP/1.1\r\nhost: shop\r\n{authorization}\
                 content-type: text/plain\r\ncontent-length: 9\r\n\r\n"
            );
            let (head, _) = answer(app, &request).await;
            assert!(head.starts_with("HTTP/1.1 401 "), "{head}");
        }
    }
);

both_databases!(
    files_that_are_half_sent_take_their_places_and_no_longer_than_their_time,
    impatient(),
    |app| async {
        let manager = app.manager().await;
        let request = manager.request(reqwest::Method::GET, "/auth/me").build();
        let token = request.unwrap().headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let head = |length: u64| {
            format!(
                "POST /api/v1/imports?kind=products HTTP/1.1\r\nhost: shop\r\nauthorization: {token}\r\n\
                 content-type: multipart/form-data; boundary=x\r\ncontent-length: {length}\r\n\r\n"
            )
        };
        let part =
            "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nsku;";
        let mut half_sent = Vec::new();
        for _ in 0..4 {
            half_sent.push(send(app, &format!("{}{part}", head(1_000_000))).await);
        }
        // A fifth of the same user is refused at once, before any of it is kept.
        let refused = async || answer(app, &head(1_000_000)).await;
        let (mut head_of, mut body) = refused().await;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while body["code"] == "request.timeout" && tokio::time::Instant::now() < deadline {
            // The four had not all arrived yet.
            (head_of, body) = refused().await;
        }
        assert!(head_of.starts_with("HTTP/1.1 429 "), "{head_of}");
        assert_eq!(body["code"], "request.too_many_at_once");
        for connection in &mut half_sent {
            let text = until_closed(connection).await;
            assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
        }
        // A file that says how large it is need not be read to be refused.
        let (head_of, body) = answer(app, &head(1 << 40)).await;
        assert!(head_of.starts_with("HTTP/1.1 413 "), "{head_of}");
        assert_eq!(body["code"], "request.body_too_large");
    }
);

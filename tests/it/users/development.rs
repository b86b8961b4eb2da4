//! The development bypass: a front end is tried without signing in, on this machine only.

use actix_web::http::header;
use kernel::{Clock as _, Role};
use reqwest::Method;
use salesflow::app::Application;
use serde_json::json;

use super::path_of;
use crate::support::{
    app::{TestApp, Wishes, email_of},
    http::{Answer, Client},
};

const HEADER: &str = "x-salesflow-development-role";

fn as_manager() -> Vec<(&'static str, String)> {
    vec![
        ("SALESFLOW_PROFILE", "development".to_owned()),
        ("SALESFLOW__SERVER__BIND", "127.0.0.1:0".to_owned()),
        ("SALESFLOW__METRICS__BIND", String::new()),
        ("SALESFLOW__AUTH__DEVELOPMENT_ROLE", "manager".to_owned()),
    ]
}

/// A second program on the same shop, with the bypass.
async fn with_bypass(app: &TestApp) -> TestApp {
    let wishes = Wishes {
        settings: as_manager(),
        now: Some(app.clock.now()),
        ..Wishes::default()
    };
    TestApp::spawn_on(app.database.twin(), wishes).await
}

async fn get_with(client: &Client, name: header::HeaderName, value: &str) -> Answer {
    let request = client.request(Method::GET, "/auth/me");
    client.send(request.header(name.as_str(), value)).await
}

both_databases!(
    without_a_token_a_developer_is_the_first_active_user_of_the_role,
    |app| async {
        let first = app.user(Role::Manager).await;
        app.clock.advance_seconds(1);
        let second = app.another_user(Role::Manager).await;
        let owner = app.admin().await;
        let bypass = with_bypass(app).await;
        let nobody = bypass.anonymous();
        let me = nobody.get("/auth/me").await;
        assert_eq!(me.header(HEADER), Some("manager"));
        assert_eq!(me.expect(200)["email"], email_of(Role::Manager));
        for path in ["/health/live", "/nothing", "/products?limit=0", "/users"] {
            let answer = nobody.get(path).await;
            assert_eq!(answer.header(HEADER), Some("manager"), "{path}");
        }
        let forbidden = nobody.get("/users").await;
        forbidden.expect_problem(403, "auth.forbidden");
        nobody
            .post("/categories", json!({"name": "Boissons"}))
            .await
            .expect(201);
        let log = owner.get("/audit?action=category.create").await.expect(200);
        assert_eq!(log["items"][0]["actor_id"], json!(first));
        // A token is still what it is, and a wrong one is no way in.
        let token = owner.token.clone().unwrap();
        let as_owner = bypass.anonymous().with_token(token);
        as_owner.get("/users").await.expect(200);
        let wrong = bypass.anonymous().with_token("x").get("/auth/me").await;
        wrong.expect_problem(401, "auth.unauthenticated");

        let disabled = json!({"disabled": true});
        let path = path_of(&json!({"id": first}));
        as_owner.patch(&path, &disabled).await.expect(200);
        let me = nobody.get("/auth/me").await.expect(200);
        assert_eq!(me["id"], json!(second));
        let path = path_of(&json!({"id": second}));
        as_owner.patch(&path, &disabled).await.expect(200);
        let none = nobody.get("/auth/me").await;
        none.expect_problem(401, "auth.unauthenticated");
        bypass.finish().await;
        let plain = app.anonymous().get("/auth/me").await;
        assert_eq!(plain.header(HEADER), None);
        plain.expect_problem(401, "auth.unauthenticated");
    }
);

both_databases!(a_page_of_a_stranger_does_not_use_the_bypass, |app| async {
    app.user(Role::Manager).await;
    let bypass = with_bypass(app).await;
    let nobody = bypass.anonymous();
    for (name, value, status) in [
        (header::ORIGIN, "http://localhost:5173", 200),
        (header::ORIGIN, "https://evil.example", 401),
        (header::ORIGIN, "null", 401),
        (header::HOST, "localhost:8080", 200),
        (header::HOST, "evil.example", 401),
        (
            header::HeaderName::from_static("sec-fetch-site"),
            "cross-site",
            401,
        ),
    ] {
        get_with(&nobody, name, value).await.expect(status);
    }
    let request = nobody.request(Method::POST, "/categories");
    let request = request.header("origin", "https://evil.example");
    let posted = nobody
        .send(request.json(&json!({"name": "Boissons"})))
        .await;
    posted.expect_problem(401, "auth.unauthenticated");
    bypass.finish().await;
});

both_databases!(the_bypass_needs_an_active_user_of_its_role, |app| async {
    let settings = app.database.settings(&as_manager());
    let clock = app.clock.clone();
    let refused = Application::build(&settings, clock).await.err();
    let sentence = format!("{:#}", refused.expect("no manager"));
    assert!(
        sentence.contains("auth.development_role") && sentence.contains("user create"),
        "{sentence}"
    );
});

//! The first owner.

use serde_json::{Value, json};

use super::{Device, GOOD, create, try_login};
use crate::support::app::TestApp;

async fn new_token(app: &TestApp) -> Option<String> {
    app.modules.sales.people.ensure_setup_token().await.unwrap()
}

fn owner(token: &str) -> Value {
    json!({"token": token, "email": "Amani@Shop.test", "password": GOOD, "name": "Amani"})
}

both_databases!(
    the_first_owner_comes_in_with_the_printed_token_once,
    |app| async {
        let anonymous = app.anonymous();
        let token = new_token(app).await.unwrap();
        let mut body = owner(&token);
        body["shop_name"] = "Alimentation Amani".into();
        body["currency"] = "USD".into();
        body["time_zone"] = "Africa/Kinshasa".into();
        let answer = anonymous.post("/setup", &body).await;
        let pair = answer.expect(201);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(pair["user"]["role"], "admin");
        assert_eq!(pair["user"]["email"], "amani@shop.test");
        let owner = Device::of(app, &pair).client;
        let settings = owner.get("/settings").await.expect(200);
        assert_eq!(settings["name"], "Alimentation Amani");
        assert_eq!(settings["currency"], "USD");
        assert_eq!(settings["time_zone"], "Africa/Kinshasa");
        try_login(app, "amani@shop.test", GOOD).await.expect(200);
        let again = anonymous.post("/setup", &body).await;
        again.expect_problem(409, "setup.already_done");
        assert_eq!(new_token(app).await, None);
    }
);

both_databases!(of_many_first_owners_at_once_there_is_one, |app| async {
    let token = new_token(app).await.unwrap();
    let anonymous = app.anonymous();
    let attempts = (0..6).map(|n| {
        let mut body = owner(&token);
        body["email"] = format!("owner{n}@shop.test").into();
        let anonymous = anonymous.clone();
        tokio::spawn(async move { anonymous.post("/setup", body).await })
    });
    let mut created = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        let answer = attempt.await.unwrap();
        if answer.status == 201 {
            created += 1;
        } else {
            answer.expect_problem(409, "setup.already_done");
        }
    }
    assert_eq!(created, 1);
    assert_eq!(app.figure("SELECT COUNT(*) FROM users").await, 1);
});

both_databases!(a_wrong_setup_token_creates_nobody, |app| async {
    let anonymous = app.anonymous();
    let refused = anonymous.post("/setup", owner("guess")).await;
    refused.expect_problem_at(401, "auth.invalid_setup_token", "/token");
    let older = new_token(app).await.unwrap();
    let newer = new_token(app).await.unwrap();
    for wrong in ["guess", &older, &newer[1..]] {
        let refused = anonymous.post("/setup", owner(wrong)).await;
        refused.expect_problem_at(401, "auth.invalid_setup_token", "/token");
    }
    assert_eq!(app.figure("SELECT COUNT(*) FROM users").await, 0);
    // What is wrong with the owner leaves the token valid.
    for (field, value, code, pointer) in [
        ("password", "azertyuiop", "password.too_common", "/password"),
        ("email", "amani", "request.validation_failed", "/email"),
        (
            "time_zone",
            "Africa/Goma",
            "request.validation_failed",
            "/time_zone",
        ),
        ("currency", "XXX", "request.invalid_body", "/currency"),
        ("name", "\u{200b}", "request.validation_failed", "/name"),
        ("colour", "green", "request.invalid_body", "/colour"),
    ] {
        let mut body = owner(&newer);
        body[field] = value.into();
        let refused = anonymous.post("/setup", body).await;
        refused.expect_problem_at(422, code, pointer);
    }
    anonymous.post("/setup", owner(&newer)).await.expect(201);
});

both_databases!(an_owner_from_the_command_line_ends_the_setup, |app| async {
    let token = new_token(app).await.unwrap();
    create(&app.admin().await, "furaha@shop.test", "admin").await;
    let refused = app.anonymous().post("/setup", owner(&token)).await;
    refused.expect_problem(409, "setup.already_done");
});

both_databases!(a_setup_that_fails_at_its_end_changes_nothing, |app| async {
    let manager = app.manager().await;
    let product = json!({"sku": "SUCRE", "name": "Sucre", "price_minor": 100});
    manager.post("/products", product).await.expect(201);
    let token = new_token(app).await.unwrap();
    let mut body = owner(&token);
    body["currency"] = "USD".into();
    let refused = app.anonymous().post("/setup", &body).await;
    refused.expect_problem_at(409, "setup.shop_not_empty", "/currency");
    let admins = "SELECT COUNT(*) FROM users WHERE role = 'admin'";
    assert_eq!(app.figure(admins).await, 0);
    app.anonymous()
        .post("/setup", owner(&token))
        .await
        .expect(201);
});

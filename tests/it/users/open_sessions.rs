//! The devices on which a user is signed in, and how long a session lasts.

use kernel::Role;
use serde_json::{Value, json};

use super::{Device, GOOD, create, login, path_of, try_login};
use crate::support::{
    app::{PASSWORD, TestApp, Wishes, email_of},
    http::Client,
};

const DAY: i64 = 24 * 3600;

fn of_ten_days() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__AUTH__SESSION_MAX_DAYS", "10".to_owned())],
        ..Wishes::default()
    }
}

async fn sessions(client: &Client) -> Vec<Value> {
    let page = client.get("/auth/sessions").await.expect(200);
    page["items"].as_array().unwrap().clone()
}

fn session_of(sessions: &[Value]) -> String {
    let current = sessions.iter().find(|session| session["current"] == true);
    format!(
        "/auth/sessions/{}",
        current.unwrap()["id"].as_str().unwrap()
    )
}

async fn two_devices(app: &TestApp) -> (Device, Device) {
    app.user(Role::Cashier).await;
    let email = email_of(Role::Cashier);
    let till = login(app, &email, PASSWORD).await;
    let phone = login(app, &email, PASSWORD).await;
    (till, phone)
}

both_databases!(a_user_sees_and_ends_the_own_sessions_only, |app| async {
    let (till, phone) = two_devices(app).await;
    let stranger = app.manager().await;
    let seen = sessions(&till.client).await;
    assert_eq!(seen.len(), 2);
    let (of_phone, of_till) = (&seen[0], &seen[1]);
    assert_eq!(
        (&of_phone["current"], &of_till["current"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(of_till["address"], "127.0.0.1");
    assert!(of_till["created_at"].as_str() <= of_till["last_used_at"].as_str());
    let path = session_of(&sessions(&phone.client).await);
    let not_theirs = stranger.delete(&path).await;
    not_theirs.expect_problem(404, "resource.not_found");
    phone.expect_alive().await;
    till.client.delete(&path).await.expect(204);
    phone.expect_ended().await;
    till.expect_alive().await;
    assert_eq!(sessions(&till.client).await.len(), 1);
    till.client
        .delete(&path)
        .await
        .expect_problem(404, "resource.not_found");
    let own = session_of(&sessions(&till.client).await);
    till.client.delete(&own).await.expect(204);
    till.expect_ended().await;
    let log = app.admin().await.get("/audit?action=session.end").await;
    let log = log.expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    assert_eq!(log["items"][0]["entity"], "session");
    let nobody = app.anonymous().get("/auth/sessions").await;
    nobody.expect_problem(401, "auth.unauthenticated");
});

both_databases!(a_session_that_ended_or_ran_out_is_not_listed, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let old = login(app, "neema@shop.test", GOOD).await;
    login(app, "neema@shop.test", GOOD).await;
    let left = login(app, "neema@shop.test", GOOD).await;
    left.client.post_empty("/auth/logout").await.expect(204);
    assert_eq!(sessions(&old.client).await.len(), 2);
    app.clock.advance_seconds(20 * DAY);
    let kept = Device::of(app, &old.refresh().await.expect(200));
    app.clock.advance_seconds(11 * DAY);
    let new = login(app, "neema@shop.test", GOOD).await;
    assert_eq!(
        listed(app, "neema@shop.test").await,
        2,
        "the one in use and the new one"
    );
    owner
        .patch(&path_of(&user), json!({"role": "viewer"}))
        .await
        .expect(200);
    kept.refresh().await.expect(401);
    new.refresh().await.expect(401);
    assert_eq!(listed_now(app, "neema@shop.test").await, 1);
});

/// How many sessions a user sees, read below the API, whose tokens follow the real clock.
async fn listed(app: &TestApp, email: &str) -> usize {
    let users = &app.modules.sales.people;
    let sql = "SELECT id FROM users WHERE email = $1";
    let id = app.modules.stores.read.value(sql, [email.into()]).await;
    let caller = platform::access::Caller {
        user_id: id.unwrap().unwrap(),
        role: Role::Cashier,
        session_id: kernel::ids::SessionId::generate(),
    };
    let page = users.own_sessions(caller, None, 50).await.unwrap();
    page.items.len()
}

/// The same with a new session of the user's.
async fn listed_now(app: &TestApp, email: &str) -> usize {
    try_login(app, email, GOOD).await.expect(200);
    listed(app, email).await
}

both_databases!(sessions_come_in_pages, |app| async {
    app.user(Role::Cashier).await;
    let email = email_of(Role::Cashier);
    let mut device = login(app, &email, PASSWORD).await;
    for _ in 0..4 {
        device = login(app, &email, PASSWORD).await;
    }
    let all = sessions(&device.client).await;
    let mut paged = Vec::new();
    let mut path = "/auth/sessions?limit=2".to_owned();
    for expected in [2, 2, 1] {
        let page = device.client.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), expected);
        paged.extend(items.clone());
        let cursor = page["next_cursor"].as_str().unwrap_or_default();
        path = format!("/auth/sessions?limit=2&cursor={cursor}");
    }
    assert_eq!(paged, all);
    let broken = device.client.get("/auth/sessions?cursor=x").await;
    broken.expect_problem(400, "request.invalid_cursor");
});

both_databases!(
    a_session_ends_after_its_days_however_often_it_is_refreshed,
    of_ten_days(),
    |app| async {
        app.user(Role::Cashier).await;
        let email = email_of(Role::Cashier);
        let mut till = login(app, &email, PASSWORD).await;
        for _ in 0..9 {
            app.clock.advance_seconds(DAY);
            till = Device::of(app, &till.refresh().await.expect(200));
        }
        // The last tokens end with the session.
        app.clock.advance_seconds(DAY - 60);
        let pair = till.refresh().await.expect(200);
        assert_eq!(pair["expires_in"], 60);
        till = Device::of(app, &pair);
        app.clock.advance_seconds(60);
        let ended = till.refresh().await;
        ended.expect_problem(401, "auth.session_expired");
        assert_eq!(listed(app, &email).await, 0);
        let again = login(app, &email, PASSWORD).await;
        again.refresh().await.expect(200);
    }
);

both_databases!(names_that_look_alike_are_one_or_refused, |app| async {
    let owner = app.admin().await;
    let body = |email: &str, name: &str| json!({"email": email, "name": name, "role": "cashier", "password": GOOD});
    for name in [
        "Amani\u{200b}",
        "\u{202e}inamA",
        "Ama\u{ad}ni",
        "Amani\u{3164}",
        "Amani\n",
    ] {
        let refused = owner.post("/users", body("a@shop.test", name)).await;
        refused.expect_problem_at(422, "request.validation_failed", "/name");
    }
    for email in [
        "amani@sho\u{200b}p.test",
        "amani@sh\u{43e}p.test",
        "am\u{200d}ani@shop.test",
    ] {
        let refused = owner.post("/users", body(email, "Amani")).await;
        refused.expect_problem_at(422, "request.validation_failed", "/email");
    }
    let made = owner
        .post("/users", body("amani@shop.test", " Amani\u{a0} Bahati "))
        .await;
    let made = made.expect(201);
    assert_eq!(made["name"], "Amani Bahati");
    let refused = owner
        .patch(&path_of(&made), json!({"name": "Amani\u{2066}"}))
        .await;
    refused.expect_problem_at(422, "request.validation_failed", "/name");
    let body = refused.json();
    assert_eq!(body["errors"][0]["code"], "text.invisible_character");
    assert_eq!(body["errors"][0]["character"], "U+2066");
});

both_databases!(
    an_address_from_before_the_rule_signs_in_and_changes_its_password,
    |app| async {
        app.user(Role::Cashier).await;
        app.write("UPDATE users SET email = 'neema@épicerie.test'", vec![])
            .await;
        let device = login(app, "Neema@Épicerie.test", PASSWORD).await;
        let change = json!({"current_password": PASSWORD, "new_password": GOOD});
        device
            .client
            .post("/auth/password", change)
            .await
            .expect(200);
    }
);

//! Coming in, staying in, being thrown out.

use kernel::Role;
use serde_json::json;

use super::{Device, GOOD, create, login, path_of, try_login};
use crate::support::{
    app::{Db, PASSWORD, TestApp, TestDatabase, Wishes, email_of},
    services,
};

both_databases!(a_login_answers_a_pair_and_whose_it_is, |app| async {
    app.user(Role::Cashier).await;
    let answer = try_login(app, " CASHIER@shop.test", PASSWORD).await;
    let pair = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(pair["token_type"], "Bearer");
    assert_eq!(pair["expires_in"], 900);
    assert_eq!(pair["user"]["role"], "cashier");
    let device = Device::of(app, &pair);
    let me = device.client.get("/auth/me").await.expect(200);
    assert_eq!(me, pair["user"]);
    let text = pair.to_string();
    assert!(!text.contains("argon2") && !text.contains("hash"), "{text}");
});

both_databases!(who_may_not_come_in_is_not_told_why, |app| async {
    let owner = app.admin().await;
    app.user(Role::Cashier).await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    owner
        .patch(&path_of(&user), json!({"disabled": true}))
        .await
        .expect(200);
    let mut bodies = Vec::new();
    for (email, password) in [
        ("cashier@shop.test", "not the password"),
        ("nobody@shop.test", PASSWORD),
        ("not an address", PASSWORD),
        ("neema@shop.test", GOOD),
    ] {
        let answer = try_login(app, email, password).await;
        let mut body = answer.expect_problem(401, "auth.wrong_credentials");
        body["request_id"] = "".into();
        bodies.push(body);
    }
    assert!(
        bodies.windows(2).all(|pair| pair[0] == pair[1]),
        "{bodies:?}"
    );
});

both_databases!(a_logout_ends_this_session_and_no_other, |app| async {
    app.user(Role::Cashier).await;
    let email = email_of(Role::Cashier);
    let till = login(app, &email, PASSWORD).await;
    let phone = login(app, &email, PASSWORD).await;
    till.expect_alive().await;
    till.client.post_empty("/auth/logout").await.expect(204);
    till.expect_ended().await;
    phone.expect_alive().await;
    let again = till.client.post_empty("/auth/logout").await;
    again.expect_problem(401, "auth.session_ended");
});

both_databases!(
    a_refresh_token_works_once_and_its_copy_ends_the_family,
    |app| async {
        app.user(Role::Cashier).await;
        let email = email_of(Role::Cashier);
        let first = login(app, &email, PASSWORD).await;
        let other = login(app, &email, PASSWORD).await;
        let second = Device::of(app, &first.refresh().await.expect(200));
        let third = Device::of(app, &second.refresh().await.expect(200));
        assert_ne!(second.refresh_token, third.refresh_token);
        third.expect_alive().await;
        let reused = first.refresh().await;
        reused.expect_problem(401, "auth.invalid_refresh_token");
        third.expect_ended().await;
        other.expect_alive().await;
        for unknown in ["x", &"y".repeat(128)] {
            let body = json!({"refresh_token": unknown});
            let refused = app.anonymous().post("/auth/refresh", body).await;
            refused.expect_problem(401, "auth.invalid_refresh_token");
        }
    }
);

both_databases!(
    of_many_that_show_one_refresh_token_at_once_one_is_first_and_none_stays,
    |app| async {
        app.user(Role::Cashier).await;
        let device = login(app, &email_of(Role::Cashier), PASSWORD).await;
        let body = json!({"refresh_token": device.refresh_token});
        let attempts: Vec<_> = (0..8)
            .map(|_| {
                let (client, body) = (app.anonymous(), body.clone());
                tokio::spawn(async move { client.post("/auth/refresh", body).await })
            })
            .collect();
        let mut pairs = Vec::new();
        for attempt in attempts {
            let answer = attempt.await.unwrap();
            if answer.status == 200 {
                pairs.push(answer.json());
            } else {
                answer.expect_problem(401, "auth.invalid_refresh_token");
            }
        }
        assert_eq!(pairs.len(), 1);
        Device::of(app, &pairs[0]).expect_ended().await;
    }
);

both_databases!(a_refresh_token_runs_out, |app| async {
    app.user(Role::Cashier).await;
    let device = login(app, &email_of(Role::Cashier), PASSWORD).await;
    app.clock.advance_seconds(30 * 24 * 3600);
    let late = device.refresh().await;
    late.expect_problem(401, "auth.invalid_refresh_token");
});

both_databases!(disabling_a_user_is_felt_at_once, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let till = login(app, "neema@shop.test", GOOD).await;
    let phone = login(app, "neema@shop.test", GOOD).await;
    // Both are in the memory of the check.
    till.expect_alive().await;
    phone.expect_alive().await;
    owner
        .patch(&path_of(&user), json!({"disabled": true}))
        .await
        .expect(200);
    till.expect_ended().await;
    phone.expect_ended().await;
    owner
        .patch(&path_of(&user), json!({"disabled": false}))
        .await
        .expect(200);
    till.expect_ended().await;
    login(app, "neema@shop.test", GOOD).await;
});

both_databases!(another_role_is_felt_at_once, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "manager").await;
    let device = login(app, "neema@shop.test", GOOD).await;
    let category = json!({"name": "Boissons"});
    device
        .client
        .post("/categories", &category)
        .await
        .expect(201);
    owner
        .patch(&path_of(&user), json!({"role": "viewer"}))
        .await
        .expect(200);
    device.expect_ended().await;
    let device = login(app, "neema@shop.test", GOOD).await;
    let refused = device.client.post("/categories", &category).await;
    refused.expect_problem(403, "auth.forbidden");
});

both_databases!(
    an_own_new_password_ends_every_session_and_opens_one,
    |app| async {
        app.user(Role::Cashier).await;
        let email = email_of(Role::Cashier);
        let here = login(app, &email, PASSWORD).await;
        let there = login(app, &email, PASSWORD).await;
        there.expect_alive().await;
        let change =
            |current: &str, new: &str| json!({"current_password": current, "new_password": new});
        let wrong = here
            .client
            .post("/auth/password", change("not it", GOOD))
            .await;
        wrong.expect_problem_at(401, "auth.wrong_credentials", "/current_password");
        let weak = here
            .client
            .post("/auth/password", change(PASSWORD, "motdepasse1"))
            .await;
        weak.expect_problem_at(422, "password.too_common", "/new_password");
        there.expect_alive().await;
        let pair = here
            .client
            .post("/auth/password", change(PASSWORD, GOOD))
            .await
            .expect(200);
        here.expect_ended().await;
        there.expect_ended().await;
        let renewed = Device::of(app, &pair);
        renewed.expect_alive().await;
        renewed.refresh().await.expect(200);
        let old = try_login(app, &email, PASSWORD).await;
        old.expect_problem(401, "auth.wrong_credentials");
        login(app, &email, GOOD).await;
    }
);

both_databases!(an_owner_resets_a_password_but_not_the_own, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let device = login(app, "neema@shop.test", GOOD).await;
    device.expect_alive().await;
    let path = format!("{}/password", path_of(&user));
    let own_name = owner.post(&path, json!({"password": "neema2026!"})).await;
    own_name.expect_problem_at(422, "password.too_common", "/password");
    device.expect_alive().await;
    owner
        .post(&path, json!({"password": PASSWORD}))
        .await
        .expect(204);
    device.expect_ended().await;
    let old = try_login(app, "neema@shop.test", GOOD).await;
    old.expect_problem(401, "auth.wrong_credentials");
    login(app, "neema@shop.test", PASSWORD).await;
    let me = owner.get("/auth/me").await.expect(200);
    let own = format!("{}/password", path_of(&me));
    let refused = owner.post(&own, json!({"password": GOOD})).await;
    refused.expect_problem(403, "auth.forbidden");
    let nobody = "/users/0197a5a0-0000-7000-8000-000000000000/password";
    let missing = owner.post(nobody, json!({"password": GOOD})).await;
    missing.expect_problem(404, "resource.not_found");
});

/// `PostgreSQL` only: `SQLite` has neither replicas nor roles.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reading_role_needs_no_right_to_see_users() {
    let test = "the_reading_role_needs_no_right_to_see_users";
    let Some(database) = TestDatabase::migrated(Db::Postgres, test) else {
        return;
    };
    let (before, name) = database.url.rsplit_once('/').unwrap();
    let (_, host) = before.rsplit_once('@').unwrap();
    services::Postgres::shared().query(
        name,
        "CREATE ROLE shop_reader LOGIN;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO shop_reader;
         REVOKE ALL ON users, sessions, refresh_tokens, setup, audit_log FROM shop_reader",
    );
    let read_url = format!("postgres://shop_reader@{host}/{name}");
    let wishes = Wishes {
        settings: vec![("SALESFLOW__DATABASE__READ_URL", read_url)],
        ..Wishes::default()
    };
    let app = TestApp::spawn_on(database, wishes).await;
    let read = &app.modules.stores.read;
    let denied = read.value::<i32>("SELECT 1 FROM users", []).await;
    assert!(denied.is_err(), "the role sees users");
    let token = app.modules.sales.people.ensure_setup_token().await;
    let body = json!({"token": token.unwrap(), "email": "amani@shop.test", "name": "Amani", "password": PASSWORD});
    let pair = app.anonymous().post("/setup", body).await.expect(201);
    let owner = Device::of(&app, &pair).client;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let device = login(&app, "neema@shop.test", GOOD).await;
    device.expect_alive().await;
    owner.get("/users").await.expect(200);
    owner.get("/audit").await.expect(200);
    owner
        .patch(&path_of(&user), json!({"disabled": true}))
        .await
        .expect(200);
    device.expect_ended().await;
    app.finish().await;
}

//! A code of the phone besides the password.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use kernel::{Clock as _, Role, clock::SystemClock};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Device, GOOD, create, login, path_of, try_login};
use crate::support::{
    app::{PASSWORD, TestApp, Wishes, email_of},
    http::{Answer, Client},
};

/// An authenticator app, as RFC 6238 describes it.
struct Phone(Vec<u8>);

impl Phone {
    fn code(&self, app: &TestApp) -> String {
        self.code_in(app, 0)
    }

    /// The code this many half minutes later.
    fn code_in(&self, app: &TestApp, steps: i64) -> String {
        let step = app.clock.now().micros() / 30_000_000 + steps;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let digest = hmac::sign(&key, &step.to_be_bytes());
        let digest = digest.as_ref();
        let at = usize::from(digest[19] & 15);
        let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

async fn begin(device: &Client, password: &str) -> Phone {
    let body = json!({"password": password});
    let made = device.post("/auth/second-factor", body).await.expect(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(made["uri"].as_str().unwrap().contains(secret), "{made}");
    Phone(BASE32_NOPAD.decode(secret.as_bytes()).unwrap())
}

/// Ten minutes ago, so that a token of some minutes later is not one from the future.
fn earlier() -> Wishes {
    Wishes {
        now: Some(SystemClock.now().plus_seconds(-600)),
        ..Wishes::default()
    }
}

/// Turns it on; returns the phone and the recovery codes.
async fn set_up(app: &TestApp, device: &Client, password: &str) -> (Phone, Vec<String>) {
    let phone = begin(device, password).await;
    let body = json!({"otp": phone.code(app)});
    let answer = device.post("/auth/second-factor/confirm", body).await;
    let codes = answer.expect(200)["recovery_codes"].clone();
    (phone, serde_json::from_value(codes).unwrap())
}

async fn login_with(app: &TestApp, email: &str, password: &str, otp: &str) -> Answer {
    let body = json!({"email": email, "password": password, "otp": otp});
    app.anonymous().post("/auth/login", body).await
}

async fn remove(device: &Client, body: Value) -> Answer {
    let request = device.request(Method::DELETE, "/auth/second-factor");
    device.send(request.json(&body)).await
}

async fn cashier(app: &TestApp) -> (String, Device) {
    app.user(Role::Cashier).await;
    let email = email_of(Role::Cashier);
    let device = login(app, &email, PASSWORD).await;
    (email, device)
}

both_databases!(
    a_second_factor_is_asked_for_once_it_is_confirmed,
    earlier(),
    |app| async {
        let (email, device) = cashier(app).await;
        let other = login(app, &email, PASSWORD).await;
        let wrong = json!({"password": "not the password"});
        let refused = device.client.post("/auth/second-factor", wrong).await;
        refused.expect_problem_at(401, "auth.wrong_credentials", "/password");
        let early = json!({"otp": "123456"});
        let early = device
            .client
            .post("/auth/second-factor/confirm", early)
            .await;
        early.expect_problem(409, "auth.second_factor_not_begun");
        let phone = begin(&device.client, PASSWORD).await;
        // Begun is not on.
        login(app, &email, PASSWORD).await;
        let wrong = json!({"otp": phone.code_in(app, 9)});
        let wrong = device
            .client
            .post("/auth/second-factor/confirm", wrong)
            .await;
        wrong.expect_problem_at(401, "auth.wrong_second_factor", "/otp");
        let right = json!({"otp": phone.code(app)});
        let codes = device
            .client
            .post("/auth/second-factor/confirm", right)
            .await;
        let codes = codes.expect(200)["recovery_codes"].clone();
        assert_eq!(codes.as_array().unwrap().len(), 10);
        device.expect_alive().await;
        other.expect_ended().await;
        let state = device.client.get("/auth/second-factor").await.expect(200);
        assert_eq!(
            state,
            json!({"enabled": true, "required": false, "recovery_codes_left": 10})
        );
        let me = device.client.get("/auth/me").await.expect(200);
        assert_eq!(me["second_factor"], true);

        app.clock.advance_seconds(60);
        let missing = try_login(app, &email, PASSWORD).await;
        missing.expect_problem(401, "auth.second_factor_required");
        let unknown = try_login(app, &email, "not the password").await;
        unknown.expect_problem(401, "auth.wrong_credentials");
        let code = phone.code(app);
        let unknown = login_with(app, &email, "not the password", &code).await;
        unknown.expect_problem(401, "auth.wrong_credentials");
        let typed = format!(" {} {}", &code[..3], &code[3..]);
        let pair = login_with(app, &email, PASSWORD, &typed).await.expect(200);
        Device::of(app, &pair).expect_alive().await;
        let twice = device
            .client
            .post("/auth/second-factor", json!({"password": PASSWORD}))
            .await;
        twice.expect_problem(409, "auth.second_factor_exists");
    }
);

both_databases!(a_code_is_taken_once, |app| async {
    let (email, device) = cashier(app).await;
    let (phone, _) = set_up(app, &device.client, PASSWORD).await;
    let confirmed_with = login_with(app, &email, PASSWORD, &phone.code(app)).await;
    confirmed_with.expect_problem_at(401, "auth.wrong_second_factor", "/otp");
    app.clock.advance_seconds(30);
    let code = phone.code(app);
    // Of many that send the same code at once, one comes in.
    let attempts: Vec<_> = (0..4)
        .map(|_| {
            let (client, email, code) = (app.anonymous(), email.clone(), code.clone());
            tokio::spawn(async move {
                let body = json!({"email": email, "password": PASSWORD, "otp": code});
                client.post("/auth/login", body).await
            })
        })
        .collect();
    let mut let_in = 0;
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        if answer.status == 200 {
            let_in += 1;
        } else {
            answer.expect_problem(401, "auth.wrong_second_factor");
        }
    }
    assert_eq!(let_in, 1);
    app.clock.advance_seconds(300);
    for (steps, status) in [(-2, 401), (-1, 200), (0, 200), (1, 200), (1, 401)] {
        let answer = login_with(app, &email, PASSWORD, &phone.code_in(app, steps)).await;
        answer.expect(status);
    }
    // None that is older than the newest one.
    let older = login_with(app, &email, PASSWORD, &phone.code(app)).await;
    older.expect_problem(401, "auth.wrong_second_factor");
});

both_databases!(
    a_recovery_code_works_once_and_is_written_down,
    |app| async {
        let (email, device) = cashier(app).await;
        let (_, codes) = set_up(app, &device.client, PASSWORD).await;
        let typed = codes[3].to_lowercase().replace('-', " ");
        login_with(app, &email, PASSWORD, &typed).await.expect(200);
        let again = login_with(app, &email, PASSWORD, &codes[3]).await;
        again.expect_problem(401, "auth.wrong_second_factor");
        login_with(app, &email, PASSWORD, &codes[4])
            .await
            .expect(200);
        let state = device.client.get("/auth/second-factor").await.expect(200);
        assert_eq!(state["recovery_codes_left"], 8);
        let log = app
            .admin()
            .await
            .get("/audit?action=user.recovery_code_use")
            .await;
        assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 2);
        let stored = app
            .figure("SELECT COUNT(*) FROM recovery_codes WHERE LENGTH(mark) = 43")
            .await;
        assert_eq!(stored, 10);
    }
);

async fn renew(device: &Client, password: &str, otp: &str) -> Answer {
    let body = json!({"password": password, "otp": otp});
    device
        .post("/auth/second-factor/recovery-codes", body)
        .await
}

both_databases!(
    new_recovery_codes_take_the_place_of_the_old_ones,
    earlier(),
    |app| async {
        let (email, device) = cashier(app).await;
        let none = renew(&device.client, PASSWORD, "123456").await;
        none.expect_problem(404, "resource.not_found");
        let (phone, old) = set_up(app, &device.client, PASSWORD).await;
        login_with(app, &email, PASSWORD, &old[0]).await.expect(200);
        app.clock.advance_seconds(60);
        let wrong = renew(&device.client, "not the password", &phone.code(app)).await;
        wrong.expect_problem_at(401, "auth.wrong_credentials", "/password");
        let wrong = renew(&device.client, PASSWORD, &phone.code_in(app, 9)).await;
        wrong.expect_problem_at(401, "auth.wrong_second_factor", "/otp");
        let recovery = renew(&device.client, PASSWORD, &old[1]).await;
        recovery.expect_problem_at(401, "auth.wrong_second_factor", "/otp");
        // The refused code still works elsewhere: nothing was changed.
        login_with(app, &email, PASSWORD, &old[1]).await.expect(200);

        let code = phone.code(app);
        let renewed = renew(&device.client, PASSWORD, &code).await.expect(200);
        let new: Vec<String> = serde_json::from_value(renewed["recovery_codes"].clone()).unwrap();
        assert_eq!(new.len(), 10);
        assert!(new.iter().all(|code| !old.contains(code)));
        device.expect_alive().await;
        let state = device.client.get("/auth/second-factor").await.expect(200);
        assert_eq!(state["recovery_codes_left"], 10);
        let again = renew(&device.client, PASSWORD, &code).await;
        again.expect_problem_at(401, "auth.wrong_second_factor", "/otp");
        let stopped = login_with(app, &email, PASSWORD, &old[2]).await;
        stopped.expect_problem(401, "auth.wrong_second_factor");
        login_with(app, &email, PASSWORD, &new[0]).await.expect(200);
        let owner = app.admin().await;
        let log = owner.get("/audit?action=user.recovery_codes_renew").await;
        assert_eq!(log.expect(200)["items"].as_array().unwrap().len(), 1);
        let log = owner.get("/audit?limit=200").await.text();
        assert!(!new.iter().any(|code| log.contains(code)), "{log}");
        let refused = owner.get("/audit?action=user.second_factor_refused").await;
        assert_eq!(refused.expect(200)["items"].as_array().unwrap().len(), 4);
    }
);

both_databases!(codes_cannot_be_tried_without_end, |app| async {
    let (email, device) = cashier(app).await;
    let (phone, _) = set_up(app, &device.client, PASSWORD).await;
    app.clock.advance_seconds(60);
    for _ in 0..5 {
        let wrong = login_with(app, &email, PASSWORD, &phone.code_in(app, 5)).await;
        wrong.expect_problem(401, "auth.wrong_second_factor");
        // The right password alone, and a new password, forgive nothing.
        let half = try_login(app, &email, PASSWORD).await;
        assert!(
            [401, 429].contains(&half.status.as_u16()),
            "{}",
            half.text()
        );
    }
    let refused = login_with(app, &email, PASSWORD, &phone.code(app)).await;
    refused.expect_problem(429, "auth.too_many_attempts");
    app.clock.advance_seconds(5);
    // Half a sign-in starts no new wait for the other half.
    let half = try_login(app, &email, PASSWORD).await;
    half.expect_problem(401, "auth.second_factor_required");
    login_with(app, &email, PASSWORD, &phone.code(app))
        .await
        .expect(200);
    let log = app
        .admin()
        .await
        .get("/audit?action=user.login_refused")
        .await;
    let log = log.expect(200);
    assert_eq!(log["items"][0]["after"]["reason"], "wrong_second_factor");
});

both_databases!(
    a_second_factor_is_removed_with_both,
    earlier(),
    |app| async {
        let (email, device) = cashier(app).await;
        let (phone, codes) = set_up(app, &device.client, PASSWORD).await;
        app.clock.advance_seconds(60);
        let other = Device::of(
            app,
            &login_with(app, &email, PASSWORD, &codes[0])
                .await
                .expect(200),
        );
        let missing = remove(&device.client, json!({"password": PASSWORD})).await;
        missing.expect_problem_at(401, "auth.second_factor_required", "/otp");
        let wrong = json!({"password": "not the password", "otp": phone.code(app)});
        let wrong = remove(&device.client, wrong).await;
        wrong.expect_problem_at(401, "auth.wrong_credentials", "/password");
        let wrong = json!({"password": PASSWORD, "otp": codes[0]});
        let wrong = remove(&device.client, wrong).await;
        wrong.expect_problem_at(401, "auth.wrong_second_factor", "/otp");
        let right = json!({"password": PASSWORD, "otp": phone.code(app)});
        remove(&device.client, right.clone()).await.expect(204);
        device.expect_alive().await;
        other.expect_ended().await;
        login(app, &email, PASSWORD).await;
        let none = remove(&device.client, right).await;
        none.expect_problem(404, "resource.not_found");
        assert_eq!(app.figure("SELECT COUNT(*) FROM recovery_codes").await, 0);
        set_up(app, &device.client, PASSWORD).await;
    }
);

both_databases!(an_owner_helps_who_lost_the_phone, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let path = format!("{}/second-factor", path_of(&user));
    owner
        .delete(&path)
        .await
        .expect_problem(404, "resource.not_found");
    let device = login(app, "neema@shop.test", GOOD).await;
    set_up(app, &device.client, GOOD).await;
    let seen = owner.get(&path_of(&user)).await.expect(200);
    assert_eq!(seen["second_factor"], true);
    let manager = app.manager().await.delete(&path).await;
    manager.expect_problem(403, "auth.forbidden");
    owner.delete(&path).await.expect(204);
    device.expect_ended().await;
    login(app, "neema@shop.test", GOOD).await;
    let me = owner.get("/auth/me").await.expect(200);
    let own = owner
        .delete(&format!("{}/second-factor", path_of(&me)))
        .await;
    own.expect_problem(403, "auth.forbidden");
    let id = user["id"].as_str().unwrap();
    let log = owner
        .get(&format!("/audit?entity=user&entity_id={id}"))
        .await;
    let log = log.expect(200);
    let deeds: Vec<_> = log["items"].as_array().unwrap().iter().rev().collect();
    let actions: Vec<_> = deeds
        .iter()
        .map(|deed| deed["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "user.create",
            "user.login",
            "user.second_factor_begin",
            "user.second_factor_add",
            "user.second_factor_remove",
            "user.login"
        ]
    );
    assert_eq!(deeds[4]["actor_id"], me["id"]);
    assert_eq!(deeds[4]["before"]["second_factor"], true);
    assert_eq!(deeds[4]["after"]["second_factor"], false);
});

fn required() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__AUTH__SECOND_FACTOR_REQUIRED", "true".to_owned())],
        ..earlier()
    }
}

both_databases!(
    where_it_is_required_an_owner_without_one_only_sets_it_up,
    required(),
    |app| async {
        for role in [Role::Admin, Role::Manager] {
            app.user(role).await;
            let device = login(app, &email_of(role), PASSWORD).await;
            for path in [
                "/products",
                "/settings",
                "/analytics/summary?from=2026-01-01&to=2026-01-02",
            ] {
                let refused = device.client.get(path).await;
                refused.expect_problem(403, "auth.second_factor_missing");
            }
            let state = device.client.get("/auth/second-factor").await.expect(200);
            assert_eq!(
                (&state["required"], &state["enabled"]),
                (&json!(true), &json!(false))
            );
            let (phone, _) = set_up(app, &device.client, PASSWORD).await;
            device.client.get("/products").await.expect(200);
            app.clock.advance_seconds(30);
            let off = json!({"password": PASSWORD, "otp": phone.code(app)});
            remove(&device.client, off).await.expect(204);
            let refused = device.client.get("/products").await;
            refused.expect_problem(403, "auth.second_factor_missing");
        }
        for role in [Role::Cashier, Role::Viewer] {
            app.client(role).await.get("/products").await.expect(200);
        }
    }
);

both_databases!(
    a_secret_is_stored_encrypted_and_a_stale_one_is_not_confirmed,
    |app| async {
        let (email, device) = cashier(app).await;
        let phone = begin(&device.client, PASSWORD).await;
        app.clock.advance_seconds(30 * 60);
        let late = json!({"otp": phone.code(app)});
        let late = device
            .client
            .post("/auth/second-factor/confirm", late)
            .await;
        late.expect_problem(409, "auth.second_factor_not_begun");
        let (phone, _) = set_up(app, &device.client, PASSWORD).await;
        let sealed = app.modules.stores.read.value(
            "SELECT second_factor FROM users WHERE email = $1",
            [email.into()],
        );
        let sealed: String = sealed.await.unwrap().unwrap();
        let base32 = BASE32_NOPAD.encode(&phone.0);
        // Nonce, secret and tag, in base64.
        assert_eq!(sealed.len(), 64);
        assert!(!sealed.contains(&base32));
        let log = app.admin().await.get("/audit?limit=200").await.text();
        assert!(!log.contains(&base32) && !log.contains(&sealed), "{log}");
    }
);

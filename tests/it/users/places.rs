//! Who has signed in from an address before keeps the way in while others there guess.

use kernel::{Clock as _, Role};
use reqwest::Method;
use serde_json::json;

use super::{Device, GOOD, create};
use crate::support::{
    app::{PASSWORD, TestApp, Wishes, email_of},
    http::Answer,
};

const DAY: i64 = 24 * 3600;
/// The shop's line to the Internet.
const SHOP: &str = "198.51.100.7";
/// Somebody at home.
const HOME: &str = "203.0.113.9";

fn behind_a_proxy() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SERVER__TRUST_PROXY", "true".to_owned())],
        ..Wishes::default()
    }
}

async fn try_from(app: &TestApp, address: &str, email: &str, password: &str) -> Answer {
    let client = app.anonymous();
    let request = client.request(Method::POST, "/auth/login");
    let body = json!({"email": email, "password": password});
    client
        .send(request.header("x-forwarded-for", address).json(&body))
        .await
}

async fn guess_until_the_address_waits(app: &TestApp, address: &str) {
    for n in 0..20 {
        let answer = try_from(app, address, &format!("guess{n}@shop.test"), "anything").await;
        answer.expect_problem(401, "auth.wrong_credentials");
    }
    let refused = try_from(app, address, "one.more@shop.test", "anything").await;
    refused.expect_problem(429, "auth.too_many_attempts");
}

both_databases!(
    a_till_signs_in_while_another_behind_the_same_address_guesses,
    behind_a_proxy(),
    |app| async {
        app.user(Role::Cashier).await;
        app.user(Role::Manager).await;
        let till = email_of(Role::Cashier);
        try_from(app, SHOP, &till, PASSWORD).await.expect(200);
        guess_until_the_address_waits(app, SHOP).await;
        try_from(app, SHOP, &till, PASSWORD).await.expect(200);
        let wrong = try_from(app, SHOP, &till, "mistyped").await;
        wrong.expect_problem(401, "auth.wrong_credentials");
        // Who was never here waits, and so does the till's user elsewhere.
        let new = try_from(app, SHOP, &email_of(Role::Manager), PASSWORD).await;
        new.expect_problem(429, "auth.too_many_attempts");
        guess_until_the_address_waits(app, HOME).await;
        let elsewhere = try_from(app, HOME, &till, PASSWORD).await;
        elsewhere.expect_problem(429, "auth.too_many_attempts");
    }
);

both_databases!(
    an_account_waits_for_its_own_failures_at_a_known_place_too,
    behind_a_proxy(),
    |app| async {
        app.user(Role::Cashier).await;
        let till = email_of(Role::Cashier);
        try_from(app, SHOP, &till, PASSWORD).await.expect(200);
        for _ in 0..5 {
            let wrong = try_from(app, SHOP, &till, "mistyped").await;
            wrong.expect_problem(401, "auth.wrong_credentials");
        }
        let refused = try_from(app, SHOP, &till, PASSWORD).await;
        refused.expect_problem(429, "auth.too_many_attempts");
        assert_eq!(refused.header("retry-after"), Some("5"));
    }
);

const FIRST_SECRET: &str = "first-secret-for-tests-only-0123456789";

fn with_secret(name: &str, secret: &str, older: &str) -> Wishes {
    let mut wishes = behind_a_proxy();
    wishes.settings.extend([
        ("SALESFLOW__AUTH__KEY_ID", name.to_owned()),
        ("SALESFLOW__AUTH__JWT_SECRET", secret.to_owned()),
        ("SALESFLOW__AUTH__OLDER_KEYS", older.to_owned()),
    ]);
    wishes
}

both_databases!(
    another_instance_knows_the_place_also_under_a_new_secret,
    with_secret("first", FIRST_SECRET, ""),
    |app| async {
        app.user(Role::Cashier).await;
        let till = email_of(Role::Cashier);
        try_from(app, SHOP, &till, PASSWORD).await.expect(200);
        let older = format!("first:{FIRST_SECRET}");
        let mut wishes = with_secret("next", "next-secret-for-tests-only-9876543210", &older);
        wishes.now = Some(app.clock.now());
        let other = TestApp::spawn_on(app.database.twin(), wishes).await;
        guess_until_the_address_waits(&other, SHOP).await;
        try_from(&other, SHOP, &till, PASSWORD).await.expect(200);
        other.finish().await;
    }
);

both_databases!(
    a_place_is_forgotten_after_ninety_days_without_use,
    behind_a_proxy(),
    |app| async {
        let owner = app.admin().await;
        create(&owner, "neema@shop.test", "cashier").await;
        let pair = try_from(app, SHOP, "neema@shop.test", GOOD)
            .await
            .expect(200);
        // A device that stays signed in keeps its place.
        let mut device = Device::of(app, &pair);
        for _ in 0..3 {
            app.clock.advance_seconds(25 * DAY);
            let body = json!({"refresh_token": device.refresh_token});
            let request = device.client.request(Method::POST, "/auth/refresh");
            let request = request.header("x-forwarded-for", SHOP).json(&body);
            device = Device::of(app, &device.client.send(request).await.expect(200));
        }
        app.clock.advance_seconds(89 * DAY);
        guess_until_the_address_waits(app, SHOP).await;
        try_from(app, SHOP, "neema@shop.test", GOOD)
            .await
            .expect(200);
        app.clock.advance_seconds(90 * DAY);
        guess_until_the_address_waits(app, SHOP).await;
        let forgotten = try_from(app, SHOP, "neema@shop.test", GOOD).await;
        forgotten.expect_problem(429, "auth.too_many_attempts");
        app.modules.sales.people.forget_old().await.unwrap();
        let left = app.figure("SELECT COUNT(*) FROM known_places").await;
        assert_eq!(left, 0);
    }
);

both_databases!(
    an_account_has_a_hundred_places_and_none_is_readable,
    behind_a_proxy(),
    |app| async {
        app.user(Role::Cashier).await;
        let till = email_of(Role::Cashier);
        for n in 0..103 {
            let address = format!("192.0.2.{n}");
            try_from(app, &address, &till, PASSWORD).await.expect(200);
            app.clock.advance_seconds(1);
        }
        let kept = app.figure("SELECT COUNT(*) FROM known_places").await;
        assert_eq!(kept, 100);
        let readable = "SELECT COUNT(*) FROM known_places WHERE mark LIKE '%192.0.2%' OR mark LIKE '%cashier%' OR LENGTH(mark) <> 43";
        assert_eq!(app.figure(readable).await, 0);
        guess_until_the_address_waits(app, "192.0.2.2").await;
        let oldest = try_from(app, "192.0.2.2", &till, PASSWORD).await;
        oldest.expect_problem(429, "auth.too_many_attempts");
    }
);

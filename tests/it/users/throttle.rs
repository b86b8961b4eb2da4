//! Who guesses is slowed down.

use kernel::Role;
use serde_json::json;

use super::{GOOD, create, login, try_login};
use crate::support::app::{PASSWORD, Wishes, email_of};

fn unlimited() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__RATE_LIMIT__ENABLED", "false".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(an_account_waits_after_five_failures, |app| async {
    app.user(Role::Cashier).await;
    app.user(Role::Manager).await;
    let email = email_of(Role::Cashier);
    for _ in 0..5 {
        let wrong = try_login(app, &email, "not the password").await;
        let problem = wrong.expect_problem(401, "auth.wrong_credentials");
        assert!(problem.get("retry_after_seconds").is_none());
    }
    let right_too = try_login(app, &email, PASSWORD).await;
    let problem = right_too.expect_problem(429, "auth.too_many_attempts");
    assert_eq!(right_too.header("retry-after"), Some("5"));
    assert_eq!(problem["retry_after_seconds"], 5);
    login(app, &email_of(Role::Manager), PASSWORD).await;
    app.clock.advance_seconds(5);
    let wrong = try_login(app, &email.to_uppercase(), "not the password").await;
    wrong.expect_problem(401, "auth.wrong_credentials");
    let longer = try_login(app, &email, PASSWORD).await;
    assert_eq!(longer.header("retry-after"), Some("10"));
    app.clock.advance_seconds(10);
    login(app, &email, PASSWORD).await;
    let forgotten = try_login(app, &email, "not the password").await;
    forgotten.expect_problem(401, "auth.wrong_credentials");
});

both_databases!(an_unknown_account_waits_like_a_known_one, |app| async {
    for _ in 0..5 {
        try_login(app, "nobody@shop.test", "anything")
            .await
            .expect(401);
    }
    let refused = try_login(app, "nobody@shop.test", "anything").await;
    refused.expect_problem(429, "auth.too_many_attempts");
});

both_databases!(an_address_waits_after_twenty_failures, |app| async {
    app.user(Role::Cashier).await;
    for n in 0..20 {
        let answer = try_login(app, &format!("guess{n}@shop.test"), "anything").await;
        answer.expect_problem(401, "auth.wrong_credentials");
    }
    let refused = try_login(app, &email_of(Role::Cashier), PASSWORD).await;
    refused.expect_problem(429, "auth.too_many_attempts");
    assert_eq!(refused.header("retry-after"), Some("60"));
    app.clock.advance_seconds(60);
    login(app, &email_of(Role::Cashier), PASSWORD).await;
});

both_databases!(
    a_stolen_session_cannot_guess_the_password_either,
    |app| async {
        create(&app.admin().await, "neema@shop.test", "cashier").await;
        let device = login(app, "neema@shop.test", GOOD).await;
        let guess = json!({"current_password": "a guess", "new_password": PASSWORD});
        for _ in 0..5 {
            let wrong = device.client.post("/auth/password", &guess).await;
            wrong.expect_problem(401, "auth.wrong_credentials");
        }
        let refused = device.client.post("/auth/password", &guess).await;
        refused.expect_problem(429, "auth.too_many_attempts");
        device.expect_alive().await;
    }
);

both_databases!(the_throttle_can_be_switched_off, unlimited(), |app| async {
    app.user(Role::Cashier).await;
    for _ in 0..25 {
        let wrong = try_login(app, &email_of(Role::Cashier), "not the password").await;
        wrong.expect_problem(401, "auth.wrong_credentials");
    }
    login(app, &email_of(Role::Cashier), PASSWORD).await;
});

//! Users and access: the first owner, sessions, accounts, the throttle, the audit log.

mod accounts;
mod audit;
mod development;
mod open_sessions;
mod places;
mod second_factor;
mod sessions;
mod setup;
mod throttle;

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::{Answer, Client},
};

/// A password that is always accepted.
const GOOD: &str = "huit avocats verts";

/// Tries to sign in.
async fn try_login(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.anonymous().post("/auth/login", body).await
}

/// Signs in, as a device of its own.
async fn login(app: &TestApp, email: &str, password: &str) -> Device {
    Device::of(app, &try_login(app, email, password).await.expect(200))
}

/// A signed-in device.
struct Device {
    client: Client,
    refresh_token: String,
}

impl Device {
    fn of(app: &TestApp, pair: &Value) -> Self {
        let token = pair["access_token"].as_str().unwrap();
        Self {
            client: app.anonymous().with_token(token),
            refresh_token: pair["refresh_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn refresh(&self) -> Answer {
        let body = json!({"refresh_token": self.refresh_token});
        self.client.post("/auth/refresh", body).await
    }

    /// Both of its tokens are dead.
    async fn expect_ended(&self) {
        let me = self.client.get("/auth/me").await;
        me.expect_problem(401, "auth.session_ended");
        assert!(me.header("www-authenticate").is_some());
        let refresh = self.refresh().await;
        refresh.expect_problem(401, "auth.invalid_refresh_token");
    }

    async fn expect_alive(&self) {
        self.client.get("/auth/me").await.expect(200);
    }
}

/// A user created by the owner; returns the user.
async fn create(owner: &Client, email: &str, role: &str) -> Value {
    let body = json!({"email": email, "name": email, "role": role, "password": GOOD});
    owner.post("/users", body).await.expect(201)
}

fn path_of(user: &Value) -> String {
    format!("/users/{}", user["id"].as_str().unwrap())
}

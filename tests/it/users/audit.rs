//! Who did what, when, from where.

use kernel::{Role, Timestamp};
use serde_json::{Value, json};

use super::{GOOD, create, login, path_of, try_login};
use crate::support::{
    app::{PASSWORD, Wishes, email_of},
    http::Client,
};

async fn actions(owner: &Client, query: &str) -> Vec<String> {
    let page = owner.get(&format!("/audit?{query}")).await.expect(200);
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

/// The deeds in entries of the log and who did them, the earliest first.
fn deeds_of(entries: &[Value]) -> Vec<(&str, &Value)> {
    let entries = entries.iter().rev();
    entries
        .map(|entry| (entry["action"].as_str().unwrap(), &entry["actor_id"]))
        .collect()
}

fn no_secret_in(log: &str) {
    for secret in [
        GOOD,
        PASSWORD,
        "not the password",
        "argon2",
        "password_hash",
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

both_databases!(every_deed_is_written_down_without_secrets, |app| async {
    let owner = app.admin().await;
    let me = owner.get("/auth/me").await.expect(200);
    let user = create(&owner, "neema@shop.test", "cashier").await;
    try_login(app, "neema@shop.test", "not the password")
        .await
        .expect(401);
    let device = login(app, "neema@shop.test", GOOD).await;
    let change = |current| json!({"current_password": current, "new_password": PASSWORD});
    for (current, status) in [("not the password", 401), (GOOD, 200)] {
        let answer = device.client.post("/auth/password", change(current)).await;
        answer.expect(status);
    }
    owner
        .patch(&path_of(&user), json!({"role": "viewer", "name": "Neema"}))
        .await
        .expect(200);
    let reset = json!({"password": GOOD});
    owner
        .post(&format!("{}/password", path_of(&user)), reset)
        .await
        .expect(204);
    let device = login(app, "neema@shop.test", GOOD).await;
    device.client.post_empty("/auth/logout").await.expect(204);
    device.refresh().await.expect(401);

    let id = user["id"].as_str().unwrap();
    let page = owner
        .get(&format!("/audit?entity=user&entity_id={id}"))
        .await
        .expect(200);
    let entries = page["items"].as_array().unwrap();
    assert_eq!(
        deeds_of(entries),
        [
            ("user.create", &me["id"]),
            ("user.login_refused", &Value::Null),
            ("user.login", &user["id"]),
            ("user.password_change_refused", &user["id"]),
            ("user.password_change", &user["id"]),
            ("user.update", &me["id"]),
            ("user.password_reset", &me["id"]),
            ("user.login", &user["id"]),
            ("user.logout", &user["id"]),
        ]
    );
    let update = entries
        .iter()
        .find(|entry| entry["action"] == "user.update")
        .unwrap();
    assert_eq!(update["before"]["role"], "cashier");
    assert_eq!(update["after"]["role"], "viewer");
    assert_eq!(update["address"], "127.0.0.1");
    assert_eq!(update["actor_name"], me["name"]);
    assert!(!update["request_id"].as_str().unwrap().is_empty());
    no_secret_in(&owner.get("/audit?limit=200").await.text());
});

both_databases!(the_log_is_filtered_and_paged, |app| async {
    let owner = app.admin().await;
    let manager = app.manager().await;
    for name in ["Boissons", "Pain", "Savon"] {
        manager
            .post("/categories", json!({"name": name}))
            .await
            .expect(201);
        // Several deeds of one instant keep an order, too.
    }
    create(&owner, "neema@shop.test", "cashier").await;
    let all = actions(&owner, "limit=200").await;
    assert_eq!(all[0], "user.create");
    assert_eq!(all.len(), 4);
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = owner
            .get(&format!("/audit?limit=1{cursor}"))
            .await
            .expect(200);
        paged.push(page["items"][0]["id"].as_str().unwrap().to_owned());
        assert!(paged.len() <= all.len(), "the list has no end");
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let whole = owner.get("/audit").await.expect(200);
    let ids: Vec<_> = whole["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(paged, ids);
    let me = owner.get("/auth/me").await.expect(200);
    let mine = format!("actor_id={}", me["id"].as_str().unwrap());
    assert_eq!(actions(&owner, &mine).await, ["user.create"]);
    assert_eq!(actions(&owner, "entity=category&limit=2").await.len(), 2);
    assert_eq!(actions(&owner, "action=user.create").await, ["user.create"]);
    assert!(
        actions(&owner, "action=user.create%27%20OR%201=1")
            .await
            .is_empty()
    );
    for query in [
        "limit=0",
        "actor_id=7",
        "from=yesterday",
        "from=2026-02-02&to=2026-02-01",
        "colour=green",
        "cursor=AAAA",
    ] {
        let answer = owner.get(&format!("/audit?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
});

fn just_before_midnight_in_goma() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__TIME_ZONE", "Africa/Lubumbashi".to_owned())],
        // 23:30 in Lubumbashi.
        now: Some(Timestamp::parse("2026-03-10T21:30:00Z").unwrap()),
        ..Wishes::default()
    }
}

both_databases!(
    the_days_of_the_log_are_those_of_the_shop,
    just_before_midnight_in_goma(),
    |app| async {
        let owner = app.admin().await;
        create(&owner, "today@shop.test", "cashier").await;
        app.clock.advance_seconds(3600);
        let tomorrow = create(&owner, "tomorrow@shop.test", "cashier").await;
        owner
            .patch(&path_of(&tomorrow), json!({"name": "T"}))
            .await
            .expect(200);
        assert_eq!(actions(&owner, "to=2026-03-10").await, ["user.create"]);
        assert_eq!(
            actions(&owner, "from=2026-03-11").await,
            ["user.update", "user.create"]
        );
        assert_eq!(
            actions(&owner, "from=2026-03-10&to=2026-03-11").await.len(),
            3
        );
        assert!(actions(&owner, "to=2026-03-09").await.is_empty());
    }
);

both_databases!(a_typed_password_is_not_taken_for_an_address, |app| async {
    app.user(Role::Cashier).await;
    try_login(app, "huit avocats verts", "cashier@shop.test")
        .await
        .expect(401);
    try_login(app, &email_of(Role::Cashier), "x")
        .await
        .expect(401);
    let owner = app.admin().await;
    let log = owner.get("/audit?action=user.login_refused").await;
    let entries = log.expect(200);
    assert!(!log.text().contains("avocats"), "{}", log.text());
    assert_eq!(entries["items"][0]["after"]["email"], "cashier@shop.test");
    assert_eq!(entries["items"][1]["after"]["email"], Value::Null);
});

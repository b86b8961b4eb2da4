//! The accounts, and who may touch them.

use kernel::{Role, text};
use reqwest::Method;
use serde_json::{Value, json};

use super::{GOOD, create, login, path_of};
use crate::support::{app::Wishes, contract::document, http::Client};

/// Texts that programs stumble over.
const NAUGHTY: &[&str] = &[
    "undefined",
    "NULL",
    "-1",
    "1e308",
    "'; DROP TABLE users; --",
    "1' OR '1'='1",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00%0a",
    "{{7*7}} ${7*7}",
    "\\u0041 \\ \" '",
    " leading and trailing ",
    "العربية مع אבג",
    "\u{202e}reversed\u{202c}",
    "zero\u{200b}width\u{feff}",
    "👩‍👩‍👧‍👦🏳️‍🌈🇨🇩",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "田中さんにあげて下さい",
    "Ωåœ∑´®†¥¨ˆøπ",
    "ﷺ",
    "\u{fdd0}\u{fffe}\u{10ffff}",
    "I\u{307}İıſK",
    "=1+1",
];

async fn emails(owner: &Client, query: &str) -> Vec<String> {
    let mut emails = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = owner
            .get(&format!("/users?{query}{cursor}"))
            .await
            .expect(200);
        let items = page["items"].as_array().unwrap();
        emails.extend(
            items
                .iter()
                .map(|user| user["email"].as_str().unwrap().to_owned()),
        );
        assert!(emails.len() < 1000, "the list has no end");
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return emails,
        }
    }
}

both_databases!(a_user_is_created_read_and_changed, |app| async {
    let owner = app.admin().await;
    let body =
        json!({"email": " Neema@Shop.test", "name": "Neema", "role": "cashier", "password": GOOD});
    let answer = owner.post("/users", &body).await;
    let user = answer.expect(201);
    let path = path_of(&user);
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1{path}").as_str())
    );
    assert_eq!(user["email"], "neema@shop.test");
    assert_eq!(user["version"], 1);
    let read = owner.get(&path).await;
    assert_eq!(read.expect(200), user);
    assert_eq!(read.header("etag"), Some("\"1\""));
    let changed = owner
        .patch_if_match(&path, 1, json!({"name": "Neema Furaha"}))
        .await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.expect(200)["name"], "Neema Furaha");
    let stale = owner
        .patch_if_match(&path, 1, json!({"role": "admin"}))
        .await;
    stale.expect_problem(412, "request.precondition_failed");
    let nothing = owner.patch(&path, json!({})).await.expect(200);
    assert_eq!(nothing["version"], 2);
    assert_eq!(nothing["role"], "cashier");
    let twin = owner.post("/users", &body).await;
    twin.expect_problem_at(409, "user.email_taken", "/email");
});

both_databases!(names_survive_whatever_they_show, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let path = path_of(&user);
    let mut kept = Vec::new();
    for name in NAUGHTY {
        let answer = owner.patch(&path, json!({"name": name})).await;
        if text::find_invisible(name).is_some() {
            answer.expect_problem_at(422, "request.validation_failed", "/name");
            continue;
        }
        let name = text::tidy(name);
        assert_eq!(answer.expect(200)["name"], name);
        assert_eq!(owner.get(&path).await.expect(200)["name"], name);
        kept.push(name);
    }
    for name in [
        "tab\t",
        "line\nline",
        "bell\u{7}",
        "escape\u{1b}",
        "\u{7f}",
        "\u{9b}",
    ] {
        let refused = owner.patch(&path, json!({"name": name})).await;
        refused.expect_problem_at(422, "request.validation_failed", "/name");
    }
    assert!(kept.len() > 15, "{kept:?}");
    let log = owner
        .get("/audit?action=user.update&limit=200")
        .await
        .expect(200);
    let names: Vec<_> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| entry["after"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, kept);
});

both_databases!(what_is_no_user_is_refused_with_its_place, |app| async {
    let owner = app.admin().await;
    let good = json!({"email": "n@shop.test", "name": "N", "role": "cashier", "password": GOOD});
    let cases: &[(&str, Value, &str)] = &[
        ("email", json!("no address"), "request.validation_failed"),
        ("email", json!(""), "request.validation_failed"),
        (
            "email",
            json!(format!("{}@shop.test", "n".repeat(300))),
            "request.validation_failed",
        ),
        ("name", json!(" \u{200b}"), "request.validation_failed"),
        ("name", json!("n".repeat(121)), "request.validation_failed"),
        ("name", json!("nul\u{0}"), "request.validation_failed"),
        ("name", json!(7), "request.invalid_body"),
        ("role", json!("owner"), "request.invalid_body"),
        ("role", Value::Null, "request.invalid_body"),
        ("password", json!("sept"), "request.validation_failed"),
        (
            "password",
            json!("x9!".repeat(43)),
            "request.validation_failed",
        ),
        ("password", json!("Password2026"), "password.too_common"),
        ("disabled", json!(true), "request.invalid_body"),
    ];
    for (field, value, code) in cases {
        let mut body = good.clone();
        body[*field] = value.clone();
        let answer = owner.post("/users", &body).await;
        answer.expect_problem_at(422, code, &format!("/{field}"));
        assert!(!answer.text().contains("Password2026"));
    }
    let user = create(&owner, "neema@shop.test", "cashier").await;
    for (field, value) in [
        ("role", json!("owner")),
        ("role", Value::Null),
        ("disabled", json!("yes")),
        ("name", json!("")),
        ("email", json!("nobody")),
        ("version", json!(9)),
    ] {
        let mut body = json!({});
        body[field] = value;
        let answer = owner.patch(&path_of(&user), body).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
    assert_eq!(owner.get(&path_of(&user)).await.expect(200), user);
    for unknown in ["0197a5a0-0000-7000-8000-000000000000", "7", "%00"] {
        let answer = owner.get(&format!("/users/{unknown}")).await;
        answer.expect_problem(404, "resource.not_found");
    }
});

both_databases!(the_list_pages_and_filters, |app| async {
    let owner = app.admin().await;
    let mut all = vec!["admin@shop.test".to_owned()];
    for n in 0..6 {
        let email = format!("user{n}@shop.test");
        let role = if n % 2 == 0 { "cashier" } else { "viewer" };
        let user = create(&owner, &email, role).await;
        if n == 0 {
            owner
                .patch(&path_of(&user), json!({"disabled": true}))
                .await
                .expect(200);
        }
        all.push(email);
    }
    assert_eq!(emails(&owner, "limit=2").await, all);
    assert_eq!(emails(&owner, "limit=7").await, all);
    assert_eq!(
        emails(&owner, "role=cashier&limit=1").await,
        ["user0@shop.test", "user2@shop.test", "user4@shop.test"]
    );
    assert_eq!(
        emails(&owner, "role=cashier&disabled=false").await,
        ["user2@shop.test", "user4@shop.test"]
    );
    for (query, code) in [
        ("limit=0", "request.invalid_query"),
        ("limit=201", "request.invalid_query"),
        ("limit=two", "request.invalid_query"),
        ("colour=green", "request.invalid_query"),
        ("role=owner", "request.invalid_query"),
        ("cursor=AAAA", "request.invalid_cursor"),
    ] {
        let answer = owner.get(&format!("/users?{query}")).await;
        answer.expect_problem(400, code);
    }
});

both_databases!(only_an_owner_touches_accounts, |app| async {
    let owner = app.admin().await;
    let user = create(&owner, "neema@shop.test", "cashier").await;
    let path = path_of(&user);
    let password = format!("{path}/password");
    let new = json!({"email": "n@shop.test", "name": "N", "role": "admin", "password": GOOD});
    let requests = [
        (Method::GET, "/users", None),
        (Method::POST, "/users", Some(new)),
        (Method::GET, path.as_str(), None),
        (Method::PATCH, path.as_str(), Some(json!({"role": "admin"}))),
        (
            Method::POST,
            password.as_str(),
            Some(json!({"password": GOOD})),
        ),
        (Method::GET, "/audit", None),
    ];
    let send = async |client: &Client, method: &Method, path: &str, body: &Option<Value>| {
        let mut request = client.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        client.send(request).await
    };
    for role in [Role::Manager, Role::Cashier, Role::Viewer] {
        let client = app.client(role).await;
        for (method, path, body) in &requests {
            let answer = send(&client, method, path, body).await;
            answer.expect_problem(403, "auth.forbidden");
        }
    }
    for (method, path, body) in &requests {
        let answer = send(&app.anonymous(), method, path, body).await;
        answer.expect_problem(401, "auth.unauthenticated");
    }
    assert_eq!(owner.get(&path).await.expect(200), user);
});

both_databases!(the_shop_keeps_one_active_owner, |app| async {
    let owner = app.admin().await;
    let me = owner.get("/auth/me").await.expect(200);
    for change in [json!({"disabled": true}), json!({"role": "manager"})] {
        let refused = owner.patch(&path_of(&me), change).await;
        refused.expect_problem(409, "user.last_admin");
    }
    owner.get("/auth/me").await.expect(200);
});

both_databases!(two_owners_who_demote_each_other_leave_one, |app| async {
    let first = app.admin().await;
    let first_user = first.get("/auth/me").await.expect(200);
    for round in 0..4 {
        let email = format!("owner{round}@shop.test");
        let second_user = create(&first, &email, "admin").await;
        let second = login(app, &email, GOOD).await.client;
        let demote = |client: Client, user: &Value| {
            let path = path_of(user);
            tokio::spawn(async move { client.patch(&path, json!({"role": "viewer"})).await })
        };
        let one = demote(first.clone(), &second_user);
        let other = demote(second, &first_user);
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        let admins = "SELECT COUNT(*) FROM users WHERE role = 'admin' AND NOT disabled";
        assert_eq!(
            app.figure(admins).await,
            1,
            "{} {}",
            one.text(),
            other.text()
        );
        if other.status == 200 {
            // The first owner is not an owner any more.
            break;
        }
    }
});

/// The passwords that the examples of the document set.
fn published() -> Vec<String> {
    let mut found = Vec::new();
    for item in document()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let body = &operation["requestBody"]["content"]["application/json"];
            let example = &body["examples"]["demo"]["value"];
            let passwords = ["password", "new_password"].map(|name| example[name].as_str());
            found.extend(passwords.into_iter().flatten().map(str::to_owned));
        }
    }
    found.retain(|password| !password.starts_with("the "));
    found
}

fn production() -> Wishes {
    let secret = "Zk3vQ9x2Lr7Wm5Tn8Yb1Hc4Jd6Gf0SpAqEuIoXeVw";
    Wishes {
        settings: vec![
            ("SALESFLOW_PROFILE", "production".to_owned()),
            ("SALESFLOW__AUTH__JWT_SECRET", secret.to_owned()),
            ("SALESFLOW__SERVER__BIND", "127.0.0.1:0".to_owned()),
            ("SALESFLOW__METRICS__BIND", "127.0.0.1:0".to_owned()),
        ],
        ..Wishes::default()
    }
}

both_databases!(
    production_takes_no_password_of_an_example,
    production(),
    |app| async {
        let owner = app.admin().await;
        let passwords = published();
        assert_eq!(passwords.len(), 4, "{passwords:?}");
        let mut body = json!({"email": "neema@shop.test", "name": "Neema", "role": "cashier"});
        for password in passwords {
            body["password"] = json!(password);
            let refused = owner.post("/users", &body).await;
            refused.expect_problem_at(422, "password.too_common", "/password");
        }
        body["password"] = json!("sept pirogues lentes");
        owner.post("/users", &body).await.expect(201);
    }
);

both_databases!(
    everybody_sees_the_names_of_the_staff_and_no_more,
    |app| async {
        let gone = app.another_user(Role::Cashier).await;
        let owner = app.admin().await;
        owner
            .patch(&format!("/users/{gone}"), json!({"disabled": true}))
            .await
            .expect(200);
        for role in Role::ALL {
            let staff = app.client(role).await.get("/staff").await.expect(200);
            let member = staff["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["id"] == json!(gone));
            let member = member.unwrap().as_object().unwrap();
            assert_eq!(member.len(), 3, "{member:?}");
            assert!(member["name"].is_string());
            assert_eq!(member["active"], false);
        }
        let first = owner.get("/staff?limit=1").await.expect(200);
        let next = first["next_cursor"].as_str().unwrap();
        let second = owner
            .get(&format!("/staff?limit=1&cursor={next}"))
            .await
            .expect(200);
        assert_ne!(first["items"][0]["id"], second["items"][0]["id"]);
    }
);

both_databases!(the_audit_log_names_what_a_deed_was_done_to, |app| async {
    let owner = app.admin().await;
    let user = app.another_user(Role::Cashier).await;
    owner
        .patch(&format!("/users/{user}"), json!({"name": "Neema Furaha"}))
        .await
        .expect(200);
    let log = owner.get("/audit?action=user.update").await.expect(200);
    assert_eq!(log["items"][0]["entity_name"], "Neema Furaha");
    owner
        .post("/locations", json!({"name": "Dépôt"}))
        .await
        .expect(201);
    let log = owner.get("/audit?action=location.create").await.expect(200);
    assert_eq!(log["items"][0]["entity_name"], "Dépôt");
});

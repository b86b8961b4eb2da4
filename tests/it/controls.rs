//! Control characters in what is stored: none in a name or a code, tabs and lines where a text has
//! lines, in bodies and in files.

use serde_json::{Value, json};

use crate::{
    imports::send,
    support::{
        app::TestApp,
        http::Client,
        shop::{Wanted, basket},
    },
};

/// An operation that stores a text, with the place of the text in its body.
struct Stored {
    method: &'static str,
    path: String,
    body: Value,
    pointer: &'static str,
    has_lines: bool,
}

impl Stored {
    fn line(method: &'static str, path: &str, body: Value, pointer: &'static str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            body,
            pointer,
            has_lines: false,
        }
    }

    fn lines(method: &'static str, path: &str, body: Value, pointer: &'static str) -> Self {
        Self {
            has_lines: true,
            ..Self::line(method, path, body, pointer)
        }
    }

    fn with(&self, text: &str) -> Value {
        let mut body = self.body.clone();
        *body.pointer_mut(self.pointer).unwrap() = json!(text);
        body
    }

    async fn send(&self, client: &Client, text: &str) -> crate::support::http::Answer {
        let body = self.with(text);
        match self.method {
            "POST" => client.post(&self.path, body).await,
            _ => client.patch(&self.path, body).await,
        }
    }
}

async fn texts(app: &TestApp) -> Vec<Stored> {
    let product = app.product(Wanted::default()).await;
    let admin = app.admin().await;
    let sale = admin.post("/sales", basket(product, 1)).await.expect(201);
    let void = format!("/sales/{}/void", sale["id"].as_str().unwrap());
    let new =
        json!({"sku": "X", "name": "X", "unit": "piece", "price_minor": 1, "barcodes": ["1"]});
    let user = json!({"email": "x@shop.test", "name": "X", "role": "viewer", "password": "huit avocats verts"});
    let receipt = json!({"supplier": "x", "reference": "x",
        "lines": [{"product_id": product, "quantity": 1}]});
    let loss = json!({"reason": "x", "lines": [{"product_id": product, "delta": -1}]});
    let mut noted = basket(product, 1);
    noted["note"] = json!("x");
    let patch = format!("/products/{product}");
    let account = json!({"name": "X", "method": "mobile_money"});
    vec![
        Stored::line("POST", "/products", new.clone(), "/name"),
        Stored::line("POST", "/products", new.clone(), "/sku"),
        Stored::line("POST", "/products", new.clone(), "/unit"),
        Stored::line("POST", "/products", new, "/barcodes/0"),
        Stored::line("PATCH", &patch, json!({"name": "x"}), "/name"),
        Stored::line("POST", "/categories", json!({"name": "x"}), "/name"),
        Stored::line("POST", "/locations", json!({"name": "x"}), "/name"),
        Stored::line("POST", "/payment-accounts", account, "/name"),
        Stored::line("POST", "/users", user, "/name"),
        Stored::line("PATCH", "/settings", json!({"name": "x"}), "/name"),
        Stored::lines(
            "PATCH",
            "/settings",
            json!({"receipt_header": "x"}),
            "/receipt_header",
        ),
        Stored::lines(
            "PATCH",
            "/settings",
            json!({"receipt_footer": "x"}),
            "/receipt_footer",
        ),
        Stored::line("POST", "/inventory/receipts", receipt.clone(), "/supplier"),
        Stored::line("POST", "/inventory/receipts", receipt, "/reference"),
        Stored::lines("POST", "/inventory/adjustments", loss, "/reason"),
        Stored::lines("POST", "/sales", noted, "/note"),
        Stored::lines("POST", &void, json!({"reason": "x"}), "/reason"),
    ]
}

both_databases!(
    no_text_that_is_stored_has_a_control_character_and_names_are_one_line,
    |app| async {
        let admin = app.admin().await;
        for stored in texts(app).await {
            let refused = async |text: &str| {
                let answer = stored.send(&admin, text).await;
                let problem = answer.expect_problem(422, "request.validation_failed");
                let error = &problem["errors"][0];
                let place = format!("{} {} {text:?}", stored.method, stored.path);
                assert_eq!(error["pointer"], stored.pointer, "{place}");
                assert_eq!(error["code"], "text.control_character", "{place}");
            };
            for control in ["\u{1}", "\u{7}", "\u{1b}", "\u{7f}", "\u{9b}"] {
                refused(&format!("a{control}b")).await;
            }
            if stored.has_lines {
                stored.send(&admin, "a\n\tb").await.expect_success();
            } else {
                for end in ["\t", "\n", "\r\n", "\u{85}", "\u{2028}"] {
                    refused(&format!("a{end}b")).await;
                }
            }
        }
    }
);

both_databases!(a_password_may_have_any_character, |app| async {
    let admin = app.admin().await;
    let password = "huit\tavocats\u{7} verts";
    let user = json!({"email": "x@shop.test", "name": "X", "role": "viewer", "password": password});
    admin.post("/users", user).await.expect(201);
    let sign_in = json!({"email": "x@shop.test", "password": password});
    app.anonymous()
        .post("/auth/login", sign_in)
        .await
        .expect(200);
});

both_databases!(a_file_brings_no_control_character_either, |app| async {
    let manager = app.manager().await;
    for (kind, file) in [
        ("products", "sku,name,price\nA,Sav\u{7}on,1000\n"),
        ("products", "sku,name,price\nA\u{7},Savon,1000\n"),
        (
            "products",
            "sku,name,price,category\nA,Savon,1000,Hygi\u{1b}ene\n",
        ),
        ("products", "sku,name,price\nA,\"Sav\non\",1000\n"),
        (
            "sales",
            "date,invoice,sku,name,quantity,price\n2026-01-02,1,A,Sav\u{7}on,1,1000\n",
        ),
    ] {
        let import = send(&manager, kind, file).await.expect_success();
        assert_eq!(import["counts"]["error"], 1, "{kind} {file:?}: {import:#}");
        let rows = format!("/imports/{}/rows", import["id"].as_str().unwrap());
        let rows = manager.get(&rows).await.expect(200);
        let issues = rows["items"][0]["issues"].as_array().unwrap();
        let is_named = |issue: &Value| issue["code"] == "import.control_character";
        assert!(issues.iter().any(is_named), "{kind} {file:?}: {issues:?}");
    }
});

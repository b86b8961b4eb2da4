//! The web app inside the program, and the API document that it was built from.
//!
//! Most tests need the built app (`.ci/web build`): without it they are skipped with a message, and
//! fail with CI=true. They use SQLite only: no file of the app comes from a database.

use salesflow::webapp;
use serde_json::Value;

use crate::support::{
    app::{Db, TestApp, Wishes, run},
    http::{Answer, Client},
    services::{is_continuous_integration, say_skipped},
};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[test]
fn the_app_was_built_from_the_document_of_this_program() {
    let kept = std::fs::read("web/openapi.json").unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let now = serde_json::to_value(salesflow::openapi::document()).unwrap();
    // Not assert_eq: it would print both documents.
    assert!(
        kept == now,
        "web/openapi.json differs from the document of this program: run `make api`"
    );
}

#[test]
fn every_address_of_the_app_is_its_page_and_trusts_only_itself() {
    with_app("every_address", async |app| {
        let client = app.anonymous();
        for path in ["/", "/caisse", "/produits/1"] {
            let page = browse(&client, path).await;
            page.expect(200);
            assert!(page.text().contains("<div id=\"root\">"), "{path}");
            assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
            assert_eq!(
                page.header("content-type"),
                Some("text/html; charset=utf-8")
            );
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'self'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    });
}

#[test]
fn the_page_is_for_browsers_outside_the_api_only() {
    with_app("for_browsers", async |app| {
        let client = app.anonymous();
        for path in ["/api/v1/nothing", "/api", "/health/nothing", "/metrics/x"] {
            let refused = browse(&client, path).await;
            assert_eq!(refused.status, 404, "{path}");
            assert!(refused.text().starts_with('{'), "{path}");
        }
        let program = client.send(client.visit("/caisse")).await;
        program.expect_problem(404, "request.no_such_path");
        for path in ["/docs/", "/redoc"] {
            let documentation = browse(&client, path).await;
            assert!(!documentation.text().contains("id=\"root\""), "{path}");
        }
    });
}

#[test]
fn a_hashed_file_is_kept_for_ever_and_an_unknown_one_is_no_page() {
    with_app("hashed", async |app| {
        let client = app.anonymous();
        let script = script_of_the_page(&client).await;
        let file = client.send(client.visit(&script)).await;
        file.expect(200);
        assert_eq!(
            file.header("cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(
            file.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        browse(&client, "/assets/nothing.js")
            .await
            .expect_problem(404, "request.no_such_path");
    });
}

#[test]
fn what_starts_the_app_is_looked_at_again_at_each_visit() {
    with_app("starts", async |app| {
        let client = app.anonymous();
        let types = [
            ("/sw.js", "text/javascript; charset=utf-8"),
            (
                "/manifest.webmanifest",
                "application/manifest+json; charset=utf-8",
            ),
        ];
        for (path, content_type) in types {
            let file = client.send(client.visit(path)).await;
            file.expect(200);
            assert_eq!(file.header("cache-control"), Some("no-cache"), "{path}");
            assert_eq!(file.header("content-type"), Some(content_type), "{path}");
        }
    });
}

#[test]
fn a_file_is_sent_in_the_smallest_encoding_that_the_browser_accepts() {
    with_app("encodings", async |app| {
        let client = app.anonymous();
        let script = script_of_the_page(&client).await;
        let mut sizes = Vec::new();
        let mut tags = Vec::new();
        for (accepted, encoding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip, deflate", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("identity", None),
        ] {
            let request = client.visit(&script).header("accept-encoding", accepted);
            let file = client.send(request).await;
            file.expect(200);
            assert_eq!(file.header("content-encoding"), encoding, "{accepted}");
            assert_eq!(file.header("vary"), Some("accept-encoding"), "{accepted}");
            sizes.push(file.bytes.len());
            tags.push(file.header("etag").unwrap().to_owned());
        }
        assert!(sizes[0] < sizes[1] && sizes[2] < sizes[3], "{sizes:?}");
        assert!(tags[0] != tags[1] && tags[1] == tags[2] && tags[2] != tags[3]);
        // The compressed files have no address of their own.
        let compressed = client.visit(&format!("{script}.br"));
        assert_eq!(client.send(compressed).await.status, 404);
    });
}

#[test]
fn a_page_that_the_browser_has_is_not_sent_again() {
    with_app("known", async |app| {
        let client = app.anonymous();
        let page = browse(&client, "/caisse").await;
        let tag = page.header("etag").unwrap();
        let request = client.visit("/produits").header("accept", HTML);
        let again = client.send(request.header("if-none-match", tag)).await;
        assert_eq!(again.status, 304);
        assert!(again.bytes.is_empty());
        assert_eq!(again.header("etag"), Some(tag));
    });
}

async fn browse(client: &Client, path: &str) -> Answer {
    client.send(client.visit(path).header("accept", HTML)).await
}

/// The address of the script that the page starts.
async fn script_of_the_page(client: &Client) -> String {
    let page = browse(client, "/").await.text();
    let (_, rest) = page
        .split_once("src=\"/assets/")
        .expect("the page has a script");
    let (name, _) = rest.split_once('"').unwrap();
    format!("/assets/{name}")
}

fn with_app(test: &'static str, check: impl AsyncFnOnce(&TestApp)) {
    if webapp::is_built() {
        run(Db::Sqlite, test, Wishes::default(), check);
        return;
    }
    let why = "static/app has no web app; `.ci/web build` builds it";
    assert!(
        !is_continuous_integration(),
        "{test}: {why}, and with CI=true no test may be skipped"
    );
    say_skipped(test, why);
}

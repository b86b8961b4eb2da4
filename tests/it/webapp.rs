//! The web app inside the program, and the document that it is built on.
//!
//! What is served of it is looked at where it is built (`.ci/web build`); CI builds it first.

use reqwest::Method;
use salesflow::webapp;
use serde_json::Value;

#[test]
fn the_app_is_built_on_the_document_of_this_program() {
    let kept = std::fs::read("web/openapi.json").unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let now = serde_json::to_value(salesflow::openapi::document()).unwrap();
    // Not assert_eq: it would print both documents.
    assert!(
        kept == now,
        "web/openapi.json is not that of this program: `npm run snapshot` and `npm run types` in web/"
    );
}

both_databases!(
    the_page_of_the_app_is_asked_for_again_and_trusts_itself_only,
    |app| async {
        if !webapp::is_built() {
            return;
        }
        let client = app.anonymous();
        for path in ["/", "/caisse", "/produits/1"] {
            let browser = client
                .request(Method::GET, path)
                .header("accept", "text/html,*/*");
            let page = client.send(browser).await;
            page.expect(200);
            assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("default-src 'self'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
        let browser = client
            .request(Method::GET, "/assets/nothing.js")
            .header("accept", "text/html,*/*");
        client
            .send(browser)
            .await
            .expect_problem(404, "request.no_such_path");
    }
);

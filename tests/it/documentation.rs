//! The document, and the pages that show it: whole, and without the internet.

both_databases!(the_pages_load_nothing_from_elsewhere, |app| async {
    let client = app.anonymous();
    assert_eq!(client.get("/docs").await.header("location"), Some("/docs/"));
    for page in ["/docs/", "/redoc"] {
        let answer = client.get(page).await;
        answer.expect(200);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html"),
            "{page}"
        );
        let html = answer.text();
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("http"),
            "{policy}"
        );
        for attribute in ["src=\"", "href=\""] {
            for link in html.split(attribute).skip(1) {
                let target = link.split('"').next().unwrap();
                assert!(!target.contains("//"), "{page} loads {target}");
                let path = if target.starts_with('/') {
                    target.to_owned()
                } else {
                    format!("{page}{}", target.trim_start_matches("./"))
                };
                client.get(&path).await.expect(200);
            }
        }
    }
});

both_databases!(the_document_is_served, |app| async {
    let document = app
        .anonymous()
        .get("/api-docs/openapi.json")
        .await
        .expect(200);
    assert_eq!(document["info"]["title"], "SalesFlow-Lite");
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
});

//! Alive, ready, and how it is doing.

both_databases!(a_new_shop_is_alive_and_ready, |app| async {
    let client = app.anonymous();
    assert_eq!(
        client.get("/health/live").await.expect(200)["status"],
        "live"
    );
    assert_eq!(
        client.get("/health/ready").await.expect(200)["status"],
        "ready"
    );
});

both_databases!(a_server_that_goes_is_alive_but_not_ready, |app| async {
    app.stopper.start_draining();
    let client = app.anonymous();
    client.get("/health/live").await.expect(200);
    assert_eq!(
        client.get("/health/ready").await.expect(503)["status"],
        "draining"
    );
});

both_databases!(metrics_name_the_route_and_never_an_id, |app| async {
    let client = app.anonymous();
    client.get("/health/live").await.expect(200);
    client.get("/nothing/0192f0c1").await.expect(404);
    let metrics = client.get("/metrics").await;
    metrics.expect(200);
    let text = metrics.text();
    assert!(text.contains("http_requests_total"), "{text}");
    assert!(text.contains("route=\"/health/live\""), "{text}");
    assert!(
        text.contains("http_request_duration_seconds_bucket"),
        "{text}"
    );
    assert!(!text.contains("0192f0c1"), "{text}");
});

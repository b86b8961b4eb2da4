//! Positions that are not from this shop's stream.

use reqwest::Method;
use serde_json::{Value, json};

use super::Watcher;
use crate::support::{
    app::{Db, TestApp, Wishes},
    http::{Answer, Client},
    shop::{Wanted, basket},
};

/// What the positions of this stream are sealed with.
const SEAL: &str = "position events";

async fn resumed(client: &Client, id: &str) -> Answer {
    let request = client.request(Method::GET, "/events");
    client.send(request.header("last-event-id", id)).await
}

/// Refused as a header and as a parameter.
async fn assert_refused(client: &Client, id: &str, rule: &str) {
    for (answer, pointer) in [
        (resumed(client, id).await, "Last-Event-ID"),
        (client.get(&format!("/events?since={id}")).await, "?since"),
    ] {
        let code = "request.invalid_position";
        let problem = answer.expect_problem_at(400, code, pointer);
        assert_eq!(problem["errors"][0]["code"], rule, "{id}");
    }
}

/// A position as it is written.
fn opened(id: &str) -> Value {
    platform::cursor::open(SEAL, id).unwrap()
}

fn sealed(position: &Value) -> String {
    platform::cursor::seal(SEAL, position)
}

both_databases!(an_id_that_is_none_is_refused, |app| async {
    let manager = app.manager().await;
    let till = manager.get("/products/till").await.expect(200);
    let of_till = till["position"].as_str().unwrap();
    for made_up in ["x", "AAAA", of_till, "17", &"a".repeat(3_000)] {
        assert_refused(&manager, made_up, "position.unreadable").await;
    }
    let id = Watcher::open(&manager).await.last_id;
    for spoilt in [
        json!([1]),
        json!({}),
        json!(null),
        json!([1, [[1, 2]], null]),
    ] {
        assert_refused(&manager, &sealed(&spoilt), "position.unreadable").await;
    }
    // The levels that were told are not ahead of the facts.
    let mut ahead = opened(&id);
    ahead[2] = json!([1_000, 0, 0]);
    assert_refused(&manager, &sealed(&ahead), "position.unreadable").await;
    let mut negative = opened(&id);
    negative[1][0][0] = json!(-1);
    assert_refused(&manager, &sealed(&negative), "position.unreadable").await;
    manager
        .get("/events?from=now")
        .await
        .expect_problem(400, "request.invalid_query");
});

both_databases!(an_id_of_the_future_is_refused, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    manager.post("/sales", basket(product, 1)).await.expect(201);
    let id = Watcher::open(&manager).await.last_id;
    for record in 0..3 {
        let mut ahead = opened(&id);
        let number = ahead[1][record][0].as_i64().unwrap();
        ahead[1][record][0] = json!(number + 1);
        assert_refused(&manager, &sealed(&ahead), "position.ahead").await;
    }
    // Another moment under the same number is another history.
    let mut other = opened(&id);
    let moment = other[1][0][1].as_i64().unwrap();
    other[1][0][1] = json!(moment - 1);
    assert_refused(&manager, &sealed(&other), "position.foreign").await;
});

both_databases!(an_id_of_another_shop_is_refused, |app| async {
    let Some(other) = TestApp::spawn(Db::Sqlite, "another_shop", Wishes::default()).await else {
        return;
    };
    // Databases of tests are copies of one, with its number.
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'shop_identity'";
    assert_eq!(other.write(sql, Vec::new()).await, 1);
    let id = Watcher::open(&other.manager().await).await.last_id;
    assert_refused(&app.manager().await, &id, "position.foreign").await;
    other.finish().await;
});

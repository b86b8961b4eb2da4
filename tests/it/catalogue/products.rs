//! One product: made, changed, refused, archived.

use reqwest::Method;
use serde_json::{Value, json};
use store::Json;

use super::{id_of, make, path_of, product, product_with, skus};
use crate::support::{app::TestApp, http::Client};

both_databases!(
    a_product_has_all_it_was_given_and_its_opening_stock,
    |app| async {
        let manager = app.manager().await;
        let category = manager
            .post("/categories", json!({"name": "Boissons"}))
            .await;
        let category = category.expect(201);
        let body = json!({"sku": " CAF-250 ", "name": "Café moulu 250 g", "barcodes": ["2001", " 1001 "], "category_id": category["id"],
            "unit": "piece", "price_minor": 450_000, "cost_minor": 300_000, "tax_rate_bp": 1600, "reorder_level": 5, "initial_stock": 10});
        let made = make(&manager, body).await;
        let read = manager.get(&path_of(&made)).await;
        assert_eq!(read.header("etag"), Some("\"1\""));
        assert_eq!(read.expect(200), made);
        let shown = json!({"id": made["id"], "sku": "CAF-250", "name": "Café moulu 250 g", "barcodes": ["2001", "1001"],
            "category_id": category["id"], "unit": "piece", "price_minor": 450_000, "currency": "CDF", "cost_minor": 300_000,
            "tax_rate_bp": 1600, "reorder_level": 5, "lead_time_days": null, "service_level_bp": null, "on_hand": 10, "archived": false, "version": 1,
            "created_at": made["created_at"], "updated_at": made["created_at"]});
        assert_eq!(made, shown);
        let movements = manager
            .get(&format!("{}/movements", path_of(&made)))
            .await
            .expect(200);
        assert_eq!(movements["items"].as_array().unwrap().len(), 1);
        assert_eq!(movements["items"][0]["kind"], "opening");
        assert_eq!(movements["items"][0]["balance_after"], 10);
    }
);

both_databases!(
    a_repeated_key_makes_one_product_with_one_opening,
    |app| async {
        let manager = app.manager().await;
        let body = product_with("ONCE", "Une fois", json!({"initial_stock": 3}));
        let first = manager.post_once("/products", "key-1", &body).await;
        let again = manager.post_once("/products", "key-1", &body).await;
        assert_eq!(first.expect(201), again.expect(201));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 1);
        assert_eq!(app.figure("SELECT COUNT(*) FROM stock_movements").await, 1);
        manager
            .post_once("/products", "key-1", product("OTHER", "Autre"))
            .await
            .expect_problem(422, "idempotency.payload_mismatch");
    }
);

/// What a product may not be, and where it is refused.
fn faults() -> Vec<(Value, &'static str)> {
    let long = "x".repeat(65);
    vec![
        (json!({"sku": ""}), "/sku"),
        (json!({"sku": "  "}), "/sku"),
        (json!({"sku": "a\u{200b}b"}), "/sku"),
        (json!({"sku": "a\tb"}), "/sku"),
        (json!({"sku": &long}), "/sku"),
        (json!({"sku": 7}), "/sku"),
        (json!({"name": ""}), "/name"),
        (json!({"name": " \u{200b}\u{feff}"}), "/name"),
        (json!({"name": "x".repeat(201)}), "/name"),
        (json!({"name": "a\u{0}b"}), "/name"),
        (json!({"unit": " "}), "/unit"),
        (json!({"unit": "x".repeat(21)}), "/unit"),
        (json!({"barcodes": ["1", " "]}), "/barcodes/1"),
        (json!({"barcodes": ["1", "2", " 1 "]}), "/barcodes/2"),
        (json!({"barcodes": [&long]}), "/barcodes"),
        (
            json!({"barcodes": (0..21).map(|n| n.to_string()).collect::<Vec<_>>()}),
            "/barcodes",
        ),
        (json!({"price_minor": -1}), "/price_minor"),
        (json!({"price_minor": 1.5}), "/price_minor"),
        (
            json!({"price_minor": 1_000_000_000_000_001_i64}),
            "/price_minor",
        ),
        (json!({"price_minor": null}), "/price_minor"),
        (json!({"cost_minor": -1}), "/cost_minor"),
        (json!({"tax_rate_bp": 10_001}), "/tax_rate_bp"),
        (json!({"reorder_level": -0.001}), "/reorder_level"),
        (json!({"reorder_level": 0.0001}), "/reorder_level"),
        (json!({"initial_stock": -1}), "/initial_stock"),
        (json!({"initial_stock": 0.5}), "/initial_stock"),
        (json!({"category_id": "nonsense"}), "/category_id"),
        (json!({"colour": "red"}), "/colour"),
    ]
}

both_databases!(
    a_product_that_breaks_a_rule_is_refused_with_its_place_and_leaves_nothing,
    |app| async {
        let manager = app.manager().await;
        for (fault, pointer) in faults() {
            let answer = manager
                .post("/products", product_with("BAD", "Mauvais", fault.clone()))
                .await;
            let problem = answer.expect(422);
            let pointers: Vec<&str> = problem["errors"]
                .as_array()
                .unwrap()
                .iter()
                .map(|error| error["pointer"].as_str().unwrap())
                .collect();
            assert!(pointers.contains(&pointer), "{fault}: {problem}");
        }
        let unknown = product_with(
            "BAD",
            "Mauvais",
            json!({"category_id": "0197f3a0-0000-7000-8000-000000000000"}),
        );
        manager.post("/products", unknown).await.expect_problem_at(
            422,
            "request.unknown_reference",
            "/category_id",
        );
        assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 0);
        assert_eq!(app.figure("SELECT COUNT(*) FROM audit_log").await, 0);
        make(
            &manager,
            product_with("KG", "Riz", json!({"unit": "kg", "initial_stock": 0.5})),
        )
        .await;
    }
);

both_databases!(a_sku_and_a_barcode_belong_to_one_product, |app| async {
    let manager = app.manager().await;
    make(
        &manager,
        product_with("A", "Un", json!({"barcodes": ["111", "222"]})),
    )
    .await;
    manager
        .post("/products", product("A", "Deux"))
        .await
        .expect_problem_at(409, "product.sku_taken", "/sku");
    let second = make(&manager, product("B", "Deux")).await;
    let taken = manager
        .patch(&path_of(&second), json!({"barcodes": ["333", "222"]}))
        .await;
    let taken = taken.expect_problem_at(409, "product.barcode_taken", "/barcodes/1");
    assert_eq!(taken["errors"][0]["barcode"], "222");
    manager
        .patch(&path_of(&second), json!({"sku": "a"}))
        .await
        .expect_problem_at(409, "product.sku_taken", "/sku");
    let after = manager.get(&path_of(&second)).await.expect(200);
    assert_eq!(after, second, "a refused change changes nothing");
});

both_databases!(
    of_many_who_take_the_same_sku_at_once_one_gets_it,
    |app| async {
        let manager = app.manager().await;
        let attempts = (0..8).map(|n| {
            let client = manager.clone();
            tokio::spawn(async move {
                let body = product_with("SAME", "Pareil", json!({"barcodes": [n.to_string()]}));
                client.post("/products", body).await
            })
        });
        let mut made = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            let answer = attempt.await.unwrap();
            if answer.status == 201 {
                made += 1;
            } else {
                answer.expect_problem_at(409, "product.sku_taken", "/sku");
            }
        }
        assert_eq!(made, 1);
        assert_eq!(app.figure("SELECT COUNT(*) FROM product_barcodes").await, 1);
    }
);

both_databases!(
    a_change_holds_only_on_the_version_that_was_read,
    |app| async {
        let manager = app.manager().await;
        let made = make(&manager, product("V", "Version")).await;
        let path = path_of(&made);
        let changed = manager
            .patch_if_match(&path, 1, json!({"price_minor": 2000}))
            .await;
        assert_eq!(changed.header("etag"), Some("\"2\""));
        assert_eq!(changed.expect(200)["price_minor"], 2000);
        manager
            .patch_if_match(&path, 1, json!({"price_minor": 3000}))
            .await
            .expect_problem(412, "request.precondition_failed");
        let unquoted = manager
            .request(Method::PATCH, &path)
            .header("if-match", "2");
        manager
            .send(unquoted.json(&json!({"price_minor": 3000})))
            .await
            .expect_problem(400, "request.invalid_header");
        let same = manager
            .patch(&path, json!({"price_minor": 2000, "name": "Version"}))
            .await;
        assert_eq!(same.expect(200)["version"], 2, "no change, no new version");
        assert_eq!(manager.get(&path).await.expect(200)["price_minor"], 2000);
    }
);

both_databases!(
    what_a_change_does_not_name_stays_and_null_clears_the_category_only,
    |app| async {
        let manager = app.manager().await;
        let category = manager
            .post("/categories", json!({"name": "Sec"}))
            .await
            .expect(201);
        let made = make(
            &manager,
            product_with(
                "P",
                "Pâtes",
                json!({"barcodes": ["9"], "category_id": category["id"], "reorder_level": 4}),
            ),
        )
        .await;
        let path = path_of(&made);
        let cleared = manager
            .patch(&path, json!({"category_id": null}))
            .await
            .expect(200);
        let mut expected = made.clone();
        expected["category_id"] = Value::Null;
        expected["version"] = json!(2);
        expected["updated_at"] = cleared["updated_at"].clone();
        assert_eq!(cleared, expected);
        for field in [
            "sku",
            "name",
            "barcodes",
            "unit",
            "price_minor",
            "cost_minor",
            "tax_rate_bp",
            "reorder_level",
        ] {
            let pointer = format!("/{field}");
            manager
                .patch(&path, json!({field: null}))
                .await
                .expect_problem_at(422, "request.invalid_body", &pointer);
        }
        manager
            .patch(&path, json!({"archived": true}))
            .await
            .expect_problem_at(422, "request.invalid_body", "/archived");
        let rebadged = manager
            .patch(&path, json!({"barcodes": ["8", "9"]}))
            .await
            .expect(200);
        assert_eq!(rebadged["barcodes"], json!(["8", "9"]));
        let bare = manager
            .patch(&path, json!({"barcodes": []}))
            .await
            .expect(200);
        assert_eq!(bare["barcodes"], json!([]));
    }
);

/// Price and cost in each line of a history.
fn prices(history: &Value) -> Vec<(i64, i64)> {
    let number = |line: &Value, field: &str| line[field].as_i64().unwrap();
    let lines = history["items"].as_array().unwrap().iter();
    lines
        .map(|line| (number(line, "price_minor"), number(line, "cost_minor")))
        .collect()
}

both_databases!(
    every_price_leaves_a_line_and_other_changes_leave_none,
    |app| async {
        let manager = app.manager().await;
        let made = make(
            &manager,
            product_with("H", "Histoire", json!({"cost_minor": 600})),
        )
        .await;
        let path = path_of(&made);
        app.clock.advance_seconds(60);
        manager
            .patch(&path, json!({"price_minor": 1100}))
            .await
            .expect(200);
        manager
            .patch(&path, json!({"cost_minor": 700}))
            .await
            .expect(200);
        manager
            .patch(&path, json!({"name": "Autre"}))
            .await
            .expect(200);
        let history = format!("{path}/price-history");
        let history = manager.get(&history).await.expect(200);
        assert_eq!(prices(&history), [(1100, 700), (1100, 600), (1000, 600)]);
        assert_eq!(history["items"][2]["changed_at"], made["created_at"]);

        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = manager
                .get(&format!("{path}/price-history?limit=1{cursor}"))
                .await
                .expect(200);
            pages.push(page["items"][0].clone());
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(json!(pages), history["items"]);
    }
);

both_databases!(
    a_product_that_does_not_exist_has_no_history_and_no_changes,
    |app| async {
        let manager = app.manager().await;
        let nobody = "/products/0197f3a0-0000-7000-8000-000000000000";
        manager
            .get(&format!("{nobody}/price-history"))
            .await
            .expect_problem(404, "resource.not_found");
        manager
            .get(nobody)
            .await
            .expect_problem(404, "resource.not_found");
        manager
            .get("/products/nonsense")
            .await
            .expect_problem(404, "resource.not_found");
        manager
            .patch(nobody, json!({"name": "x"}))
            .await
            .expect_problem(404, "resource.not_found");
    }
);

both_databases!(a_cashier_sees_no_cost_and_changes_nothing, |app| async {
    let made = make(
        &app.manager().await,
        product_with("C", "Coût", json!({"cost_minor": 600})),
    )
    .await;
    let path = path_of(&made);
    let (cashier, viewer) = (app.cashier().await, app.viewer().await);
    for (client, sees) in [(&cashier, false), (&viewer, true)] {
        let one = client.get(&path).await.expect(200);
        let list = client.get("/products").await.expect(200);
        let history = client
            .get(&format!("{path}/price-history"))
            .await
            .expect(200);
        for shown in [&one, &list["items"][0], &history["items"][0]] {
            assert_eq!(shown.get("cost_minor").is_some(), sees, "{shown}");
        }
        client
            .post("/products", product("X", "x"))
            .await
            .expect_problem(403, "auth.forbidden");
        client
            .patch(&path, json!({"name": "x"}))
            .await
            .expect_problem(403, "auth.forbidden");
        client
            .post_empty(&format!("{path}/archive"))
            .await
            .expect_problem(403, "auth.forbidden");
        client
            .post("/categories", json!({"name": "x"}))
            .await
            .expect_problem(403, "auth.forbidden");
    }
    app.anonymous()
        .get("/products")
        .await
        .expect_problem(401, "auth.unauthenticated");
});

/// A product with a barcode and two in stock.
async fn old_one(manager: &Client) -> Value {
    let old = json!({"barcodes": ["77"], "initial_stock": 2});
    make(manager, product_with("OLD", "Ancien", old)).await
}

both_databases!(
    an_archived_product_leaves_the_list_keeps_its_stock_and_comes_back,
    |app| async {
        let manager = app.manager().await;
        let made = old_one(&manager).await;
        make(&manager, product("NEW", "Nouveau")).await;
        let archive = format!("{}/archive", path_of(&made));
        let archived = manager.post_empty(&archive).await.expect(200);
        assert_eq!(archived["archived"], true);
        assert_eq!(archived["on_hand"], 2);
        assert_eq!(archived["version"], 2);
        let again = manager.post_empty(&archive).await.expect(200);
        assert_eq!(again, archived, "archiving twice changes nothing");
        for (query, found) in [
            ("", &["NEW"][..]),
            ("archived=true", &["OLD"]),
            ("q=ancien", &[]),
            ("archived=true&q=an", &["OLD"]),
            // A scan says that it is archived.
            ("barcode=77", &["OLD"]),
            ("barcode=77&archived=false", &[]),
        ] {
            assert_eq!(skus(&manager, query).await, found, "{query}");
        }
        let unarchive = format!("{}/unarchive", path_of(&made));
        let back = manager.post_empty(&unarchive).await.expect(200);
        assert_eq!(back["archived"], false);
        assert_eq!(skus(&manager, "sort=sku").await, ["NEW", "OLD"]);
    }
);

both_databases!(
    a_product_is_archived_at_its_version_and_sold_no_more,
    |app| async {
        let manager = app.manager().await;
        let made = old_one(&manager).await;
        let archive = format!("{}/archive", path_of(&made));
        let stale = manager
            .request(Method::POST, &archive)
            .header("if-match", "\"9\"");
        manager
            .send(stale)
            .await
            .expect_problem(412, "request.precondition_failed");
        manager.post_empty(&archive).await.expect(200);
        let order = json!({"lines": [{"product_id": made["id"], "quantity": 1}]});
        manager
            .post("/sales", order)
            .await
            .expect_problem(409, "product.archived");
    }
);

both_databases!(the_audit_log_says_what_a_product_was_and_is, |app| async {
    let manager = app.manager().await;
    let made = make(&manager, product("AUD", "Avant")).await;
    manager
        .patch(&path_of(&made), json!({"name": "Après"}))
        .await
        .expect(200);
    manager
        .post_empty(&format!("{}/archive", path_of(&made)))
        .await
        .expect(200);
    let log = audit_of(app, id_of(&made)).await;
    let actions: Vec<&str> = log.iter().map(|(action, ..)| action.as_str()).collect();
    assert_eq!(
        actions,
        ["product.create", "product.update", "product.archive"]
    );
    let (_, before, after) = &log[1];
    assert_eq!(
        (before["name"].as_str(), after["name"].as_str()),
        (Some("Avant"), Some("Après"))
    );
    assert_eq!(log[0].1, Value::Null);
});

store::selection! {
    Line(action: String, before_json: Json<Value>, after_json: Json<Value>)
}

async fn audit_of(app: &TestApp, id: &str) -> Vec<(String, Value, Value)> {
    let sql =
        "SELECT action, before_json, after_json FROM audit_log WHERE entity_id = $1 ORDER BY id";
    let lines = app.modules.stores.read.select::<Line>(sql, [id.into()]);
    let lines = lines.await.unwrap().into_iter();
    lines
        .map(|(action, before, after)| (action, before.0, after.0))
        .collect()
}

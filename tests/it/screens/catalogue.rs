//! The catalogue with its figures, one change of many products, and what is archived.

use kernel::ids::ProductId;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

async fn three(app: &TestApp) -> [ProductId; 3] {
    let of = |sku, price_minor, cost_minor, stock| Wanted {
        sku,
        price_minor,
        cost_minor,
        stock,
        ..Wanted::default()
    };
    [
        app.product(of("Café moulu", 500_000, 300_000, 10)).await,
        app.product(of("Sel", 100_000, 120_000, 5)).await,
        app.product(of("Savon", 200_000, 190_000, 0)).await,
    ]
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    let page = client
        .get(&format!("/analytics/product-list?{query}"))
        .await
        .expect(200);
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

both_databases!(
    the_catalogue_is_listed_with_its_figures_and_counts,
    |app| async {
        let [coffee, salt, soap] = three(app).await;
        let manager = app.manager().await;
        manager.post("/sales", basket(salt, 2)).await.expect(201);
        manager.post("/sales", basket(coffee, 1)).await.expect(201);
        manager
            .post_empty(&format!("/products/{soap}/archive"))
            .await
            .expect_success();
        let page = manager.get("/analytics/product-list").await.expect(200);
        assert_eq!(
            page["counts"],
            json!({"all": 2, "low": 0, "below_cost": 1, "dormant": 0, "archived": 1})
        );
        let first = &page["items"][0];
        assert_eq!(
            (&first["name"], &first["unit_margin_minor"]),
            (&json!("Café moulu"), &json!(200_000))
        );
        assert_eq!(
            (&first["sold"], &first["margin_minor"]),
            (&json!(1), &json!(200_000))
        );
        assert_eq!(names(&manager, "sort=margin").await, ["Sel", "Café moulu"]);
        assert_eq!(names(&manager, "sort=-sold").await, ["Sel", "Café moulu"]);
        assert_eq!(names(&manager, "view=below_cost").await, ["Sel"]);
        assert_eq!(names(&manager, "view=archived").await, ["Savon"]);
        assert_eq!(names(&manager, "q=CAFE%20moul").await, ["Café moulu"]);
        let one = manager
            .get("/analytics/product-list?limit=1")
            .await
            .expect(200);
        let next = one["next_cursor"].as_str().unwrap();
        assert_eq!(
            names(&manager, &format!("limit=1&cursor={next}")).await,
            ["Sel"]
        );
        let other = format!("/analytics/product-list?limit=1&sort=sold&cursor={next}");
        manager
            .get(&other)
            .await
            .expect_problem(400, "request.invalid_cursor");
        app.cashier()
            .await
            .get("/analytics/product-list")
            .await
            .expect_problem(403, "auth.forbidden");
    }
);

fn change(products: &[ProductId], change: &Value) -> Value {
    let products: Vec<Value> = products.iter().map(|id| json!({"id": id})).collect();
    json!({"products": products, "change": change, "dry_run": true})
}

/// The change of a preview, at the versions that it returned.
fn confirmed(mut body: Value, preview: &Value) -> Value {
    body["dry_run"] = json!(false);
    for (product, seen) in body["products"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .zip(preview["items"].as_array().unwrap())
    {
        product["version"] = seen["version"].clone();
    }
    body
}

async fn prices(client: &Client, products: &[ProductId]) -> Vec<i64> {
    let mut found = Vec::new();
    for id in products {
        let product = client.get(&format!("/products/{id}")).await.expect(200);
        found.push(product["price_minor"].as_i64().unwrap());
    }
    found
}

both_databases!(
    a_change_of_many_products_does_what_its_preview_shows,
    |app| async {
        let [coffee, _, soap] = three(app).await;
        let manager = app.manager().await;
        let both = [coffee, soap];
        let body = change(
            &both,
            &json!({"price": {"by_bp": 333, "step_minor": 5_000}}),
        );
        let preview = manager.post("/products/changes", &body).await.expect(200);
        assert_eq!(
            (&preview["applied"], &preview["changed"]),
            (&json!(false), &json!(2))
        );
        // 516,650 and 206,660 to the next fifty francs.
        assert_eq!(preview["items"][0]["after"]["price_minor"], 515_000);
        assert_eq!(preview["items"][1]["after"]["price_minor"], 205_000);
        assert_eq!(prices(&manager, &both).await, [500_000, 200_000]);
        let done = manager
            .post("/products/changes", confirmed(body, &preview))
            .await
            .expect(200);
        assert_eq!(
            (&done["applied"], &done["changed"]),
            (&json!(true), &json!(2))
        );
        assert_eq!(prices(&manager, &both).await, [515_000, 205_000]);
        let history = manager
            .get(&format!("/products/{coffee}/price-history"))
            .await
            .expect(200);
        assert_eq!(history["items"].as_array().unwrap().len(), 2);
        let log = app
            .admin()
            .await
            .get("/audit?action=product.update")
            .await
            .expect(200);
        assert_eq!(log["items"].as_array().unwrap().len(), 2);
    }
);

both_databases!(a_bad_change_of_many_products_changes_nothing, |app| async {
    let all = three(app).await;
    let [coffee, salt, soap] = all;
    let manager = app.manager().await;
    let path = "/products/changes";
    let before = prices(&manager, &all).await;
    // The preview is stale.
    let body = change(
        &[coffee, soap],
        &json!({"tax_rate_bp": 0, "price": {"set_minor": 900_000}}),
    );
    let preview = manager.post(path, &body).await.expect(200);
    manager
        .patch(
            &format!("/products/{soap}"),
            json!({"name": "Savon de Marseille"}),
        )
        .await
        .expect(200);
    let stale = manager.post(path, confirmed(body, &preview)).await;
    let stale = stale.expect_problem_at(412, "request.precondition_failed", "/products/1/version");
    assert_eq!(stale["errors"][0]["version"], 2);
    // A price would pass below the cost; it is done when somebody wants it.
    let mut cheap = change(&[coffee, soap], &json!({"price": {"by_bp": -1_000}}));
    let refused = manager.post(path, &cheap).await;
    refused.expect_problem_at(422, "product.below_cost", "/products/1");
    cheap["allow_below_cost"] = json!(true);
    assert_eq!(
        manager.post(path, &cheap).await.expect(200)["below_cost"],
        1
    );
    // A product that was below its cost before may get another category.
    let category = manager
        .post("/categories", json!({"name": "Divers"}))
        .await
        .expect(201);
    manager
        .post(
            path,
            change(&[salt], &json!({"category_id": category["id"]})),
        )
        .await
        .expect(200);
    let many: Vec<ProductId> = (0..10_000).map(|_| ProductId::generate()).collect();
    let many = manager
        .post(path, change(&many, &json!({"archived": true})))
        .await;
    many.expect_problem_at(422, "request.validation_failed", "/products");
    let twice = manager
        .post(path, change(&[salt, salt], &json!({"archived": true})))
        .await;
    twice.expect_problem_at(422, "request.validation_failed", "/products/1/id");
    let unknown = change(&[salt, ProductId::generate()], &json!({"archived": true}));
    let unknown = manager.post(path, unknown).await;
    unknown.expect_problem_at(422, "request.unknown_reference", "/products/1/id");
    let mut unseen = change(&[salt], &json!({"archived": true}));
    unseen["dry_run"] = json!(false);
    let unseen = manager.post(path, unseen).await;
    unseen.expect_problem_at(422, "request.validation_failed", "/products/0/version");
    let ways = change(&[salt], &json!({"price": {"set_minor": 1, "by_bp": 1}}));
    let ways = manager.post(path, ways).await;
    ways.expect_problem_at(422, "request.validation_failed", "/change/price");
    let cashier = app.cashier().await;
    let forbidden = cashier
        .post(path, change(&[coffee], &json!({"archived": true})))
        .await;
    forbidden.expect_problem(403, "auth.forbidden");
    assert_eq!(prices(&manager, &all).await, before);
});

both_databases!(
    a_price_beyond_the_range_is_reported_at_its_product,
    |app| async {
        let [coffee, salt, _] = three(app).await;
        let manager = app.manager().await;
        let path = "/products/changes";
        let most = json!({"price": {"set_minor": 1_000_000_000_000_000_i64}});
        let body = change(&[coffee], &most);
        let preview = manager.post(path, &body).await.expect(200);
        let done = manager.post(path, confirmed(body, &preview)).await;
        assert_eq!(done.expect(200)["applied"], true);
        let more = change(&[salt, coffee], &json!({"price": {"by_bp": 1}}));
        let more = manager.post(path, more).await;
        more.expect_problem_at(422, "request.validation_failed", "/products/1/price_minor");
    }
);

both_databases!(an_empty_location_is_renamed_and_archived, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let depot = app.location("Dépôt").await;
    let path = format!("/locations/{depot}");
    let renamed = manager
        .patch(&path, json!({"name": "Réserve"}))
        .await
        .expect(200);
    assert_eq!(
        (&renamed["name"], &renamed["archived"]),
        (&json!("Réserve"), &json!(false))
    );
    let receipt = json!({"location_id": depot, "lines": [{"product_id": product, "quantity": 2}]});
    manager
        .post("/inventory/receipts", &receipt)
        .await
        .expect(201);
    let archive = json!({"archived": true});
    let full = manager.patch(&path, &archive).await;
    let full = full.expect_problem_at(409, "location.not_empty", "/archived");
    assert_eq!(full["errors"][0]["products"], 1);
    let counted = json!({"location_id": depot, "lines": [{"product_id": product, "counted": 0}]});
    manager.post("/inventory/counts", counted).await.expect(201);
    assert_eq!(
        manager.patch(&path, &archive).await.expect(200)["archived"],
        true
    );
    let refused = manager.post("/inventory/receipts", &receipt).await;
    refused.expect_problem_at(409, "location.archived", "/location_id");
    let mut sale = basket(product, 1);
    sale["location_id"] = json!(depot);
    let refused = manager.post("/sales", &sale).await;
    refused.expect_problem_at(409, "location.archived", "/location_id");
    let used = manager.get("/locations?archived=false").await.expect(200);
    assert_eq!(used["items"].as_array().unwrap().len(), 1);
    let default = format!("/locations/{}", used["items"][0]["id"].as_str().unwrap());
    manager.patch(&default, &archive).await.expect_problem_at(
        409,
        "location.is_default",
        "/archived",
    );
    manager
        .patch(&path, json!({"archived": false}))
        .await
        .expect(200);
    manager
        .post("/inventory/receipts", &receipt)
        .await
        .expect(201);
    let taken = json!({"name": used["items"][0]["name"]});
    manager
        .patch(&path, taken)
        .await
        .expect_problem_at(409, "location.name_taken", "/name");
    manager
        .patch("/locations/0192f0c1-7c00-7000-8000-000000000000", archive)
        .await
        .expect_problem(404, "resource.not_found");
    let log = app
        .admin()
        .await
        .get("/audit?action=location.update")
        .await
        .expect(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 3);
});

both_databases!(an_unused_category_is_archived, |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let category = manager
        .post("/categories", json!({"name": "Divers"}))
        .await
        .expect(201);
    let path = format!("/categories/{}", category["id"].as_str().unwrap());
    let into = json!({"category_id": category["id"]});
    let product_path = format!("/products/{product}");
    manager.patch(&product_path, &into).await.expect(200);
    let archive = json!({"archived": true});
    let used = manager.patch(&path, &archive).await;
    let used = used.expect_problem_at(409, "category.in_use", "/archived");
    assert_eq!(used["errors"][0]["products"], 1);
    manager
        .patch(&product_path, json!({"category_id": null}))
        .await
        .expect(200);
    assert_eq!(
        manager.patch(&path, &archive).await.expect(200)["archived"],
        true
    );
    let refused = manager.patch(&product_path, &into).await;
    refused.expect_problem_at(422, "request.unknown_reference", "/category_id");
    let below = json!({"name": "Petits", "parent_id": category["id"]});
    let refused = manager.post("/categories", below).await;
    refused.expect_problem_at(422, "request.unknown_reference", "/parent_id");
    manager
        .patch(&path, json!({"archived": false}))
        .await
        .expect(200);
    manager.patch(&product_path, &into).await.expect(200);
});

both_databases!(users_rates_and_the_proof_say_when, |app| async {
    let owner = app.admin().await;
    let user = app.another_user(kernel::Role::Cashier).await;
    let path = format!("/users/{user}");
    let changed = owner
        .patch(&path, json!({"email": "Neema@Example.com"}))
        .await
        .expect(200);
    assert_eq!(changed["email"], "neema@example.com");
    let owners = owner.get("/auth/me").await.expect(200);
    let taken = owner.patch(&path, json!({"email": owners["email"]})).await;
    taken.expect_problem_at(409, "user.email_taken", "/email");
    owner
        .patch(&path, json!({"email": "nobody"}))
        .await
        .expect_problem(422, "request.validation_failed");
    let users = owner.get("/users").await.expect(200);
    let own = |id: &Value| {
        let mut users = users["items"].as_array().unwrap().iter();
        users.find(|one| one["id"] == *id).unwrap().clone()
    };
    assert!(own(&owners["id"])["last_seen_at"].is_string(), "{users}");
    assert_eq!(own(&json!(user))["last_seen_at"], Value::Null);

    let rate = |micros: i64, from: &str| json!({"currency": "USD", "rate_micros": micros, "valid_from": from, "confirm": true});
    let now = kernel::Clock::now(&*app.clock);
    let (yesterday, tomorrow) = (
        now.plus_seconds(-86_400).to_string(),
        now.plus_seconds(86_400).to_string(),
    );
    let old = owner
        .post("/rates", rate(2_700_000_000, &yesterday))
        .await
        .expect(201);
    owner
        .post("/rates", rate(2_900_000_000, &tomorrow))
        .await
        .expect(201);
    let present = owner.get("/rates?in_force=true").await.expect(200);
    assert_eq!(present["items"].as_array().unwrap().len(), 1);
    assert_eq!(present["items"][0]["id"], old["id"]);
    assert!(present["items"][0]["actor_name"].is_string());
    let all = owner.get("/rates").await.expect(200);
    let forces: Vec<&Value> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["in_force"])
        .collect();
    assert_eq!(forces, [&json!(false), &json!(true)]);

    let none = owner.get("/inventory/proof").await.expect(200);
    assert_eq!(
        (&none["at"], &none["newest_position"]),
        (&Value::Null, &json!(0))
    );
});

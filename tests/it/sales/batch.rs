//! A till's outbox: many sales in one request, each for itself.

use std::collections::BTreeMap;

use kernel::ids::{ProductId, SaleId};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

fn sale(product: ProductId, quantity: i64) -> Value {
    let mut sale = basket(product, quantity);
    sale["id"] = json!(SaleId::generate());
    sale
}

async fn send(client: &Client, sales: &[Value]) -> Vec<Value> {
    let body = json!({ "sales": sales });
    let answer = client.post("/sales/batch", body).await.expect(200);
    let results = answer["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), sales.len());
    for (index, (result, sent)) in results.iter().zip(sales).enumerate() {
        assert_eq!(result["index"], index);
        let is_recorded = result["status"].as_u64().unwrap() < 300;
        assert_eq!(result["sale"].is_object(), is_recorded, "{result}");
        assert_eq!(result["problem"].is_null(), is_recorded, "{result}");
        if is_recorded {
            assert_eq!(result["sale"]["id"], sent["id"]);
        } else {
            assert_eq!(result["problem"]["status"], result["status"]);
        }
    }
    results
}

fn statuses(results: &[Value]) -> Vec<u64> {
    let statuses = results.iter().map(|one| one["status"].as_u64().unwrap());
    statuses.collect()
}

async fn recorded(client: &Client) -> usize {
    let mut all = 0;
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/sales?limit=200{cursor}")).await;
        let page = page.expect(200);
        all += page["items"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn plenty(app: &TestApp, stock: i64) -> ProductId {
    let wanted = Wanted {
        stock,
        ..Wanted::default()
    };
    app.product(wanted).await
}

both_databases!(
    every_sale_of_a_batch_is_recorded_once_however_often_it_is_sent,
    |app| async {
        let product = plenty(app, 500).await;
        let cashier = app.cashier().await;
        let sales: Vec<Value> = (0..100).map(|_| sale(product, 2)).collect();
        let first = send(&cashier, &sales).await;
        assert_eq!(statuses(&first), vec![201; 100]);
        let numbers: Vec<_> = first
            .iter()
            .map(|one| one["sale"]["number"].as_i64().unwrap())
            .collect();
        assert_eq!(numbers, (1..=100).collect::<Vec<_>>(), "in their order");
        let again = send(&cashier, &sales).await;
        assert_eq!(statuses(&again), vec![200; 100]);
        for (before, after) in first.iter().zip(&again) {
            assert_eq!(before["sale"], after["sale"]);
        }
        // One that is new among those that are known, and one that was sent alone.
        let mut mixed = sales[..3].to_vec();
        mixed.insert(1, sale(product, 1));
        assert_eq!(
            statuses(&send(&cashier, &mixed).await),
            [200, 201, 200, 200]
        );
        cashier.post("/sales", mixed[1].clone()).await.expect(200);
        assert_eq!(recorded(&cashier).await, 101);
        assert_eq!(app.on_hand(product).await, (500 - 201) * 1000);
    }
);

both_databases!(
    a_sale_that_is_refused_in_the_middle_leaves_the_others_alone,
    |app| async {
        let product = plenty(app, 10).await;
        let cashier = app.cashier().await;
        let unknown = app
            .product(Wanted {
                sku: "AUTRE",
                stock: 0,
                ..Wanted::default()
            })
            .await;
        let mut stray = sale(product, 1);
        stray["note"] = json!("a\u{7}b");
        let mut odd = sale(product, 1);
        odd["colour"] = json!("red");
        let mut nameless = sale(product, 1);
        nameless.as_object_mut().unwrap().remove("id");
        let mut cheap = sale(product, 1);
        cheap["lines"][0]["unit_price_minor"] = json!(1);
        let sales = [
            sale(product, 4),
            sale(unknown, 1),
            stray,
            sale(product, 4),
            odd,
            sale(product, 4),
            nameless,
            cheap,
            json!([]),
            json!("x"),
            sale(product, 0),
            sale(product, 2),
        ];
        let body = json!({ "sales": sales });
        // The document allows whole sales only; a till with an old one among them gets its refusal.
        let old_till = cashier.clone().undocumented();
        let answer = old_till.post("/sales/batch", body).await.expect(200);
        let results = answer["results"].as_array().unwrap();
        assert_eq!(
            statuses(results),
            [201, 409, 422, 201, 422, 409, 422, 403, 422, 422, 422, 201]
        );
        let fault = |index: usize| {
            let problem = &results[index]["problem"];
            let error = &problem["errors"][0];
            (
                problem["code"].as_str().unwrap(),
                error["pointer"].as_str().unwrap_or_default(),
            )
        };
        assert_eq!(fault(1), ("stock.insufficient", "/lines/0"));
        assert_eq!(fault(2), ("request.validation_failed", "/note"));
        assert_eq!(fault(4), ("request.invalid_body", "/colour"));
        assert_eq!(fault(5), ("stock.insufficient", "/lines/0"));
        assert_eq!(fault(6), ("request.validation_failed", "/id"));
        assert_eq!(fault(7), ("auth.forbidden", "/lines/0/unit_price_minor"));
        assert_eq!(
            fault(10),
            ("request.validation_failed", "/lines/0/quantity")
        );
        assert_eq!(app.on_hand(product).await, 0);
        assert_eq!(recorded(&cashier).await, 3);
    }
);

both_databases!(
    a_batch_of_none_of_too_many_or_with_an_id_twice_is_refused_as_a_whole,
    |app| async {
        let product = plenty(app, 500).await;
        let cashier = app.cashier().await;
        let post = async |sales: Vec<Value>| {
            cashier
                .post("/sales/batch", json!({ "sales": sales }))
                .await
        };
        let many: Vec<Value> = (0..101).map(|_| sale(product, 1)).collect();
        let code = "request.validation_failed";
        for batch in [Vec::new(), many.clone()] {
            let problem = post(batch).await.expect_problem_at(422, code, "/sales");
            assert_eq!(problem["errors"][0]["code"], "field.length");
        }
        let mut twice = many[..4].to_vec();
        twice[3]["id"] = twice[1]["id"].clone();
        let problem = post(twice)
            .await
            .expect_problem_at(422, code, "/sales/3/id");
        assert_eq!(problem["errors"][0]["code"], "sale.id_repeated");
        for body in [
            json!({}),
            json!({ "sales": 3 }),
            json!({ "sales": [], "x": 1 }),
            json!([]),
        ] {
            cashier
                .post("/sales/batch", body)
                .await
                .expect_problem(422, "request.invalid_body");
        }
        assert_eq!(recorded(&cashier).await, 0);
        let viewer = app.viewer().await;
        let refused = viewer
            .post("/sales/batch", json!({ "sales": [sale(product, 1)] }))
            .await;
        refused.expect_problem(403, "auth.forbidden");
    }
);

both_databases!(
    another_sale_under_a_used_id_is_refused_in_a_batch_as_well,
    |app| async {
        let product = plenty(app, 50).await;
        let cashier = app.cashier().await;
        let first = sale(product, 1);
        send(&cashier, std::slice::from_ref(&first)).await;
        let mut other = first;
        other["lines"][0]["quantity"] = json!(2);
        let results = send(&cashier, &[sale(product, 1), other]).await;
        assert_eq!(statuses(&results), [201, 409]);
        assert_eq!(app.on_hand(product).await, 48_000);
    }
);

// Two tills hand in overlapping halves of the same outbox, several times, while others sell.
both_databases!(
    tills_that_send_overlapping_batches_at_once_sell_each_sale_once,
    |app| async {
        let products = [
            app.product(Wanted {
                sku: "A",
                stock: 60,
                ..Wanted::default()
            })
            .await,
            app.product(Wanted {
                sku: "B",
                stock: 1_000,
                ..Wanted::default()
            })
            .await,
        ];
        let cashier = app.cashier().await;
        let all: Vec<Value> = (0..90)
            .map(|number| sale(products[usize::from(number % 3 == 0)], 1))
            .collect();
        let mut running = tokio::task::JoinSet::new();
        for (from, to) in [(0, 60), (30, 90), (10, 80), (0, 90), (45, 90)] {
            let (cashier, part) = (cashier.clone(), all[from..to].to_vec());
            running.spawn(async move {
                let results = send(&cashier, &part).await;
                let pairs = part.iter().zip(results);
                pairs
                    .map(|(sent, result)| (sent["id"].to_string(), result))
                    .collect::<Vec<_>>()
            });
        }
        for _ in 0..10 {
            let (cashier, body) = (cashier.clone(), basket(products[1], 1));
            running.spawn(async move {
                cashier.post("/sales", body).await.expect(201);
                Vec::new()
            });
        }
        let mut seen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (id, result) in running.join_all().await.into_iter().flatten() {
            seen.entry(id).or_default().push(result);
        }
        assert_eq!(seen.len(), 90);
        for (id, results) in &seen {
            let made = results.iter().filter(|one| one["status"] == 201).count();
            assert_eq!(made, 1, "{id}: {results:?}");
            let number = &results[0]["sale"]["number"];
            assert!(results.iter().all(|one| one["sale"]["number"] == *number));
        }
        assert_eq!(app.on_hand(products[0]).await, 0);
        assert_eq!(app.on_hand(products[1]).await, (1_000 - 30 - 10) * 1000);
        assert_eq!(recorded(&cashier).await, 100);
    }
);

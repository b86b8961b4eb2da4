//! What happens, and who gets it.

use analytics::findings::job::SearchFindings;
use kernel::{
    Role,
    jobs::{JobState, NoPayload, Order, Orders as _},
};
use serde_json::{Value, json};

use super::Watcher;
use crate::{
    anomalies::past::{self, Past, sold_on},
    jobs::{until_state, with_workers},
    support::{
        app::{TestApp, Wishes},
        shop::{Wanted, basket},
    },
};

fn location_of(level: &Value) -> &str {
    level["location_id"].as_str().unwrap()
}

both_databases!(each_kind_of_event_arrives, with_workers(0), |app| async {
    let product = app.product(Wanted::default()).await;
    let manager = app.manager().await;
    let mut watcher = Watcher::open(&manager).await;

    let sold = manager.post("/sales", basket(product, 3)).await.expect(201);
    let told = watcher.until("sale").await;
    for member in [
        "id",
        "number",
        "state",
        "total_minor",
        "cashier_id",
        "location_id",
        "occurred_at",
    ] {
        assert_eq!(told["sale"][member], sold[member], "{member}");
    }
    assert_eq!(told["sale"]["cashier_name"], "manager");
    let told = watcher.until("stock").await;
    let levels = told["levels"].as_array().unwrap();
    assert_eq!(levels.len(), 1);
    assert_eq!(levels[0]["product_id"], json!(product));
    assert_eq!(levels[0]["on_hand"], 7);
    assert_eq!(told["reload"], false);

    let line = &sold["lines"][0]["id"];
    let back = json!({"reason": "percé", "lines": [{"sale_line_id": line, "quantity": 1, "restock": true}]});
    let path = format!("/sales/{}/refunds", sold["id"].as_str().unwrap());
    let refund = manager.post(&path, back).await.expect(201);
    let told = watcher.until("refund").await;
    for member in ["id", "number", "sale_id", "total_minor", "reason"] {
        assert_eq!(told["refund"][member], refund[member], "{member}");
    }
    assert_eq!(told["refund"]["sale_number"], sold["number"]);
    assert_eq!(watcher.until("stock").await["levels"][0]["on_hand"], 8);

    let other = manager.post("/sales", basket(product, 2)).await.expect(201);
    watcher.until("stock").await;
    let path = format!("/sales/{}/void", other["id"].as_str().unwrap());
    let voided = manager.post(&path, json!({"reason": "deux fois"})).await;
    voided.expect(200);
    let told = watcher.until("void").await;
    assert_eq!(told["sale"]["id"], other["id"]);
    assert_eq!(told["sale"]["void_reason"], "deux fois");
    assert_eq!(watcher.until("stock").await["levels"][0]["on_hand"], 8);

    let lines = json!([{"product_id": product, "quantity": 4}]);
    let receipt = json!({"lines": lines});
    let receipt = manager.post("/inventory/receipts", receipt).await;
    receipt.expect(201);
    let level = watcher.until("stock").await["levels"][0].clone();
    assert_eq!(level["on_hand"], 12);
    let depot = app.location("Dépôt").await;
    let from = location_of(&level);
    let away = json!({"from_location_id": from, "to_location_id": depot, "lines": lines});
    manager.post("/inventory/transfers", away).await.expect(201);
    let levels = watcher.until("stock").await["levels"].clone();
    let on_hand = |location: &str| {
        let found = levels.as_array().unwrap().iter();
        let mut found = found.filter(|level| location_of(level) == location);
        found.next().unwrap()["on_hand"].clone()
    };
    assert_eq!(
        (on_hand(from), on_hand(&depot.to_string())),
        (json!(8), json!(4))
    );

    let new = json!({"sku": "SEL", "name": "Sel", "price_minor": 100_000, "cost_minor": 50_000, "initial_stock": 5});
    let new = manager.post("/products", new).await.expect(201);
    let level = watcher.until("stock").await["levels"][0].clone();
    assert_eq!(level["product_id"], new["id"]);
    assert_eq!(level["on_hand"], 5);

    let ordered = manager.post_empty("/inventory/verify").await.expect(202);
    let path = format!("/jobs/{}/cancel", ordered["id"].as_str().unwrap());
    manager.post_empty(&path).await.expect(200);
    let told = watcher.until("job").await;
    assert_eq!(told["job"]["id"], ordered["id"]);
    assert_eq!(told["job"]["state"], "cancelled");
});

both_databases!(
    a_job_that_a_worker_ends_is_an_event_and_one_that_goes_on_is_none,
    with_workers(1),
    |app| async {
        let manager = app.manager().await;
        let mut watcher = Watcher::open(&manager).await;
        let ordered = manager.post_empty("/inventory/verify").await.expect(202);
        let told = watcher.until("job").await;
        assert_eq!(told["job"]["id"], ordered["id"]);
        assert_eq!(told["job"]["state"], "done");
        assert_eq!(told["job"]["kind"], "books.verify");
    }
);

both_databases!(nothing_is_written_for_a_sale, |app| async {
    let product = app.product(Wanted::default()).await;
    let cashier = app.cashier().await;
    let rows = "SELECT (SELECT COUNT(*) FROM happenings) + (SELECT COUNT(*) FROM changes)";
    let before = app.figure(rows).await;
    let mut watcher = Watcher::open(&cashier).await;
    cashier.post("/sales", basket(product, 1)).await.expect(201);
    watcher.until("stock").await;
    assert_eq!(app.figure(rows).await, before);
});

both_databases!(
    a_cashier_gets_own_sales_and_stock_and_no_figure_of_the_shop,
    with_workers(0),
    |app| async {
        let product = app
            .product(Wanted {
                stock: 100,
                ..Wanted::default()
            })
            .await;
        let (manager, cashier) = (app.manager().await, app.cashier().await);
        let colleague = app.another_user(Role::Cashier).await;
        let colleague = app.client_of(colleague, Role::Cashier).await;
        let mut watcher = Watcher::open(&cashier).await;
        let mut all = Watcher::open(&app.viewer().await).await;
        for seller in [&manager, &colleague] {
            let sold = seller.post("/sales", basket(product, 1)).await.expect(201);
            let path = format!("/sales/{}/void", sold["id"].as_str().unwrap());
            let voided = manager.post(&path, json!({"reason": "deux fois"})).await;
            voided.expect(200);
        }
        let ordered = manager.post_empty("/inventory/verify").await.expect(202);
        let path = format!("/jobs/{}/cancel", ordered["id"].as_str().unwrap());
        manager.post_empty(&path).await.expect(200);
        let own = cashier.post("/sales", basket(product, 2)).await.expect(201);
        let path = format!("/sales/{}/void", own["id"].as_str().unwrap());
        let voided = manager.post(&path, json!({"reason": "deux fois"})).await;
        voided.expect(200);

        let names = watcher.names_until("void", "/sale/id", &own["id"]).await;
        let seen = |kind: &str| names.iter().filter(|name| *name == kind).count();
        assert_eq!(
            (seen("sale"), seen("void"), seen("job")),
            (1, 1, 0),
            "{names:?}"
        );
        assert!(seen("stock") > 0, "{names:?}");
        let names = all.names_until("void", "/sale/id", &own["id"]).await;
        let seen = |kind: &str| names.iter().filter(|name| *name == kind).count();
        assert_eq!(
            (seen("sale"), seen("void"), seen("job")),
            (3, 3, 1),
            "{names:?}"
        );
    }
);

async fn search(app: &TestApp) {
    let order = Order::<SearchFindings>::new(NoPayload {});
    let ordered = app.modules.jobs.order(order).await.unwrap();
    until_state(app, ordered.into_job().id, JobState::Done).await;
}

fn past_with_a_worker() -> Wishes {
    let past = past::now();
    let mut wishes = with_workers(1);
    wishes.settings.extend(past.settings);
    Wishes {
        now: past.now,
        ..wishes
    }
}

both_databases!(
    a_new_finding_is_announced_once,
    past_with_a_worker(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("SLIP", 1_000, 600).await;
        let mut sale = sold_on(product, "2026-11-19", 10, 4.0);
        sale.price_minor = Some(450);
        past.sell(&[sale]).await;
        let (viewer, cashier) = (app.viewer().await, app.cashier().await);
        let mut watcher = Watcher::open(&viewer).await;
        let mut blind = Watcher::open(&cashier).await;
        search(app).await;
        let told = watcher.until("finding").await;
        let finding = &told["finding"];
        assert_eq!(finding["kind"], "price_below_cost");
        assert_eq!(finding["subject"]["name"], "SLIP");
        let path = format!("/analytics/anomalies/{}", finding["id"].as_str().unwrap());
        let whole = viewer.get(&path).await.expect(200);
        for member in ["severity", "from", "to", "effect_minor", "explanation"] {
            assert_eq!(finding[member], whole[member], "{member}");
        }
        search(app).await;
        cashier.post("/sales", basket(product, 1)).await.expect(201);
        // What was committed before comes before the levels.
        let stock = json!("stock");
        let names = watcher.names_until("stock", "/event", &stock).await;
        let seen = |kind: &str| names.iter().filter(|name| *name == kind).count();
        assert_eq!((seen("finding"), seen("job")), (0, 2), "{names:?}");
        let names = blind.names_until("stock", "/event", &stock).await;
        assert_eq!(names, ["sale", "stock"]);
    }
);

//! Sales that arrive long after they happened: how old they may be, who may name the cashier, which
//! price they take, and how they are marked.

use kernel::{Clock as _, Role, Timestamp, ids::ProductId};
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, Wishes},
    shop::{Wanted, as_recorded, basket},
};

const HOUR: i64 = 3600;

fn sold_at(product: ProductId, at: Timestamp) -> Value {
    let mut sale = basket(product, 1);
    sale["occurred_at"] = json!(at);
    sale
}

fn three_hours() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SALES__LATE_ENTRY_HOURS", "3".to_owned())],
        ..Wishes::default()
    }
}

both_databases!(
    a_cashier_enters_sales_of_the_last_day_and_a_manager_of_any,
    |app| async {
        let product = app.product(Wanted::default()).await;
        app.clock.advance_seconds(10 * 24 * HOUR);
        let now = app.clock.now();
        let cashier = app.cashier().await;
        let at = |seconds: i64| sold_at(product, now.plus_seconds(-seconds));
        cashier.post("/sales", at(24 * HOUR)).await.expect(201);
        let problem = cashier
            .post("/sales", at(24 * HOUR + 1))
            .await
            .expect_problem_at(422, "sale.too_late", "/occurred_at");
        assert_eq!(problem["errors"][0]["hours"], 24);
        app.manager()
            .await
            .post("/sales", at(9 * 24 * HOUR))
            .await
            .expect(201);
        assert_eq!(app.on_hand(product).await, 8_000);
    }
);

both_databases!(the_shop_says_how_old, three_hours(), |app| async {
    let product = app.product(Wanted::default()).await;
    app.clock.advance_seconds(24 * HOUR);
    let now = app.clock.now();
    let cashier = app.cashier().await;
    let at = |seconds: i64| sold_at(product, now.plus_seconds(-seconds));
    cashier.post("/sales", at(3 * HOUR)).await.expect(201);
    cashier
        .post("/sales", at(3 * HOUR + 1))
        .await
        .expect_problem(422, "sale.too_late");
});

both_databases!(
    a_manager_names_who_sold_and_the_sale_says_who_sent_it,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let seller = app.another_user(Role::Cashier).await;
        let manager_id = app.user(Role::Manager).await;
        let manager = app.client_of(manager_id, Role::Manager).await;
        let mut order = basket(product, 1);
        let own = manager.post("/sales", &order).await.expect(201);
        assert_eq!(
            (&own["cashier_id"], &own["recorded_by"]),
            (&json!(manager_id), &json!(manager_id))
        );
        order["cashier_id"] = json!(seller);
        let sent = manager.post("/sales", &order).await.expect(201);
        assert_eq!(
            (&sent["cashier_id"], &sent["recorded_by"]),
            (&json!(seller), &json!(manager_id))
        );
        let path = format!("/sales/{}", sent["id"].as_str().unwrap());
        assert_eq!(as_recorded(manager.get(&path).await.expect(200)), sent);
        // It is the seller's: they see it, and by their name it is found.
        let of_seller = app.client_of(seller, Role::Cashier).await;
        assert_eq!(as_recorded(of_seller.get(&path).await.expect(200)), sent);
        let list = format!("/sales?cashier_id={seller}");
        let found = manager.get(&list).await.expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        assert_eq!(as_recorded(found["items"][0].clone()), sent);
        // A cashier may not name another one, and nobody may name a stranger.
        let cashier = app.cashier().await;
        cashier.post("/sales", &order).await.expect_problem_at(
            403,
            "auth.forbidden",
            "/cashier_id",
        );
        let of_own = of_seller.post("/sales", &order).await.expect(201);
        assert_eq!(of_own["recorded_by"], json!(seller));
        order["cashier_id"] = json!("0197f3a0-0000-7000-8000-000000000000");
        manager.post("/sales", &order).await.expect_problem_at(
            422,
            "request.unknown_reference",
            "/cashier_id",
        );
        let written = app
            .figure("SELECT COUNT(*) FROM audit_log WHERE action = 'sale.enter_late'")
            .await;
        assert_eq!(
            written, 1,
            "what was sent for somebody else is written down"
        );
    }
);

both_databases!(
    a_sale_that_arrives_a_quarter_of_an_hour_later_is_marked_and_found,
    |app| async {
        let product = app.product(Wanted::default()).await;
        app.clock.advance_seconds(24 * HOUR);
        let now = app.clock.now();
        let cashier = app.cashier().await;
        let mut late = Vec::new();
        let mut marks = Vec::new();
        for seconds in [0, 15 * 60, 15 * 60 + 1, 2 * HOUR] {
            let order = sold_at(product, now.plus_seconds(-seconds));
            let sale = cashier.post("/sales", order).await.expect(201);
            marks.push(sale["entered_late"].as_bool().unwrap());
            if sale["entered_late"] == true {
                late.push(sale["number"].clone());
            }
        }
        assert_eq!(marks, [false, false, true, true]);
        let manager = app.manager().await;
        let numbers = async |query: &str| -> Vec<Value> {
            let page = manager.get(&format!("/sales?{query}")).await.expect(200);
            let items = page["items"].as_array().unwrap();
            items.iter().map(|sale| sale["number"].clone()).collect()
        };
        assert_eq!(numbers("entered_late=true").await, late);
        assert_eq!(numbers("entered_late=false").await.len(), 2);
        assert_eq!(numbers("").await.len(), 4);
        let admin = app.admin().await;
        let audit = admin.get("/audit?limit=200").await.expect(200);
        let written: Vec<&Value> = audit["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["action"] == "sale.enter_late")
            .collect();
        assert_eq!(written.len(), 2, "{audit}");
        assert_eq!(written[0]["after"]["entered_late"], true);
    }
);

both_databases!(
    a_late_line_without_a_price_takes_the_price_of_its_moment,
    |app| async {
        let made = app.clock.now();
        let product = app
            .product(Wanted {
                price_minor: 100_000,
                ..Wanted::default()
            })
            .await;
        app.clock.advance_seconds(HOUR);
        let change = async |body: Value| {
            let path = format!("/products/{product}");
            app.manager().await.patch(&path, body).await.expect(200);
        };
        change(json!({"price_minor": 120_000})).await;
        app.clock.advance_seconds(HOUR);
        // A new cost is no new price.
        change(json!({"cost_minor": 1})).await;
        app.clock.advance_seconds(HOUR);
        change(json!({"price_minor": 150_000, "tax_rate_bp": 1600})).await;
        app.clock.advance_seconds(HOUR);
        let cashier = app.cashier().await;
        for (seconds, price) in [
            (-60, 100_000),
            (60, 100_000),
            (HOUR, 120_000),
            (2 * HOUR + 60, 120_000),
            (3 * HOUR + 60, 150_000),
        ] {
            let order = sold_at(product, made.plus_seconds(seconds));
            let sale = cashier.post("/sales", order).await.expect(201);
            let line = &sale["lines"][0];
            assert_eq!(line["unit_price_minor"], price, "{seconds}");
            assert_eq!(line["tax_rate_bp"], 1600, "the tax that is known now");
        }
        let mut now = basket(product, 1);
        let sale = cashier.post("/sales", &now).await.expect(201);
        assert_eq!(sale["total_minor"], 150_000);
        // A price that is sent is the price.
        now["occurred_at"] = json!(made.plus_seconds(60));
        now["lines"][0]["unit_price_minor"] = json!(140_000);
        let sale = app.manager().await.post("/sales", &now).await.expect(201);
        assert_eq!(sale["total_minor"], 140_000);
    }
);

both_databases!(a_mistyped_rate_of_days_ago_buys_nothing, |app| async {
    let product = app
        .product(Wanted {
            price_minor: 200_000,
            ..Wanted::default()
        })
        .await;
    let rate = |micros: i64| json!({"currency": "USD", "rate_micros": micros, "confirm": true});
    let admin = app.admin().await;
    let wrong = admin.post("/rates", rate(28_000_000_000)).await.expect(201);
    let then = app.clock.now();
    app.clock.advance_seconds(HOUR);
    app.admin()
        .await
        .post("/rates", rate(2_800_000_000))
        .await
        .expect(201);
    app.clock.advance_seconds(5 * 24 * HOUR);
    let mut order = sold_at(product, then);
    order["payments"] = json!([{"method": "cash", "currency": "USD", "amount_minor": 10}]);
    let cashier = app.cashier().await;
    cashier
        .post("/sales", &order)
        .await
        .expect_problem_at(422, "sale.too_late", "/occurred_at");
    let path = format!("/rates/{}/withdraw", wrong["id"].as_str().unwrap());
    let reason = json!({"reason": "un zéro de trop"});
    app.admin().await.post(&path, reason).await.expect(200);
    // Not even a manager gets it by dating a sale back: no rate held at that moment.
    app.manager()
        .await
        .post("/sales", &order)
        .await
        .expect_problem_at(422, "payment.rate_missing", "/payments/0/currency");
});

/// The end of what the old program said of how late a sale was: nothing.
async fn marks_of(app: &TestApp) -> i64 {
    app.figure("SELECT COUNT(*) FROM sales WHERE entered_late")
        .await
}

both_databases!(a_history_is_not_entered_late, |app| async {
    let manager = app.manager().await;
    let csv = "invoice,sku,quantity,date,price\n1,A-123,1,2026-03-01 09:00,10\n";
    let import = crate::imports::send(&manager, "sales", csv)
        .await
        .expect(201);
    crate::imports::commit(&manager, &import, json!({}))
        .await
        .expect(200);
    assert_eq!(marks_of(app).await, 0);
});

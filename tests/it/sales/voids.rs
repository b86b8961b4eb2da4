//! A void says that the sale never happened. Days that are over stay as they are.

use kernel::{
    Clock as _, Quantity, Role, Timestamp,
    ids::{ProductId, SaleId},
};
use platform::request::Origin;
use sales::{
    Actor, SalesError,
    inventory::{
        held::Held,
        ledger::{move_stock, take_stock_back},
        locations,
        movement::{MovementKind, StockMove},
    },
};
use serde_json::{Value, json};
use store::Tx;

use crate::{
    imports::{commit, send},
    support::{
        app::{TestApp, Wishes},
        http::{Answer, Client},
        shop::{Wanted, basket},
    },
};

const ZONE: chrono_tz::Tz = chrono_tz::Africa::Lubumbashi;
const STEP: i64 = 20;

/// 21:00 in the shop, two hours before midnight UTC and three before its own.
fn in_the_evening() -> Wishes {
    Wishes {
        now: Some(Timestamp::parse("2026-10-10T21:00:00+02:00").unwrap()),
        settings: vec![("SALESFLOW__SHOP__TIME_ZONE", ZONE.name().to_owned())],
        ..Wishes::default()
    }
}

async fn void(client: &Client, sale: &Value) -> Answer {
    let path = format!("/sales/{}/void", sale["id"].as_str().unwrap());
    client.post(&path, json!({"reason": "typed twice"})).await
}

async fn refund(client: &Client, sale: &Value, restock: bool) -> Answer {
    let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
    let line = json!({"sale_line_id": sale["lines"][0]["id"], "quantity": sale["lines"][0]["quantity"], "restock": restock});
    client
        .post(&path, json!({"lines": [line], "reason": "came back"}))
        .await
}

async fn revenue_of(client: &Client, day: &str) -> Value {
    let path = format!("/analytics/summary?from={day}&to={day}");
    client.get(&path).await.expect(200)["revenue_minor"].clone()
}

async fn stock_at(client: &Client, product: ProductId, instant: Timestamp) -> Value {
    let path = format!("/inventory?product_id={product}&as_of={instant}");
    client.get(&path).await.expect(200)["items"][0]["on_hand"].clone()
}

async fn count(client: &Client, product: ProductId, pieces: i64) {
    let body = json!({"lines": [{"product_id": product, "counted": pieces}]});
    client.post("/inventory/counts", body).await.expect(201);
}

both_databases!(
    a_sale_is_voided_until_midnight_of_its_own_day_in_the_shop,
    in_the_evening(),
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let first = manager.post("/sales", basket(product, 1)).await.expect(201);
        let second = manager.post("/sales", basket(product, 2)).await.expect(201);
        // Entered late: the day of a sale is the day on which it happened.
        let mut late = basket(product, 1);
        late["occurred_at"] = json!("2026-10-09T23:59:59+02:00");
        let late = manager.post("/sales", late).await.expect(201);
        void(&manager, &late)
            .await
            .expect_problem(409, "sale.too_late_to_void");
        let last = Timestamp::parse("2026-10-10T23:59:59+02:00").unwrap();
        app.clock.set(last);
        let voided = void(&manager, &first).await.expect(200);
        assert_eq!(voided["voided_at"], json!(last));
        let revenue = revenue_of(&manager, "2026-10-10").await;
        assert_eq!(revenue, 700_000);
        app.clock.advance_seconds(1);
        let problem = void(&manager, &second)
            .await
            .expect_problem(409, "sale.too_late_to_void");
        assert!(problem["detail"].as_str().unwrap().contains("2026-10-10"));
        assert_eq!(app.on_hand(product).await, 7_000);
        // The way out counts today, and the day that is over stays as it was.
        refund(&manager, &second, true).await.expect(201);
        assert_eq!(app.on_hand(product).await, 9_000);
        assert_eq!(revenue_of(&manager, "2026-10-10").await, revenue);
        assert_eq!(revenue_of(&manager, "2026-10-11").await, -700_000);
    }
);

both_databases!(
    a_void_asked_for_before_midnight_is_done_after_it,
    in_the_evening(),
    |app| async {
        let product = app.product(Wanted::default()).await;
        let sale = app
            .manager()
            .await
            .post("/sales", basket(product, 1))
            .await
            .expect(201);
        let sale: SaleId = sale["id"].as_str().unwrap().parse().unwrap();
        let void = async |asked_at: &str| {
            let mut origin = Origin::local("test");
            origin.arrived_at = Some(Timestamp::parse(asked_at).unwrap());
            let manager = Actor {
                user_id: Some(app.user(Role::Manager).await),
                role: Role::Manager,
                origin,
            };
            let orders = &app.modules.sales.orders;
            orders.void(&manager, sale, "typed twice", None).await
        };
        app.clock
            .set(Timestamp::parse("2026-10-11T00:00:05+02:00").unwrap());
        let late = void("2026-10-11T00:00:00+02:00").await;
        assert!(matches!(late, Err(SalesError::Refused(_))), "{late:?}");
        void("2026-10-10T23:59:59+02:00").await.unwrap();
        assert_eq!(app.on_hand(product).await, 10_000);
    }
);

both_databases!(
    a_count_after_the_sale_has_seen_the_goods_of_a_void,
    |app| async {
        let wanted = Wanted {
            stock: 1_000,
            ..Wanted::default()
        };
        let product = app.product(wanted).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let sold_at = app.clock.now();
        let sale = manager.post("/sales", basket(product, 1)).await.expect(201);
        app.clock.advance_seconds(STEP);
        let counted_at = app.clock.now();
        count(&manager, product, 1).await;
        app.clock.advance_seconds(STEP);
        void(&manager, &sale).await.expect(200);
        assert_eq!(app.on_hand(product).await, 1_000, "one lies there");
        assert_eq!(
            stock_at(&manager, product, sold_at).await,
            1_000,
            "it never left"
        );
        assert_eq!(stock_at(&manager, product, counted_at).await, 1);
        // Without a count in between the goods are back.
        let sale = manager.post("/sales", basket(product, 1)).await.expect(201);
        void(&manager, &sale).await.expect(200);
        assert_eq!(app.on_hand(product).await, 1_000);
    }
);

both_databases!(
    corrections_that_a_late_sale_was_given_go_back_with_it,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let sold_at = app.clock.now();
        app.clock.advance_seconds(STEP);
        let counted_at = app.clock.now();
        count(&manager, product, 7).await;
        app.clock.advance_seconds(STEP);
        let mut late = basket(product, 3);
        late["occurred_at"] = json!(sold_at);
        let sale = manager.post("/sales", late).await.expect(201);
        assert_eq!(app.on_hand(product).await, 7_000);
        app.clock.advance_seconds(STEP);
        // The sheet of an earlier count, which the sale's correction knew nothing of.
        let sheet = json!({"lines": [{"product_id": product, "counted": 8}], "counted_at": sold_at.plus_seconds(STEP / 2)});
        manager.post("/inventory/counts", sheet).await.expect(201);
        void(&manager, &sale).await.expect(200);
        assert_eq!(app.on_hand(product).await, 7_000);
        assert_eq!(stock_at(&manager, product, sold_at).await, 10);
        let between = sold_at.plus_seconds(STEP / 2);
        assert_eq!(stock_at(&manager, product, between).await, 8);
        assert_eq!(stock_at(&manager, product, counted_at).await, 7);
    }
);

both_databases!(
    a_correction_goes_back_also_when_its_count_is_no_witness,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let document = uuid::Uuid::now_v7();
        let sql = "INSERT INTO stock_documents (id, kind, occurred_at_us, recorded_at_us) VALUES ($1, 'adjustment', 0, 0)";
        app.write(sql, vec![document.into()]).await;
        let now = app.clock.now();
        let write = &app.modules.stores.write;
        write
            .transaction(async |tx: &Tx| {
                let moved = |kind, pieces, occurred_at, location_id| StockMove {
                    product_id: product,
                    location_id,
                    delta: Quantity::from_units(pieces),
                    kind,
                    reference_id: Some(document),
                    unit_cost_minor: None,
                    reason: None,
                    actor_id: None,
                    occurred_at,
                };
                let place = locations::default_location(tx).await?;
                let held = async || Held::take(tx, &*app.clock, [(product, place)]).await;
                // As it was corrected by the count.
                let left = moved(MovementKind::Adjustment, -3, now, place);
                let corrected = moved(MovementKind::Count, 3, now.plus_seconds(STEP), place);
                move_stock(tx, held().await?, &[left, corrected]).await?;
                let back = moved(MovementKind::Adjustment, 3, now, place);
                take_stock_back(tx, held().await?, &[back], document).await?;
                Ok::<_, SalesError>(())
            })
            .await
            .unwrap();
        assert_eq!(app.on_hand(product).await, 10_000);
        let manager = app.manager().await;
        assert_eq!(stock_at(&manager, product, now).await, 10);
    }
);

async fn imported_sale(app: &TestApp, manager: &Client) -> Value {
    let day = app.clock.now().date_in(chrono_tz::UTC);
    let file = format!("invoice;sku;name;quantity;date;price\n9;SUCRE-1KG;Sucre;5;{day};3500\n");
    let import = send(manager, "sales", file).await.expect(201);
    let options = json!({"accept_warnings": true});
    commit(manager, &import, options).await.expect(200);
    manager.get("/sales").await.expect(200)["items"][0].clone()
}

both_databases!(
    an_imported_sale_is_not_voided_and_its_goods_come_in_when_they_come_back,
    |app| async {
        let wanted = Wanted {
            stock: 3,
            ..Wanted::default()
        };
        let product = app.product(wanted).await;
        let manager = app.manager().await;
        app.clock.advance_seconds(STEP);
        let sale = imported_sale(app, &manager).await;
        assert_eq!(app.on_hand(product).await, 3_000);
        void(&manager, &sale)
            .await
            .expect_problem(409, "sale.imported");
        assert_eq!(
            app.on_hand(product).await,
            3_000,
            "nothing comes of nothing"
        );
        refund(&manager, &sale, true).await.expect(201);
        assert_eq!(app.on_hand(product).await, 8_000);
        let path = format!("/products/{product}/movements?limit=1");
        let newest = manager.get(&path).await.expect(200)["items"][0].clone();
        assert_eq!(newest["kind"], "refund");
        assert_eq!(newest["occurred_at"], json!(app.clock.now()));
        assert_eq!(
            newest["reason"],
            "came back (goods of the imported sale 9 come in)"
        );
    }
);

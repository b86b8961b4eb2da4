//! Settings and exchange rates.

use kernel::{Currency, Timestamp};
use sales::{SalesError, shop::rates};
use serde_json::{Value, json};
use store::Tx;

use super::{make, product};
use crate::support::{
    app::Wishes,
    http::Client,
    shop::{Wanted, as_recorded},
};

both_databases!(
    settings_change_on_the_version_that_was_read_and_hold_at_once,
    |app| async {
        let admin = app.admin().await;
        let read = admin.get("/settings").await;
        assert_eq!(read.header("etag"), Some("\"1\""));
        let before = read.expect(200);
        for field in [
            "name",
            "currency",
            "time_zone",
            "locale",
            "tax_mode",
            "cash_step_minor",
            "receipt_header",
            "receipt_footer",
        ] {
            assert!(before.get(field).is_some(), "{field}: {before}");
        }
        let change = json!({"name": "Chez Mapendo", "tax_mode": "added", "time_zone": "Africa/Kinshasa", "receipt_footer": "Merci !"});
        let after = admin
            .patch_if_match("/settings", 1, &change)
            .await
            .expect(200);
        for (field, value) in change.as_object().unwrap() {
            assert_eq!(&after[field], value);
        }
        assert_eq!(
            (&after["version"], &after["currency"]),
            (&json!(2), &before["currency"])
        );
        assert_eq!(
            app.cashier().await.get("/settings").await.expect(200),
            after
        );
        admin
            .patch_if_match("/settings", 1, json!({"name": "x"}))
            .await
            .expect_problem(412, "request.precondition_failed");
        let log = "SELECT COUNT(*) FROM audit_log WHERE action = 'settings.update'";
        assert_eq!(app.figure(log).await, 1);
    }
);

both_databases!(
    settings_that_cannot_be_are_refused_and_only_the_owner_changes_them,
    |app| async {
        let admin = app.admin().await;
        for (change, pointer) in [
            (json!({"time_zone": "Mars/Olympus"}), "/time_zone"),
            (json!({"locale": "tlh"}), "/locale"),
            (json!({"currency": "XXX"}), "/currency"),
            (json!({"tax_mode": "maybe"}), "/tax_mode"),
            (json!({"cash_step_minor": 0}), "/cash_step_minor"),
            (json!({"name": " "}), "/name"),
            (json!({"name": null}), "/name"),
            (
                json!({"receipt_header": "x".repeat(501)}),
                "/receipt_header",
            ),
            (json!({"colour": "red"}), "/colour"),
        ] {
            let problem = admin.patch("/settings", &change).await.expect(422);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
        for client in [app.manager().await, app.cashier().await, app.viewer().await] {
            client
                .patch("/settings", json!({"name": "x"}))
                .await
                .expect_problem(403, "auth.forbidden");
        }
        let log = "SELECT COUNT(*) FROM audit_log WHERE action = 'settings.update'";
        assert_eq!(app.figure(log).await, 0);
    }
);

both_databases!(
    the_currency_changes_only_while_nothing_was_priced_in_it,
    |app| async {
        let admin = app.admin().await;
        let changed = admin
            .patch("/settings", json!({"currency": "XAF"}))
            .await
            .expect(200);
        assert_eq!(
            (&changed["currency"], &changed["cash_step_minor"]),
            (&json!("XAF"), &json!(5))
        );
        make(&admin, product("P", "Prix")).await;
        admin
            .patch("/settings", json!({"currency": "USD"}))
            .await
            .expect_problem_at(409, "setup.shop_not_empty", "/currency");
        admin
            .patch("/settings", json!({"currency": "XAF"}))
            .await
            .expect(200);
    }
);

/// The rates of a list, read in pages of two.
async fn all_rates(client: &Client, query: &str) -> Vec<i64> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/rates?limit=2{query}{cursor}");
        let page = client.get(&path).await.expect(200);
        let rates = page["items"].as_array().unwrap().iter();
        all.extend(rates.map(|rate| rate["rate_micros"].as_i64().unwrap()));
        let Some(next) = page["next_cursor"].as_str() else {
            return all;
        };
        cursor = format!("&cursor={next}");
    }
}

both_databases!(
    the_rate_of_a_moment_is_the_latest_that_had_begun,
    |app| async {
        let admin = app.admin().await;
        let rate = async |micros: i64, from: &str| {
            let body = json!({"currency": "USD", "rate_micros": micros, "valid_from": from});
            admin.post("/rates", body).await.expect(201)
        };
        rate(2_800_000_000, "2026-01-01T00:00:00Z").await;
        rate(2_900_000_000, "2026-03-01T00:00:00Z").await;
        rate(2_850_000_000, "2026-02-01T00:00:00Z").await;
        let corrected = rate(2_860_000_000, "2026-02-01T00:00:00Z").await;
        assert_eq!(corrected["currency"], "USD");
        for (moment, expected) in [
            ("2025-12-31T23:59:59Z", None),
            ("2026-01-01T00:00:00Z", Some(2_800_000_000)),
            ("2026-02-01T00:00:00Z", Some(2_860_000_000)),
            ("2026-02-28T23:59:59Z", Some(2_860_000_000)),
            ("2027-01-01T00:00:00Z", Some(2_900_000_000)),
        ] {
            let (usd, at) = (
                Currency::parse("USD").unwrap(),
                Timestamp::parse(moment).unwrap(),
            );
            let stores = &app.modules.stores;
            let read = rates::read_at(&stores.read, usd, at).await.unwrap();
            let inside = stores
                .write
                .transaction(async |tx: &Tx| Ok::<_, SalesError>(rates::at(tx, usd, at).await?))
                .await
                .unwrap();
            assert_eq!(read, inside);
            assert_eq!(read.map(|rate| rate.micros.micros()), expected, "{moment}");
        }
        let eur = json!({"currency": "EUR", "rate_micros": 3_000_000_000_i64});
        admin.post("/rates", eur).await.expect(201);
        assert_eq!(
            all_rates(&admin, "&currency=USD").await,
            [2_900_000_000, 2_860_000_000, 2_850_000_000, 2_800_000_000]
        );
        assert_eq!(all_rates(&admin, "").await.len(), 5);
    }
);

both_databases!(a_rate_that_cannot_be_is_refused, |app| async {
    let admin = app.admin().await;
    let of = |currency: &str| json!({"currency": currency, "rate_micros": 1});
    let at = |micros: Value| json!({"currency": "USD", "rate_micros": micros});
    let from = |time: &str| json!({"currency": "USD", "rate_micros": 1, "valid_from": time});
    for (body, pointer) in [
        (of("CDF"), "/currency"),
        (of("ABC"), "/currency"),
        (at(json!(0)), "/rate_micros"),
        (at(json!(-5)), "/rate_micros"),
        (at(json!(10_000_000_000_001_i64)), "/rate_micros"),
        (at(json!(1.5)), "/rate_micros"),
        (from("1960-01-01T00:00:00Z"), "/valid_from"),
        (from("2999-01-01T00:00:00Z"), "/valid_from"),
        (from("yesterday"), "/valid_from"),
    ] {
        let problem = admin.post("/rates", &body).await.expect(422);
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
    }
    let manager = app.manager().await;
    manager
        .post("/rates", json!({"currency": "USD", "rate_micros": 1}))
        .await
        .expect_problem(403, "auth.forbidden");
    assert_eq!(app.figure("SELECT COUNT(*) FROM rates").await, 0);
    let once = json!({"currency": "USD", "rate_micros": 7});
    admin.post_once("/rates", "k", &once).await.expect(201);
    admin.post_once("/rates", "k", &once).await.expect(201);
    assert_eq!(app.figure("SELECT COUNT(*) FROM rates").await, 1);
});

fn dollar_shop() -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__SHOP__CURRENCY", "USD".to_owned()),
            ("SALESFLOW__SHOP__CASH_STEP_MINOR", "1".to_owned()),
        ],
        ..Wishes::default()
    }
}

both_databases!(
    a_dollar_shop_stores_the_rate_of_the_franc_exactly,
    dollar_shop(),
    |app| async {
        let admin = app.admin().await;
        let rate = json!({"currency": "CDF", "rate_micros": 2_850_500_000_i64, "rate_side": "foreign_per_base"});
        let made = admin.post("/rates", &rate).await.expect(201);
        let listed = admin.get("/rates").await.expect(200)["items"][0].clone();
        for rate in [&made, &listed] {
            assert_eq!(rate["rate_micros"], 2_850_500_000_i64);
            assert_eq!(rate["rate_side"], "foreign_per_base");
        }
        let product = app
            .product(Wanted {
                price_minor: 100_000_00,
                cost_minor: 0,
                ..Wanted::default()
            })
            .await;
        let order = json!({"lines": [{"product_id": product, "quantity": 1}],
            "payments": [{"method": "cash", "currency": "CDF", "amount_minor": 28_505_000_000_i64}]});
        let sale = app.cashier().await.post("/sales", &order).await.expect(201);
        let paid = &sale["payments"][0];
        assert_eq!(
            (
                &paid["rate_micros"],
                &paid["rate_side"],
                &paid["base_minor"]
            ),
            (
                &json!(2_850_500_000_i64),
                &json!("foreign_per_base"),
                &json!(10_000_000)
            )
        );
        assert_eq!(
            (&sale["rounding_minor"], &sale["change_minor"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(paid.get("rate"), None, "one name");
        let read = format!("/sales/{}", sale["id"].as_str().unwrap());
        assert_eq!(as_recorded(admin.get(&read).await.expect(200)), sale);
        // The same figure on the other side is another rate, and needs a permission.
        let turned = json!({"lines": [{"product_id": product, "quantity": 1}], "payments": [
            {"method": "cash", "currency": "CDF", "amount_minor": 1, "rate_micros": 2_850_500_000_i64, "rate_side": "base_per_foreign"}]});
        app.cashier()
            .await
            .post("/sales", &turned)
            .await
            .expect_problem_at(403, "auth.forbidden", "/payments/0/rate_micros");
        let unknown = json!({"currency": "CDF", "rate_micros": 1, "rate_side": "sideways"});
        admin.post("/rates", &unknown).await.expect_problem_at(
            422,
            "request.invalid_body",
            "/rate_side",
        );
    }
);

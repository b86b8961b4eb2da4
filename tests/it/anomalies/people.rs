//! Refunds, voids and discounts, and the people who make them.

use kernel::Role;
use serde_json::json;

use super::past::{Past, Sold, all, at, days, now, sold_on, subjects};

both_databases!(
    refunds_without_returned_goods_are_reported_and_others_are_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let (away, back) = (
            past.product("LAIT", 1_000, 600).await,
            past.product("SUCRE", 1_000, 600).await,
        );
        let sold: Vec<Sold> = (8..12)
            .flat_map(|hour| {
                [
                    sold_on(away, "2026-11-12", hour, 1.0),
                    sold_on(back, "2026-11-12", hour, 1.0),
                ]
            })
            .collect();
        past.sell(&sold).await;
        for sale in &sold {
            past.refund(
                sale,
                Role::Manager,
                at("2026-11-12", 20),
                sale.product == back,
            )
            .await;
        }
        let found = past.found_of("refund_without_goods").await;
        assert_eq!(subjects(&found), ["LAIT"]);
        assert_eq!(found[0]["effect_minor"], -4_000);
        assert_eq!(found[0]["figures"]["actual"], 4.0);
        assert_eq!(found[0]["evidence_total"], 4);
        assert_eq!(found[0]["evidence"][0]["type"], "refund");
    }
);

both_databases!(
    a_far_too_large_refund_is_reported_and_a_slightly_larger_one_is_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("HUILE", 1_000, 600).await;
        let mut sold: Vec<Sold> = days("2026-09-01", "2026-09-22")
            .iter()
            .map(|date| sold_on(product, date, 9, 1.0))
            .collect();
        let small = sold.len();
        sold.push(sold_on(product, "2026-11-10", 9, 30.0));
        sold.push(sold_on(product, "2026-11-11", 9, 1.5));
        past.sell(&sold).await;
        for sale in &sold {
            past.refund(sale, Role::Manager, sale.at.plus_seconds(7_200), true)
                .await;
        }
        let found = past.found_of("large_refund").await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["effect_minor"], -30_000);
        assert_eq!(found[0]["evidence"][0]["number"], json!(small + 1));
        assert_eq!(found[0]["subject"]["name"], "manager");
    }
);

both_databases!(
    own_sales_refunded_within_minutes_are_reported_and_those_of_others_are_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("BIERE", 1_000, 600).await;
        let sale = |hour: i64, by: Role| {
            let mut sale = sold_on(product, "2026-11-12", hour, 1.0);
            sale.by = by;
            sale
        };
        let own: Vec<Sold> = (8..11).map(|hour| sale(hour, Role::Manager)).collect();
        let of_others: Vec<Sold> = (11..14).map(|hour| sale(hour, Role::Cashier)).collect();
        past.sell(&own).await;
        past.sell(&of_others).await;
        for sale in &own {
            past.refund(sale, Role::Manager, sale.at.plus_seconds(240), false)
                .await;
        }
        for sale in &of_others {
            past.refund(sale, Role::Admin, sale.at.plus_seconds(240), false)
                .await;
        }
        let found = past.found_of("quick_refund").await;
        assert_eq!(subjects(&found), ["manager"]);
        assert_eq!(found[0]["figures"]["actual"], 3.0);
    }
);

both_databases!(
    a_cash_sale_voided_in_the_evening_is_reported_and_one_voided_at_once_is_not,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("SAVON", 1_000, 600).await;
        let (late, at_once) = (
            sold_on(product, "2026-11-10", 9, 3.0),
            sold_on(product, "2026-11-10", 10, 3.0),
        );
        for sale in [&late, &at_once] {
            app.travel_to(sale.at).await;
            past.sell(std::slice::from_ref(sale)).await;
        }
        app.travel_to(at("2026-11-10", 11)).await;
        let cashier = app.cashier().await;
        let mobile = cashier
            .post("/sales", json!({
                "lines": [{"product_id": product, "quantity": 3}],
                "payments": [{"method": "mobile_money", "currency": "CDF", "amount_minor": 3_000, "reference": "MP1"}],
            }))
            .await
            .expect(201);
        past.void(
            &at_once,
            Role::Manager,
            at("2026-11-10", 10).plus_seconds(300),
        )
        .await;
        past.void(&late, Role::Manager, at("2026-11-10", 20)).await;
        // A till without a network could not void it before it was entered.
        let entered = sold_on(product, "2026-11-10", 8, 3.0);
        app.travel_to(at("2026-11-10", 21)).await;
        past.sell(std::slice::from_ref(&entered)).await;
        let soon = at("2026-11-10", 21).plus_seconds(300);
        past.void(&entered, Role::Manager, soon).await;
        app.manager()
            .await
            .post(
                &format!("/sales/{}/void", mobile["id"].as_str().unwrap()),
                json!({"reason": "mistake"}),
            )
            .await
            .expect(200);
        let found = past.found_of("void_after_cash").await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["evidence"][0]["id"], json!(late.id));
        assert_eq!(found[0]["effect_minor"], -3_000);
        assert_eq!(found[0]["figures"]["actual"], 11.0 * 60.0);
        assert_eq!(found[0]["subject"]["name"], "manager");
    }
);

/// Weeks of three cashiers with 28 sales a week each.
fn weeks(product: kernel::ids::ProductId) -> Vec<Sold> {
    weeks_of(product, "2026-10-05", "2026-11-15")
}

fn weeks_of(product: kernel::ids::ProductId, first: &str, last: &str) -> Vec<Sold> {
    let mut sold = Vec::new();
    for date in days(first, last) {
        for (by, hour) in [(Role::Admin, 9), (Role::Manager, 12), (Role::Cashier, 15)] {
            for _ in 0..4 {
                let mut sale = sold_on(product, &date, hour, 1.0);
                sale.by = by;
                sold.push(sale);
            }
        }
    }
    sold
}

both_databases!(
    a_cashier_who_voids_far_more_than_others_is_reported,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("COCA", 1_000, 600).await;
        let sold = weeks(product);
        past.sell(&sold).await;
        let in_week = |by: Role, count: usize| {
            sold.iter()
                .filter(move |sale| {
                    sale.by == by && sale.at >= at("2026-11-09", 0) && sale.at < at("2026-11-16", 0)
                })
                .take(count)
        };
        for sale in in_week(Role::Cashier, 9).chain(in_week(Role::Manager, 1)) {
            past.void(sale, Role::Manager, sale.at.plus_seconds(60))
                .await;
        }
        let found = past.found_of("voids_by_cashier").await;
        assert_eq!(subjects(&found), ["cashier"]);
        assert_eq!(
            (found[0]["from"].as_str(), found[0]["to"].as_str()),
            (Some("2026-11-09"), Some("2026-11-15"))
        );
        assert_eq!(found[0]["explanation"]["params"]["times"], 9);
        assert!(found[0]["figures"]["actual"].as_f64().unwrap() > 0.3);
        assert!(found[0]["effect_minor"].as_i64().unwrap() < 0);
    }
);

both_databases!(
    a_cashier_who_gives_far_more_discounts_is_reported_but_not_when_all_do,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("FANTA", 1_000, 600).await;
        let mut sold = weeks(product);
        for (place, sale) in sold.iter_mut().enumerate() {
            // All cashiers give some; in the last week one gives them on every sale.
            let is_last = sale.at >= at("2026-11-09", 0) && sale.by == Role::Cashier;
            if is_last || place % 4 == 0 {
                sale.discount_minor = 100;
            }
        }
        past.sell(&sold).await;
        let found = past.found_of("discounts_by_cashier").await;
        assert_eq!(subjects(&found), ["cashier"]);
        assert_eq!(found[0]["explanation"]["params"]["times"], 28);
    }
);

both_databases!(
    a_cashier_whose_sales_are_refunded_far_more_often_is_reported,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("SPRITE", 1_000, 600).await;
        let sold = weeks(product);
        past.sell(&sold).await;
        for sale in sold
            .iter()
            .filter(|sale| sale.by == Role::Cashier && sale.at >= at("2026-11-09", 0))
            .take(9)
        {
            past.refund(sale, Role::Manager, sale.at.plus_seconds(7_200), true)
                .await;
        }
        let found = past.found_of("refunds_by_cashier").await;
        assert_eq!(subjects(&found), ["cashier"]);
    }
);

both_databases!(
    a_cashier_whose_sales_arrive_late_far_more_often_is_reported,
    now().by_hand(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("VITALO", 1_000, 600).await;
        let sold = weeks(product);
        past.sell(&sold).await;
        // All were recorded today; the tills had a network then, except one.
        app.forge("UPDATE sales SET entered_late = FALSE", Vec::new())
            .await;
        let late = sold
            .iter()
            .filter(|sale| sale.by == Role::Cashier && sale.at >= at("2026-11-09", 0));
        for sale in late.take(9) {
            let id = sale.id.as_uuid().into();
            app.forge(
                "UPDATE sales SET entered_late = TRUE WHERE id = $1",
                vec![id],
            )
            .await;
        }
        let found = past.found_of("late_entries_by_cashier").await;
        assert_eq!(subjects(&found), ["cashier"]);
        assert_eq!(found[0]["explanation"]["code"], "staff.late_entries");
        assert_eq!(found[0]["explanation"]["params"]["times"], 9);
    }
);

both_databases!(
    a_week_in_which_a_quarter_ends_is_judged_as_a_whole,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("MALTA", 1_000, 600).await;
        // Wednesday is the last day of September; the voids happened on Thursday.
        let mut sold = weeks_of(product, "2026-08-24", "2026-10-04");
        for sale in &mut sold {
            if sale.at >= at("2026-10-01", 0) && sale.by == Role::Cashier {
                sale.discount_minor = 100;
            }
        }
        past.sell(&sold).await;
        let query = "from=2026-09-28&to=2026-10-04&kind=discounts_by_cashier";
        let found = all(&app.viewer().await, query).await;
        assert_eq!(subjects(&found), ["cashier"]);
        assert_eq!(found[0]["explanation"]["params"]["times"], 16);
    }
);

both_databases!(
    a_finding_about_own_actions_is_judged_by_another_user,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("HUILE", 1_000, 600).await;
        let mut sold: Vec<Sold> = days("2026-09-01", "2026-09-22")
            .iter()
            .map(|date| sold_on(product, date, 9, 1.0))
            .collect();
        let late = sold.len();
        sold.push(sold_on(product, "2026-11-10", 9, 30.0));
        past.sell(&sold).await;
        for sale in &sold {
            past.refund(sale, Role::Manager, sale.at.plus_seconds(7_200), true)
                .await;
        }
        let found = past.found_of("large_refund").await;
        assert_eq!(found[0]["evidence"][0]["number"], json!(late + 1));
        let path = format!(
            "/analytics/anomalies/{}/feedback",
            found[0]["id"].as_str().unwrap()
        );
        let normal = json!({"verdict": "normal"});
        let manager = app.manager().await;
        manager
            .post(&path, &normal)
            .await
            .expect_problem(403, "anomaly.own_deed");
        let other = app.another_user(Role::Manager).await;
        app.client_of(other, Role::Manager)
            .await
            .post(&path, &normal)
            .await
            .expect(200);
        app.admin().await.post(&path, &normal).await.expect(200);
    }
);

both_databases!(
    the_user_who_voided_does_not_judge_the_voids_of_a_cashier,
    now(),
    |app| async {
        let past = Past::new(app).await;
        let product = past.product("COCA", 1_000, 600).await;
        let sold = weeks(product);
        past.sell(&sold).await;
        let of_cashier = sold
            .iter()
            .filter(|sale| sale.by == Role::Cashier && sale.at >= at("2026-11-09", 0));
        for sale in of_cashier.take(9) {
            past.void(sale, Role::Manager, sale.at.plus_seconds(60))
                .await;
        }
        let found = past.found_of("voids_by_cashier").await;
        assert_eq!(subjects(&found), ["cashier"]);
        let path = format!(
            "/analytics/anomalies/{}/feedback",
            found[0]["id"].as_str().unwrap()
        );
        let problem = json!({"verdict": "problem"});
        let manager = app.manager().await;
        manager
            .post(&path, &problem)
            .await
            .expect_problem(403, "anomaly.own_deed");
        app.admin().await.post(&path, &problem).await.expect(200);
    }
);

both_databases!(a_single_owner_may_judge_own_actions, now(), |app| async {
    let past = Past::new(app).await;
    let product = past.product("HUILE", 1_000, 600).await;
    let mut sold: Vec<Sold> = days("2026-09-01", "2026-09-22")
        .iter()
        .map(|date| sold_on(product, date, 9, 1.0))
        .collect();
    sold.push(sold_on(product, "2026-11-10", 9, 30.0));
    past.sell(&sold).await;
    for sale in &sold {
        past.refund(sale, Role::Admin, sale.at.plus_seconds(7_200), true)
            .await;
    }
    let found = past.found_of("large_refund").await;
    let path = format!(
        "/analytics/anomalies/{}/feedback",
        found[0]["id"].as_str().unwrap()
    );
    let normal = json!({"verdict": "normal"});
    app.manager().await;
    let owner = app.admin().await;
    owner
        .post(&path, &normal)
        .await
        .expect_problem(403, "anomaly.own_deed");
    let alone = "UPDATE users SET disabled = TRUE WHERE role = 'manager'";
    app.write(alone, Vec::new()).await;
    owner.post(&path, &normal).await.expect(200);
});

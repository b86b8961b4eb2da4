//! The sums of a sale: whole units of what the currency shows, and tax once per rate.

use kernel::{Clock as _, Quantity};
use serde_json::{Value, json};

use crate::support::{
    app::{BY_HAND, Wishes},
    shop::{Wanted, basket},
};

fn dollars() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__CURRENCY", "USD".to_owned())],
        ..Wishes::default()
    }
}

fn tax_on_top() -> Wishes {
    Wishes {
        settings: vec![("SALESFLOW__SHOP__TAX_MODE", "added".to_owned())],
        ..Wishes::default()
    }
}

fn sum(sale: &Value, field: &str) -> i64 {
    let lines = sale["lines"].as_array().unwrap().iter();
    lines.map(|line| line[field].as_i64().unwrap()).sum()
}

both_databases!(half_francs_are_rounded_on_the_line_once, |app| async {
    let product = app
        .product(Wanted {
            price_minor: 150,
            unit: "kg",
            ..Wanted::default()
        })
        .await;
    let manager = app.manager().await;
    let lines: Vec<_> = [json!(1), json!(1), json!(0.333)]
        .into_iter()
        .map(|quantity| json!({"product_id": product, "quantity": quantity}))
        .collect();
    let sale = json!({"lines": lines, "discount_minor": 100});
    let sale = manager.post("/sales", sale).await.expect(201);
    // 1.50, 1.50 and 0.4995 francs are 2, 2 and 0; a franc of discount goes to one of them.
    assert_eq!(sale["subtotal_minor"], 400);
    assert_eq!(sale["total_minor"], 300);
    assert_eq!(sale["lines"][0]["unit_price_minor"], 150);
    for field in ["total_minor", "discount_minor"] {
        assert_eq!(sum(&sale, field), sale[field].as_i64().unwrap(), "{field}");
        for line in sale["lines"].as_array().unwrap() {
            assert_eq!(line[field].as_i64().unwrap() % 100, 0, "{field}: {line}");
        }
    }
});

both_databases!(
    a_discount_finer_than_what_is_shown_is_refused,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let of_line =
            json!({"lines": [{"product_id": product, "quantity": 1, "discount_minor": 1_050}]});
        let refused = manager.post("/sales", of_line).await;
        let refused =
            refused.expect_problem_at(422, "money.finer_than_shown", "/lines/0/discount_minor");
        assert_eq!(refused["errors"][0]["step_minor"], 100);
        let mut of_cart = basket(product, 1);
        of_cart["discount_minor"] = json!(50);
        manager.post("/sales", of_cart).await.expect_problem_at(
            422,
            "money.finer_than_shown",
            "/discount_minor",
        );
    }
);

both_databases!(
    ten_lines_of_ten_cents_hold_the_tax_of_one_dollar,
    dollars(),
    |app| async {
        let dime = app
            .product(Wanted {
                price_minor: 10,
                tax_rate_bp: 1600,
                cost_minor: 0,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let lines: Vec<_> = (0..10)
            .map(|_| json!({"product_id": dime, "quantity": 1}))
            .collect();
        let sale = json!({ "lines": lines });
        let sale = manager.post("/sales", sale).await.expect(201);
        assert_eq!(sale["total_minor"], 100);
        assert_eq!(sale["tax_minor"], 14);
        assert_eq!(sum(&sale, "tax_minor"), 14);
        let path = format!("/sales/{}/receipt", sale["id"].as_str().unwrap());
        let text = manager.get(&path).await.text();
        assert!(text.contains("HT 0,86 + TVA 0,14"), "{text}");
        let cent = json!({"lines": [{"product_id": dime, "quantity": 1, "discount_minor": 1}]});
        app.put_in_stock(dime, Quantity::from_units(1), app.clock.now())
            .await;
        let sale = manager.post("/sales", cent).await.expect(201);
        assert_eq!(sale["total_minor"], 9);
    }
);

both_databases!(
    tax_on_top_is_charged_in_whole_francs_once_per_rate,
    tax_on_top(),
    |app| async {
        let product = app
            .product(Wanted {
                price_minor: 300,
                tax_rate_bp: 1600,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let lines: Vec<_> = (0..10)
            .map(|_| json!({"product_id": product, "quantity": 1}))
            .collect();
        let sale = json!({ "lines": lines });
        let sale = manager.post("/sales", sale).await.expect(201);
        // 16 % of 30 francs are 4.80: 5; ten times 0.48 would be nothing or 4.80.
        assert_eq!(sale["tax_minor"], 500);
        assert_eq!(sale["total_minor"], 3_500);
        assert_eq!(sum(&sale, "total_minor"), 3_500);
    }
);

both_databases!(
    refunds_are_whole_francs_and_the_last_one_takes_the_rest,
    |app| async {
        let product = app
            .product(Wanted {
                price_minor: 33_350,
                tax_rate_bp: 1600,
                ..Wanted::default()
            })
            .await;
        let manager = app.manager().await;
        let sale = manager.post("/sales", basket(product, 3)).await.expect(201);
        assert_eq!(sale["total_minor"], 100_100);
        let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
        let mut back = (Vec::new(), 0);
        for _ in 0..3 {
            let one = json!({"lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}], "reason": "x"});
            let refund = manager.post(&path, one).await.expect(201);
            back.0.push(refund["total_minor"].as_i64().unwrap());
            back.1 += refund["tax_minor"].as_i64().unwrap();
        }
        assert_eq!(back.0, [33_400, 33_300, 33_400]);
        assert_eq!(back.1, sale["tax_minor"].as_i64().unwrap());
    }
);

both_databases!(
    an_older_sale_with_half_francs_is_paid_back_as_it_was_recorded,
    BY_HAND,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let sale = manager.post("/sales", basket(product, 2)).await.expect(201);
        // As the program priced before: 3,500 francs and a half a line.
        for sql in [
            "UPDATE sale_lines SET total_minor = total_minor + 50",
            "UPDATE sales SET total_minor = total_minor + 50, subtotal_minor = subtotal_minor + 50, paid_minor = paid_minor + 50",
            "UPDATE payments SET amount_minor = amount_minor + 50, base_minor = base_minor + 50",
        ] {
            app.forge(sql, vec![]).await;
        }
        let path = format!("/sales/{}/refunds", sale["id"].as_str().unwrap());
        for _ in 0..2 {
            let one = json!({"lines": [{"sale_line_id": sale["lines"][0]["id"], "quantity": 1, "restock": true}], "reason": "x"});
            let refund = manager.post(&path, one).await.expect(201);
            assert_eq!(refund["total_minor"], 350_025);
        }
    }
);

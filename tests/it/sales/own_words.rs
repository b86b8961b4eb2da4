//! What a till and its shop say about a sale: the till's number, the reason of a discount, and who
//! the shop is.

use kernel::ids::SaleId;
use serde_json::{Value, json};

use crate::support::{
    http::Client,
    shop::{Wanted, as_recorded, basket},
};

async fn receipt(client: &Client, path: &str, query: &str) -> String {
    let answer = client.get(&format!("{path}/receipt?{query}")).await;
    answer.expect(200);
    answer.text()
}

fn id_of(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

both_databases!(
    the_till_gives_a_sale_its_own_number_and_a_reason_for_the_discount,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let mut sale = basket(product, 2);
        sale["id"] = json!(SaleId::generate());
        sale["external_number"] = json!("C1-000482");
        sale["discount_minor"] = json!(50_000);
        sale["discount_reason"] = json!("Emballage abîmé");
        let sold = manager.post("/sales", sale.clone()).await.expect(201);
        assert_eq!(sold["external_number"], "C1-000482");
        assert_eq!(sold["discount_reason"], "Emballage abîmé");
        let path = format!("/sales/{}", id_of(&sold));
        assert_eq!(as_recorded(manager.get(&path).await.expect(200)), sold);
        assert_eq!(manager.post("/sales", sale.clone()).await.expect(200), sold);
        for (field, other) in [("external_number", "C1-000483"), ("discount_reason", "x")] {
            let mut changed = sale.clone();
            changed[field] = json!(other);
            let again = manager.post("/sales", changed).await;
            again.expect_problem(409, "sale.exists");
        }
        for (field, most) in [("external_number", 40), ("discount_reason", 200)] {
            for wrong in ["", " ", &"x".repeat(most + 1), "a\nb"] {
                let mut changed = basket(product, 1);
                changed[field] = json!(wrong);
                let pointer = format!("/{field}");
                let refused = manager.post("/sales", changed).await;
                refused.expect_problem_at(422, "request.validation_failed", &pointer);
            }
        }
        let plain = manager.post("/sales", basket(product, 1)).await.expect(201);
        assert!(plain.get("external_number").is_none());
        assert!(plain.get("discount_reason").is_none());
    }
);

both_databases!(
    a_sale_with_the_number_of_its_till_is_voided_and_refunded_like_any_other,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        let mut sale = basket(product, 2);
        sale["external_number"] = json!("1001");
        let voided = manager.post("/sales", sale.clone()).await.expect(201);
        let path = format!("/sales/{}/void", id_of(&voided));
        manager
            .post(&path, json!({ "reason": "x" }))
            .await
            .expect(200);
        assert_eq!(app.on_hand(product).await, 10_000);
        let sold = manager.post("/sales", sale).await.expect(201);
        let line = &sold["lines"][0]["id"];
        let back = json!({ "reason": "x", "lines": [{ "sale_line_id": line, "quantity": 1, "restock": true }] });
        let path = format!("/sales/{}/refunds", id_of(&sold));
        manager.post(&path, back).await.expect(201);
        let movements = manager.get("/inventory/movements?kind=refund").await;
        assert_eq!(movements.expect(200)["items"][0]["reason"], "x");
    }
);

both_databases!(
    receipts_name_the_shop_and_both_numbers_on_every_paper,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let admin = app.admin().await;
        let shop = json!({
            "name": "Boutique Mapendo", "tax_number": "A0704736X", "trade_register_number": "CD/GOM/RCCM/14-A-0123",
            "address": "12, avenue du Lac\nGoma", "telephone": "+243 997 000 000", "receipt_header": "Depuis 1998",
            "locale": "fr-CD",
        });
        let settings = admin.patch("/settings", shop.clone()).await.expect(200);
        for (field, value) in shop.as_object().unwrap() {
            assert_eq!(&settings[field], value, "{field}");
        }
        let mut sale = basket(product, 2);
        sale["external_number"] = json!("C1-000482");
        let sold = admin.post("/sales", sale).await.expect(201);
        let line = &sold["lines"][0]["id"];
        let back = json!({ "reason": "x", "lines": [{ "sale_line_id": line, "quantity": 1, "restock": true }] });
        let path = format!("/sales/{}/refunds", id_of(&sold));
        let refund = admin.post(&path, back).await.expect(201);
        let refund_id = refund["id"]
            .as_str()
            .unwrap_or_else(|| id_of(&refund["refund"]));
        for (path, document) in [
            (format!("/sales/{}", id_of(&sold)), "Reçu n° 1"),
            (format!("/refunds/{refund_id}"), "Remboursement n° 1"),
        ] {
            for (paper, width) in [("58mm", 32), ("80mm", 42)] {
                let text = receipt(&admin, &path, &format!("format=text&paper={paper}")).await;
                assert!(
                    text.lines().all(|line| line.chars().count() <= width),
                    "{text}"
                );
                // A narrow paper breaks lines.
                let words: Vec<_> = text.split_whitespace().collect();
                let on_one_line = words.join(" ");
                for part in [
                    "Boutique Mapendo",
                    "12, avenue du Lac",
                    "Goma",
                    "Tél. +243 997 000 000",
                    "Depuis 1998",
                    "NIF A0704736X",
                    "RCCM CD/GOM/RCCM/14-A-0123",
                    "Réf. C1-000482",
                    document,
                ] {
                    assert!(on_one_line.contains(part), "{part}: {text}");
                }
            }
            let page = receipt(&admin, &path, "format=html").await;
            assert!(page.contains("NIF A0704736X") && page.contains("C1-000482"));
        }
    }
);

//! References of payments: what mobile money paid once pays nothing else, however it is written.

use serde_json::{Value, json};

use crate::support::{
    http::{Answer, Client},
    shop::{Wanted, basket},
};

/// One reference, written in four ways; the last has a Cyrillic letter.
const WRITTEN: [&str; 4] = ["AB12CD", "ab12cd", "AB12 CD", "AВ12CD"];

async fn pay(
    client: &Client,
    product: kernel::ids::ProductId,
    method: &str,
    reference: &str,
) -> Answer {
    let mut sale = basket(product, 1);
    sale["payments"] = json!([{"method": method, "currency": "CDF", "amount_minor": 350_000, "reference": reference}]);
    client.post("/sales", sale).await
}

both_databases!(
    a_mobile_money_reference_pays_once_however_it_is_written_and_by_whatever_method,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 50,
                ..Wanted::default()
            })
            .await;
        let cashier = app.cashier().await;
        let first: Value = pay(&cashier, product, "mobile_money", "QGH7XK2")
            .await
            .expect(201);
        assert_eq!(first["payments"][0]["reference"], "QGH7XK2");
        for written in [
            "QGH7XK2",
            "qgh7xk2",
            "QGH7 XK2",
            "QGH7\u{200b}XK2",
            "QGH7ХК2",
            "ＱＧＨ７ＸＫ２",
        ] {
            for method in ["mobile_money", "card", "bank_transfer", "cash"] {
                let refused = pay(&cashier, product, method, written).await;
                refused.expect_problem_at(409, "payment.reference_taken", "/payments/0/reference");
            }
        }
        // Approval codes repeat among themselves, and block mobile money that looks like them.
        for method in ["card", "card", "bank_transfer", "bank_transfer"] {
            pay(&cashier, product, method, "004711").await.expect(201);
        }
        pay(&cashier, product, "mobile_money", "OO4711")
            .await
            .expect_problem(409, "payment.reference_taken");
        // A sale that never happened paid nothing.
        let path = format!("/sales/{}/void", first["id"].as_str().unwrap());
        let reason = json!({"reason": "erreur"});
        app.manager().await.post(&path, reason).await.expect(200);
        pay(&cashier, product, "mobile_money", "qgh7xk2")
            .await
            .expect(201);
    }
);

both_databases!(
    of_many_who_pay_with_one_reference_at_once_one_does,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 50,
                ..Wanted::default()
            })
            .await;
        let mut senders = Vec::new();
        for n in 0..12 {
            let written = WRITTEN[n % WRITTEN.len()];
            let client = app.cashier().await;
            let method = ["mobile_money", "card", "mobile_money"][n % 3];
            senders.push(tokio::spawn(async move {
                (method, pay(&client, product, method, written).await)
            }));
        }
        let mut paid = Vec::new();
        for sender in senders {
            let (method, answer) = sender.await.unwrap();
            match answer.status.as_u16() {
                201 => paid.push(method),
                _ => {
                    answer.expect_problem(409, "payment.reference_taken");
                }
            }
        }
        // One by mobile money, or some by card.
        assert!(
            paid == ["mobile_money"] || paid.iter().all(|method| *method == "card"),
            "{paid:?}"
        );
        assert!(!paid.is_empty());
    }
);

both_databases!(
    old_references_of_one_form_stay_as_they_are_and_block_what_comes,
    |app| async {
        let product = app.product(Wanted::default()).await;
        let cashier = app.cashier().await;
        for (method, reference) in [
            ("mobile_money", "QGH7XK2"),
            ("mobile_money", "OTHER"),
            ("card", "CARD"),
        ] {
            pay(&cashier, product, method, reference).await.expect(201);
        }
        let options = store::StoreOptions {
            url: app.database.url.clone(),
            read_url: None,
            read_connections: 2,
            analytics_connections: 1,
            write_connections: 2,
            missing_file: store::MissingFile::Create,
        };
        let states = store::migration_status(&options).await.unwrap();
        let before = states
            .iter()
            .position(|state| state.name.ends_with("_late"))
            .unwrap();
        let above = u32::try_from(states.len() - before).unwrap();
        store::migrate_down(&options, Some(above)).await.unwrap();
        for (old, new) in [("OTHER", "qgh7 xk2"), ("CARD", "qgh7xk2")] {
            let sql = format!("UPDATE payments SET reference = '{new}' WHERE reference = '{old}'");
            assert_eq!(app.write(&sql, Vec::new()).await, 1);
        }
        store::migrate_up(&options).await.unwrap();
        let kept = "SELECT COUNT(*) FROM payments WHERE reference IN ('QGH7XK2', 'qgh7 xk2', 'qgh7xk2') AND reference_normal = 'QGH7XK2' AND is_live";
        assert_eq!(app.figure(kept).await, 3);
        for (method, written) in [("mobile_money", "QGH7XK2"), ("card", "qgh7xk2")] {
            pay(&cashier, product, method, written)
                .await
                .expect_problem(409, "payment.reference_taken");
        }
    }
);

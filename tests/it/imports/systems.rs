//! Moving in from another system: its exports are committed, and the books hold what they meant.

use serde_json::{Value, json};

use super::{commit, id, product_of, rows, send};
use crate::support::app::Wishes;

fn with_tax_on_top() -> Wishes {
    Wishes {
        settings: vec![
            ("SALESFLOW__SHOP__CURRENCY", "USD".to_owned()),
            ("SALESFLOW__SHOP__TAX_MODE", "added".to_owned()),
        ],
        ..Wishes::default()
    }
}

const SHOPIFY: &str = "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Cost per item,Status\n\
    tee,Tee,Shirt,Size,S,TEE-S,5,19.90,https://x/1.png,7.50,active\n\
    tee,,,,M,TEE-M,3,19.90,,7.50,\n\
    tee,,,,,,,,https://x/2.png,,\n\
    mug,Mug,Kitchen,Title,Default Title,MUG,4,9.00,,,archived\n";

const RECEIPTS: &str = "Date,Receipt number,Receipt type,SKU,Item,Quantity,Gross sales,Discounts,Net sales,Status\n\
    2025-01-01 08:00:00,1-1,Sale,TEE-S,Tee - S,2,39.80,0.00,39.80,Closed\n\
    2025-01-01 09:00:00,1-2,Sale,TEE-S,Tee - S,1,19.90,0.00,19.90,Cancelled\n\
    2025-01-02 08:00:00,1-3,Refund,TEE-S,Tee - S,1,19.90,0.00,19.90,Closed\n";

both_databases!(
    exports_of_another_system_are_committed_as_it_meant_them,
    with_tax_on_top(),
    |app| async {
        let client = app.manager().await;
        let file = send(&client, "products", SHOPIFY).await.expect(201);
        assert_eq!(file["state"], "mapping");
        assert_eq!(file["layout"]["questions"].as_array().unwrap().len(), 1);
        assert_eq!(file["mapping"]["preset"], "Shopify");
        let path = format!("/imports/{}/mapping", id(&file));
        let mapped = client.put(&path, json!({"stock": "set"})).await.expect(200);
        assert_eq!(mapped["counts"]["new"], 2);
        let archived = rows(&client, &mapped, "unchanged").await;
        assert_eq!(archived[0]["values"]["archived"], true);
        let options = json!({"accept_warnings": true});
        commit(&client, &mapped, options.clone()).await.expect(200);
        let tee = product_of(&client, "TEE-S").await;
        assert_eq!(
            (&tee["name"], &tee["price_minor"]),
            (&json!("Tee - S"), &json!(1990))
        );
        assert_eq!(tee["on_hand"], 5);
        let mugs = client.get("/products?q=MUG").await.expect(200);
        assert_eq!(mugs["items"], json!([]));
        let receipts = send(&client, "sales", RECEIPTS).await.expect(201);
        assert_eq!(receipts["mapping"]["preset"], "Loyverse receipts");
        let codes: Vec<&Value> = receipts["issues"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["code"])
            .collect();
        assert!(codes.contains(&&json!("import.rows_left_out")), "{codes:?}");
        let done = commit(&client, &receipts, options).await.expect(200);
        assert_eq!(done["effects"]["sales"], 1);
        assert_eq!(done["effects"]["refunds"], 1);
        assert_eq!(product_of(&client, "TEE-S").await["on_hand"], 5);
    }
);

both_databases!(
    prices_with_tax_lose_it_where_the_shop_adds_it,
    with_tax_on_top(),
    |app| async {
        let client = app.manager().await;
        let list = "Réf.;Désignation;PV TTC;TVA\nA;Thé;116,00;16\n";
        let file = send(&client, "products", list).await.expect(201);
        assert_eq!(file["issues"][0]["code"], "price.tax_basis");
        let new = rows(&client, &file, "new").await;
        assert_eq!(new[0]["values"]["price_written_minor"], 11_600);
        assert_eq!(new[0]["values"]["price_minor"], 10_000);
        commit(&client, &file, json!({"accept_warnings": true}))
            .await
            .expect(200);
        assert_eq!(product_of(&client, "A").await["price_minor"], 10_000);
        // The shop may be asked to take them as they are.
        let mapping = json!({"prices": "without_tax"});
        let path = format!("/imports/{}/mapping", id(&file));
        client
            .put(&path, mapping)
            .await
            .expect_problem(409, "import.wrong_state");
    }
);

//! Whole tables: what is in them, who gets them, and that they lead back into the shop.

use kernel::{Quantity, Role, ids::ProductId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    imports::send,
    support::{
        app::TestApp,
        http::Client,
        shop::{Wanted, amount, basket},
    },
};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The rows of a table in CSV, each as its cells.
async fn table(client: &Client, path: &str) -> Vec<Vec<String>> {
    let answer = client.get(path).await;
    answer.expect(200);
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("a mark of UTF-8");
    let separator = if path.contains("locale=en") {
        b','
    } else {
        b';'
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let row = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

/// Products whose fields are as awkward as a shop can have them.
async fn awkward_products(app: &TestApp, client: &Client) -> usize {
    let drinks = client
        .post("/categories", json!({"name": "Boissons"}))
        .await
        .expect(201);
    let sweet = client
        .post(
            "/categories",
            json!({"name": "Sucrées", "parent_id": drinks["id"]}),
        )
        .await
        .expect(201);
    let products = [
        json!({"sku": "THE", "name": "Thé noir; \"le bon\"", "barcodes": ["5410188001013", "ABC-1"],
            "category_id": sweet["id"], "price_minor": 120_050, "cost_minor": 80_001, "tax_rate_bp": 1600,
            "reorder_level": 14, "initial_stock": 5}),
        json!({"sku": "00123", "name": "Riz", "unit": "kg", "price_minor": 280_000, "cost_minor": 0,
            "tax_rate_bp": 550, "reorder_level": 1.234, "initial_stock": 2.5}),
        json!({"sku": "-9", "name": "Code à signe", "price_minor": 1}),
        json!({"sku": "=1+1", "name": "Formule", "price_minor": 0, "barcodes": ["+33-1"]}),
        json!({"sku": "LONG", "name": "x".repeat(200), "price_minor": 1_000_000_000_000_000_i64}),
    ];
    let count = products.len();
    for product in products {
        client.post("/products", product).await.expect(201);
    }
    app.product(Wanted::default()).await;
    count + 1
}

both_databases!(
    a_table_of_products_that_is_sent_back_changes_nothing,
    |app| async {
        let manager = app.manager().await;
        let count = awkward_products(app, &manager).await;
        for locale in ["", "?locale=fr", "?locale=en"] {
            let file = manager.get(&format!("/exports/products.csv{locale}")).await;
            file.expect(200);
            let import = send(&manager, "products", &file.bytes).await.expect(201);
            assert_eq!(
                import["counts"],
                json!({"new": 0, "changed": 0, "unchanged": count, "error": 0, "warning": 0}),
                "{locale}: {import}"
            );
            assert_eq!(import["effects"]["stock_value_minor"], 0);
        }
    }
);

both_databases!(
    a_changed_table_of_products_changes_what_was_changed_and_no_stock,
    |app| async {
        let manager = app.manager().await;
        let id = app.product(Wanted::default()).await;
        let file = manager.get("/exports/products.csv?locale=en").await;
        let text = file.text();
        assert!(text.contains("SUCRE-1KG,SUCRE-1KG,,,piece,3500.00,3000.00,0.00,0,10"));
        // The stock moves while the owner works on the file.
        manager.post("/sales", basket(id, 3)).await.expect(201);
        let dearer = text.replace("3500.00", "3600.00");
        let import = send(&manager, "products", dearer).await.expect(201);
        assert_eq!(import["counts"]["changed"], 1, "{import}");
        crate::imports::commit(&manager, &import, json!({"accept_warnings": true}))
            .await
            .expect(200);
        let product = manager.get(&format!("/products/{id}")).await.expect(200);
        assert_eq!(product["price_minor"], 360_000);
        assert_eq!(product["on_hand"], 7.0);
    }
);

both_databases!(
    a_table_has_each_row_once_over_many_pages_and_its_filters,
    |app| async {
        let manager = app.manager().await;
        let total = 2_300;
        fill_with_products(app, total).await;
        let rows = table(&manager, "/exports/products.csv").await;
        assert_eq!(rows.len(), usize::try_from(total).unwrap() + 1);
        let mut skus: Vec<&String> = rows[1..].iter().map(|row| &row[0]).collect();
        skus.sort();
        skus.dedup();
        assert_eq!(skus.len(), usize::try_from(total).unwrap());
        let found = table(&manager, "/exports/products.csv?q=P-00077").await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[1][0], "P-00077");
        let low = table(&manager, "/exports/products.csv?low_stock=true").await;
        assert_eq!(low.len(), 1, "{low:?}");
        let archived = table(&manager, "/exports/products.csv?archived=true").await;
        assert_eq!(archived.len(), 1, "{archived:?}");
    }
);

async fn fill_with_products(app: &TestApp, count: i64) {
    use kernel::Quantity;
    use sales::{
        Actor, SalesError,
        catalogue::products::{NewProduct, OrderingRule},
    };
    let products: Vec<NewProduct> = (0..count)
        .map(|number| NewProduct {
            sku: format!("P-{number:05}"),
            name: format!("Produit {number}"),
            barcodes: Vec::new(),
            category_id: None,
            unit: "piece".to_owned(),
            price_minor: amount(100_000 + number),
            cost_minor: amount(0),
            tax_rate_bp: 0,
            reorder_level: Quantity::ZERO,
            ordering: OrderingRule::default(),
            initial_stock: Quantity::ZERO,
        })
        .collect();
    let catalogue = &app.modules.sales.catalogue;
    let actor = Actor::operator("test");
    let write = &app.modules.stores.write;
    write
        .transaction(async |tx: &store::Tx| {
            for product in &products {
                catalogue.create_product(tx, &actor, product).await?;
            }
            Ok::<_, SalesError>(())
        })
        .await
        .unwrap();
}

async fn some_sales(app: &TestApp, manager: &Client) -> ProductId {
    let id = app
        .product(Wanted {
            tax_rate_bp: 1600,
            ..Wanted::default()
        })
        .await;
    for quantity in 1..=3 {
        manager
            .post("/sales", basket(id, quantity))
            .await
            .expect(201);
    }
    id
}

both_databases!(
    a_table_of_sales_has_every_line_with_the_amounts_of_the_list,
    |app| async {
        let manager = app.manager().await;
        some_sales(app, &manager).await;
        let last = manager.get("/sales?limit=1").await.expect(200)["items"][0].clone();
        let refund = json!({"lines": [{"sale_line_id": last["lines"][0]["id"], "quantity": 1, "restock": true}], "reason": "rendu"});
        let path = format!("/sales/{}/refunds", last["id"].as_str().unwrap());
        manager.post(&path, refund).await.expect(201);
        let rows = table(&manager, "/exports/sales.csv?locale=en").await;
        assert_eq!(rows.len(), 4);
        let column = |name: &str| {
            let found = rows[0].iter().position(|title| title == name);
            found.unwrap_or_else(|| panic!("{name}: {:?}", rows[0]))
        };
        let newest = &rows[1];
        assert_eq!(newest[column("Invoice")], "3");
        assert_eq!(newest[column("State")], "partially_refunded");
        assert_eq!(newest[column("SKU")], "SUCRE-1KG");
        assert_eq!(newest[column("Quantity")], "3");
        assert_eq!(newest[column("Quantity returned")], "1");
        assert_eq!(
            newest[column("Total")],
            major(&last["lines"][0]["total_minor"])
        );
        assert_eq!(
            newest[column("Tax amount")],
            major(&last["lines"][0]["tax_minor"])
        );
        assert_eq!(newest[column("Line cost")], "9000.00");
        assert_eq!(newest[column("Payments")], "cash CDF");
        let of_state = table(&manager, "/exports/sales.csv?state=completed").await;
        assert_eq!(of_state.len(), 3);
        let of_number = table(&manager, "/exports/sales.csv?number=2").await;
        assert_eq!(of_number.len(), 2);
        let other_day = table(&manager, "/exports/sales.csv?to=2020-01-01").await;
        assert_eq!(other_day.len(), 1);
    }
);

/// The sales or movements that a list shows, and the rows of the table with the same filter.
async fn listed_and_exported(
    manager: &Client,
    table_of: &str,
    list: &str,
    filter: &str,
) -> (usize, usize) {
    let page = manager.get(&format!("{list}?{filter}&limit=200")).await;
    let items = page.expect(200)["items"].as_array().unwrap().len();
    let rows = table(manager, &format!("/exports/{table_of}.csv?{filter}")).await;
    (items, rows.len() - 1)
}

both_databases!(tables_have_the_filters_of_the_lists, |app| async {
    let manager = app.manager().await;
    let id = some_sales(app, &manager).await;
    let other = app
        .product(Wanted {
            sku: "FARINE-1KG",
            ..Wanted::default()
        })
        .await;
    let mut dearer = basket(other, 1);
    dearer["note"] = json!("mariage");
    let sale = manager.post("/sales", dearer).await.expect(201);
    let received = json!({"lines": [{"product_id": id, "quantity": 4}]});
    let document = manager.post("/inventory/receipts", received).await;
    let document = document.expect(201)["id"].as_str().unwrap().to_owned();
    let cashier = sale["cashier_id"].as_str().unwrap();
    let today = &sale["recorded_at"].as_str().unwrap()[..10];
    for (filter, expected) in [
        (format!("product_id={other}"), 1),
        (format!("product_id={id}"), 3),
        ("method=cash".to_owned(), 4),
        ("method=card".to_owned(), 0),
        ("currency=CDF".to_owned(), 4),
        ("currency=USD".to_owned(), 0),
        ("q=mariage".to_owned(), 1),
        ("q=sucre".to_owned(), 3),
        (
            format!("location_id={}", sale["location_id"].as_str().unwrap()),
            4,
        ),
    ] {
        let seen = listed_and_exported(&manager, "sales", "/sales", &filter).await;
        assert_eq!(seen, (expected, expected), "{filter}");
    }
    for (filter, expected) in [
        (format!("document_id={document}"), 1),
        (format!("actor_id={cashier}&kind=sale"), 4),
        (format!("kind=sale&from={today}"), 4),
        ("to=2020-01-01".to_owned(), 0),
    ] {
        let list = "/inventory/movements";
        let seen = listed_and_exported(&manager, "movements", list, &filter).await;
        assert_eq!(seen, (expected, expected), "{filter}");
    }
});

fn in_thousandths(quantity: &str) -> Quantity {
    Quantity::parse(quantity).unwrap()
}

fn major(minor: &Value) -> String {
    let minor = minor.as_i64().unwrap();
    format!("{}.{:02}", minor / 100, minor % 100)
}

both_databases!(
    a_table_of_movements_is_the_ledger_and_no_text_in_it_is_a_formula,
    |app| async {
        let manager = app.manager().await;
        let id = some_sales(app, &manager).await;
        let reason = "=HYPERLINK(\"http://x\")";
        let body = json!({"lines": [{"product_id": id, "delta": -2}], "reason": reason});
        manager
            .post("/inventory/adjustments", body)
            .await
            .expect(201);
        let rows = table(&manager, "/exports/movements.csv?locale=en").await;
        let list = manager.get("/inventory/movements").await.expect(200);
        let items = list["items"].as_array().unwrap();
        assert_eq!(rows.len(), items.len() + 1);
        for (row, item) in rows[1..].iter().zip(items) {
            assert_eq!(row[2], "SUCRE-1KG");
            assert_eq!(row[5], item["seq"].to_string());
            assert_eq!(row[6], item["kind"].as_str().unwrap());
            assert_eq!(
                in_thousandths(&row[7]),
                in_thousandths(&item["delta"].to_string())
            );
            assert_eq!(
                in_thousandths(&row[8]),
                in_thousandths(&item["balance_after"].to_string())
            );
        }
        assert_eq!(rows[1][9], format!("'{reason}"));
        let sold = table(&manager, "/exports/movements.csv?kind=sale").await;
        assert_eq!(sold.len(), 4);
        for kind in ["products", "sales", "movements"] {
            let answer = manager.get(&format!("/exports/{kind}.xlsx")).await;
            answer.expect(200);
            assert_eq!(answer.header("content-type"), Some(XLSX));
            assert!(answer.bytes.starts_with(b"PK\x03\x04"), "{kind}");
            let name = answer.header("content-disposition").unwrap();
            assert!(
                name.starts_with(&format!("attachment; filename=\"{kind}-")),
                "{name}"
            );
        }
    }
);

both_databases!(tables_are_for_those_who_may_take_them_out, |app| async {
    app.product(Wanted::default()).await;
    for role in [Role::Cashier, Role::Viewer] {
        let client = app.client(role).await;
        let answer = client.get("/exports/products.csv").await;
        answer.expect_problem(403, "auth.forbidden");
    }
    let manager = app.manager().await;
    for wrong in [
        "?from=2026-13-01",
        "?from=2026-02-02&to=2026-01-01",
        "?colour=red",
        "?locale=de",
    ] {
        let answer = manager.get(&format!("/exports/sales.csv{wrong}")).await;
        answer.expect_problem(400, "request.invalid_query");
    }
    // A table that has just been sent takes no place of the next.
    for _ in 0..5 {
        manager.get("/exports/products.xlsx").await.expect(200);
    }
});

both_databases!(
    a_client_that_goes_ends_its_table_and_a_third_one_waits_its_turn,
    |app| async {
        let manager = app.manager().await;
        fill_with_products(app, 2_300).await;
        let ask = || manager.request(Method::GET, "/exports/products.csv").send();
        let mut open = vec![ask().await.unwrap(), ask().await.unwrap()];
        for answer in &mut open {
            assert_eq!(answer.status(), 200);
            assert!(answer.chunk().await.unwrap().is_some());
        }
        drop(open);
        let mut last = manager.get("/exports/products.csv").await;
        for _ in 0..100 {
            if last.status == 200 {
                break;
            }
            last.expect_problem(429, "request.too_many_at_once");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            last = manager.get("/exports/products.csv").await;
        }
        last.expect(200);
        assert_eq!(last.text().lines().count(), 2_301);
    }
);

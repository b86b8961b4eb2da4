//! Big files: several statements long, committed while tills sell.

use std::{
    fmt::Write as _,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kernel::{Role, ids::ProductId};
use sales::{
    Actor,
    imports::{BigChanges, CommitOptions, ErrorRows, Warnings},
};
use serde_json::{Value, json};
use store::Dialect;

use super::{commit, id, send};
use crate::support::{
    app::TestApp,
    http::Client,
    shop::{Wanted, basket},
};

/// More rows than one statement has.
const ROWS: usize = 5_300;

fn list(rows: usize) -> String {
    let mut csv = String::from("sku;name;barcode;category;price;cost;stock_set\n");
    for row in 0..rows {
        let stock = row % 7;
        writeln!(
            csv,
            "B{row};Article {row};P99{row:07};Rayon {};10;5;{stock}",
            row % 3
        )
        .unwrap();
    }
    csv
}

/// Sells one piece of a product again and again, until it is told to stop. Returns how many were sold.
async fn sell(client: Client, product: ProductId, is_over: Arc<AtomicBool>) -> i64 {
    let mut sold = 0;
    while !is_over.load(Ordering::SeqCst) {
        let sale = client.post("/sales", basket(product, 1)).await;
        sale.expect(201);
        sold += 1;
    }
    sold
}

/// Commits a file while tills sell these products. Returns what was sold of each.
async fn commit_beside_tills(app: &TestApp, import: &Value, products: &[ProductId]) -> Vec<i64> {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tills = Vec::new();
    for product in products {
        let till = app.client(Role::Cashier).await;
        tills.push(tokio::spawn(sell(till, *product, Arc::clone(&is_over))));
    }
    let client = app.manager().await;
    let body = json!({"accept_warnings": true});
    commit(&client, import, body).await.expect(200);
    is_over.store(true, Ordering::SeqCst);
    let mut sold = Vec::new();
    for till in tills {
        sold.push(till.await.unwrap());
    }
    sold
}

async fn assert_numbers_have_no_gap(app: &TestApp, sales: i64) {
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM sales", sales),
        ("SELECT MIN(number) FROM sales", 1),
        ("SELECT MAX(number) FROM sales", sales),
    ] {
        assert_eq!(app.figure(sql).await, expected, "{sql}");
    }
}

both_databases!(
    tills_sell_while_new_products_come_with_their_stock,
    |app| async {
        let product = app
            .product(Wanted {
                stock: 10_000,
                ..Wanted::default()
            })
            .await;
        let client = app.manager().await;
        let import = send(&client, "products", list(ROWS)).await.expect(201);
        assert_eq!(import["counts"]["new"], ROWS);
        let sold = commit_beside_tills(app, &import, &[product]).await;
        assert_numbers_have_no_gap(app, sold[0]).await;
        let rows = i64::try_from(ROWS).unwrap();
        let with_stock = i64::try_from((0..ROWS).filter(|row| row % 7 > 0).count()).unwrap();
        for (sql, expected) in [
            ("SELECT COUNT(*) FROM products", rows + 1),
            ("SELECT COUNT(*) FROM product_barcodes", rows),
            ("SELECT COUNT(*) FROM price_changes", rows + 1),
            ("SELECT COUNT(*) FROM import_products WHERE is_made", rows),
            ("SELECT COUNT(*) FROM categories", 3),
            (
                "SELECT COUNT(*) FROM stock_movements WHERE kind = 'import' AND seq = 1 AND unit_cost_minor IS NOT NULL",
                with_stock,
            ),
            ("SELECT COUNT(*) FROM changed_products", rows + 1),
        ] {
            assert_eq!(app.figure(sql).await, expected, "{sql}");
        }
        // Tills that fetch differences learn of every new level.
        if app.modules.stores.write.dialect() == Dialect::Postgres {
            let sql = "SELECT COUNT(*) FROM stock_levels WHERE seq > 0 AND changed_in = 0";
            assert_eq!(app.figure(sql).await, 0);
        }
        let undone = client
            .post_empty(&format!("/imports/{}/undo", id(&import)))
            .await;
        let undone = undone.expect(200);
        assert_eq!(undone["undone"]["products_archived"], rows);
        assert_eq!(undone["undone"]["kept_count"], 0);
    }
);

both_databases!(nothing_can_leave_a_product_before_it_came, |app| async {
    let client = app.manager().await;
    let csv = "sku;name;price;stock_add\nOK;Bon;10;3\nLESS;Moins;10;-2\n";
    let import = send(&client, "products", csv).await.expect(201);
    if import["counts"]["error"] == 0 {
        let refused = commit(&client, &import, json!({"accept_warnings": true})).await;
        refused.expect_problem(409, "stock.insufficient");
    }
    assert_eq!(app.figure("SELECT COUNT(*) FROM products").await, 0);
});

both_databases!(
    a_file_that_is_read_again_beside_its_commit_is_committed_as_it_was_read_last,
    |app| async {
        let client = app.manager().await;
        let csv = "sku;name;price\nA;Premier;10\n";
        let import = send(&client, "products", csv).await.expect(201);
        let stores = &app.modules.stores;
        // Holds the one writer, or the row of the import.
        let tx = stores.write.begin().await.unwrap();
        let sql = "UPDATE imports SET reading = reading + 1";
        tx.execute(sql, []).await.unwrap();
        let sql = "UPDATE import_rows SET values_json = REPLACE(values_json, 'Premier', 'Dernier')";
        tx.execute(sql, []).await.unwrap();
        let options = CommitOptions {
            errors: ErrorRows::Refuse,
            warnings: Warnings::Accept,
            big_changes: BigChanges::Refuse,
        };
        let actor = Actor::operator("test");
        let imports = &app.modules.sales.imports;
        let mut committing =
            pin!(imports.commit(&actor, id(&import).parse().unwrap(), options, None));
        // It reads the rows as they were, and waits.
        for _ in 0..2_000 {
            tokio::select! {
                biased;
                _ = &mut committing => panic!("it does not wait"),
                () = tokio::time::sleep(std::time::Duration::from_micros(100)) => {}
            }
        }
        let (answer, ()) = tokio::join!(committing, async { tx.commit().await.unwrap() });
        assert_eq!(answer.unwrap().status, 200);
        let sql = "SELECT COUNT(*) FROM products WHERE name = 'Dernier'";
        assert_eq!(app.figure(sql).await, 1);
    }
);

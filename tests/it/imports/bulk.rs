//! Big files: several statements long, committed while tills sell.

use std::{
    fmt::Write as _,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
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
    app::{self, Db, TestApp, Wishes},
    http::Client,
    shop::{Wanted, basket},
};

/// More rows than one statement has.
const ROWS: usize = 5_300;
const LINES_OF_INVOICE: usize = 3;

/// Invoices of three lines of these products by turns, one piece of each.
fn history(skus: &[&str]) -> String {
    let mut csv = String::from("invoice;sku;quantity;date;price\n");
    for line in 0..ROWS {
        let (invoice, sku) = (line / LINES_OF_INVOICE, skus[line % skus.len()]);
        let day = 1 + invoice % 28;
        writeln!(csv, "F{invoice};{sku};1;2024-02-{day:02};10").unwrap();
    }
    csv
}

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

/// Does something with a file while tills sell these products. Returns what was sold of each.
async fn beside_tills(app: &TestApp, products: &[ProductId], deed: impl Future) -> Vec<i64> {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut tills = Vec::new();
    for product in products {
        let till = app.client(Role::Cashier).await;
        tills.push(tokio::spawn(sell(till, *product, Arc::clone(&is_over))));
    }
    deed.await;
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

/// Commits a file as it was previewed.
async fn commit_whole(client: &Client, import: &Value) {
    let body = json!({"accept_warnings": true});
    commit(client, import, body).await.expect(200);
}

/// Undoes a file. Returns what it says about that.
async fn undo(client: &Client, import: &Value) -> Value {
    let path = format!("/imports/{}/undo", id(import));
    client.post_empty(&path).await.expect(200)["undone"].clone()
}

both_databases!(tills_sell_while_a_history_comes_and_goes, |app| async {
    let mut products = Vec::new();
    for sku in ["IN-1", "IN-2", "OUT"] {
        let wanted = Wanted {
            sku,
            stock: 10_000,
            ..Wanted::default()
        };
        products.push(app.product(wanted).await);
    }
    let client = app.manager().await;
    // One of its products is new.
    let csv = history(&["IN-1", "IN-2", "NEW-100"]);
    let import = send(&client, "sales", csv).await.expect(201);
    let sold = beside_tills(app, &products, commit_whole(&client, &import)).await;
    for (product, sold) in products.iter().zip(&sold) {
        assert!(*sold > 0, "every till has sold");
        let expected = 10_000_000 - sold * 1_000;
        assert_eq!(app.on_hand(*product).await, expected);
    }
    let invoices = i64::try_from(ROWS.div_ceil(LINES_OF_INVOICE)).unwrap();
    let all = invoices + sold.iter().sum::<i64>();
    assert_numbers_have_no_gap(app, all).await;
    // The sales of the file have their numbers in one piece, whatever was sold meanwhile.
    let sql = "SELECT MAX(number) - MIN(number) + 1 FROM sales WHERE import_id IS NOT NULL";
    assert_eq!(app.figure(sql).await, invoices);
    let lines = "SELECT COUNT(*) FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id WHERE sale.import_id IS NOT NULL";
    assert_eq!(app.figure(lines).await, i64::try_from(ROWS).unwrap());

    let undoing = async {
        let undone = undo(&client, &import).await;
        assert_eq!(undone["sales_voided"], invoices);
        assert_eq!(undone["products_archived"], 1);
        assert_eq!(undone["kept_count"], 0);
    };
    let sold_beside = beside_tills(app, &products, undoing).await;
    for ((product, before), beside) in products.iter().zip(&sold).zip(&sold_beside) {
        assert!(*beside > 0, "every till has sold");
        let expected = 10_000_000 - (before + beside) * 1_000;
        assert_eq!(app.on_hand(*product).await, expected);
    }
    assert_numbers_have_no_gap(app, all + sold_beside.iter().sum::<i64>()).await;
    let standing = "SELECT COUNT(*) FROM sales WHERE import_id IS NOT NULL AND state <> 'voided'";
    assert_eq!(app.figure(standing).await, 0);
    let left = "SELECT COALESCE(MAX(ABS(on_hand_milli)), 0) FROM stock_levels AS level JOIN products AS product ON product.id = level.product_id WHERE product.sku = 'NEW-100'";
    assert_eq!(app.figure(left).await, 0);
});

/// Waits until a statement with these words waits for a lock.
async fn until_it_waits(app: &TestApp, words: &str) {
    let sql = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%{words}%'"
    );
    for _ in 0..2_000 {
        if app.figure(&sql).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("nothing waits for {words}");
}

async fn assert_sells(client: &Client, product: ProductId) {
    client.post("/sales", basket(product, 1)).await.expect(201);
}

async fn wait_without_stopping_tills(app: &TestApp) {
    let mut products = Vec::new();
    for sku in ["HELD", "FREE", "OUT"] {
        let wanted = Wanted {
            sku,
            stock: 10_000,
            ..Wanted::default()
        };
        products.push(app.product(wanted).await);
    }
    let (client, till) = (app.manager().await, app.cashier().await);
    let import = send(&client, "sales", history(&["HELD", "FREE"])).await;
    let import = import.expect(201).clone();
    let stores = &app.modules.stores;
    let held = stores.write.begin().await.unwrap();
    let sql = "SELECT 1 FROM products WHERE sku = 'HELD' FOR UPDATE";
    held.values::<i32>(sql, []).await.unwrap();
    let committing = tokio::spawn(async move { commit_whole(&client, &import).await });
    until_it_waits(app, "FROM products").await;
    // It holds neither levels nor numbers.
    assert_sells(&till, products[1]).await;
    let level = stores.write.begin().await.unwrap();
    let sql = "SELECT 1 FROM stock_levels AS level JOIN products AS product ON product.id = level.product_id WHERE product.sku = 'HELD' FOR UPDATE OF level";
    level.values::<i32>(sql, []).await.unwrap();
    held.commit().await.unwrap();
    until_it_waits(app, "stock_levels AS level").await;
    // It waits for a level, and has no numbers yet.
    assert_sells(&till, products[2]).await;
    level.commit().await.unwrap();
    committing.await.unwrap();
}

#[test]
fn a_history_that_waits_for_its_products_stops_no_till_on_postgres() {
    app::run(
        Db::Postgres,
        "a_history_that_waits_for_its_products_stops_no_till",
        Wishes::default(),
        wait_without_stopping_tills,
    );
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
        let sold = beside_tills(app, &[product], commit_whole(&client, &import)).await;
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
        let undone = undo(&client, &import).await;
        assert_eq!(undone["products_archived"], rows);
        assert_eq!(undone["kept_count"], 0);
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
                () = tokio::time::sleep(Duration::from_micros(100)) => {}
            }
        }
        let (answer, ()) = tokio::join!(committing, async { tx.commit().await.unwrap() });
        assert_eq!(answer.unwrap().status, 200);
        let sql = "SELECT COUNT(*) FROM products WHERE name = 'Dernier'";
        assert_eq!(app.figure(sql).await, 1);
    }
);

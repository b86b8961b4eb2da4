//! Reports: ordered, made, listed, taken; their figures are those of the API, and the same at the same
//! place of the books.

use std::{collections::BTreeMap, io::Cursor, time::Duration};

use kernel::{Clock as _, Role, jobs::JobState};
use serde_json::{Value, json};

use crate::{
    jobs::{crash::Victim, until, until_state, with_workers},
    support::{
        app::{Db, TestApp, TestDatabase, run_on_database},
        http::{Answer, Client},
        shop::{Wanted, basket},
    },
};

const KINDS: [&str; 8] = [
    "daily_close",
    "sales",
    "product_performance",
    "stock_valuation",
    "low_stock",
    "tax_summary",
    "cashier_summary",
    "forecast",
];

/// Kinds whose figures follow from the books alone. What is to be ordered and what is expected also follow
/// from the model, which may be fitted anew at any moment: those figures are kept with the report.
const OF_THE_BOOKS: [&str; 6] = [
    "daily_close",
    "sales",
    "product_performance",
    "stock_valuation",
    "tax_summary",
    "cashier_summary",
];

/// Longest wait for a report: it is printed on threads that step back behind all others.
const LOOKS: u32 = 1_800;
const LOOK: Duration = Duration::from_millis(100);

/// Orders a report and waits until it is made; returns what the list says of it.
async fn made(client: &Client, order: Value) -> Value {
    let job = client.post("/reports", order).await.expect(202);
    let id = job["id"].as_str().unwrap();
    let mut job = Value::Null;
    for _ in 0..LOOKS {
        job = client.get(&format!("/jobs/{id}")).await.expect(200);
        if job["finished_at"].is_string() {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(job["result"]["report_id"], job["id"]);
    client.get(&format!("/reports/{id}")).await.expect(200)
}

async fn file(client: &Client, report: &Value) -> Answer {
    let path = format!("/reports/{}/download", report["id"].as_str().unwrap());
    let answer = client.get(&path).await;
    answer.expect(200);
    answer
}

/// The cells of each sheet of a workbook, by sheet and address.
async fn cells(client: &Client, report: &Value) -> BTreeMap<String, String> {
    let bytes = file(client, report).await.bytes;
    let book = umya_spreadsheet::reader::xlsx::read_reader(Cursor::new(bytes), true).unwrap();
    let mut found = BTreeMap::new();
    for sheet in book.sheet_collection() {
        for cell in sheet.cells() {
            let place = format!("{} {}", sheet.name(), cell.coordinate());
            found.insert(place, cell.value().into_owned());
        }
    }
    found
}

/// The figure in the row whose first cell begins like this, in a column.
fn figure(cells: &BTreeMap<String, String>, sheet: &str, name: &str, column: char) -> f64 {
    let row = cells
        .iter()
        .find(|(place, text)| place.starts_with(&format!("{sheet} A")) && text.starts_with(name));
    let (place, _) = row.unwrap_or_else(|| panic!("no {name} on {sheet}: {cells:#?}"));
    let number: String = place
        .chars()
        .rev()
        .take_while(char::is_ascii_digit)
        .collect();
    let number: String = number.chars().rev().collect();
    let cell = &cells[&format!("{sheet} {column}{number}")];
    cell.parse().unwrap_or_else(|_| panic!("{name}: {cell}"))
}

/// Sales at two rates of tax, a refund, a void, a loss.
async fn trade(app: &TestApp, manager: &Client) {
    let rice = app
        .product(Wanted {
            sku: "RIZ",
            tax_rate_bp: 1600,
            stock: 100,
            ..Wanted::default()
        })
        .await;
    let salt = app
        .product(Wanted {
            sku: "SEL",
            stock: 50,
            ..Wanted::default()
        })
        .await;
    for quantity in 1..=4 {
        manager
            .post("/sales", basket(rice, quantity))
            .await
            .expect(201);
    }
    let sold = manager.post("/sales", basket(salt, 5)).await.expect(201);
    let voided = manager.post("/sales", basket(salt, 2)).await.expect(201);
    let path = format!("/sales/{}/void", voided["id"].as_str().unwrap());
    manager
        .post(&path, json!({"reason": "double"}))
        .await
        .expect(200);
    let refund = json!({"lines": [{"sale_line_id": sold["lines"][0]["id"], "quantity": 2, "restock": true}], "reason": "rendu"});
    let path = format!("/sales/{}/refunds", sold["id"].as_str().unwrap());
    manager.post(&path, refund).await.expect(201);
    let lost = json!({"lines": [{"product_id": salt, "delta": -3}], "reason": "percé"});
    manager
        .post("/inventory/adjustments", lost)
        .await
        .expect(201);
}

fn major(minor: &Value) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "small amounts of a test")]
    let minor = minor.as_i64().unwrap() as f64;
    minor / 100.0
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.005
}

both_databases!(
    every_kind_of_report_is_made_in_both_formats_and_languages,
    |app| async {
        let manager = app.manager().await;
        trade(app, &manager).await;
        let mut count = 0;
        for kind in KINDS {
            for (format, locale, begins) in
                [("pdf", "fr", &b"%PDF"[..]), ("xlsx", "en", b"PK\x03\x04")]
            {
                let order = json!({"kind": kind, "format": format, "locale": locale});
                let report = made(&manager, order).await;
                assert_eq!(report["kind"], kind);
                assert_eq!(report["origin"]["last_sale_number"], 6, "{report}");
                assert_eq!(report["origin"]["last_refund_number"], 1);
                assert_eq!(report["origin"]["voided_sales"], 1);
                let file = file(&manager, &report).await;
                assert!(file.bytes.starts_with(begins), "{kind} {format}");
                assert_eq!(report["size_bytes"], file.bytes.len());
                let name = file.header("content-disposition").unwrap();
                assert!(name.contains(report["file_name"].as_str().unwrap()));
                count += 1;
            }
        }
        let viewer = app.viewer().await;
        let first = viewer.get("/reports?limit=10").await.expect(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = viewer
            .get(&format!("/reports?limit=10&cursor={cursor}"))
            .await
            .expect(200);
        let all: Vec<&Value> = [&first, &rest]
            .into_iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .collect();
        assert_eq!(all.len(), count);
        let times: Vec<&str> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert!(
            times.is_sorted_by(|newer, older| newer > older),
            "{times:?}"
        );
    }
);

/// Where a report of sales shows figures of the summary: sheet, row, column and the summary's name.
const FIGURES_OF_SALES: [(&str, &str, char, &str); 10] = {
    const RESULT: &str = "Result of the period";
    const DAYS: &str = "Sales by day";
    const TAX: &str = "Tax collected, by rate";
    [
        (RESULT, "Sales with tax", 'B', "revenue_with_tax_minor"),
        (RESULT, "Revenue without tax", 'B', "revenue_minor"),
        (RESULT, "Gross margin", 'B', "margin_minor"),
        (DAYS, "Total", 'C', "revenue_with_tax_minor"),
        (DAYS, "Total", 'D', "tax_minor"),
        (DAYS, "Total", 'G', "margin_minor"),
        (TAX, "Total", 'B', "revenue_with_tax_minor"),
        (TAX, "Total", 'C', "revenue_minor"),
        (TAX, "Total", 'D', "tax_minor"),
        ("By category", "Total", 'C', "revenue_minor"),
    ]
};

both_databases!(
    a_report_of_sales_has_the_figures_of_the_api_and_they_add_up,
    |app| async {
        let manager = app.manager().await;
        trade(app, &manager).await;
        let order = json!({"kind": "sales", "format": "xlsx", "locale": "en"});
        let report = made(&manager, order).await;
        let day = |end: &str| report[end].as_str().unwrap().to_owned();
        let period = format!("from={}&to={}", day("from"), day("to"));
        let figures = async |name: &str| {
            let path = format!("/analytics/{name}?{period}");
            manager.get(&path).await.expect(200)
        };
        let summary = figures("summary").await;
        let cells = cells(&manager, &report).await;
        for (sheet, name, column, member) in FIGURES_OF_SALES {
            let found = figure(&cells, sheet, name, column);
            assert!(
                same(found, major(&summary[member])),
                "{sheet} {name} {column}: {found}, {summary}"
            );
        }
        // What lies there now is what the closing says.
        let stock = |name: &str| figure(&cells, "Stock, from opening to closi", name, 'B');
        let closing = stock("Stock at the closing");
        let worth = major(&figures("products").await["stock_value_minor"]);
        assert!(same(closing, worth), "{closing}");
        let moved = stock("Deliveries")
            + stock("Cost of goods sold")
            + stock("Written off")
            + stock("Found by counts");
        assert!(same(stock("Stock at the opening") + moved, closing));
    }
);

both_databases!(
    at_the_same_place_of_the_books_a_report_says_the_same,
    |app| async {
        let manager = app.manager().await;
        trade(app, &manager).await;
        let order = |kind: &str| json!({"kind": kind, "format": "xlsx", "locale": "en"});
        for kind in OF_THE_BOOKS {
            let first = made(&manager, order(kind)).await;
            let second = made(&manager, order(kind)).await;
            assert_ne!(first["id"], second["id"]);
            for member in [
                "last_sale_number",
                "last_refund_number",
                "last_voided_number",
                "ledger_position",
            ] {
                assert_eq!(
                    first["origin"][member], second["origin"][member],
                    "{member}"
                );
            }
            let without_time = |mut cells: BTreeMap<String, String>| {
                cells.retain(|place, text| {
                    !(place.starts_with("Where the figures") && text.contains(" by "))
                });
                cells
            };
            let (one, other) = (
                without_time(cells(&manager, &first).await),
                without_time(cells(&manager, &second).await),
            );
            assert!(one.len() > 10, "{kind}: {one:?}");
            assert_eq!(one, other, "{kind}");
        }
    }
);

both_databases!(
    the_stock_of_a_past_day_is_valued_as_it_lay_then,
    |app| async {
        let manager = app.manager().await;
        let id = app
            .product(Wanted {
                sku: "RIZ",
                stock: 100,
                ..Wanted::default()
            })
            .await;
        let now = app.clock.now();
        app.travel_to(now.plus_seconds(3 * 86_400)).await;
        let manager = manager.with_token(app.manager().await.token.unwrap());
        let sold = manager.post("/sales", basket(id, 40)).await.expect(201);
        let zone = app
            .modules
            .sales
            .ctx
            .shop
            .current()
            .await
            .unwrap()
            .time_zone;
        let day = now.date_in(zone).to_string();
        for (to, expected) in [(Some(day), 100.0), (None, 60.0)] {
            let mut order = json!({"kind": "stock_valuation", "format": "xlsx", "locale": "en"});
            if let Some(to) = to {
                order["to"] = json!(to);
            }
            let report = made(&manager, order).await;
            let cells = cells(&manager, &report).await;
            let found = figure(&cells, "Products in stock", "RIZ", 'D');
            assert!(same(found, expected), "{found} {sold}");
            let value = figure(&cells, "Products in stock", "Total", 'G');
            assert!(same(value, expected * 3_000.0), "{value}");
        }
    }
);

both_databases!(
    reports_are_ordered_by_those_who_may_and_of_days_that_there_are,
    |app| async {
        let manager = app.manager().await;
        let order = json!({"kind": "sales", "format": "pdf"});
        for role in [Role::Cashier, Role::Viewer] {
            let client = app.client(role).await;
            client
                .post("/reports", &order)
                .await
                .expect_problem(403, "auth.forbidden");
        }
        let cashier = app.cashier().await;
        cashier
            .get("/reports")
            .await
            .expect_problem(403, "auth.forbidden");
        for (wrong, pointer) in [
            (
                json!({"kind": "sales", "format": "pdf", "from": "2026-02-02", "to": "2026-02-01"}),
                "/from",
            ),
            (
                json!({"kind": "sales", "format": "pdf", "from": "2999-01-01", "to": "2999-01-02"}),
                "/from",
            ),
            (
                json!({"kind": "daily_close", "format": "pdf", "from": "2026-02-01", "to": "2026-02-02"}),
                "/from",
            ),
            (
                json!({"kind": "low_stock", "format": "pdf", "to": "2026-02-02"}),
                "/to",
            ),
        ] {
            let answer = manager.post("/reports", wrong).await;
            answer.expect_problem_at(422, "request.validation_failed", pointer);
        }
        for wrong in [
            json!({"kind": "weather", "format": "pdf"}),
            json!({"kind": "sales"}),
        ] {
            manager
                .post("/reports", wrong)
                .await
                .expect_problem(422, "request.invalid_body");
        }
        let unknown = "/reports/0192f0c1-7c00-7000-8000-000000000000";
        manager
            .get(unknown)
            .await
            .expect_problem(404, "resource.not_found");
        let file = format!("{unknown}/download");
        manager
            .get(&file)
            .await
            .expect_problem(404, "resource.not_found");
    }
);

both_databases!(
    a_report_that_is_too_old_is_gone_with_its_file,
    |app| async {
        let manager = app.manager().await;
        trade(app, &manager).await;
        let order = json!({"kind": "sales", "format": "pdf"});
        let old = made(&manager, order.clone()).await;
        let kept = "SELECT COUNT(*) FROM analytics_notes WHERE kind = 'report'";
        assert_eq!(app.figure(kept).await, 2);
        app.travel_to(app.clock.now().plus_seconds(401 * 86_400))
            .await;
        let manager = app.manager().await;
        let id = old["id"].as_str().unwrap();
        for path in [format!("/reports/{id}"), format!("/reports/{id}/download")] {
            manager
                .get(&path)
                .await
                .expect_problem(404, "resource.not_found");
        }
        let new = made(&manager, order).await;
        assert_eq!(
            app.figure(kept).await,
            2,
            "the old one and its file are gone"
        );
        let list = manager.get("/reports").await.expect(200);
        assert_eq!(list["items"], json!([new]));
    }
);

both_databases!(
    the_same_report_is_not_made_twice_at_once_and_one_that_is_cancelled_is_not_there,
    with_workers(0),
    |app| async {
        let manager = app.manager().await;
        let order = json!({"kind": "sales", "format": "pdf"});
        let job = manager.post("/reports", &order).await.expect(202);
        let again = manager.post("/reports", &order).await.expect(202);
        assert_eq!(job["id"], again["id"]);
        let id = job["id"].as_str().unwrap();
        manager
            .post_empty(&format!("/jobs/{id}/cancel"))
            .await
            .expect(200);
        let other = manager.post("/reports", &order).await.expect(202);
        assert_ne!(job["id"], other["id"]);
        let list = manager.get("/reports").await.expect(200);
        assert_eq!(list["items"], json!([]));
    }
);

#[test]
fn a_program_that_is_killed_leaves_a_whole_report_or_none_on_sqlite() {
    killed(Db::Sqlite);
}

#[test]
fn a_program_that_is_killed_leaves_a_whole_report_or_none_on_postgres() {
    killed(Db::Postgres);
}

fn killed(db: Db) {
    let database = TestDatabase::migrated(db, "a killed program leaves a whole report or none");
    run_on_database(database, async |database: &TestDatabase| {
        let watcher = TestApp::spawn_on(database.twin(), with_workers(0)).await;
        let manager = watcher.manager().await;
        trade(&watcher, &manager).await;
        let order = json!({"kind": "sales", "format": "pdf"});
        let job = manager.post("/reports", order).await.expect(202);
        let id = job["id"].as_str().unwrap().parse().unwrap();
        let victim = Victim::start(&database.url);
        until(&watcher, id, "begun", |job| job.attempts == 1).await;
        drop(victim);
        let kept = "SELECT COUNT(*) FROM analytics_notes WHERE kind = 'report'";
        let left = watcher.figure(kept).await;
        assert!(left == 0 || left == 2, "{left} notes");

        let next = TestApp::spawn_on(database.twin(), with_workers(1)).await;
        next.clock.advance_seconds(60);
        until_state(&next, id, JobState::Done).await;
        assert_eq!(watcher.figure(kept).await, 2, "one report with its file");
        let path = format!("/reports/{id}/download");
        let file = manager.get(&path).await;
        file.expect(200);
        assert!(file.bytes.starts_with(b"%PDF"));
        next.finish().await;
        watcher.finish().await;
    });
}

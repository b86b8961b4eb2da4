//! The program is killed in the middle of the commit of a file, and of its undo: afterwards all of it
//! is there or nothing, and the same request again does it once.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use kernel::{Role, clock::SystemClock};
use reqwest::multipart::{Form, Part};
use salesflow::app::Modules;
use serde_json::Value;

use super::{ANSWER_TIMEOUT, ATTEMPTS, BETWEEN_ATTEMPTS, Shop, kills, on_durable_postgres};
use crate::support::{
    app::{Db, TestDatabase, run_on_database},
    program::Program,
};

/// More than one statement has.
const ROWS: usize = 5_200;
/// Between two kills, the next one falls so much later.
const LATER: Duration = Duration::from_millis(90);

#[test]
fn a_file_is_whole_or_not_there_after_a_kill_on_sqlite() {
    let database = TestDatabase::empty(Db::Sqlite, "");
    run_on_database(database, kill_while_files_come_and_go);
}

#[test]
fn a_file_is_whole_or_not_there_after_a_kill_on_postgres() {
    on_durable_postgres(
        "a file is whole or not there after a kill",
        async |database, _| kill_while_files_come_and_go(database).await,
    );
}

async fn kill_while_files_come_and_go(database: &TestDatabase) {
    let shop = Shop::fill(database, Role::Manager).await;
    let mut program = Program::start(database).await;
    let mut interrupted = 0;
    for kill in 0..kills() {
        for (kind, file) in [("products", list(kill)), ("sales", history(kill))] {
            let import = desk(&shop, &program).send(kind, file).await;
            for deed in ["commit", "undo"] {
                let path = format!("/imports/{import}/{deed}");
                let desk = Arc::new(desk(&shop, &program));
                let asking = {
                    let (desk, path) = (Arc::clone(&desk), path.clone());
                    tokio::spawn(async move { desk.post(&path).await })
                };
                tokio::time::sleep(LATER * u32::try_from(kill + 1).unwrap()).await;
                program.kill();
                let answer = asking.await.unwrap();
                interrupted += usize::from(answer.is_none());
                program = Program::start(database).await;
                let is_done = is_whole(database, kind, kill, deed).await;
                assert!(is_done || answer.is_none(), "it was acknowledged");
                let desk = self::desk(&shop, &program);
                let (status, after) = desk.insist(&path).await;
                assert_eq!(status, 200, "{after}");
                assert!(is_whole(database, kind, kill, deed).await, "{kind} {deed}");
            }
        }
    }
    assert!(interrupted > 0, "nothing was interrupted");
    drop(program);
    let proof = database.program(&["verify"]).output().unwrap();
    let words = String::from_utf8_lossy(&proof.stdout);
    assert!(proof.status.success(), "{words}");
}

fn list(kill: usize) -> String {
    let mut csv = String::from("sku;name;price;cost;stock_set\n");
    for row in 0..ROWS {
        writeln!(csv, "K{kill}-{row};Article {row};10;5;3").unwrap();
    }
    csv
}

fn history(kill: usize) -> String {
    let mut csv = String::from("invoice;sku;quantity;date;price\n");
    for line in 0..ROWS {
        let (invoice, sku) = (line / 4, 100 + line % 90);
        writeln!(csv, "H{kill}-{invoice};H{kill}-{sku};1;2024-03-01;10").unwrap();
    }
    csv
}

/// Whether a deed is done; it must not be there in part.
async fn is_whole(database: &TestDatabase, kind: &str, kill: usize, deed: &str) -> bool {
    let modules = Modules::open(&database.settings(&[]), Arc::new(SystemClock))
        .await
        .unwrap();
    let read = &modules.stores.read;
    let figure = async |sql: String| -> usize {
        let figure: Option<i64> = read.value(&sql, []).await.unwrap();
        usize::try_from(figure.unwrap()).unwrap()
    };
    let letter = if kind == "products" { "K" } else { "H" };
    let of_kill = format!("sku LIKE '{letter}{kill}-%'");
    let sold = format!(
        "SELECT COUNT(*) FROM sales WHERE external_number LIKE 'H{kill}-%' AND state = 'completed'"
    );
    let lines = format!(
        "SELECT COUNT(*) FROM sale_lines AS line JOIN sales AS sale ON sale.id = line.sale_id WHERE sale.external_number LIKE 'H{kill}-%' AND sale.state = 'completed'"
    );
    let there = format!("SELECT COUNT(*) FROM products WHERE {of_kill} AND NOT archived");
    let stocked = format!(
        "SELECT COUNT(*) FROM stock_levels AS level JOIN products AS product ON product.id = level.product_id WHERE {of_kill} AND on_hand_milli = 3000"
    );
    let figures = match kind {
        "products" => vec![figure(there).await, figure(stocked).await],
        _ => vec![figure(there).await, figure(sold).await, figure(lines).await],
    };
    modules.close().await;
    let all = match kind {
        "products" => vec![ROWS, ROWS],
        _ => vec![90, ROWS / 4, ROWS],
    };
    let none = vec![0; all.len()];
    assert!(
        figures == all || figures == none,
        "{kind} {deed}: {figures:?}"
    );
    figures == if deed == "commit" { all } else { none }
}

fn desk(shop: &Shop, program: &Program) -> Desk {
    Desk {
        http: reqwest::Client::builder()
            .timeout(ANSWER_TIMEOUT * 4)
            .build()
            .unwrap(),
        address: format!("{}/api/v1", program.address()),
        token: shop.token.clone(),
    }
}

/// Where files are sent from.
struct Desk {
    http: reqwest::Client,
    address: String,
    token: String,
}

impl Desk {
    async fn send(&self, kind: &str, file: String) -> String {
        let part = Part::bytes(file.into_bytes()).file_name("liste.csv");
        let request = self
            .http
            .post(format!("{}/imports?kind={kind}", self.address))
            .bearer_auth(&self.token)
            .multipart(Form::new().part("file", part));
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let import: Value = answer.json().await.unwrap();
        assert_eq!(status, 201, "{import}");
        import["id"].as_str().unwrap().to_owned()
    }

    /// `None` without an answer.
    async fn post(&self, path: &str) -> Option<(u16, Value)> {
        let mut request = self
            .http
            .post(format!("{}{path}", self.address))
            .bearer_auth(&self.token)
            .header("idempotency-key", path);
        if path.ends_with("commit") {
            request = request.json(&serde_json::json!({"accept_warnings": true}));
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.ok()?))
    }

    /// Repeats a request until it is answered.
    async fn insist(&self, path: &str) -> (u16, Value) {
        for _ in 0..ATTEMPTS {
            match self.post(path).await {
                Some(answer) if answer.0 < 500 => return answer,
                _ => tokio::time::sleep(BETWEEN_ATTEMPTS).await,
            }
        }
        panic!("{path} is never answered");
    }
}

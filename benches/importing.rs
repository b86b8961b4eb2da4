//! The commit of a big file beside tills that sell ten times a second: rows a second, the longest
//! wait of a till, and how many sales were refused.
//!
//! Products: a list of new products with categories, barcodes, costs and opening stock. History:
//! invoices of eight lines over two years, of every second product of the shop. Half of the sales
//! beside it are of products in the file, half of others.
//!
//! `cargo bench --profile dist --bench importing [-- sqlite] [postgres] [products] [history] [rounds=3] [rows=100000] [lines=150000]`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use chrono::DateTime;
use kernel::{Clock as _, Role, clock::SystemClock};
use serde_json::Value;
use support::{
    http::{self, Connection},
    machine,
    program::Server,
    services,
    shop::{Db, PRODUCTS, Shop, product_id},
    table::{Table, Wanted},
};
use tokio::task::LocalSet;

/// Between two sales.
const TICK: Duration = Duration::from_millis(100);
/// How long the tills sell before and after the commit.
const AROUND: Duration = Duration::from_secs(1);
const LINES_OF_INVOICE: u32 = 8;
const STORY_SECONDS: u32 = 730 * 86_400;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Products,
    History,
}

struct Wishes {
    databases: Vec<Db>,
    kinds: Vec<Kind>,
    rounds: u32,
    rows: u32,
    lines: u32,
}

impl Wishes {
    fn read() -> Self {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let has = |word: &str| words.iter().any(|given| given == word);
        let number = |name: &str, default: u32| {
            let given = words.iter().find_map(|word| word.strip_prefix(name));
            given.map_or(default, |given| given.parse().unwrap())
        };
        let both = !has("sqlite") && !has("postgres");
        let mut databases = vec![Db::Sqlite, Db::Postgres];
        databases.retain(|db| match db {
            Db::Sqlite => both || has("sqlite"),
            Db::Postgres => (both || has("postgres")) && services::require_postgres("importing"),
        });
        let all = !has("products") && !has("history");
        let mut kinds = vec![Kind::Products, Kind::History];
        kinds.retain(|kind| match kind {
            Kind::Products => all || has("products"),
            Kind::History => all || has("history"),
        });
        Self {
            databases,
            kinds,
            rounds: number("rounds=", 3),
            rows: number("rows=", 100_000),
            lines: number("lines=", 150_000),
        }
    }
}

/// What one commit measured.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    rows_per_second: f64,
    seconds: f64,
    /// Longest wait of a sale of products in the file.
    longest_inside_ms: f64,
    /// Longest wait of a sale of other products.
    longest_outside_ms: f64,
    refused: f64,
    cpu_seconds: f64,
}

fn main() {
    let wishes = Wishes::read();
    // One thread: the clients must leave the processors to the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut outcomes: BTreeMap<(&str, Kind), Vec<Outcome>> = BTreeMap::new();
    for round in 1..=wishes.rounds {
        for db in &wishes.databases {
            for kind in &wishes.kinds {
                let outcome = runtime.block_on(measure(*db, *kind, &wishes));
                println!(
                    "round {round} load {:>4.1} {} {kind:?}: {outcome:.2?}",
                    machine::load(),
                    db.name()
                );
                outcomes
                    .entry((db.name(), *kind))
                    .or_default()
                    .push(outcome);
            }
        }
    }
    report(&outcomes);
}

async fn measure(db: Db, kind: Kind, wishes: &Wishes) -> Outcome {
    let shop = Shop::open(db, PRODUCTS, Role::Manager).await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let (word, file, rows) = match kind {
        Kind::Products => ("products", product_list(wishes.rows), wishes.rows),
        Kind::History => ("sales", history(wishes.lines), wishes.lines),
    };
    let mut desk = Connection::open(program.address).await.unwrap();
    let path = format!("/api/v1/imports?kind={word}");
    let status = desk
        .ask(&http::upload(&path, &shop.token, &file))
        .await
        .unwrap();
    let preview = || String::from_utf8_lossy(desk.body()).into_owned();
    assert_eq!(status, 201, "{}", preview());
    let import: Value = serde_json::from_slice(desk.body()).unwrap();
    assert_eq!(import["state"], "previewed", "{import}");
    let path = format!("/api/v1/imports/{}/commit", import["id"].as_str().unwrap());
    let body = r#"{"accept_warnings":true,"accept_big_changes":true}"#;
    let commit = http::post(&path, &shop.token, body);
    let tills = Tills::open(program.address, &shop.token);
    let local = LocalSet::new();
    let outcome = local
        .run_until(async {
            let selling = tokio::task::spawn_local(Rc::clone(&tills).sell());
            tokio::time::sleep(AROUND).await;
            let cpu = cpu_of(&program);
            let began = Instant::now();
            let status = desk.ask(&commit).await.unwrap();
            let took = began.elapsed();
            let cpu = cpu_of(&program).saturating_sub(cpu);
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(desk.body()));
            tokio::time::sleep(AROUND).await;
            tills.are_closed.set(true);
            selling.await.unwrap();
            tills.outcome(rows, took, cpu)
        })
        .await;
    drop(program);
    shop.environment.verify();
    outcome
}

fn cpu_of(program: &Server) -> Duration {
    machine::cpu_of(program.id()) + machine::cpu_of_all("postgres")
}

/// Tills that do not wait for each other.
struct Tills {
    address: SocketAddr,
    token: String,
    are_closed: Cell<bool>,
    inside: RefCell<Vec<Duration>>,
    outside: RefCell<Vec<Duration>>,
    refused: Cell<u32>,
}

impl Tills {
    fn open(address: SocketAddr, token: &str) -> Rc<Self> {
        Rc::new(Self {
            address,
            token: token.to_owned(),
            are_closed: Cell::new(false),
            inside: RefCell::default(),
            outside: RefCell::default(),
            refused: Cell::new(0),
        })
    }

    /// A sale at every tick, whether the last one is answered or not.
    async fn sell(self: Rc<Self>) {
        let mut clock = tokio::time::interval(TICK);
        let mut waiting = Vec::new();
        for number in 0_u32.. {
            clock.tick().await;
            if self.are_closed.get() {
                break;
            }
            waiting.push(tokio::task::spawn_local(Rc::clone(&self).sale(number)));
        }
        for sale in waiting {
            sale.await.unwrap();
        }
    }

    async fn sale(self: Rc<Self>, number: u32) {
        // Products of the file have odd numbers.
        let product = (number * 7 % PRODUCTS) / 2 * 2 + 1 + number % 2;
        let body = format!(
            r#"{{"lines":[{{"product_id":"{}","quantity":1}}]}}"#,
            product_id(product)
        );
        let request = http::post("/api/v1/sales", &self.token, &body);
        let mut connection = Connection::open(self.address).await.unwrap();
        let began = Instant::now();
        let status = connection.ask(&request).await.unwrap();
        let waits = if product % 2 == 1 {
            &self.inside
        } else {
            &self.outside
        };
        waits.borrow_mut().push(began.elapsed());
        if status != 201 {
            println!("refused: {}", String::from_utf8_lossy(connection.body()));
            self.refused.set(self.refused.get() + 1);
        }
    }

    fn outcome(&self, rows: u32, took: Duration, cpu: Duration) -> Outcome {
        let longest = |waits: &RefCell<Vec<Duration>>| {
            let longest = waits.borrow().iter().max().copied().unwrap_or_default();
            longest.as_secs_f64() * 1e3
        };
        Outcome {
            rows_per_second: f64::from(rows) / took.as_secs_f64(),
            seconds: took.as_secs_f64(),
            longest_inside_ms: longest(&self.inside),
            longest_outside_ms: longest(&self.outside),
            refused: f64::from(self.refused.get()),
            cpu_seconds: cpu.as_secs_f64(),
        }
    }
}

/// New products in two hundred categories.
fn product_list(rows: u32) -> String {
    let mut file = String::from("sku;name;barcode;category;price;cost;tax;stock_set\n");
    for row in 1..=rows {
        let _infallible = writeln!(
            file,
            "NEW-{row};Article {} numéro {row};P77{row:010};Rayon {} > Étagère {};{};{};16;{}",
            WORDS[row as usize % WORDS.len()],
            row % 20,
            row % 200,
            500 + row % 9_000,
            300 + row % 5_000,
            row % 90 + 1,
        );
    }
    file
}

const WORDS: [&str; 8] = [
    "café moulu",
    "savon",
    "riz parfumé",
    "huile rouge",
    "sucre roux",
    "thé vert",
    "farine",
    "lampe",
];

/// Invoices of the products with odd numbers.
fn history(lines: u32) -> String {
    let mut file = String::from("invoice;date;sku;quantity;price\n");
    let invoices = lines.div_ceil(LINES_OF_INVOICE);
    let ended = SystemClock.now().micros() / 1_000_000 - 86_400;
    for line in 0..lines {
        let invoice = line / LINES_OF_INVOICE;
        let second = i64::from(STORY_SECONDS / invoices * (invoices - invoice));
        let at = DateTime::from_timestamp(ended - second, 0).unwrap();
        let product = (line * 7_919 % PRODUCTS) / 2 * 2 + 1;
        let _infallible = writeln!(
            file,
            "F-{invoice};{};SKU-{product};{};{}",
            at.format("%Y-%m-%d %H:%M:%S"),
            line % 5 + 1,
            500 + line % 900,
        );
    }
    file
}

fn report(outcomes: &BTreeMap<(&str, Kind), Vec<Outcome>>) {
    let mut table = Table::new();
    for ((database, kind), rounds) in outcomes {
        let of = |read: fn(&Outcome) -> f64| rounds.iter().map(read).collect::<Vec<_>>();
        let name = |what: &str| format!("{database}, {kind:?}: {what}");
        let is_sqlite = *database == Db::Sqlite.name();
        let (rate, inside, outside) = match (kind, is_sqlite) {
            (Kind::Products, true) => (Wanted::AtLeast(40_000.0), 3_000.0, 3_000.0),
            (Kind::Products, false) => (Wanted::AtLeast(20_000.0), 500.0, 500.0),
            (Kind::History, true) => (Wanted::Nothing, 4_000.0, 4_000.0),
            (Kind::History, false) => (Wanted::Nothing, 1_000.0, 50.0),
        };
        table.figure(&name("rows"), "/s", &of(|one| one.rows_per_second), rate);
        table.figure(
            &name("commit"),
            " s",
            &of(|one| one.seconds),
            Wanted::Nothing,
        );
        table.figure(
            &name("processor, server and database"),
            " s",
            &of(|one| one.cpu_seconds),
            Wanted::Nothing,
        );
        table.figure(
            &name("longest wait, products of the file"),
            " ms",
            &of(|one| one.longest_inside_ms),
            Wanted::AtMost(inside),
        );
        table.figure(
            &name("longest wait, other products"),
            " ms",
            &of(|one| one.longest_outside_ms),
            Wanted::AtMost(outside),
        );
        table.figure(
            &name("refused"),
            "",
            &of(|one| one.refused),
            Wanted::AtMost(0.0),
        );
    }
    table.print();
}

//! How quick the catalogue answers among 100,000 products: one by its barcode, a page of twenty,
//! and page 1,000 beside page 1. One client over loopback, the program as it is shipped.
//!
//! `cargo bench --profile dist --bench reading`
#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::{rc::Rc, time::Duration};

use kernel::Role;
use support::{
    http::{self, Connection},
    load::drive,
    machine,
    program::Server,
    services,
    shop::{Db, Shop, barcode},
    table::{Table, Wanted},
};

const PRODUCTS: u32 = 100_000;
const PAGE: usize = 20;
const FAR_PAGE: usize = 1_000;
const ROUNDS: u32 = 5;
const DURATION: Duration = Duration::from_millis(1500);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::new();
    for db in [Db::Sqlite, Db::Postgres] {
        if db == Db::Sqlite || services::require_postgres("reading") {
            runtime.block_on(measure(db, &mut table));
        }
    }
    table.print();
}

async fn measure(db: Db, table: &mut Table) {
    let shop = Shop::open(db, PRODUCTS, Role::Manager).await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let ask = |query: &str| http::get(&format!("/api/v1/products?{query}"), &shop.token);
    let first = ask(&format!("limit={PAGE}"));
    let far = {
        let mut connection = Connection::open(program.address).await.unwrap();
        let mut request = first.clone();
        for _ in 1..FAR_PAGE {
            assert_eq!(connection.ask(&request).await.unwrap(), 200);
            let page: serde_json::Value = serde_json::from_slice(connection.body()).unwrap();
            let cursor = page["next_cursor"].as_str().unwrap();
            request = ask(&format!("limit={PAGE}&cursor={cursor}"));
        }
        request
    };
    let scattered = (0..4_096_u32).map(|number| 1 + number * 7_919 % PRODUCTS);
    let by_barcode = scattered.map(|number| ask(&format!("barcode={}", barcode(number))));
    let questions = [
        (
            "product by barcode",
            Rc::new(by_barcode.collect::<Vec<_>>()),
        ),
        ("page 1 of 20", Rc::new(vec![first])),
        ("page 1,000 of 20", Rc::new(vec![far])),
    ];
    let mut halves = [const { Vec::new() }; 3];
    for round in 1..=ROUNDS {
        for ((name, requests), halves) in questions.iter().zip(&mut halves) {
            let outcome = drive(
                program.address,
                program.id(),
                requests.clone(),
                1,
                DURATION,
                200,
            )
            .await;
            println!(
                "{} round {round} load {:>4.1}  {name:<20} p50 {:.3} ms  p99 {:.3} ms  cpu us/answer: server {:.0} database {:.0}",
                db.name(),
                machine::load(),
                outcome.p50_ms,
                outcome.p99_ms,
                outcome.server_us,
                outcome.database_us
            );
            halves.push(outcome.p50_ms);
        }
    }
    for ((name, _), halves) in questions.iter().zip(&halves) {
        let name = format!("{}: {name}, p50", db.name());
        table.figure(&name, " ms", halves, Wanted::AtMost(2.0));
    }
    let pairs = halves[2].iter().zip(&halves[1]);
    let ratio: Vec<f64> = pairs.map(|(far, first)| far / first).collect();
    let name = format!("{}: page 1,000 / page 1", db.name());
    table.figure(&name, "", &ratio, Wanted::AtMost(1.2));
}

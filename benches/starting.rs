//! How soon the shop is open again, and what it holds while nobody asks: the program as it is
//! shipped, on a database that is there already.
//!
//! `cargo bench --profile dist --bench starting`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::time::Duration;

use kernel::Role;
use support::{
    http::Connection,
    machine,
    program::Server,
    services,
    shop::{Db, PRODUCTS, Shop},
    table::{Table, Wanted},
};

const ROUNDS: u32 = 7;
/// Requests before the memory is looked at.
const REQUESTS: usize = 100;
/// Until what the requests took has been given back.
const IDLE: Duration = Duration::from_millis(1500);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::new();
    for db in [Db::Sqlite, Db::Postgres] {
        if db == Db::Sqlite || services::require_postgres("starting") {
            runtime.block_on(measure(db, &mut table));
        }
    }
    table.print();
}

async fn measure(db: Db, table: &mut Table) {
    let shop = Shop::open(db, PRODUCTS, Role::Cashier).await;
    let sales = shop.sales();
    let (mut starts, mut fresh, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let program = Server::start(&shop.environment, &shop.log()).await;
        starts.push(program.start.as_secs_f64() * 1e3);
        fresh.push(machine::resident_mb(program.id()));
        let mut connection = Connection::open(program.address).await.unwrap();
        for sale in sales.iter().take(REQUESTS) {
            assert_eq!(connection.ask(sale).await.unwrap(), 201);
        }
        tokio::time::sleep(IDLE).await;
        idle.push(machine::resident_mb(program.id()));
        println!(
            "{}: load {:.1}, ready after {:.0} ms, {:.1} MB, after {REQUESTS} sales {:.1} MB",
            db.name(),
            machine::load(),
            starts.last().unwrap(),
            fresh.last().unwrap(),
            idle.last().unwrap()
        );
    }
    let name = |what: &str| format!("{}: {what}", db.name());
    table.figure(
        &name("start to ready"),
        " ms",
        &starts,
        Wanted::AtMost(150.0),
    );
    table.figure(
        &name("resident after the start"),
        " MB",
        &fresh,
        Wanted::AtMost(40.0),
    );
    table.figure(
        &name("resident, idle after 100 sales"),
        " MB",
        &idle,
        Wanted::AtMost(40.0),
    );
}

//! A shop at work: of a hundred requests eighty read what is kept, fifteen sell and five ask for the
//! figures of a week that is not over. How many questions are answered without computing, and does
//! anything fail?

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use kernel::{Clock as _, Role, clock::SystemClock};
use serde_json::Value;
use tokio::task::LocalSet;

use super::support::{
    http::{self, Connection},
    program::Server,
    services,
    shop::{Db, Shop},
    table::{Table, Wanted},
};

const CLIENTS: usize = 16;
const SECONDS: u64 = 10;
/// Closed months that are looked at.
const MONTHS: usize = 24;

pub async fn measure(table: &mut Table) {
    for db in [Db::Sqlite, Db::Postgres] {
        if db == Db::Sqlite || services::require_postgres("caching") {
            measure_on(db, table).await;
        }
    }
}

async fn measure_on(db: Db, table: &mut Table) {
    let shop = Shop::open(db, super::PRODUCTS, Role::Admin).await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let get = |path: &str| http::get(&format!("/api/v1{path}"), &shop.token);
    let months: Vec<_> = (0..MONTHS)
        .map(|number| {
            let (year, month) = (2024 + number / 12, 1 + number % 12);
            get(&format!(
                "/analytics/summary?from={year}-{month:02}-01&to={year}-{month:02}-28"
            ))
        })
        .collect();
    let today = SystemClock.now().date_in(chrono_tz::UTC);
    let (first, last) = (today - chrono::Days::new(6), today + chrono::Days::new(1));
    let week = get(&format!("/analytics/summary?from={first}&to={last}"));
    let sales = shop.sales();
    let next = Rc::new(Cell::new(0_usize));
    let failed = Rc::new(Cell::new(0_u32));
    let until = Instant::now() + Duration::from_secs(super::word("seconds").unwrap_or(SECONDS));
    let local = LocalSet::new();
    for _ in 0..CLIENTS {
        let (months, week, sales) = (months.clone(), week.clone(), Rc::clone(&sales));
        let (next, failed, address) = (Rc::clone(&next), Rc::clone(&failed), program.address);
        local.spawn_local(async move {
            let mut connection = Connection::open(address).await.unwrap();
            while Instant::now() < until {
                let number = next.replace(next.get() + 1);
                // 37 has no part in common with 100: the kinds of requests are well mixed.
                let request = match number * 37 % 100 {
                    0..80 => &months[number % MONTHS],
                    80..95 => &sales[number % sales.len()],
                    _ => &week,
                };
                if connection.ask(request).await.unwrap() >= 500 {
                    failed.set(failed.get() + 1);
                }
            }
        });
    }
    local.await;
    let mut connection = Connection::open(program.address).await.unwrap();
    let report = get("/admin/cache");
    assert_eq!(connection.ask(&report).await.unwrap(), 200);
    let report: Value = serde_json::from_slice(connection.body()).unwrap();
    let kinds = report["kinds"].as_array().unwrap();
    let kpi = kinds.iter().find(|kind| kind["kind"] == "kpi").unwrap();
    println!("{}, mixed load: {} requests, {kpi}", db.name(), next.get());
    let name = |what: &str| format!("{}, mixed load: {what}", db.name());
    let rate = kpi["hit_rate"].as_f64().unwrap() * 100.0;
    table.figure(&name("hit rate"), " %", &[rate], Wanted::AtLeast(95.0));
    let failures = [f64::from(failed.get())];
    table.figure(&name("answers 5xx"), "", &failures, Wanted::AtMost(0.0));
    shop.environment.verify();
}

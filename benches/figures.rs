//! How quick a summary is without any cache: at 100,000 sales, and at ten times as many with ten
//! times as many lines. In process, as the server computes it, two years of sales, all folded.
//!
//! `cargo bench --profile dist --bench figures`
#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use analytics::summary::Compare;
use kernel::{Clock as _, Role, clock::SystemClock};
use sales::rollups::fold;
use salesflow::app::Modules;
use support::{
    history, machine, services,
    shop::{Db, PRODUCTS, Shop},
    table::{Table, Wanted, median},
};

const SALES: [u32; 2] = [100_000, 1_000_000];
const ROUNDS: usize = 5;
const CALLS: usize = 200;
/// The last of the days, and how many of them.
const PERIODS: [(&str, i64, Compare); 3] = [
    ("30 days and the 30 before", 30, Compare::Previous),
    ("365 days", 365, Compare::Nothing),
    ("730 days", 730, Compare::Nothing),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::new();
    for db in [Db::Sqlite, Db::Postgres] {
        if db == Db::Sqlite || services::require_postgres("figures") {
            let mut small: Vec<Vec<f64>> = Vec::new();
            for sales in SALES {
                let halves = runtime.block_on(measure(db, sales));
                for ((name, days, _), halves) in PERIODS.iter().zip(&halves) {
                    let limit = if sales == SALES[0] && *days <= 365 {
                        Wanted::AtMost(5.0)
                    } else {
                        Wanted::Nothing
                    };
                    let name = format!("{}, {sales} sales: summary of {name}, p50", db.name());
                    table.figure(&name, " ms", halves, limit);
                }
                if small.is_empty() {
                    small = halves;
                } else {
                    for (((name, ..), few), many) in PERIODS.iter().zip(&small).zip(&halves) {
                        let ratio = median(many.clone()) / median(few.clone());
                        let name = format!("{}: ten times as many / {name}", db.name());
                        table.figure(&name, "", &[ratio], Wanted::AtMost(1.3));
                    }
                }
            }
        }
    }
    table.print();
}

/// The median of each period, round by round.
async fn measure(db: Db, sales: u32) -> Vec<Vec<f64>> {
    let shop = Shop::open(db, PRODUCTS, Role::Manager).await;
    let modules = Modules::open(&shop.environment.settings(), Arc::new(SystemClock))
        .await
        .unwrap();
    let began = Instant::now();
    history::write(&modules, sales).await;
    let sold = began.elapsed();
    let began = Instant::now();
    let folded = fold::fold_all(&modules.stores.write).await.unwrap();
    assert_eq!(folded, i64::from(sales));
    let fold_time = began.elapsed();
    modules.stores.write.upkeep("ANALYZE").await.unwrap();
    println!(
        "{}: {sales} sales written in {:.1} s, folded in {:.1} s ({:.0} us a sale)",
        db.name(),
        sold.as_secs_f64(),
        fold_time.as_secs_f64(),
        fold_time.as_secs_f64() * 1e6 / f64::from(sales),
    );
    let zone = modules
        .analytics
        .readers
        .catalog
        .shop()
        .await
        .unwrap()
        .time_zone;
    let today = SystemClock.now().date_in(zone);
    let mut halves = vec![Vec::new(); PERIODS.len()];
    for round in 0..=ROUNDS {
        for ((name, days, compare), halves) in PERIODS.iter().zip(&mut halves) {
            let from = today - chrono::Duration::days(days - 1);
            let mut times = Vec::with_capacity(CALLS);
            for _ in 0..CALLS {
                let began = Instant::now();
                let summary = modules
                    .analytics
                    .summary(from, today, *compare)
                    .await
                    .unwrap();
                times.push(milliseconds(began.elapsed()));
                assert!(summary.figures.sales > 0);
            }
            let half = median(times);
            // The first round warms up.
            if round > 0 {
                println!(
                    "{} {sales} round {round} load {:>4.1}  {name:<26} p50 {half:.3} ms",
                    db.name(),
                    machine::load()
                );
                halves.push(half);
            }
        }
    }
    modules.close().await;
    halves
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

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
use store::{Dialect, StoreError, Tx};
use support::{
    machine, services,
    shop::{Db, PRODUCTS, Shop},
    table::{Table, Wanted, median},
};

const SALES: [u32; 2] = [100_000, 1_000_000];
const LINES: u32 = 3;
const SALES_AT_ONCE: u32 = 100_000;
const STORY_DAYS: i64 = 730;
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
    for first in (1..=sales).step_by(SALES_AT_ONCE as usize) {
        let last = (first + SALES_AT_ONCE - 1).min(sales);
        sell(&modules, first, last, sales).await;
    }
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

/// Writes sales set by set, evenly over two years. They move no stock: it is not what is measured.
async fn sell(modules: &Modules, first: u32, last: u32, all: u32) {
    let now = SystemClock.now().micros();
    let step = STORY_DAYS * 86_400_000_000 / i64::from(all);
    let dialect = modules.stores.write.dialect();
    let work = async |tx: &Tx| -> Result<(), StoreError> {
        for sql in statements(dialect, first, last, all) {
            tx.execute(&sql, [now.into(), step.into()]).await?;
        }
        let sql = "UPDATE counters SET value = $1 WHERE name = 'sale'";
        tx.execute(sql, [i64::from(last).into()]).await?;
        Ok(())
    };
    modules.stores.write.transaction(work).await.unwrap();
}

/// `$1` is the present, `$2` the time from sale to sale.
fn statements(dialect: Dialect, first: u32, last: u32, all: u32) -> Vec<String> {
    let id = |group: &str, number: &str| match dialect {
        Dialect::Sqlite => format!("unhex(printf('0000000000007000{group}%012x', {number}))"),
        Dialect::Postgres => {
            format!("('00000000-0000-7000-{group}-' || lpad(to_hex({number}), 12, '0'))::uuid")
        }
    };
    let (numbers, yes) = match dialect {
        Dialect::Sqlite => (
            format!(
                "(WITH RECURSIVE counted (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM counted WHERE n < {last}) SELECT n FROM counted)"
            ),
            "1",
        ),
        Dialect::Postgres => (
            format!("generate_series({first}::bigint, {last}::bigint) AS numbers (n)"),
            "true",
        ),
    };
    let sale = id("a000", "n");
    let mut statements = vec![format!(
        "INSERT INTO sales (id, number, state, currency, tax_mode, subtotal_minor, discount_minor, tax_minor, total_minor, cost_minor,
                            rounding_minor, change_minor, paid_minor, location_id, cashier_id, occurred_at_us, recorded_at_us)
         SELECT {sale}, n, 'completed', 'CDF', 'included', 300000, 0, 41379, 300000, 240000, 0, 0, 300000,
                (SELECT id FROM locations WHERE is_default), (SELECT id FROM users LIMIT 1), $1 - ({all} - n) * $2, $1 FROM {numbers}"
    )];
    for line in 0..LINES {
        let group = format!("b{line:03x}");
        // Scattered over the catalogue, three different ones in a basket.
        let product = id(
            "8000",
            &format!("(n * 7919 + {line} * 331) % {PRODUCTS} + 1"),
        );
        statements.push(format!(
            "INSERT INTO sale_lines (sale_id, id, product_id, product_name, quantity_milli, unit_price_minor, unit_cost_minor, discount_minor,
                                     tax_rate_bp, tax_minor, total_minor, cost_minor, refunded_milli)
             SELECT {sale}, {}, {product}, 'Produit', 1000, 100000, 80000, 0, 1600, 13793, 100000, 80000, 0 FROM {numbers} WHERE $1 > $2",
            id(&group, "n"),
        ));
    }
    statements.push(format!(
        "INSERT INTO payments (sale_id, position, method, currency, amount_minor, rate_micros, base_minor, is_live)
         SELECT {sale}, 0, 'cash', 'CDF', 300000, 1000000, 300000, {yes} FROM {numbers} WHERE $1 > $2"
    ));
    statements
}

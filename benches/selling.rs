//! How many sales a second: `POST /sales` with three lines over loopback, by 1 to 128 clients that
//! each wait for their answer, against the program as it is shipped.
//!
//! On `PostgreSQL` each round is paired with `pgbench` running the leanest version of the same
//! writes on a copy of the same shop on the same server.
//!
//! `cargo bench --profile dist --bench selling [-- sqlite] [postgres] [clients=32] [rounds=5] [seconds=3] [quiet]`
//! (`quiet` leaves the line that the log has for each request away)
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::{
    collections::BTreeMap,
    io::{Seek as _, Write as _},
    process::Stdio,
    time::Duration,
};

use kernel::Role;
use support::{
    load::{Outcome, drive},
    machine,
    program::Server,
    shop::{Db, PRODUCTS, Shop},
    table::{Table, Wanted},
    wishes::Words,
};

const CLIENTS: [usize; 4] = [1, 8, 32, 128];
/// Of them, those that are held against `pgbench`, with the share that is wanted.
const PAIRED: [(usize, f64); 2] = [(8, 0.6), (32, 0.9)];
const LEAN: &str = include_str!("record_sale.sql");

struct Wishes {
    databases: Vec<Db>,
    clients: Vec<usize>,
    rounds: u32,
    duration: Duration,
    is_quiet: bool,
}

impl Wishes {
    fn read() -> Self {
        let words = Words::read();
        let only = words.amount("clients=", 0);
        Self {
            databases: words.databases("selling"),
            clients: if only == 0 {
                CLIENTS.to_vec()
            } else {
                vec![only]
            },
            rounds: words.number("rounds=", 5),
            duration: Duration::from_secs(u64::from(words.number("seconds=", 3))),
            is_quiet: words.has("quiet"),
        }
    }
}

fn main() {
    let wishes = Wishes::read();
    // One thread: the client must leave the processors to the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for db in &wishes.databases {
        runtime.block_on(measure(*db, &wishes));
    }
}

async fn measure(db: Db, wishes: &Wishes) {
    println!(
        "\n{}: {} rounds of {:?}",
        db.name(),
        wishes.rounds,
        wishes.duration
    );
    let shop = Shop::open(db, PRODUCTS, Role::Cashier).await;
    shop.live_through_a_day().await;
    let lean = shop.server.as_ref().map(|(server, database)| {
        let copy = server.create_database_from(database);
        let copy = copy.rsplit('/').next().unwrap().to_owned();
        server.query(&copy, LEAN);
        server.query(&copy, "ANALYZE");
        copy
    });
    let mut environment = shop.environment.clone();
    if wishes.is_quiet {
        environment = environment.with("SALESFLOW__LOG__FILTER", "warn");
    }
    let program = Server::start(&environment, &shop.log()).await;
    let requests = shop.sales();
    let mut outcomes: BTreeMap<usize, Vec<Outcome>> = BTreeMap::new();
    let mut bare: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for round in 1..=wishes.rounds {
        for clients in &wishes.clients {
            let clients = *clients;
            let outcome = drive(
                program.address,
                program.id(),
                requests.clone(),
                clients,
                wishes.duration,
                201,
            )
            .await;
            print!(
                "round {round} load {:>4.1}  {clients:>3} clients {:>6.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  cpu us/sale: server {:>4.0} database {:>4.0} client {:>3.0}",
                machine::load(),
                outcome.per_second,
                outcome.p50_ms,
                outcome.p99_ms,
                outcome.server_us,
                outcome.database_us,
                outcome.client_us,
            );
            outcomes.entry(clients).or_default().push(outcome);
            if let Some(copy) = &lean
                && PAIRED.iter().any(|(paired, _)| *paired == clients)
            {
                let (per_second, cpu) = pgbench(&shop, copy, clients, wishes.duration);
                print!("  pgbench {per_second:>6.0}/s  cpu us/sale: {cpu:>4.0}");
                bare.entry(clients).or_default().push(per_second);
            }
            println!();
        }
    }
    report(db, &outcomes, &bare);
    drop(program);
    shop.environment.verify();
}

fn report(db: Db, outcomes: &BTreeMap<usize, Vec<Outcome>>, bare: &BTreeMap<usize, Vec<f64>>) {
    let mut table = Table::new();
    for (clients, rounds) in outcomes {
        let of = |read: fn(&Outcome) -> f64| rounds.iter().map(read).collect::<Vec<_>>();
        let name = |what: &str| format!("{}, {clients} clients: {what}", db.name());
        let (rate, half) = match (db, clients) {
            (Db::Sqlite, 1) => (Wanted::Nothing, Wanted::AtMost(1.5)),
            (Db::Sqlite, 32) => (Wanted::AtLeast(5_000.0), Wanted::Nothing),
            (Db::Sqlite, 128) => (Wanted::AtLeast(8_000.0), Wanted::Nothing),
            _ => (Wanted::Nothing, Wanted::Nothing),
        };
        table.figure(
            &name("sales"),
            "/s",
            &of(|outcome| outcome.per_second),
            rate,
        );
        table.figure(&name("p50"), " ms", &of(|outcome| outcome.p50_ms), half);
        table.figure(
            &name("p99"),
            " ms",
            &of(|outcome| outcome.p99_ms),
            Wanted::Nothing,
        );
        let cpu = of(|outcome| outcome.server_us + outcome.database_us);
        table.figure(
            &name("cpu of a sale, server and database"),
            " us",
            &cpu,
            Wanted::Nothing,
        );
        let Some(bare) = bare.get(clients) else {
            continue;
        };
        let wanted = PAIRED
            .iter()
            .find(|(paired, _)| paired == clients)
            .unwrap()
            .1;
        let paired = rounds.iter().zip(bare);
        let share: Vec<f64> = paired
            .map(|(ours, theirs)| ours.per_second / theirs)
            .collect();
        table.figure(&name("pgbench"), "/s", bare, Wanted::Nothing);
        table.figure(
            &name("share of pgbench"),
            "",
            &share,
            Wanted::AtLeast(wanted),
        );
    }
    table.print();
}

/// Transactions a second of the lean sale, and the processor time of one, in microseconds.
fn pgbench(shop: &Shop, database: &str, clients: usize, duration: Duration) -> (f64, f64) {
    let (server, _) = shop.server.as_ref().unwrap();
    let mut script = tempfile::tempfile().unwrap();
    write!(
        script,
        "\\set a random(1, {PRODUCTS})\n\\set b random(1, {PRODUCTS})\n\\set c random(1, {PRODUCTS})\nSELECT record_sale(:a, :b, :c);\n"
    )
    .unwrap();
    script.rewind().unwrap();
    let before = machine::cpu_of_all("postgres");
    let output = server
        .client("pgbench")
        .args(["-n", "-M", "prepared", "-j", "1", "-f", "-"])
        .args([
            "-c",
            &clients.to_string(),
            "-T",
            &duration.as_secs().to_string(),
            database,
        ])
        .stdin(Stdio::from(script))
        .output()
        .unwrap();
    let cpu = machine::cpu_of_all("postgres").saturating_sub(before);
    let words = String::from_utf8_lossy(&output.stdout);
    let figure = |name: &str| -> f64 {
        let line = words.lines().find_map(|line| line.strip_prefix(name));
        let line =
            line.unwrap_or_else(|| panic!("{words}{}", String::from_utf8_lossy(&output.stderr)));
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let done = figure("number of transactions actually processed: ");
    (figure("tps = "), cpu.as_secs_f64() * 1e6 / done)
}

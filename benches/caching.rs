//! What a kept answer costs: the summary of a closed month by clients that are signed in, beside a
//! plain actix handler that returns the same bytes; a hit in Redis after a miss in memory, beside
//! `redis-benchmark`; and how often a shop at work is answered from what is kept.
//!
//! `cargo bench --profile dist --bench caching -- answers redis mixed rounds=5 seconds=2 program=PATH`;
//! all words may be left out.
//!
//! The plain handler is fair game: a process of its own, the same build profile and allocator, the same
//! number of workers, the same bytes over the same connections that are kept, by the same load. The
//! load is one thread; how much of a processor it took is printed beside each round, since a load
//! that takes all of one measures itself.
#![allow(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench is a tool at the desk"
)]

#[path = "caching/mixed.rs"]
mod mixed;
#[path = "caching/plain.rs"]
mod plain;
#[path = "caching/second_tier.rs"]
mod second_tier;
mod support;

use std::{rc::Rc, time::Duration};

use kernel::Role;
use plain::Plain;
use support::{
    http::{self, Connection},
    load::{Outcome, drive},
    machine,
    program::Server,
    shop::{Db, Shop},
    table::{Table, Wanted},
};

// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PRODUCTS: u32 = 1_000;
const CLIENTS: [usize; 2] = [8, 64];
const SECONDS: u64 = 2;
/// A month that is over.
const QUESTION: &str = "/api/v1/analytics/summary?from=2026-10-01&to=2026-10-31&compare=previous";

fn word<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::args().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

fn main() {
    if let Some(port) = word::<u16>("plain-server") {
        return plain::serve(port);
    }
    let only = |part: &str| {
        let parts = ["answers", "redis", "mixed"];
        let named = |name: &str| std::env::args().any(|word| word == name);
        named(part) || !parts.iter().any(|one| named(one))
    };
    let rounds = word("rounds").unwrap_or(5);
    let mut table = Table::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    if only("answers") {
        runtime.block_on(measure_answers(rounds, &mut table));
    }
    if only("mixed") {
        runtime.block_on(mixed::measure(&mut table));
    }
    if only("redis") {
        second_tier::measure(rounds, &mut table);
    }
    table.print();
}

async fn measure_answers(rounds: u32, table: &mut Table) {
    let shop = Shop::open(Db::Sqlite, PRODUCTS, Role::Viewer).await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let request = http::get(QUESTION, &shop.token);
    let body = {
        let mut connection = Connection::open(program.address).await.unwrap();
        assert_eq!(connection.ask(&request).await.unwrap(), 200);
        connection.body().to_vec()
    };
    println!("the answer has {} bytes", body.len());
    let plain = Plain::start(&body, shop.directory.path()).await;
    let duration = Duration::from_secs(word("seconds").unwrap_or(SECONDS));
    for clients in CLIENTS {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        let mut ratios = Vec::new();
        let mut work = Vec::new();
        for round in 1..=rounds {
            let requests = Rc::new(vec![request.clone()]);
            let kept = drive(
                program.address,
                program.id(),
                requests.clone(),
                clients,
                duration,
                200,
            )
            .await;
            let bare = drive(plain.address, plain.id(), requests, clients, duration, 200).await;
            let say = |name: &str, one: &Outcome| {
                println!(
                    "round {round} load {:>4.1}  {clients:>3} clients  {name:<6} {:>7.0}/s  p50 {:.3} ms  p99 {:.3} ms  cpu us/answer: server {:.1} load {:.1}, load {:.0} % busy",
                    machine::load(),
                    one.per_second,
                    one.p50_ms,
                    one.p99_ms,
                    one.server_us,
                    one.client_us,
                    one.client_us * one.per_second / 1e4
                );
            };
            say("kept", &kept);
            say("plain", &bare);
            ratios.push(kept.per_second / bare.per_second);
            work.push(bare.server_us / kept.server_us);
            ours.push(kept.server_us);
            theirs.push(bare.server_us);
        }
        let name = |what: &str| format!("{clients} clients: {what}");
        let figure = name("kept answer / plain handler, requests per second");
        table.figure(&figure, "", &ratios, Wanted::AtLeast(0.7));
        let figure = name("plain handler / kept answer, processor time");
        table.figure(&figure, "", &work, Wanted::Nothing);
        let figure = name("kept answer, processor time of the server");
        table.figure(&figure, " us", &ours, Wanted::AtMost(12.0));
        let figure = name("plain handler, processor time of the server");
        table.figure(&figure, " us", &theirs, Wanted::Nothing);
    }
}

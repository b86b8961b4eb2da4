//! What forecasts cost, and what they cost a sale: processor time of an answer from a model in
//! memory, of a refit of a hundred products, and the p99 of `POST /sales` alone and while four
//! forecasts and a refit run.
//!
//! `cargo bench --profile dist --bench forecasting [-- sqlite] [postgres] [answers] [refit] [sales]
//! [clients=8] [askers=4] [refits=1] [rounds=5] [seconds=5] [program=PATH]`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench is a tool at the desk"
)]

#[path = "forecasting/story.rs"]
mod story;
mod support;

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::{Role, clock::SystemClock};
use salesflow::app::Modules;
use story::PRODUCTS;
use support::{
    http::{self, Connection},
    load::{Outcome, drive},
    machine,
    program::Server,
    shop::{Db, Shop, product_id},
    table::{Table, Wanted},
    wishes::Words,
};
use tokio::task::{JoinHandle, LocalSet};

/// Between two looks at a job.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Until the program has written down what the last load left.
const CALM: Duration = Duration::from_millis(500);
/// Forecasts that are always being asked for, where `askers=` does not say otherwise.
const ASKERS: u32 = 4;
/// Further than a refit computes beforehand, as far as an answer goes.
const LONG_HORIZONS: std::ops::RangeInclusive<u32> = 60..=180;
/// Within what a refit computed.
const SHORT_HORIZONS: std::ops::RangeInclusive<u32> = 21..=28;

struct Wishes {
    databases: Vec<Db>,
    parts: Vec<&'static str>,
    clients: usize,
    askers: u32,
    /// Whether a refit runs as well.
    refits: bool,
    rounds: u32,
    duration: Duration,
}

impl Wishes {
    fn read() -> Self {
        let words = Words::read();
        let all = ["answers", "refit", "sales"];
        let mut parts: Vec<&str> = all.into_iter().filter(|word| words.has(word)).collect();
        if parts.is_empty() {
            parts = all.to_vec();
        }
        Self {
            databases: words.databases("forecasting"),
            parts,
            clients: words.amount("clients=", 8),
            askers: words.number("askers=", ASKERS),
            refits: words.number("refits=", 1) > 0,
            rounds: words.number("rounds=", 5),
            duration: Duration::from_secs(u64::from(words.number("seconds=", 5))),
        }
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.contains(&part)
    }
}

fn main() {
    let wishes = Wishes::read();
    // One thread: the client must leave the processors to the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::new();
    for db in &wishes.databases {
        let local = LocalSet::new();
        runtime.block_on(local.run_until(measure(*db, &wishes, &mut table)));
    }
    table.print();
}

async fn measure(db: Db, wishes: &Wishes, table: &mut Table) {
    let shop = Shop::open(db, PRODUCTS, Role::Manager).await;
    let modules = Modules::open(&shop.environment.settings(), Arc::new(SystemClock))
        .await
        .unwrap();
    story::tell(&modules).await;
    modules.close().await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let desk = Desk::new(&program, &shop.token);
    // The first model: without one there is nothing to answer from.
    desk.refit().await;
    if wishes.wants("refit") {
        let mut times = Vec::new();
        for round in 1..=wishes.rounds {
            let before = machine::cpu_of(program.id());
            let began = Instant::now();
            desk.refit().await;
            let cpu = machine::cpu_of(program.id()).saturating_sub(before);
            println!(
                "{} round {round} load {:>4.1}  refit {:.2} s of processor, {:.2} s",
                db.name(),
                machine::load(),
                cpu.as_secs_f64(),
                began.elapsed().as_secs_f64(),
            );
            times.push(cpu.as_secs_f64());
        }
        let name = format!(
            "{}: refit of {PRODUCTS} products, processor time",
            db.name()
        );
        table.figure(&name, " s", &times, Wanted::AtMost(20.0));
    }
    drop(program);
    if wishes.wants("answers") {
        answers(db, wishes, &shop, table).await;
    }
    if wishes.wants("sales") {
        sales(db, wishes, &shop, table).await;
    }
}

/// Every round asks a program that has just been started, so that nothing is remembered but the
/// model itself.
async fn answers(db: Db, wishes: &Wishes, shop: &Shop, table: &mut Table) {
    let (mut computed, mut kept) = (Vec::new(), Vec::new());
    for round in 1..=wishes.rounds {
        let program = Server::start(&shop.environment, &shop.log()).await;
        let desk = Desk::new(&program, &shop.token);
        desk.ask(1, 28).await;
        tokio::time::sleep(CALM).await;
        let long = desk.cost(&[*LONG_HORIZONS.end()]).await;
        let short: Vec<u32> = SHORT_HORIZONS.collect();
        let short = desk.cost(&short).await;
        println!(
            "{} round {round} load {:>4.1}  180 days {long:.2} ms of processor, up to 28 days {short:.2} ms",
            db.name(),
            machine::load(),
        );
        computed.push(long);
        kept.push(short);
    }
    let name = |what: &str| format!("{}: forecast of a product, {what}", db.name());
    let wanted = Wanted::AtMost(10.0);
    table.figure(&name("180 days, computed"), " ms", &computed, wanted);
    table.figure(&name("up to 28 days"), " ms", &kept, wanted);
}

/// Alone and disturbed by turns, each first in every other round.
async fn sales(db: Db, wishes: &Wishes, shop: &Shop, table: &mut Table) {
    let program = Server::start(&shop.environment, &shop.log()).await;
    let requests = Rc::new(baskets(&shop.token));
    let load = || {
        drive(
            program.address,
            program.id(),
            requests.clone(),
            wishes.clients,
            wishes.duration,
            201,
        )
    };
    load().await;
    let (mut alone, mut disturbed, mut growth) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=wishes.rounds {
        let mut pair = [0.0; 2];
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for place in order {
            let trouble = (place == 1).then(|| Trouble::start(&program, &shop.token, wishes));
            if let Some(trouble) = &trouble {
                trouble.until_it_runs().await;
            }
            let outcome = load().await;
            let done = match trouble {
                Some(trouble) => trouble.end().await,
                None => String::new(),
            };
            say(db, round, place, &outcome, &done);
            pair[place] = outcome.p99_ms;
            tokio::time::sleep(CALM).await;
        }
        alone.push(pair[0]);
        disturbed.push(pair[1]);
        growth.push(pair[1] / pair[0]);
    }
    let name = |what: &str| format!("{}, {} clients: {what}", db.name(), wishes.clients);
    let disturbed_name = "p99 of a sale beside four forecasts and a refit";
    table.figure(
        &name("p99 of a sale, alone"),
        " ms",
        &alone,
        Wanted::Nothing,
    );
    table.figure(&name(disturbed_name), " ms", &disturbed, Wanted::Nothing);
    table.figure(&name("growth"), "", &growth, Wanted::AtMost(1.5));
}

fn say(db: Db, round: u32, place: usize, outcome: &Outcome, done: &str) {
    println!(
        "{} round {round} load {:>4.1}  {:<9} {:>6.0}/s  p50 {:>6.2} ms  p99 {:>7.2} ms  cpu us/sale: server {:>5.0} client {:>3.0} {done}",
        db.name(),
        machine::load(),
        ["alone", "disturbed"][place],
        outcome.per_second,
        outcome.p50_ms,
        outcome.p99_ms,
        outcome.server_us,
        outcome.client_us,
    );
}

/// Sales of three lines of the products that have a story.
fn baskets(token: &str) -> Vec<Vec<u8>> {
    let basket = |number: u32| {
        let lines = [0, 31, 67].map(|step| {
            let product = product_id((number * 7 + step) % PRODUCTS + 1);
            format!(r#"{{"product_id":"{product}","quantity":1}}"#)
        });
        let body = format!(r#"{{"lines":[{}]}}"#, lines.join(","));
        http::post("/api/v1/sales", token, &body)
    };
    (0..1_000).map(basket).collect()
}

/// What the program is asked about the future.
#[derive(Clone)]
struct Desk {
    address: SocketAddr,
    id: u32,
    token: String,
}

impl Desk {
    fn new(program: &Server, token: &str) -> Self {
        Self {
            address: program.address,
            id: program.id(),
            token: token.to_owned(),
        }
    }

    async fn connect(&self) -> Connection {
        Connection::open(self.address).await.unwrap()
    }

    fn question(&self, product: u32, horizon: u32) -> Vec<u8> {
        let product = product_id(product);
        let path = format!("/api/v1/analytics/forecasts/{product}?horizon={horizon}");
        http::get(&path, &self.token)
    }

    async fn ask(&self, product: u32, horizon: u32) {
        let mut connection = self.connect().await;
        let status = connection.ask(&self.question(product, horizon)).await;
        assert_eq!(status.unwrap(), 200);
    }

    /// Processor milliseconds of the server for one answer, over all products.
    async fn cost(&self, horizons: &[u32]) -> f64 {
        let mut connection = self.connect().await;
        let before = machine::cpu_of(self.id);
        for horizon in horizons {
            for product in 1..=PRODUCTS {
                let status = connection.ask(&self.question(product, *horizon)).await;
                assert_eq!(status.unwrap(), 200);
            }
        }
        let cpu = machine::cpu_of(self.id).saturating_sub(before);
        let answers = PRODUCTS * u32::try_from(horizons.len()).unwrap();
        cpu.as_secs_f64() * 1e3 / f64::from(answers)
    }

    /// Orders a refit; answers where to ask for it.
    async fn order(&self) -> Vec<u8> {
        let mut connection = self.connect().await;
        let order = http::post("/api/v1/analytics/forecasts/refit", &self.token, "");
        assert_eq!(connection.ask(&order).await.unwrap(), 202);
        let job: serde_json::Value = serde_json::from_slice(connection.body()).unwrap();
        let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
        http::get(&path, &self.token)
    }

    async fn state(&self, job: &[u8]) -> String {
        let mut connection = self.connect().await;
        assert_eq!(connection.ask(job).await.unwrap(), 200);
        let job: serde_json::Value = serde_json::from_slice(connection.body()).unwrap();
        let state = job["state"].as_str().unwrap().to_owned();
        assert!(!["failed", "cancelled"].contains(&state.as_str()), "{job}");
        state
    }

    /// A refit from its order to its end.
    async fn refit(&self) {
        let job = self.order().await;
        while self.state(&job).await != "done" {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Four forecasts and a refit, again and again.
struct Trouble {
    tasks: Vec<JoinHandle<()>>,
    is_running: Rc<Cell<bool>>,
    is_over: Rc<Cell<bool>>,
    forecasts: Rc<Cell<u32>>,
    refits: Rc<Cell<u32>>,
}

impl Trouble {
    fn start(program: &Server, token: &str, wishes: &Wishes) -> Self {
        let desk = Desk::new(program, token);
        let trouble = Self {
            tasks: Vec::new(),
            is_running: Rc::default(),
            is_over: Rc::default(),
            forecasts: Rc::default(),
            refits: Rc::default(),
        };
        let mut tasks = Vec::new();
        if wishes.refits {
            tasks.push(trouble.refit(desk.clone()));
        } else {
            trouble.is_running.set(true);
        }
        let askers = wishes.askers;
        tasks.extend((0..askers).map(|asker| trouble.ask(desk.clone(), asker, askers)));
        Self { tasks, ..trouble }
    }

    fn refit(&self, desk: Desk) -> JoinHandle<()> {
        let (is_running, is_over) = (self.is_running.clone(), self.is_over.clone());
        let refits = self.refits.clone();
        tokio::task::spawn_local(async move {
            while !is_over.get() {
                let job = desk.order().await;
                loop {
                    match desk.state(&job).await.as_str() {
                        "done" => break,
                        "running" => is_running.set(true),
                        _ => {}
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                refits.set(refits.get() + 1);
            }
        })
    }

    /// A product and a horizon that were not asked for before, so that each answer is worked out.
    fn ask(&self, desk: Desk, asker: u32, askers: u32) -> JoinHandle<()> {
        let (is_over, forecasts) = (self.is_over.clone(), self.forecasts.clone());
        tokio::task::spawn_local(async move {
            let mut connection = desk.connect().await;
            let horizons = LONG_HORIZONS.flat_map(|horizon| {
                let products = (1..=PRODUCTS).filter(move |product| product % askers == asker);
                products.map(move |product| (product, horizon))
            });
            for (product, horizon) in horizons {
                if is_over.get() {
                    break;
                }
                let status = connection.ask(&desk.question(product, horizon)).await;
                assert_eq!(status.unwrap(), 200);
                forecasts.set(forecasts.get() + 1);
            }
        })
    }

    async fn until_it_runs(&self) {
        while !self.is_running.get() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Lets the last refit come to its end; answers what was done meanwhile.
    async fn end(self) -> String {
        let done = format!(
            "({} refits, {} forecasts meanwhile)",
            self.refits.get(),
            self.forecasts.get()
        );
        self.is_over.set(true);
        for task in self.tasks {
            task.await.unwrap();
        }
        done
    }
}

//! Whether one who asks much about figures is felt at the till: `POST /sales` by one client alone, and
//! beside 48 that ask what is bought together, no question twice. Meanwhile `/health/ready` is asked ten
//! times a second.
//!
//! `cargo bench --profile dist --bench isolation [-- sqlite] [postgres] [clients=48] [rounds=3] [seconds=10]`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use kernel::{Clock as _, Role, clock::SystemClock};
use sales::rollups::fold;
use salesflow::app::Modules;
use support::{
    history,
    http::{self, Connection},
    load::drive,
    machine,
    program::Server,
    shop::{Db, PRODUCTS, Shop},
    table::{Table, Wanted, median},
    wishes::Words,
};

/// What the shop has sold in two years: more than a question looks at.
const SALES: u32 = 50_000;
/// How long a client that was refused waits, as `Retry-After` has it.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// Between two looks at the readiness.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the clients of figures were answered, by status, and the statuses of the readiness.
type Statuses = Arc<Mutex<BTreeMap<u16, u32>>>;

struct Wishes {
    databases: Vec<Db>,
    clients: u32,
    rounds: u32,
    duration: Duration,
}

impl Wishes {
    fn read() -> Self {
        let words = Words::read();
        Self {
            databases: words.databases("isolation"),
            clients: words.number("clients=", 48),
            rounds: words.number("rounds=", 3),
            duration: Duration::from_secs(words.number("seconds=", 10).into()),
        }
    }
}

fn main() {
    let wishes = Wishes::read();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::new();
    for db in &wishes.databases {
        runtime.block_on(measure(*db, &wishes, &mut table));
    }
    table.print();
}

async fn measure(db: Db, wishes: &Wishes, table: &mut Table) {
    let shop = Shop::open(db, PRODUCTS, Role::Manager).await;
    let modules = Modules::open(&shop.environment.settings(), Arc::new(SystemClock))
        .await
        .unwrap();
    history::write(&modules, SALES).await;
    fold::fold_all(&modules.stores.write).await.unwrap();
    modules.stores.write.upkeep("ANALYZE").await.unwrap();
    modules.close().await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let till = async || {
        let sales = shop.sales();
        let duration = wishes.duration;
        drive(program.address, program.id(), sales, 1, duration, 201).await
    };
    let (mut quiet, mut beside) = (Vec::new(), Vec::new());
    let (asked, ready) = (Statuses::default(), Statuses::default());
    for round in 1..=wishes.rounds {
        let alone = till().await;
        let curious = Curious::start(program.address, wishes.clients, &shop.token, &asked, &ready);
        let crowded = till().await;
        curious.stop();
        println!(
            "{} round {round} load {:>4.1}  alone p50 {:.2} p99 {:.2} ms, {:.0}/s  beside {} clients p50 {:.2} p99 {:.2} ms, {:.0}/s",
            db.name(),
            machine::load(),
            alone.p50_ms,
            alone.p99_ms,
            alone.per_second,
            wishes.clients,
            crowded.p50_ms,
            crowded.p99_ms,
            crowded.per_second,
        );
        quiet.push(alone.p99_ms);
        beside.push(crowded.p99_ms);
    }
    let (asked, ready) = (asked.lock().unwrap(), ready.lock().unwrap());
    println!("{}: figures {asked:?}, readiness {ready:?}", db.name());
    let others: u32 = ready
        .iter()
        .filter(|(code, _)| **code != 200)
        .map(|(_, n)| n)
        .sum();
    let most = (3.0 * median(quiet.clone())).max(150.0);
    let name = |what: &str| format!("{}: {what}", db.name());
    table.figure(
        &name("p99 of a sale, alone"),
        " ms",
        &quiet,
        Wanted::Nothing,
    );
    table.figure(
        &name("p99 of a sale beside them"),
        " ms",
        &beside,
        Wanted::AtMost(most),
    );
    table.figure(
        &name("readiness that was not 200"),
        "",
        &[others.into()],
        Wanted::AtMost(0.0),
    );
    // The books are not proved: what was sold before moved no stock.
    drop(program);
}

/// Clients that ask for figures, on a thread of their own, and one that looks at the readiness.
struct Curious {
    is_over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Curious {
    fn start(
        address: SocketAddr,
        clients: u32,
        token: &str,
        asked: &Statuses,
        ready: &Statuses,
    ) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, token) = (Arc::clone(&is_over), token.to_owned());
        let (asked, ready) = (Arc::clone(asked), Arc::clone(ready));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let local = tokio::task::LocalSet::new();
            for _ in 0..clients {
                local.spawn_local(ask(
                    address,
                    token.clone(),
                    Arc::clone(&over),
                    Arc::clone(&asked),
                ));
            }
            local.spawn_local(look(address, over, ready));
            runtime.block_on(local);
        });
        Self { is_over, thread }
    }

    fn stop(self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
    }
}

async fn ask(address: SocketAddr, token: String, over: Arc<AtomicBool>, statuses: Statuses) {
    /// No question twice, in all rounds.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let today = SystemClock.now().date_in(chrono_tz::Africa::Lubumbashi);
    while !over.load(Ordering::SeqCst) {
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let from = today - chrono::Duration::days(600 - i64::from(number % 500));
        let path = format!(
            "/api/v1/analytics/bought-together?from={from}&to={today}&min_baskets={}",
            1 + number / 500
        );
        // A connection that was closed is opened again.
        let Ok(mut connection) = Connection::open(address).await else {
            continue;
        };
        let status = connection.ask(&http::get(&path, &token)).await;
        let status = status.unwrap_or(0);
        *statuses.lock().unwrap().entry(status).or_default() += 1;
        if status != 200 {
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}

async fn look(address: SocketAddr, over: Arc<AtomicBool>, statuses: Statuses) {
    while !over.load(Ordering::SeqCst) {
        let status = match Connection::open(address).await {
            Ok(mut connection) => connection.ask(&http::get("/health/ready", "none")).await,
            Err(error) => Err(error),
        };
        *statuses
            .lock()
            .unwrap()
            .entry(status.unwrap_or(0))
            .or_default() += 1;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

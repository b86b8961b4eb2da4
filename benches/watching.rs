//! Whether those who watch the shop are felt at the till: `POST /sales` by some clients alone, and
//! beside 50 open streams of `GET /events` that get every sale, by turns.
//!
//! `cargo bench --profile dist --bench watching [-- sqlite] [postgres] [clients=8] [streams=50] [rounds=5] [seconds=5]`
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench is a tool at the desk"
)]

mod support;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use kernel::Role;
use salesflow::events::MAX_STREAMS_PER_USER;
use support::{
    http,
    load::drive,
    machine,
    program::Server,
    shop::{Db, PRODUCTS, Shop, sign_in_more},
    table::{Table, Wanted},
    wishes::Words,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long a stream waits for the next event before it looks whether the round is over.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Until all streams are open: the program keeps the places of the last round until it sees that its
/// clients have gone.
const OPENING: Duration = Duration::from_secs(30);

struct Wishes {
    databases: Vec<Db>,
    clients: usize,
    streams: usize,
    rounds: u32,
    duration: Duration,
}

impl Wishes {
    fn read() -> Self {
        let words = Words::read();
        Self {
            databases: words.databases("watching"),
            clients: words.amount("clients=", 8),
            streams: words.amount("streams=", 50),
            rounds: words.number("rounds=", 5),
            duration: Duration::from_secs(words.number("seconds=", 5).into()),
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
    let shop = Shop::open(db, PRODUCTS, Role::Cashier).await;
    let users = wishes.streams.div_ceil(MAX_STREAMS_PER_USER);
    let tokens = sign_in_more(&shop.environment, Role::Manager, users).await;
    shop.live_through_a_day().await;
    let program = Server::start(&shop.environment, &shop.log()).await;
    let till = async || {
        let (sales, duration) = (shop.sales(), wishes.duration);
        drive(
            program.address,
            program.id(),
            sales,
            wishes.clients,
            duration,
            201,
        )
        .await
    };
    let (mut alone, mut watched, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=wishes.rounds {
        // By turns, so that neither is always the first.
        let watching = |watches: bool| {
            watches.then(|| Watchers::start(program.address, &tokens, wishes.streams))
        };
        let mut rates = [0.0; 2];
        let mut bytes = 0;
        for turn in 0..2 {
            let watches = (turn + round).is_multiple_of(2);
            let watchers = watching(watches);
            if let Some(watchers) = &watchers {
                watchers.are_open(wishes.streams).await;
            }
            rates[usize::from(watches)] = till().await.per_second;
            if let Some(watchers) = watchers {
                bytes = watchers.stop();
            }
        }
        let [quiet, beside] = rates;
        println!(
            "{} round {round} load {:>4.1}  alone {quiet:.0}/s  beside {} streams {beside:.0}/s: {:.3}, {} MB received",
            db.name(),
            machine::load(),
            wishes.streams,
            beside / quiet,
            bytes / 1_000_000,
        );
        alone.push(quiet);
        watched.push(beside);
        shares.push(beside / quiet);
    }
    let name = |what: &str| format!("{}, {} clients: {what}", db.name(), wishes.clients);
    table.figure(&name("sales alone"), "/s", &alone, Wanted::Nothing);
    table.figure(&name("beside the streams"), "/s", &watched, Wanted::Nothing);
    table.figure(&name("share"), "", &shares, Wanted::AtLeast(0.97));
    drop(program);
    shop.environment.verify();
}

/// Streams that are read as fast as they come, on a thread of their own.
struct Watchers {
    is_over: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
    received: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<()>,
}

impl Watchers {
    fn start(address: SocketAddr, tokens: &[String], streams: usize) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (open, received) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
        let (over, opened, counter) = (
            Arc::clone(&is_over),
            Arc::clone(&open),
            Arc::clone(&received),
        );
        let tokens = tokens.to_vec();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let watching = (0..streams).map(|stream| {
                let token = &tokens[stream / MAX_STREAMS_PER_USER];
                let request = http::get("/api/v1/events", token);
                watch(address, request, &over, &opened, &counter)
            });
            runtime.block_on(join_all(watching));
        });
        Self {
            is_over,
            open,
            received,
            thread,
        }
    }

    /// Waits until all streams are open.
    async fn are_open(&self, streams: usize) {
        let all = async {
            while self.open.load(Ordering::SeqCst) < streams {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        timeout(OPENING, all).await.expect("all streams are open");
    }

    /// Returns how many bytes came.
    fn stop(self) -> u64 {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
        self.received.load(Ordering::SeqCst)
    }
}

async fn watch(
    address: SocketAddr,
    request: Vec<u8>,
    over: &AtomicBool,
    opened: &AtomicUsize,
    received: &AtomicU64,
) {
    let mut buffer = vec![0; 256 * 1024];
    let mut stream = loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&request).await.unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        if buffer[..read].starts_with(b"HTTP/1.1 200") {
            break stream;
        }
        assert!(
            buffer[..read].starts_with(b"HTTP/1.1 429"),
            "a stream was refused"
        );
        tokio::time::sleep(LOOK_EVERY).await;
        if over.load(Ordering::SeqCst) {
            return;
        }
    };
    opened.fetch_add(1, Ordering::SeqCst);
    while !over.load(Ordering::SeqCst) {
        let Ok(read) = timeout(LOOK_EVERY, stream.read(&mut buffer)).await else {
            continue;
        };
        let read = read.unwrap();
        assert!(read > 0, "a stream has ended");
        received.fetch_add(u64::try_from(read).unwrap(), Ordering::SeqCst);
    }
}

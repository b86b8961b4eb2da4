//! A hit in Redis after a miss in memory, asked by many at once, beside `redis-benchmark GET` with
//! as many connections and values of the same size.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::test::TestRequest;
use async_trait::async_trait;
use kernel::{
    Clock, Period, Problem,
    changes::{Change, ChangeLog},
    clock::SystemClock,
    read::ReadError,
};
use platform::cache::{Cache, CacheKind, CacheOptions, Question};

use super::support::{
    machine, services,
    services::Redis,
    table::{Table, Wanted},
};

/// Different questions; each is asked once of a memory that has none of them.
const QUESTIONS: usize = 20_000;
const BODY_BYTES: usize = 2_000;
const CLIENTS: [usize; 2] = [1, 50];

/// A log in which nothing ever happens.
struct Quiet;

#[async_trait]
impl ChangeLog for Quiet {
    async fn shop_identity(&self) -> Result<i64, ReadError> {
        Ok(1)
    }

    async fn latest(&self) -> Result<i64, ReadError> {
        Ok(0)
    }

    async fn after(&self, _: i64, _: u32) -> Result<Vec<Change>, ReadError> {
        Ok(Vec::new())
    }
}

pub fn measure(rounds: u32, table: &mut Table) {
    if !services::require_redis("caching") {
        return;
    }
    let redis = Redis::start();
    // As the program: a runtime of its own for Redis, and the requests on other threads.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let filled = runtime.block_on(open(&redis));
    ask_all(&filled, 16);
    // What is kept goes through a queue that lets go of what is too much: until all is there.
    while dbsize(&redis) < QUESTIONS {
        let another = runtime.block_on(open(&redis));
        ask_all(&another, 16);
        std::thread::sleep(Duration::from_millis(200));
    }
    for clients in CLIENTS {
        let mut ratios = Vec::new();
        for round in 1..=rounds {
            let empty = runtime.block_on(open(&redis));
            let ours = ask_all(&empty, clients);
            let kpi = runtime.block_on(empty.report());
            let hits = kpi.kinds.iter().map(|kind| kind.redis_hits).sum::<u64>();
            assert!(
                hits * 100 >= QUESTIONS as u64 * 99,
                "{hits} hits of {QUESTIONS}"
            );
            drop(empty);
            let theirs = redis_benchmark(&redis, clients);
            println!(
                "round {round} load {:>4.1}  {clients:>3} clients  memory miss, Redis hit {ours:>7.0}/s  redis-benchmark {theirs:>7.0}/s",
                machine::load()
            );
            ratios.push(ours / theirs);
        }
        let name =
            format!("{clients} clients: Redis hit after a miss in memory / redis-benchmark GET");
        table.figure(&name, "", &ratios, Wanted::AtLeast(0.5));
    }
}

async fn open(redis: &Redis) -> Arc<Cache> {
    let options = CacheOptions {
        memory_bytes: 256 * 1024 * 1024,
        open_period: Duration::from_secs(3),
        redis_url: Some(redis.url()),
        redis_limit: Duration::from_millis(50),
    };
    let cache = Cache::open(&options, Arc::new(Quiet), Arc::new(SystemClock));
    let cache = cache.await.unwrap();
    while cache.second_tier() != platform::cache::report::SecondTier::Used {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Arc::new(cache)
}

/// Asks every question once, so many at a time, half of them on each of two threads; answers how
/// many a second.
fn ask_all(cache: &Arc<Cache>, clients: usize) -> f64 {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let threads: Vec<_> = (0..clients.min(2))
        .map(|thread| {
            let (cache, next) = (Arc::clone(cache), Arc::clone(&next));
            let share = clients / 2 + (clients % 2) * usize::from(thread == 0);
            std::thread::spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let asking = (0..share.max(1)).map(|_| ask(&cache, &next));
                    futures_util::future::join_all(asking).await;
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    QUESTIONS as f64 / began.elapsed().as_secs_f64()
}

async fn ask(cache: &Cache, next: &AtomicUsize) {
    let now = SystemClock.now();
    let last = now.plus_seconds(-7 * 24 * 3600).date_in(chrono_tz::UTC);
    let period = Period::new(last, last, chrono_tz::UTC).unwrap();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= QUESTIONS {
            return;
        }
        let request = TestRequest::with_uri(&format!("/summary?number={number}")).to_http_request();
        let question = Question::of(CacheKind::Kpi, &request).over(&period);
        let compute = async || Ok::<_, Problem>("x".repeat(BODY_BYTES));
        let response = cache.respond(&request, question, compute).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
    }
}

fn dbsize(redis: &Redis) -> usize {
    let port = redis.port().to_string();
    let output = Command::new("redis-cli")
        .args(["-p", &port, "DBSIZE"])
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    text.trim().parse().unwrap()
}

fn redis_benchmark(redis: &Redis, clients: usize) -> f64 {
    let (port, size) = (redis.port().to_string(), BODY_BYTES.to_string());
    let output = Command::new("redis-benchmark")
        .args(["-p", &port, "-c", &clients.to_string(), "-n", "40000"])
        .args(["-d", &size, "-r", "1000", "-t", "set,get", "--csv"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let row = text
        .lines()
        .find(|line| line.starts_with("\"GET\""))
        .unwrap();
    row.split('"').nth(3).unwrap().parse().unwrap()
}

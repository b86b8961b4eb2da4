//! A hit in Redis after a miss in memory, asked by many at once, beside `redis-benchmark GET` with
//! as many connections and values of the same size; and what a Redis that freezes costs.
//!
//! Measured is the whole way of the cache, in this process and without HTTP: generation, key, memory,
//! Redis, hash of what it holds, one computation at a time, response.

use std::{
    process::Command,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, test::TestRequest};
use async_trait::async_trait;
use kernel::{
    Clock, Period, Problem,
    changes::{Change, ChangeLog},
    clock::SystemClock,
    read::ReadError,
};
use platform::{
    cache::{Cache, CacheKind, CacheOptions, Question, RedisOptions},
    heavy::{Heavy, HeavyOptions},
    tokens::{SigningKey, SigningKeys},
};

use super::support::{
    machine, services,
    services::Redis,
    table::{Table, Wanted},
};

/// Different questions; each is asked once of a memory that has none of them.
const QUESTIONS: usize = 20_000;
const BODY_BYTES: usize = 2_000;
const CLIENTS: [usize; 2] = [1, 50];
/// As the program has by default.
const REDIS_LIMIT_MS: u64 = 20;
/// Threads that ask, as the program has workers.
const WORKERS: usize = 2;
/// Redis freezes in the middle of it.
const FREEZING: Duration = Duration::from_secs(2);
/// Between two questions of a client while Redis freezes.
const PAUSE: Duration = Duration::from_millis(1);

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
            drop(empty);
            if hits * 100 < QUESTIONS as u64 * 99 {
                // The machine was busy with something else for longer than the limit.
                println!("round {round} does not count: {hits} hits of {QUESTIONS}");
                continue;
            }
            let theirs = redis_benchmark(&redis, clients);
            println!(
                "round {round} load {:>4.1}  {clients:>3} clients  memory miss, Redis hit {ours:>7.0}/s  redis-benchmark {theirs:>7.0}/s",
                machine::load()
            );
            ratios.push(ours / theirs);
        }
        let name =
            format!("{clients} clients: Redis hit after a miss in memory / redis-benchmark GET");
        if !ratios.is_empty() {
            table.figure(&name, "", &ratios, Wanted::AtLeast(0.5));
        }
    }
    freeze(&runtime, &redis, table);
}

async fn open(redis: &Redis) -> Arc<Cache> {
    let secrets = SigningKeys {
        present: SigningKey {
            kid: "bench".to_owned(),
            secret: vec![7; 32],
        },
        older: Vec::new(),
    };
    let limit = Duration::from_millis(REDIS_LIMIT_MS);
    let options = CacheOptions {
        memory_bytes: 256 * 1024 * 1024,
        open_period: Duration::from_secs(3),
        redis: Some(RedisOptions::new(redis.url(), limit, &secrets).unwrap()),
    };
    let heavy = Heavy::start(HeavyOptions {
        at_once: WORKERS,
        places: QUESTIONS,
        per_user: QUESTIONS,
    });
    let cache = Cache::open(
        &options,
        Arc::new(Quiet),
        Arc::new(SystemClock),
        heavy.unwrap(),
    );
    let cache = cache.await.unwrap();
    while cache.second_tier() != platform::cache::report::SecondTier::Used {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Arc::new(cache)
}

/// Asks every question once, so many at a time, half of them on each of two threads; answers how
/// many a second.
fn ask_all(cache: &Arc<Cache>, clients: usize) -> f64 {
    let workers = clients.min(WORKERS);
    let begin = Arc::new(Barrier::new(workers + 1));
    let threads: Vec<_> = (0..workers)
        .map(|worker| {
            let (cache, begin) = (Arc::clone(cache), Arc::clone(&begin));
            let share = clients / workers + usize::from(worker < clients % workers);
            std::thread::spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let requests: Vec<_> =
                        (worker..QUESTIONS).step_by(workers).map(request).collect();
                    let next = AtomicUsize::new(0);
                    let client = || async {
                        while let Some(one) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                            ask(&cache, one).await;
                        }
                    };
                    begin.wait();
                    futures_util::future::join_all((0..share).map(|_| client())).await;
                });
            })
        })
        .collect();
    begin.wait();
    let began = Instant::now();
    for thread in threads {
        thread.join().unwrap();
    }
    QUESTIONS as f64 / began.elapsed().as_secs_f64()
}

fn request(number: usize) -> HttpRequest {
    TestRequest::with_uri(&format!("/summary?number={number}")).to_http_request()
}

async fn ask(cache: &Cache, request: &HttpRequest) {
    let now = SystemClock.now();
    let last = now.plus_seconds(-7 * 24 * 3600).date_in(chrono_tz::UTC);
    let period = Period::new(last, last, chrono_tz::UTC).unwrap();
    let question = Question::of(CacheKind::Kpi, "summary", &request.query_string()).over(&period);
    let compute = async || Ok::<_, Problem>("x".repeat(BODY_BYTES));
    let response = cache.respond(request, question, compute).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
}

/// New questions all the time, that are computed in no time, by many clients: how long does the
/// longest wait while Redis freezes? What is answered before it does is measured apart.
fn freeze(runtime: &tokio::runtime::Runtime, redis: &Redis, table: &mut Table) {
    let cache = runtime.block_on(open(redis));
    let is_frozen = Arc::new(AtomicBool::new(false));
    let waits = Arc::new(Mutex::new([Vec::new(), Vec::new()]));
    let until = Instant::now() + FREEZING;
    let threads: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let (cache, is_frozen) = (Arc::clone(&cache), Arc::clone(&is_frozen));
            let waits = Arc::clone(&waits);
            std::thread::spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let next = AtomicUsize::new(0);
                    let client = || async {
                        while Instant::now() < until {
                            let number = next.fetch_add(1, Ordering::Relaxed) * WORKERS + worker;
                            let request = request(QUESTIONS + number);
                            let was_frozen = is_frozen.load(Ordering::SeqCst);
                            let began = Instant::now();
                            ask(&cache, &request).await;
                            let wait = began.elapsed().as_secs_f64() * 1e3;
                            waits.lock().unwrap()[usize::from(was_frozen)].push(wait);
                            tokio::time::sleep(PAUSE).await;
                        }
                    };
                    let clients = CLIENTS[1] / WORKERS;
                    futures_util::future::join_all((0..clients).map(|_| client())).await;
                });
            })
        })
        .collect();
    std::thread::sleep(FREEZING / 2);
    redis.freeze();
    is_frozen.store(true, Ordering::SeqCst);
    for thread in threads {
        thread.join().unwrap();
    }
    redis.thaw();
    let [well, frozen] = std::mem::take(&mut *waits.lock().unwrap());
    let longest = |waits: &[f64]| waits.iter().copied().fold(0.0, f64::max);
    let late = frozen.iter().filter(|wait| **wait > 10.0).count();
    println!(
        "Redis freezes: {} answers before, longest {:.1} ms; {} after, longest {:.1} ms, {late} over 10 ms",
        well.len(),
        longest(&well),
        frozen.len(),
        longest(&frozen)
    );
    let added = [longest(&frozen)];
    table.figure(
        "50 clients: longest wait while Redis freezes",
        " ms",
        &added,
        Wanted::AtMost(50.0),
    );
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

//! Many clients, one thread: each sends its next request when the answer to the last is there.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::task::LocalSet;

use super::{http::Connection, machine};

const WARM_UP: Duration = Duration::from_millis(700);

/// What a load measured.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Good answers in a second.
    pub per_second: f64,
    /// Half of the answers were quicker.
    pub p50_ms: f64,
    /// All but one in a hundred were quicker.
    pub p99_ms: f64,
    /// Processor microseconds of the server for an answer.
    pub server_us: f64,
    /// Of the database server's processes.
    pub database_us: f64,
    /// Of this load.
    pub client_us: f64,
}

struct Cpu {
    server: Duration,
    database: Duration,
    client: Duration,
}

impl Cpu {
    fn now(server: u32) -> Self {
        Self {
            server: machine::cpu_of(server),
            database: machine::cpu_of_all("postgres"),
            client: machine::cpu_of(std::process::id()),
        }
    }
}

/// Drives a server with so many clients for so long. Every answer must have the status `expected`.
pub async fn drive(
    address: SocketAddr,
    server: u32,
    requests: Rc<Vec<Vec<u8>>>,
    clients: usize,
    duration: Duration,
    expected: u16,
) -> Outcome {
    let latencies: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let next = Rc::new(Cell::new(0_usize));
    let from = Instant::now() + WARM_UP;
    let until = from + duration;
    let local = LocalSet::new();
    let mut running = Vec::new();
    for _ in 0..clients {
        let (latencies, next, requests) = (latencies.clone(), next.clone(), requests.clone());
        running.push(local.spawn_local(async move {
            let mut connection = Connection::open(address).await.unwrap();
            loop {
                let number = next.replace(next.get() + 1);
                let began = Instant::now();
                let status = connection
                    .ask(&requests[number % requests.len()])
                    .await
                    .unwrap();
                let ended = Instant::now();
                if ended >= until {
                    return;
                }
                let body = || String::from_utf8_lossy(connection.body()).into_owned();
                assert_eq!(status, expected, "{}", body());
                if ended >= from {
                    latencies.borrow_mut().push(ended - began);
                }
            }
        }));
    }
    let (before, after) = local
        .run_until(async {
            tokio::time::sleep_until(from.into()).await;
            let before = Cpu::now(server);
            tokio::time::sleep_until(until.into()).await;
            (before, Cpu::now(server))
        })
        .await;
    local
        .run_until(async {
            for client in running {
                client.await.unwrap();
            }
        })
        .await;
    let mut latencies = latencies.take();
    latencies.sort_unstable();
    outcome(&latencies, duration, &before, &after)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn outcome(latencies: &[Duration], duration: Duration, before: &Cpu, after: &Cpu) -> Outcome {
    let amount = latencies.len() as f64;
    let percentile = |hundredths: usize| {
        let at = (latencies.len() * hundredths / 100).min(latencies.len() - 1);
        latencies[at].as_secs_f64() * 1e3
    };
    let each = |before: Duration, after: Duration| {
        after.saturating_sub(before).as_secs_f64() * 1e6 / amount
    };
    Outcome {
        per_second: amount / duration.as_secs_f64(),
        p50_ms: percentile(50),
        p99_ms: percentile(99),
        server_us: each(before.server, after.server),
        database_us: each(before.database, after.database),
        client_us: each(before.client, after.client),
    }
}

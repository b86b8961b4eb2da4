//! Races that only a paused computation can show.

use std::sync::atomic::AtomicUsize;

use actix_web::{body::to_bytes, test::TestRequest};
use async_trait::async_trait;
use kernel::{Period, changes::Scope, clock::ManualClock, read::ReadError};
use tokio::sync::Semaphore;

use super::*;
use crate::heavy::HeavyOptions;

/// A log that shows as much as a test sets.
#[derive(Default)]
struct Log {
    latest: AtomicI64,
}

#[async_trait]
impl ChangeLog for Log {
    async fn shop_identity(&self) -> Result<i64, ReadError> {
        Ok(1)
    }

    async fn latest(&self) -> Result<i64, ReadError> {
        Ok(self.latest.load(Ordering::SeqCst))
    }

    async fn after(&self, _: i64, _: u32) -> Result<Vec<Change>, ReadError> {
        Ok(Vec::new())
    }
}

struct Desk {
    cache: Cache,
    log: Arc<Log>,
    computed: Arc<AtomicUsize>,
}

impl Desk {
    async fn open() -> Self {
        let log = Arc::new(Log::default());
        let options = CacheOptions {
            memory_bytes: 1024 * 1024,
            open_period: Duration::from_secs(3),
            redis: None,
        };
        let now = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::at(now));
        let handed: Arc<dyn ChangeLog> = Arc::<Log>::clone(&log);
        let heavy = Heavy::start(HeavyOptions {
            at_once: 4,
            places: 64,
            per_user: 64,
        });
        Self {
            cache: Cache::open(&options, handed, clock, heavy.unwrap())
                .await
                .unwrap(),
            log,
            computed: Arc::default(),
        }
    }

    /// Asks about the 18th, with this computation.
    async fn ask(&self, compute: impl Future<Output = &'static str> + Send + 'static) -> String {
        let request = TestRequest::with_uri("/figures").to_http_request();
        let day = "2026-11-18".parse().unwrap();
        let period = Period::new(day, day, chrono_tz::UTC).unwrap();
        let question = Question::of(CacheKind::Kpi, "figures", &()).over(&period);
        let computed = Arc::clone(&self.computed);
        let compute = move || async move {
            computed.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Problem>(compute.await)
        };
        let answer = self.cache.respond(&request, question, compute).await;
        let body = to_bytes(answer.unwrap().into_body()).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn commit(&self, seq: i64) {
        let day = "2026-11-18".parse().unwrap();
        let scope = Scope::Days {
            first: day,
            last: day,
        };
        self.cache.listener().committed(&[Change { seq, scope }]);
    }

    /// Shows the log up to this number.
    async fn show(&self, seq: i64) {
        self.log.latest.store(seq, Ordering::SeqCst);
        for _ in 0..1_000 {
            if self.cache.shelf.generations.position().1 == seq {
                return;
            }
            self.cache.shelf.calls.look.notify_one();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the log was not read");
    }
}

#[actix_web::test]
async fn a_response_computed_during_a_change_is_never_sent_after_it() {
    let desk = Desk::open().await;
    let gate = Arc::new(Semaphore::new(0));
    let held = Arc::clone(&gate);
    let slow = async move {
        // It has read the facts, and waits.
        let _pass = held.acquire().await;
        "before"
    };
    let change = async {
        tokio::task::yield_now().await;
        desk.commit(1);
        assert_eq!(desk.ask(async { "after" }).await, "after");
        gate.add_permits(1);
    };
    let (old, ()) = futures_util::future::join(desk.ask(slow), change).await;
    assert_eq!(old, "before", "who asked before the change");
    desk.show(1).await;
    assert_eq!(desk.ask(async { "after" }).await, "after");
    assert_eq!(desk.ask(async { "never" }).await, "after");
}

#[actix_web::test]
async fn a_response_from_a_late_replica_is_sent_and_not_cached() {
    let desk = Desk::open().await;
    desk.commit(1);
    // The facts come from a replica that does not show the change yet.
    assert_eq!(desk.ask(async { "late" }).await, "late");
    assert_eq!(desk.ask(async { "late still" }).await, "late still");
    desk.show(1).await;
    assert_eq!(desk.ask(async { "right" }).await, "right");
    assert_eq!(desk.ask(async { "never" }).await, "right");
}

#[actix_web::test]
async fn waiting_requests_share_one_response_and_another_computes_when_the_first_goes() {
    let desk = Desk::open().await;
    let gate = Arc::new(Semaphore::new(0));
    {
        let held = Arc::clone(&gate);
        let gone = desk.ask(async move {
            let _pass = held.acquire().await;
            "never"
        });
        let impatient = tokio::time::timeout(Duration::from_millis(10), gone);
        assert!(impatient.await.is_err());
    }
    let asking = (0..10).map(|_| {
        desk.ask(async {
            tokio::task::yield_now().await;
            "once"
        })
    });
    let answers = futures_util::future::join_all(asking).await;
    assert!(answers.iter().all(|answer| answer == "once"));
    assert_eq!(desk.computed.load(Ordering::SeqCst), 2);
}

#[actix_web::test]
async fn after_a_database_was_restored_nothing_from_before_is_sent() {
    let desk = Desk::open().await;
    desk.commit(5);
    desk.show(5).await;
    assert_eq!(desk.ask(async { "then" }).await, "then");
    desk.cache.shelf.forget_all();
    desk.show(5).await;
    assert_eq!(desk.ask(async { "now" }).await, "now");
}

#[actix_web::test]
async fn an_unreadable_cached_part_is_computed_and_cached_again() {
    let desk = Desk::open().await;
    let day = "2026-11-18".parse().unwrap();
    let period = Period::new(day, day, chrono_tz::UTC).unwrap();
    let question = || Question::about(CacheKind::Findings, "quarter").over(&period);
    // As an older version stored it.
    let old = async || Ok::<_, Problem>("text".to_owned());
    assert_eq!(desk.cache.part(question(), old).await.unwrap(), "text");
    for _ in 0..2 {
        let new = async || {
            desk.computed.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Problem>(17_i64)
        };
        assert_eq!(desk.cache.part(question(), new).await.unwrap(), 17);
    }
    assert_eq!(desk.computed.load(Ordering::SeqCst), 1);
}

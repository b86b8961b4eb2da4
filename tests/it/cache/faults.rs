//! Redis dies, freezes, is slow, full, restarted or contains garbage: no request fails, almost none
//! waits, and Redis is used again once it works again.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use super::{CLOSED, sales, sell, until, until_redis_is, wishes};
use crate::support::{
    app::{Db, TestApp, TestDatabase, run},
    http::Client,
    services::{self, Redis},
    shop::Wanted,
};

/// A program with a Redis of its own for fault tests.
pub(super) fn with_redis(test: &str, check: impl AsyncFnOnce(&TestApp, &Redis)) {
    if !services::require_redis(test) {
        return;
    }
    let redis = Redis::start();
    run(Db::Sqlite, test, wishes(Some(redis.url())), async |app| {
        until_redis_is(app, "used").await;
        check(app, &redis).await;
    });
}

/// Sends a command to Redis and returns its reply.
pub(super) fn tell(redis: &Redis, command: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream
        .write_all(format!("{command}\r\n").as_bytes())
        .unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

pub(super) async fn report(app: &TestApp) -> Value {
    let report = app.admin().await.get("/admin/cache").await.expect(200);
    report["redis"].clone()
}

/// New questions that memory does not have, so that Redis is asked.
async fn ask_new_questions(viewer: &Client, month: u32) {
    for day in 1..=28 {
        let path =
            format!("/analytics/summary?from=2025-{month:02}-01&to=2025-{month:02}-{day:02}");
        viewer.get(&path).await.expect(200);
    }
}

#[test]
fn a_thread_that_serves_requests_has_its_own_connection() {
    with_redis("lines", async |app, redis| {
        let viewer = app.viewer().await;
        ask_new_questions(&viewer, 1).await;
        // The common one, the one for notices, the one of this test, and the worker's.
        until("the worker has opened one", async || {
            tell(redis, "CLIENT LIST").matches(" age=").count() >= 4
        })
        .await;
        ask_new_questions(&viewer, 2).await;
        assert_eq!(report(app).await["faults"], 0);
    });
}

#[test]
fn a_redis_that_dies_is_missed_once_and_used_again_when_it_is_back() {
    with_redis("dies", async |app, redis| {
        let viewer = app.viewer().await;
        ask_new_questions(&viewer, 1).await;
        redis.kill9();
        ask_new_questions(&viewer, 2).await;
        until_redis_is(app, "away").await;
        let report = report(app).await;
        assert_eq!(report["times_opened"], 1, "{report}");
        assert!(report["faults"].as_i64() <= Some(2), "{report}");
        redis.restart();
        until_redis_is(app, "used").await;
        ask_new_questions(&viewer, 3).await;
    });
}

#[test]
fn a_redis_that_freezes_delays_two_questions_and_no_more() {
    with_redis("freezes", async |app, redis| {
        let viewer = app.viewer().await;
        ask_new_questions(&viewer, 1).await;
        redis.freeze();
        ask_new_questions(&viewer, 2).await;
        // Questions, and the task that stores a response, each for at most the limit.
        let report = report(app).await;
        assert_ne!(report["breaker"], "closed", "{report}");
        assert!(report["faults"].as_i64() <= Some(4), "{report}");
        redis.thaw();
        until_redis_is(app, "used").await;
        ask_new_questions(&viewer, 3).await;
    });
}

#[test]
fn a_slow_redis_is_not_used_until_it_is_fast_again() {
    with_redis("slow", async |app, redis| {
        let viewer = app.viewer().await;
        assert!(tell(redis, "CLIENT PAUSE 3000 ALL").contains("OK"));
        ask_new_questions(&viewer, 1).await;
        let report = report(app).await;
        assert!(report["faults"].as_i64() <= Some(4), "{report}");
        assert!(report["times_opened"].as_i64() >= Some(1), "{report}");
        until_redis_is(app, "used").await;
    });
}

#[test]
fn a_full_redis_refuses_writes_and_is_still_read() {
    with_redis("full", async |app, redis| {
        let viewer = app.viewer().await;
        assert!(tell(redis, "CONFIG SET maxmemory-policy noeviction").contains("OK"));
        assert!(tell(redis, "CONFIG SET maxmemory 1").contains("OK"));
        ask_new_questions(&viewer, 1).await;
        until("Redis refuses", async || {
            report(app).await["refused"].as_i64() > Some(0)
        })
        .await;
        assert_eq!(report(app).await["breaker"], "closed");
        assert!(tell(redis, "CONFIG SET maxmemory 0").contains("OK"));
        ask_new_questions(&viewer, 2).await;
        until("Redis keeps again", async || {
            report(app).await["kept"].as_i64() > Some(0)
        })
        .await;
    });
}

#[test]
fn garbage_in_redis_is_not_served() {
    with_redis("rubbish", async |app, redis| {
        app.viewer().await.get(CLOSED).await.expect(200);
        until("the answer lies in Redis", async || {
            report(app).await["kept"] == 1
        })
        .await;
        let keys = tell(redis, "KEYS *");
        let key = keys.lines().find(|line| line.starts_with("salesflow:"));
        let key = key.unwrap().trim().to_owned();
        for rubbish in ["nonsense", "SFA1", "\"{}\""] {
            assert!(tell(redis, &format!("SET {key} {rubbish}")).contains("OK"));
            let other = TestApp::spawn_on(app.database.twin(), wishes(Some(redis.url()))).await;
            until_redis_is(&other, "used").await;
            let answer = other.viewer().await.get(CLOSED).await;
            assert_eq!(sales(&answer), 0, "{}", answer.text());
            other.finish().await;
        }
        assert!(tell(redis, &format!("DEL {key}")).contains(':'));
        assert!(tell(redis, &format!("LPUSH {key} a")).contains(':'));
        let other = TestApp::spawn_on(app.database.twin(), wishes(Some(redis.url()))).await;
        until_redis_is(&other, "used").await;
        other.viewer().await.get(CLOSED).await.expect(200);
        assert_eq!(report(&other).await["breaker"], "closed");
        other.finish().await;
    });
}

#[test]
fn a_change_while_redis_is_away_still_reaches_the_other_instance() {
    let test = "away";
    if !services::require_redis(test) {
        return;
    }
    for db in [Db::Sqlite, Db::Postgres] {
        let redis = Redis::start();
        let Some(database) = TestDatabase::migrated(db, test) else {
            continue;
        };
        let twin = database.twin();
        crate::support::app::run_on_database(Some(database), async |_| {
            let app = TestApp::spawn_on(twin.twin(), wishes(Some(redis.url()))).await;
            let other = TestApp::spawn_on(twin.twin(), wishes(Some(redis.url()))).await;
            until_redis_is(&app, "used").await;
            until_redis_is(&other, "used").await;
            let product = app.product(Wanted::default()).await;
            let (manager, viewer) = (app.manager().await, other.viewer().await);
            let mut number = 0;
            let mut change_and_look = async || {
                sell(&manager, product, "2026-11-18T08:00:00Z").await;
                number += 1;
                until("the other instance knows", async || {
                    sales(&viewer.get(CLOSED).await) == number
                })
                .await;
            };
            change_and_look().await;
            redis.kill9();
            change_and_look().await;
            redis.restart();
            change_and_look().await;
            until_redis_is(&app, "used").await;
            until_redis_is(&other, "used").await;
            change_and_look().await;
            redis.freeze();
            change_and_look().await;
            redis.thaw();
            other.finish().await;
            app.finish().await;
        });
    }
}

#[test]
fn a_shop_starts_without_redis_and_uses_it_once_it_is_there() {
    if !services::require_redis("late") {
        return;
    }
    let redis = Redis::start();
    redis.kill9();
    run(Db::Sqlite, "late", wishes(Some(redis.url())), async |app| {
        until_redis_is(app, "away").await;
        let viewer = app.viewer().await;
        ask_new_questions(&viewer, 1).await;
        assert_eq!(report(app).await["faults"], 0, "nobody waited for it");
        redis.restart();
        until_redis_is(app, "used").await;
    });
}

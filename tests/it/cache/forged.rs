//! Values that others write into Redis: none of them is served, and none of them counts as a fault of
//! Redis.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    CLOSED, EARLIER, NOW, OPEN,
    faults::{report, tell, with_redis},
    sales, sell, until, until_redis_is, wishes,
};
use crate::support::{app::TestApp, services::Redis, shop::Wanted};

/// Key of the one stored response.
fn kept_under(redis: &Redis) -> String {
    let keys = tell(redis, "KEYS *");
    let key = keys.lines().find(|line| line.starts_with("salesflow:"));
    key.unwrap().trim().to_owned()
}

/// Writes exactly these bytes.
fn set(redis: &Redis, key: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
    let head = format!(
        "*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${}\r\n",
        key.len(),
        bytes.len()
    );
    stream
        .write_all(&[head.as_bytes(), bytes, b"\r\n"].concat())
        .unwrap();
    let mut word = [0; 5];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"+OK\r\n");
}

/// An instance with nothing in memory yet.
async fn another(app: &TestApp, redis: &Redis, more: &[(&'static str, &str)]) -> TestApp {
    let mut wishes = wishes(Some(redis.url()));
    let more = more
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    wishes.settings.extend(more);
    let other = TestApp::spawn_on(app.database.twin(), wishes).await;
    until_redis_is(&other, "used").await;
    other
}

async fn until_kept(app: &TestApp, answers: i64) {
    until("the answer lies in Redis", async || {
        report(app).await["kept"] == answers
    })
    .await;
}

/// Invented figures in both stored forms that the program has had: with a tag that anybody can compute,
/// and with an invalid seal.
fn forgeries() -> [Vec<u8>; 3] {
    let at = Timestamp::parse(NOW).unwrap();
    let times = [at, at.plus_seconds(3_600)]
        .map(|time| time.micros().to_be_bytes())
        .concat();
    let body = json!({"sales": 999, "revenue_minor": 99_999_900}).to_string();
    let hash = Sha256::digest(&body);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]));
    let of = |form: &[u8], tag: &[u8]| [form, &times, tag, body.as_bytes()].concat();
    [
        of(b"SFA1", tag.as_bytes()),
        of(b"SFA2", &hash),
        of(b"SFA2", &[0; 32]),
    ]
}

#[test]
fn figures_written_by_others_are_not_served() {
    with_redis("forged", async |app, redis| {
        app.viewer().await.get(CLOSED).await.expect(200);
        until_kept(app, 1).await;
        let key = kept_under(redis);
        for forgery in forgeries() {
            set(redis, &key, &forgery);
            let other = another(app, redis, &[]).await;
            let answer = other.viewer().await.get(CLOSED).await;
            assert_eq!(sales(&answer), 0, "{}", answer.text());
            let report = report(&other).await;
            assert_eq!(report["unknown"], 1, "{report}");
            assert_eq!(report["faults"], 0, "{report}");
            assert_eq!(report["refused"], 0, "{report}");
            assert_eq!(report["breaker"], "closed", "{report}");
            other.finish().await;
        }
    });
}

#[test]
fn a_response_sealed_with_a_foreign_secret_is_not_served_but_one_with_an_older_secret_is() {
    with_redis("stranger", async |app, redis| {
        let secret = "kQ3vXw8sLm1Zr6Tb9Yd4Nf7Hc2Jp5Ga0";
        let stranger = another(app, redis, &[("SALESFLOW__AUTH__JWT_SECRET", secret)]).await;
        // The same question under the same name.
        stranger.viewer().await.get(CLOSED).await.expect(200);
        until_kept(&stranger, 1).await;
        let older = format!("main:{secret}");
        let more = [
            ("SALESFLOW__AUTH__KEY_ID", "next"),
            ("SALESFLOW__AUTH__OLDER_KEYS", older.as_str()),
        ];
        let rotated = another(app, redis, &more).await;
        let answer = rotated.viewer().await.get(CLOSED).await;
        answer.expect(200);
        assert_eq!(super::figures(&rotated, "kpi").await["redis_hits"], 1);
        assert_eq!(report(&rotated).await["unknown"], 0);
        app.viewer().await.get(CLOSED).await.expect(200);
        assert_eq!(report(app).await["unknown"], 1);
        assert_eq!(super::figures(app, "kpi").await["redis_hits"], 0);
        rotated.finish().await;
        stranger.finish().await;
    });
}

#[test]
fn a_response_moved_to_another_question_is_not_served() {
    with_redis("moved", async |app, redis| {
        let product = app.product(Wanted::default()).await;
        let manager = app.manager().await;
        sell(&manager, product, "2026-11-18T08:00:00Z").await;
        let viewer = app.viewer().await;
        assert_eq!(sales(&viewer.get(CLOSED).await), 1);
        until_kept(app, 1).await;
        let first = kept_under(redis);
        assert!(tell(redis, &format!("RENAME {first} aside")).contains("OK"));
        assert_eq!(sales(&viewer.get(EARLIER).await), 0);
        until_kept(app, 2).await;
        let second = kept_under(redis);
        assert_ne!(first, second);
        assert!(tell(redis, &format!("RENAME aside {second}")).contains("OK"));
        let other = another(app, redis, &[]).await;
        assert_eq!(sales(&other.viewer().await.get(EARLIER).await), 0);
        assert_eq!(report(&other).await["unknown"], 1);
        other.finish().await;
    });
}

#[test]
fn a_value_of_any_length_costs_one_question_and_no_connection() {
    with_redis("huge", async |app, redis| {
        app.viewer().await.get(CLOSED).await.expect(200);
        until_kept(app, 1).await;
        let key = kept_under(redis);
        for _ in 0..3 {
            // 400 MB of zeros: reading all of them takes longer than the limit.
            assert!(tell(redis, &format!("DEL {key}")).contains(':'));
            assert!(tell(redis, &format!("SETRANGE {key} 400000000 x")).contains(':'));
            let other = another(app, redis, &[]).await;
            other.viewer().await.get(CLOSED).await.expect(200);
            let report = report(&other).await;
            assert_eq!(report["faults"], 0, "{report}");
            assert_eq!(report["breaker"], "closed", "{report}");
            assert_eq!(report["unknown"], 1, "{report}");
            other.finish().await;
        }
    });
}

#[test]
fn forged_notices_make_an_instance_read_the_log_and_nothing_else() {
    with_redis("calls", async |app, redis| {
        let product = app.product(Wanted::default()).await;
        let (manager, viewer) = (app.manager().await, app.viewer().await);
        viewer.get(CLOSED).await.expect(200);
        until_kept(app, 1).await;
        let identity = kept_under(redis).split(':').nth(2).unwrap().to_owned();
        until("it is subscribed", async || {
            report(app).await["is_subscribed"] == true
        })
        .await;
        let heard = report(app).await["calls_heard"].as_i64().unwrap();
        let calls = [
            "9223372036854775807",
            "-9223372036854775808",
            "rubbish",
            "0",
        ];
        for word in calls {
            let call = format!("PUBLISH salesflow:{identity}:changes {word}");
            assert!(tell(redis, &call).contains(":1"), "{call}");
        }
        until("they are heard", async || {
            report(app).await["calls_heard"].as_i64() >= Some(heard + 4)
        })
        .await;
        // Cached responses are still sent, and a real change is still noticed.
        let before = sales(&viewer.get(OPEN).await);
        sell(&manager, product, "2026-11-22T08:00:00Z").await;
        until("the sale is seen", async || {
            sales(&viewer.get(OPEN).await) == before + 1
        })
        .await;
        assert_eq!(report(app).await["breaker"], "closed");
    });
}

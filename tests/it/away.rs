//! A server that is gone, frozen or full, and clients that hang up. `PostgreSQL` only: `SQLite` has no
//! server, and its transactions begin on a thread that nobody can drop.

use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::{Duration, Instant},
};

use kernel::ids::ProductId;
use serde_json::json;
use store::Dialect;

use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes},
    http::{Answer, Client},
    services::Postgres,
    shop::{Wanted, basket},
};

/// What a request to a server that is away may take, on a machine that is busy with other tests; far
/// below the ten seconds of the pool and the thirty of a request.
const SOON: Duration = Duration::from_secs(5);
/// Questions until the server is back.
const MOST_TRIES: u32 = 300;

async fn on_a_server_of_its_own(test: &str, server: &Postgres) -> Option<TestApp> {
    TestDatabase::empty(Db::Postgres, test)?;
    let url = server.create_database("shop");
    Some(TestApp::spawn_on(TestDatabase::at(url), Wishes::default()).await)
}

/// Fails unless it is refused soon, with the word on when to come again.
#[track_caller]
fn expect_refused(began: Instant, answer: &Answer) {
    answer.expect_problem(503, "server.unavailable");
    assert!(
        answer.header("retry-after").is_some(),
        "no Retry-After: {}",
        answer.text()
    );
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

async fn expect_all_refused(client: &Client, product: ProductId) {
    let began = Instant::now();
    let login = json!({"email": "admin@shop.test", "password": "not the one that it is"});
    let period = "/analytics/summary?from=2026-01-01&to=2026-01-31";
    let (sale, list, summary, login) = tokio::join!(
        client.post("/sales", basket(product, 1)),
        client.get("/sales"),
        client.get(period),
        client.post("/auth/login", login),
    );
    for answer in [sale, list, summary, login] {
        expect_refused(began, &answer);
    }
    let ready = client.get("/health/ready").await;
    assert_eq!(ready.expect(503)["status"], "database_unavailable");
    client.get("/health/live").await.expect(200);
}

async fn wait_until_ready(client: &Client) {
    for _ in 0..MOST_TRIES {
        if client.get("/health/ready").await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never comes back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_freezes_or_dies_refuses_everybody_soon_and_comes_back_by_itself() {
    let test = "a_server_that_freezes_or_dies_refuses_everybody_soon_and_comes_back_by_itself";
    if TestDatabase::empty(Db::Postgres, test).is_none() {
        return;
    }
    let server = Postgres::start();
    let Some(app) = on_a_server_of_its_own(test, &server).await else {
        return;
    };
    let product = app.product(Wanted::default()).await;
    let client = app.admin().await;
    client.post("/sales", basket(product, 1)).await.expect(201);

    // The first ones wait while the absence is not known yet; the second ones are refused at once.
    server.freeze();
    expect_all_refused(&client, product).await;
    expect_all_refused(&client, product).await;
    server.thaw();
    wait_until_ready(&client).await;
    client.post("/sales", basket(product, 1)).await.expect(201);
    client.get("/sales").await.expect(200);

    server.kill9();
    expect_all_refused(&client, product).await;
    server.restart();
    wait_until_ready(&client).await;
    // Every old connection is dead, and no request gets one of them.
    for _ in 0..12 {
        client.get("/sales").await.expect(200);
    }
    client.post("/sales", basket(product, 1)).await.expect(201);
    // What was refused with 503 may have been recorded all the same, once each.
    let on_hand = app.figure("SELECT on_hand_milli FROM stock_levels").await;
    let sales = app.figure("SELECT count(*) FROM sales").await;
    assert_eq!(on_hand, (10 - sales) * 1_000);
    assert!((3..=6).contains(&sales), "{sales}");
    app.finish().await;
}

/// Goes so many steps towards an answer.
async fn drop_after<T>(steps: u32, answer: impl Future<Output = T>) -> Option<T> {
    let mut answer = Box::pin(answer);
    for _ in 0..steps {
        let step = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        if let Poll::Ready(answer) = step {
            return Some(answer);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_who_hang_up_leave_no_transaction_behind() {
    let test = "readers_who_hang_up_leave_no_transaction_behind";
    let Some(app) = TestApp::spawn(Db::Postgres, test, Wishes::default()).await else {
        return;
    };
    app.product(Wanted::default()).await;
    let (read, write) = (
        app.modules.stores.read.clone(),
        app.modules.stores.write.clone(),
    );
    assert_eq!(read.dialect(), Dialect::Postgres);
    // Dropped after each of the steps that a beginning takes, again and again.
    for round in 0..200 {
        let steps = round % 8 + 1;
        let reader = drop_after(steps, read.snapshot());
        let writer = drop_after(steps, write.begin());
        let (reader, writer) = tokio::join!(reader, writer);
        assert!(!matches!(reader, Some(Err(_))), "{reader:?}");
        assert!(!matches!(writer, Some(Err(_))), "{writer:?}");
    }
    // Those that were dropped come to their end.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND state LIKE 'idle in transaction%'";
    let mut left = 1;
    for _ in 0..MOST_TRIES {
        left = app.figure(open).await;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(left, 0, "transactions that nobody knows of");
    for _ in 0..20 {
        read.snapshot().await.unwrap();
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_the_server_refuses_and_heals() {
    let test = "a_full_disk_of_the_server_refuses_and_heals";
    if TestDatabase::empty(Db::Postgres, test).is_none() {
        return;
    }
    let server = Postgres::start();
    let Some(disk) = server.small_disk("small", 24) else {
        eprintln!("SKIPPED: {test}: no small disk can be mounted here");
        return;
    };
    server.query("postgres", "CREATE DATABASE shop TABLESPACE small");
    let app = TestApp::spawn_on(TestDatabase::at(server.url("shop")), Wishes::default()).await;
    let product = app
        .product(Wanted {
            stock: 100_000,
            ..Wanted::default()
        })
        .await;
    let client = app.admin().await;
    client.post("/sales", basket(product, 1)).await.expect(201);
    let ballast = disk.fill();
    let mut acknowledged = 1;
    let mut refused = 0;
    for _ in 0..2_000 {
        let answer = client.post("/sales", basket(product, 1)).await;
        if answer.status == 201 {
            acknowledged += 1;
        } else {
            answer.expect_problem(503, "storage.full");
            assert!(answer.header("retry-after").is_some());
            refused += 1;
            if refused == 3 {
                break;
            }
        }
    }
    assert_eq!(refused, 3, "the disk never was full");
    client.get("/sales").await.expect(200);
    std::fs::remove_file(ballast).unwrap();
    for _ in 0..20 {
        client.post("/sales", basket(product, 1)).await.expect(201);
    }
    assert_eq!(
        app.figure("SELECT count(*) FROM sales").await,
        acknowledged + 20
    );
    app.finish().await;
}

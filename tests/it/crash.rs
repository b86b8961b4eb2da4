//! The plug is pulled: the program, or PostgreSQL under it, is killed in the middle of selling.
//!
//! What must hold afterwards: every sale that was acknowledged is there once and whole, none is
//! there half, a client that got no answer repeats its request and has exactly one sale, and the
//! books are right.
//!
//! `SALESFLOW_TEST_KILLS=20 cargo test --test it crash` kills more often.

mod files;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::{
    Clock as _, Role,
    clock::SystemClock,
    ids::{ProductId, SaleId, SessionId, UserId},
};
use platform::tokens::signer::TokenSigner;
use salesflow::app::Modules;
use serde_json::{Value, json};
use store::{StoreError, Tx};
use tokio::task::JoinSet;

use crate::support::{
    app::{Db, TestDatabase, run_on_database},
    program::Program,
    services::{self, Postgres},
};

/// Kills of a test, unless the environment wants more.
const KILLS: usize = 3;
const CLIENTS: usize = 8;
const PRODUCTS: usize = 4;
const STOCK_MILLI: i64 = 1_000_000_000;
/// Longest wait for one answer; a program that cannot reach its database waits ten seconds itself.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest wait for the sales before a kill.
const SELLING_TIMEOUT: Duration = Duration::from_mins(1);
/// Attempts at getting through to a program or a database that has just come back.
const ATTEMPTS: usize = 1_000;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

#[test]
fn a_killed_program_keeps_what_it_acknowledged_on_sqlite() {
    let database = TestDatabase::empty(Db::Sqlite, "");
    run_on_database(database, async |database: &TestDatabase| {
        sell_through_kills(database, Victim::Program).await;
    });
}

#[test]
fn a_killed_program_keeps_what_it_acknowledged_on_postgres() {
    on_durable_postgres(
        "a killed program keeps what it acknowledged",
        async |database, _| sell_through_kills(database, Victim::Program).await,
    );
}

#[test]
fn a_killed_postgres_keeps_what_was_acknowledged() {
    on_durable_postgres(
        "a killed PostgreSQL keeps what was acknowledged",
        async |database, server| sell_through_kills(database, Victim::Database(server)).await,
    );
}

/// A server of its own that is on disk, syncs, and may be killed.
fn on_durable_postgres(test: &str, body: impl AsyncFnOnce(&TestDatabase, Arc<Postgres>)) {
    if !services::require_postgres(test) {
        return;
    }
    let server = Arc::new(Postgres::builder().durable().start());
    let database = TestDatabase::at(server.create_database("shop"));
    run_on_database(Some(database), async |database: &TestDatabase| {
        body(database, server).await;
    });
}

/// What is killed.
#[derive(Clone)]
enum Victim {
    Program,
    Database(Arc<Postgres>),
}

/// A sale that a client sends under a key.
#[derive(Clone)]
struct Asked {
    key: String,
    body: Value,
}

/// What the clients know of their sales.
#[derive(Default)]
struct Knowledge {
    acknowledged: Vec<(Asked, SaleId)>,
    unanswered: Vec<Asked>,
}

async fn sell_through_kills(database: &TestDatabase, victim: Victim) {
    let shop = Shop::fill(database, Role::Cashier).await;
    let mut program = Program::start(database).await;
    let mut known = BTreeSet::new();
    for kill in 0..kills() {
        let knowledge = Arc::new(Mutex::new(Knowledge::default()));
        let over = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let till = shop.till(&program);
            let (knowledge, over) = (Arc::clone(&knowledge), Arc::clone(&over));
            clients.spawn(async move {
                till.sell(&format!("{kill}-{client}"), &knowledge, &over)
                    .await;
            });
        }
        // Another moment each time; the clients sell on while the blow falls.
        let enough = 15 + kill * 7 % 40;
        let selling = async {
            while knowledge.lock().unwrap().acknowledged.len() < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let patience = tokio::time::timeout(SELLING_TIMEOUT, selling);
        patience.await.expect("the clients sell");
        match &victim {
            Victim::Program => {
                program.kill();
                over.store(true, Ordering::SeqCst);
                clients.join_all().await;
                program = Program::start(database).await;
            }
            Victim::Database(server) => {
                let server = Arc::clone(server);
                tokio::task::spawn_blocking(move || {
                    server.kill9();
                    server.restart();
                })
                .await
                .unwrap();
                over.store(true, Ordering::SeqCst);
                clients.join_all().await;
            }
        }
        let till = shop.till(&program);
        let Knowledge {
            acknowledged,
            unanswered,
        } = std::mem::take(&mut *knowledge.lock().unwrap());
        if matches!(victim, Victim::Program) {
            assert!(!unanswered.is_empty(), "nobody was waiting for an answer");
        }
        for asked in unanswered {
            let (id, _) = till.insist(&asked).await;
            assert!(known.insert(id), "one sale for two requests");
        }
        for (asked, id) in acknowledged {
            assert_eq!(till.insist(&asked).await, (id, true));
            assert!(known.insert(id), "one sale for two requests");
        }
    }
    drop(program);
    assert_eq!(stored(database).await, known);
    let proof = database.program(&["verify"]).output().unwrap();
    assert!(
        proof.status.success(),
        "{}",
        String::from_utf8_lossy(&proof.stdout)
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "how patient the tester is, is no setting of the program"
)]
fn kills() -> usize {
    std::env::var("SALESFLOW_TEST_KILLS")
        .ok()
        .and_then(|word| word.parse().ok())
        .unwrap_or(KILLS)
}

/// The sales that are in the database, after a look at whether each is whole.
async fn stored(database: &TestDatabase) -> BTreeSet<SaleId> {
    let modules = Modules::open(&database.settings(&[]), Arc::new(SystemClock))
        .await
        .unwrap();
    let read = &modules.stores.read;
    let half = read
        .values::<SaleId>(
            "SELECT sale.id FROM sales AS sale
             WHERE (SELECT COUNT(*) FROM sale_lines AS line WHERE line.sale_id = sale.id) <> 2
                OR (SELECT COUNT(*) FROM payments AS payment WHERE payment.sale_id = sale.id) <> 1
                OR (SELECT COUNT(*) FROM stock_movements AS movement WHERE movement.reference_id = sale.id) <> 2",
            [],
        )
        .await
        .unwrap();
    assert!(half.is_empty(), "{} sales are there half", half.len());
    let stored = read.values("SELECT id FROM sales", []).await.unwrap();
    modules.close().await;
    stored.into_iter().collect()
}

/// Goods, and who sells them.
struct Shop {
    products: Vec<ProductId>,
    token: String,
}

impl Shop {
    async fn fill(database: &TestDatabase, role: Role) -> Self {
        let modules = Modules::open(&database.settings(&[]), Arc::new(SystemClock))
            .await
            .unwrap();
        let products: Vec<_> = (0..PRODUCTS).map(|_| ProductId::generate()).collect();
        let (user, session) = (UserId::generate(), SessionId::generate());
        let now = SystemClock.now();
        let micros = now.micros();
        let work = async |tx: &Tx| -> Result<(), StoreError> {
            for product in &products {
                let id = product.as_uuid();
                tx.execute(
                    "INSERT INTO products (id, sku, sku_key, sku_folded, name, name_folded, search_text, unit, price_minor, cost_minor, tax_rate_bp, reorder_level_milli, archived, version, created_at_us, updated_at_us)
                     VALUES ($1, $2, $2, $2, $2, $2, $2, 'piece', 350000, 300000, 1600, 0, $3, 1, $4, $4)",
                    [id.into(), product.to_string().into(), false.into(), micros.into()],
                )
                .await?;
                tx.execute(
                    "INSERT INTO stock_levels (product_id, location_id, on_hand_milli, seq)
                     SELECT $1, id, 0, 0 FROM locations WHERE is_default",
                    [id.into()],
                )
                .await?;
                tx.execute(
                    "INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, occurred_at_us, recorded_at_us)
                     SELECT $1, $1, id, 1, $2, $2, 'opening', $3, $3 FROM locations WHERE is_default",
                    [id.into(), STOCK_MILLI.into(), micros.into()],
                )
                .await?;
                // On SQLite the level has followed its movement already.
                tx.execute(
                    "UPDATE stock_levels SET on_hand_milli = $2, seq = 1 WHERE product_id = $1",
                    [id.into(), STOCK_MILLI.into()],
                )
                .await?;
            }
            tx.execute(
                "INSERT INTO users (id, email, name, role, password_hash, disabled, session_epoch, version, created_at_us, updated_at_us)
                 VALUES ($1, 'till@shop.test', 'till', $4, 'none', $2, 1, 1, $3, $3)",
                [user.as_uuid().into(), false.into(), micros.into(), role.as_str().into()],
            )
            .await?;
            tx.execute(
                "INSERT INTO sessions (id, user_id, epoch, created_at_us, address, user_agent) VALUES ($1, $2, 1, $3, 'test', 'test')",
                [session.as_uuid().into(), user.as_uuid().into(), micros.into()],
            )
            .await?;
            Ok(())
        };
        modules.stores.write.transaction(work).await.unwrap();
        let settings = database.settings(&[]);
        let signer = TokenSigner::new(
            &settings.signing_keys().unwrap().present,
            settings.auth.access_ttl_seconds,
        );
        let token = signer.sign(user, role, session, 1, now).unwrap();
        modules.close().await;
        Self { products, token }
    }

    fn till(&self, program: &Program) -> Till {
        let http = reqwest::Client::builder().timeout(ANSWER_TIMEOUT);
        Till {
            http: http.build().unwrap(),
            address: format!("http://127.0.0.1:{}/api/v1/sales", program.port),
            token: self.token.clone(),
            products: self.products.clone(),
        }
    }
}

/// A client with a connection of its own.
struct Till {
    http: reqwest::Client,
    address: String,
    token: String,
    products: Vec<ProductId>,
}

impl Till {
    /// Sells until it is stopped. A request that fails before is repeated.
    async fn sell(&self, name: &str, knowledge: &Mutex<Knowledge>, over: &AtomicBool) {
        for number in 0.. {
            let line = |step: usize| {
                let product = self.products[(number + step) % self.products.len()];
                json!({ "product_id": product, "quantity": 1 + number % 3 })
            };
            let asked = Asked {
                key: format!("{name}-{number}"),
                body: json!({ "lines": [line(0), line(1)] }),
            };
            loop {
                if let Some((201, id, _)) = self.ask(&asked).await {
                    let sold = (asked, id.unwrap());
                    knowledge.lock().unwrap().acknowledged.push(sold);
                    break;
                }
                if over.load(Ordering::SeqCst) {
                    knowledge.lock().unwrap().unanswered.push(asked);
                    return;
                }
                tokio::time::sleep(BETWEEN_ATTEMPTS).await;
            }
            if over.load(Ordering::SeqCst) {
                return;
            }
        }
    }

    /// Repeats a request until it is answered: the sale, and whether it was recorded before.
    async fn insist(&self, asked: &Asked) -> (SaleId, bool) {
        for _ in 0..ATTEMPTS {
            match self.ask(asked).await {
                Some((201, id, is_replay)) => return (id.unwrap(), is_replay),
                Some((status, ..)) => assert!(status >= 500, "{status} to {}", asked.key),
                None => {}
            }
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
        panic!("{} is never answered", asked.key);
    }

    /// Status, sale, and whether it is a replay; `None` when the connection breaks.
    async fn ask(&self, asked: &Asked) -> Option<(u16, Option<SaleId>, bool)> {
        let request = self.http.post(&self.address).bearer_auth(&self.token);
        let request = request.header("idempotency-key", &asked.key);
        let answer = request.json(&asked.body).send().await.ok()?;
        let status = answer.status().as_u16();
        let is_replay = answer.headers().contains_key("idempotency-replayed");
        let body: Value = answer.json().await.ok()?;
        let id = body["id"].as_str().and_then(|id| id.parse().ok());
        Some((status, id, is_replay))
    }
}

//! A shop to measure: products with stock, a cashier with a token. Ids can be computed from a
//! number, so that any load can name a product without asking for it.

use std::{path::PathBuf, rc::Rc, sync::Arc, time::Duration};

use kernel::{
    Clock as _, Role, Timestamp,
    clock::SystemClock,
    ids::{SessionId, UserId},
};
use platform::tokens::signer::TokenSigner;
use salesflow::app::Modules;
use store::{Dialect, StoreError, Tx};

use super::{
    http,
    load::drive,
    program::{Environment, Server},
    services::Postgres,
};

/// Products that are sold.
pub const PRODUCTS: u32 = 1_000;
/// What a shop has sold before it is measured: some thousands of sales.
const DAY: Duration = Duration::from_secs(3);
/// How long the user stays signed in.
const SESSION_MICROS: i64 = 86_400_000_000;
/// Requests that are rendered beforehand.
const REQUESTS: u32 = 4_096;

/// Which database a shop is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

impl Db {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A shop with its products, not yet served.
pub struct Shop {
    pub environment: Environment,
    pub token: String,
    pub directory: tempfile::TempDir,
    /// With its database's name; it syncs every commit.
    pub server: Option<(Postgres, &'static str)>,
}

impl Shop {
    /// Makes it on a scratch database on a real disk.
    pub async fn open(db: Db, products: u32, role: Role) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (server, url) = match db {
            Db::Sqlite => {
                let file = directory.path().join("shop.db");
                (None, format!("sqlite://{}", file.display()))
            }
            Db::Postgres => {
                let server = Postgres::builder().durable().start();
                let url = server.create_database("shop");
                (Some((server, "shop")), url)
            }
        };
        let environment = Environment::new(&url, directory.path());
        let token = fill(&environment, products, role).await;
        Self {
            environment,
            token,
            directory,
            server,
        }
    }

    pub fn log(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }

    /// Sells for a while, then lets the database look at its tables: plans that were made for empty
    /// tables would otherwise be what is measured.
    pub async fn live_through_a_day(&self) {
        let program = Server::start(&self.environment, &self.log()).await;
        let day = drive(program.address, program.id(), self.sales(), 32, DAY, 201);
        day.await;
        drop(program);
        let modules = Modules::open(&self.environment.settings(), Arc::new(SystemClock))
            .await
            .unwrap();
        modules.stores.write.upkeep("ANALYZE").await.unwrap();
        modules.close().await;
    }

    /// Sales of three lines of different products.
    pub fn sales(&self) -> Rc<Vec<Vec<u8>>> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut product = || {
            // xorshift: the same baskets in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u32::try_from(state % u64::from(PRODUCTS)).unwrap() + 1
        };
        let mut sale = |_| {
            let mut basket = [product(), product(), product()];
            while basket[0] == basket[1] || basket[1] == basket[2] || basket[0] == basket[2] {
                basket = [product(), product(), product()];
            }
            let lines = basket
                .map(|number| format!(r#"{{"product_id":"{}","quantity":1}}"#, product_id(number)));
            let body = format!(r#"{{"lines":[{}]}}"#, lines.join(","));
            http::post("/api/v1/sales", &self.token, &body)
        };
        Rc::new((0..REQUESTS).map(&mut sale).collect())
    }
}

/// The id of the product of a number, from 1.
pub fn product_id(number: u32) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

/// The barcode of the product of a number, from 1.
pub fn barcode(number: u32) -> String {
    format!("P590{number:010}")
}

/// Brings the schema in, then products, stock and a signed-in user; returns the user's token.
async fn fill(environment: &Environment, products: u32, role: Role) -> String {
    let modules = Modules::open(&environment.settings(), Arc::new(SystemClock))
        .await
        .unwrap();
    let dialect = modules.stores.write.dialect();
    let now = SystemClock.now();
    let work = async |tx: &Tx| -> Result<(UserId, SessionId), StoreError> {
        for sql in goods(dialect, products) {
            tx.execute(&sql, [now.micros().into()]).await?;
        }
        sign_in(tx, "bench", role, now).await
    };
    let (user, session) = modules.stores.write.transaction(work).await.unwrap();
    modules.stores.write.upkeep("ANALYZE").await.unwrap();
    let token = signer_of(environment).sign(user, role, session, 1, now);
    modules.close().await;
    token.unwrap()
}

/// Makes a user with a session.
async fn sign_in(
    tx: &Tx,
    name: &str,
    role: Role,
    now: Timestamp,
) -> Result<(UserId, SessionId), StoreError> {
    let (user, session, micros) = (UserId::generate(), SessionId::generate(), now.micros());
    let (user_id, session_id) = (user.as_uuid(), session.as_uuid());
    let address = format!("{name}@shop.test");
    tx.execute(
        "INSERT INTO users (id, email, name, role, password_hash, disabled, session_epoch, version, created_at_us, updated_at_us)
         VALUES ($1, $2, $3, $4, 'none', $5, 1, 1, $6, $6)",
        [user_id.into(), address.into(), name.into(), role.as_str().into(), false.into(), micros.into()],
    )
    .await?;
    tx.execute(
        "INSERT INTO sessions (id, user_id, epoch, created_at_us, address, user_agent) VALUES ($1, $2, 1, $3, 'bench', 'bench')",
        [session_id.into(), user_id.into(), micros.into()],
    )
    .await?;
    // Without one the program takes the session for a finished one and clears it away.
    tx.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id, issued_at_us, expires_at_us) VALUES ($1, $2, $3, $4)",
        [name.into(), session_id.into(), micros.into(), (micros + SESSION_MICROS).into()],
    )
    .await?;
    Ok((user, session))
}

fn signer_of(environment: &Environment) -> TokenSigner {
    let settings = environment.settings();
    let key = settings.signing_keys().unwrap().present;
    TokenSigner::new(&key, settings.auth.access_ttl_seconds)
}

/// Signs more users in, and returns their tokens.
pub async fn sign_in_more(environment: &Environment, role: Role, users: usize) -> Vec<String> {
    let modules = Modules::open(&environment.settings(), Arc::new(SystemClock))
        .await
        .unwrap();
    let signer = signer_of(environment);
    let now = SystemClock.now();
    let mut tokens = Vec::new();
    for number in 0..users {
        let name = format!("user{number}");
        let work = async |tx: &Tx| sign_in(tx, &name, role, now).await;
        let (user, session) = modules.stores.write.transaction(work).await.unwrap();
        tokens.push(signer.sign(user, role, session, 1, now).unwrap());
    }
    modules.close().await;
    tokens
}

/// Set by set: a hundred thousand products in seconds. `$1` is the present.
fn goods(dialect: Dialect, products: u32) -> [String; 5] {
    let (numbers, id, movement, barcode, no) = match dialect {
        Dialect::Sqlite => (
            format!(
                "(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {products}) SELECT n FROM counted)"
            ),
            "unhex(printf('00000000000070008000%012x', n))",
            "unhex(printf('00000000000070009000%012x', n))",
            "printf('P590%010d', n)",
            "0",
        ),
        Dialect::Postgres => (
            format!("generate_series(1, {products}) AS numbers (n)"),
            "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
            "('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid",
            "'P590' || lpad(n::text, 10, '0')",
            "false",
        ),
    };
    [
        format!(
            "INSERT INTO products (id, sku, sku_key, sku_folded, name, name_folded, search_text, unit, price_minor, cost_minor, tax_rate_bp, reorder_level_milli, archived, version, created_at_us, updated_at_us)
             SELECT {id}, 'SKU-' || n, 'sku-' || n, 'sku-' || n, 'Produit ' || n, 'produit ' || n, 'produit ' || n || ' sku-' || n,
                    'piece', 100000 + n % 1000 * 100, 80000, 1600, 5000, {no}, 1, $1, $1 FROM {numbers}"
        ),
        format!(
            "INSERT INTO product_barcodes (barcode, barcode_key, product_id, position) SELECT {barcode}, {barcode}, {id}, 0 FROM {numbers} WHERE $1 > 0"
        ),
        format!(
            "INSERT INTO stock_levels (product_id, location_id, on_hand_milli, seq)
             SELECT {id}, (SELECT id FROM locations WHERE is_default), 0, 0 FROM {numbers} WHERE $1 > 0"
        ),
        format!(
            "INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, occurred_at_us, recorded_at_us)
             SELECT {movement}, {id}, (SELECT id FROM locations WHERE is_default), 1, 1000000000000, 1000000000000, 'opening', $1, $1 FROM {numbers}"
        ),
        // On SQLite the levels have followed their movements already.
        "UPDATE stock_levels SET on_hand_milli = 1000000000000, seq = 1 WHERE $1 > 0".to_owned(),
    ]
}

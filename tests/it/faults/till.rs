//! A shop behind the binary itself, on a disk that may fail, and what it owes to its clients.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use kernel::ids::ProductId;
use serde_json::{Value, json};
use store::StoreOptions;

use super::shaky_disk::ShakyDisk;
use crate::support::{
    app::{TestApp, TestDatabase, Wishes},
    http::{Answer, Client},
    program::Program,
    shop::Wanted,
};

const STOCK: i64 = 1_000_000;
/// Longest wait for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The shop, and what its books must say.
pub struct Till {
    pub database: TestDatabase,
    pub product: ProductId,
    pub log: PathBuf,
    pub client: Client,
    program: Option<Program>,
    token: Option<String>,
    disk: Option<ShakyDisk>,
    /// The notes of the sales that must be there, each once.
    sold: BTreeSet<String>,
    /// What must lie there.
    on_hand: i64,
}

impl Till {
    /// A shop with one product and a manager. The database goes with its first owner.
    pub async fn open(database: &TestDatabase, disk: Option<ShakyDisk>) -> Self {
        let app = TestApp::spawn_on(database.twin(), Wishes::default()).await;
        let product = app
            .product(Wanted {
                stock: STOCK,
                ..Wanted::default()
            })
            .await;
        let token = app.manager().await.token;
        app.finish().await;
        let mut log = database.path.clone().unwrap().into_os_string();
        log.push(".log");
        let log = PathBuf::from(log);
        let program = start(database, disk.as_ref(), &log).await;
        Self {
            client: client(&program, token.clone()),
            database: database.twin(),
            product,
            log,
            program: Some(program),
            token,
            disk,
            sold: BTreeSet::new(),
            on_hand: STOCK,
        }
    }

    pub const fn disk(&self) -> &ShakyDisk {
        self.disk.as_ref().expect("a shaky disk")
    }

    /// Kills the program and starts it again.
    pub async fn kill(&mut self) {
        drop(self.program.take());
        self.start().await;
    }

    /// Asks the program to end, and waits until it has.
    pub async fn stop(&mut self) {
        self.program.take().expect("a program").stop().await;
    }

    pub async fn start(&mut self) {
        let program = start(&self.database, self.disk.as_ref(), &self.log).await;
        self.client = client(&program, self.token.clone());
        self.program = Some(program);
    }

    /// A sale of one piece whose note is its name.
    pub fn order(&self, name: &str) -> Value {
        json!({"lines": [{"product_id": self.product, "quantity": 1}], "note": name})
    }

    /// Sells one piece under a key.
    pub async fn sell(&self, name: &str) -> Answer {
        self.client
            .post_once("/sales", &key_of(name), self.order(name))
            .await
    }

    /// The sale of this name was acknowledged.
    pub fn owes_sale(&mut self, name: &str) {
        assert!(self.sold.insert(name.to_owned()), "{name} twice");
        self.on_hand -= 1;
    }

    /// Something else that moves the stock was acknowledged.
    pub const fn owes_stock(&mut self, delta: i64) {
        self.on_hand += delta;
    }

    /// Asks for more than there is.
    pub async fn ask_too_much(&self) {
        let order = json!({"lines": [{"product_id": self.product, "quantity": STOCK * 2}], "note": "too much"});
        let refused = self.client.post("/sales", order).await;
        refused.expect_problem(409, "stock.insufficient");
    }

    /// The status word of readiness, and its status.
    pub async fn readiness(&self) -> (u16, String) {
        let answer = self.client.get("/health/ready").await;
        let word = answer.json()["status"].as_str().unwrap().to_owned();
        (answer.status.as_u16(), word)
    }

    /// Waits until it is ready again, without any sales.
    pub async fn recovers_by_itself(&self) {
        for _ in 0..300 {
            if self.readiness().await == (200, "ready".to_owned()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it never recovers: {:?}", self.readiness().await);
    }

    /// Another process proves the books, and may write, while this one serves. Then the program is
    /// killed, and the disk has exactly what was acknowledged.
    pub async fn prove(mut self) {
        self.proves_beside_the_program();
        drop(self.program.take());
        let stores = store::connect(&options(&self.database)).await.unwrap();
        let notes = stores.read.values("SELECT note FROM sales", []).await;
        let notes: Vec<String> = notes.unwrap();
        let stored: BTreeSet<String> = notes.iter().cloned().collect();
        assert_eq!(stored.len(), notes.len(), "a sale is there twice");
        let missing: Vec<_> = self.sold.difference(&stored).collect();
        assert!(missing.is_empty(), "acknowledged and missing: {missing:?}");
        let refused: Vec<_> = stored.difference(&self.sold).collect();
        assert!(
            refused.is_empty(),
            "never acknowledged and there: {refused:?}"
        );
        let sql = "SELECT on_hand_milli FROM stock_levels WHERE product_id = $1";
        let level = stores.read.value(sql, [self.product.as_uuid().into()]);
        let on_hand: i64 = level.await.unwrap().unwrap();
        assert_eq!(on_hand, self.on_hand * 1_000);
        stores.close().await;
    }

    fn proves_beside_the_program(&self) {
        let proof = self.database.program(&["verify"]).output().unwrap();
        let words = String::from_utf8_lossy(&proof.stderr);
        assert!(proof.status.success(), "{words}");
    }
}

/// A key may hold no blanks.
pub fn key_of(name: &str) -> String {
    name.replace(' ', "-")
}

pub fn options(database: &TestDatabase) -> StoreOptions {
    StoreOptions {
        url: database.url.clone(),
        read_url: None,
        read_connections: 1,
        analytics_connections: 1,
        write_connections: 1,
        missing_file: store::MissingFile::Create,
    }
}

async fn start(database: &TestDatabase, disk: Option<&ShakyDisk>, log: &PathBuf) -> Program {
    let environment: Vec<(&str, &Path)> = disk
        .map(|disk| disk.environment().to_vec())
        .unwrap_or_default();
    Program::start_with(database, &environment, Some(log)).await
}

fn client(program: &Program, token: Option<String>) -> Client {
    let http = reqwest::Client::builder().timeout(ANSWER_TIMEOUT);
    Client::new(http.build().unwrap(), program.address(), token)
}

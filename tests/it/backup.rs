//! The shop as a file: made while it sells, restored elsewhere, moved between the databases.

mod doctor;
mod drill;
mod moving;
mod refused;

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use store::{MissingFile, StoreOptions, Stores, backup::TableHead};

use crate::support::{
    app::TestDatabase,
    program::{succeed, words},
    services::{self, GuardedDirectory},
};

/// The size of the head of a backup.
const HEAD_BYTES: usize = 65_536;

fn folder() -> GuardedDirectory {
    GuardedDirectory::create(&services::fast_directory(), "salesflow-backup-", "TERM")
}

#[track_caller]
fn refuse(database: &TestDatabase, arguments: &[&str], expected: &str) -> String {
    let output = database.program(arguments).output().unwrap();
    let said = words(&output);
    assert!(!output.status.success(), "{arguments:?}: {said}");
    assert!(said.contains(expected), "{arguments:?}: {said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn options(url: &str) -> StoreOptions {
    StoreOptions {
        url: url.to_owned(),
        read_url: None,
        read_connections: 1,
        analytics_connections: 1,
        write_connections: 1,
        missing_file: MissingFile::Refuse,
    }
}

async fn open(url: &str) -> Stores {
    store::connect(&options(url)).await.unwrap()
}

async fn figure(url: &str, sql: &str) -> i64 {
    let stores = open(url).await;
    let value = stores.read.value(sql, []).await.unwrap();
    stores.close().await;
    value.expect("a row")
}

/// Every table but the counters, among which is the identity that each copy has for itself.
async fn contents(url: &str) -> Vec<TableHead> {
    let mut tables = store::backup::digests(&options(url)).await.unwrap();
    let before = tables.len();
    tables.retain(|table| table.name != "counters");
    assert_eq!(tables.len() + 1, before);
    tables
}

/// The counters but for the identity, by name.
async fn counters(url: &str) -> Vec<i64> {
    let names = ["sale", "refund", "change"];
    let mut found = Vec::new();
    for name in names {
        let sql = format!("SELECT value FROM counters WHERE name = '{name}'");
        found.push(figure(url, &sql).await);
    }
    found
}

async fn identity(url: &str) -> i64 {
    figure(
        url,
        "SELECT value FROM counters WHERE name = 'shop_identity'",
    )
    .await
}

/// Changes the JSON in the head of a backup, and signs it again.
fn rewrite(path: &Path, change: impl Fn(&mut serde_json::Value)) {
    let mut bytes = fs::read(path).unwrap();
    let head = String::from_utf8(bytes[..HEAD_BYTES].to_vec()).unwrap();
    let mut lines = head.lines();
    let (magic, json) = (lines.next().unwrap(), lines.next().unwrap());
    let mut json: serde_json::Value = serde_json::from_str(json).unwrap();
    change(&mut json);
    let signed = format!("{magic}\n{json}\n");
    let sum: String = Sha256::digest(signed.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut head = format!("{signed}{sum}\n").into_bytes();
    head.resize(HEAD_BYTES, b' ');
    bytes[..HEAD_BYTES].copy_from_slice(&head);
    fs::write(path, bytes).unwrap();
}

/// The names in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A demo shop of a few days, which has rows in nearly every table.
fn demo(database: &TestDatabase, folder: &Path, days: &str) {
    let mut command = database.program(&["demo", "--days", days, "--end", "2026-11-20"]);
    // The file with its logins goes elsewhere.
    let data = folder.join("data");
    command.env("SALESFLOW__DATA_DIRECTORY", &data);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    let _ = fs::remove_dir_all(data);
}

/// A small demo shop, and a backup of it.
fn demo_with_backup(database: &TestDatabase, folder: &Path) -> PathBuf {
    demo(database, folder, "3");
    let file = folder.join("shop.backup");
    succeed(database, &["backup", text(&file)]);
    file
}

//! The file of the database is deleted, moved or replaced while the program serves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use store::{StorageFault, StoreError, Tx};

use super::till::{Till, options};
use crate::support::app::{Db, TestDatabase, run_on_database};

fn on_till(body: impl AsyncFnOnce(Till, &Path)) {
    let database = TestDatabase::migrated(Db::Sqlite, "");
    run_on_database(database, async |database: &TestDatabase| {
        let till = Till::open(database, None).await;
        body(till, database.path.as_deref().unwrap()).await;
    });
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

async fn refuses_to_sell(till: &Till) {
    for name in ["refused 1", "refused 2"] {
        let answer = till.sell(name).await;
        answer.expect_problem(503, "storage.replaced");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(till.readiness().await, (503, "storage_replaced".to_owned()));
    let log = fs::read_to_string(&till.log).unwrap();
    assert!(log.contains("deleted, moved or replaced"), "{log}");
}

#[test]
fn nothing_is_sold_into_a_file_that_was_moved_away_until_it_is_back() {
    on_till(async |mut till, path| {
        till.sell("before").await.expect(201);
        till.owes_sale("before");
        let aside = beside(path, "-aside");
        fs::rename(path, &aside).unwrap();
        assert_eq!(till.readiness().await, (503, "storage_replaced".to_owned()));
        refuses_to_sell(&till).await;
        assert!(!path.exists(), "no empty shop was opened in its place");
        fs::rename(&aside, path).unwrap();
        till.recovers_by_itself().await;
        till.sell("after").await.expect(201);
        till.owes_sale("after");
        till.prove().await;
    });
}

#[test]
fn nothing_is_sold_into_a_file_that_was_deleted() {
    on_till(async |till, path| {
        fs::remove_file(path).unwrap();
        refuses_to_sell(&till).await;
    });
}

#[test]
fn nothing_is_sold_beside_a_copy_in_the_place_of_the_file() {
    on_till(async |till, path| {
        let copy = beside(path, "-copy");
        fs::copy(path, &copy).unwrap();
        fs::rename(&copy, path).unwrap();
        refuses_to_sell(&till).await;
    });
}

#[test]
fn what_a_deleted_log_held_is_saved_even_from_a_crash() {
    on_till(async |mut till, path| {
        for name in ["before 1", "before 2"] {
            till.sell(name).await.expect(201);
            till.owes_sale(name);
        }
        fs::remove_file(beside(path, "-wal")).unwrap();
        refuses_to_sell(&till).await;
        till.kill().await;
        till.sell("after").await.expect(201);
        till.owes_sale("after");
        till.prove().await;
    });
}

#[test]
fn nothing_is_sold_beside_another_log_in_the_place_of_the_log() {
    on_till(async |till, path| {
        till.sell("before").await.expect(201);
        let log = beside(path, "-wal");
        let copy = beside(path, "-copy");
        fs::copy(&log, &copy).unwrap();
        fs::rename(&copy, &log).unwrap();
        refuses_to_sell(&till).await;
    });
}

#[test]
fn a_file_replaced_in_the_middle_of_a_transaction_is_noticed_before_the_commit_is_acknowledged() {
    let database = TestDatabase::migrated(Db::Sqlite, "");
    run_on_database(database, async |database: &TestDatabase| {
        let stores = store::connect(&options(database)).await.unwrap();
        let path = database.path.as_deref().unwrap();
        let raise = async |tx: &Tx| {
            let sql = "UPDATE counters SET value = value + 1 WHERE name = 'sale'";
            tx.execute(sql, []).await
        };
        let tx = stores.write.begin().await.unwrap();
        raise(&tx).await.unwrap();
        let aside = beside(path, "-aside");
        fs::rename(path, &aside).unwrap();
        let refused = tx.commit().await.unwrap_err();
        let is_replaced = |error: &StoreError| matches!(error, StoreError::Storage { fault, .. } if *fault == StorageFault::Replaced);
        assert!(is_replaced(&refused), "{refused:?}");
        let refused = stores.write.transaction(raise).await.unwrap_err();
        assert!(is_replaced(&refused), "{refused:?}");
        let fault = stores.write.check_storage().await.unwrap_err();
        assert_eq!(fault, StorageFault::Replaced);
        fs::rename(&aside, path).unwrap();
        stores.write.transaction(raise).await.unwrap();
        stores.write.check_storage().await.unwrap();
        stores.close().await;
    });
}

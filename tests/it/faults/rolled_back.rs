//! SQLite rolled back by itself, and the driver does not know: what a failed write leaves behind,
//! brought about by hand.

use store::{StorageFault, StoreError, Stores};

use super::till::options;
use crate::support::app::{Db, TestDatabase, run_on_database};

fn on_stores(body: impl AsyncFnOnce(&Stores)) {
    let database = TestDatabase::migrated(Db::Sqlite, "");
    run_on_database(database, async |database: &TestDatabase| {
        let stores = store::connect(&options(database)).await.unwrap();
        body(&stores).await;
        stores.close().await;
    });
}

async fn raise(tx: &store::Tx) {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'sale'";
    assert_eq!(tx.execute(sql, []).await.unwrap(), 1);
}

async fn raised(stores: &Stores) -> i64 {
    let sql = "SELECT value FROM counters WHERE name = 'sale'";
    stores.read.value(sql, []).await.unwrap().unwrap()
}

#[test]
fn a_connection_that_could_not_be_rolled_back_is_not_used_again() {
    on_stores(async |stores| {
        for round in 0..5 {
            let tx = stores.write.begin().await.unwrap();
            raise(&tx).await;
            // As SQLite does by itself when a write fails.
            tx.execute("ROLLBACK", []).await.unwrap();
            if round % 2 == 0 {
                tx.rollback().await;
            } else {
                drop(tx);
            }
            // The driver would take this refusal for a ROLLBACK TO, and the next commit for a RELEASE.
            stores.write.begin().await.unwrap().rollback().await;
            let tx = stores.write.begin().await.unwrap();
            raise(&tx).await;
            tx.commit().await.unwrap();
            assert_eq!(
                raised(stores).await,
                round + 1,
                "acknowledged and not stored"
            );
        }
    });
}

#[test]
fn a_commit_that_the_database_did_not_do_is_not_acknowledged() {
    on_stores(async |stores| {
        let tx = stores.write.begin().await.unwrap();
        raise(&tx).await;
        // The driver will end this empty transaction in the place of its own.
        tx.execute("ROLLBACK", []).await.unwrap();
        tx.execute("BEGIN", []).await.unwrap();
        let refused = tx.commit().await.unwrap_err();
        let expected = StorageFault::Unconfirmed;
        assert!(
            matches!(refused, StoreError::Storage { fault, .. } if fault == expected),
            "{refused:?}"
        );
        assert_eq!(raised(stores).await, 0);
        let tx = stores.write.begin().await.unwrap();
        raise(&tx).await;
        tx.commit().await.unwrap();
        assert_eq!(raised(stores).await, 1);
        stores.write.check_storage().await.unwrap();
    });
}

#[test]
fn a_snapshot_that_could_not_be_ended_shows_nobody_an_old_shop() {
    on_stores(async |stores| {
        let snapshot = stores.read.snapshot().await.unwrap();
        let sql = "SELECT value FROM counters WHERE name = 'sale'";
        snapshot.values::<i64>(sql, []).await.unwrap();
        snapshot.values::<i64>("ROLLBACK", []).await.unwrap();
        drop(snapshot);
        for round in 0..4 {
            let snapshot = stores.read.snapshot().await.unwrap();
            let value = snapshot.value::<i64>(sql, []).await.unwrap();
            assert_eq!(value, Some(round), "an old shop");
            drop(snapshot);
            assert_eq!(raised(stores).await, round, "an old shop");
            let tx = stores.write.begin().await.unwrap();
            raise(&tx).await;
            tx.commit().await.unwrap();
        }
    });
}

//! What the database refuses, done all the same: for books that are wrong, and for rows as an older
//! program has left them.

use sea_orm::Value;
use store::{Dialect, StoreError, Tx};

use super::app::TestApp;

/// The triggers of a `SQLite` file that were taken off.
pub struct Lifted(Vec<String>);

impl TestApp {
    /// Runs a statement that the triggers on recorded rows would refuse, in one transaction with
    /// their absence.
    pub async fn forge(&self, sql: &str, values: Vec<Value>) -> u64 {
        self.assert_by_hand(sql);
        self.modules
            .stores
            .write
            .transaction(async |tx: &Tx| -> Result<u64, StoreError> {
                if tx.dialect() == Dialect::Postgres {
                    tx.execute("SET LOCAL session_replication_role = replica", [])
                        .await?;
                    return tx.execute(sql, values.clone()).await;
                }
                let lifted = lift(tx).await?;
                let changed = tx.execute(sql, values.clone()).await?;
                restore(tx, &lifted).await?;
                Ok(changed)
            })
            .await
            .unwrap()
    }

    /// Takes the triggers off the sales until [`Self::keep_sales`].
    pub async fn free_sales(&self) -> Lifted {
        self.assert_by_hand("free_sales");
        let write = &self.modules.stores.write;
        write
            .transaction(async |tx: &Tx| -> Result<Lifted, StoreError> {
                if tx.dialect() == Dialect::Sqlite {
                    return lift(tx).await;
                }
                tx.execute("ALTER TABLE sales DISABLE TRIGGER USER", [])
                    .await?;
                Ok(Lifted(Vec::new()))
            })
            .await
            .unwrap()
    }

    /// Sets them again.
    pub async fn keep_sales(&self, lifted: Lifted) {
        let write = &self.modules.stores.write;
        write
            .transaction(async |tx: &Tx| -> Result<(), StoreError> {
                if tx.dialect() == Dialect::Sqlite {
                    return restore(tx, &lifted).await;
                }
                tx.execute("ALTER TABLE sales ENABLE TRIGGER USER", [])
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
    }
}

store::selection! {
    Trigger(name: String, sql: String)
}

async fn lift(tx: &Tx) -> Result<Lifted, StoreError> {
    let sql =
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%append-only%'";
    let mut lifted = Vec::new();
    for (name, text) in tx.select::<Trigger>(sql, []).await? {
        lifted.push(text);
        tx.execute(&format!("DROP TRIGGER {name}"), []).await?;
    }
    Ok(Lifted(lifted))
}

async fn restore(tx: &Tx, lifted: &Lifted) -> Result<(), StoreError> {
    for trigger in &lifted.0 {
        tx.execute(trigger, []).await?;
    }
    Ok(())
}

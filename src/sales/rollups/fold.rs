//! The fold: counts sales into the rollups, thousands at a time.
//!
//! The facts are read and added up before the writing transaction, so that the one writer of `SQLite`
//! is held only for a few rows. The transaction checks that nothing has changed since: another
//! instance may have folded the same sales, or one of them may have been voided or refunded.

use chrono_tz::Tz;
use store::{Snapshot, Source, StoreError, Tx, WriteDb};

use super::{
    FoldState, Standing,
    facts::{ALL, Facts, Scope},
    stored,
    tally::tally,
};
use crate::error::{SalesError, SalesResult};

/// Sales in one transaction: the more there are, the more share the same few rows.
const CHUNK: i64 = 10_000;
/// Failed chunks in a row, before the fold gives up until later.
const MAX_MISSES: u32 = 5;

/// How far the rollups are behind the sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Sales that are not counted yet.
    pub waiting: i64,
}

/// How many sales are not counted yet.
pub async fn backlog(write: &WriteDb) -> SalesResult<Backlog> {
    let snapshot = write.primary().snapshot().await?;
    let Standing { state, newest, .. } = Standing::read(&snapshot).await?;
    let folded = if state.zone == Some(current_zone(&snapshot).await?) {
        state.folded
    } else {
        0
    };
    Ok(Backlog {
        waiting: newest - folded,
    })
}

/// Counts the waiting sales, chunk by chunk, with pauses for the tills, and returns their number. It
/// may run anywhere and several times at once. It stops at the sales that were waiting when it began:
/// following new sales would hold the writer all the time.
pub async fn fold_all(write: &WriteDb) -> SalesResult<i64> {
    let mut folded = 0;
    let mut misses = 0;
    let Standing { newest: goal, .. } = Standing::read(&write.primary().snapshot().await?).await?;
    loop {
        match fold_chunk(write, goal).await? {
            Step::Folded(sales) => {
                folded += sales;
                misses = 0;
            }
            Step::Missed if misses < MAX_MISSES => misses += 1,
            Step::Done | Step::Missed => return Ok(folded),
        }
    }
}

/// Starts again in another time zone. The fold fills the rollups again; until then queries count
/// everything.
pub async fn start_over(tx: &Tx, zone: Tz) -> SalesResult<()> {
    FoldState::lock(tx).await?;
    stored::clear(tx).await?;
    tx.execute(
        "UPDATE rollup_state SET folded_number = 0, time_zone = $1 WHERE id = 1",
        [zone.name().into()],
    )
    .await?;
    Ok(())
}

/// The result for a chunk.
enum Step {
    /// No sales wait.
    Done,
    /// This many sales were counted.
    Folded(i64),
    /// Another instance was there, or something changed meanwhile.
    Missed,
}

async fn fold_chunk(write: &WriteDb, goal: i64) -> SalesResult<Step> {
    let snapshot = write.primary().snapshot().await?;
    let Standing { state, .. } = Standing::read(&snapshot).await?;
    let zone = current_zone(&snapshot).await?;
    if state.zone != Some(zone) {
        drop(snapshot);
        return begin_in(write, state).await;
    }
    let until = goal.min(state.folded + CHUNK);
    if until <= state.folded {
        return Ok(Step::Done);
    }
    let scope = Scope::numbers(state.folded, until);
    let facts = Facts::read(Source::Snapshot(&snapshot), &scope, ALL).await?;
    let (sql, range) = changes(state.folded, until);
    let seen = snapshot.select_one::<Changes>(sql, range).await?;
    drop(snapshot);
    let sums = stored::Ready::of(&tally(zone, &facts))?;
    let counted = write
        .transaction(async |tx: &Tx| {
            if FoldState::lock(tx).await? != state {
                return Ok(false);
            }
            let (sql, range) = changes(state.folded, until);
            if tx.select_one::<Changes>(sql, range).await? != seen {
                return Ok(false);
            }
            sums.add(tx).await?;
            let sql = "UPDATE rollup_state SET folded_number = $1 WHERE id = 1";
            tx.execute(sql, [until.into()]).await?;
            Ok::<_, SalesError>(true)
        })
        .await?;
    Ok(if counted {
        Step::Folded(until - state.folded)
    } else {
        Step::Missed
    })
}

/// Starts a shop that was never folded, or whose time zone was changed by other means than its
/// settings.
async fn begin_in(write: &WriteDb, seen: FoldState) -> SalesResult<Step> {
    write
        .transaction(async |tx: &Tx| {
            if FoldState::lock(tx).await? == seen {
                let zone = crate::shop_reader::load_in(tx).await?.time_zone;
                start_over(tx, zone).await?;
            }
            Ok::<_, SalesError>(Step::Missed)
        })
        .await
}

async fn current_zone(snapshot: &Snapshot) -> SalesResult<Tz> {
    let sql = "SELECT time_zone FROM settings WHERE id = 1";
    let name = snapshot.value::<String>(sql, []).await?.unwrap_or_default();
    let zone = name.parse();
    Ok(zone.map_err(|_| StoreError::Corrupt("settings: the time zone is unknown".to_owned()))?)
}

store::selection! {
    #[derive(PartialEq, Eq)]
    struct Changes { left_completed: i64, voided: i64, refunds: i64 }
}

/// Shows whether the same sales have changed. A sale leaves `completed` once and never returns, a
/// voided one stays so, and refunds only increase: if all numbers are the same, nothing has changed.
fn changes(above: i64, up_to: i64) -> (&'static str, [sea_orm::Value; 2]) {
    let sql = "SELECT COUNT(*) AS left_completed,
                   CAST(COALESCE(SUM(CASE WHEN sale.state = 'voided' THEN 1 ELSE 0 END), 0) AS BIGINT) AS voided,
                   CAST(COALESCE(SUM((SELECT COUNT(*) FROM refunds AS refund WHERE refund.sale_id = sale.id)), 0) AS BIGINT) AS refunds
               FROM sales AS sale WHERE sale.number > $1 AND sale.number <= $2 AND sale.state <> 'completed'";
    (sql, [above.into(), up_to.into()])
}

//! The first stock of products that the same transaction creates. Nobody else can see their levels, so
//! they are neither waited for nor read, and their movements are encoded before they are written.

use kernel::Timestamp;
use store::{
    ColumnKind::{Int, Uuid},
    Columns, Dialect, Prepared, Record, Tx,
};

use super::{
    held::{LevelState, Levels},
    ledger::{PostedMovement, replay},
    movement::{LevelKey, StockMove},
};
use crate::error::SalesResult;

/// Levels with their first movements.
#[derive(Debug)]
pub(crate) struct FirstStock {
    levels: Prepared,
    movements: Prepared,
}

/// A new level.
struct LevelRow {
    level: LevelKey,
    after: LevelState,
}

impl Record for LevelRow {
    const TABLE: &'static str = "stock_levels";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("product_id", Uuid, self.level.0);
        row.column("location_id", Uuid, self.level.1);
        row.column("on_hand_milli", Int, self.after.on_hand_milli);
        row.column("seq", Int, self.after.seq);
    }
}

impl FirstStock {
    /// One movement for each product, which brings goods in.
    pub(crate) fn of(dialect: Dialect, moves: &[StockMove], recorded_at: Timestamp) -> Self {
        let state = |moved: &StockMove| LevelState {
            on_hand_milli: moved.delta.milli(),
            seq: 1,
            counted_at: None,
        };
        let after: Levels = moves.iter().map(|one| (one.level(), state(one))).collect();
        let posted: Vec<PostedMovement> = replay(moves, &after, recorded_at);
        let opened = after.into_iter().map(|(level, after)| LevelRow {
            level,
            after: match dialect {
                // The trigger moves the level by its movement.
                Dialect::Sqlite => LevelState {
                    on_hand_milli: 0,
                    seq: 0,
                    ..after
                },
                Dialect::Postgres => after,
            },
        });
        Self {
            levels: Prepared::of(dialect, &[&opened.collect::<Vec<_>>()]),
            movements: Prepared::of(dialect, &[&posted]),
        }
    }

    /// Writes the levels and their movements, after the products.
    pub(crate) async fn write(self, tx: &Tx) -> SalesResult<()> {
        tx.insert_prepared(self.levels).await?;
        tx.insert_prepared(self.movements).await?;
        Ok(())
    }
}

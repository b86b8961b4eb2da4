//! What the books say when a group begins.
//!
//! `SQLite` has one writer: what is read inside its transaction stays true until the commit. Levels
//! and the counter of sales therefore come together with the cards, in one trip to the driver, and
//! every table is written in a second one. A trip wakes two threads, and each row of a result is
//! handed over alone: the result comes as one JSON text. `PostgreSQL` has many writers: levels and
//! counter are locked and changed by statements of their own, the rows that all share last.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::RangeFrom,
};

use kernel::{
    Timestamp,
    ids::{LocationId, ProductId},
};
use store::{ColumnKind, Dialect, Json, StoreError, Tx, json_rows, to_json};
use uuid::Uuid;

use super::{
    super::write::numbers::{Numbered, take_numbers},
    statements::{Tables, Writing},
};
use crate::{
    error::SalesResult,
    inventory::{
        held::{LevelState, Levels, read_levels},
        ledger::{Demand, change_levels, met},
        movement::{LevelKey, StockMove},
        products::{ProductCard, load_cards},
    },
};

/// The books as a group finds them: all that differs between the databases.
#[derive(Debug)]
pub(super) struct Books {
    /// The products that the group names; unknown ones are missing.
    pub cards: BTreeMap<ProductId, ProductCard>,
    writers: Writers,
}

/// Who else may change levels and the counter while a group is written.
#[derive(Debug)]
enum Writers {
    /// Nobody: what the books say stays as it is until this transaction changes it.
    One {
        /// The levels of the group; one that does not exist is missing.
        levels: Levels,
        /// The number of the last sale.
        last_number: i64,
    },
    /// Others, until the rows are locked.
    Many,
}

impl Books {
    /// Opens the books at these products and places.
    pub(super) async fn open(tx: &Tx, wanted: &BTreeSet<LevelKey>) -> SalesResult<Self> {
        match tx.dialect() {
            Dialect::Sqlite => open_alone(tx, wanted).await,
            Dialect::Postgres => {
                let products = wanted.iter().map(|(product, _)| *product);
                Ok(Self {
                    cards: load_cards(tx, products).await?,
                    writers: Writers::Many,
                })
            }
        }
    }

    /// Whether others may have written since this transaction began.
    pub(super) const fn have_other_writers(&self) -> bool {
        matches!(self.writers, Writers::Many)
    }

    /// The levels that are moved, as they stay until they are changed. Where others may change them,
    /// they are locked for it, which costs a trip: nothing, unless `is_careful`.
    pub(super) async fn levels(
        &self,
        tx: &Tx,
        moves: impl Iterator<Item = &StockMove>,
        is_careful: bool,
    ) -> SalesResult<Option<Cow<'_, Levels>>> {
        match &self.writers {
            Writers::One { levels, .. } => Ok(Some(Cow::Borrowed(levels))),
            Writers::Many if is_careful => {
                let keys: BTreeSet<LevelKey> = moves.map(StockMove::level).collect();
                let levels = if keys.is_empty() {
                    Levels::new()
                } else {
                    read_levels(tx, keys).await?
                };
                Ok(Some(Cow::Owned(levels)))
            }
            Writers::Many => Ok(None),
        }
    }

    /// Takes what is demanded, and returns the levels as they are afterwards; those that have not
    /// enough are missing. Where there is one writer, a trigger changes them by the movements.
    pub(super) async fn take(
        &self,
        tx: &Tx,
        demands: &BTreeMap<LevelKey, Demand>,
    ) -> SalesResult<Levels> {
        match &self.writers {
            Writers::One { levels, .. } => Ok(met(levels, demands)),
            Writers::Many => change_levels(tx, demands).await,
        }
    }

    /// The next numbers of sales, the first one first. Where there is one writer, the counter moves
    /// in [`Self::write`].
    pub(super) async fn take_numbers(&self, tx: &Tx, sales: usize) -> SalesResult<RangeFrom<i64>> {
        match &self.writers {
            Writers::One { last_number, .. } => Ok(*last_number + 1..),
            Writers::Many => take_numbers(tx, Numbered::Sale, sales).await,
        }
    }

    /// Writes the tables of a group in one trip: on `PostgreSQL` one statement, on `SQLite` one text
    /// of several, with the counter.
    pub(super) async fn write(&self, tx: &Tx, tables: Tables<'_>, sales: usize) -> SalesResult<()> {
        let writing = Writing::of(tables);
        let mut values = writing.values();
        match &self.writers {
            Writers::Many => {
                tx.execute(&writing.postgres(), values).await?;
            }
            Writers::One { .. } => {
                let count = i64::try_from(sales);
                let count = count.map_err(|error| StoreError::Corrupt(error.to_string()))?;
                values.push(count.into());
                let touched = tx.execute(&writing.sqlite(), values).await?;
                if usize::try_from(touched).ok() != Some(writing.rows() + 1) {
                    let what = "a group was not written whole";
                    return Err(StoreError::Corrupt(what.to_owned()).into());
                }
            }
        }
        Ok(())
    }
}

/// Product, name, unit, price, cost, tax rate, archived, location, on hand, number, latest count.
type Line = (
    Uuid,
    String,
    String,
    i64,
    i64,
    i64,
    i64,
    Uuid,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

store::selection! {
    struct Opened { lines: Json<Vec<Line>>, last_number: i64 }
}

async fn open_alone(tx: &Tx, wanted: &BTreeSet<LevelKey>) -> SalesResult<Books> {
    let columns = [
        ("product_id", ColumnKind::Uuid),
        ("location_id", ColumnKind::Uuid),
    ];
    let source = json_rows(Dialect::Sqlite, 1, &columns);
    // CROSS JOIN keeps the order of the joins, whatever the statistics say.
    let sql = format!(
        "SELECT json_group_array(json_array(hex(product.id), product.name, product.unit, product.price_minor, product.cost_minor,
                    product.tax_rate_bp, product.archived, hex(wanted.location_id), level.on_hand_milli, level.seq, level.counted_at_us)) AS lines,
                (SELECT value FROM counters WHERE name = 'sale') AS last_number
         FROM {source} AS wanted CROSS JOIN products AS product ON product.id = wanted.product_id
         LEFT JOIN stock_levels AS level ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id"
    );
    let keys: Vec<_> = wanted.iter().collect();
    let opened = tx
        .select_one::<Opened>(&sql, [to_json(&keys).into()])
        .await?;
    let opened = opened.ok_or_else(|| StoreError::Corrupt("the books do not open".to_owned()))?;
    let mut cards = BTreeMap::new();
    let mut levels = Levels::new();
    for (
        product,
        name,
        unit,
        price_minor,
        cost_minor,
        tax_rate_bp,
        archived,
        place,
        there,
        seq,
        counted,
    ) in opened.lines.0
    {
        let product = ProductId::from_uuid(product);
        if let (Some(on_hand_milli), Some(seq)) = (there, seq) {
            let key = (product, LocationId::from_uuid(place));
            let state = LevelState {
                on_hand_milli,
                seq,
                counted_at: counted.map(Timestamp::from_micros),
            };
            levels.insert(key, state);
        }
        let card = ProductCard {
            name,
            unit,
            price_minor,
            cost_minor,
            tax_rate_bp,
            is_archived: archived != 0,
        };
        cards.insert(product, card);
    }
    Ok(Books {
        cards,
        writers: Writers::One {
            levels,
            last_number: opened.last_number,
        },
    })
}

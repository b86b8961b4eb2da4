//! What a group reads first.
//!
//! `SQLite` has one writer: what is read in its transaction stays true until the commit. Levels and
//! the counter of sales are read with the product cards in one round trip, and all tables are written
//! in a second one. A round trip wakes two threads, and each row of a result is passed on separately,
//! so the result comes as one JSON text. `PostgreSQL` has many writers: levels and counter are locked
//! and changed by statements of their own, shared rows last.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::RangeFrom,
};

use kernel::{
    Amount, Timestamp,
    ids::{LocationId, ProductId},
};
use serde::Deserialize;
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

/// What a group has read, with all that differs between the databases.
#[derive(Debug)]
pub(super) struct Books {
    /// The products of the group; unknown ones are missing.
    pub cards: BTreeMap<ProductId, ProductCard>,
    writers: Writers,
}

/// Who else may change levels and the counter while a group is written.
#[derive(Debug)]
enum Writers {
    /// Nobody: what was read stays true until this transaction changes it.
    One {
        /// The levels of the group; a level that does not exist is missing.
        levels: Levels,
        /// The number of the last sale.
        last_number: i64,
    },
    /// Others, until the rows are locked.
    Many,
}

impl Books {
    /// Reads these products and levels.
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

    /// The levels of the moved products, as they will stay until this transaction changes them. With
    /// many writers this locks them, which costs a round trip; so it returns `None` there unless
    /// `is_careful`.
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

    /// Takes the demanded quantities, and returns the levels afterwards. Levels with too little are
    /// missing. With one writer, a trigger on the movements changes the levels.
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

    /// The first of the next numbers of sales. With one writer, [`Self::write`] moves the counter.
    pub(super) async fn take_numbers(&self, tx: &Tx, sales: usize) -> SalesResult<RangeFrom<i64>> {
        match &self.writers {
            Writers::One { last_number, .. } => Ok(*last_number + 1..),
            Writers::Many => take_numbers(tx, Numbered::Sale, sales).await,
        }
    }

    /// Writes the tables of a group in one round trip: one statement on `PostgreSQL`, one text of
    /// several statements with the counter on `SQLite`.
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

/// A product and one of its levels, in the order of the query.
#[derive(Debug, Deserialize)]
struct BookLine {
    product_id: Uuid,
    name: String,
    unit: String,
    price_minor: Amount,
    cost_minor: Amount,
    tax_rate_bp: i64,
    archived: i64,
    location_id: Uuid,
    on_hand_milli: Option<i64>,
    seq: Option<i64>,
    counted_at_us: Option<i64>,
}

store::selection! {
    struct Opened { lines: Json<Vec<BookLine>>, last_number: i64 }
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
    for line in opened.lines.0 {
        let product = ProductId::from_uuid(line.product_id);
        if let (Some(on_hand_milli), Some(seq)) = (line.on_hand_milli, line.seq) {
            let key = (product, LocationId::from_uuid(line.location_id));
            let state = LevelState {
                on_hand_milli,
                seq,
                counted_at: line.counted_at_us.map(Timestamp::from_micros),
            };
            levels.insert(key, state);
        }
        let card = ProductCard {
            name: line.name,
            unit: line.unit,
            price_minor: line.price_minor,
            cost_minor: line.cost_minor,
            tax_rate_bp: line.tax_rate_bp,
            is_archived: line.archived != 0,
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

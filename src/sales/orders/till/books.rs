//! What the books say when a group begins.
//!
//! `SQLite` has one writer: what is read inside its transaction stays true until the commit. Levels
//! and the counter of sales therefore come together with the cards, in one trip to the driver, and
//! every table is written in a second one. A trip wakes two threads, and each row of an answer is
//! handed over alone: the answer comes as one JSON text.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    Timestamp,
    ids::{LocationId, ProductId},
};
use store::{ColumnKind, Dialect, StoreError, Tx, json_rows, to_json};
use uuid::Uuid;

use crate::{
    error::SalesResult,
    inventory::{
        held::{LevelState, Levels},
        ledger::LevelKey,
        products::{ProductCard, load_cards},
    },
};

/// The books as a group finds them.
#[derive(Debug)]
pub(super) struct Books {
    /// The products that the group names; unknown ones are missing.
    pub cards: BTreeMap<ProductId, ProductCard>,
    /// Levels and numbers, where nobody else can change them meanwhile.
    pub held: Option<Held>,
}

/// What stays as it is until this transaction changes it.
#[derive(Debug)]
pub(super) struct Held {
    /// The levels of the group; one that does not exist is missing.
    pub levels: Levels,
    /// The number of the last sale.
    pub last_number: i64,
}

/// Opens the books at these products and places.
pub(super) async fn open(tx: &Tx, wanted: &BTreeSet<LevelKey>) -> SalesResult<Books> {
    match tx.dialect() {
        Dialect::Sqlite => open_held(tx, wanted).await,
        Dialect::Postgres => {
            let products = wanted.iter().map(|(product, _)| *product);
            Ok(Books {
                cards: load_cards(tx, products).await?,
                held: None,
            })
        }
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

async fn open_held(tx: &Tx, wanted: &BTreeSet<LevelKey>) -> SalesResult<Books> {
    let columns = [
        ("product_id", ColumnKind::Uuid),
        ("location_id", ColumnKind::Uuid),
    ];
    let source = json_rows(Dialect::Sqlite, 1, &columns);
    // CROSS JOIN keeps the order of the joins, whatever the statistics say.
    let sql = format!(
        "SELECT json_group_array(json_array(hex(product.id), product.name, product.unit, product.price_minor, product.cost_minor,
                    product.tax_rate_bp, product.archived, hex(wanted.location_id), level.on_hand_milli, level.seq, level.counted_at_us)),
                (SELECT value FROM counters WHERE name = 'sale')
         FROM {source} AS wanted CROSS JOIN products AS product ON product.id = wanted.product_id
         LEFT JOIN stock_levels AS level ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id"
    );
    let keys: Vec<_> = wanted.iter().collect();
    let row = tx.row(&sql, [to_json(&keys).into()]).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the books do not open".to_owned()))?;
    let lines: Vec<Line> = serde_json::from_str(&row.get::<String>(0)?)
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
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
    ) in lines
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
    let held = Held {
        levels,
        last_number: row.get(1)?,
    };
    Ok(Books {
        cards,
        held: Some(held),
    })
}

//! The effect of a file on stock: `stock_add` adds, `stock_set` counts.
//!
//! A count is true at the moment at which the file was sent, before the shop was queried. Later sales
//! stay. Earlier events that are recorded later were seen by the count (see
//! [`crate::inventory::counting`]).

use std::collections::BTreeSet;

use kernel::{Amount, Quantity, Timestamp, ids::DocumentId};

use super::{
    CHUNK,
    work::{Work, point_to_rows},
};
use crate::{
    changes,
    error::SalesResult,
    inventory::{
        costing,
        counting::{Counted, CountsSince, count_moves},
        documents::{Heading, insert_document},
        held::Held,
        ledger::move_stock,
        movement::{LevelKey, MovementKind, StockMove},
    },
    shop_reader,
};

/// What a line of a file requests.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// Adds to the stock.
    Moved(StockMove),
    /// Replaces the level.
    Counted(Counted),
}

impl Wanted {
    const fn level(&self) -> LevelKey {
        match self {
            Self::Moved(wanted) => wanted.level(),
            Self::Counted(counted) => counted.level,
        }
    }
}

/// True if the quantities of a line are valid for a product with this unit.
pub(super) fn fits(unit: &str, set: Option<Quantity>, add: Option<Quantity>) -> bool {
    [set, add].iter().flatten().all(|one| one.fits(unit))
}

/// A count for `set`, or a movement for `add`, at the file's cost if it has one.
pub(super) fn wanted(
    work: Work<'_>,
    level: LevelKey,
    set: Option<Quantity>,
    add: Option<Quantity>,
    unit_cost_minor: Option<Amount>,
) -> Option<Wanted> {
    if let Some(seen) = set {
        return Some(Wanted::Counted(Counted { level, seen }));
    }
    let (product_id, location_id) = level;
    let delta = add.filter(|delta| !delta.is_zero())?;
    Some(Wanted::Moved(StockMove {
        product_id,
        location_id,
        delta,
        kind: MovementKind::Import,
        reference_id: Some(work.import.id.as_uuid()),
        unit_cost_minor,
        reason: None,
        actor_id: work.actor.user_id,
        occurred_at: work.asked_at,
    }))
}

/// A request with its line of the file.
pub(super) type WantedLine = (i64, Wanted);

/// Moves stock for any number of lines, a few thousand at a time, sorted by level over the whole
/// file, so that two writers lock rows in the same order. Returns the document of its counts.
///
/// # Errors
/// `stock.insufficient` and `stock.count_contradicted`, which point to lines of the file.
pub(super) async fn move_all(
    work: Work<'_>,
    mut asked: Vec<WantedLine>,
) -> SalesResult<Option<DocumentId>> {
    asked.sort_by_key(|(row, wanted)| (wanted.level(), *row));
    let counts_something = asked
        .iter()
        .any(|(_, wanted)| matches!(wanted, Wanted::Counted(_)));
    let count = if counts_something {
        Some(Count::open(work).await?)
    } else {
        None
    };
    let mut moments = BTreeSet::new();
    for chunk in asked.chunks(CHUNK) {
        moments.extend(move_chunk(work, chunk, count.as_ref()).await?);
    }
    let zone = shop_reader::load_in(work.tx).await?.time_zone;
    changes::record_days(work.tx, zone, work.at, moments);
    Ok(count.map(|count| count.id))
}

/// The document of all counts of a file.
struct Count {
    id: DocumentId,
    at: Timestamp,
    reason: String,
}

impl Count {
    async fn open(work: Work<'_>) -> SalesResult<Self> {
        let count = Self {
            id: DocumentId::generate(),
            at: work.import.created_at.min(work.asked_at),
            reason: work.import.file_name.clone(),
        };
        let heading = Heading {
            supplier: None,
            reference: Some(work.import.id.to_string()),
            reason: Some(count.reason.clone()),
        };
        insert_document(
            work.tx, count.id, "count", &heading, work.actor, count.at, work.at,
        )
        .await?;
        Ok(count)
    }

    fn own(&self, work: Work<'_>, found: StockMove) -> StockMove {
        StockMove {
            reference_id: Some(self.id.as_uuid()),
            reason: Some(self.reason.clone()),
            actor_id: work.actor.user_id,
            ..found
        }
    }
}

/// Returns the instants at which stock moved.
async fn move_chunk(
    work: Work<'_>,
    chunk: &[WantedLine],
    count: Option<&Count>,
) -> SalesResult<BTreeSet<Timestamp>> {
    let (mut counted, mut rows) = (Vec::new(), Vec::new());
    let (mut added, mut rows_added) = (Vec::new(), Vec::new());
    for (row, wanted) in chunk {
        match wanted {
            Wanted::Counted(one) => {
                counted.push(*one);
                rows.push(*row);
            }
            Wanted::Moved(one) => {
                added.push(one.clone());
                rows_added.push(*row);
            }
        }
    }
    // Locks all levels of a chunk at once. Otherwise counted levels would be locked before others.
    let levels = chunk.iter().map(|(_, wanted)| wanted.level());
    let held = Held::take(work.tx, work.clock, levels).await?;
    let mut moves = Vec::with_capacity(chunk.len());
    if let Some(count) = count
        && !counted.is_empty()
    {
        let found = count_moves(work.tx, &held, &counted, count.at)
            .await
            .map_err(|error| point_to_rows(error, "/lines/", &rows))?;
        moves.extend(found.into_iter().map(|found| count.own(work, found)));
    }
    if added.iter().any(|moved| moved.unit_cost_minor.is_some()) {
        let counts = CountsSince::find(work.tx, &held.levels, added.iter()).await?;
        let incoming = costing::at_unit_cost(&added)?;
        costing::take_in(work.tx, work.actor, &held, &counts, &incoming).await?;
    }
    moves.extend(added);
    rows.extend(rows_added);
    let posted = move_stock(work.tx, held, &moves)
        .await
        .map_err(|error| point_to_rows(error, "/lines/", &rows))?;
    let moments = posted.iter().map(|moved| moved.wanted.occurred_at);
    Ok(moments.collect())
}

//! The sales of a file, voided: the one void that an imported history allows, whatever its day.
//!
//! Sales and the movements that supplied them go together, each at its own time, so that no level
//! changes, today or at any past moment. A sale of which something was refunded since stays, with what
//! it needs of the supply: the supply is taken out whole, and put in anew for what stays.

use std::collections::{BTreeMap, HashSet};

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, RefundId, SaleId},
};
use store::{StoreError, selection};

use super::{Undo, cards, kept::WhatStays};
use crate::{
    error::SalesResult,
    imports::{CHUNK, history::supply_of, trace},
    inventory::{
        ledger::move_imported_history,
        movement::{LevelKey, MovementKind, StockMove},
    },
    orders::voids::{VoidedBy, void_imported},
    rollups,
};

selection! {
    ReturnOfFile(refund_id: RefundId, sale_id: SaleId, of_file: i64, sale_of_file: i64)
    Event(sale_id: SaleId, product_id: ProductId, location_id: LocationId, quantity: Quantity, at_us: Timestamp)
    Supply(product_id: ProductId, location_id: LocationId, delta: Quantity, at_us: Timestamp)
}

/// What was undone.
pub(super) struct HistoryUndone {
    pub sales: i64,
    pub refunds: i64,
    pub archived: i64,
}

pub(super) async fn undo(undo: Undo<'_>, kept: &mut WhatStays) -> SalesResult<HistoryUndone> {
    let work = undo.work;
    let tx = work.tx;
    let id = [work.import.id.as_uuid().into()];
    let lock = tx.dialect().for_update();
    let sql = format!(
        "SELECT sale.id FROM sales AS sale WHERE sale.import_id = $1 AND sale.state <> 'voided' ORDER BY sale.id{lock}"
    );
    let sales = tx.values::<SaleId>(&sql, id.clone()).await?;
    let returned = tx
        .select::<ReturnOfFile>(
            "SELECT refund.id AS refund_id, refund.sale_id,
                 CAST(CASE WHEN refund.import_id = $1 THEN 1 ELSE 0 END AS BIGINT) AS of_file,
                 CAST(CASE WHEN sale.import_id = $1 THEN 1 ELSE 0 END AS BIGINT) AS sale_of_file
             FROM refunds AS refund JOIN sales AS sale ON sale.id = refund.sale_id
             WHERE sale.import_id = $1 OR refund.import_id = $1 ORDER BY refund.number",
            id,
        )
        .await?;
    let staying = staying_sales(&returned, kept);
    let gone: Vec<SaleId> = sales
        .into_iter()
        .filter(|sale| !staying.contains(sale))
        .collect();
    let refunds: Vec<(SaleId, RefundId)> = returned
        .iter()
        .filter(|(_, sale, of_file, sale_of_file)| {
            *of_file > 0 && *sale_of_file > 0 && !staying.contains(sale)
        })
        .map(|(refund, sale, ..)| (*sale, *refund))
        .collect();
    void(undo, &gone).await?;
    let archived = archive(undo).await?;
    move_back(undo, &gone).await?;
    for chunk in gone.chunks(CHUNK) {
        rollups::correct::take_out_sales(tx, chunk).await?;
    }
    for chunk in refunds.chunks(CHUNK) {
        rollups::correct::take_out_refunds(tx, chunk).await?;
    }
    let number = |amount: usize| i64::try_from(amount).unwrap_or(i64::MAX);
    Ok(HistoryUndone {
        sales: number(gone.len()),
        refunds: number(refunds.len()),
        archived,
    })
}

/// Sales of the file that were refunded by something else. Refunds of the file for other sales are
/// named as well.
fn staying_sales(
    returned: &[(RefundId, SaleId, i64, i64)],
    kept: &mut WhatStays,
) -> HashSet<SaleId> {
    let mut staying = HashSet::new();
    for (_, sale, of_file, sale_of_file) in returned {
        if *sale_of_file == 0 {
            kept.refund(*sale);
        } else if *of_file == 0 && staying.insert(*sale) {
            kept.sale(*sale);
        }
    }
    staying
}

async fn void(undo: Undo<'_>, sales: &[SaleId]) -> SalesResult<()> {
    let work = undo.work;
    let reason = undo.reason();
    let by = VoidedBy {
        at: work.at,
        user_id: work.actor.user_id,
        reason: &reason,
    };
    for chunk in sales.chunks(CHUNK) {
        void_imported(work.tx, chunk, by).await?;
    }
    Ok(())
}

/// Archives the products that the file made and that nothing else uses.
async fn archive(undo: Undo<'_>) -> SalesResult<i64> {
    let work = undo.work;
    let made = trace::load(work.tx, work.import.id).await?.made;
    let in_use = trace::in_use(work.tx, work.import.id).await?;
    let unused = made.into_iter().filter(|made| !in_use.contains(made));
    cards::archive(undo, &unused.collect::<Vec<_>>()).await
}

/// What moved at a level, and when.
#[derive(Default)]
struct Story {
    /// The movements that undo.
    back: Vec<StockMove>,
    /// What stays, thousandths: positive is sold, negative comes back.
    stays: Vec<(Timestamp, i64)>,
}

async fn move_back(undo: Undo<'_>, gone: &[SaleId]) -> SalesResult<()> {
    let work = undo.work;
    let stories = stories(undo, &gone.iter().copied().collect()).await?;
    let mut moves: Vec<StockMove> = Vec::new();
    for (level, mut story) in stories {
        supply_anew(undo, level, &mut story);
        let sum: i64 = story.back.iter().map(|moved| moved.delta.milli()).sum();
        if sum != 0 {
            let detail = format!("an undone history would move a level by {sum}");
            return Err(StoreError::Corrupt(detail).into());
        }
        // What comes in goes first: no balance is less than it was.
        story.back.sort_by_key(|moved| moved.delta.milli() < 0);
        moves.append(&mut story.back);
    }
    move_imported_history(work.tx, work.clock, moves).await?;
    tracing::debug!(import.id = %work.import.id, "the movements of a history are undone");
    Ok(())
}

/// What each level gets back, and what stays there.
async fn stories(undo: Undo<'_>, gone: &HashSet<SaleId>) -> SalesResult<BTreeMap<LevelKey, Story>> {
    let tx = undo.work.tx;
    let import = undo.work.import.id.as_uuid();
    let id = [import.into()];
    let mut stories: BTreeMap<LevelKey, Story> = BTreeMap::new();
    let sold = "SELECT line.sale_id, line.product_id, sale.location_id, line.quantity_milli AS quantity, sale.occurred_at_us AS at_us
                FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
                WHERE sale.import_id = $1 ORDER BY sale.number, line.id";
    for (sale, product, location, quantity, at) in tx.select::<Event>(sold, id.clone()).await? {
        let story = stories.entry((product, location)).or_default();
        if gone.contains(&sale) {
            let kind = MovementKind::Void;
            let own = own(undo, (product, location), at);
            story.back.push(StockMove {
                delta: quantity,
                kind,
                reference_id: Some(sale.as_uuid()),
                ..own
            });
        } else {
            story.stays.push((at, quantity.milli()));
        }
    }
    let returned = "SELECT part.sale_id, line.product_id, sale.location_id, part.quantity_milli AS quantity, refund.occurred_at_us AS at_us
                    FROM refunds AS refund JOIN refund_lines AS part ON part.refund_id = refund.id
                    JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
                    JOIN sales AS sale ON sale.id = refund.sale_id
                    WHERE refund.import_id = $1 AND part.restock ORDER BY refund.number, line.id";
    for (sale, product, location, quantity, at) in tx.select::<Event>(returned, id.clone()).await? {
        let story = stories.entry((product, location)).or_default();
        if gone.contains(&sale) {
            let own = own(undo, (product, location), at);
            story.back.push(StockMove {
                delta: -quantity,
                ..own
            });
        } else {
            story.stays.push((at, -quantity.milli()));
        }
    }
    let supplied = "SELECT movement.product_id, movement.location_id, movement.delta_milli AS delta, movement.occurred_at_us AS at_us
                    FROM stock_movements AS movement WHERE movement.reference_id = $1 AND movement.kind = 'import'
                    ORDER BY movement.product_id, movement.location_id, movement.seq";
    for (product, location, delta, at) in tx.select::<Supply>(supplied, id).await? {
        let story = stories.entry((product, location)).or_default();
        let own = own(undo, (product, location), at);
        story.back.push(StockMove {
            delta: -delta,
            ..own
        });
    }
    Ok(stories)
}

/// Puts in what the events that stay need, as the commit did.
fn supply_anew(undo: Undo<'_>, level: LevelKey, story: &mut Story) {
    story.stays.sort_by_key(|(at, _)| *at);
    let (Some(first), Some(last)) = (story.stays.first(), story.stays.last()) else {
        return;
    };
    let (first, last) = (first.0, last.0);
    let (supply, rest) = supply_of(story.stays.iter().map(|(_, taken)| *taken));
    for (at, milli) in [(first, supply), (last, -rest)] {
        if milli != 0 {
            story.back.push(StockMove {
                delta: Quantity::from_milli(milli),
                ..own(undo, level, at)
            });
        }
    }
}

/// A movement of the undo itself.
fn own(undo: Undo<'_>, (product_id, location_id): LevelKey, at: Timestamp) -> StockMove {
    StockMove {
        product_id,
        location_id,
        delta: Quantity::ZERO,
        kind: MovementKind::Import,
        reference_id: Some(undo.work.import.id.as_uuid()),
        unit_cost_minor: None,
        reason: Some(undo.reason()),
        actor_id: undo.work.actor.user_id,
        occurred_at: at,
    }
}

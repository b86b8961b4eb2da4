//! The storeroom across the yard: heavy goods are delivered there, and fetched when a shelf gets
//! empty.

use kernel::Quantity;
use sales::{
    Actor,
    inventory::{
        documents::{Heading, Posting, post},
        locations,
    },
};
use store::Tx;

use super::{
    baskets,
    chance::{nearest, real},
    orders::needed_today,
    staff::Staff,
    stockroom::Stockroom,
    today::Today,
};
use crate::{app::Modules, example_ids};

/// Days of demand below which a shelf is filled, and up to which.
const FETCH_BELOW: f64 = 3.0;
const FETCH_UP_TO: f64 = 6.0;

/// Gives the shop's location its fixed id, while nothing refers to it yet, and creates the storeroom.
pub(super) async fn build(modules: &Modules, staff: &Staff) -> anyhow::Result<()> {
    modules
        .stores
        .write
        .transaction(async |tx: &Tx| {
            let sql = "UPDATE locations SET id = $1 WHERE is_default";
            let id = example_ids::LOCATION.as_uuid();
            tx.execute(sql, [id.into()]).await
        })
        .await?;
    let owner: &Actor = &staff.owner;
    locations::create_as(&modules.sales.ctx, owner, example_ids::STOREROOM, "Réserve").await?;
    Ok(())
}

impl Stockroom {
    /// Fetches what the shelves need today.
    pub(super) async fn fetch(
        &mut self,
        modules: &Modules,
        staff: &Staff,
        today: Today<'_>,
    ) -> anyhow::Result<()> {
        let mut lines = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            if slot.stored == 0 {
                continue;
            }
            let daily = baskets::usual(position, today) * slot.item.unit.mean_portion();
            let needed = needed_today(position, today.date, today.end, today.planted);
            if real(slot.on_hand) >= daily * FETCH_BELOW && slot.on_hand >= needed {
                continue;
            }
            let wanted = nearest(daily * FETCH_UP_TO).max(needed) - slot.on_hand;
            let milli = ((wanted + 999) / 1000 * 1000).min(slot.stored);
            if milli > 0 {
                lines.push((position, milli));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let posting = Posting::Transfer {
            lines: self
                .identify(lines.iter().copied())
                .map(|(id, milli)| (id, Quantity::from_milli(milli)))
                .collect(),
            from: example_ids::STOREROOM,
            to: example_ids::LOCATION,
        };
        let heading = Heading::default();
        post(&modules.sales.ctx, &staff.manager, None, &heading, &posting).await?;
        for (position, milli) in lines {
            self.store(position, -milli);
            self.add(position, milli);
        }
        Ok(())
    }

    /// Adds to the storeroom, or takes from it.
    pub(super) fn store(&mut self, position: usize, milli: i64) {
        if let Some(slot) = self.slots.get_mut(position) {
            slot.stored += milli;
        }
    }
}

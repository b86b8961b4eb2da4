//! What the shop has ordered and not received yet.

use chrono::NaiveDate;

/// Orders that have not been delivered.
#[derive(Debug, Default)]
pub(super) struct OrderBook {
    pub(super) placed: Vec<Placed>,
    /// The last day on which the shelves were checked.
    pub(super) looked: Option<NaiveDate>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) due: NaiveDate,
    pub(super) position: usize,
    pub(super) milli: i64,
}

impl OrderBook {
    /// The quantity on its way to a shelf, in thousandths.
    pub(super) fn on_order(&self, position: usize) -> i64 {
        let placed = self.placed.iter().filter(|one| one.position == position);
        placed.map(|one| one.milli).sum()
    }
}

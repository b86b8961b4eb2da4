//! Records whose time was declared wrong (`crate::clock`).
//!
//! They happened before the clock was corrected, whatever they say. So a count among them has not
//! seen anything that happens later, and movements under the wrong clock are not after a present
//! count.

/// SQL condition on `movement`: its time was not declared wrong.
const IS_RIGHTLY_DATED: &str = "NOT EXISTS (
    SELECT 1 FROM clock_corrections AS correction
    WHERE movement.position <= correction.last_position AND movement.recorded_at_us > correction.corrected_at_us)";

/// SQL condition on `movement`, which is one of a count: it has seen what happened before it. Its time is
/// right, it corrects no other entry, and it was not withdrawn: the withdrawal of a count
/// ([`super::undone`]) is a correction with its own reference at its own instant, while what a later
/// count has seen is corrected later.
pub(super) fn is_witness() -> String {
    format!(
        "NOT movement.is_correction AND {IS_RIGHTLY_DATED} AND NOT EXISTS (
            SELECT 1 FROM stock_movements AS withdrawn
            WHERE withdrawn.product_id = movement.product_id AND withdrawn.location_id = movement.location_id
              AND withdrawn.occurred_at_us = movement.occurred_at_us AND withdrawn.kind = 'count'
              AND withdrawn.is_correction AND withdrawn.reference_id = movement.reference_id)"
    )
}

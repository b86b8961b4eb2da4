//! Records whose time was declared wrong (`crate::clock`).
//!
//! They happened before the clock was corrected, whatever they say. So a count among them has not
//! seen anything that happens later, and movements under the wrong clock are not after a present
//! count.

/// SQL condition on `movement`: its time was not declared wrong.
pub(super) const IS_RIGHTLY_DATED: &str = "NOT EXISTS (
    SELECT 1 FROM clock_corrections AS correction
    WHERE movement.position <= correction.last_position AND movement.recorded_at_us > correction.corrected_at_us)";

/// SQL condition on `movement`: it happened after an instant (an expression). A wrongly dated
/// movement happened at the latest when the clock was corrected.
pub(super) fn happened_after(instant: &str) -> String {
    format!(
        "movement.occurred_at_us > {instant} AND NOT EXISTS (
            SELECT 1 FROM clock_corrections AS correction
            WHERE movement.position <= correction.last_position AND movement.recorded_at_us > correction.corrected_at_us
              AND correction.corrected_at_us <= {instant})"
    )
}

//! Records whose time somebody called wrong (`crate::clock`).
//!
//! They happened before the clock was put right, whatever they say. So a count among them has seen
//! nothing that happens afterwards, and nothing that moved under the wrong clock happens after a
//! count of now.

/// A condition on `movement`: its time is not known to be wrong.
pub(super) const IS_RIGHTLY_DATED: &str = "NOT EXISTS (
    SELECT 1 FROM clock_corrections AS correction
    WHERE movement.position <= correction.last_position AND movement.recorded_at_us > correction.corrected_at_us)";

/// A condition on `movement`: it happened after an instant, an expression. What is wrongly dated
/// happened, at the latest, when the clock was put right.
pub(super) fn happened_after(instant: &str) -> String {
    format!(
        "movement.occurred_at_us > {instant} AND NOT EXISTS (
            SELECT 1 FROM clock_corrections AS correction
            WHERE movement.position <= correction.last_position AND movement.recorded_at_us > correction.corrected_at_us
              AND correction.corrected_at_us <= {instant})"
    )
}

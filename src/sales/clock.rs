//! A person declares that the clock is right, although the shop has later records.
//!
//! The machine cannot know: a clock below the newest record may be wrong now, or may have been wrong
//! then. A person who declares it right marks the later records as wrongly dated. Those stay as they are,
//! since history is never rewritten. But they no longer stop the clock, counts among them have not
//! seen anything that happens from now on, and the proof of the books lists them.

pub mod http;

use kernel::{Code, Problem, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{ClockFault, Dialect, StoreError, Tx, floor::Floor};

use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    context::Context,
    error::{SalesError, SalesResult},
};

/// A clock that was declared right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Correction {
    /// What the clock showed.
    pub now: Timestamp,
    /// The time of the newest record.
    pub floor: Timestamp,
    /// Stock movements with a time between the two.
    pub movements: i64,
    /// Sales with a time between the two.
    pub sales: i64,
}

/// Accepts the present time of the clock.
///
/// # Errors
/// `clock.not_behind` when nothing was recorded later. `clock.behind` before the date of the build,
/// and `clock.apart` when it differs from the database's clock: both are certainly wrong.
pub async fn accept(ctx: &Context, actor: &Actor, reason: &str) -> SalesResult<Correction> {
    let Some(floor) = ctx.write.floor() else {
        return Err(Problem::of(Code::ClockNotBehind).into());
    };
    let (now, newest) = what_is_behind(floor).await?;
    let correction = ctx
        .write
        .minding_no_clock()
        .transaction(async |tx: &Tx| {
            let correction = write(tx, actor, reason, (now, newest)).await?;
            let entry = Entry::of(Deed::ClockAccept, String::new())
                .before(json!({"floor": newest}))
                .after(json!({"now": now, "reason": reason}));
            audit::record(tx, actor, now, entry).await?;
            Ok::<_, SalesError>(correction)
        })
        .await?;
    floor.read_again().await?;
    tracing::warn!(%now, floor = %newest, "the clock was said to be right, though the shop had been at a later time");
    Ok(correction)
}

/// What the clock shows, and the later record.
async fn what_is_behind(floor: &Floor) -> SalesResult<(Timestamp, Timestamp)> {
    floor.read_again().await?;
    match floor.fault() {
        None => Err(Problem::of(Code::ClockNotBehind).into()),
        Some(ClockFault::Behind { now, floor: newest }) if !floor.is_before_the_program() => {
            Ok((now, newest))
        }
        Some(fault) => Err(StoreError::from(fault).into()),
    }
}

async fn write(
    tx: &Tx,
    actor: &Actor,
    reason: &str,
    (now, newest): (Timestamp, Timestamp),
) -> SalesResult<Correction> {
    let (now_us, newest_us) = (now.micros(), newest.micros());
    if tx.dialect() == Dialect::Postgres {
        // Two declarations at the same time get two numbers.
        let lock = "LOCK TABLE clock_corrections IN SHARE ROW EXCLUSIVE MODE";
        tx.execute(lock, []).await?;
    }
    tx.execute(
        "INSERT INTO clock_corrections (number, corrected_at_us, floor_us, last_position, last_number, reason, actor_id)
         VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM clock_corrections), $1, $2,
                 (SELECT COALESCE(MAX(position), 0) FROM stock_movements),
                 (SELECT COALESCE(MAX(number), 0) FROM sales), $3, $4)",
        [
            now_us.into(),
            newest_us.into(),
            reason.into(),
            actor.user_id.map(kernel::ids::UserId::as_uuid).into(),
        ],
    )
    .await?;
    let later = tx
        .select_one::<Later>(
            "SELECT (SELECT COUNT(*) FROM stock_movements WHERE recorded_at_us > $1) AS movements,
                    (SELECT COUNT(*) FROM sales WHERE recorded_at_us > $1) AS sales",
            [now_us.into()],
        )
        .await?;
    Ok(Correction {
        now,
        floor: newest,
        movements: later.as_ref().map_or(0, |later| later.movements),
        sales: later.map_or(0, |later| later.sales),
    })
}

store::selection! {
    struct Later { movements: i64, sales: i64 }
}

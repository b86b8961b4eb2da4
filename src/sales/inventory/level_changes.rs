//! Stock by differences: the levels that have changed since a position.
//!
//! On `SQLite`, one writer at a time writes movements, so their positions are in the order of the
//! commits. On `PostgreSQL` a transaction may commit after another one with later movements. So each
//! level has the transaction that changed it last, and a position has the oldest transaction that was
//! still open when it was made: whatever committed later has at least this number. A level that
//! changed at about that moment may come twice.

use kernel::{
    Problem, Timestamp,
    ids::{LocationId, MovementId, ProductId},
};
use serde::{Deserialize, Serialize};
use store::{Dialect, ReadDb, changes, selection};

use super::levels::{self, Level, LevelFilter, Since};
use crate::{
    context::Context,
    error::SalesResult,
    paging::{next_cursor, open_cursor},
    positions::{self, KEPT_DAYS, Unusable},
};

const LIST: &str = "levels";

/// The state of all levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct StockState {
    shop: i64,
    /// The place of the newest movement in the ledger; zero without any.
    place: i64,
    /// Its id: another database has another movement at this place.
    movement: Option<MovementId>,
    /// The oldest open transaction; zero on `SQLite`.
    open: i64,
}

/// A place in a walk over the pages.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct LevelWalk {
    /// The state when the walk began.
    begun: StockState,
    since: Option<Since>,
    /// The last level of the page before.
    last: Option<(ProductId, LocationId)>,
}

/// A page of levels, and the position from which to go on later.
pub(super) struct WalkedPage {
    pub items: Vec<Level>,
    pub position: String,
    pub next_cursor: Option<String>,
}

/// A page of present levels, or of those that have changed since a position.
///
/// # Errors
/// `request.invalid_position`, `position.expired`, `request.invalid_cursor`.
pub(super) async fn page(
    ctx: &Context,
    filter: LevelFilter,
    since: Option<&str>,
    cursor: Option<&str>,
    limit: u32,
) -> SalesResult<WalkedPage> {
    let list = format!("{LIST} {}", since.unwrap_or_default());
    let walk = match open_cursor::<LevelWalk>(&list, cursor)? {
        Some(walk) => walk,
        None => begin(ctx, since).await?,
    };
    let page = levels::list(&ctx.read, filter, walk.since, walk.last, limit).await?;
    let next_cursor = next_cursor(&list, &page, |level| LevelWalk {
        last: Some((level.product_id, level.location_id)),
        ..walk
    });
    Ok(WalkedPage {
        items: page.items,
        position: positions::seal(LIST, &walk.begun),
        next_cursor,
    })
}

/// Begins a walk, with the position compared with the shop.
async fn begin(ctx: &Context, since: Option<&str>) -> SalesResult<LevelWalk> {
    let begun = state(&ctx.read).await?;
    let oldest = ctx.clock.now().plus_seconds(-KEPT_DAYS * 24 * 3600);
    let since = match since {
        Some(text) => Some(open(&ctx.read, text, begun, oldest).await?),
        None => None,
    };
    Ok(LevelWalk {
        begun,
        since,
        last: None,
    })
}

selection! {
    Newest in movement (position: i64, id: MovementId, recorded_at: Timestamp = recorded_at_us)
}

/// The present state. The open transaction is read first, so that a commit in between counts as
/// later.
async fn state(read: &ReadDb) -> SalesResult<StockState> {
    let open = match read.dialect() {
        Dialect::Sqlite => 0,
        Dialect::Postgres => {
            let sql =
                "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)";
            read.value::<i64>(sql, []).await?.unwrap_or(0)
        }
    };
    let shop = changes::shop_identity(read).await?;
    let sql = format!(
        "SELECT {} FROM stock_movements AS movement ORDER BY position DESC LIMIT 1",
        Newest::SELECT
    );
    let newest = read.select_one::<Newest>(&sql, []).await?;
    Ok(StockState {
        shop,
        place: newest.map_or(0, |(position, ..)| position),
        movement: newest.map(|(_, id, _)| id),
        open,
    })
}

/// Opens a position and compares it with the shop.
async fn open(read: &ReadDb, text: &str, now: StockState, oldest: Timestamp) -> SalesResult<Since> {
    let given: StockState = positions::open(LIST, text)?;
    let refuse = |unusable: Unusable| Err(Problem::from(unusable).into());
    if given.shop != now.shop {
        return refuse(Unusable::Foreign);
    }
    if given.place > now.place || given.open > now.open {
        return refuse(Unusable::Ahead);
    }
    let since = Since {
        place: given.place,
        open: given.open,
    };
    // Before the first movement.
    if given.place == 0 && given.movement.is_none() {
        return Ok(since);
    }
    let sql = format!(
        "SELECT {} FROM stock_movements AS movement WHERE position = $1",
        Newest::SELECT
    );
    let found = read
        .select_one::<Newest>(&sql, [given.place.into()])
        .await?;
    match found {
        Some((_, id, recorded_at)) if Some(id) == given.movement => {
            if recorded_at < oldest && given.place != now.place {
                return refuse(Unusable::Expired);
            }
            Ok(since)
        }
        _ => refuse(Unusable::Foreign),
    }
}

//! What happens in the shop, for those who watch it live: sales, refunds, voids and changed levels
//! after a position, in pages.
//!
//! Nothing is written for a sale. Sales and refunds are found by their numbers, which have no gaps and
//! are taken from a counter whose row is locked until the commit: so a reader that sees a number sees all
//! before it, on both databases. What is rare has a row in `happenings`, numbered in the same way.
//! Levels are read after the facts that changed them: a level is at least as new as these.

mod facts;
mod levels;
mod position;

use kernel::{
    Code, Problem,
    happenings::HappeningKind,
    ids::{JobId, SaleId},
};
use store::{ReadDb, happenings};
use uuid::Uuid;

pub use facts::{RefundMade, SaleMade, VoidedSale};
pub use levels::{LevelNow, MAX_LEVELS};
pub use position::{LivePosition, NewestNumbers, Resumed};

use crate::{
    Context,
    error::{SalesError, SalesResult},
};
use position::Mark;

/// How far back a stream can be resumed, in hours.
pub const RESUMED_HOURS: i64 = 24;
/// Most sales, refunds and other happenings of a page, each.
const PAGE: u32 = 100;

/// Something that happened, but for levels.
#[derive(Debug, Clone)]
pub enum Fact {
    /// A sale was recorded.
    Sale(SaleMade),
    /// A refund was recorded.
    Refund(RefundMade),
    /// A sale was voided.
    Void(VoidedSale),
    /// A job has ended.
    Job(JobId),
    /// A finding was made for the first time; its id.
    Finding(String),
}

/// Levels that changed, as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedLevels {
    /// These, at least one.
    These(Vec<LevelNow>),
    /// More than [`MAX_LEVELS`].
    Many,
}

/// What happened from one position to another.
#[derive(Debug, Clone)]
pub struct LivePage {
    /// Each fact with the position behind it.
    pub facts: Vec<(LivePosition, Fact)>,
    /// The levels that changed by these facts and by changes of stock. Behind them is `to`.
    pub levels: Option<ChangedLevels>,
    /// The position behind the page.
    pub to: LivePosition,
}

/// The present position of the shop.
///
/// # Errors
/// The database.
pub async fn here(ctx: &Context) -> SalesResult<LivePosition> {
    position::here(ctx).await
}

/// The numbers of the newest records; `None` when nothing lies behind a position.
///
/// # Errors
/// The database.
pub async fn news(ctx: &Context, from: &LivePosition) -> SalesResult<Option<NewestNumbers>> {
    let newest = position::numbers(&ctx.read).await?;
    Ok((newest != from.newest() || from.levels != newest).then_some(newest))
}

/// Opens a position of a client, compared with the shop.
///
/// # Errors
/// `request.invalid_position`.
pub async fn resume(ctx: &Context, text: &str, pointer: &str) -> SalesResult<Resumed> {
    let resumed = position::resume(ctx, text).await;
    resumed.map_err(|error| match error {
        SalesError::Refused(problem) => pointing(problem, pointer).into(),
        error @ SalesError::Store(_) => error,
    })
}

/// The same refusal about another place: a position comes as a header or as a parameter.
fn pointing(mut problem: Problem, pointer: &str) -> Problem {
    if problem.code == Code::InvalidPosition {
        for error in &mut problem.errors {
            pointer.clone_into(&mut error.pointer);
        }
    }
    problem
}

/// The next page from a position on, and up to these records. A page without anything new ends where it
/// begins.
///
/// # Errors
/// The database.
pub async fn page(
    ctx: &Context,
    from: LivePosition,
    up_to: NewestNumbers,
) -> SalesResult<LivePage> {
    let read = &ctx.read;
    let mut reader = PageReader {
        at: from,
        facts: Vec::new(),
    };
    reader.take_sales(read, up_to.sale).await?;
    reader.take_refunds(read, up_to.refund).await?;
    let moved = reader.take_happenings(read, up_to.happening).await?;
    let reported = reader.at.newest();
    let levels = if from.levels == reported {
        None
    } else {
        let changed = levels::Changed {
            sales: (from.levels.sale, reported.sale),
            refunds: (from.levels.refund, reported.refund),
            moved,
        };
        levels::of(read, &changed).await?
    };
    let to = LivePosition {
        levels: reported,
        ..reader.at
    };
    Ok(LivePage {
        facts: reader.facts,
        levels,
        to,
    })
}

/// Collects the facts of a page, one kind after the other.
struct PageReader {
    at: LivePosition,
    facts: Vec<(LivePosition, Fact)>,
}

impl PageReader {
    fn push(&mut self, fact: Fact) {
        self.facts.push((self.at, fact));
    }

    async fn take_sales(&mut self, read: &ReadDb, up_to: i64) -> SalesResult<()> {
        let after = self.at.reported.sale.number;
        if after >= up_to {
            return Ok(());
        }
        for (is_imported, sale) in facts::sales(read, after, up_to, PAGE).await? {
            self.at.reported.sale = Mark {
                number: sale.number,
                recorded_at: sale.recorded_at,
            };
            // An old sale from a file is nothing that happens now.
            if !is_imported {
                self.push(Fact::Sale(sale));
            }
        }
        Ok(())
    }

    async fn take_refunds(&mut self, read: &ReadDb, up_to: i64) -> SalesResult<()> {
        let after = self.at.reported.refund.number;
        if after >= up_to {
            return Ok(());
        }
        for (is_imported, refund) in facts::refunds(read, after, up_to, PAGE).await? {
            self.at.reported.refund = Mark {
                number: refund.number,
                recorded_at: refund.recorded_at,
            };
            if !is_imported {
                self.push(Fact::Refund(refund));
            }
        }
        Ok(())
    }

    /// Returns what moved stock since the levels were reported, also if it was reported already itself.
    async fn take_happenings(&mut self, read: &ReadDb, up_to: i64) -> SalesResult<levels::Moved> {
        let (after, reported) = (self.at.levels.happening, self.at.reported.happening.number);
        let mut moved = levels::Moved::default();
        if after >= up_to {
            return Ok(moved);
        }
        let rows = happenings::between(read, after, up_to, PAGE).await?;
        for row in &rows {
            match row.kind {
                HappeningKind::Void => moved.voided.extend(row.subject.parse::<SaleId>()),
                HappeningKind::Stock => moved.by.extend(row.subject.parse::<Uuid>()),
                HappeningKind::Job | HappeningKind::Finding => {}
            }
        }
        let mut voids = facts::voids(read, &moved.voided).await?;
        for row in rows.into_iter().filter(|row| row.seq > reported) {
            self.at.reported.happening = Mark {
                number: row.seq,
                recorded_at: row.recorded_at,
            };
            let subject = row.subject;
            let fact = match row.kind {
                HappeningKind::Stock => None,
                HappeningKind::Void => {
                    let id = subject.parse::<SaleId>().ok();
                    id.and_then(|id| voids.remove(&id)).map(Fact::Void)
                }
                HappeningKind::Job => subject.parse::<JobId>().ok().map(Fact::Job),
                HappeningKind::Finding => Some(Fact::Finding(subject)),
            };
            if let Some(fact) = fact {
                self.push(fact);
            }
        }
        Ok(moved)
    }
}

impl LivePosition {
    /// True when everything up to the other position was reported.
    #[must_use]
    pub const fn covers(&self, other: &Self) -> bool {
        self.newest().cover(other.newest()) && self.levels.cover(other.levels)
    }

    /// True when nothing lies between the two.
    #[must_use]
    pub fn is_at(&self, other: &Self) -> bool {
        self.newest() == other.newest() && self.levels == other.levels
    }
}

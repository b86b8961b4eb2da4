//! Positions in what happens: the newest sale, refund and happening that were reported, each by its number
//! and the moment of its recording, and up to which of them the levels were reported.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use store::{ReadDb, changes, happenings, selection};

use crate::{
    Context,
    error::SalesResult,
    live::RESUMED_HOURS,
    positions::{self, Unusable},
};

const LIST: &str = "events";

/// A record by its number. Another moment under the same number is another history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub number: i64,
    pub recorded_at: Timestamp,
}

/// The newest record of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    pub sale: Mark,
    pub refund: Mark,
    pub happening: Mark,
}

/// The numbers of the newest records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestNumbers {
    pub(super) sale: i64,
    pub(super) refund: i64,
    pub(super) happening: i64,
}

impl NewestNumbers {
    pub(super) const fn cover(self, other: Self) -> bool {
        self.sale >= other.sale && self.refund >= other.refund && self.happening >= other.happening
    }
}

impl Marks {
    const fn numbers(&self) -> NewestNumbers {
        NewestNumbers {
            sale: self.sale.number,
            refund: self.refund.number,
            happening: self.happening.number,
        }
    }
}

/// A position in what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivePosition {
    pub(super) shop: i64,
    /// The newest facts that were reported.
    pub(super) reported: Marks,
    /// Up to where changed levels were reported.
    pub(super) levels: NewestNumbers,
}

/// How a position is written: short, as each event has one.
#[derive(Debug, Serialize, Deserialize)]
struct Written(i64, [(i64, i64); 3], Option<[i64; 3]>);

impl LivePosition {
    /// The numbers of the newest facts that were reported.
    #[must_use]
    pub const fn newest(&self) -> NewestNumbers {
        self.reported.numbers()
    }

    /// As a client keeps it.
    #[must_use]
    pub fn seal(&self) -> String {
        let written = |mark: Mark| (mark.number, mark.recorded_at.micros());
        let reported = [
            self.reported.sale,
            self.reported.refund,
            self.reported.happening,
        ]
        .map(written);
        let NewestNumbers {
            sale,
            refund,
            happening,
        } = self.levels;
        let levels = (self.levels != self.reported.numbers()).then_some([sale, refund, happening]);
        positions::seal(LIST, &Written(self.shop, reported, levels))
    }

    fn read(Written(shop, reported, levels): Written) -> Option<Self> {
        let [sale, refund, happening] = reported.map(|(number, micros)| Mark {
            number,
            recorded_at: Timestamp::from_micros(micros),
        });
        let reported = Marks {
            sale,
            refund,
            happening,
        };
        let numbers = reported.numbers();
        let levels = match levels {
            None => numbers,
            Some([sale, refund, happening]) => NewestNumbers {
                sale,
                refund,
                happening,
            },
        };
        let is_sound = |level: i64, reported: i64| (0..=reported).contains(&level);
        let is_sound = is_sound(levels.sale, numbers.sale)
            && is_sound(levels.refund, numbers.refund)
            && is_sound(levels.happening, numbers.happening);
        is_sound.then_some(Self {
            shop,
            reported,
            levels,
        })
    }
}

/// A position of a client, compared with the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// Everything since is still known.
    From(LivePosition),
    /// Something since is older than [`RESUMED_HOURS`].
    TooOld,
}

selection! {
    Counter(name: String, value: i64)
}

/// The present numbers, in one statement.
pub(super) async fn numbers(read: &ReadDb) -> SalesResult<NewestNumbers> {
    let sql = "SELECT name, value FROM counters WHERE name IN ('sale', 'refund', $1)";
    let values = [happenings::COUNTER.into()];
    let counters = read.select::<Counter>(sql, values).await?;
    let of = |wanted: &str| {
        let found = counters.iter().find(|(name, _)| name == wanted);
        found.map_or(0, |(_, value)| *value)
    };
    Ok(NewestNumbers {
        sale: of("sale"),
        refund: of("refund"),
        happening: of(happenings::COUNTER),
    })
}

/// A kind of record with numbers.
#[derive(Debug, Clone, Copy)]
enum NumberedRecord {
    Sale,
    Refund,
    Happening,
}

/// When the record with a number was recorded.
async fn recorded_at(
    read: &ReadDb,
    record: NumberedRecord,
    number: i64,
) -> SalesResult<Option<Timestamp>> {
    let sql = match record {
        NumberedRecord::Sale => "SELECT recorded_at_us FROM sales WHERE number = $1",
        NumberedRecord::Refund => "SELECT recorded_at_us FROM refunds WHERE number = $1",
        NumberedRecord::Happening => return Ok(happenings::recorded_at(read, number).await?),
    };
    Ok(read.value(sql, [number.into()]).await?)
}

/// The present position.
pub(super) async fn here(ctx: &Context) -> SalesResult<LivePosition> {
    let read = &ctx.read;
    let now = numbers(read).await?;
    let shop = changes::shop_identity(read).await?;
    let place = async |record: NumberedRecord, number: i64| {
        let recorded_at = recorded_at(read, record, number).await?;
        SalesResult::Ok(Mark {
            number,
            recorded_at: recorded_at.unwrap_or(Timestamp::from_micros(0)),
        })
    };
    let reported = Marks {
        sale: place(NumberedRecord::Sale, now.sale).await?,
        refund: place(NumberedRecord::Refund, now.refund).await?,
        happening: place(NumberedRecord::Happening, now.happening).await?,
    };
    Ok(LivePosition {
        shop,
        reported,
        levels: now,
    })
}

/// Opens a position and compares it with the shop.
pub(super) async fn resume(ctx: &Context, text: &str) -> SalesResult<Resumed> {
    let refuse = |unusable: Unusable| SalesResult::Err(kernel::Problem::from(unusable).into());
    let written: Written = positions::open(LIST, text)?;
    let Some(given) = LivePosition::read(written) else {
        return refuse(Unusable::Unreadable);
    };
    let read = &ctx.read;
    if given.shop != changes::shop_identity(read).await? {
        return refuse(Unusable::Foreign);
    }
    let now = numbers(read).await?;
    let oldest = ctx.clock.now().plus_seconds(-RESUMED_HOURS * 3600);
    let mut is_too_old = false;
    for (record, place, newest) in [
        (NumberedRecord::Sale, given.reported.sale, now.sale),
        (NumberedRecord::Refund, given.reported.refund, now.refund),
        (
            NumberedRecord::Happening,
            given.reported.happening,
            now.happening,
        ),
    ] {
        if place.number > newest {
            return refuse(Unusable::Ahead);
        }
        let found = recorded_at(read, record, place.number).await?;
        if found.is_some_and(|found| found != place.recorded_at) {
            return refuse(Unusable::Foreign);
        }
        if place.number < newest {
            // Old happenings are deleted, so the next one may be gone.
            let next = recorded_at(read, record, place.number + 1).await?;
            is_too_old |= next.is_none_or(|next| next < oldest);
        }
    }
    Ok(if is_too_old {
        Resumed::TooOld
    } else {
        Resumed::From(given)
    })
}

//! What the clock of the machine is held against before anything is written.
//!
//! A clock that is wrong falsifies whatever it dates: a count from next year makes every delivery of
//! this year one that it had seen. The floor is the newest moment at which the shop recorded
//! something. A clock that shows less, or a time before the program was built, is behind; on
//! `PostgreSQL` one that differs from the database's is apart from it. While it is either, nothing is
//! written through a handle that minds the floor. One clock cannot tell which of two times is wrong,
//! so a person says so (`clock_corrections`): what was recorded between that moment and the old
//! floor counts for no floor any more.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use kernel::{Clock, Timestamp, clock::EARLIEST};

use crate::{Dialect, ReadDb, StoreError, WriteDb};

/// A clock may be put back by this much, and records of several instances differ by less.
const TOLERANCE_SECONDS: i64 = 60;
/// An instance may differ from the clock of the database by this much.
const APART_SECONDS: i64 = 5;
/// What other instances recorded is looked for this often.
const READ_EVERY: Duration = Duration::from_secs(2);
/// A database that takes longer to say its time has not said it.
const LONGEST_READING: Duration = Duration::from_secs(2);
/// Records that are looked at: the newest of all is among the last, as each was written when its
/// clock was less than a minute behind.
const LAST_RECORDS: u32 = 64;

/// The floor under the clock of an instance; shared by all clones.
#[derive(Clone, derive_more::Debug)]
#[debug("Floor {{ .. }}")]
pub struct Floor(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    read: ReadDb,
    newest: AtomicI64,
    database: Mutex<Option<Reading>>,
}

/// What the database's clock showed.
#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Timestamp,
    taken: Instant,
}

/// What is wrong with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// Something was recorded, or the program was built, after what it shows.
    #[error("the clock shows {now}, but the shop was at {floor} already")]
    Behind {
        /// What it shows.
        now: Timestamp,
        /// The newest record, or when the program was built.
        floor: Timestamp,
    },
    /// It differs from the database's.
    #[error("the clock shows {now}, but that of the database {database}")]
    Apart {
        /// What it shows.
        now: Timestamp,
        /// What the database's shows.
        database: Timestamp,
    },
}

impl Floor {
    /// The floor of a shop under a clock, kept up with what other instances record.
    pub async fn open(write: &WriteDb, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let floor = Self(Arc::new(Inner {
            clock,
            read: write.primary().clone(),
            newest: AtomicI64::new(EARLIEST.micros()),
            database: Mutex::default(),
        }));
        floor.read_again().await?;
        tokio::spawn(keep_up(Arc::downgrade(&floor.0)));
        Ok(floor)
    }

    /// What is wrong with the clock now, as far as this instance knows.
    #[must_use]
    pub fn fault(&self) -> Option<ClockFault> {
        let now = self.0.clock.now();
        let newest = Timestamp::from_micros(self.0.newest.load(Ordering::Acquire));
        let floor = newest.max(self.0.clock.not_before());
        if now.plus_seconds(TOLERANCE_SECONDS) < floor {
            return Some(ClockFault::Behind { now, floor });
        }
        let database = self.database_time().filter(|_| self.0.clock.runs())?;
        let (early, late) = (
            database.plus_seconds(-APART_SECONDS),
            database.plus_seconds(APART_SECONDS),
        );
        (now < early || now > late).then_some(ClockFault::Apart { now, database })
    }

    /// Whether the clock shows a time at which the program was not there yet.
    #[must_use]
    pub fn is_before_the_program(&self) -> bool {
        let clock = &self.0.clock;
        clock.now().plus_seconds(TOLERANCE_SECONDS) < clock.not_before()
    }

    /// What the clock shows, where it may date what is written. A fault is looked at twice: a person
    /// may have put it right meanwhile, through another process.
    pub(crate) async fn admit(&self) -> Result<Timestamp, StoreError> {
        if self.fault().is_some() {
            self.read_again().await?;
            if let Some(fault) = self.fault() {
                return Err(fault.into());
            }
        }
        Ok(self.0.clock.now())
    }

    /// Something was recorded at this moment.
    pub(crate) fn raise(&self, at: Timestamp) {
        self.0.newest.fetch_max(at.micros(), Ordering::AcqRel);
    }

    /// Reads the newest moment from what is recorded, and the clock of the database.
    pub async fn read_again(&self) -> Result<(), StoreError> {
        let dialect = self.0.read.dialect();
        let time = match dialect {
            Dialect::Sqlite => "CAST(NULL AS BIGINT)",
            Dialect::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        };
        let began = Instant::now();
        let sql = format!("SELECT ({}), {time}", newest());
        let Some(row) = self.0.read.row(&sql, []).await? else {
            return Ok(());
        };
        let took = began.elapsed();
        let newest: Option<i64> = row.get(0)?;
        self.0
            .newest
            .store(newest.unwrap_or(EARLIEST.micros()), Ordering::Release);
        if let Some(at) = row.get(1)?
            && took < LONGEST_READING
        {
            let reading = Reading {
                at: Timestamp::from_micros(at),
                taken: began + took / 2,
            };
            *self.reading() = Some(reading);
        }
        Ok(())
    }

    /// What the database's clock shows now, by how long ago it was read.
    fn database_time(&self) -> Option<Timestamp> {
        let reading = (*self.reading())?;
        let since = i64::try_from(reading.taken.elapsed().as_micros()).ok()?;
        Some(Timestamp::from_micros(
            reading.at.micros().saturating_add(since),
        ))
    }

    fn reading(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        self.0
            .database
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A condition on a `record` with its place among its kind: a person said that its time was wrong.
fn is_disowned(place: &str, last: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM clock_corrections AS correction
                 WHERE record.{place} <= correction.{last} AND record.recorded_at_us > correction.corrected_at_us)"
    )
}

/// An expression: the newest moment at which something was recorded.
fn newest() -> String {
    let of = |table: &str, place: &str, last: &str| {
        format!(
            "SELECT record.recorded_at_us
             FROM (SELECT {place}, recorded_at_us FROM {table} ORDER BY {place} DESC LIMIT {LAST_RECORDS}) AS record
             WHERE NOT {}",
            is_disowned(place, last)
        )
    };
    format!(
        "SELECT MAX(recorded_at_us) FROM (
             {} UNION ALL {}
             UNION ALL SELECT corrected_at_us
             FROM (SELECT corrected_at_us FROM clock_corrections ORDER BY number DESC LIMIT 1) AS last_word
         ) AS records",
        of("stock_movements", "position", "last_position"),
        of("sales", "number", "last_number"),
    )
}

async fn keep_up(floor: Weak<Inner>) {
    loop {
        tokio::time::sleep(READ_EVERY).await;
        let Some(floor) = floor.upgrade().map(Floor) else {
            return;
        };
        if let Err(error) = floor.read_again().await {
            tracing::debug!(%error, "the floor of the clock cannot be read; it stays as it is");
        }
    }
}

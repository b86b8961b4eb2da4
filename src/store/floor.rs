//! The check of the machine's clock before every write.
//!
//! A wrong clock dates everything wrongly: a count dated next year would make every delivery of this
//! year look already counted. The floor is the time of the newest record of the shop. A clock below
//! the floor, or before the program was built, is *behind*. On `PostgreSQL`, a clock that differs
//! from the database's is *apart*. In both cases a handle that minds the floor writes nothing. One
//! clock cannot show which of two times is wrong, so a person decides (`clock_corrections`): records
//! between that moment and the old floor no longer count for the floor.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use kernel::{Clock, Timestamp, clock::EARLIEST};

use crate::{ClockFault, Dialect, ReadDb, StoreError, selection};

selection! {
    struct Times { newest: Option<Timestamp>, at: Option<Timestamp> }
}

/// A clock may be set back by this much. Records of several instances differ by less.
const TOLERANCE_SECONDS: i64 = 60;
/// Largest difference between an instance's clock and the database's.
const APART_SECONDS: i64 = 5;
/// How often the records of other instances are read.
const READ_EVERY: Duration = Duration::from_secs(2);
/// A slower reading of the database's clock is not used.
const LONGEST_READING: Duration = Duration::from_secs(2);
/// The newest record is among this many last ones, since each was written when its clock was less
/// than a minute behind.
const LAST_RECORDS: u32 = 64;

/// The floor for an instance's clock, shared by all clones.
#[derive(Clone, derive_more::Debug)]
#[debug("Floor {{ .. }}")]
pub struct Floor(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    read: ReadDb,
    newest: AtomicI64,
    database: Mutex<Option<Reading>>,
}

/// A reading of the database's clock.
#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Timestamp,
    taken: Instant,
}

impl Floor {
    /// The floor of a shop, kept up to date with the records of other instances.
    pub async fn open(primary: &ReadDb, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let floor = Self(Arc::new(Inner {
            clock,
            read: primary.clone(),
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

    /// Whether the clock shows a time before the program was built.
    #[must_use]
    pub fn is_before_the_program(&self) -> bool {
        let clock = &self.0.clock;
        clock.now().plus_seconds(TOLERANCE_SECONDS) < clock.not_before()
    }

    /// Returns the time of the clock if writes may use it. A fault is checked again in the database:
    /// a person may have accepted the clock through another process.
    pub(crate) async fn admit(&self) -> Result<Timestamp, StoreError> {
        if self.fault().is_some() {
            self.read_again().await?;
            if let Some(fault) = self.fault() {
                return Err(fault.into());
            }
        }
        Ok(self.0.clock.now())
    }

    /// Notes that something was recorded at this moment.
    pub(crate) fn raise(&self, at: Timestamp) {
        self.0.newest.fetch_max(at.micros(), Ordering::AcqRel);
    }

    /// Reads the newest record's time and the database's clock.
    pub async fn read_again(&self) -> Result<(), StoreError> {
        let dialect = self.0.read.dialect();
        let time = match dialect {
            Dialect::Sqlite => "CAST(NULL AS BIGINT)",
            Dialect::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        };
        let began = Instant::now();
        let sql = format!("SELECT ({}) AS newest, {time} AS at", newest());
        let Some(times) = self.0.read.select_one::<Times>(&sql, []).await? else {
            return Ok(());
        };
        let took = began.elapsed();
        let newest = times.newest.unwrap_or(EARLIEST);
        self.0.newest.store(newest.micros(), Ordering::Release);
        if let Some(at) = times.at
            && took < LONGEST_READING
        {
            let reading = Reading {
                at,
                taken: began + took / 2,
            };
            *self.reading() = Some(reading);
        }
        Ok(())
    }

    /// What the database's clock shows now, computed from the last reading.
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

/// SQL condition on `record`, by its place in the ledger or its sale number: a person declared its
/// time wrong.
fn is_disowned(place: &str, last: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM clock_corrections AS correction
                 WHERE record.{place} <= correction.{last} AND record.recorded_at_us > correction.corrected_at_us)"
    )
}

/// SQL expression for the time of the newest record.
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

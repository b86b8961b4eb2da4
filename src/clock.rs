//! The clock of the machine, and the earliest time that it can rightly show.

use kernel::{Clock, Timestamp, clock::SystemClock};

/// 2026-11-30T00:00:00Z in microseconds, the date of the newest migration. The program was built
/// later, so an earlier clock is wrong, usually because of an empty battery. A test makes sure that a
/// new migration moves this date on.
const BUILT_AFTER: Timestamp = Timestamp::from_micros(1_795_996_800_000_000);

/// The machine's clock, for a program with a known build date.
#[derive(Debug, Default, Clone, Copy)]
pub struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn not_before(&self) -> Timestamp {
        BUILT_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_not_older_than_its_newest_migration() {
        let names = store::migration_names();
        let newest = names
            .iter()
            .filter_map(|name| name.get(1..9))
            .max()
            .unwrap();
        let built = BUILT_AFTER.to_utc().format("%Y%m%d").to_string();
        assert_eq!(
            built, newest,
            "BUILT_AFTER is the day of the newest migration"
        );
    }
}

//! The clock of the machine, and what it can rightly show.

use kernel::{Clock, Timestamp, clock::SystemClock};

/// 2026-11-29T00:00:00Z, in microseconds. The program was built later, so a clock that shows less is
/// wrong: a battery that died, mostly. The day of the newest migration: nobody adds one without
/// moving it on, as a test keeps.
const BUILT_AFTER: Timestamp = Timestamp::from_micros(1_795_910_400_000_000);

/// The machine's clock under a program that was built at a known time.
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

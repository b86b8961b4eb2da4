//! The circuit breaker for Redis: a slow or unavailable server is not asked until a trial in the
//! background succeeds. No request waits for a trial.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

/// Late replies in a row that open the breaker. A lost connection opens it at once.
const MAX_LATE: u32 = 2;
/// Pause before the first trial; it doubles after each failed one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// After this time without a fault the next one counts as the first.
const STEADY: Duration = Duration::from_secs(30);
/// Longest pause between trials.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum BreakerState {
    /// Requests use Redis.
    Closed,
    /// No request uses Redis; a trial is running.
    HalfOpen,
    /// No request uses Redis.
    Open,
}

impl BreakerState {
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No reply in time.
    Late,
    /// The connection was lost.
    Lost,
}

/// Opens after faults and closes after a successful trial. Open at the start.
#[derive(Debug)]
pub(super) struct Breaker {
    passes: AtomicBool,
    late: AtomicU32,
    opened: AtomicU64,
    trial: Mutex<Trial>,
    /// Notifies when the breaker opens.
    pub(super) opens: Notify,
}

#[derive(Debug)]
struct Trial {
    is_under_way: bool,
    pause: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            passes: AtomicBool::new(false),
            late: AtomicU32::new(0),
            opened: AtomicU64::new(0),
            trial: Mutex::new(Trial {
                is_under_way: false,
                pause: FIRST_PAUSE,
            }),
            opens: Notify::new(),
        }
    }
}

impl Breaker {
    /// True when requests may use Redis.
    pub(super) fn passes(&self) -> bool {
        self.passes.load(Ordering::Acquire)
    }

    /// A request had its reply in time.
    pub(super) fn succeeded(&self) {
        if self.late.load(Ordering::Relaxed) > 0 {
            self.late.store(0, Ordering::Relaxed);
        }
    }

    /// A request failed.
    pub(super) fn failed(&self, fault: Fault) {
        let late = self.late.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        if (fault == Fault::Lost || late >= MAX_LATE) && self.passes.swap(false, Ordering::AcqRel) {
            self.opened.fetch_add(1, Ordering::Relaxed);
            self.opens.notify_one();
        }
    }

    pub(super) fn begin_trial(&self) {
        self.trial().is_under_way = true;
    }

    /// A trial succeeded: requests use Redis again.
    pub(super) fn close(&self) {
        self.trial().is_under_way = false;
        self.late.store(0, Ordering::Relaxed);
        self.passes.store(true, Ordering::Release);
    }

    /// A trial failed; returns the pause before the next one.
    pub(super) fn stay_open(&self) -> Duration {
        let mut trial = self.trial();
        trial.is_under_way = false;
        let pause = trial.pause;
        trial.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }

    /// The pause before the next trial after the server had worked for this time: a server that is slow
    /// from time to time passes every trial, and would be tried for ever.
    pub(super) fn pause_after(&self, well_for: Duration) -> Option<Duration> {
        if well_for < STEADY {
            return Some(self.stay_open());
        }
        self.trial().pause = FIRST_PAUSE;
        None
    }

    pub(super) fn state(&self) -> BreakerState {
        if self.passes() {
            BreakerState::Closed
        } else if self.trial().is_under_way {
            BreakerState::HalfOpen
        } else {
            BreakerState::Open
        }
    }

    /// Number of times it has opened.
    pub(super) fn times_opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    fn trial(&self) -> std::sync::MutexGuard<'_, Trial> {
        self.trial.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Breaker {
        let breaker = Breaker::default();
        breaker.close();
        breaker
    }

    #[test]
    fn it_is_open_until_the_first_successful_trial() {
        let breaker = Breaker::default();
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker.begin_trial();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(!breaker.passes());
        breaker.close();
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert!(breaker.passes());
    }

    #[test]
    fn late_replies_in_a_row_open_it_unless_a_good_one_is_between() {
        let breaker = closed();
        breaker.failed(Fault::Late);
        breaker.succeeded();
        breaker.failed(Fault::Late);
        assert!(breaker.passes());
        breaker.failed(Fault::Late);
        assert!(!breaker.passes());
        assert_eq!(breaker.times_opened(), 1);
    }

    #[test]
    fn a_lost_connection_opens_it_at_once_and_once() {
        let breaker = closed();
        breaker.failed(Fault::Lost);
        breaker.failed(Fault::Lost);
        assert!(!breaker.passes());
        assert_eq!(breaker.times_opened(), 1);
    }

    #[test]
    fn pauses_grow_to_a_limit_and_restart_after_a_steady_while() {
        let breaker = Breaker::default();
        let pauses: Vec<_> = (0..10).map(|_| breaker.stay_open()).collect();
        assert_eq!(pauses.first(), Some(&FIRST_PAUSE));
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        breaker.close();
        let relapse = Duration::from_secs(1);
        assert_eq!(breaker.pause_after(relapse), Some(LONGEST_PAUSE));
        assert_eq!(breaker.pause_after(STEADY), None);
        assert_eq!(breaker.stay_open(), FIRST_PAUSE);
    }
}

//! The circuit breaker before Redis: who is slow or away is asked no more, until a trial in the
//! background has found it well again. No request pays for a trial.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

/// Answers too late, one after the other, before the breaker opens. A lost connection opens it at
/// once.
const MAX_LATE: u32 = 2;
/// Pause before the first trial; doubles after each that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// After so long without a fault the next one counts as the first.
const STEADY: Duration = Duration::from_secs(30);
/// Longest pause between trials.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where the breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum BreakerState {
    /// Requests pass.
    Closed,
    /// No request passes; a trial is under way.
    HalfOpen,
    /// No request passes.
    Open,
}

impl BreakerState {
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No answer in time.
    Late,
    /// The connection is gone.
    Lost,
}

/// Opens after faults, closes after a trial that went well. Open from the start.
#[derive(Debug)]
pub(super) struct Breaker {
    passes: AtomicBool,
    late: AtomicU32,
    opened: AtomicU64,
    trial: Mutex<Trial>,
    /// Told when the breaker opens.
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
    /// May a request pass?
    pub(super) fn passes(&self) -> bool {
        self.passes.load(Ordering::Acquire)
    }

    /// A request was answered in time.
    pub(super) fn succeeded(&self) {
        if self.late.load(Ordering::Relaxed) > 0 {
            self.late.store(0, Ordering::Relaxed);
        }
    }

    /// A request was not.
    pub(super) fn failed(&self, fault: Fault) {
        let late = self.late.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        if (fault == Fault::Lost || late >= MAX_LATE) && self.passes.swap(false, Ordering::AcqRel) {
            self.opened.fetch_add(1, Ordering::Relaxed);
            self.opens.notify_one();
        }
    }

    /// A trial begins.
    pub(super) fn begin_trial(&self) {
        self.trial().is_under_way = true;
    }

    /// The trial went well: requests pass again.
    pub(super) fn close(&self) {
        self.trial().is_under_way = false;
        self.late.store(0, Ordering::Relaxed);
        self.passes.store(true, Ordering::Release);
    }

    /// The trial failed; answers how long to wait before the next.
    pub(super) fn stay_open(&self) -> Duration {
        let mut trial = self.trial();
        trial.is_under_way = false;
        let pause = trial.pause;
        trial.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }

    /// How long to wait before the next trial of one that had been well for so long: who is slow now
    /// and then answers every trial, and would be tried for ever.
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

    /// How often it has opened.
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
    fn it_is_open_until_the_first_trial_went_well() {
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
    fn late_answers_in_a_row_open_it_and_a_good_one_in_between_does_not_let_them() {
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
    fn pauses_grow_to_a_limit_and_begin_anew_after_it_was_well_for_a_while() {
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

//! Whether writes reach the storage under the database.
//!
//! A failed write leaves a fault here, which the readiness endpoint reports. The next successful
//! commit removes it. While nobody writes, readiness tries a small write, so that the program
//! recovers without a restart.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{StorageFault, StoreError};

/// Shortest time between two trial writes of readiness.
const BETWEEN_TRIALS: Duration = Duration::from_millis(500);

/// What the writes so far have shown, shared by all clones of a handle.
#[derive(Debug, Default)]
pub(crate) struct Storage(Mutex<Knowledge>);

#[derive(Debug, Default)]
struct Knowledge {
    fault: Option<StorageFault>,
    /// A connection was dropped because of an unknown failure.
    is_doubtful: bool,
    last_trial: Option<Instant>,
}

/// The state of the storage, without asking the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StorageState {
    Sound,
    /// A write failed, and a trial was made just now.
    Faulty(Option<StorageFault>),
    /// A write failed, and it is time for a trial.
    TryNow(Option<StorageFault>),
}

impl Storage {
    /// Remembers a storage fault, and logs it the first time.
    pub(crate) fn note<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Storage { fault, source }) = &outcome {
            let before = self.lock().fault.replace(*fault);
            if before != Some(*fault) {
                tracing::error!(
                    fault = fault.as_str(),
                    cause = ?source,
                    "the database cannot be written: {fault}"
                );
            }
        }
        outcome
    }

    /// Notes that a connection was dropped: its transaction failed and could not be rolled back
    /// cleanly.
    pub(crate) fn doubt(&self) {
        self.lock().is_doubtful = true;
    }

    /// Notes a successful commit.
    pub(crate) fn trust(&self) {
        let mut knowledge = self.lock();
        knowledge.is_doubtful = false;
        let before = knowledge.fault.take();
        drop(knowledge);
        if let Some(fault) = before {
            tracing::info!(fault = fault.as_str(), "the database can be written again");
        }
    }

    pub(crate) fn standing(&self) -> StorageState {
        let mut knowledge = self.lock();
        if knowledge.fault.is_none() && !knowledge.is_doubtful {
            return StorageState::Sound;
        }
        let rests = |tried: Instant| tried.elapsed() < BETWEEN_TRIALS;
        if knowledge.last_trial.is_some_and(rests) {
            return StorageState::Faulty(knowledge.fault);
        }
        knowledge.last_trial = Some(Instant::now());
        StorageState::TryNow(knowledge.fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Knowledge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(fault: StorageFault) -> Result<(), StoreError> {
        Err(StoreError::Storage {
            fault,
            source: None,
        })
    }

    #[test]
    fn a_fault_stays_until_a_commit_and_is_tried_now_and_then() {
        let storage = Storage::default();
        assert_eq!(storage.standing(), StorageState::Sound);
        storage.note(failed(StorageFault::Full)).unwrap_err();
        let full = Some(StorageFault::Full);
        assert_eq!(storage.standing(), StorageState::TryNow(full));
        assert_eq!(storage.standing(), StorageState::Faulty(full));
        storage.trust();
        assert_eq!(storage.standing(), StorageState::Sound);
        storage.doubt();
        assert_eq!(storage.standing(), StorageState::Faulty(None));
    }
}

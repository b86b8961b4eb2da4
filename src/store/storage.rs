//! Whether writes reach the storage under the database.
//!
//! A failed write leaves a fault here, which the readiness endpoint reports. The next successful
//! commit removes it. While nobody writes, readiness tries a small write, so that the program
//! recovers without a restart.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::StoreError;

/// Shortest time between two trial writes of readiness.
const BETWEEN_TRIALS: Duration = Duration::from_millis(500);

/// Why the storage refuses writes or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// No space is left.
    Full,
    /// The disk reports an error.
    Failing,
    /// The storage is read-only.
    ReadOnly,
    /// The file cannot be opened.
    Unopenable,
    /// The file is not a complete database.
    Damaged,
    /// The path leads to no file, or to another file than the one that was opened.
    Replaced,
    /// The driver reported a commit that the database did not make.
    Unconfirmed,
}

impl StorageFault {
    /// The word in the readiness report and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "storage_full",
            Self::Failing => "storage_failing",
            Self::ReadOnly => "storage_read_only",
            Self::Unopenable => "storage_cannot_be_opened",
            Self::Damaged => "storage_damaged",
            Self::Replaced => "storage_replaced",
            Self::Unconfirmed => "storage_unconfirmed",
        }
    }

    /// What it means and what the operator should do.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Full => {
                "the disk that holds the database is full: make space, and the program goes on by itself"
            }
            Self::Failing => {
                "the disk that holds the database reports an error: look at the system's log and at the disk"
            }
            Self::ReadOnly => {
                "the database may only be read: look at the rights of its file and folder, and how the disk is mounted"
            }
            Self::Unopenable => {
                "the file of the database cannot be opened: look at its folder and at their rights"
            }
            Self::Damaged => {
                "the file of the database is damaged: stop the program and restore a backup"
            }
            Self::Replaced => {
                "the file of the database (or its -wal) was deleted, moved or replaced while the program had it open: nothing is written any more; put the file back, or stop the program, put the right file in its place and start again"
            }
            Self::Unconfirmed => {
                "the database did not confirm a commit: the connection is closed and opened again"
            }
        }
    }
}

impl std::fmt::Display for StorageFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.sentence())
    }
}

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
pub(crate) enum Standing {
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

    pub(crate) fn standing(&self) -> Standing {
        let mut knowledge = self.lock();
        if knowledge.fault.is_none() && !knowledge.is_doubtful {
            return Standing::Sound;
        }
        let rests = |tried: Instant| tried.elapsed() < BETWEEN_TRIALS;
        if knowledge.last_trial.is_some_and(rests) {
            return Standing::Faulty(knowledge.fault);
        }
        knowledge.last_trial = Some(Instant::now());
        Standing::TryNow(knowledge.fault)
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
        assert_eq!(storage.standing(), Standing::Sound);
        storage.note(failed(StorageFault::Full)).unwrap_err();
        let full = Some(StorageFault::Full);
        assert_eq!(storage.standing(), Standing::TryNow(full));
        assert_eq!(storage.standing(), Standing::Faulty(full));
        storage.trust();
        assert_eq!(storage.standing(), Standing::Sound);
        storage.doubt();
        assert_eq!(storage.standing(), Standing::Faulty(None));
    }
}

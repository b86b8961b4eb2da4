//! What is known of the storage under the database: whether writes reach it.
//!
//! A failed write leaves a fault here, which readiness reports. The next commit that succeeds takes
//! it away. While nobody writes, readiness tries a small write itself, so that the program recovers
//! without a restart.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::StoreError;

/// Shortest time between two attempts of readiness at a write.
const BETWEEN_TRIALS: Duration = Duration::from_millis(500);

/// Why the storage under the database does not take a write, or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// There is no space left.
    Full,
    /// The disk reports an error.
    Failing,
    /// It may be read only.
    ReadOnly,
    /// The file cannot be opened.
    Unopenable,
    /// What is in the file is no database, or not a whole one.
    Damaged,
    /// The path leads to another file than the one that was opened, or to none.
    Replaced,
    /// The driver reported a commit that the database did not do.
    Unconfirmed,
}

impl StorageFault {
    /// The word of readiness and of the log.
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

    /// What it means, and what whoever runs the program does about it.
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

/// What the writes so far have shown; shared by all clones of a handle.
#[derive(Debug, Default)]
pub(crate) struct Storage(Mutex<Knowledge>);

#[derive(Debug, Default)]
struct Knowledge {
    fault: Option<StorageFault>,
    /// A connection was given up: something failed that nobody has named.
    is_doubtful: bool,
    last_trial: Option<Instant>,
}

/// What readiness may say without asking the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Writes succeed.
    Sound,
    /// A write failed, and it was tried again just now.
    Faulty(Option<StorageFault>),
    /// A write failed: it is time to try one.
    TryNow(Option<StorageFault>),
}

impl Storage {
    /// Remembers a fault, and says it in the log the first time.
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

    /// A connection was given up: its transaction failed and could not be undone in order.
    pub(crate) fn doubt(&self) {
        self.lock().is_doubtful = true;
    }

    /// Something was written and committed.
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

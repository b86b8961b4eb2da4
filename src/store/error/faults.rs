//! What can be wrong with the database itself: it is not there, its storage fails, or the clock that
//! would date its records is wrong.

use std::path::PathBuf;

use kernel::Timestamp;

/// Why the URL leads to no shop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoShop {
    /// There is no file.
    #[error(
        "there is no file {0}. Look at database.url and at the directory in which the program runs. \
         To make a new, empty shop there, say so once: --create, SALESFLOW__DATABASE__CREATE=true, \
         or ?mode=rwc at the end of database.url"
    )]
    Missing(PathBuf),
    /// The file is empty.
    #[error(
        "the file {0} is empty: there is no shop in it. To make a new one there, say so once: \
         --create, SALESFLOW__DATABASE__CREATE=true, or ?mode=rwc at the end of database.url"
    )]
    Empty(PathBuf),
    /// The file belongs to another program.
    #[error(
        "the file {0} is the database of another program: database.url must name the file of a shop"
    )]
    Foreign(PathBuf),
}

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
    /// Every fault.
    pub const ALL: [Self; 7] = [
        Self::Full,
        Self::Failing,
        Self::ReadOnly,
        Self::Unopenable,
        Self::Damaged,
        Self::Replaced,
        Self::Unconfirmed,
    ];

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

/// What is wrong with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// The clock shows a time before the newest record or before the program was built.
    #[error("the clock shows {now}, but the shop was at {floor} already")]
    Behind {
        /// What the clock shows.
        now: Timestamp,
        /// The time of the newest record, or when the program was built.
        floor: Timestamp,
    },
    /// The clock differs from the database's.
    #[error("the clock shows {now}, but that of the database {database}")]
    Apart {
        /// What the clock shows.
        now: Timestamp,
        /// What the database's clock shows.
        database: Timestamp,
    },
}

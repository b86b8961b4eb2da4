//! One of two ways to write a number or a date, and what a cell says about it.

/// What one cell says about the notation of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint<T> {
    /// Nothing: it means the same in both notations, or nothing in either.
    Silent,
    /// It can be read in both notations.
    Open,
    /// It can be read in this notation only.
    Proves(T),
}

/// One of two notations, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<T> {
    /// No cell depends on it.
    Unneeded,
    /// Known from the mapping, or from rows that allow nothing else.
    Known(T),
    /// No row decides; this is the usual one.
    Assumed(T),
    /// Some rows allow one notation only, others only the other.
    Mixed,
}

impl<T: Copy + PartialEq> Way<T> {
    /// The notation for a cell with this hint; `None` when the file has both and the cell does not
    /// show which one is its own.
    pub fn of(self, hint: Hint<T>) -> Option<T> {
        match (self, hint) {
            (Self::Known(way) | Self::Assumed(way), _) | (_, Hint::Proves(way)) => Some(way),
            (Self::Unneeded | Self::Mixed, Hint::Silent | Hint::Open) => None,
        }
    }

    /// True when a cell with this hint is read as it is because no row decides.
    pub fn is_guess(self, hint: Hint<T>) -> bool {
        matches!((self, hint), (Self::Assumed(_), Hint::Open))
    }
}

//! How a file writes its dates and numbers. `01/05/2026` and `1,250` have two meanings each, but a
//! file has one notation: all its rows together decide it, or the mapping, before the first row is
//! read.

use serde::{Deserialize, Serialize};

use super::{
    columns::Mapping,
    moments, numbers,
    staged::{RowIssue, Severity},
    table::Cells,
};

/// Which of the first two numbers of `01/05/2026` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 1 May, as in most of the world.
    DayFirst,
    /// 5 January, as in the United States.
    MonthFirst,
}

/// The sign before the decimals; the other sign separates thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalSign {
    /// `1,250` is one and a quarter.
    #[serde(rename = ",")]
    Comma,
    /// `1,250` is one thousand two hundred and fifty.
    #[serde(rename = ".")]
    Point,
}

impl DateOrder {
    const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
        }
    }
}

impl DecimalSign {
    /// The character.
    #[must_use]
    pub const fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Point => '.',
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Comma => Self::Point,
            Self::Point => Self::Comma,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Point => ".",
        }
    }
}

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

/// How a file writes its dates and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notation {
    /// The order of day and month.
    pub date_order: Way<DateOrder>,
    /// The sign before decimals.
    pub decimal_sign: Way<DecimalSign>,
}

/// What all cells of a file say.
#[derive(Debug, Default)]
pub struct Evidence {
    dates: Seen<DateOrder>,
    numbers: Seen<DecimalSign>,
}

#[derive(Debug)]
struct Seen<T> {
    /// The notation that the last cell proved, and whether another cell proved the other one.
    proven: Option<T>,
    is_mixed: bool,
    is_open: bool,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self {
            proven: None,
            is_mixed: false,
            is_open: false,
        }
    }
}

impl<T: Copy + PartialEq> Seen<T> {
    fn note(&mut self, hint: Hint<T>) {
        match hint {
            Hint::Silent => {}
            Hint::Open => self.is_open = true,
            Hint::Proves(way) => {
                self.is_mixed |= self.proven.is_some_and(|other| other != way);
                self.proven = Some(way);
            }
        }
    }

    fn decide(&self, mapped: Option<T>, usual: T) -> Way<T> {
        match (mapped, self.proven) {
            (None, Some(_)) if self.is_mixed => Way::Mixed,
            (Some(way), _) | (None, Some(way)) => Way::Known(way),
            (None, None) if self.is_open => Way::Assumed(usual),
            (None, None) => Way::Unneeded,
        }
    }
}

impl Evidence {
    /// Looks at the dates and numbers of a record.
    pub fn note(&mut self, cells: &Cells<'_>) {
        for text in cells.dates() {
            self.dates.note(moments::order_of(text));
        }
        for text in cells.numbers() {
            self.numbers.note(numbers::sign_of(numbers::figures(text)));
        }
    }

    /// The notation of the file: that of the mapping, or else that of the cells. Where neither
    /// decides, a file with commas between its cells has a decimal point, any other a decimal comma.
    #[must_use]
    pub fn decide(&self, mapping: &Mapping, separator: u8) -> Notation {
        let usual_sign = if separator == b',' {
            DecimalSign::Point
        } else {
            DecimalSign::Comma
        };
        Notation {
            date_order: self.dates.decide(mapping.date_order, DateOrder::DayFirst),
            decimal_sign: self.numbers.decide(mapping.decimal_sign, usual_sign),
        }
    }
}

/// The rule under which a date order was assumed.
pub const DATE_ORDER_ASSUMED: &str = "date.order_assumed";
/// The rule under which a decimal sign was assumed.
pub const DECIMAL_SIGN_ASSUMED: &str = "decimal.sign_assumed";

impl Notation {
    /// The word of the preview for [`Self::date_order`]; `None` where no date depends on it.
    #[must_use]
    pub const fn date_order_word(self) -> Option<&'static str> {
        match self.date_order {
            Way::Unneeded => None,
            Way::Known(way) | Way::Assumed(way) => Some(way.as_str()),
            Way::Mixed => Some("mixed"),
        }
    }

    /// The word of the preview for [`Self::decimal_sign`]; `None` where no number depends on it.
    #[must_use]
    pub const fn decimal_sign_word(self) -> Option<&'static str> {
        match self.decimal_sign {
            Way::Unneeded => None,
            Way::Known(way) | Way::Assumed(way) => Some(way.as_str()),
            Way::Mixed => Some("mixed"),
        }
    }

    /// Warnings about the file where a notation was assumed or is mixed.
    #[must_use]
    pub fn issues(self) -> Vec<RowIssue> {
        let mut issues = Vec::new();
        let mut warn = |column: &str, value: &str, code: &str, detail: &str| {
            issues.push(RowIssue {
                severity: Severity::Warning,
                column: column.to_owned(),
                value: value.to_owned(),
                code: code.to_owned(),
                detail: detail.to_owned(),
            });
        };
        match self.date_order {
            Way::Assumed(way) => warn(
                "date",
                way.as_str(),
                DATE_ORDER_ASSUMED,
                "No row decides whether the day or the month comes first: the day is assumed. A mapping with date_order settles it.",
            ),
            Way::Mixed => warn(
                "date",
                "mixed",
                "date.order_mixed",
                "Some dates can have the day first only, others the month first only. Those that could be either are errors; a mapping with date_order settles it.",
            ),
            Way::Unneeded | Way::Known(_) => {}
        }
        match self.decimal_sign {
            Way::Assumed(way) => warn(
                "",
                way.as_str(),
                DECIMAL_SIGN_ASSUMED,
                "No row decides which sign stands before decimals: this one is assumed, since it is usual beside this separator. A mapping with decimal_sign settles it.",
            ),
            Way::Mixed => warn(
                "",
                "mixed",
                "decimal.sign_mixed",
                "Some numbers have a decimal comma, others a decimal point. Those that could be either are errors; a mapping with decimal_sign settles it.",
            ),
            Way::Unneeded | Way::Known(_) => {}
        }
        issues
    }
}

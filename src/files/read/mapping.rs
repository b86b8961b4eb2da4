//! How a file is to be read, in the words of whoever sends it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// The word of mappings and previews.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
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

    /// The word of mappings and previews.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Point => ".",
        }
    }
}

/// How a file is to be read, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Field -> header in the file, for headers that the program does not know.
    pub columns: BTreeMap<String, String>,
    /// The sheet of a spreadsheet that is read; absent means the one in which most headers are known.
    pub sheet: Option<String>,
    /// Currency of the amounts in the file.
    pub currency: Option<String>,
    /// Whether the day or the month comes first in its dates, where the rows do not say.
    pub date_order: Option<DateOrder>,
    /// The decimal sign of its numbers, where the rows do not say.
    pub decimal_sign: Option<DecimalSign>,
}

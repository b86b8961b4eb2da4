//! How a file is to be read, as the sender says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::headers::TaxBasis;

/// Which of the first two numbers of `01/05/2026` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 1 May, as in most of the world.
    DayFirst,
    /// 5 January, as in the United States.
    MonthFirst,
}

/// The sign before the decimals; the other sign separates thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

/// What a stock column means that does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StockMeaning {
    /// What lies there: it was counted.
    Set,
    /// What comes on top.
    Add,
    /// Nothing: stock stays as it is.
    Ignore,
}

/// How a file is to be read, in the user's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Field -> header in the file, for headers that the program does not know. `#3` is the third
    /// column, whatever its header.
    pub columns: BTreeMap<String, String>,
    /// Headers of columns that are not to be read, nor named in a warning.
    pub ignore: Vec<String>,
    /// The sheet of a spreadsheet that is read; absent means the one in which most headers are known.
    pub sheet: Option<String>,
    /// Line of the headers, from 1; 0 for a file without headers.
    pub header_row: Option<i64>,
    /// Currency of the amounts in the file.
    pub currency: Option<String>,
    /// Whether the day or the month comes first in its dates, where the rows do not say.
    pub date_order: Option<DateOrder>,
    /// The decimal sign of its numbers, where the rows do not say.
    pub decimal_sign: Option<DecimalSign>,
    /// What a stock column means that does not say it.
    pub stock: Option<StockMeaning>,
    /// Whether the prices of the file include the tax; absent means what their header says, or else
    /// what the shop's do.
    pub prices: Option<TaxBasis>,
    /// Makes a SKU of the name where a list of products has neither SKUs nor barcodes.
    pub generate_skus: bool,
    /// Cells that were corrected in place: line of the file -> field -> text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub corrections: BTreeMap<i64, BTreeMap<String, String>>,
}

impl Mapping {
    /// The part that holds for every file of the same headers; `None` where nothing of it does. What
    /// the rows of each file say themselves is not among it.
    #[must_use]
    pub fn lasting(&self) -> Option<Self> {
        let lasting = Self {
            columns: self.columns.clone(),
            ignore: self.ignore.clone(),
            stock: self.stock,
            prices: self.prices,
            generate_skus: self.generate_skus,
            ..Self::default()
        };
        (lasting != Self::default()).then_some(lasting)
    }
}

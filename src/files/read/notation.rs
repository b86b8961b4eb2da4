//! How a file writes its dates and numbers. `01/05/2026` and `1,250` have two meanings each, but a
//! file has one notation: all its rows together decide it, or the mapping, before the first row is
//! read.

use super::{
    fields::Field,
    mapping::{DateOrder, DecimalSign, Mapping},
    moments, numbers,
    presets::{Habit, Habits},
    record::Cells,
    staged::{RowIssue, Severity},
    ways::{Hint, Way},
};

/// How a file writes its dates and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notation {
    /// The order of day and month.
    pub date_order: Way<DateOrder>,
    /// The sign before decimals.
    pub decimal_sign: Way<DecimalSign>,
    /// True when its tax rates are parts of one: 0.16 is 16 %.
    pub rates_are_fractions: bool,
    /// True when only the rates themselves say so.
    is_rate_assumed: bool,
}

/// What all cells of a file say.
#[derive(Debug, Default)]
pub struct Evidence {
    dates: Seen<DateOrder>,
    numbers: Seen<DecimalSign>,
    rates: Rates,
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

    fn decide(&self, mapped: Option<T>, usual: T, is_sure: bool) -> Way<T> {
        match (mapped, self.proven) {
            (None, Some(_)) if self.is_mixed => Way::Mixed,
            (Some(way), _) | (None, Some(way)) => Way::Known(way),
            (None, None) if self.is_open && is_sure => Way::Known(usual),
            (None, None) if self.is_open => Way::Assumed(usual),
            (None, None) => Way::Unneeded,
        }
    }
}

/// What the tax rates of a file say together: a rate between nothing and one percent is all but
/// unknown, a rate of 0.16 is what a spreadsheet keeps of 16 %.
#[derive(Debug, Default)]
struct Rates {
    has_part: bool,
    has_whole: bool,
}

impl Rates {
    fn note(&mut self, text: &str) {
        let Ok(rate) = text.replace(',', ".").parse::<f64>() else {
            // With a percent sign or a word it speaks for itself.
            self.has_whole |= text.contains('%');
            return;
        };
        self.has_part |= rate > 0.0 && rate < 1.0;
        self.has_whole |= rate >= 1.0;
    }

    const fn are_fractions(&self) -> bool {
        self.has_part && !self.has_whole
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
        if let Some(rate) = cells.get(Field::TaxRate) {
            self.rates.note(rate);
        }
    }

    /// The notation of the file: that of the mapping, or else that of the cells. Where neither
    /// decides, a file with commas between its cells has a decimal point, any other a decimal comma.
    #[must_use]
    pub fn decide(&self, mapping: &Mapping, separator: Option<u8>, habits: Habits) -> Notation {
        let has_point = habits.has(Habit::DecimalPoint);
        let has_fractions = habits.has(Habit::TaxFractions);
        let usual_sign = if has_point || separator == Some(b',') {
            DecimalSign::Point
        } else {
            DecimalSign::Comma
        };
        Notation {
            date_order: self
                .dates
                .decide(mapping.date_order, DateOrder::DayFirst, false),
            decimal_sign: self
                .numbers
                .decide(mapping.decimal_sign, usual_sign, has_point),
            rates_are_fractions: has_fractions || self.rates.are_fractions(),
            is_rate_assumed: !has_fractions && self.rates.are_fractions(),
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
                cell: None,
            });
        };
        if self.is_rate_assumed {
            warn(
                "tax_rate",
                "",
                "tax_rate.fraction_assumed",
                "Every tax rate of the file is below one: they are read as parts of one, 0.16 as 16 %.",
            );
        }
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

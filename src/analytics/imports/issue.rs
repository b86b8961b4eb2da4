//! Issues of a row while a file is being judged: small, because a hostile file has many.

use std::borrow::Cow;

use kernel::{
    Code, Quantity, Timestamp, gtin,
    import::{RowCounts, RowIssue, RowState, Severity},
    text,
};

use super::{
    Frame,
    currency::{self, Amount},
    headers::Field,
    moment,
    number::{self, Decimal, NumberError},
    table::Cells,
    writing::{DATE_ORDER_ASSUMED, DECIMAL_SIGN_ASSUMED},
};

/// Longest text of a cell that is shown in an issue.
pub(super) const MAX_SHOWN: usize = 120;

/// Something about one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    severity: Severity,
    column: &'static str,
    value: Box<str>,
    code: &'static str,
    detail: Cow<'static, str>,
}

/// The issues of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issues(Vec<Issue>);

impl Issues {
    /// Adds a reason why the row cannot be taken.
    pub fn error(
        &mut self,
        column: &'static str,
        value: &str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.push(Severity::Error, column, value, code, detail.into());
    }

    /// Adds something that somebody should look at.
    pub fn warning(
        &mut self,
        column: &'static str,
        value: &str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.push(Severity::Warning, column, value, code, detail.into());
    }

    fn push(
        &mut self,
        severity: Severity,
        column: &'static str,
        value: &str,
        code: &'static str,
        detail: Cow<'static, str>,
    ) {
        self.0.push(Issue {
            severity,
            column,
            value: value.chars().take(MAX_SHOWN).collect::<String>().into(),
            code,
            detail,
        });
    }

    /// True when the row cannot be taken.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|issue| issue.severity == Severity::Error)
    }

    /// True when something was said about a column.
    #[must_use]
    pub fn has_column(&self, column: &str) -> bool {
        self.0.iter().any(|issue| issue.column == column)
    }

    /// True when the row can be taken but somebody should look.
    #[must_use]
    pub fn has_only_warnings(&self) -> bool {
        !self.0.is_empty() && !self.has_errors()
    }

    /// As the preview shows them.
    #[must_use]
    pub fn render(&self) -> Vec<RowIssue> {
        self.0
            .iter()
            .map(|issue| RowIssue {
                severity: issue.severity,
                column: issue.column.to_owned(),
                value: issue.value.to_string(),
                code: issue.code.to_owned(),
                detail: issue.detail.to_string(),
            })
            .collect()
    }
}

/// Counts one row.
pub fn count(counts: &mut RowCounts, state: RowState, issues: &Issues) {
    match state {
        RowState::Error => counts.error += 1,
        RowState::New => counts.new += 1,
        RowState::Changed => counts.changed += 1,
        RowState::Unchanged => counts.unchanged += 1,
    }
    if issues.has_only_warnings() {
        counts.warning += 1;
    }
}

/// Reads the cells of one record; what is wrong with them is collected.
#[derive(Debug)]
pub struct CellReader<'a> {
    cells: &'a Cells<'a>,
    frame: Frame,
    /// What was wrong so far.
    pub issues: Issues,
}

impl<'a> CellReader<'a> {
    /// Begins with a record; a row that is longer than the header is noticed here.
    #[must_use]
    pub(super) fn new(cells: &'a Cells<'a>, frame: Frame) -> Self {
        let mut issues = Issues::default();
        if cells.has_excess() {
            issues.error(
                "",
                "",
                "import.too_many_cells",
                "The row has more cells than the header. Is a separator inside a cell, without quotation marks?",
            );
        }
        if let Some(last) = cells.swallowed_to {
            issues.warning(
                "",
                "",
                "import.swallowed_lines",
                format!("One cell holds everything up to line {last}, which looks like rows. Is a quotation mark left open?"),
            );
        }
        Self {
            cells,
            frame,
            issues,
        }
    }

    /// The text of a field, if there is one.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&'a str> {
        self.cells.get(field)
    }

    /// The text of a field of at most so many characters, without control characters.
    pub fn short_text(&mut self, field: Field, max: usize) -> Option<String> {
        let text = self.cells.get(field)?;
        if text.chars().count() > max {
            self.issues.error(
                field.as_str(),
                text,
                "import.too_long",
                format!("At most {max} characters are expected."),
            );
            return None;
        }
        if text::find_control(text, text::Lines::One).is_some() {
            self.control_character(field, text);
            return None;
        }
        Some(text.to_owned())
    }

    /// Notes that a field that is needed is empty.
    pub fn require(&mut self, field: Field) {
        if self.cells.get(field).is_none() {
            self.issues.error(
                field.as_str(),
                "",
                "import.missing",
                "This cell must not be empty.",
            );
        }
    }

    /// A code of at most so many characters, without hidden ones: two that look alike are alike.
    pub fn code(&mut self, field: Field, max: usize) -> Option<String> {
        let code = self.short_text(field, max)?;
        let is_hidden = |c: char| c != ' ' && !text::has_visible(c.encode_utf8(&mut [0; 4]));
        if code.chars().any(is_hidden) {
            self.issues.error(
                field.as_str(),
                &code,
                "text.hidden_character",
                "Visible characters and blanks only are expected.",
            );
            return None;
        }
        Some(code)
    }

    /// The code of a product, as it was before a spreadsheet took it for a number.
    pub fn sku(&mut self, max: usize) -> Option<String> {
        let code = self.code(Field::Sku, max)?;
        if gtin::has_lost_digits(&code) {
            self.issues.error(
                Field::Sku.as_str(),
                &code,
                "import.spoilt_code",
                "A code is expected. A spreadsheet turns long ones into 5.4E+12: format the column as text.",
            );
            return None;
        }
        Some(code)
    }

    /// One barcode, as it was before a spreadsheet took it for a number.
    pub fn barcode(&mut self, max: usize) -> Option<String> {
        let text = self.code(Field::Barcode, max)?;
        match gtin::written(&text) {
            Ok(code) => Some(code),
            Err(lost) => {
                self.issues.error(
                    Field::Barcode.as_str(),
                    &text,
                    "import.not_a_barcode",
                    lost.to_string(),
                );
                None
            }
        }
    }

    /// A name of at most so many characters that has something to show.
    pub fn name(&mut self, field: Field, max: usize) -> Option<String> {
        let name = self.short_text(field, max)?;
        if !text::has_visible(&name) {
            self.issues.error(
                field.as_str(),
                &name,
                "import.missing",
                "A text that can be seen is expected.",
            );
            return None;
        }
        Some(name)
    }

    /// A name of any length, its lines and blanks joined, if it has something to show.
    pub fn joined_name(&mut self, field: Field) -> Option<String> {
        let text = self.cells.get(field)?;
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text::find_control(&name, text::Lines::One).is_some() {
            self.control_character(field, text);
            return None;
        }
        text::has_visible(&name).then_some(name)
    }

    fn control_character(&mut self, field: Field, text: &str) {
        self.issues.error(
            field.as_str(),
            text,
            "import.control_character",
            "A text on one line is expected.",
        );
    }

    /// An amount in minor units of the shop's currency, not negative.
    pub fn amount(&mut self, field: Field) -> Option<i64> {
        let text = self.cells.get(field)?;
        let amount = self.money(field)?;
        if amount < 0 {
            self.issues.error(
                field.as_str(),
                text,
                "import.negative",
                "An amount of zero or more is expected.",
            );
            return None;
        }
        Some(amount)
    }

    /// An amount in minor units of the shop's currency.
    pub fn money(&mut self, field: Field) -> Option<i64> {
        let text = self.cells.get(field)?;
        let base = self.frame.currency;
        let (is_negative, body) = number::split_sign(text);
        match currency::peel(body, base) {
            Amount::Figures(figures) => self.number(field, figures, |number| {
                let number = match (is_negative, number.is_negative()) {
                    (true, true) => return Err(NumberError::NotANumber),
                    (true, false) => number.negated(),
                    (false, _) => number,
                };
                number.to_minor(base)
            }),
            Amount::Foreign => {
                self.issues.error(
                    field.as_str(),
                    text,
                    Code::CurrencyMismatch.as_str(),
                    format!("An amount in {base} is expected, the currency of the shop."),
                );
                None
            }
            Amount::Strange => self.fail(field, NumberError::NotANumber),
        }
    }

    /// A quantity.
    pub fn quantity(&mut self, field: Field) -> Option<Quantity> {
        let text = self.cells.get(field)?;
        self.number(field, text, Decimal::to_quantity)
    }

    /// A quantity that is not negative.
    pub fn stock(&mut self, field: Field) -> Option<Quantity> {
        let text = self.cells.get(field)?;
        let quantity = self.quantity(field)?;
        if quantity.milli() < 0 {
            self.issues.error(
                field.as_str(),
                text,
                "import.negative",
                "A quantity of zero or more is expected.",
            );
            return None;
        }
        Some(quantity)
    }

    /// A rate in percent, as basis points.
    pub fn percentage(&mut self, field: Field) -> Option<i64> {
        let text = self.cells.get(field)?;
        let figures = text.trim_end_matches('%').trim_end();
        self.warn_of_a_guess(field, figures);
        let way = self.frame.writing.decimal_sign;
        let rate = Decimal::parse(figures, way).and_then(Decimal::to_basis_points);
        if rate.is_err() {
            self.issues.error(
                field.as_str(),
                text,
                "import.not_a_percentage",
                "A percentage between 0 and 100 such as 16 or 5.5 is expected.",
            );
        }
        rate.ok()
    }

    /// A moment that is over.
    pub fn moment(&mut self, field: Field) -> Option<Timestamp> {
        let text = self.cells.get(field)?;
        let order = self.frame.writing.date_order;
        if order.is_guess(moment::order_of(text)) {
            self.issues.warning(
                field.as_str(),
                text,
                DATE_ORDER_ASSUMED,
                "This could be two days, and no row of the file decides: the day is taken to come first.",
            );
        }
        match moment::parse(text, order, self.frame.zone, self.frame.now) {
            Ok(at) => Some(at),
            Err(error) => {
                self.issues
                    .error(field.as_str(), text, error.code(), error.expected());
                None
            }
        }
    }

    fn number<T>(
        &mut self,
        field: Field,
        figures: &str,
        convert: impl Fn(Decimal) -> Result<T, NumberError>,
    ) -> Option<T> {
        self.warn_of_a_guess(field, figures);
        let way = self.frame.writing.decimal_sign;
        match Decimal::parse(figures, way).and_then(convert) {
            Ok(value) => Some(value),
            Err(error) => self.fail(field, error),
        }
    }

    fn fail<T>(&mut self, field: Field, error: NumberError) -> Option<T> {
        let text = self.cells.get(field).unwrap_or_default();
        self.issues
            .error(field.as_str(), text, error.code(), error.expected());
        None
    }

    fn warn_of_a_guess(&mut self, field: Field, figures: &str) {
        let way = self.frame.writing.decimal_sign;
        if way.is_guess(number::sign_of(figures)) {
            self.issues.warning(
                field.as_str(),
                self.cells.get(field).unwrap_or_default(),
                DECIMAL_SIGN_ASSUMED,
                "This could be thousands or decimals, and no row of the file decides: it is read as is usual beside its separator.",
            );
        }
    }
}

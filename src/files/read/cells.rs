//! Reads the cells of one row as typed values, and notes every issue on the way.

use kernel::{Code, Quantity, Timestamp, gtin, text};

use super::{
    Frame,
    book::{self, CellValue},
    currency::{self, Peeled},
    fields::Field,
    headers::percentage,
    issues::Issues,
    mapping::DecimalSign,
    moments,
    notation::{DATE_ORDER_ASSUMED, DECIMAL_SIGN_ASSUMED, Notation},
    numbers::{self, Decimal, NumberError},
    presets::Habits,
    record::Cells,
    ways::Way,
};

/// Words that say of a product that it is sold no longer.
const ARCHIVED: &[&str] = &[
    "archived",
    "archive",
    "archivee",
    "inactive",
    "inactif",
    "not-active",
    "not active",
    "discontinued",
    "disabled",
    "desactive",
    "hors vente",
    "retire",
    "en sommeil",
];
/// Words for no.
const NO: &[&str] = &["0", "no", "non", "n", "false", "faux"];

fn is_yes(text: &str) -> bool {
    ["1", "yes", "oui", "y", "o", "true", "vrai", "x"].contains(&text::fold(text).as_str())
}

/// Reads the cells of one record and collects their issues.
#[derive(Debug)]
pub struct CellReader<'a> {
    cells: &'a Cells<'a>,
    frame: Frame,
    notation: Notation,
    /// The issues so far.
    pub issues: Issues,
}

impl<'a> CellReader<'a> {
    /// Begins with a record. Notes a row that is longer than the header, and one that has drawn other
    /// rows into a cell.
    #[must_use]
    pub fn new(cells: &'a Cells<'a>, frame: Frame, notation: Notation) -> Self {
        let mut issues = Issues::default();
        for (field, fault) in cells.faults() {
            issues.error(
                field.as_str(),
                cells.raw(field),
                fault.code(),
                fault.expected(),
            );
        }
        if cells.is_hidden {
            issues.warning(
                "",
                "",
                "import.hidden_row",
                "The spreadsheet does not show this row: it is hidden or filtered out.",
            );
        }
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
            notation,
            issues,
        }
    }

    /// True for the export of a system that is known.
    #[must_use]
    pub const fn is_of_system(&self) -> bool {
        self.cells.columns().preset().is_some()
    }

    /// How the system writes whose file this is.
    #[must_use]
    pub fn habits(&self) -> Habits {
        self.cells.habits()
    }

    /// The text of a field; `None` when it is empty.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&'a str> {
        self.cells.get(field)
    }

    /// The text of a field: at most `max` characters, without control characters.
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

    /// Adds an error when a field is empty.
    pub fn require(&mut self, field: Field) {
        if self.cells.get(field).is_none() && !self.issues.has_column(field.as_str()) {
            self.issues.error(
                field.as_str(),
                "",
                "import.missing",
                "This cell must not be empty.",
            );
        }
    }

    /// A code of at most `max` characters, without hidden ones: two codes that look the same are the
    /// same.
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

    /// The code of a product. One that a spreadsheet has changed into a number is an error.
    pub fn sku(&mut self, max: usize) -> Option<String> {
        let code = self.code(Field::Sku, max)?;
        if gtin::has_lost_digits(&code) || self.is_no_code(Field::Sku) {
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

    /// True for a date or a truth value, into which a spreadsheet has turned a code.
    #[must_use]
    pub fn is_no_code(&self, field: Field) -> bool {
        matches!(
            self.cells.kind(field).value,
            CellValue::Date | CellValue::Logical
        )
    }

    /// One barcode, as it was before a spreadsheet read it as a number.
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

    /// A name of at most `max` characters with a visible one among them.
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

    /// A name of any length, its lines and blanks joined; `None` when nothing of it is visible.
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
        let (is_negative, body) = numbers::split_sign(text);
        let said = self.cells.columns().currency(field);
        let peeled = match said {
            Some(word) if currency::is_foreign(word, base) => Peeled::Foreign,
            _ => currency::peel(body, base),
        };
        match peeled {
            Peeled::Figures(figures) => self.number(field, figures, |number| {
                let number = match (is_negative, number.is_negative()) {
                    (true, true) => return Err(NumberError::NotANumber),
                    (true, false) => number.negated(),
                    (false, _) => number,
                };
                number.to_minor(base)
            }),
            Peeled::Foreign => {
                self.issues.error(
                    field.as_str(),
                    text,
                    Code::CurrencyMismatch.as_str(),
                    format!("An amount in {base} is expected, the currency of the shop."),
                );
                None
            }
            Peeled::Strange => self.fail(field, NumberError::NotANumber),
        }
    }

    /// A quantity.
    pub fn quantity(&mut self, field: Field) -> Option<Quantity> {
        let text = self.cells.get(field)?;
        // A number that a spreadsheet shows with a currency is the same number.
        let figures = match self.cells.kind(field).value {
            CellValue::Number => text.split_once(' ').map_or(text, |(figures, _)| figures),
            _ => text,
        };
        self.number(field, figures, Decimal::to_quantity)
    }

    /// A count of the stock. Below zero, where another system sold what it did not have, nothing is
    /// there.
    pub fn count(&mut self, field: Field) -> Option<Quantity> {
        let text = self.cells.get(field)?;
        let quantity = self.quantity(field)?;
        if quantity.milli() >= 0 {
            return Some(quantity);
        }
        self.issues.warning(
            field.as_str(),
            text,
            "import.negative_stock",
            "A stock below zero is read as none.",
        );
        Some(Quantity::ZERO)
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

    /// A tax rate in percent, as basis points: `16`, `16%`, `TVA 16%`, and 0.16 where every rate of the
    /// file is a part of one.
    pub fn tax_rate(&mut self) -> Option<i64> {
        let text = self.cells.get(Field::TaxRate)?;
        let word = text.trim_end_matches(|c: char| c.is_ascii_digit() || " .,%".contains(c));
        let is_tax = matches!(
            text::fold(word).trim_end_matches([':', ' ']),
            "tva"
                | "vat"
                | "tax"
                | "taxe"
                | "taux"
                | "iva"
                | "gst"
                | "tps"
                | "taux tva"
                | "vat rate"
        );
        let figures = text.get(word.len()..).unwrap_or(text);
        if word.is_empty() && self.notation.rates_are_fractions {
            let way = self.decimal_sign(Field::TaxRate);
            let rate = Decimal::parse(text, way).map(Decimal::hundredfold);
            return self.rate(Field::TaxRate, rate);
        }
        let figures = match percentage(text) {
            _ if is_tax => figures.trim_start(),
            // `TVA (Vente) 20,0%`, `10% GST`.
            Some(figures) if text.matches('%').count() == 1 => figures,
            _ => text,
        };
        self.percent(Field::TaxRate, figures)
    }

    /// The tax rate that a header names, where the cell says that it is due.
    pub fn flagged_rate(&mut self) -> Option<i64> {
        let is_due = self.cells.get(Field::TaxFlag).is_some_and(is_yes);
        let figures = self.cells.columns().percentage(Field::TaxFlag)?;
        let sign = if figures.contains(',') {
            DecimalSign::Comma
        } else {
            DecimalSign::Point
        };
        let rate = Decimal::parse(figures, Way::Known(sign)).and_then(Decimal::to_basis_points);
        rate.ok().filter(|_| is_due)
    }

    /// True for a product that is sold no longer, as its system says.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        let says = |field: Field, words: &[&str]| {
            let text = self.cells.get(field).map(text::fold);
            text.is_some_and(|text| words.contains(&text.as_str()))
        };
        self.cells.get(Field::Archived).is_some_and(is_yes)
            || says(Field::Archived, ARCHIVED)
            || says(Field::Active, ARCHIVED)
            || says(Field::Active, NO)
    }

    /// A rate in percent, as basis points.
    pub fn percentage(&mut self, field: Field) -> Option<i64> {
        let text = self.cells.get(field)?;
        self.percent(field, text)
    }

    fn percent(&mut self, field: Field, text: &str) -> Option<i64> {
        let figures = text.trim_end_matches('%').trim_end();
        self.warn_of_a_guess(field, figures);
        let way = self.decimal_sign(field);
        self.rate(field, Decimal::parse(figures, way))
    }

    fn rate(&mut self, field: Field, rate: Result<Decimal, NumberError>) -> Option<i64> {
        let rate = rate.and_then(Decimal::to_basis_points);
        if rate.is_err() {
            self.issues.error(
                field.as_str(),
                self.cells.get(field).unwrap_or_default(),
                "import.not_a_percentage",
                "A percentage between 0 and 100 such as 16 or 5.5 is expected.",
            );
        }
        rate.ok()
    }

    /// A moment in the past.
    pub fn moment(&mut self, field: Field) -> Option<Timestamp> {
        let text = self.cells.get(field)?;
        let serial = match self.cells.kind(field).value {
            CellValue::Number => text
                .parse()
                .ok()
                .and_then(|serial| book::serial_text(serial, self.cells.is_1904)),
            _ => None,
        };
        let text = serial.as_deref().unwrap_or(text);
        let whole = self.cells.get(Field::Time).and_then(|time| {
            let is_day = !text.contains([' ', 'T', ':']);
            is_day.then(|| format!("{text} {}", time.replace(['h', 'H'], ":")))
        });
        let text = whole.as_deref().unwrap_or(text);
        let order = self.notation.date_order;
        if order.is_guess(moments::order_of(text)) {
            self.issues.warning(
                field.as_str(),
                text,
                DATE_ORDER_ASSUMED,
                "This could be two days, and no row of the file decides: the day is taken to come first.",
            );
        }
        match moments::parse(text, order, self.frame.time_zone, self.frame.now) {
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
        let way = self.decimal_sign(field);
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

    /// The decimal sign of a cell: a spreadsheet's numbers have a point.
    fn decimal_sign(&self, field: Field) -> Way<DecimalSign> {
        match self.cells.kind(field).value {
            CellValue::Number => Way::Known(DecimalSign::Point),
            _ => self.notation.decimal_sign,
        }
    }

    fn warn_of_a_guess(&mut self, field: Field, figures: &str) {
        let way = self.decimal_sign(field);
        if way.is_guess(numbers::sign_of(figures)) {
            self.issues.warning(
                field.as_str(),
                self.cells.get(field).unwrap_or_default(),
                DECIMAL_SIGN_ASSUMED,
                "This could be thousands or decimals, and no row of the file decides: it is read as is usual beside its separator.",
            );
        }
    }
}

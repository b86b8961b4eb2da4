//! One row of a table, by field: what stands in its cells, and what it has from the row above.

use std::collections::BTreeMap;

use super::{
    book::{CellKind, CellValue},
    columns::Columns,
    fields::Field,
    presets::{Habit, Habits},
    records::Record,
};
use crate::write::table::original;

/// Why a cell of a spreadsheet has no value that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It shows an error.
    Error,
    /// Its formula has no kept value.
    Unkept,
    /// It is merged with the one above, whose value can count once only.
    Merged,
}

impl Fault {
    /// The code of a row issue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Error => "import.cell_error",
            Self::Unkept => "import.formula_without_value",
            Self::Merged => "import.merged_cell",
        }
    }

    /// What was expected.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Error => "The cell shows an error of its formula. A value is expected.",
            Self::Unkept => {
                "The file does not keep the value of this formula. Let a spreadsheet program compute and store it, and send it again."
            }
            Self::Merged => {
                "The cell is merged with the one above it. A value of its own is expected."
            }
        }
    }
}

/// One record, by field.
#[derive(Debug)]
pub struct Cells<'a> {
    /// Line of the file on which it begins, from 1.
    pub line: i64,
    /// Every cell.
    pub record: &'a csv::StringRecord,
    /// The last line of the file that is inside it, when it looks as if a quotation mark that was left
    /// open has drawn whole rows into a cell.
    pub swallowed_to: Option<i64>,
    /// True for a row that its spreadsheet does not show.
    pub is_hidden: bool,
    /// True when the days of its spreadsheet are counted from 1904.
    pub is_1904: bool,
    /// True where a product without a code gets one of its name.
    pub makes_codes: bool,
    kinds: &'a [CellKind],
    columns: &'a Columns,
    inherited: &'a BTreeMap<Field, String>,
    corrected: Option<&'a BTreeMap<String, String>>,
}

/// What holds for every row of a file.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// True when the days of its spreadsheet are counted from 1904.
    pub is_1904: bool,
    /// True where a product without a code gets one of its name.
    pub makes_codes: bool,
    /// Cells that were corrected in place.
    pub corrections: &'a BTreeMap<i64, BTreeMap<String, String>>,
}

impl<'a> Cells<'a> {
    /// The cells of a record.
    #[must_use]
    pub fn new(
        record: Record<'a>,
        columns: &'a Columns,
        group: &'a Group,
        manner: Manner<'a>,
    ) -> Self {
        Self {
            line: record.line,
            record: record.cells,
            swallowed_to: record
                .text
                .and_then(|text| text.swallowed_to(columns.width())),
            is_hidden: record.is_hidden,
            is_1904: manner.is_1904,
            makes_codes: manner.makes_codes,
            kinds: record.kinds,
            columns,
            inherited: &group.texts,
            corrected: manner.corrections.get(&record.line),
        }
    }
}

impl Cells<'_> {
    /// The trimmed text of a field; `None` when it is empty, has no column, or has a fault. `="00123"`
    /// and `'00123`, by which a spreadsheet is kept from reading a code as a number, are `00123`. An
    /// apostrophe by which a name is kept from being read as a formula is taken off.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        if let Some(text) = self.correction(field) {
            return Some(text).filter(|text| !text.is_empty());
        }
        let inherited = || self.inherited.get(&field).map(String::as_str);
        self.own(field).or_else(inherited)
    }

    /// What somebody wrote into the cell of a field after the file was sent.
    fn correction(&self, field: Field) -> Option<&str> {
        let text = self.corrected?.get(field.as_str())?;
        Some(text.trim())
    }

    /// The text of the field in this row itself, and not in the one above whose variant it is.
    #[must_use]
    pub fn own(&self, field: Field) -> Option<&str> {
        let position = self.columns.position(field)?;
        if self.fault(field, position).is_some() {
            return None;
        }
        let text = self.record.get(position)?.trim();
        let text = text
            .strip_prefix("=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .map_or(text, str::trim);
        let text = match text.strip_prefix('\'') {
            Some(rest) if !field.is_prose() => rest.trim_start(),
            _ => original(text),
        };
        let is_word_for_none = text == "False" && self.habits().has(Habit::WordForNone);
        (!text.is_empty() && !is_word_for_none).then_some(text)
    }

    /// How the system writes whose file this is.
    #[must_use]
    pub fn habits(&self) -> Habits {
        self.columns.habits()
    }

    /// The columns, and what their headers say.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        self.columns
    }

    /// The text of a field as it stands there.
    #[must_use]
    pub fn raw(&self, field: Field) -> &str {
        let position = self.columns.position(field);
        position
            .and_then(|position| self.record.get(position))
            .unwrap_or_default()
    }

    /// What the cell of a field is in its spreadsheet. Cells of text files are texts.
    #[must_use]
    pub fn kind(&self, field: Field) -> CellKind {
        if self.correction(field).is_some() {
            return CellKind::default();
        }
        let position = self.columns.position(field);
        position
            .and_then(|position| self.kinds.get(position))
            .copied()
            .unwrap_or_default()
    }

    /// The fields whose cells have no value that could be read.
    pub fn faults(&self) -> impl Iterator<Item = (Field, Fault)> {
        let positions = self.columns.positions();
        positions
            .take_while(|_| !self.kinds.is_empty())
            .filter(|(field, _)| self.correction(*field).is_none())
            .filter_map(|(field, position)| Some((field, self.fault(field, position)?)))
    }

    fn fault(&self, field: Field, position: usize) -> Option<Fault> {
        let kind = self.kinds.get(position)?;
        match kind.value {
            CellValue::Error => Some(Fault::Error),
            CellValue::Unkept => Some(Fault::Unkept),
            _ if kind.is_merged && field.counts_once() => Some(Fault::Merged),
            _ => None,
        }
    }

    fn is_text(&self, field: Field) -> bool {
        self.kind(field).value == CellValue::Text
    }

    /// The texts of the dates.
    pub fn dates(&self) -> impl Iterator<Item = &str> {
        let fields = Field::DATES.iter().filter(|field| self.is_text(**field));
        fields.filter_map(|field| self.get(*field))
    }

    /// The texts of the numbers.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let fields = Field::NUMBERS.iter().filter(|field| self.is_text(**field));
        fields.filter_map(|field| self.get(*field))
    }

    /// The columns without a header that have a text in this record.
    pub fn unnamed(&self) -> impl Iterator<Item = usize> {
        let is_filled = |position: &usize| {
            let cell = self.record.get(*position);
            cell.is_some_and(|cell| !cell.trim().is_empty())
        };
        self.columns.unnamed().filter(is_filled)
    }

    /// True when there is a text to the right of the last header.
    #[must_use]
    pub fn has_excess(&self) -> bool {
        self.record
            .iter()
            .skip(self.columns.width())
            .any(|cell| !cell.trim().is_empty())
    }
}

/// What the rows of one product with variants have in common.
#[derive(Debug, Default)]
pub struct Group {
    handle: String,
    texts: BTreeMap<Field, String>,
}

impl Group {
    /// What only the first row of a product says.
    const INHERITED: [Field; 6] = [
        Field::Name,
        Field::Category,
        Field::TaxRate,
        Field::Unit,
        Field::Active,
        Field::Archived,
    ];

    /// Looks at the next record: a row of the same product, or the first one of another.
    pub fn enter(&mut self, columns: &Columns, record: &csv::StringRecord) {
        let has_handles = columns.habits().has(Habit::Handles);
        let text = |field: Field| {
            let text = record.get(columns.position(field)?)?.trim();
            (!text.is_empty()).then_some(text)
        };
        let Some(handle) = text(Field::Handle).filter(|_| has_handles) else {
            return;
        };
        if handle != self.handle {
            handle.clone_into(&mut self.handle);
            self.texts.clear();
        }
        for field in Self::INHERITED {
            if let (Some(text), false) = (text(field), self.texts.contains_key(&field)) {
                self.texts.insert(field, text.to_owned());
            }
        }
    }
}

//! What calamine does not say about a sheet: which rows are hidden, which cells are merged, which
//! formulas have no kept value, and how numbers are shown. Each format keeps it in its own way; a sheet
//! whose marks cannot be read has none.

pub mod ods;
pub mod xls;
pub mod xlsb;
pub mod xlsx;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    io::BufRead,
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::form::Form;

/// Most marks of one kind in a sheet; what goes beyond is not looked at.
const MAX_MARKS: usize = 1_100_000;
/// Most number formats of a book.
const MAX_FORMS: usize = 65_000;

/// The marks of a sheet. Rows and columns count from 0.
#[derive(Debug, Clone, Default)]
pub struct SheetMarks {
    /// Rows that are not shown.
    pub hidden_rows: BTreeSet<u32>,
    /// First row, column and last row of each cell that is merged downwards.
    pub merged: Vec<(u32, u32, u32)>,
    /// Row and column of each formula without a value.
    pub unkept: HashSet<(u32, u32)>,
    /// Row and column of cells that show an error, where the parser says something else of them.
    pub errors: HashSet<(u32, u32)>,
    /// Number formats that change what a number means.
    pub forms: CellForms,
}

/// The number formats of cells, where they change what a number means.
#[derive(Debug, Clone, Default)]
pub struct CellForms {
    forms: Vec<Form>,
    of_cells: HashMap<(u32, u32), u16>,
}

impl CellForms {
    /// The forms by which [`Self::note`] names them.
    #[must_use]
    pub fn new(forms: Vec<Form>) -> Self {
        Self {
            forms,
            of_cells: HashMap::new(),
        }
    }

    /// The number of a form.
    pub fn number_of(&mut self, form: Form) -> Option<usize> {
        let known = self.forms.iter().position(|known| *known == form);
        known.or_else(|| {
            let is_room = self.forms.len() < MAX_FORMS;
            is_room.then(|| {
                self.forms.push(form);
                self.forms.len() - 1
            })
        })
    }

    /// Notes the form of a cell, by its number.
    pub fn note(&mut self, row: u32, column: u32, form: usize) {
        let matters = self
            .forms
            .get(form)
            .is_some_and(|form| *form != Form::Plain);
        if matters
            && self.of_cells.len() < MAX_MARKS
            && let Ok(form) = u16::try_from(form)
        {
            self.of_cells.insert((row, column), form);
        }
    }

    /// The form of a cell.
    #[must_use]
    pub fn of(&self, row: u32, column: u32) -> &Form {
        let number = self.of_cells.get(&(row, column));
        number
            .and_then(|number| self.forms.get(usize::from(*number)))
            .unwrap_or(&Form::Plain)
    }
}

/// An attribute by its name without a prefix.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found
        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
        .ok()
        .map(std::borrow::Cow::into_owned)
}

fn each_event(reader: &mut Reader<impl BufRead>, mut each: impl FnMut(&Event<'_>)) {
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) | Err(_) => return,
            Ok(event) => each(&event),
        }
    }
}

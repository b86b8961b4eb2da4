//! Cells as they come from a parser, kept as rows within the limits.

use kernel::Problem;

use super::{
    CellKind, CellValue, HIDDEN_ROW, MAX_BOOK_ROWS, MAX_COLUMNS, MERGED, Sheet, address,
    marks::SheetMarks,
};
use crate::read::{
    csv::{MAX_BYTES, MAX_CELL_CHARACTERS},
    sniff::unreadable,
};

/// Most sheets of a book.
pub const MAX_SHEETS: usize = 500;
/// Most cells of a book up to the last one of each row, empty ones among them.
pub const MAX_CELLS: usize = 10_000_000;
/// Most bytes of text in a book.
pub const MAX_TEXT: usize = 2 * MAX_BYTES;
/// Most merged cells that reach into one row.
const MAX_MERGED: usize = 500;

/// What is left of the limits of a book.
#[derive(Debug)]
pub struct Budget {
    rows: usize,
    cells: usize,
    text: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            rows: MAX_BOOK_ROWS,
            cells: MAX_CELLS,
            text: MAX_TEXT,
        }
    }
}

/// A merged cell: where it begins, its last row, and once it was seen what stands in it.
#[derive(Debug)]
struct Merged {
    column: usize,
    first: u32,
    last: u32,
    value: Option<(CellKind, String)>,
}

/// Builds a sheet from its cells.
#[derive(Debug)]
pub struct Collector<'a> {
    sheet: Sheet,
    marks: SheetMarks,
    budget: &'a mut Budget,
    row: Option<u32>,
    cells: Vec<(usize, CellKind, String)>,
    next_merged: usize,
    merged: Vec<Merged>,
}

impl<'a> Collector<'a> {
    /// Begins a sheet.
    pub fn new(name: &str, is_hidden: bool, mut marks: SheetMarks, budget: &'a mut Budget) -> Self {
        marks.merged.sort_unstable();
        Self {
            sheet: Sheet {
                name: name.to_owned(),
                is_hidden,
                ..Sheet::default()
            },
            marks,
            budget,
            row: None,
            cells: Vec::new(),
            next_merged: 0,
            merged: Vec::new(),
        }
    }

    /// Adds a cell that is not empty; `row` and `column` count from 0. Rows come in their order.
    ///
    /// # Errors
    /// `import.unreadable` beyond a limit.
    pub fn push(
        &mut self,
        row: u32,
        column: u32,
        value: CellValue,
        text: String,
    ) -> Result<(), Problem> {
        if self.row != Some(row) {
            self.end_row()?;
            if self.row.is_some_and(|before| before > row) {
                return Err(unreadable(format!(
                    "The rows of the sheet \"{}\" are not in their order.",
                    self.sheet.name
                )));
            }
            self.row = Some(row);
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_COLUMNS {
            return Err(unreadable(format!(
                "{} is beyond column {}: a row may have at most {MAX_COLUMNS} cells.",
                address(&self.sheet.name, i64::from(row) + 1, column),
                super::column_letters(MAX_COLUMNS - 1),
            )));
        }
        if text.len() > MAX_CELL_CHARACTERS && text.chars().count() > MAX_CELL_CHARACTERS {
            return Err(unreadable(format!(
                "{} has more than {MAX_CELL_CHARACTERS} characters.",
                address(&self.sheet.name, i64::from(row) + 1, column)
            )));
        }
        if text.trim().is_empty() && value == CellValue::Text {
            return Ok(());
        }
        if self.cells.len() >= MAX_COLUMNS {
            return Err(unreadable(format!(
                "A row of the sheet \"{}\" has more than {MAX_COLUMNS} cells.",
                self.sheet.name
            )));
        }
        self.cells.push((column, CellKind::of(value), text));
        Ok(())
    }

    /// The sheet; `None` when nothing stands in it.
    ///
    /// # Errors
    /// `import.unreadable` beyond a limit.
    pub fn finish(mut self) -> Result<Option<Sheet>, Problem> {
        self.end_row()?;
        Ok((!self.sheet.is_empty()).then_some(self.sheet))
    }

    fn end_row(&mut self) -> Result<(), Problem> {
        let (Some(row), false) = (self.row, self.cells.is_empty()) else {
            return Ok(());
        };
        self.cells.sort_by_key(|(column, ..)| *column);
        // Of two cells at one place the later one counts.
        self.cells.reverse();
        self.cells.dedup_by_key(|(column, ..)| *column);
        self.cells.reverse();
        self.fill_merged(row)?;
        let width = self.cells.last().map_or(0, |(column, ..)| column + 1);
        let text: usize = self.cells.iter().map(|(.., text)| text.len()).sum();
        let left = |left: usize, taken: usize, what: &str| {
            left.checked_sub(taken).ok_or_else(|| {
                unreadable(format!("The spreadsheet has too many {what}. Split it."))
            })
        };
        self.budget.rows = left(self.budget.rows, 1, "rows")?;
        self.budget.cells = left(self.budget.cells, width, "cells")?;
        self.budget.text = left(self.budget.text, text, "characters")?;
        let is_hidden = self.marks.hidden_rows.contains(&row);
        let sheet = &mut self.sheet;
        sheet.numbers.push(row.saturating_add(1));
        let flag = if is_hidden { HIDDEN_ROW } else { 0 };
        sheet.widths.push(u16::try_from(width).unwrap_or(0) | flag);
        let mut next = 0;
        for (column, kind, text) in self.cells.drain(..) {
            for _ in next..column {
                sheet.lengths.push(0);
                sheet.kinds.push(0);
            }
            next = column + 1;
            // A cell has at most 10,000 characters of four bytes.
            sheet.lengths.push(u16::try_from(text.len()).unwrap_or(0));
            let flag = if kind.is_merged { MERGED } else { 0 };
            sheet.kinds.push(kind.value as u8 | flag);
            sheet.text.push_str(&text);
        }
        Ok(())
    }

    /// Lets the empty cells below the first one of a merged area show its value.
    fn fill_merged(&mut self, row: u32) -> Result<(), Problem> {
        self.merged.retain(|merged| merged.last >= row);
        while let Some((first, column, last)) = self.marks.merged.get(self.next_merged).copied()
            && first <= row
        {
            self.next_merged += 1;
            if last >= row {
                self.merged.push(Merged {
                    column: usize::try_from(column).unwrap_or(usize::MAX),
                    first,
                    last,
                    value: None,
                });
            }
        }
        if self.merged.len() > MAX_MERGED {
            return Err(unreadable(format!(
                "The sheet \"{}\" has too many merged cells.",
                self.sheet.name
            )));
        }
        for merged in &mut self.merged {
            let place = self
                .cells
                .binary_search_by_key(&merged.column, |(column, ..)| *column);
            if merged.first == row {
                let found = place.ok().and_then(|place| self.cells.get(place));
                merged.value = found.map(|(_, kind, text)| (*kind, text.clone()));
            } else if let (Err(place), Some((kind, text))) = (place, &merged.value) {
                let kind = CellKind {
                    is_merged: true,
                    ..*kind
                };
                self.cells
                    .insert(place, (merged.column, kind, text.clone()));
            }
        }
        Ok(())
    }
}

//! A report as pages of A4, for the bank and the folder.

use super::{Block, Report, pages::Layout, words};
use crate::write::pdf::{
    PdfError,
    pages::{Canvas, Ruler, print_pages},
};

/// Draws a report. Takes a core for a while: call it off the request threads.
///
/// # Errors
/// [`PdfError`].
pub fn print(report: &Report) -> Result<Vec<u8>, PdfError> {
    print_pages(&words::titled(report), |ruler| compose(ruler, report))
}

fn compose(ruler: &Ruler<'_>, report: &Report) -> Vec<Canvas> {
    let mut layout = Layout::new(ruler, report);
    for section in &report.sections {
        layout.open_section(section);
        for block in &section.blocks {
            match block {
                Block::Table(table) => layout.table(&section.title, table),
                Block::Chart(chart) => layout.chart(chart),
                Block::Note(text) => layout.note(text),
            }
        }
    }
    layout.origin();
    layout.signatures();
    layout.finish()
}

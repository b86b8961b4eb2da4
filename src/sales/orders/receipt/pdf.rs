//! A receipt as a PDF: as wide as the paper, on one page unless it is very long.

use files::write::{
    Weight,
    pdf::{
        Align, PdfError,
        press::{Press, Strip},
        print,
    },
};

use super::{Paper, layout::ReceiptRow};

pub(super) fn render(
    title: &str,
    paper: Paper,
    rows: Vec<ReceiptRow>,
) -> Result<Vec<u8>, PdfError> {
    print(title, paper.width_mm(), |press| {
        rows.into_iter()
            .flat_map(|row| strips(press, row))
            .collect()
    })
}

fn strips(press: &Press<'_>, row: ReceiptRow) -> Vec<Strip> {
    match row {
        ReceiptRow::Rule => vec![Strip::rule()],
        ReceiptRow::Left(text, weight) => press.text(&text, weight, Align::Left),
        ReceiptRow::Centred(text, weight) => press.text(&text, weight, Align::Centre),
        // The code can be read if the name cannot be drawn.
        ReceiptRow::Name { name, code } => {
            let text = if code.is_empty() || press.can_draw(&name, Weight::Plain) {
                name
            } else {
                code
            };
            press.text(&text, Weight::Plain, Align::Left)
        }
        ReceiptRow::Pair(left, right, weight) => press.pair(&left, &right, weight),
        ReceiptRow::Mark(text) => press.stamp(&text),
    }
}

//! A receipt as a PDF: as wide as the roll of paper and as long as it takes, on one page unless it is
//! very long.

use files::write::{
    Weight,
    pdf::{
        Align, PdfError,
        press::{Press, Strip},
        print,
    },
};

use super::{Paper, layout::Row};

/// Draws the rows.
pub(super) fn render(title: &str, paper: Paper, rows: Vec<Row>) -> Result<Vec<u8>, PdfError> {
    print(title, paper.width_mm(), |press| {
        rows.into_iter()
            .flat_map(|row| strips(press, row))
            .collect()
    })
}

fn strips(press: &Press<'_>, row: Row) -> Vec<Strip> {
    match row {
        Row::Rule => vec![Strip::rule()],
        Row::Left(text, weight) => press.text(&text, weight, Align::Left),
        Row::Centred(text, weight) => press.text(&text, weight, Align::Centre),
        // The code of a product is readable where its name is not.
        Row::Name { name, code } => {
            let text = if code.is_empty() || press.can_draw(&name, Weight::Plain) {
                name
            } else {
                code
            };
            press.text(&text, Weight::Plain, Align::Left)
        }
        Row::Pair(left, right, weight) => press.pair(&left, &right, weight),
        Row::Mark(text) => press.stamp(&text),
    }
}

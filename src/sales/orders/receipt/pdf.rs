//! A receipt as a PDF: one page, 80 mm wide and as long as it takes.
//!
//! The rows draw themselves: genpdf's own paragraphs drop a word that is longer than the line, and
//! a name of a product may be one word. Here a text is measured and cut with an ellipsis.

use genpdf::{
    Context, Document, Element, Margins, Mm, Position, RenderResult, SimplePageDecorator, Size,
    error::Error,
    fonts::{FontCache, FontData, FontFamily},
    render::Area,
    style::Style,
};

use super::layout::{Row, Weight};

const REGULAR: &[u8] = include_bytes!("../../../../static/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../../static/fonts/NotoSans-Bold.ttf");

/// Size of the text, points.
const FONT_SIZE: u8 = 8;
const STRONG_SIZE: u8 = 10;
/// Millimetres of the paper roll, of its margins, and between left and right.
const PAPER_WIDTH: u8 = 80;
const MARGIN: u8 = 5;
const GAP: u8 = 3;
/// Air around a rule and a stamp, millimetres. Letters stand low in their row, so most of it lies
/// above the rule.
const AIR: u8 = 3;
/// Longest page that every reader opens: 200 inches. A longer receipt goes on on the next.
const LONGEST_PAGE: i16 = 5000;
const ELLIPSIS: char = '…';

/// Draws the rows.
pub(super) fn render(number: i64, rows: Vec<Row>) -> Result<Vec<u8>, Error> {
    let regular = FontData::new(REGULAR.to_vec(), None)?;
    let bold = FontData::new(BOLD.to_vec(), None)?;
    let mut document = Document::new(FontFamily {
        regular: regular.clone(),
        bold: bold.clone(),
        italic: regular,
        bold_italic: bold,
    });
    document.set_minimal_conformance();
    // Titles beyond ASCII are written wrongly by the library.
    document.set_title(format!("SalesFlow {number}"));
    document.set_font_size(FONT_SIZE);
    let width = Mm::from(PAPER_WIDTH - 2 * MARGIN);
    let fonts = document.font_cache();
    let mut length = Mm::from(2 * MARGIN);
    for row in &rows {
        length += height(fonts, row);
    }
    // A hair more than the sum, so that rounding does not open a second page.
    length += Mm::from(1u8);
    if length > Mm::from(LONGEST_PAGE) {
        length = Mm::from(LONGEST_PAGE);
    }
    document.set_paper_size(Size::new(PAPER_WIDTH, length));
    let mut decorator = SimplePageDecorator::new();
    decorator.set_margins(Margins::all(MARGIN));
    document.set_page_decorator(decorator);
    document.push(Roll {
        rows: rows.into_iter(),
        pending: None,
        width,
    });
    let mut bytes = Vec::new();
    document.render(&mut bytes)?;
    Ok(bytes)
}

/// The rows that are still to be drawn.
struct Roll {
    rows: std::vec::IntoIter<Row>,
    pending: Option<Row>,
    width: Mm,
}

impl Element for Roll {
    fn render(
        &mut self,
        context: &Context,
        mut area: Area<'_>,
        _style: Style,
    ) -> Result<RenderResult, Error> {
        let fonts = &context.font_cache;
        let mut result = RenderResult::default();
        while let Some(row) = self.pending.take().or_else(|| self.rows.next()) {
            let height = height(fonts, &row);
            if height > area.size().height {
                self.pending = Some(row);
                result.has_more = true;
                break;
            }
            draw(fonts, &area, self.width, &row)?;
            area.add_offset(Position::new(0u8, height));
            result.size = result.size.stack_vertical(Size::new(self.width, height));
        }
        Ok(result)
    }
}

fn draw(fonts: &FontCache, area: &Area<'_>, width: Mm, row: &Row) -> Result<(), Error> {
    let style = style_of(row);
    let write = |x: Mm, y: Mm, text: &str| {
        area.print_str(fonts, Position::new(x, y), style, text)
            .map(drop)
    };
    let top = Mm::from(0u8);
    match row {
        Row::Rule => line(area, top, width, Mm::from(AIR) * 0.7),
        Row::Left(text, _) => write(top, top, &fit(fonts, style, text, width))?,
        Row::Centred(text, _) => {
            let text = fit(fonts, style, text, width);
            write((width - style.str_width(fonts, &text)) / 2.0, top, &text)?;
        }
        Row::Pair(left, right, _) => {
            let right = fit(fonts, style, right, width);
            let taken = style.str_width(fonts, &right);
            write(
                top,
                top,
                &fit(fonts, style, left, width - taken - Mm::from(GAP)),
            )?;
            write(width - taken, top, &right)?;
        }
        Row::Mark(text) => {
            let text = fit(fonts, style, text, width);
            line(area, top, width, Mm::from(AIR) * 0.2);
            write(
                (width - style.str_width(fonts, &text)) / 2.0,
                Mm::from(AIR) * 0.1,
                &text,
            )?;
            line(area, top, width, height(fonts, row) - Mm::from(AIR) * 0.2);
        }
    }
    Ok(())
}

fn line(area: &Area<'_>, left: Mm, right: Mm, y: Mm) {
    let points = vec![Position::new(left, y), Position::new(right, y)];
    area.draw_line(points, Style::new());
}

fn height(fonts: &FontCache, row: &Row) -> Mm {
    let text = style_of(row).line_height(fonts);
    match row {
        Row::Rule => Mm::from(AIR),
        Row::Mark(_) => text + Mm::from(AIR),
        Row::Left(..) | Row::Centred(..) | Row::Pair(..) => text,
    }
}

fn style_of(row: &Row) -> Style {
    let strong = match row {
        Row::Mark(_) => true,
        Row::Left(_, weight) | Row::Centred(_, weight) | Row::Pair(_, _, weight) => {
            *weight == Weight::Strong
        }
        Row::Rule => false,
    };
    if strong {
        Style::new().bold().with_font_size(STRONG_SIZE)
    } else {
        Style::new().with_font_size(FONT_SIZE)
    }
}

/// The longest beginning of a text that fits, with an ellipsis where something is missing.
fn fit(fonts: &FontCache, style: Style, text: &str, width: Mm) -> String {
    if style.str_width(fonts, text) <= width {
        return text.to_owned();
    }
    let mut left = width - style.char_width(fonts, ELLIPSIS);
    let mut kept = String::new();
    for c in text.chars() {
        left -= style.char_width(fonts, c);
        if left < Mm::from(0u8) {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept.push(ELLIPSIS);
    kept
}

//! A page kit for PDF: texts in strips, one below the other, on pages as long as they need (receipts),
//! and pages of one size on which everything has its place ([`pages`], reports).
//!
//! A composer measures its texts with a [`Press`] and gives strips; [`print()`] puts them on pages. The
//! fonts have every letter of the languages of the region, and are cut down to the letters that are
//! used. A letter that they do not have is drawn as a box with a question mark.

mod embed;
pub mod pages;
pub mod press;

use genpdf::{
    Context, Document, Element, Margins, Mm, Position, RenderResult, SimplePageDecorator, Size,
    fonts::{FontCache, FontData, FontFamily},
    render::Area,
    style::Style,
};

use self::{
    embed::EmbedError,
    press::{Press, Strip},
};

const REGULAR: &[u8] = include_bytes!("../../../static/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../static/fonts/NotoSans-Bold.ttf");

/// Size of plain text, points.
const FONT_SIZE: u8 = 8;
/// Margin on each side, millimetres: printers of rolls leave it free.
const MARGIN: u8 = 5;
/// Longest page that every reader opens, millimetres: 200 inches. What is longer continues on the next
/// page.
const LONGEST_PAGE: i16 = 5000;

/// Where a text stands on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left margin.
    Left,
    /// In the middle.
    Centre,
    /// At the right margin.
    Right,
}

/// Why a document could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The fonts cannot be read, or the pages cannot be drawn.
    #[error(transparent)]
    Drawing(#[from] genpdf::error::Error),
    /// The fonts cannot be cut down.
    #[error(transparent)]
    Fonts(#[from] EmbedError),
}

/// Draws strips on pages of a width, as long as they need. Takes a core for a while: call it off the
/// request threads.
///
/// # Errors
/// [`PdfError`].
pub fn print(
    title: &str,
    width_mm: u8,
    compose: impl FnOnce(&Press<'_>) -> Vec<Strip>,
) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new(fonts()?);
    document.set_minimal_conformance();
    document.set_font_size(FONT_SIZE);
    let width = Mm::from(width_mm.saturating_sub(2 * MARGIN));
    let strips = compose(&Press::new(document.font_cache(), width));
    let mut length = Mm::from(2 * MARGIN);
    for strip in &strips {
        length += strip.height;
    }
    // A little more than the sum, so that rounding does not open a second page.
    length += Mm::from(1u8);
    if length > Mm::from(LONGEST_PAGE) {
        length = Mm::from(LONGEST_PAGE);
    }
    document.set_paper_size(Size::new(width_mm, length));
    let mut decorator = SimplePageDecorator::new();
    decorator.set_margins(Margins::all(MARGIN));
    document.set_page_decorator(decorator);
    document.push(Roll {
        strips: strips.into_iter(),
        pending: None,
        width,
    });
    let mut bytes = Vec::new();
    document.render(&mut bytes)?;
    Ok(embed::cut_fonts(&bytes, title)?)
}

fn fonts() -> Result<FontFamily<FontData>, genpdf::error::Error> {
    let regular = FontData::new(REGULAR.to_vec(), None)?;
    let bold = FontData::new(BOLD.to_vec(), None)?;
    Ok(FontFamily {
        regular: regular.clone(),
        bold: bold.clone(),
        italic: regular,
        bold_italic: bold,
    })
}

/// The strips that are still to be drawn.
struct Roll {
    strips: std::vec::IntoIter<Strip>,
    pending: Option<Strip>,
    width: Mm,
}

impl Element for Roll {
    fn render(
        &mut self,
        context: &Context,
        mut area: Area<'_>,
        _style: Style,
    ) -> Result<RenderResult, genpdf::error::Error> {
        let mut result = RenderResult::default();
        while let Some(strip) = self.pending.take().or_else(|| self.strips.next()) {
            if strip.height > area.size().height {
                self.pending = Some(strip);
                result.has_more = true;
                break;
            }
            draw(&context.font_cache, &area, self.width, &strip)?;
            area.add_offset(Position::new(0u8, strip.height));
            let size = Size::new(self.width, strip.height);
            result.size = result.size.stack_vertical(size);
        }
        Ok(result)
    }
}

fn draw(
    fonts: &FontCache,
    area: &Area<'_>,
    width: Mm,
    strip: &Strip,
) -> Result<(), genpdf::error::Error> {
    for (x, text) in &strip.texts {
        area.print_str(fonts, Position::new(*x, strip.inset), strip.style, text)?;
    }
    for y in &strip.rules {
        let points = vec![Position::new(0u8, *y), Position::new(width, *y)];
        area.draw_line(points, Style::new());
    }
    Ok(())
}

//! A receipt as a PDF: one page, as wide as the roll of paper and as long as it takes.
//!
//! The rows draw themselves: genpdf's own paragraphs drop a word that is longer than the line, and
//! a name of a product may be one word. Here every text is measured and goes on in the next line.
//! What the font has no letter for is drawn as a box with a question mark; a row that brings
//! another text for this case, such as the code of a product, shows that one.

use genpdf::{
    Context, Document, Element, Margins, Mm, Position, RenderResult, SimplePageDecorator, Size,
    fonts::{FontCache, FontData, FontFamily},
    render::Area,
    style::Style,
};

use super::{
    Paper,
    embed::{self, EmbedError},
    layout::{Row, Weight},
};

const REGULAR: &[u8] = include_bytes!("../../../../static/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../../static/fonts/NotoSans-Bold.ttf");

/// Size of the text, points.
const FONT_SIZE: u8 = 8;
const STRONG_SIZE: u8 = 10;
/// Millimetres that a printer leaves free on each side, and between left and right.
const MARGIN: u8 = 5;
const GAP: u8 = 3;
/// Air around a rule and a stamp, millimetres. Letters stand low in their row, so most of it lies
/// above the rule.
const AIR: u8 = 3;
/// Longest page that every reader opens: 200 inches. A longer receipt goes on on the next.
const LONGEST_PAGE: i16 = 5000;
/// Stands for what the font cannot draw.
const MISSING: char = '\u{fffd}';

/// Why a receipt could not be drawn.
#[derive(Debug, thiserror::Error)]
pub(super) enum PdfError {
    #[error(transparent)]
    Drawing(#[from] genpdf::error::Error),
    #[error(transparent)]
    Fonts(#[from] EmbedError),
}

/// Draws the rows.
pub(super) fn render(title: &str, paper: Paper, rows: Vec<Row>) -> Result<Vec<u8>, PdfError> {
    let regular = FontData::new(REGULAR.to_vec(), None)?;
    let bold = FontData::new(BOLD.to_vec(), None)?;
    let mut document = Document::new(FontFamily {
        regular: regular.clone(),
        bold: bold.clone(),
        italic: regular,
        bold_italic: bold,
    });
    document.set_minimal_conformance();
    document.set_font_size(FONT_SIZE);
    let width = Mm::from(paper.width_mm() - 2 * MARGIN);
    let strips = Press {
        fonts: document.font_cache(),
        width,
    }
    .compose(rows);
    let mut length = Mm::from(2 * MARGIN);
    for strip in &strips {
        length += strip.height;
    }
    // A hair more than the sum, so that rounding does not open a second page.
    length += Mm::from(1u8);
    if length > Mm::from(LONGEST_PAGE) {
        length = Mm::from(LONGEST_PAGE);
    }
    document.set_paper_size(Size::new(paper.width_mm(), length));
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

/// What is drawn between two lines that a page may end at.
struct Strip {
    height: Mm,
    style: Style,
    /// Where each text begins.
    texts: Vec<(Mm, String)>,
    /// How far below the top the texts stand.
    inset: Mm,
    /// Lines across, below the top.
    rules: Vec<Mm>,
}

/// Measures.
struct Press<'a> {
    fonts: &'a FontCache,
    width: Mm,
}

impl Press<'_> {
    fn compose(&self, rows: Vec<Row>) -> Vec<Strip> {
        rows.into_iter().flat_map(|row| self.strips(row)).collect()
    }

    fn strips(&self, row: Row) -> Vec<Strip> {
        let air = Mm::from(AIR);
        match row {
            Row::Rule => vec![Strip {
                height: air,
                style: Style::new(),
                texts: Vec::new(),
                inset: Mm::from(0u8),
                rules: vec![air * 0.7],
            }],
            Row::Left(text, weight) => self.lines(&text, style_of(weight), Align::Left),
            Row::Centred(text, weight) => self.lines(&text, style_of(weight), Align::Centre),
            Row::Name { name, code } => {
                let style = style_of(Weight::Plain);
                let text = if code.is_empty() || self.can_draw(style, &name) {
                    name
                } else {
                    code
                };
                self.lines(&text, style, Align::Left)
            }
            Row::Pair(left, right, weight) => self.pair(&left, &right, style_of(weight)),
            Row::Mark(text) => {
                let mut strips = self.lines(&text, style_of(Weight::Strong), Align::Centre);
                if let Some(first) = strips.first_mut() {
                    first.height += air * 0.5;
                    first.inset = air * 0.1;
                    first.rules.push(air * 0.2);
                }
                if let Some(last) = strips.last_mut() {
                    last.height += air * 0.5;
                    last.rules.push(last.height - air * 0.2);
                }
                strips
            }
        }
    }

    fn lines(&self, text: &str, style: Style, align: Align) -> Vec<Strip> {
        let text = self.drawable(style, text);
        self.wrap(style, &text, self.width)
            .into_iter()
            .map(|line| {
                let free = self.width - style.str_width(self.fonts, &line);
                let x = match align {
                    Align::Left => Mm::from(0u8),
                    Align::Centre => free / 2.0,
                    Align::Right => free,
                };
                self.strip(style, vec![(x, line)])
            })
            .collect()
    }

    /// Left and right on one line. What is left of a long text on the left goes on below; where the
    /// right one takes most of the width, it stands below as well.
    fn pair(&self, left: &str, right: &str, style: Style) -> Vec<Strip> {
        let left = self.drawable(style, left);
        let right = self.drawable(style, right);
        let taken = style.str_width(self.fonts, &right);
        let room = self.width - taken - Mm::from(GAP);
        if room < self.width * 0.3 {
            let mut strips = self.lines(&left, style, Align::Left);
            strips.extend(self.lines(&right, style, Align::Right));
            return strips;
        }
        let mut strips: Vec<Strip> = self
            .wrap(style, &left, room)
            .into_iter()
            .map(|line| self.strip(style, vec![(Mm::from(0u8), line)]))
            .collect();
        if let Some(last) = strips.last_mut() {
            last.texts.push((self.width - taken, right));
        }
        strips
    }

    fn strip(&self, style: Style, texts: Vec<(Mm, String)>) -> Strip {
        Strip {
            height: style.line_height(self.fonts),
            style,
            texts,
            inset: Mm::from(0u8),
            rules: Vec::new(),
        }
    }

    /// The text in lines that fit: broken at blanks, and inside a word that is longer than a line.
    /// What follows the first line keeps its indentation. There is always a line.
    fn wrap(&self, style: Style, text: &str, width: Mm) -> Vec<String> {
        let indent: String = text.chars().take_while(|c| *c == ' ').collect();
        let fits = |line: &str| style.str_width(self.fonts, line) <= width;
        let mut lines = Vec::new();
        let mut line = indent.clone();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let gap = if line == indent { "" } else { " " };
            let longer = format!("{line}{gap}{word}");
            if fits(&longer) {
                line = longer;
                continue;
            }
            if line != indent {
                lines.push(std::mem::replace(&mut line, indent.clone()));
            }
            for letter in letters(word) {
                let longer = format!("{line}{letter}");
                if line == indent || fits(&longer) {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, format!("{indent}{letter}")));
                }
            }
        }
        lines.push(line);
        lines
    }

    fn can_draw(&self, style: Style, text: &str) -> bool {
        let font = style.font(self.fonts);
        !font.glyph_ids(self.fonts, text.chars()).contains(&0)
    }

    fn drawable(&self, style: Style, text: &str) -> String {
        let font = style.font(self.fonts);
        let glyphs = font.glyph_ids(self.fonts, text.chars());
        text.chars()
            .zip(glyphs)
            .map(|(c, glyph)| if glyph == 0 { MISSING } else { c })
            .collect()
    }
}

#[derive(Clone, Copy)]
enum Align {
    Left,
    Centre,
    Right,
}

/// Each letter with the marks that stand on it.
fn letters(word: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = word
        .char_indices()
        .filter(|(_, c)| !kernel::text::is_mark(*c))
        .map(|(at, _)| at)
        .collect();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([word.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| word.get(*start..end))
        .collect()
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

fn style_of(weight: Weight) -> Style {
    match weight {
        Weight::Strong => Style::new().bold().with_font_size(STRONG_SIZE),
        Weight::Plain => Style::new().with_font_size(FONT_SIZE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_on_their_letters() {
        assert_eq!(letters("bɔ́tɛ"), ["b", "ɔ́", "t", "ɛ"]);
        assert_eq!(letters("\u{301}a"), ["\u{301}", "a"]);
    }

    /// Words of the languages whose letters the fonts must have.
    const WORDS: &[&str] = &[
        // Lingala
        "Mbɔ́tɛ na bínó, ndɛ́ngɛ nini? Tɔ́ngɔ́ elɔ́ngɛ́, lobɔ̂kɔ, mbɔ̌ngɔ",
        // Swahili, Kinyarwanda
        "Karibu, ng’ombe na maharagwe",
        "Murakaza neza, umuceri n’ibishyimbo",
        // Yoruba
        "Ẹ kú àárọ̀, ọjà, ẹ̀wà, ṣúgà, ọ̀gẹ̀dẹ̀, Ọ́yọ́",
        // Vietnamese
        "Cà phê sữa đá, phở, nước mắm, Trứng vịt lộn, ƯỠẴỖ",
        // French and others of the region
        "Œufs, café, piñata, Ɗan Ɓatta, ŋɔɖe ƒo, Müller, Łódź",
        "1 250 FC – 3,50 € ₦ ₵ £ $",
    ];

    #[test]
    fn the_fonts_have_every_letter_of_the_region() {
        let data = |bytes: &[u8]| FontData::new(bytes.to_vec(), None).unwrap();
        let document = Document::new(FontFamily {
            regular: data(REGULAR),
            bold: data(BOLD),
            italic: data(REGULAR),
            bold_italic: data(BOLD),
        });
        let press = Press {
            fonts: document.font_cache(),
            width: Mm::from(48u8),
        };
        for words in WORDS {
            let composed = kernel::text::compose(words);
            for style in [style_of(Weight::Plain), style_of(Weight::Strong)] {
                assert!(press.can_draw(style, &composed), "{words}");
                let lines = press.wrap(style, &composed, press.width);
                assert_eq!(lines.join(" "), composed, "nothing is lost");
                for line in lines {
                    assert!(style.str_width(press.fonts, &line) <= press.width, "{line}");
                }
            }
        }
        let style = style_of(Weight::Plain);
        for foreign in ["መልካም", "咖啡", "قهوة", "☕"] {
            assert!(!press.can_draw(style, foreign), "{foreign}");
        }
        let long = "x".repeat(200);
        assert_eq!(press.wrap(style, &long, press.width).concat(), long);
    }
}

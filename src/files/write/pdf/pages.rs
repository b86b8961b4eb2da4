//! Pages of one size on which every text and every shape has its place.
//!
//! genpdf makes the document, its pages and its fonts. What lies on a page is written into the finished
//! page: genpdf draws hair lines only and cannot fill, and it places each letter on its own, so that
//! reading its pages back (to cut the fonts down) took nine tenths of the time of a long table.

use std::{cell::RefCell, collections::HashMap, fmt::Write as _};

use genpdf::{
    Context, Document, Element, Mm, RenderResult, Size, fonts::FontCache, render::Area,
    style::Style,
};

use super::{
    PdfError, embed,
    embed::{BOLD, Glyphs, REGULAR},
    fonts,
};
use crate::write::Weight;

/// A4, millimetres.
pub const WIDTH: f64 = 210.0;
/// A4, millimetres.
pub const HEIGHT: f64 = 297.0;
/// Points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    /// How heavy it is.
    pub weight: Weight,
    /// Its size in points.
    pub points: u8,
    /// Its colour.
    pub ink: Ink,
}

/// What is drawn below the texts. Millimetres from the upper left corner of the page.
#[derive(Debug, Clone)]
pub enum Drawn {
    /// A filled rectangle; a thin one is a rule.
    Box {
        /// Left side.
        x: f64,
        /// Upper side.
        y: f64,
        /// From left to right.
        width: f64,
        /// From top to bottom.
        height: f64,
        /// Its colour.
        ink: Ink,
    },
    /// A line through points.
    Line {
        /// Its points, from the left and from the top.
        points: Vec<(f64, f64)>,
        /// How wide the pen is.
        pen: f64,
        /// Its colour.
        ink: Ink,
        /// Whether it is drawn in dots.
        dotted: bool,
    },
}

/// A page with what lies on it.
#[derive(Debug, Default)]
pub struct Canvas {
    texts: Vec<(f64, f64, Face, String)>,
    shapes: Vec<Drawn>,
}

impl Canvas {
    /// Sets a text: its left end and the top of its line, in millimetres.
    pub fn text(&mut self, x: f64, y: f64, face: Face, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.texts.push((x, y, face, text));
        }
    }

    /// Draws a shape below the texts.
    pub fn shape(&mut self, shape: Drawn) {
        self.shapes.push(shape);
    }

    /// A rule from left to right.
    pub fn rule(&mut self, x: f64, y: f64, width: f64, height: f64, ink: Ink) {
        self.shape(Drawn::Box {
            x,
            y,
            width,
            height,
            ink,
        });
    }
}

/// Measures texts.
#[derive(Debug)]
pub struct Ruler<'a> {
    fonts: &'a FontCache,
    /// Letters by weight: looking one up in the font takes longer than all the rest.
    letters: RefCell<HashMap<(bool, char), Letter>>,
}

/// A letter of a font.
#[derive(Debug, Clone, Copy)]
struct Letter {
    /// Its number in the font, 0 where the font does not have it.
    glyph: u16,
    /// In millimetres at one hundred points.
    width: f64,
}

impl Ruler<'_> {
    /// How long a text is, in millimetres. The fonts have no kerning, so it is the sum of its letters.
    #[must_use]
    pub fn width(&self, face: Face, text: &str) -> f64 {
        let sum: f64 = self.letters(face, text).map(|letter| letter.width).sum();
        sum * f64::from(face.points) / 100.0
    }

    fn letters<'t>(&self, face: Face, text: &'t str) -> impl Iterator<Item = Letter> + use<'_, 't> {
        let strong = face.weight == Weight::Strong;
        text.chars().map(move |letter| {
            let mut letters = self.letters.borrow_mut();
            *letters.entry((strong, letter)).or_insert_with(|| {
                let style = style(Face {
                    points: 100,
                    ..face
                });
                let ids = style.font(self.fonts).glyph_ids(self.fonts, [letter]);
                Letter {
                    glyph: ids.first().copied().unwrap_or(0),
                    width: f64::from(style.char_width(self.fonts, letter)),
                }
            })
        })
    }

    /// The height of a line of text, in millimetres.
    #[must_use]
    pub fn line(&self, face: Face) -> f64 {
        f64::from(style(face).line_height(self.fonts))
    }

    /// A text in lines of at most this width: broken at blanks, and inside a word that is longer than a
    /// line. There is always at least one.
    #[must_use]
    pub fn wrap(&self, face: Face, text: &str, width: f64) -> Vec<String> {
        let mut lines = Vec::new();
        let (mut line, mut long) = (String::new(), 0.0);
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let length = self.width(face, word);
            let blank = self.width(face, " ");
            if line.is_empty() || long + blank + length > width {
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    long = 0.0;
                }
            } else {
                line.push(' ');
                long += blank;
            }
            if length <= width {
                line.push_str(word);
                long += length;
                continue;
            }
            for letter in word.chars() {
                let length = self.width(face, letter.encode_utf8(&mut [0; 4]));
                // A mark stays on its letter.
                if !line.is_empty() && long + length > width && !kernel::text::is_mark(letter) {
                    lines.push(std::mem::take(&mut line));
                    long = 0.0;
                }
                line.push(letter);
                long += length;
            }
        }
        if !line.is_empty() || lines.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// A text with a sign in place of each letter that the fonts do not have.
    #[must_use]
    pub fn drawable(&self, face: Face, text: &str) -> String {
        text.chars()
            .zip(self.letters(face, text))
            .map(
                |(letter, found)| {
                    if found.glyph == 0 { '\u{fffd}' } else { letter }
                },
            )
            .collect()
    }
}

/// Lays out pages with a ruler and draws them. Takes a core for a while: call it off the request
/// threads.
///
/// # Errors
/// [`PdfError`].
pub fn print_pages(
    title: &str,
    compose: impl FnOnce(&Ruler<'_>) -> Vec<Canvas>,
) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new(fonts()?);
    document.set_minimal_conformance();
    document.set_paper_size(Size::new(WIDTH, HEIGHT));
    let ruler = Ruler {
        fonts: document.font_cache(),
        letters: RefCell::default(),
    };
    let pages = compose(&ruler);
    let mut glyphs = Glyphs::default();
    let contents: Vec<Vec<u8>> = pages
        .iter()
        .map(|page| draw(page, &ruler, &mut glyphs))
        .collect();
    document.push(Blank {
        pages: contents.len(),
    });
    let mut bytes = Vec::new();
    document.render(&mut bytes)?;
    Ok(embed::fill_pages(bytes, title, contents, &glyphs)?)
}

/// So many empty pages.
struct Blank {
    pages: usize,
}

impl Element for Blank {
    fn render(
        &mut self,
        _context: &Context,
        _area: Area<'_>,
        _style: Style,
    ) -> Result<RenderResult, genpdf::error::Error> {
        self.pages = self.pages.saturating_sub(1);
        Ok(RenderResult {
            // An element that fills nothing and has more would be taken for one that never ends.
            size: Size::new(Mm::from(WIDTH), Mm::from(HEIGHT)),
            has_more: self.pages > 0,
        })
    }
}

fn style(face: Face) -> Style {
    let Ink(red, green, blue) = face.ink;
    let style = Style::new()
        .with_font_size(face.points)
        .with_color(genpdf::style::Color::Rgb(red, green, blue));
    match face.weight {
        Weight::Plain => style,
        Weight::Strong => style.bold(),
    }
}

/// What lies on a page, in the language of PDF: the shapes, and the texts on them.
fn draw(page: &Canvas, ruler: &Ruler<'_>, glyphs: &mut Glyphs) -> Vec<u8> {
    let mut content = String::from("q\n");
    let at = |x: f64, y: f64| format!("{:.2} {:.2}", x * POINTS, (HEIGHT - y) * POINTS);
    let colour = |Ink(red, green, blue): Ink| {
        let part = |value: u8| f64::from(value) / 255.0;
        format!("{:.3} {:.3} {:.3}", part(red), part(green), part(blue))
    };
    for shape in &page.shapes {
        // Writing to a text does not fail.
        let _ = match shape {
            Drawn::Box {
                x,
                y,
                width,
                height,
                ink,
            } => writeln!(
                content,
                "{} rg {} {:.2} {:.2} re f",
                colour(*ink),
                at(*x, y + height),
                width * POINTS,
                height * POINTS
            ),
            Drawn::Line {
                points,
                pen,
                ink,
                dotted,
            } => {
                let dots = if *dotted { "[1.2 1.2] 0 d" } else { "[] 0 d" };
                let path: Vec<String> = points
                    .iter()
                    .enumerate()
                    .map(|(number, (x, y))| {
                        let operator = if number == 0 { "m" } else { "l" };
                        format!("{} {operator}", at(*x, *y))
                    })
                    .collect();
                writeln!(
                    content,
                    "{} RG {:.2} w 1 j {dots} {} S",
                    colour(*ink),
                    pen * POINTS,
                    path.join(" ")
                )
            }
        };
    }
    for (x, y, face, text) in &page.texts {
        let font = style(*face).font(ruler.fonts);
        let baseline = y + f64::from(font.glyph_height(face.points));
        let (name, used) = match face.weight {
            Weight::Plain => (REGULAR, &mut glyphs.regular),
            Weight::Strong => (BOLD, &mut glyphs.bold),
        };
        let place = at(*x, baseline);
        let set = format!(
            "BT /{name} {} Tf {} rg {place} Td <",
            face.points,
            colour(face.ink)
        );
        content.push_str(&set);
        for Letter { glyph, width } in ruler.letters(*face, text) {
            used.entry(glyph).or_insert_with(|| thousandths(width));
            let _ = write!(content, "{glyph:04x}");
        }
        content.push_str("> Tj ET\n");
    }
    content.push_str("Q\n");
    content.into_bytes()
}

/// The width of a letter, from millimetres at one hundred points.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a letter is at most a few times as wide as it is high"
)]
fn thousandths(width: f64) -> i64 {
    (width * POINTS * 10.0).round() as i64
}

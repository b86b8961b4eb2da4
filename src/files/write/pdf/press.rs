//! Measuring texts and breaking them into lines.
//!
//! genpdf's own paragraphs drop a word that is longer than the line, and the name of a product may be
//! one word: here such a word continues on the next line.

use genpdf::{Mm, fonts::FontCache, style::Style};

use super::{Align, FONT_SIZE};
use crate::write::Weight;

/// Size of strong text, points.
const STRONG_SIZE: u8 = 10;
/// Least distance between left and right, millimetres.
const GAP: u8 = 3;
/// Air around a rule and a stamp, millimetres. Letters are low in their row, so most of it is above
/// the rule.
const AIR: u8 = 3;
/// Drawn in place of a letter that the font does not have.
const MISSING: char = '\u{fffd}';

/// A part of a page that is not split: a page may end before or after it.
#[derive(Debug, Clone)]
pub struct Strip {
    pub(super) height: Mm,
    pub(super) style: Style,
    /// Offset of each text from the left margin.
    pub(super) texts: Vec<(Mm, String)>,
    /// The distance of the texts from the top.
    pub(super) inset: Mm,
    /// Lines across the page, by their distance from the top.
    pub(super) rules: Vec<Mm>,
}

impl Strip {
    /// A line across the page.
    #[must_use]
    pub fn rule() -> Self {
        let air = Mm::from(AIR);
        Self {
            height: air,
            style: Style::new(),
            texts: Vec::new(),
            inset: Mm::from(0u8),
            rules: vec![air * 0.7],
        }
    }
}

/// Measures texts with the fonts, and breaks them into lines.
#[derive(Debug)]
pub struct Press<'a> {
    fonts: &'a FontCache,
    width: Mm,
}

impl<'a> Press<'a> {
    /// A press for pages with this much room between their margins.
    pub(super) const fn new(fonts: &'a FontCache, width: Mm) -> Self {
        Self { fonts, width }
    }

    /// A text in as many lines as it needs.
    #[must_use]
    pub fn text(&self, text: &str, weight: Weight, align: Align) -> Vec<Strip> {
        self.lines(text, style_of(weight), align)
    }

    /// A stamp: a strong text in the middle, between two lines across the page.
    #[must_use]
    pub fn stamp(&self, text: &str) -> Vec<Strip> {
        let air = Mm::from(AIR);
        let mut strips = self.text(text, Weight::Strong, Align::Centre);
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

    /// Two texts on one line, left and right. The rest of a long text on the left goes below; where the
    /// right one takes most of the width, it has lines of its own below.
    #[must_use]
    pub fn pair(&self, left: &str, right: &str, weight: Weight) -> Vec<Strip> {
        let style = style_of(weight);
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

    /// True when the fonts have every letter of a text.
    #[must_use]
    pub fn can_draw(&self, text: &str, weight: Weight) -> bool {
        let font = style_of(weight).font(self.fonts);
        !font.glyph_ids(self.fonts, text.chars()).contains(&0)
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

    fn strip(&self, style: Style, texts: Vec<(Mm, String)>) -> Strip {
        Strip {
            height: style.line_height(self.fonts),
            style,
            texts,
            inset: Mm::from(0u8),
            rules: Vec::new(),
        }
    }

    /// A text in lines that fit: broken at blanks, and inside a word that is longer than a line. Further
    /// lines have the indentation of the first. There is always at least one line.
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

    fn drawable(&self, style: Style, text: &str) -> String {
        let font = style.font(self.fonts);
        let glyphs = font.glyph_ids(self.fonts, text.chars());
        text.chars()
            .zip(glyphs)
            .map(|(c, glyph)| if glyph == 0 { MISSING } else { c })
            .collect()
    }
}

/// Each letter with its marks.
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

fn style_of(weight: Weight) -> Style {
    match weight {
        Weight::Strong => Style::new().bold().with_font_size(STRONG_SIZE),
        Weight::Plain => Style::new().with_font_size(FONT_SIZE),
    }
}

#[cfg(test)]
mod tests {
    use genpdf::Document;

    use super::{super::fonts, *};

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
        let document = Document::new(fonts().unwrap());
        let press = Press::new(document.font_cache(), Mm::from(48u8));
        for words in WORDS {
            let composed = kernel::text::compose(words);
            for weight in [Weight::Plain, Weight::Strong] {
                let style = style_of(weight);
                assert!(press.can_draw(&composed, weight), "{words}");
                let lines = press.wrap(style, &composed, press.width);
                assert_eq!(lines.join(" "), composed, "nothing is lost");
                for line in lines {
                    assert!(style.str_width(press.fonts, &line) <= press.width, "{line}");
                }
            }
        }
        let style = style_of(Weight::Plain);
        for foreign in ["መልካም", "咖啡", "قهوة", "☕"] {
            assert!(!press.can_draw(foreign, Weight::Plain), "{foreign}");
        }
        let long = "x".repeat(200);
        assert_eq!(press.wrap(style, &long, press.width).concat(), long);
    }
}

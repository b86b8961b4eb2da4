//! What stands on every page of a report: head, foot, titles of sections, notes, signatures.

use super::{Block, Report, Section, words, words::PageWords};
use crate::write::{
    Weight,
    pdf::pages::{Canvas, Face, HEIGHT, Ink, Ruler, WIDTH},
};

/// Left and right of the text, millimetres.
pub(super) const MARGIN: f64 = 14.8;
/// From the left margin to the right one, millimetres.
pub(super) const ROOM: f64 = WIDTH - 2.0 * MARGIN;
/// Where the heads begin, millimetres.
const TOP: f64 = 12.5;
/// The rule of the foot, millimetres.
const FOOT: f64 = HEIGHT - 16.6;
/// Where the text ends, millimetres.
const BOTTOM: f64 = FOOT - 5.0;
/// Between two sections, millimetres.
const BETWEEN: f64 = 5.6;
/// A row of a table with one line of text, millimetres.
pub(super) const ROW: f64 = 5.8;
/// A chart with its labels, millimetres.
pub(super) const CHART: f64 = 50.0;
/// Room for the hand that signs, millimetres.
const HAND: f64 = 16.0;

/// Texts and figures.
pub(super) const DARK: Ink = Ink(15, 23, 42);
/// What explains.
pub(super) const GREY: Ink = Ink(92, 103, 120);
/// Lines between rows.
pub(super) const LIGHT: Ink = Ink(211, 215, 221);

pub(super) const fn face(points: u8, weight: Weight, ink: Ink) -> Face {
    Face {
        weight,
        points,
        ink,
    }
}

/// Plain text.
pub(super) const PLAIN: Face = face(8, Weight::Plain, DARK);
/// A figure that matters.
pub(super) const STRONG: Face = face(8, Weight::Strong, DARK);
/// Headings of columns, remarks.
pub(super) const QUIET: Face = face(8, Weight::Plain, GREY);
/// Titles of sections.
const TITLE: Face = face(10, Weight::Strong, DARK);
const REMARK: Face = face(10, Weight::Plain, GREY);

/// Puts a report on pages, from the top down.
pub(super) struct Layout<'a> {
    pub(super) ruler: &'a Ruler<'a>,
    pub(super) report: &'a Report,
    pub(super) words: &'static PageWords,
    done: Vec<Canvas>,
    pub(super) page: Canvas,
    /// The lower end of what is on the page, millimetres.
    pub(super) y: f64,
}

impl<'a> Layout<'a> {
    pub(super) fn new(ruler: &'a Ruler<'a>, report: &'a Report) -> Self {
        let mut layout = Self {
            ruler,
            report,
            words: PageWords::of(report.language),
            done: Vec::new(),
            page: Canvas::default(),
            y: TOP,
        };
        layout.head();
        layout
    }

    /// What is left of the page, millimetres.
    pub(super) fn left(&self) -> f64 {
        BOTTOM - self.y
    }

    /// Opens a new page unless this one has room for so much.
    pub(super) fn keep(&mut self, height: f64) {
        if height > self.left() {
            self.turn();
        }
    }

    /// Goes on on a new page.
    pub(super) fn turn(&mut self) {
        self.done.push(std::mem::take(&mut self.page));
        self.y = TOP;
        self.small_head();
    }

    pub(super) fn open_section(&mut self, section: &Section) {
        let first = match section.blocks.first() {
            Some(Block::Chart(_)) => CHART,
            Some(Block::Table(_)) => 4.0 * ROW,
            Some(Block::Note(_)) | None => ROW,
        };
        self.keep(BETWEEN + ROW + first);
        self.y += BETWEEN;
        self.title(&section.title, &section.remark);
    }

    /// The title of a section with a few quiet words beside it.
    pub(super) fn title(&mut self, title: &str, remark: &str) {
        let lines = self.ruler.wrap(TITLE, &self.drawable(title), ROOM);
        let height = self.ruler.line(TITLE);
        let mut end = 0.0;
        for line in lines {
            end = self.ruler.width(TITLE, &line);
            self.page.text(MARGIN, self.y, TITLE, line);
            self.y += height;
        }
        let remark = self.drawable(remark);
        let gap = self.ruler.width(REMARK, "  ");
        if end + gap + self.ruler.width(REMARK, &remark) <= ROOM {
            let x = MARGIN + end + gap;
            self.page.text(x, self.y - height, REMARK, remark);
        } else {
            self.small_print(&remark);
        }
        self.y += 0.8;
    }

    /// A sentence in small print.
    pub(super) fn note(&mut self, text: &str) {
        self.y += 1.4;
        let text = self.drawable(text);
        self.small_print(&text);
    }

    fn small_print(&mut self, text: &str) {
        let face = face(7, Weight::Plain, GREY);
        let height = self.ruler.line(face);
        for line in self.ruler.wrap(face, text, ROOM) {
            self.keep(height);
            self.page.text(MARGIN, self.y, face, line);
            self.y += height;
        }
    }

    /// What the figures were computed from.
    pub(super) fn origin(&mut self) {
        let facts = words::origins(self.report);
        let height = self.ruler.line(QUIET) + 0.6;
        // They stay together, and with the signatures where these have room below.
        let mut room = BETWEEN + ROW;
        for _ in &facts {
            room += height;
        }
        if !self.report.signatures.is_empty() {
            room += HAND + height;
        }
        self.keep(room);
        self.y += BETWEEN;
        self.title(self.words.origin, "");
        self.y += 0.6;
        let names = facts
            .iter()
            .map(|(name, _)| self.ruler.width(QUIET, name))
            .fold(0.0, f64::max)
            .min(ROOM / 2.0);
        for (name, value) in &facts {
            let value = self.drawable(value);
            let lines = self.ruler.wrap(PLAIN, &value, ROOM - names - 6.0);
            let name_lines = self.ruler.wrap(QUIET, &self.drawable(name), names + 0.1);
            for number in 0..lines.len().max(name_lines.len()) {
                self.keep(height);
                let name = name_lines.get(number).cloned().unwrap_or_default();
                self.page.text(MARGIN, self.y, QUIET, name);
                let line = lines.get(number).cloned().unwrap_or_default();
                self.page.text(MARGIN + names + 6.0, self.y, PLAIN, line);
                self.y += height;
            }
        }
    }

    /// A line for each who signs.
    pub(super) fn signatures(&mut self) {
        let who: Vec<&String> = self.report.signatures.iter().take(4).collect();
        if who.is_empty() {
            return;
        }
        let height = HAND + self.ruler.line(QUIET);
        self.keep(height);
        self.y = BOTTOM - height + HAND;
        let gap = 7.5;
        let mut columns = 0.0;
        for _ in &who {
            columns += 1.0;
        }
        let width = (ROOM - gap * (columns - 1.0)) / columns;
        let mut x = MARGIN;
        for name in who {
            self.page.rule(x, self.y, width, 0.25, DARK);
            let name = self.fit(PLAIN, name, width);
            self.page.text(x, self.y + 0.8, PLAIN, name);
            x += width + gap;
        }
        self.y = BOTTOM;
    }

    /// The pages, each with its foot.
    pub(super) fn finish(mut self) -> Vec<Canvas> {
        let mut pages = std::mem::take(&mut self.done);
        pages.push(std::mem::take(&mut self.page));
        let count = pages.len();
        let face = face(7, Weight::Plain, GREY);
        let mut said = format!("{} {}", self.words.computed, words::computed(self.report));
        if let Some((name, value)) = self.report.provenance.facts.first() {
            said.push_str(&format!("  ·  {name}\u{a0}: {value}"));
        }
        for (number, page) in (1..).zip(&mut pages) {
            page.rule(MARGIN, FOOT, ROOM, 0.3, DARK);
            let place = format!("{} {number} {} {count}", self.words.page, self.words.of);
            let width = self.ruler.width(face, &place);
            let said = self.fit(face, &said, ROOM - width - 6.0);
            page.text(MARGIN, FOOT + 1.6, face, said);
            page.text(MARGIN + ROOM - width, FOOT + 1.6, face, place);
        }
        pages
    }

    /// The head of the first page: the shop on the left, the report on the right.
    fn head(&mut self) {
        let half = ROOM / 2.0 - 4.0;
        let name = face(12, Weight::Strong, DARK);
        let mut y = self.y;
        for line in self
            .ruler
            .wrap(name, &self.drawable(&self.report.shop.name), half)
        {
            self.page.text(MARGIN, y, name, line);
            y += self.ruler.line(name);
        }
        for text in &self.report.shop.lines {
            for line in self.ruler.wrap(QUIET, &self.drawable(text), half) {
                self.page.text(MARGIN, y, QUIET, line);
                y += self.ruler.line(QUIET);
            }
        }
        let title = face(17, Weight::Strong, DARK);
        let mut right = self.y - 1.2;
        for line in self
            .ruler
            .wrap(title, &self.drawable(&self.report.title), half)
        {
            self.right(right, title, &line);
            right += self.ruler.line(title);
        }
        let below = face(10, Weight::Plain, DARK);
        for line in self.ruler.wrap(below, &self.subtitle(), half) {
            self.right(right, below, &line);
            right += self.ruler.line(below);
        }
        self.y = y.max(right) + 2.2;
        self.page.rule(MARGIN, self.y, ROOM, 0.8, DARK);
        self.y += 0.8;
    }

    /// The head of the other pages.
    fn small_head(&mut self) {
        let (strong, plain) = (
            face(10, Weight::Strong, DARK),
            face(10, Weight::Plain, DARK),
        );
        let name = self.fit(strong, &self.report.shop.name, ROOM / 2.0 - 4.0);
        self.page.text(MARGIN, self.y, strong, name);
        let rest = format!(
            ", {}",
            words::period(self.report.language, self.report.period)
        );
        let width = self.ruler.width(plain, &rest);
        let title = self.fit(strong, &self.report.title, ROOM / 2.0 - width);
        let x = MARGIN + ROOM - width;
        let title_x = x - self.ruler.width(strong, &title);
        self.page.text(title_x, self.y, strong, title);
        self.page.text(x, self.y, plain, rest);
        self.y += self.ruler.line(strong) + 1.6;
        self.page.rule(MARGIN, self.y, ROOM, 0.3, DARK);
        self.y += 3.4;
    }

    fn subtitle(&self) -> String {
        let period = words::period(self.report.language, self.report.period);
        if self.report.unit.is_empty() {
            period
        } else {
            self.drawable(&format!("{period}, {}", self.report.unit))
        }
    }

    fn right(&mut self, y: f64, face: Face, text: &str) {
        let x = MARGIN + ROOM - self.ruler.width(face, text);
        self.page.text(x, y, face, text);
    }

    pub(super) fn drawable(&self, text: &str) -> String {
        self.ruler.drawable(PLAIN, text)
    }

    /// A text, cut where it is too long for a place that cannot grow.
    fn fit(&self, face: Face, text: &str, width: f64) -> String {
        let text = self.drawable(text);
        if self.ruler.width(face, &text) <= width {
            return text;
        }
        let mut cut = String::new();
        for letter in text.chars() {
            let longer = format!("{cut}{letter}…");
            if self.ruler.width(face, &longer) > width {
                break;
            }
            cut.push(letter);
        }
        format!("{}…", cut.trim_end())
    }
}

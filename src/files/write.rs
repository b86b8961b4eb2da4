//! What is printed for people: figures in the shop's language, and pages of a PDF.

pub mod figures;
pub mod language;
pub mod pdf;

/// How heavy a text is, in any medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As most of the text.
    Plain,
    /// Bold and larger.
    Strong,
}

//! What is written for people and for other programs: figures in the shop's language, pages of a PDF,
//! reports, and tables.

pub mod figures;
pub mod language;
pub mod pdf;
pub mod report;
pub mod table;

/// How heavy a text is, in any medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As most of the text.
    Plain,
    /// Bold and larger.
    Strong,
}

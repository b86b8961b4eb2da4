//! A table as CSV: UTF-8 with a mark at its start, as the spreadsheets of the region expect it.

use chrono_tz::Tz;

use super::{Heading, Value, moment, neutral, plain};
use crate::write::language::Language;

/// The signs of a table in text: those that the spreadsheets of a language read as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvNotation {
    /// Between two fields.
    pub separator: char,
    /// Before the decimals.
    pub point: char,
}

impl CsvNotation {
    /// The notation of a language: `;` and `12,50` in French, `,` and `12.50` in English.
    #[must_use]
    pub const fn of(language: Language) -> Self {
        Self {
            separator: match language {
                Language::French => ';',
                Language::English => ',',
            },
            point: language.point(),
        }
    }
}

/// A table that is being written.
#[derive(Debug)]
pub struct CsvTable {
    buffer: Vec<u8>,
    notation: CsvNotation,
    zone: Tz,
}

impl CsvTable {
    /// A table with its heading. `zone` is the one in which its moments are written.
    #[must_use]
    pub fn new(headings: &[Heading], notation: CsvNotation, zone: Tz) -> Self {
        let mut table = Self {
            buffer: "\u{feff}".as_bytes().to_vec(),
            notation,
            zone,
        };
        let titles = headings.iter().map(|heading| Value::Text(&heading.title));
        table.push(titles);
        table
    }

    /// Writes a row.
    pub fn push<'a>(&mut self, row: impl IntoIterator<Item = Value<'a>>) {
        for (number, value) in row.into_iter().enumerate() {
            if number > 0 {
                self.put_char(self.notation.separator);
            }
            match value {
                Value::Empty => {}
                Value::Text(text) | Value::Marked(text) => {
                    let text = neutral(text);
                    self.put_field(&text);
                }
                Value::Number { scaled, decimals } => {
                    let number = unmistakable(scaled, decimals);
                    self.put(&number.replace('.', self.notation.point.encode_utf8(&mut [0; 4])));
                }
                Value::Flag(flag) => self.put(if flag { "true" } else { "false" }),
                Value::Date(day) => self.put(&day.format("%Y-%m-%d").to_string()),
                Value::Moment(at) => {
                    let at = moment(at, self.zone);
                    self.put(&at.format("%Y-%m-%d %H:%M:%S").to_string());
                }
            }
        }
        self.put("\r\n");
    }

    /// What was written since this was last called.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// A field; in quotation marks where its text would be read as something else.
    fn put_field(&mut self, text: &str) {
        let separator = self.notation.separator;
        let quoted = text.contains([separator, '"', '\n', '\r'])
            || text.starts_with(' ')
            || text.ends_with(' ');
        if quoted {
            self.put("\"");
            self.put(&text.replace('"', "\"\""));
            self.put("\"");
        } else {
            self.put(text);
        }
    }

    fn put(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn put_char(&mut self, letter: char) {
        self.put(letter.encode_utf8(&mut [0; 4]));
    }
}

/// A number that no reader takes for another: three decimals could be thousands, so they lose the zeros at
/// their end, or get a fourth figure.
fn unmistakable(scaled: i64, decimals: u8) -> String {
    let text = plain(scaled, decimals);
    if decimals != 3 {
        return text;
    }
    let short = text.trim_end_matches('0').trim_end_matches('.');
    match short.split_once('.') {
        Some((_, part)) if part.len() == 3 => format!("{short}0"),
        _ => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_decimals_are_never_thousands() {
        assert_eq!(unmistakable(14_000, 3), "14");
        assert_eq!(unmistakable(10_500, 3), "10.5");
        assert_eq!(unmistakable(1_234, 3), "1.2340");
        assert_eq!(unmistakable(0, 3), "0");
        assert_eq!(unmistakable(-100_000, 3), "-100");
        assert_eq!(unmistakable(450_000, 2), "4500.00");
    }

    #[test]
    fn fields_are_quoted_and_formulas_are_not_run() {
        let heading = |title: &str| Heading {
            title: title.to_owned(),
            letters: 10,
        };
        let headings = [heading("sku"), heading("prix")];
        let mut table = CsvTable::new(&headings, CsvNotation::of(Language::French), chrono_tz::UTC);
        table.push([
            Value::Text("a;\"b\""),
            Value::Number {
                scaled: -1250,
                decimals: 2,
            },
        ]);
        table.push([Value::Text("=1+1"), Value::Empty]);
        let text = String::from_utf8(table.take()).unwrap();
        assert_eq!(
            text,
            "\u{feff}sku;prix\r\n\"a;\"\"b\"\"\";-12,50\r\n'=1+1;\r\n"
        );
        assert!(table.take().is_empty());
    }
}

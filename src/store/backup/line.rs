//! A row as a line of text: the text format of PostgreSQL's COPY with the same words on both
//! databases. Fields are separated by tabs; NULL is `\N`; truth is 1 or 0; bytes and ids are
//! hexadecimal digits.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::BackupError;

/// The mark of NULL.
pub(super) const NULL: &[u8] = b"\\N";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole number, or truth as 1 or 0.
    Int,
    /// Text.
    Text,
    /// Bytes, or an id as 16 of them.
    Blob,
}

/// Rows and their sum. The sum does not depend on their order, which differs between databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    pub(super) rows: u64,
    lanes: [u64; 4],
}

impl Sum {
    /// Adds the hash of a row.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.rows += 1;
        let hash = Sha256::digest(line);
        for (lane, part) in self.lanes.iter_mut().zip(hash.chunks_exact(8)) {
            let part = part
                .iter()
                .fold(0u64, |all, byte| (all << 8) | u64::from(*byte));
            *lane = lane.wrapping_add(part);
        }
    }

    /// As text.
    pub(super) fn digest(&self) -> String {
        self.lanes
            .iter()
            .map(|lane| format!("{lane:016x}"))
            .collect()
    }
}

/// Appends a text.
pub(super) fn push_text(line: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        let letter = match byte {
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0b => b'v',
            0x0c => b'f',
            plain => {
                line.push(*plain);
                continue;
            }
        };
        line.extend_from_slice(&[b'\\', letter]);
    }
}

/// The text of a field.
pub(super) fn text_of(field: &[u8]) -> Result<String, BackupError> {
    let mut text = Vec::with_capacity(field.len());
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        text.push(match bytes.next() {
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'b') => 0x08,
            Some(b'v') => 0x0b,
            Some(b'f') => 0x0c,
            Some(b'\\') => b'\\',
            _ => return Err(BackupError::value("a text with an unknown escape".into())),
        });
    }
    String::from_utf8(text).map_err(|error| BackupError::value(error.into()))
}

/// Appends bytes.
pub(super) fn push_bytes(line: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        line.extend([byte >> 4, byte & 15].map(|digit| match digit {
            0..=9 => b'0' + digit,
            _ => b'a' + digit - 10,
        }));
    }
}

/// The bytes of a field.
pub(super) fn bytes_of(field: &[u8]) -> Result<Vec<u8>, BackupError> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let pairs = field.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
        _ => None,
    });
    pairs
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| BackupError::value("bytes that are no hexadecimal digits".into()))
}

/// The number of a field.
pub(super) fn int_of(field: &[u8]) -> Result<i64, BackupError> {
    let number = std::str::from_utf8(field)
        .ok()
        .and_then(|text| text.parse().ok());
    number.ok_or_else(|| BackupError::value("a number that is none".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_and_all_bytes_come_back() {
        let text = "Café \\N \\. a\tb\nc\rd \u{8}\u{b}\u{c} \u{1f96d} ''";
        let mut line = Vec::new();
        push_text(&mut line, text.as_bytes());
        assert!(!line.contains(&b'\n') && !line.contains(&b'\t'));
        assert_eq!(text_of(&line).unwrap(), text);
        let bytes: Vec<u8> = (0..=255).collect();
        let mut line = Vec::new();
        push_bytes(&mut line, &bytes);
        assert_eq!(bytes_of(&line).unwrap(), bytes);
        assert!(text_of(b"\\").is_err() && text_of(b"\\x").is_err());
        assert!(bytes_of(b"abc").is_err() && bytes_of(b"AB").is_err());
    }

    #[test]
    fn a_sum_depends_on_each_row_and_not_on_their_order() {
        let of = |lines: &[&str]| {
            let mut sum = Sum::default();
            for line in lines {
                sum.add(line.as_bytes());
            }
            (sum.rows, sum.digest())
        };
        assert_eq!(of(&["a", "b", "c"]), of(&["c", "a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["a", "b", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["a", "a"]));
        assert_ne!(of(&[]), of(&[""]));
    }
}

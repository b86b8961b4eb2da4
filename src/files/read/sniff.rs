//! What a file of unknown origin is: its encoding, and the character between its cells.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE};
use kernel::{Code, FieldError, Problem};

use super::legacy::{self, Decoded};

/// Bytes that decide whether a file without a mark is UTF-16.
const PROBE_BYTES: usize = 4096;
/// Records that decide the separator.
const PROBE_RECORDS: usize = 50;
/// Characters that may separate cells; those that are rarer inside cells come first.
const SEPARATORS: [u8; 4] = [b'\t', b';', b'|', b','];
/// The first bytes of files that are not text, and what such a file is.
const MAGIC: [(&[u8], &str); 4] = [
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
];

/// Turns bytes into text: by their byte order mark, as UTF-16 when every other byte is zero, as
/// UTF-8 when they are valid UTF-8, else in the old encoding that makes words of them ([`legacy`]).
///
/// # Errors
/// `import.unreadable` for a file that is not text.
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Problem> {
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(unreadable(format!(
            "The file is {what}. Save the sheet as CSV and send that."
        )));
    }
    let decoded = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        utf_8(rest).ok_or_else(|| {
            unreadable("The file says that it is UTF-8, but its bytes are not.".to_owned())
        })?
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf_16(rest, Endian::Little)?
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf_16(rest, Endian::Big)?
    } else if let Some(endian) = guess_utf_16(bytes) {
        utf_16(bytes, endian)?
    } else {
        utf_8(bytes).unwrap_or_else(|| legacy::decode(bytes))
    };
    if decoded.text.contains('\0') {
        return Err(unreadable(
            "The file holds the character U+0000: it is not text.".to_owned(),
        ));
    }
    Ok(decoded)
}

#[derive(Clone, Copy)]
enum Endian {
    Little,
    Big,
}

fn utf_8(bytes: &[u8]) -> Option<Decoded<'_>> {
    std::str::from_utf8(bytes).ok().map(|text| Decoded {
        text: Cow::Borrowed(text),
        encoding: "utf-8",
        is_guess: false,
    })
}

fn utf_16(bytes: &[u8], endian: Endian) -> Result<Decoded<'_>, Problem> {
    let (encoding, name) = match endian {
        Endian::Little => (UTF_16LE, "utf-16le"),
        Endian::Big => (UTF_16BE, "utf-16be"),
    };
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(|text| Decoded {
            text,
            encoding: name,
            is_guess: false,
        })
        .ok_or_else(|| unreadable("The file looks like UTF-16, but some of it is not.".to_owned()))
}

/// Text of European letters in UTF-16 has a zero in every other byte.
fn guess_utf_16(bytes: &[u8]) -> Option<Endian> {
    let probe = bytes.get(..bytes.len().min(PROBE_BYTES)).unwrap_or(bytes);
    let zeros = |odd: usize| {
        probe
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd, pairs) = (zeros(0), zeros(1), probe.len() / 2);
    if pairs < 2 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    if odd * 10 >= pairs * 7 && even * 10 < pairs {
        Some(Endian::Little)
    } else if even * 10 >= pairs * 7 && odd * 10 < pairs {
        Some(Endian::Big)
    } else {
        None
    }
}

/// The separator under which most of the first records have the same number of cells, and the
/// rest of the text behind an Excel `sep=` line.
#[must_use]
pub fn find_separator(text: &str) -> (u8, &str) {
    if let Some((first, rest)) = text.split_once('\n')
        && let Some(named) = first.trim_end_matches('\r').strip_prefix("sep=")
        && let [separator] = named.as_bytes()
        && SEPARATORS.contains(separator)
    {
        return (*separator, rest);
    }
    let mut best = (0, b',');
    for separator in SEPARATORS {
        let score = score(text, separator);
        if score > best.0 {
            best = (score, separator);
        }
    }
    (best.1, text)
}

/// How much the text looks like a table under a separator: first how many records have the commonest
/// number of cells, then that number; zero when it is one.
fn score(text: &str, separator: u8) -> usize {
    let mut widths: Vec<usize> = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .byte_records()
        .take(PROBE_RECORDS)
        .filter_map(Result::ok)
        .map(|record| record.len())
        .collect();
    widths.sort_unstable();
    widths
        .chunk_by(|a, b| a == b)
        .map(|run| match run {
            [width, ..] if *width > 1 => run.len() * 1000 + (*width).min(999),
            _ => 0,
        })
        .max()
        .unwrap_or(0)
}

/// A refusal of the whole file.
#[must_use]
pub fn unreadable(detail: String) -> Problem {
    let problem = Problem::new(Code::ImportUnreadable, detail);
    let detail = problem.detail.clone();
    problem.at(FieldError::new("/file", "import.unreadable", detail))
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;
    use proptest::prelude::*;

    use super::*;

    const SHEET: &str = "sku;désignation;prix\nA1;Œufs « frais »;1 500,00\n";

    fn utf_16_bytes(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn the_encodings_of_office_programs_are_told_apart() {
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend_from_slice(SHEET.as_bytes());
        let mut little = b"\xff\xfe".to_vec();
        little.extend(utf_16_bytes(SHEET, true));
        let mut big = b"\xfe\xff".to_vec();
        big.extend(utf_16_bytes(SHEET, false));
        let windows = WINDOWS_1252.encode(SHEET).0.into_owned();
        for (bytes, encoding) in [
            (SHEET.as_bytes().to_vec(), "utf-8"),
            (marked, "utf-8"),
            (little, "utf-16le"),
            (big, "utf-16be"),
            (utf_16_bytes(SHEET, true), "utf-16le"),
            (utf_16_bytes(SHEET, false), "utf-16be"),
            (windows, "windows-1252"),
        ] {
            let decoded = decode(&bytes).unwrap();
            assert_eq!((decoded.text.as_ref(), decoded.encoding), (SHEET, encoding));
        }
    }

    #[test]
    fn what_is_not_text_is_refused() {
        for bytes in [
            b"%PDF-1.7".as_slice(),
            b"a,b\0,c",
            b"\xef\xbb\xbf\xff\xff",
            b"\xff\xfe\x00\xd8a\x00",
        ] {
            assert_eq!(decode(bytes).unwrap_err().code, Code::ImportUnreadable);
        }
    }

    #[test]
    fn the_separator_is_the_one_that_makes_a_table() {
        assert_eq!(find_separator(SHEET).0, b';');
        assert_eq!(find_separator("a\tb,c\n1\t2,5\n").0, b'\t');
        assert_eq!(find_separator("a,b\n\"x;y;z\",1\n\"p;q;r\",2\n").0, b',');
        assert_eq!(find_separator("a|b|c\n1|2|3\n").0, b'|');
        assert_eq!(find_separator("sku;prix\nA;1,5\nB;2,5\n").0, b';');
        assert_eq!(find_separator("one column\nof text\n").0, b',');
        assert_eq!(find_separator("sep=|\r\na|b\n"), (b'|', "a|b\n"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(decoded) = decode(&bytes) {
                let (separator, _) = find_separator(&decoded.text);
                prop_assert!(SEPARATORS.contains(&separator));
            }
        }

        #[test]
        fn text_survives_utf_16_and_utf_8(text in "[^\0\u{feff}]{0,80}") {
            let mut little = b"\xff\xfe".to_vec();
            little.extend(utf_16_bytes(&text, true));
            prop_assert_eq!(decode(&little).unwrap().text, text.as_str());
            let mut marked = b"\xef\xbb\xbf".to_vec();
            marked.extend_from_slice(text.as_bytes());
            prop_assert_eq!(decode(&marked).unwrap().text, text.as_str());
        }
    }
}

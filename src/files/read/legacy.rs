//! Text from before Unicode: Windows-1252 (which holds Latin-1), the code page 850 of DOS, and Mac
//! Roman. Their bytes are all valid in each of them, so the letters decide: `é` within a word is a word
//! in one, and a low quotation mark or a capital `Ž` within a word in the others.

use std::borrow::Cow;

use encoding_rs::{MACINTOSH, WINDOWS_1252};

/// Bytes above ASCII that decide.
const PROBE: usize = 4000;
/// The upper half of code page 850.
const CP_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
/// Letters above ASCII that are frequent in French, English names, Portuguese, Spanish and German.
const FREQUENT: &str = "éèêëàâäçîïôöùûüÿœæñáíóúãõßÉÈÊËÀÂÇÎÏÔÙÛŒÑÁÍÓÚÄÖÜ";

/// An encoding: its name, and how its bytes are read.
type Encoding = (&'static str, fn(&[u8]) -> Cow<'_, str>);

/// A text, and the encoding of its bytes.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`, `cp850` or `macintosh`.
    pub encoding: &'static str,
    /// True where the letters alone decide it.
    pub is_guess: bool,
}

/// Decodes bytes that are not Unicode.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let candidates: [Encoding; 3] = [
        ("windows-1252", |bytes| {
            WINDOWS_1252.decode_without_bom_handling(bytes).0
        }),
        ("cp850", |bytes| Cow::Owned(cp_850(bytes))),
        ("macintosh", |bytes| {
            MACINTOSH.decode_without_bom_handling(bytes).0
        }),
    ];
    let probe = probe_of(bytes);
    let scores = candidates.map(|(_, read)| score(&read(&probe)));
    let best = scores.iter().copied().max().unwrap_or_default();
    // The usual one among equals: what Excel writes in France.
    let position = scores.iter().position(|score| *score == best).unwrap_or(0);
    let [first, ..] = candidates;
    let (encoding, read) = candidates.get(position).copied().unwrap_or(first);
    Decoded {
        text: read(bytes),
        encoding,
        is_guess: position > 0 || best <= 0,
    }
}

fn cp_850(bytes: &[u8]) -> String {
    let upper: Vec<char> = CP_850.chars().collect();
    let letter = |byte: &u8| match byte.checked_sub(128) {
        None => char::from(*byte),
        Some(place) => upper.get(usize::from(place)).copied().unwrap_or('?'),
    };
    bytes.iter().map(letter).collect()
}

/// The first bytes above ASCII, each with its neighbours.
fn probe_of(bytes: &[u8]) -> Vec<u8> {
    let mut probe = Vec::new();
    let mut seen = 0;
    for (position, byte) in bytes.iter().enumerate() {
        if byte.is_ascii() {
            continue;
        }
        seen += 1;
        if seen > PROBE {
            break;
        }
        let around = position.saturating_sub(1)..(position + 2).min(bytes.len());
        probe.extend_from_slice(bytes.get(around).unwrap_or_default());
        probe.push(b' ');
    }
    probe
}

/// How much a text looks like words.
fn score(probe: &str) -> i64 {
    let letters: Vec<char> = probe.chars().collect();
    letters
        .windows(3)
        .map(|window| match window {
            [before, letter, after] if !letter.is_ascii() => weigh(*before, *letter, *after),
            _ => 0,
        })
        .sum()
}

fn weigh(before: char, letter: char, after: char) -> i64 {
    let is_inside = before.is_alphabetic() && after.is_alphabetic();
    if letter.is_control() {
        -4
    } else if letter.is_lowercase() {
        let is_shouted = before.is_uppercase() && after.is_uppercase();
        match (FREQUENT.contains(letter), is_shouted) {
            (_, true) => -1,
            (true, false) => i64::from(before.is_alphabetic() || after.is_alphabetic()) * 2,
            (false, false) => 0,
        }
    } else if letter.is_uppercase() {
        if before.is_lowercase() {
            -2
        } else if FREQUENT.contains(letter) {
            1
        } else {
            -1
        }
    } else if letter == '\u{2019}' && is_inside {
        1
    } else if is_inside || ('\u{2500}'..='\u{25a0}').contains(&letter) {
        -2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "sku;désignation;prix\nA1;Crème brûlée;1500\nB2;PÂTÉ À L'ŒUF;2\nC3;Thé de l’été;3\n";

    #[test]
    fn old_encodings_are_told_apart_by_their_letters() {
        let upper: Vec<char> = CP_850.chars().collect();
        assert_eq!(upper.len(), 128);
        // Code page 850 has neither the ligature nor the curled apostrophe.
        let plain = TEXT.replace('Œ', "E").replace('’', "'");
        let dos: Vec<u8> = plain
            .chars()
            .map(|c| match upper.iter().position(|upper| *upper == c) {
                Some(place) => u8::try_from(place + 128).unwrap(),
                None => u8::try_from(u32::from(c)).unwrap(),
            })
            .collect();
        let windows = WINDOWS_1252.encode(TEXT).0;
        let decoded = decode(&windows);
        assert_eq!(
            (decoded.text.as_ref(), decoded.encoding, decoded.is_guess),
            (TEXT, "windows-1252", false)
        );
        let decoded = decode(&dos);
        assert_eq!(
            (decoded.text.as_ref(), decoded.encoding, decoded.is_guess),
            (plain.as_str(), "cp850", true)
        );
        let mac = mac_roman(TEXT);
        let decoded = decode(&mac);
        assert_eq!(
            (decoded.text.as_ref(), decoded.encoding, decoded.is_guess),
            (TEXT, "macintosh", true)
        );
    }

    fn mac_roman(text: &str) -> Vec<u8> {
        let table: Vec<char> = (128..=255u8)
            .map(|byte| {
                MACINTOSH
                    .decode_without_bom_handling(&[byte])
                    .0
                    .chars()
                    .next()
                    .unwrap()
            })
            .collect();
        text.chars()
            .map(|c| match table.iter().position(|upper| *upper == c) {
                Some(place) => u8::try_from(place + 128).unwrap(),
                None => u8::try_from(u32::from(c)).unwrap(),
            })
            .collect()
    }
}

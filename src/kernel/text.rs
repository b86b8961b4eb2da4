//! Text as people type it, made comparable.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Folds a text for search: accents off, lower case, ligatures apart, blanks collapsed.
/// "Café  MOULU" and "cafe moulu" fold to the same text; "œuf" to "oeuf".
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = true;
    for c in text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        if c.is_whitespace() || c.is_control() {
            if !blank {
                folded.push(' ');
            }
            blank = true;
            continue;
        }
        blank = false;
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            '’' | '‘' | 'ʼ' => folded.push('\''),
            other => folded.push(other),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A text whose accents are joined to their letters (Unicode NFC): what two keyboards type for the
/// same word becomes the same text.
#[must_use]
pub fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// True when a text has something to show: more than blanks, controls and invisible characters.
#[must_use]
pub fn has_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_ligatures_and_blanks_do_not_matter() {
        assert_eq!(fold("  Café\tMOULU 250 g "), "cafe moulu 250 g");
        assert_eq!(fold("Œufs d’Éthiopie"), "oeufs d'ethiopie");
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("cafe\u{301}"), "cafe");
    }

    #[test]
    fn what_two_keyboards_type_for_one_word_is_one_text() {
        assert_eq!(compose("cafe\u{301}"), compose("café"));
        assert_ne!(compose("cafe"), compose("café"));
    }

    #[test]
    fn invisible_text_has_nothing_to_show() {
        assert!(!has_visible(" \u{200b}\u{feff}\t"));
        assert!(has_visible("\u{202e}é"));
    }
}

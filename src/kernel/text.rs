//! Normal forms of text that people type, for comparison.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Folds a text for search: without accents, lower case, ligatures separated, blanks collapsed. "Café
/// MOULU" and "cafe moulu" give the same text; "œuf" gives "oeuf".
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

/// Composes accents with their letters (Unicode NFC): the same word typed on two keyboards becomes the
/// same text.
#[must_use]
pub fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// The form in which the codes of products (SKUs) are compared: Unicode NFKC, case folded, without
/// blanks around it. `CAF-250`, ` caf-250` and `ＣＡＦ-250` are one code; accents count.
#[must_use]
pub fn code_key(code: &str) -> String {
    let mut folded = String::with_capacity(code.len());
    for c in code.nfkc().flat_map(char::to_lowercase) {
        // Unicode's full case folding, by way of capitals: `ß` and `SS` both become `ss`. The dotless
        // `ı` is a letter of its own, as in Unicode's table.
        if c == 'ı' {
            folded.push(c);
        } else {
            folded.extend(c.to_uppercase().flat_map(char::to_lowercase));
        }
    }
    let composed: String = folded.nfkc().collect();
    composed.trim().to_owned()
}

/// The form in which references of mobile-money payments are compared: letters and digits only, in
/// capitals, with look-alikes replaced. `QGH7XK2`, `qgh7 xk2`, one with a hidden character inside and
/// one with a Cyrillic `Х` are one reference. A text without any letter or digit is its own form.
#[must_use]
pub fn reference_key(reference: &str) -> String {
    let key: String = reference
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_uppercase)
        .map(without_disguise)
        .filter(|c| c.is_alphanumeric())
        .collect();
    if key.is_empty() {
        return reference.trim().to_owned();
    }
    key
}

/// The Latin letter or digit that a capital looks like on a screen: for the Greek, Cyrillic and Armenian
/// alphabets (Unicode Technical Standard 39), and letters that are mistaken for digits when copied by
/// hand.
const fn without_disguise(capital: char) -> char {
    match capital {
        'Α' | 'А' => 'A',
        'Β' | 'В' => 'B',
        'С' | 'Ϲ' => 'C',
        'Ԁ' => 'D',
        'Ε' | 'Е' => 'E',
        'Ԍ' => 'G',
        'Η' | 'Н' | 'Һ' => 'H',
        'I' | 'L' | 'Ι' | 'І' | 'Ӏ' | '|' => '1',
        'Ј' | 'Ϳ' => 'J',
        'Κ' | 'К' => 'K',
        'Μ' | 'М' => 'M',
        'Ν' => 'N',
        'O' | 'Ο' | 'О' | 'Օ' => '0',
        'Ρ' | 'Р' => 'P',
        'Ԛ' => 'Q',
        'Ѕ' | 'Տ' => 'S',
        'Τ' | 'Т' => 'T',
        'Ս' => 'U',
        'Ѵ' => 'V',
        'Ԝ' => 'W',
        'Χ' | 'Х' => 'X',
        'Υ' | 'У' | 'Ү' => 'Y',
        'Ζ' => 'Z',
        'З' => '3',
        'Ч' => '4',
        other => other,
    }
}

/// True for a mark that is drawn on the letter before it.
#[must_use]
pub fn is_mark(c: char) -> bool {
    is_combining_mark(c)
}

/// Number of lines that a stored text may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// A name or a code: no tab and no line end.
    One,
    /// A remark, or a text of the receipt.
    Many,
}

/// The first character of a text that cannot be stored: a control character, and in a text of one line
/// also a tab or line end. Printers, spreadsheets and terminals act on such characters instead of
/// showing them.
#[must_use]
pub fn find_control(text: &str, lines: Lines) -> Option<char> {
    text.chars().find(|c| match c {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => lines == Lines::One,
        other => other.is_control(),
    })
}

/// The first invisible character of a text: controls, zero-width characters, marks of writing direction,
/// fillers that look like blanks. With one of them, two texts that look the same differ.
///
/// Unicode's `Default_Ignorable_Code_Point`, with controls, line separators and the empty Braille cell.
#[must_use]
pub fn find_invisible(text: &str) -> Option<char> {
    text.chars().find(|c| is_invisible(*c))
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Tidies a name: composed accents, each run of blanks as one plain blank, none around it. Names that
/// look the same become the same.
#[must_use]
pub fn tidy(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    compose(&words.join(" "))
}

/// True when a text has a visible character: not only blanks, controls and invisible characters.
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
    fn the_same_word_of_two_keyboards_is_one_text() {
        assert_eq!(compose("cafe\u{301}"), compose("café"));
        assert_ne!(compose("cafe"), compose("café"));
    }

    #[test]
    fn a_code_is_the_same_in_capitals_and_in_wide_letters_and_another_with_an_accent() {
        for other in ["caf-250", " CAF-250 ", "ＣＡＦ-250", "\u{a0}Caf-250"] {
            assert_eq!(code_key(other), code_key("CAF-250"), "{other}");
        }
        assert_eq!(code_key("CAFE\u{301}"), code_key("café"));
        assert_eq!(code_key("STRASSE"), code_key("straße"));
        assert_eq!(code_key("STRAẞE"), code_key("straße"));
        assert_eq!(code_key("ΟΔΟΣ"), code_key("οδος"));
        assert_ne!(code_key("café"), code_key("cafe"));
        assert_ne!(code_key("ı"), code_key("i"));
        assert_ne!(code_key("CAF 250"), code_key("CAF250"));
    }

    #[test]
    fn disguised_references_are_the_same() {
        for other in [
            "qgh7xk2",
            " QGH7 XK2 ",
            "QGH7\u{200b}XK2",
            "Q\u{ad}GH7XK2\u{feff}",
            "QGH7ХК2",
            "ＱＧＨ７ＸＫ２",
            "QGH7-XK2.",
            "Q\u{301}GH7XK2",
        ] {
            assert_eq!(reference_key(other), "QGH7XK2", "{other}");
        }
        assert_eq!(reference_key("MP10l0"), reference_key("mpiO1o"));
        assert_ne!(reference_key("QGH7XK2"), reference_key("QGH7XK3"));
        assert_eq!(reference_key(" - "), "-");
    }

    #[test]
    fn a_control_character_is_found_and_lines_are_where_a_text_has_them() {
        for control in ('\0'..'\u{20}').chain('\u{7f}'..='\u{9f}') {
            let text = format!("a{control}b");
            assert_eq!(find_control(&text, Lines::One), Some(control), "{text:?}");
            let ends_line = matches!(control, '\t' | '\n' | '\r' | '\u{85}');
            let found = find_control(&text, Lines::Many);
            assert_eq!(found, (!ends_line).then_some(control), "{text:?}");
        }
        assert_eq!(find_control("a\u{2028}b", Lines::One), Some('\u{2028}'));
        for text in ["Café moulu", "سكر", "a\u{a0}b", "👨‍👩‍👧", ""] {
            assert_eq!(find_control(text, Lines::One), None, "{text}");
        }
    }

    #[test]
    fn an_invisible_character_is_found_anywhere() {
        for hidden in [
            '\0',
            '\t',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{17b5}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{206f}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{1d173}',
            '\u{e0020}',
            '\u{e01ef}',
        ] {
            for text in [
                format!("{hidden}Amani"),
                format!("Am{hidden}ani"),
                format!("Amani{hidden}"),
            ] {
                assert_eq!(find_invisible(&text), Some(hidden), "{hidden:?}");
            }
        }
        for seen in [
            "Amani Bahati",
            "Élodie N’Guessan-Œuvrard",
            "أماني",
            "明子",
            "Neema 🥭",
            "a\u{a0}b",
        ] {
            assert_eq!(find_invisible(seen), None, "{seen}");
        }
    }

    #[test]
    fn a_name_has_single_plain_blanks() {
        assert_eq!(tidy("  Amani\u{a0} \u{3000}Bahati "), "Amani Bahati");
        assert_eq!(tidy("E\u{301}lodie"), "Élodie");
    }

    #[test]
    fn invisible_text_has_nothing_to_show() {
        assert!(!has_visible(" \u{200b}\u{feff}\t"));
        assert!(has_visible("\u{202e}é"));
    }
}

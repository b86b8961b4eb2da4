//! Checks that no type makes: characters that cannot be stored, and a list in place of an object (serde
//! also reads the fields of a struct from a list, and an empty list as an object without fields; the
//! document has no such body).
//!
//! One pass over the bytes decides whether a body needs this check: most do not.

use kernel::{
    Code, FieldError, Problem,
    text::{Lines, find_control},
};
use serde_json::Value;

/// Fields whose text may have lines and tabs, in any body. Names and codes have one line.
const TEXTS_WITH_LINES: [&str; 5] = [
    "note",
    "reason",
    "address",
    "receipt_header",
    "receipt_footer",
];

/// Refuses such a list or character. `raw` is valid JSON.
///
/// # Errors
/// `request.invalid_body` or `request.validation_failed`, with a pointer.
pub(super) fn check(raw: &[u8]) -> Result<(), Problem> {
    if !is_suspicious(raw) {
        return Ok(());
    }
    let Ok(body) = serde_json::from_slice::<Value>(raw) else {
        return Ok(());
    };
    if let Some(pointer) = find_list(&body, String::new(), Meant::Object) {
        let detail = "invalid type: list, expected an object";
        let problem = Problem::new(Code::InvalidBody, format!("{pointer}: {detail}"));
        return Err(problem.at(FieldError::new(pointer, "field.wrong_type", detail)));
    }
    match find_stray(&body, String::new(), Lines::One) {
        Some(stray) => Err(Problem::of(Code::ValidationFailed).at(stray)),
        None => Ok(()),
    }
}

/// True when the body needs a full check. In JSON a control character below U+0020 is always an escape,
/// and the other control characters and line separators begin with one of three bytes. A list that is
/// the value of a field follows a colon; any other is in place of an object, or inside a text.
fn is_suspicious(raw: &[u8]) -> bool {
    let mut before = b' ';
    for byte in raw {
        match byte {
            b'\\' | 0x7f | 0xc2 | 0xe2 => return true,
            b'[' if before != b':' => return true,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => before = *byte,
        }
    }
    false
}

/// What the document expects at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// The body itself and the items of lists: never a list.
    Object,
    /// The value of a field.
    Any,
}

fn find_list(value: &Value, pointer: String, meant: Meant) -> Option<String> {
    match value {
        Value::Array(_) if meant == Meant::Object => Some(pointer),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_list(item, format!("{pointer}/{index}"), Meant::Object)),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, member)| find_list(member, format!("{pointer}/{name}"), Meant::Any)),
        _ => None,
    }
}

/// The first character of the body that cannot be stored ([`find_control`]), as a refusal with its
/// pointer.
fn find_stray(value: &Value, pointer: String, lines: Lines) -> Option<FieldError> {
    match value {
        Value::String(text) => {
            let control = find_control(text, lines)?;
            Some(stray(pointer, control))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_stray(item, format!("{pointer}/{index}"), lines)),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            if let Some(control) = find_control(name, Lines::One) {
                return Some(stray(pointer.clone(), control));
            }
            let lines = lines_of(name)?;
            find_stray(member, format!("{pointer}/{name}"), lines)
        }),
        _ => None,
    }
}

/// The lines that the text of a field may have; `None` for a password, which is not stored and may have
/// any character.
fn lines_of(field: &str) -> Option<Lines> {
    if field.ends_with("password") {
        return None;
    }
    let has_lines = TEXTS_WITH_LINES.contains(&field);
    Some(if has_lines { Lines::Many } else { Lines::One })
}

fn stray(pointer: String, control: char) -> FieldError {
    let number = u32::from(control);
    let (code, detail) = if control == '\0' {
        // PostgreSQL cannot store it.
        let detail = "The character U+0000 cannot be stored.".to_owned();
        ("text.nul_character", detail)
    } else {
        let detail = format!("The control character U+{number:04X} cannot be stored here.");
        ("text.control_character", detail)
    };
    FieldError::new(pointer, code, detail).with("character", format!("U+{number:04X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<(String, &'static str)> {
        let problem = check(text.as_bytes()).err()?;
        let error = problem.errors.first()?;
        Some((error.pointer.clone(), error.code))
    }

    #[test]
    fn a_list_in_place_of_an_object_is_refused_with_its_pointer() {
        let list_at = |pointer: &str| Some((pointer.to_owned(), "field.wrong_type"));
        assert_eq!(refused("[]"), list_at(""));
        assert_eq!(refused(" [\"a\"]"), list_at(""));
        assert_eq!(refused("{\"lines\": [{}, [1]]}"), list_at("/lines/1"));
        assert_eq!(refused("{\"lines\":[\n[]]}"), list_at("/lines/0"));
        for right in [
            "{}",
            "7",
            "{\"lines\" :\n[], \"codes\": [\"[\", \"\\\"[\"]}",
            "{\"a\": [{\"b\": [1]}, {\"[[\": \"[[\"}]}",
        ] {
            assert_eq!(refused(right), None, "{right}");
        }
    }

    #[test]
    fn a_plain_body_needs_no_full_check() {
        let plain = "{\"lines\": [{\"product_id\": \"0192f0c1\", \"tags\": [\"é\"]}], \"n\": []}";
        assert!(!is_suspicious(plain.as_bytes()));
        for doubtful in [
            "[]",
            "{\"a\":[[1]]}",
            "{\"a\":\"\\n\"}",
            "{\"a\":\"\u{2028}\"}",
        ] {
            assert!(is_suspicious(doubtful.as_bytes()), "{doubtful}");
        }
    }
}

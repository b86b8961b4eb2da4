//! What every list asks of its query string: texts that are not giants, and the cursor of its own
//! next page.

use kernel::{Code, FieldError, Problem, paging::Page};
use platform::cursor;
use serde::Serialize;

/// A text parameter of a sensible length.
///
/// # Errors
/// `request.invalid_query`.
pub fn check_length(name: &str, text: Option<&str>, most: usize) -> Result<(), Problem> {
    match text {
        Some(text) if text.chars().count() > most => {
            Err(refuse(name, &format!("may have at most {most} characters")))
        }
        _ => Ok(()),
    }
}

/// The cursor behind the last item of a page that has a next one.
pub fn next_cursor<T, P: Serialize>(
    list: &str,
    page: &Page<T>,
    position: impl Fn(&T) -> P,
) -> Option<String> {
    let last = page.items.last().filter(|_| page.has_more)?;
    Some(cursor::seal(list, &position(last)))
}

fn refuse(name: &str, detail: &str) -> Problem {
    Problem::new(Code::InvalidQuery, format!("{name} {detail}.")).at(FieldError::new(
        format!("?{name}"),
        "query.out_of_range",
        detail,
    ))
}

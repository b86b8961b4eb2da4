//! Checks of the query string of every list: lengths of texts, days, and the list's own cursor.

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::{Code, FieldError, Period, Problem, Timestamp, paging::Page};
use platform::cursor;
use serde::{Serialize, de::DeserializeOwned};

/// Checks the length of a text parameter.
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

/// The place after which a page begins; `None` for the first page.
///
/// # Errors
/// `request.invalid_cursor`.
pub fn open_cursor<P: DeserializeOwned>(
    list: &str,
    cursor: Option<&str>,
) -> Result<Option<P>, Problem> {
    cursor.map(|text| cursor::open(list, text)).transpose()
}

/// The cursor after the last item, if there is another page.
pub fn next_cursor<T, P: Serialize>(
    list: &str,
    page: &Page<T>,
    position: impl Fn(&T) -> P,
) -> Option<String> {
    let last = page.items.last().filter(|_| page.has_more)?;
    Some(cursor::seal(list, &position(last)))
}

/// A page of a list that is short enough to be read as a whole. The place of an item is its id.
///
/// # Errors
/// `request.invalid_cursor`.
pub fn page_of_whole<T, I>(
    list: &str,
    all: Vec<T>,
    cursor: Option<&str>,
    limit: u32,
    id: impl Fn(&T) -> I,
) -> Result<(Vec<T>, Option<String>), Problem>
where
    I: Serialize + DeserializeOwned + PartialEq,
{
    let begin = match cursor {
        None => 0,
        Some(text) => {
            let last: I = cursor::open(list, text)?;
            let place = all.iter().position(|one| id(one) == last);
            place.ok_or_else(cursor::refused)? + 1
        }
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let rest = all.into_iter().skip(begin);
    let page = Page::from_probe(rest.take(most.saturating_add(1)).collect(), limit);
    let next = next_cursor(list, &page, id);
    Ok((page.items, next))
}

/// The instants between the first and the last day of a query: the start included, the end not.
///
/// # Errors
/// `request.invalid_query` if the two days are not a period.
pub fn bounds_of(
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
    zone: Tz,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
    let period =
        |from, to| Period::new(from, to, zone).map_err(|error| bad_period(&error.to_string()));
    if let (Some(first), Some(last)) = (first, last) {
        period(first, last)?;
    }
    let first = first.map(|day| period(day, day)).transpose()?;
    let last = last.map(|day| period(day, day)).transpose()?;
    Ok((first.map(|day| day.start()), last.map(|day| day.end())))
}

fn bad_period(detail: &str) -> Problem {
    Problem::new(Code::InvalidQuery, detail).at(FieldError::new("?from", "query.invalid", detail))
}

fn refuse(name: &str, detail: &str) -> Problem {
    Problem::new(Code::InvalidQuery, format!("{name} {detail}.")).at(FieldError::new(
        format!("?{name}"),
        "query.out_of_range",
        detail,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_looks_between_the_ends_of_its_days() {
        let zone = chrono_tz::Africa::Kinshasa;
        let day = |number| NaiveDate::from_ymd_opt(2026, 3, number);
        let both = bounds_of(day(2), day(3), zone).unwrap();
        let alone = |first, last| bounds_of(first, last, zone).unwrap();
        assert_eq!(both, (alone(day(2), None).0, alone(None, day(3)).1));
        let (from, until) = (both.0.unwrap(), both.1.unwrap());
        assert_eq!(until.micros() - from.micros(), 2 * 24 * 3600 * 1_000_000);
        assert_eq!(alone(None, None), (None, None));
        let reversed = bounds_of(day(3), day(2), zone).unwrap_err();
        assert_eq!(reversed.code, Code::InvalidQuery);
        let ancient = NaiveDate::from_ymd_opt(1969, 12, 31);
        assert!(bounds_of(None, ancient, zone).is_err());
    }

    #[test]
    fn a_short_list_comes_page_by_page_and_ends() {
        let all: Vec<i64> = (0..7).collect();
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..3 {
            let page = page_of_whole("list", all.clone(), cursor.as_deref(), 3, |one| *one);
            let (items, next) = page.unwrap();
            seen.extend(items);
            cursor = next;
        }
        assert_eq!((seen, cursor), (all.clone(), None));
        let foreign = platform::cursor::seal("other", &3);
        assert!(page_of_whole("list", all, Some(&foreign), 3, |one| *one).is_err());
    }
}

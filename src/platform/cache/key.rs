//! Questions, and the keys under which their responses are stored.

use chrono::NaiveDate;
use kernel::{Period, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{
    generations::Span,
    kind::{Age, CacheKind},
};

/// Raise it when the meaning of figures changes: responses of older versions in a Redis are then not
/// used. 2: revenue is without tax.
const MEANING: u32 = 2;
/// Longer questions are answered, but not cached.
const MAX_QUESTION_BYTES: usize = 2048;
/// A day counts as closed only this long after its end: a sale may begin before midnight and be
/// committed after it, and the clocks of instances differ a little.
const GRACE_SECONDS: i64 = 15 * 60;

/// An operation with its parameters, and the days that the response covers.
#[derive(Debug, Clone)]
pub struct Question {
    pub(super) kind: CacheKind,
    pub(super) text: Box<str>,
    pub(super) span: Span,
    last_moment: Option<(NaiveDate, chrono_tz::Tz)>,
}

impl Question {
    /// The question of a request: the operation, and every parameter with its default, so that every
    /// spelling gives the same question. The response must depend on nothing else that a client sends;
    /// see [`Self::varying`].
    #[must_use]
    pub fn of(kind: CacheKind, operation: &str, parameters: &impl Serialize) -> Self {
        // Parameters of a query can always be written as JSON; one that could not would never be cached.
        let parameters =
            serde_json::to_string(parameters).unwrap_or_else(|_| "?".repeat(MAX_QUESTION_BYTES));
        Self::about(kind, &format!("{operation} {parameters}"))
    }

    /// A question of the program itself, with a name that no other question of this kind has.
    #[must_use]
    pub fn about(kind: CacheKind, name: &str) -> Self {
        Self {
            kind,
            text: name.into(),
            span: None,
            last_moment: None,
        }
    }

    /// Adds the days of a period. A response without days is about the present moment.
    #[must_use]
    pub fn over(mut self, period: &Period) -> Self {
        let (first, last) = (period.from(), period.to());
        self.span = Some(self.span.map_or((first, last), |(earlier, later)| {
            (earlier.min(first), later.max(last))
        }));
        self.last_moment = self.span.map(|(_, last)| (last, period.zone()));
        self
    }

    /// Adds what else the response depends on, such as a permission of some roles.
    #[must_use]
    pub fn varying(mut self, by: &str) -> Self {
        self.text = format!("{}#{by}", self.text).into_boxed_str();
        self
    }

    /// False for a question that is too long to cache.
    pub(super) const fn can_be_kept(&self) -> bool {
        self.text.len() <= MAX_QUESTION_BYTES
    }

    /// Whether new sales still change the response.
    pub(super) fn age(&self, now: Timestamp) -> Age {
        match self.last_moment {
            Some((last, zone)) if last < now.plus_seconds(-GRACE_SECONDS).date_in(zone) => {
                Age::Closed
            }
            _ => Age::Open,
        }
    }

    pub(super) fn key(self, era: u32, generation: i64) -> Key {
        Key {
            kind: self.kind,
            era,
            generation,
            span: self.span,
            text: self.text,
        }
    }
}

/// The key of a response: everything that can make two responses differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub kind: CacheKind,
    /// Raised when the log belongs to another database.
    era: u32,
    generation: i64,
    span: Span,
    pub text: Box<str>,
}

impl Key {
    /// The key in a Redis that shops and versions of the program may share.
    pub(super) fn in_redis(&self, identity: i64) -> String {
        let mut hash = Sha256::new();
        if let Some((first, last)) = self.span {
            hash.update(format!("{first}/{last}"));
        }
        hash.update([0]);
        hash.update(self.text.as_bytes());
        let mut name = format!(
            "salesflow:{}-{MEANING}:{identity:x}:{}:{:x}:",
            env!("CARGO_PKG_VERSION"),
            self.kind.as_str(),
            self.generation
        );
        for byte in hash.finalize() {
            for half in [byte >> 4, byte & 15] {
                name.extend(char::from_digit(u32::from(half), 16));
            }
        }
        name
    }

    /// Size in bytes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>().saturating_add(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(number: u32) -> Question {
        Question::of(CacheKind::Kpi, "summary", &number)
    }

    fn period(from: &str, to: &str) -> Period {
        let zone = chrono_tz::Africa::Lubumbashi;
        Period::new(from.parse().unwrap(), to.parse().unwrap(), zone).unwrap()
    }

    #[test]
    fn a_period_is_closed_a_quarter_of_an_hour_after_its_last_midnight() {
        let asked = question(1).over(&period("2026-11-01", "2026-11-21"));
        let at = |text| Timestamp::parse(text).unwrap();
        assert_eq!(asked.age(at("2026-11-22T00:14:59+02:00")), Age::Open);
        assert_eq!(asked.age(at("2026-11-22T00:15:00+02:00")), Age::Closed);
        assert_eq!(question(1).age(at("2026-11-22T00:15:00+02:00")), Age::Open);
    }

    #[test]
    fn a_comparison_covers_both_periods_and_is_as_open_as_the_later_one() {
        let later = period("2026-11-08", "2026-11-14");
        let asked = question(1).over(&later).over(&later.previous().unwrap());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(asked.span, Some((day("2026-11-01"), day("2026-11-14"))));
        let at = Timestamp::parse("2026-11-14T12:00:00Z").unwrap();
        assert_eq!(asked.age(at), Age::Open);
    }

    #[test]
    fn keys_differ_by_everything_that_can_make_responses_differ() {
        let base = || question(1).over(&period("2026-11-01", "2026-11-02"));
        let keys = [
            base().key(0, 0),
            base().key(0, 1),
            base().varying("costs").key(0, 0),
            base().over(&period("2026-11-01", "2026-11-03")).key(0, 0),
            question(1).key(0, 0),
            Question::of(CacheKind::Kpi, "timeseries", &1u32)
                .over(&period("2026-11-01", "2026-11-02"))
                .key(0, 0),
            question(2)
                .over(&period("2026-11-01", "2026-11-02"))
                .key(0, 0),
        ];
        for (index, one) in keys.iter().enumerate() {
            for other in keys.iter().skip(index + 1) {
                assert_ne!(one, other);
                assert_ne!(one.in_redis(1), other.in_redis(1));
            }
        }
        assert_ne!(base().key(0, 0).in_redis(1), base().key(0, 0).in_redis(2));
    }
}

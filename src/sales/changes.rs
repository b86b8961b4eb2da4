//! The past days of sales that a deed changes, for caches. Only the feature knows these days;
//! everything else follows from the kind of deed (`audit::Deed::touches`).

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::{Timestamp, changes::Scope};
use store::Tx;

/// More days than this are recorded as one range.
const MAX_SINGLE_DAYS: usize = 16;

/// Records the past days on which something has just been sold, refunded or voided. Today is left
/// out: answers that cover today are never kept for long.
pub(crate) fn record_days(
    tx: &Tx,
    zone: Tz,
    now: Timestamp,
    instants: impl IntoIterator<Item = Timestamp>,
) {
    let today = now.date_in(zone);
    let days = instants.into_iter().map(|at| at.date_in(zone));
    let scopes = past_days(days.filter(|day| *day < today).collect());
    store::changes::record(tx, now, &scopes);
}

/// Records that any day until now may have changed.
pub(crate) fn record_history(tx: &Tx, zone: Tz, now: Timestamp) {
    let scope = Scope::Days {
        first: kernel::clock::EARLIEST.date_in(zone),
        last: now.date_in(zone),
    };
    store::changes::record(tx, now, &[scope]);
}

fn past_days(mut days: Vec<NaiveDate>) -> Vec<Scope> {
    days.sort_unstable();
    days.dedup();
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if days.len() > MAX_SINGLE_DAYS => vec![Scope::Days {
            first: *first,
            last: *last,
        }],
        _ => days
            .into_iter()
            .map(|day| Scope::Days {
                first: day,
                last: day,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_days_stand_for_themselves_and_many_as_a_range() {
        let day = |number| NaiveDate::from_ymd_opt(2026, 11, number).unwrap();
        let one = |day| Scope::Days {
            first: day,
            last: day,
        };
        assert_eq!(past_days(Vec::new()), []);
        assert_eq!(
            past_days(vec![day(5), day(2), day(5)]),
            [one(day(2)), one(day(5))]
        );
        let range = Scope::Days {
            first: day(1),
            last: day(20),
        };
        assert_eq!(past_days((1..=20).map(day).collect()), [range]);
    }
}

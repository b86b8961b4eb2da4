//! Refusals of one kind in each minute: how many, since when, from where.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use kernel::{Role, Timestamp, ids::UserId};
use tokio::time::Instant;

/// Each kind has one entry in this time.
pub(super) const LENGTH: Duration = Duration::from_mins(1);
/// Kinds that are counted separately for one user. More operations share an entry.
const MAX_OF_USER: usize = 20;
/// Kinds that are counted separately in total. The rest share an entry.
const MAX_MATTERS: usize = 1_000;
/// Addresses in an entry.
const MAX_ADDRESSES: usize = 10;

/// The subject of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Matter {
    /// A user requested an operation that the role does not allow.
    Operation(UserId, String),
    /// More operations of a user who tries many.
    OtherOperations(UserId),
    /// Attempts at an account.
    Account(UserId),
    /// Attempts at accounts that do not exist.
    Strangers,
    /// Refusals beyond the limits.
    Everything,
}

/// How often something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RefusalCount {
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// Some of the addresses from which it came.
    pub addresses: BTreeSet<String>,
    /// The address of the last one.
    pub address: String,
    /// The request id of the last one.
    pub request_id: String,
    pub role: Option<Role>,
}

impl RefusalCount {
    pub(super) fn of_one(
        at: Timestamp,
        address: &str,
        request_id: &str,
        role: Option<Role>,
    ) -> Self {
        Self {
            count: 1,
            first_at: at,
            last_at: at,
            addresses: BTreeSet::from([address.to_owned()]),
            address: address.to_owned(),
            request_id: request_id.to_owned(),
            role,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.first_at = self.first_at.min(other.first_at);
        if other.last_at >= self.last_at {
            self.last_at = other.last_at;
            self.address = other.address;
            self.request_id = other.request_id;
            self.role = other.role;
        }
        for address in other.addresses {
            if self.addresses.len() < MAX_ADDRESSES {
                self.addresses.insert(address);
            }
        }
    }
}

/// The time during which entries of a kind wait, and what waits.
#[derive(Debug, Default)]
struct Window {
    /// No entry of this kind is written before.
    ends: Option<Instant>,
    waiting: Option<RefusalCount>,
}

#[derive(Debug, Default)]
pub(super) struct Windows {
    by_matter: HashMap<Matter, Window>,
}

impl Windows {
    pub(super) fn add(&mut self, matter: Matter, tally: RefusalCount) {
        let matter = self.bounded(matter);
        let window = self.by_matter.entry(matter).or_default();
        match &mut window.waiting {
            Some(waiting) => waiting.add(tally),
            None => window.waiting = Some(tally),
        }
    }

    /// The kind under which a refusal is counted.
    fn bounded(&self, matter: Matter) -> Matter {
        if self.by_matter.contains_key(&matter) {
            return matter;
        }
        let matter = match matter {
            Matter::Operation(user, _) if self.operations_of(user) >= MAX_OF_USER => {
                Matter::OtherOperations(user)
            }
            other => other,
        };
        if self.by_matter.len() < MAX_MATTERS || self.by_matter.contains_key(&matter) {
            matter
        } else {
            Matter::Everything
        }
    }

    fn operations_of(&self, user: UserId) -> usize {
        let own = |matter: &&Matter| matches!(matter, Matter::Operation(of, _) if *of == user);
        self.by_matter.keys().filter(own).count()
    }

    /// When something must be written next; `None` if nothing waits.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let waiting = self.by_matter.values().filter(|one| one.waiting.is_some());
        waiting
            .map(|window| window.ends.unwrap_or_else(Instant::now))
            .min()
    }

    /// Returns what must be written now, and drops kinds that were quiet for their time.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<(Matter, RefusalCount)> {
        let mut due = Vec::new();
        self.by_matter.retain(|matter, window| {
            if window.ends.is_some_and(|ends| ends > now) {
                return true;
            }
            let Some(tally) = window.waiting.take() else {
                return false;
            };
            window.ends = Some(now + LENGTH);
            due.push((matter.clone(), tally));
            true
        });
        due
    }

    /// Puts back what could not be written.
    pub(super) fn put_back(&mut self, due: Vec<(Matter, RefusalCount)>) {
        for (matter, tally) in due {
            let window = self.by_matter.entry(matter).or_default();
            window.ends = None;
            match &mut window.waiting {
                Some(waiting) => waiting.add(tally),
                None => window.waiting = Some(tally),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(second: i64, address: &str) -> RefusalCount {
        let at = Timestamp::from_micros(second * 1_000_000);
        RefusalCount::of_one(at, address, "request", Some(Role::Viewer))
    }

    fn operation(user: UserId, name: &str) -> Matter {
        Matter::Operation(user, name.to_owned())
    }

    #[test]
    fn the_first_is_due_at_once_and_those_of_a_minute_make_one_line() {
        let mut windows = Windows::default();
        let (user, start) = (UserId::generate(), Instant::now());
        windows.add(operation(user, "GET /a"), seen(0, "10.0.0.1"));
        assert_eq!(windows.take_due(start).len(), 1);
        for second in 1..50 {
            windows.add(operation(user, "GET /a"), seen(second, "10.0.0.2"));
            let now = start + Duration::from_secs(second.unsigned_abs());
            assert!(windows.take_due(now).is_empty());
        }
        assert_eq!(windows.next_due(), Some(start + LENGTH));
        let due = windows.take_due(start + LENGTH);
        assert_eq!(due.len(), 1);
        assert_eq!(due[0].1.count, 49);
        assert_eq!(due[0].1.last_at, Timestamp::from_micros(49_000_000));
        assert!(windows.take_due(start + LENGTH * 2).is_empty());
        assert!(windows.by_matter.is_empty(), "a quiet kind is forgotten");
    }

    #[test]
    fn a_flood_is_bounded_by_user_and_over_all() {
        let mut windows = Windows::default();
        let user = UserId::generate();
        for number in 0..500 {
            windows.add(
                operation(user, &format!("GET /{number}")),
                seen(0, "10.0.0.1"),
            );
        }
        let due = windows.take_due(Instant::now());
        assert_eq!(due.len(), MAX_OF_USER + 1);
        assert_eq!(due.iter().map(|(_, tally)| tally.count).sum::<u64>(), 500);
        for number in 0..3_000 {
            let address = format!("10.0.{}.{}", number / 250, number % 250);
            windows.add(operation(UserId::generate(), "GET /a"), seen(0, &address));
        }
        assert!(windows.by_matter.len() <= MAX_MATTERS + 1);
        let due = windows.take_due(Instant::now());
        assert_eq!(due.iter().map(|(_, tally)| tally.count).sum::<u64>(), 3_000);
        assert!(
            due.iter()
                .all(|(_, tally)| tally.addresses.len() <= MAX_ADDRESSES)
        );
    }

    #[test]
    fn what_could_not_be_written_is_due_again_with_what_came_since() {
        let mut windows = Windows::default();
        let (user, start) = (UserId::generate(), Instant::now());
        windows.add(operation(user, "GET /a"), seen(0, "10.0.0.1"));
        let due = windows.take_due(start);
        windows.add(operation(user, "GET /a"), seen(1, "10.0.0.1"));
        windows.put_back(due);
        let due = windows.take_due(start);
        assert_eq!(due[0].1.count, 2);
        assert_eq!(due[0].1.first_at, Timestamp::from_micros(0));
    }
}

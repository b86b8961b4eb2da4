//! Slows down password guessing: a growing delay for each account, and a limit on failures in a
//! minute for each address.
//!
//! An attempt counts as a failure from its beginning until it succeeds: a thousand guesses sent at
//! once are not all admitted before the first has failed. The counts are kept in this process;
//! several instances together allow more.
//!
//! An account has a separate count at places from which it has signed in before ([`super::places`]),
//! so that a stranger elsewhere cannot lock the owner out. There it is also exempt from the limit of
//! the address and does not count towards it: twenty failures of one till do not delay other tills
//! behind the same address. The limit of the account always applies.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::{Code, Problem, Timestamp};
use moka::future::Cache;

use super::places::{PlaceKind, network_of};

/// Failures of an account without a delay, since people mistype.
const FREE_FAILURES: u32 = 5;
/// Delay after the last free failure in seconds. It doubles with each further one.
const FIRST_DELAY_SECONDS: i64 = 5;
/// Longest delay: long enough against guessing, short enough to wait.
const MAX_DELAY_SECONDS: i64 = 300;
/// The failures of an account are forgotten after this quiet time.
const FORGIVEN_AFTER_SECONDS: i64 = 3600;
/// Failures from one address in a minute: enough for a shop behind one address.
const ADDRESS_FAILURES: usize = 20;
/// A minute.
const WINDOW_SECONDS: i64 = 60;
/// Most remembered accounts, and most addresses: a few MiB.
const MAX_ENTRIES: u64 = 50_000;

/// The counts.
#[derive(Clone)]
pub struct Throttle {
    tables: Option<FailureCounts>,
}

#[derive(Clone)]
struct FailureCounts {
    accounts: Cache<String, Arc<Mutex<AccountFailures>>>,
    addresses: Cache<String, Arc<Mutex<VecDeque<Timestamp>>>>,
}

#[derive(Debug, Default)]
struct AccountFailures {
    failures: u32,
    last_failure: Option<Timestamp>,
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throttle")
            .field("is_enabled", &self.tables.is_some())
            .finish_non_exhaustive()
    }
}

impl Throttle {
    /// A throttle with empty counts.
    #[must_use]
    pub fn enabled() -> Self {
        let idle = Duration::from_secs(FORGIVEN_AFTER_SECONDS.unsigned_abs());
        Self {
            tables: Some(FailureCounts {
                accounts: Cache::builder()
                    .max_capacity(MAX_ENTRIES)
                    .time_to_idle(idle)
                    .build(),
                addresses: Cache::builder()
                    .max_capacity(MAX_ENTRIES)
                    .time_to_idle(idle)
                    .build(),
            }),
        }
    }

    /// A throttle that admits everything.
    #[must_use]
    pub const fn disabled() -> Self {
        Self { tables: None }
    }

    /// Admits an attempt at an account, and counts it as failed until its result is known.
    ///
    /// # Errors
    /// `auth.too_many_attempts` with the seconds to wait.
    pub async fn begin(
        &self,
        account: &str,
        address: &str,
        place: PlaceKind,
        now: Timestamp,
    ) -> Result<Attempt, Problem> {
        let Some(tables) = &self.tables else {
            return Ok(Attempt { counted: None });
        };
        let network = network_of(address);
        let key = match place {
            PlaceKind::Known => format!("{account}\0{network}"),
            PlaceKind::New => account.to_owned(),
        };
        let account = tables
            .accounts
            .get_with(key, async { Arc::default() })
            .await;
        let address = match place {
            PlaceKind::Known => None,
            PlaceKind::New => {
                let failures = tables.addresses.get_with(network, async { Arc::default() });
                Some(failures.await)
            }
        };
        let before = {
            let mut account = lock(&account);
            account.forgive(now);
            let mut address = address.as_ref().map(|address| lock(address));
            let address_until = address
                .as_mut()
                .and_then(|failures| blocked_until(failures, now));
            if let Some(until) = account.blocked_until().max(address_until)
                && until > now
            {
                return Err(refusal(until, now));
            }
            if let Some(failures) = &mut address {
                failures.push_back(now);
            }
            account.fail(now)
        };
        Ok(Attempt {
            counted: Some(Counting {
                account,
                address,
                at: now,
                before,
            }),
        })
    }
}

/// An admitted attempt. If it is dropped without a result, it has failed.
#[must_use]
pub struct Attempt {
    counted: Option<Counting>,
}

struct Counting {
    account: Arc<Mutex<AccountFailures>>,
    address: Option<Arc<Mutex<VecDeque<Timestamp>>>>,
    at: Timestamp,
    /// The time of the account's previous failure.
    before: Option<Timestamp>,
}

impl Attempt {
    /// It was right: the account's failures are forgotten.
    pub fn succeed(self) {
        let Some(counted) = self.counted else { return };
        *lock(&counted.account) = AccountFailures::default();
        counted.take_back_from_address();
    }

    /// It was not judged (no place for hashing, no database), or only half of it was sent: it counts
    /// neither as a failure nor as a success.
    pub fn abandon(self) {
        let Some(counted) = self.counted else { return };
        {
            let mut account = lock(&counted.account);
            account.failures = account.failures.saturating_sub(1);
            if account.last_failure == Some(counted.at) {
                account.last_failure = counted.before;
            }
        }
        counted.take_back_from_address();
    }
}

impl Counting {
    fn take_back_from_address(&self) {
        let Some(address) = &self.address else { return };
        let mut address = lock(address);
        if let Some(index) = address.iter().rposition(|at| *at == self.at) {
            address.remove(index);
        }
    }
}

impl AccountFailures {
    /// Counts a failure, and returns the time of the previous one.
    const fn fail(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.failures = self.failures.saturating_add(1);
        self.last_failure.replace(now)
    }

    fn forgive(&mut self, now: Timestamp) {
        if self
            .last_failure
            .is_some_and(|at| at.plus_seconds(FORGIVEN_AFTER_SECONDS) <= now)
        {
            *self = Self::default();
        }
    }

    fn blocked_until(&self) -> Option<Timestamp> {
        let doublings = self.failures.checked_sub(FREE_FAILURES)?;
        let factor = 2_i64.checked_pow(doublings).unwrap_or(i64::MAX);
        let delay = FIRST_DELAY_SECONDS
            .saturating_mul(factor)
            .min(MAX_DELAY_SECONDS);
        self.last_failure.map(|at| at.plus_seconds(delay))
    }
}

/// When an address may try again; `None` below the limit.
fn blocked_until(failures: &mut VecDeque<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    while failures
        .front()
        .is_some_and(|at| at.plus_seconds(WINDOW_SECONDS) <= now)
    {
        failures.pop_front();
    }
    let first = failures.front()?;
    (failures.len() >= ADDRESS_FAILURES).then(|| first.plus_seconds(WINDOW_SECONDS))
}

fn refusal(until: Timestamp, now: Timestamp) -> Problem {
    let micros = until.micros().saturating_sub(now.micros());
    let seconds = u32::try_from(micros.saturating_add(999_999) / 1_000_000).unwrap_or(u32::MAX);
    metrics::counter!("auth_throttled_total").increment(1);
    Problem::new(
        Code::TooManyAttempts,
        format!("Too many attempts. Try again in {seconds} seconds."),
    )
    .retry_after(seconds)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_000_000_000_000_000);

    async fn fail(throttle: &Throttle, account: &str, address: &str, now: Timestamp) {
        let attempt = throttle.begin(account, address, PlaceKind::New, now).await;
        drop(attempt.ok().unwrap());
    }

    async fn wait_of(
        throttle: &Throttle,
        account: &str,
        address: &str,
        now: Timestamp,
    ) -> Option<u32> {
        wait_at(throttle, account, address, PlaceKind::New, now).await
    }

    async fn wait_at(
        throttle: &Throttle,
        account: &str,
        address: &str,
        place: PlaceKind,
        now: Timestamp,
    ) -> Option<u32> {
        match throttle.begin(account, address, place, now).await {
            Ok(attempt) => {
                attempt.abandon();
                None
            }
            Err(problem) => {
                assert_eq!(problem.code, Code::TooManyAttempts);
                problem.retry_after_seconds
            }
        }
    }

    #[tokio::test]
    async fn an_account_waits_longer_with_each_failure_wherever_they_come_from() {
        let throttle = Throttle::enabled();
        let mut now = NOON;
        for host in 0..5 {
            fail(&throttle, "a@x.org", &format!("10.0.0.{host}"), now).await;
        }
        for expected in [5, 10, 20, 40, 80, 160, 300, 300] {
            let wait = wait_of(&throttle, "a@x.org", "10.9.9.9", now).await;
            assert_eq!(wait, Some(expected));
            assert_eq!(wait_of(&throttle, "b@x.org", "10.9.9.9", now).await, None);
            now = now.plus_seconds(i64::from(expected));
            fail(&throttle, "a@x.org", "10.9.9.9", now).await;
        }
        now = now.plus_seconds(FORGIVEN_AFTER_SECONDS);
        assert_eq!(wait_of(&throttle, "a@x.org", "10.9.9.9", now).await, None);
    }

    #[tokio::test]
    async fn a_success_forgets_the_failures_and_an_unjudged_attempt_does_not_count() {
        let throttle = Throttle::enabled();
        for _ in 0..4 {
            fail(&throttle, "a@x.org", "10.0.0.1", NOON).await;
        }
        let right = throttle
            .begin("a@x.org", "10.0.0.1", PlaceKind::New, NOON)
            .await;
        right.ok().unwrap().succeed();
        for _ in 0..50 {
            assert_eq!(wait_of(&throttle, "a@x.org", "10.0.0.1", NOON).await, None);
        }
    }

    #[tokio::test]
    async fn an_address_may_fail_twenty_times_in_a_minute() {
        let throttle = Throttle::enabled();
        for n in 0..20 {
            fail(&throttle, &format!("u{n}@x.org"), "10.0.0.1", NOON).await;
        }
        assert_eq!(
            wait_of(&throttle, "new@x.org", "10.0.0.1", NOON).await,
            Some(60)
        );
        assert_eq!(
            wait_of(&throttle, "new@x.org", "10.0.0.2", NOON).await,
            None
        );
        let later = NOON.plus_seconds(60);
        assert_eq!(
            wait_of(&throttle, "new@x.org", "10.0.0.1", later).await,
            None
        );
    }

    #[tokio::test]
    async fn guesses_sent_at_once_are_counted_before_they_fail() {
        let throttle = Throttle::enabled();
        let mut running = Vec::new();
        for host in 0..5 {
            let address = format!("10.0.0.{host}");
            let attempt = throttle
                .begin("a@x.org", &address, PlaceKind::New, NOON)
                .await;
            running.push(attempt.ok().unwrap());
        }
        assert_eq!(
            wait_of(&throttle, "a@x.org", "10.0.0.9", NOON).await,
            Some(5)
        );
        drop(running);
    }

    #[tokio::test]
    async fn strangers_do_not_lock_the_owner_out_of_the_own_shop() {
        let throttle = Throttle::enabled();
        for host in 0..5 {
            fail(&throttle, "a@x.org", &format!("10.0.0.{host}"), NOON).await;
        }
        assert!(
            wait_of(&throttle, "a@x.org", "10.0.0.9", NOON)
                .await
                .is_some()
        );
        let at_home = wait_at(&throttle, "a@x.org", "192.0.2.7", PlaceKind::Known, NOON).await;
        assert_eq!(at_home, None);
    }

    #[tokio::test]
    async fn failures_at_an_address_do_not_concern_users_who_signed_in_there_before() {
        let throttle = Throttle::enabled();
        let here = "192.0.2.7";
        for n in 0..19 {
            fail(&throttle, &format!("u{n}@x.org"), here, NOON).await;
        }
        for n in 0..10 {
            let till = format!("till{n}@x.org");
            let known = throttle.begin(&till, here, PlaceKind::Known, NOON).await;
            drop(known.ok().unwrap());
        }
        fail(&throttle, "u19@x.org", here, NOON).await;
        assert_eq!(wait_of(&throttle, "new@x.org", here, NOON).await, Some(60));
        let known = wait_at(&throttle, "till@x.org", here, PlaceKind::Known, NOON).await;
        assert_eq!(known, None);
    }

    #[tokio::test]
    async fn an_account_waits_for_its_own_failures_where_it_is_known_too() {
        let throttle = Throttle::enabled();
        for _ in 0..5 {
            let known = throttle.begin("a@x.org", "192.0.2.7", PlaceKind::Known, NOON);
            let known = known.await;
            drop(known.ok().unwrap());
        }
        let wait = wait_at(&throttle, "a@x.org", "192.0.2.7", PlaceKind::Known, NOON).await;
        assert_eq!(wait, Some(5));
    }

    #[tokio::test]
    async fn half_an_attempt_starts_no_new_wait_and_forgives_nothing() {
        let throttle = Throttle::enabled();
        for _ in 0..5 {
            fail(&throttle, "a@x.org", "10.0.0.1", NOON).await;
        }
        let later = NOON.plus_seconds(5);
        for _ in 0..3 {
            let half = wait_of(&throttle, "a@x.org", "10.0.0.1", later).await;
            assert_eq!(half, None);
        }
        fail(&throttle, "a@x.org", "10.0.0.1", later).await;
        let wait = wait_of(&throttle, "a@x.org", "10.0.0.1", later).await;
        assert_eq!(wait, Some(10));
    }
}

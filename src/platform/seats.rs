//! Limits how much of one kind a user may have under way at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{Code, Problem, ids::UserId};
use tokio::sync::Semaphore;

/// When to try again, in seconds: a seat is usually free again by then.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Seats for each user.
#[derive(Debug)]
pub struct Seats {
    per_user: usize,
    turns_per_user: usize,
    taken: Mutex<HashMap<UserId, Taken>>,
}

#[derive(Debug)]
struct Taken {
    seats: usize,
    turns: Arc<Semaphore>,
}

/// One seat; dropping it frees it.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    user: UserId,
    turns: Arc<Semaphore>,
}

impl Seats {
    /// `per_user` seats for each user; of those, `turns_per_user` may run at the same time.
    #[must_use]
    pub fn new(per_user: usize, turns_per_user: usize) -> Arc<Self> {
        Arc::new(Self {
            per_user,
            turns_per_user: turns_per_user.max(1),
            taken: Mutex::default(),
        })
    }

    /// Takes a seat for a user.
    ///
    /// # Errors
    /// `request.too_many_at_once` when the user has taken all seats.
    pub fn take(self: &Arc<Self>, user: UserId) -> Result<Seat, Problem> {
        let mut all = self.lock();
        let taken = all.entry(user).or_insert_with(|| Taken {
            seats: 0,
            turns: Arc::new(Semaphore::new(self.turns_per_user)),
        });
        if taken.seats >= self.per_user {
            let detail = format!(
                "{} of your requests of this kind are under way. Wait for one to end.",
                self.per_user
            );
            return Err(Problem::new(Code::TooManyAtOnce, detail).retry_after(RETRY_AFTER_SECONDS));
        }
        taken.seats += 1;
        let turns = Arc::clone(&taken.turns);
        drop(all);
        Ok(Seat {
            seats: Arc::clone(self),
            user,
            turns,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Taken>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The turns that all seats of the user share.
    pub(crate) fn turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.turns)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.seats.lock();
        if let Some(taken) = all.get_mut(&self.user) {
            taken.seats = taken.seats.saturating_sub(1);
            // Users without a seat are not remembered.
            if taken.seats == 0 {
                all.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_the_same_number_of_seats() {
        let seats = Seats::new(2, 1);
        let (one, other) = (UserId::generate(), UserId::generate());
        let held = [seats.take(one).unwrap(), seats.take(one).unwrap()];
        let refused = seats.take(one).unwrap_err();
        assert_eq!(refused.code, Code::TooManyAtOnce);
        assert!(refused.retry_after_seconds.is_some());
        seats.take(other).unwrap();
        drop(held);
        seats.take(one).unwrap();
        assert!(
            seats.lock().is_empty(),
            "users without a seat are not remembered"
        );
    }
}

//! Heavy questions: figures that need the database and a processor for a while.
//!
//! They have limited resources: threads of their own with a lower priority than those that sell, a
//! number of turns, a bounded queue, and a few seats for each user. Without room a question is refused
//! at once with `Retry-After`. Sales, sign-ins and health checks never wait for them; they have database
//! connections of their own (`store::Stores::analytics`).

use std::{future::Future, io, sync::Arc, time::Duration};

use kernel::{Code, Problem, ids::UserId};
use metrics::counter;
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
    time::timeout,
};

use crate::{
    jobs::step_back,
    seats::{Seat, Seats},
};

/// Longest wait for a turn. A request times out after half a minute, and the work takes time as well.
const PATIENCE: Duration = Duration::from_secs(20);
/// When to try again after a refusal, in seconds.
const RETRY_AFTER_SECONDS: u32 = 5;
/// Most extra threads, for blocking work inside heavy questions.
const BLOCKING_THREADS: usize = 8;

/// Limits of heavy questions.
#[derive(Debug, Clone, Copy)]
pub struct HeavyOptions {
    /// Questions computed at once.
    pub at_once: usize,
    /// Questions that run or wait, of all users together.
    pub places: usize,
    /// Questions that run or wait for one user.
    pub per_user: usize,
}

/// Runs heavy questions within their limits.
#[derive(Debug)]
pub struct Heavy {
    /// `None` after the end.
    runtime: Option<Runtime>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    seats: Arc<Seats>,
}

impl Heavy {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system cannot start more threads.
    pub fn start(options: HeavyOptions) -> io::Result<Arc<Self>> {
        let at_once = options.at_once.max(1);
        let runtime = Builder::new_multi_thread()
            .worker_threads(at_once)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name("analytics")
            .on_thread_start(step_back)
            .enable_all()
            .build()?;
        Ok(Arc::new(Self {
            runtime: Some(runtime),
            turns: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(options.places.max(at_once))),
            // One user never has all turns when there is more than one.
            seats: Seats::new(options.per_user.max(1), at_once.saturating_sub(1)),
        }))
    }

    /// A seat for the user of a request; hold it until the response is ready.
    ///
    /// # Errors
    /// `request.too_many_at_once` when the user has taken all seats.
    pub fn seat(&self, user: UserId) -> Result<Arc<Seat>, Problem> {
        let seat = self.seats.take(user);
        if seat.is_err() {
            counter!("heavy_questions_refused_total", "reason" => "user").increment(1);
        }
        seat.map(Arc::new)
    }

    /// Runs work when its turn comes. A caller that stops waiting gives its place up; work that has
    /// begun runs to its end and holds its turn until then.
    ///
    /// # Errors
    /// Errors of the work; `server.unavailable` when the queue is full or too slow.
    pub async fn run<T>(
        &self,
        seat: Option<Arc<Seat>>,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| busy())?;
        let turn = async {
            let own = match &seat {
                Some(seat) => Some(seat.turns().acquire_owned().await),
                None => None,
            };
            (own, Arc::clone(&self.turns).acquire_owned().await)
        };
        let turn = timeout(PATIENCE, turn).await.map_err(|_| busy())?;
        let runtime = self.runtime.as_ref();
        let runtime = runtime.ok_or_else(|| Problem::of(Code::Unavailable))?;
        let working = runtime.spawn(async move {
            let outcome = work.await;
            drop((turn, place, seat));
            outcome
        });
        working.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a heavy question panicked");
            Err(Problem::of(Code::Internal))
        })
    }
}

impl Drop for Heavy {
    fn drop(&mut self) {
        // A runtime must not be dropped inside another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn busy() -> Problem {
    counter!("heavy_questions_refused_total", "reason" => "queue").increment(1);
    let detail = "Too many requests for figures are waiting. Try again in a moment.";
    Problem::new(Code::Unavailable, detail).retry_after(RETRY_AFTER_SECONDS)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const OPTIONS: HeavyOptions = HeavyOptions {
        at_once: 2,
        places: 4,
        per_user: 3,
    };

    /// Starts a question that ends when the gate opens; `begun` counts those that have begun.
    fn ask(
        heavy: &Arc<Heavy>,
        user: UserId,
        begun: &Arc<AtomicUsize>,
        gate: &Arc<Semaphore>,
    ) -> tokio::task::JoinHandle<Result<(), Problem>> {
        let (heavy, begun, gate) = (Arc::clone(heavy), Arc::clone(begun), Arc::clone(gate));
        tokio::spawn(async move {
            let seat = heavy.seat(user)?;
            let work = async move {
                begun.fetch_add(1, Ordering::SeqCst);
                let _pass = gate.acquire().await;
                Ok(())
            };
            heavy.run(Some(seat), work).await
        })
    }

    async fn until(what: impl Fn() -> bool) {
        for _ in 0..2_000 {
            if what() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never came to pass");
    }

    #[tokio::test]
    async fn one_user_never_has_all_turns_and_the_queue_ends() {
        let heavy = Heavy::start(OPTIONS).unwrap();
        let (one, other) = (UserId::generate(), UserId::generate());
        let (begun, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let mut asked: Vec<_> = (0..3).map(|_| ask(&heavy, one, &begun, &gate)).collect();
        until(|| heavy.places.available_permits() == 1).await;
        until(|| begun.load(Ordering::SeqCst) == 1).await;
        let refused = ask(&heavy, one, &begun, &gate).await.unwrap();
        assert_eq!(refused.unwrap_err().code, Code::TooManyAtOnce);
        // The other user's question passes the two that wait.
        asked.push(ask(&heavy, other, &begun, &gate));
        until(|| begun.load(Ordering::SeqCst) == 2).await;
        let full = ask(&heavy, other, &begun, &gate).await.unwrap();
        assert_eq!(full.unwrap_err().code, Code::Unavailable);
        gate.add_permits(1);
        for question in asked {
            question.await.unwrap().unwrap();
        }
        until(|| heavy.places.available_permits() == OPTIONS.places).await;
    }

    #[tokio::test]
    async fn a_caller_that_stops_waiting_gives_its_place_up() {
        let heavy = Heavy::start(OPTIONS).unwrap();
        let user = UserId::generate();
        let (begun, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let first = ask(&heavy, user, &begun, &gate);
        until(|| begun.load(Ordering::SeqCst) == 1).await;
        let second = ask(&heavy, user, &begun, &gate);
        until(|| heavy.places.available_permits() == 2).await;
        second.abort();
        until(|| heavy.places.available_permits() == 3).await;
        // Work that has begun keeps its place although its caller stopped waiting.
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(heavy.places.available_permits(), 3);
        gate.add_permits(1);
        until(|| heavy.places.available_permits() == OPTIONS.places).await;
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }
}

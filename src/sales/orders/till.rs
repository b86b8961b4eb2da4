//! The till: waiting sales are written together as a group.
//!
//! Each transaction costs a sync of the disk, and each statement costs a round trip to the driver. So
//! one task takes all sales that are waiting and writes each table with one statement for the whole
//! group. Every sale is acknowledged after the commit. Nobody waits for a group to form: a single
//! sale is a group of one.
//!
//! Sales do not fail because of each other. Only those are refused for which stock is missing, in the
//! order of their arrival. On `SQLite` the levels are read with everything else. On `PostgreSQL` a
//! group with a missing product is repeated with the levels locked and read first. If a constraint
//! refuses the group, it is done sale by sale.
//!
//! A sale happened when it arrived, unless it names another time. It was recorded when its levels
//! were locked. A count may have been posted in between and already have seen the goods leave: the
//! level's latest count decides whether the ledger is read.

mod answers;
mod books;
mod group;
mod job;
mod order;
mod place;
mod short;
mod statements;

use std::{sync::Arc, time::Duration};

use kernel::{Code, Problem};
use store::{Retry as _, StoreError};
use tokio::sync::{mpsc, oneshot};

use super::{
    meters,
    model::{NewSale, Sale},
};
use crate::{
    actor::Actor,
    context::Context,
    error::{SalesError, SalesResult},
    idempotency::{Answer, RequestKey},
};
use group::Pipeline;
use job::{Approach, Job, Setback, Verdict};
use place::Place;

/// Sales that may wait. One more is refused with a time for a retry.
const QUEUE: usize = 2048;
/// Most sales of a group: limits the memory and time of one transaction.
const MAX_GROUP: usize = 256;
/// Attempts at a group that collides with other writers.
const MAX_ATTEMPTS: u32 = 5;

/// Takes sales and returns when they are written.
#[derive(Clone, Debug)]
pub struct Till {
    queue: mpsc::Sender<Job>,
    ctx: Context,
}

impl Till {
    /// Starts the writing task. It ends when the last till is dropped.
    #[must_use]
    pub fn open(ctx: Context) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writer = Writer {
            pipeline: Pipeline::new(ctx.clone()),
            ctx: ctx.clone(),
        };
        tokio::spawn(writer.run(jobs));
        Self { queue, ctx }
    }

    /// Records a sale, once per key.
    ///
    /// # Errors
    /// Those of a sale; `server.unavailable` when too many wait.
    pub async fn record(
        &self,
        actor: Actor,
        order: NewSale,
        key: Option<RequestKey>,
    ) -> SalesResult<Answer> {
        let guard = key
            .as_ref()
            .map(|key| self.ctx.in_flight.enter(key))
            .transpose()?;
        let arrived_at = actor.asked_at(&*self.ctx.clock);
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Job {
                actor,
                order,
                arrived_at,
                key,
                reply,
                guard,
                may_be_recorded: false,
            })
            .map_err(|_| busy())?;
        answer.await.map_err(|_| busy())?
    }

    /// Records many sales, each for itself, once per id. All of them wait at the same time, so that a
    /// few transactions write them.
    pub async fn record_all(
        &self,
        actor: &Actor,
        orders: Vec<Result<NewSale, Problem>>,
    ) -> Vec<Result<Answer, Problem>> {
        let arrived_at = actor.asked_at(&*self.ctx.clock);
        let mut waiting = Vec::with_capacity(orders.len());
        for order in orders {
            waiting.push(order.and_then(|order| {
                let (reply, answer) = oneshot::channel();
                let job = Job {
                    actor: actor.clone(),
                    order,
                    arrived_at,
                    key: None,
                    reply,
                    guard: None,
                    may_be_recorded: true,
                };
                let sent = self.queue.try_send(job);
                sent.map(|()| answer).map_err(|_| busy())
            }));
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for one in waiting {
            answers.push(match one {
                Ok(answer) => match answer.await {
                    Ok(verdict) => verdict.map_err(Problem::from),
                    Err(_) => Err(busy()),
                },
                Err(problem) => Err(problem),
            });
        }
        answers
    }
}

/// Too many wait, or the program ends.
fn busy() -> Problem {
    Problem::of(Code::Unavailable).retry_after(1)
}

struct Writer {
    ctx: Context,
    pipeline: Pipeline,
}

impl Writer {
    async fn run(self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::with_capacity(MAX_GROUP);
        let mut approach = Approach::Hopeful;
        while jobs.recv_many(&mut waiting, MAX_GROUP).await > 0 {
            metrics::histogram!("sale_group_size")
                .record(f64::from(u32::try_from(waiting.len()).unwrap_or(u32::MAX)));
            approach = self.write(std::mem::take(&mut waiting), approach).await;
        }
    }

    /// Writes a group and replies to every job. Returns how to try the next group: if stock was
    /// missing, it will probably be missing again.
    async fn write(&self, jobs: Vec<Job>, first: Approach) -> Approach {
        let (approach, outcome) = self.attempts(&jobs, first).await;
        match outcome {
            Ok(verdicts) => {
                for (job, verdict) in jobs.into_iter().zip(verdicts) {
                    answer(job, verdict);
                }
            }
            // The same sale may already be recorded, or be twice in this group. Alone it checks
            // again.
            Err(SalesError::Store(StoreError::Violation(_)))
                if jobs.len() > 1
                    || jobs
                        .iter()
                        .any(|job| job.key.is_some() || job.order.id.is_some()) =>
            {
                for job in jobs {
                    let verdict = self.alone(&job).await;
                    answer(job, verdict);
                }
            }
            Err(error) => refuse_all(jobs, error),
        }
        approach
    }

    async fn alone(&self, job: &Job) -> Verdict {
        let job = std::slice::from_ref(job);
        let (_, mut outcome) = self.attempts(job, Approach::Alone).await;
        // Another process was writing the same sale; now it is there.
        if matches!(outcome, Err(SalesError::Store(StoreError::Violation(_)))) {
            outcome = self.attempts(job, Approach::Alone).await.1;
        }
        outcome.and_then(|verdicts| {
            verdicts
                .into_iter()
                .next()
                .unwrap_or_else(|| Err(Problem::of(Code::Internal).into()))
        })
    }

    async fn attempts(
        &self,
        jobs: &[Job],
        first: Approach,
    ) -> (Approach, SalesResult<Vec<Verdict>>) {
        let mut approach = first;
        let mut attempt = 1;
        loop {
            match self.attempt(jobs, approach).await {
                Ok((verdicts, next)) => return (next, Ok(verdicts)),
                Err(Setback::Hasty) => approach = Approach::Careful,
                Err(Setback::Store(error)) if error.is_collision() && attempt < MAX_ATTEMPTS => {
                    tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
                    attempt += 1;
                }
                Err(Setback::Store(error)) => return (approach, Err(error)),
            }
        }
    }

    async fn attempt(
        &self,
        jobs: &[Job],
        approach: Approach,
    ) -> Result<(Vec<Verdict>, Approach), Setback> {
        let tx = self.ctx.write.begin().await?;
        match self.pipeline.fill(&tx, jobs, approach).await {
            Ok((mut places, next)) => {
                let written: Vec<Sale> = places
                    .iter_mut()
                    .filter_map(|place| place.written.take())
                    .collect();
                if written.is_empty() {
                    tx.rollback().await;
                } else {
                    tx.commit().await?;
                    meters::count_sales(&written);
                }
                Ok((places.into_iter().map(Place::into_verdict).collect(), next))
            }
            Err(setback) => {
                tx.rollback().await;
                Err(setback)
            }
        }
    }
}

/// The key is freed before the answer is sent: a client may repeat its request at once.
fn answer(job: Job, verdict: Verdict) {
    drop(job.guard);
    if job.reply.send(verdict).is_err() {
        tracing::debug!("a client disconnected before the answer to its sale");
    }
}

/// One cause, many clients: each gets its refusal, and the log gets the cause once.
fn refuse_all(jobs: Vec<Job>, error: SalesError) {
    let problem = Arc::new(Problem::from(error));
    for job in jobs {
        answer(job, Err(SalesError::Refused((*problem).clone())));
    }
}

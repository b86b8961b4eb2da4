//! The till: what is waiting is written as one group.
//!
//! Each transaction costs a sync of the disk, and each statement costs a trip to the driver. One
//! task therefore takes all sales that wait at that moment and writes each table with one statement
//! for the whole group; every sale is acknowledged after the commit. Nobody waits for a group to
//! form: a lone sale is a group of one.
//!
//! Sales never fail for each other. Exactly those are refused that do not fit any more, in the order
//! of their arrival: on `SQLite` the levels are read with everything else, on `PostgreSQL` a group in
//! which some product is short is done again with the levels locked and read first. When a constraint
//! refuses the group, it is done sale by sale.
//!
//! A sale happened when it arrived, unless it says another moment, and was recorded when its levels
//! were held. A count may have been posted in between, and had seen the goods go: what a level says
//! of its latest count decides whether the ledger is asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
    time::Duration,
};

use kernel::{Code, Problem, Timestamp, ids::LocationId};
use store::{Retry as _, StoreError, Tx};
use tokio::sync::{mpsc, oneshot};

use super::{
    books::{self, Books},
    draft::{Surroundings, draft, moves_of},
    late::{self, Past},
    model::{NewSale, Sale},
    references, repeats, repriced,
    write::{self, Entry, Numbered},
};
use crate::{
    actor::Actor,
    changes,
    context::Context,
    error::{SalesError, SalesResult},
    idempotency::{Answer, InFlightGuard, RequestKey},
    inventory::{
        counting::CountsSince,
        held::{LevelState, Levels, read_levels},
        ledger::{Demand, LevelKey, StockMove, change_levels, demands_of, met, replay, shortage},
        locations,
    },
    shop::Shop,
};

/// Sales that may wait; more are told to come back.
const QUEUE: usize = 2048;
/// Most sales of a group: bounds the memory and the time of one transaction.
const MAX_GROUP: usize = 256;
/// Attempts at a group that collides with other writers.
const MAX_ATTEMPTS: u32 = 5;
/// A sale that happened so long before it arrived may well be one that a count has seen: a till that
/// names its own time is some seconds behind, one without a network hours.
const LATE_SECONDS: i64 = 60;

/// Takes sales and answers when they are written.
#[derive(Clone, Debug)]
pub struct Till {
    queue: mpsc::Sender<Job>,
    ctx: Context,
}

struct Job {
    actor: Actor,
    order: NewSale,
    /// Before it waited.
    arrived_at: Timestamp,
    key: Option<RequestKey>,
    reply: oneshot::Sender<SalesResult<Answer>>,
    guard: Option<InFlightGuard>,
}

impl Till {
    /// Starts the writing task. It ends when the last till is dropped.
    #[must_use]
    pub fn open(ctx: Context) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writer = Writer {
            ctx: ctx.clone(),
            default_location: OnceLock::new(),
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
        let busy = || SalesError::from(Problem::of(Code::Unavailable).retry_after(1));
        self.queue
            .try_send(Job {
                actor,
                order,
                arrived_at,
                key,
                reply,
                guard,
            })
            .map_err(|_| busy())?;
        answer.await.map_err(|_| busy())?
    }
}

/// How a group is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Approach {
    /// Stock is expected to suffice. Where the levels are at hand, they are looked at all the same.
    Hopeful,
    /// Levels are locked and read first; sales that do not fit are refused.
    Careful,
    /// As careful, after a constraint refused the group: a sale of this id may be recorded already.
    Alone,
}

/// Why a whole group was not written.
enum Setback {
    /// Some product is short, or was counted since a sale of it happened: the levels must be looked
    /// at first.
    Hasty,
    /// The store refused or failed.
    Store(SalesError),
}

impl<E: Into<SalesError>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

type Verdict = SalesResult<Answer>;

struct Writer {
    ctx: Context,
    default_location: OnceLock<LocationId>,
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

    /// Writes a group and answers every job. Says how to try the next group: where one was short,
    /// the next probably is.
    async fn write(&self, jobs: Vec<Job>, first: Approach) -> Approach {
        let (approach, outcome) = self.attempts(&jobs, first).await;
        match outcome {
            Ok(verdicts) => {
                for (job, verdict) in jobs.into_iter().zip(verdicts) {
                    answer(job, verdict);
                }
            }
            // The same sale may be recorded already, or be written twice here: alone it looks again.
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
        // Another process was about to write the same sale: now it has.
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
        match self.fill(&tx, jobs, approach).await {
            Ok((verdicts, next)) => {
                let written = verdicts
                    .iter()
                    .filter(|verdict| matches!(verdict, Ok(answer) if !answer.is_replay))
                    .count();
                if written == 0 {
                    tx.rollback().await;
                } else {
                    tx.commit().await?;
                    metrics::counter!("sales_recorded_total")
                        .increment(u64::try_from(written).unwrap_or(0));
                }
                Ok((verdicts, next))
            }
            Err(setback) => {
                tx.rollback().await;
                Err(setback)
            }
        }
    }

    async fn fill(
        &self,
        tx: &Tx,
        jobs: &[Job],
        approach: Approach,
    ) -> Result<(Vec<Verdict>, Approach), Setback> {
        let keys: Vec<Option<&RequestKey>> = jobs.iter().map(|job| job.key.as_ref()).collect();
        let mut verdicts: Vec<Option<Verdict>> = write::known_answers(tx, &keys).await?;
        if approach == Approach::Alone {
            self.look_for_repeats(tx, jobs, &mut verdicts).await?;
        }
        let open = still_open(&verdicts);
        let wanted = self.wanted(tx, jobs, &open).await?;
        let books = books::open(tx, &wanted).await?;
        let shop = self.ctx.shop.current_in(tx).await?;
        let mut sales = self
            .drafts(tx, jobs, open, (&books, &shop), &mut verdicts)
            .await?;
        for (position, problem) in references::refused(tx, &sales).await? {
            sales.retain(|(job, _)| *job != position);
            settle(&mut verdicts, position, Err(problem.into()));
        }
        let mut moves = wanted_moves(jobs, &sales);
        let mut next = Approach::Hopeful;
        let levels = match (&books.held, approach) {
            (Some(held), _) => Some(held.levels.clone()),
            (None, Approach::Hopeful) if !has_late(jobs, &sales) => None,
            (None, _) => Some(locked_levels(tx, &moves).await?),
        };
        let is_hopeful = levels.is_none();
        if let Some(levels) = levels {
            let counts = CountsSince::find(tx, &levels, moves.iter().flatten()).await?;
            moves = moves
                .into_iter()
                .map(|moves| counts.respected(moves))
                .collect();
            let refused = refuse_short(levels, &moves);
            if !refused.is_empty() {
                next = Approach::Careful;
            }
            let mut kept = (Vec::new(), Vec::new());
            for (index, (sale, wanted)) in sales.into_iter().zip(moves).enumerate() {
                if let Some(problem) = refused.get(&index) {
                    settle(&mut verdicts, sale.0, Err(problem.clone().into()));
                } else {
                    kept.0.push(sale);
                    kept.1.push(wanted);
                }
            }
            (sales, moves) = kept;
        }
        let moves: Vec<StockMove> = moves.into_iter().flatten().collect();
        let demands = demands_of(&moves);
        if !sales.is_empty() {
            let after = match &books.held {
                Some(held) => met(&held.levels, &demands),
                None => change_levels(tx, &demands).await?,
            };
            let is_short = after.len() < demands.len();
            if is_short || (is_hopeful && was_counted_since(&after, &moves)) {
                return Err(Setback::Hasty);
            }
            let last = match &books.held {
                Some(held) => held.last_number + i64::try_from(sales.len()).unwrap_or(0),
                None => write::take_numbers(tx, Numbered::Sale, sales.len()).await?,
            };
            // Everything that has to be waited for is held.
            let recorded_at = self.ctx.clock.now();
            let posted = replay(&moves, &after, recorded_at);
            let entries = number(sales, last, recorded_at, jobs)?;
            write::write_group(tx, &entries, &posted).await?;
            for entry in &entries {
                if let Some(job) = jobs.get(entry.position) {
                    late::record(tx, &job.actor, &entry.sale).await?;
                    repriced::record(tx, &job.actor, &job.order, &entry.sale, &books.cards).await?;
                }
            }
            let zone = shop.time_zone;
            let moments = || moves.iter().map(|wanted| wanted.occurred_at);
            let today = recorded_at.date_in(zone);
            if moments().min().is_some_and(|at| at.date_in(zone) < today) {
                changes::record_days(tx, zone, recorded_at, moments());
            }
            for entry in entries {
                settle(&mut verdicts, entry.position, Ok(entry.answer));
            }
        }
        if books.held.is_none() {
            look_again(tx, &keys, &mut verdicts).await?;
        }
        self.look_for_repeats(tx, jobs, &mut verdicts).await?;
        let missing = || Err(Problem::of(Code::Internal).into());
        Ok((
            verdicts
                .into_iter()
                .map(|verdict| verdict.unwrap_or_else(missing))
                .collect(),
            next,
        ))
    }

    /// The levels that the open jobs name, whether they exist or not.
    async fn wanted(
        &self,
        tx: &Tx,
        jobs: &[Job],
        open: &[usize],
    ) -> SalesResult<BTreeSet<LevelKey>> {
        let mut wanted = BTreeSet::new();
        for job in open.iter().filter_map(|position| jobs.get(*position)) {
            let place = match job.order.location_id {
                Some(named) => named,
                None => self.location(tx, None).await?,
            };
            wanted.extend(job.order.lines.iter().map(|line| (line.product_id, place)));
        }
        Ok(wanted)
    }

    /// Prices what is asked. A sale that breaks a rule of its own gets its verdict here and does not
    /// hold up the others.
    async fn drafts(
        &self,
        tx: &Tx,
        jobs: &[Job],
        open: Vec<usize>,
        (books, shop): (&Books, &Shop),
        verdicts: &mut [Option<Verdict>],
    ) -> SalesResult<Vec<(usize, Sale)>> {
        let orders = open.iter().filter_map(|position| jobs.get(*position));
        let orders = orders.map(|job| &job.order);
        let past = Past::look_up(tx, self.ctx.late_entry_hours, orders).await?;
        let mut sales = Vec::with_capacity(open.len());
        for position in open {
            let Some(job) = jobs.get(position) else {
                continue;
            };
            let drafted = async {
                let location_id = self.location(tx, job.order.location_id).await?;
                let around = Surroundings {
                    cards: &books.cards,
                    shop,
                    location_id,
                    now: job.arrived_at,
                    past: &past,
                };
                draft(tx, &job.actor, &job.order, around).await
            };
            match drafted.await {
                Ok(sale) => sales.push((position, sale)),
                Err(SalesError::Refused(problem)) => {
                    settle(verdicts, position, Err(problem.into()));
                }
                Err(error @ SalesError::Store(_)) => return Err(error),
            }
        }
        Ok(sales)
    }

    /// Finds the sales that are recorded already among those that have no verdict yet, or were
    /// refused: what a repeat breaks today it did not break then.
    async fn look_for_repeats(
        &self,
        tx: &Tx,
        jobs: &[Job],
        verdicts: &mut [Option<Verdict>],
    ) -> SalesResult<()> {
        let mut orders = Vec::new();
        for (position, (job, verdict)) in jobs.iter().zip(verdicts.iter()).enumerate() {
            let may_repeat = match verdict {
                None => true,
                // A key that belongs to another request stays with it, whatever the sale.
                Some(Err(SalesError::Refused(problem))) => {
                    problem.code != Code::IdempotencyMismatch
                }
                Some(Ok(_) | Err(SalesError::Store(_))) => false,
            };
            if may_repeat && job.order.id.is_some() {
                orders.push((position, &job.order));
            }
        }
        if orders.is_empty() {
            return Ok(());
        }
        let default = self.location(tx, None).await?;
        for (position, verdict) in repeats::recorded(tx, &orders, default).await? {
            settle(verdicts, position, verdict);
        }
        Ok(())
    }

    async fn location(&self, tx: &Tx, wanted: Option<LocationId>) -> SalesResult<LocationId> {
        if wanted.is_some() {
            return locations::resolve(tx, wanted, "/location_id").await;
        }
        if let Some(id) = self.default_location.get() {
            return Ok(*id);
        }
        let id = locations::default_location(tx).await?;
        Ok(*self.default_location.get_or_init(|| id))
    }
}

/// What each sale takes out of stock.
fn wanted_moves(jobs: &[Job], sales: &[(usize, Sale)]) -> Vec<Vec<StockMove>> {
    sales
        .iter()
        .map(|(position, sale)| {
            let actor = jobs.get(*position).and_then(|job| job.actor.user_id);
            moves_of(sale, actor)
        })
        .collect()
}

/// Whether some sale happened so long ago that its levels are better looked at first.
fn has_late(jobs: &[Job], sales: &[(usize, Sale)]) -> bool {
    sales.iter().any(|(position, sale)| {
        let job = jobs.get(*position);
        job.is_some_and(|job| sale.occurred_at < job.arrived_at.plus_seconds(-LATE_SECONDS))
    })
}

/// Whether somebody may have counted what moves, at its moment or later.
fn was_counted_since(levels: &Levels, moves: &[StockMove]) -> bool {
    moves.iter().any(|wanted| {
        let level = levels.get(&wanted.level());
        level.is_some_and(|level| level.was_counted_since(wanted.occurred_at))
    })
}

/// Looks for answers to what was refused: another process may have done the same request while this
/// one waited for the levels, and have taken what is missing now.
async fn look_again(
    tx: &Tx,
    keys: &[Option<&RequestKey>],
    verdicts: &mut [Option<Verdict>],
) -> SalesResult<()> {
    let refused: Vec<Option<&RequestKey>> = keys
        .iter()
        .zip(verdicts.iter())
        .map(|(key, verdict)| key.filter(|_| matches!(verdict, Some(Err(_)))))
        .collect();
    if refused.iter().all(Option::is_none) {
        return Ok(());
    }
    let known = write::known_answers(tx, &refused).await?;
    for (position, answer) in known.into_iter().enumerate() {
        if let Some(answer) = answer {
            settle(verdicts, position, answer);
        }
    }
    Ok(())
}

fn still_open(verdicts: &[Option<Verdict>]) -> Vec<usize> {
    let open = verdicts.iter().enumerate().filter(|(_, v)| v.is_none());
    open.map(|(position, _)| position).collect()
}

/// The levels of a group, locked until the end of the transaction.
async fn locked_levels(tx: &Tx, moves: &[Vec<StockMove>]) -> SalesResult<Levels> {
    let keys: BTreeSet<LevelKey> = moves
        .iter()
        .flatten()
        .map(|wanted| (wanted.product_id, wanted.location_id))
        .collect();
    read_levels(tx, keys).await
}

/// Says which sales do not fit into what is there, in the order of arrival: a later, smaller sale
/// may still go where an earlier, larger one could not.
fn refuse_short(mut left: Levels, moves: &[Vec<StockMove>]) -> BTreeMap<usize, Problem> {
    let together = demands_of(moves.iter().flatten());
    let suffices = |(key, demand): (&LevelKey, &Demand)| fits(left.get(key), *demand);
    let mut refused = BTreeMap::new();
    if together.iter().all(suffices) {
        return refused;
    }
    for (index, wanted) in moves.iter().enumerate() {
        let demands = demands_of(wanted);
        if demands
            .iter()
            .all(|(key, demand)| fits(left.get(key), *demand))
        {
            for (key, demand) in demands {
                if let Some(level) = left.get_mut(&key) {
                    level.on_hand_milli += demand.total_milli;
                }
            }
        } else {
            refused.insert(index, shortage(wanted, &demands, &left));
        }
    }
    refused
}

fn fits(level: Option<&LevelState>, demand: Demand) -> bool {
    level.is_some_and(|level| level.on_hand_milli >= demand.need_milli)
}

/// Gives the sales of a group their numbers, the last of which is `last`, and renders the answers.
fn number(
    sales: Vec<(usize, Sale)>,
    last: i64,
    recorded_at: Timestamp,
    jobs: &[Job],
) -> SalesResult<Vec<Entry>> {
    let first = last - i64::try_from(sales.len()).unwrap_or(0) + 1;
    let mut entries = Vec::with_capacity(sales.len());
    for ((position, mut sale), number) in sales.into_iter().zip(first..) {
        sale.number = number;
        sale.recorded_at = recorded_at;
        let answer = Answer::first(201, &sale)?;
        let key = jobs.get(position).and_then(|job| job.key.clone());
        entries.push(Entry {
            position,
            sale,
            answer,
            key,
        });
    }
    Ok(entries)
}

fn settle(verdicts: &mut [Option<Verdict>], position: usize, verdict: Verdict) {
    if let Some(slot) = verdicts.get_mut(position) {
        *slot = Some(verdict);
    }
}

/// The key is free before the answer is on its way: a client may repeat its request at once.
fn answer(job: Job, verdict: Verdict) {
    drop(job.guard);
    if job.reply.send(verdict).is_err() {
        tracing::debug!("a client went away before its sale was answered");
    }
}

/// One cause, many clients: each gets the refusal that the cause means, the log gets it once.
fn refuse_all(jobs: Vec<Job>, error: SalesError) {
    let problem = Arc::new(Problem::from(error));
    for job in jobs {
        answer(job, Err(SalesError::Refused((*problem).clone())));
    }
}

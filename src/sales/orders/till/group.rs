//! The pipeline of a group: what is known, what is requested, what is in stock, what is written.
//!
//! Each step moves the places of the group on, in the order of their arrival. Later steps skip places
//! that are settled.

use std::{collections::BTreeSet, sync::OnceLock};

use kernel::ids::LocationId;
use store::Tx;

use super::{
    answers,
    books::Books,
    job::{Approach, Job, Setback},
    order::{self, Surroundings},
    place::{Outcome, Place},
    short,
};
use crate::{
    changes,
    context::Context,
    error::{SalesError, SalesResult},
    idempotency::KeyRow,
    inventory::{
        counting::CountsSince,
        held::Levels,
        ledger::{demands_of, replay},
        locations,
        movement::{LevelKey, StockMove},
    },
    orders::{
        draft::moves_of,
        late::{self, Past},
        references, repeats, repriced,
        write::SaleRows,
    },
    shop_reader::Shop,
};

/// What the steps work with.
pub(super) struct Pipeline {
    ctx: Context,
    default_location: OnceLock<LocationId>,
}

impl Pipeline {
    pub(super) const fn new(ctx: Context) -> Self {
        Self {
            ctx,
            default_location: OnceLock::new(),
        }
    }

    /// Settles every place of a group in a transaction, and returns how to try the next group.
    pub(super) async fn fill<'a>(
        &self,
        tx: &Tx,
        jobs: &'a [Job],
        approach: Approach,
    ) -> Result<(Vec<Place<'a>>, Approach), Setback> {
        let mut places: Vec<Place<'a>> = jobs.iter().map(Place::open).collect();
        answers::replay_known(tx, &mut places, Place::is_open).await?;
        if approach == Approach::Alone || jobs.iter().any(|job| job.may_be_recorded) {
            self.look_for_repeats(tx, &mut places).await?;
        }
        let wanted = self.wanted_levels(tx, &places).await?;
        let books = Books::open(tx, &wanted).await?;
        let shop = self.ctx.shop.current_in(tx).await?;
        self.draft(tx, &mut places, &books, &shop).await?;
        refuse_taken_references(tx, &mut places).await?;
        let is_careful = approach != Approach::Hopeful || places.iter().any(Place::is_late);
        let levels = books.levels(tx, moves_in(&places), is_careful).await?;
        let mut next = Approach::Hopeful;
        if let Some(levels) = &levels {
            respect_counts(tx, &mut places, levels).await?;
            if short::refuse_short(&mut places, levels) {
                next = Approach::Careful;
            }
        }
        if places.iter().any(|place| place.draft().is_some()) {
            let is_hopeful = levels.is_none();
            self.record(tx, &mut places, (&books, &shop), is_hopeful)
                .await?;
        }
        if books.have_other_writers() {
            // Another process may have done the same request while this one waited for the levels,
            // and taken what is missing now.
            answers::replay_known(tx, &mut places, Place::is_refused).await?;
        }
        self.look_for_repeats(tx, &mut places).await?;
        Ok((places, next))
    }

    /// The levels that the open places name, whether they exist or not.
    async fn wanted_levels(
        &self,
        tx: &Tx,
        places: &[Place<'_>],
    ) -> SalesResult<BTreeSet<LevelKey>> {
        let mut wanted = BTreeSet::new();
        for place in places.iter().filter(|place| place.is_open()) {
            let order = &place.job.order;
            let from = match order.location_id {
                Some(named) => named,
                None => self.location(tx, None).await?,
            };
            wanted.extend(order.lines.iter().map(|line| (line.product_id, from)));
        }
        Ok(wanted)
    }

    /// Prices the orders. A sale that breaks a rule of its own is settled here and does not delay the
    /// others.
    async fn draft(
        &self,
        tx: &Tx,
        places: &mut [Place<'_>],
        books: &Books,
        shop: &Shop,
    ) -> SalesResult<()> {
        let open = places.iter().filter(|place| place.is_open());
        let orders = open.map(|place| &place.job.order);
        let past = Past::look_up(tx, self.ctx.late_entry_hours, orders).await?;
        for place in places.iter_mut().filter(|place| place.is_open()) {
            let job = place.job;
            let drafted = async {
                let around = Surroundings {
                    cards: &books.cards,
                    shop,
                    location_id: self.location(tx, job.order.location_id).await?,
                    now: job.arrived_at,
                    past: &past,
                };
                order::sale_of(tx, &job.actor, &job.order, around).await
            };
            match drafted.await {
                Ok(sale) => {
                    let moves = moves_of(&sale, job.actor.user_id);
                    place.outcome = Outcome::Drafted { sale, moves };
                }
                Err(SalesError::Refused(problem)) => place.refuse(problem),
                Err(error @ SalesError::Store(_)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes the goods of every draft, numbers the sales and writes them.
    async fn record(
        &self,
        tx: &Tx,
        places: &mut [Place<'_>],
        (books, shop): (&Books, &Shop),
        is_hopeful: bool,
    ) -> Result<(), Setback> {
        let drafts = places.iter_mut().filter_map(Place::moves_mut);
        let moves: Vec<StockMove> = drafts.flat_map(std::mem::take).collect();
        let demands = demands_of(&moves);
        let after = books.take(tx, &demands).await?;
        let is_short = after.len() < demands.len();
        if is_short || (is_hopeful && was_counted_since(&after, &moves)) {
            return Err(Setback::Hasty);
        }
        let sales = places.iter().filter(|place| place.draft().is_some());
        let sales = sales.count();
        let numbers = books.take_numbers(tx, sales).await?;
        // All locks are held now.
        let recorded_at = self.ctx.clock.now();
        let posted = replay(&moves, &after, recorded_at);
        let drafts = places.iter_mut().filter(|place| place.draft().is_some());
        for (place, number) in drafts.zip(numbers) {
            place.number(number, recorded_at)?;
        }
        let recorded = || {
            places
                .iter()
                .filter_map(|place| Some((place, place.numbered()?)))
        };
        let rows = SaleRows::of(recorded().map(|(_, (sale, _))| sale), None);
        let keys: Vec<KeyRow<'_>> = recorded()
            .filter_map(|(place, (_, answer))| Some(KeyRow::of(place.key()?, answer, recorded_at)))
            .collect();
        let [headers, lines, payments] = rows.tables();
        let tables = [headers, lines, payments, &posted, &keys];
        books.write(tx, tables, sales).await?;
        for (place, (sale, _)) in recorded() {
            let job = place.job;
            late::record(tx, &job.actor, sale).await?;
            repriced::record(tx, &job.actor, &job.order, sale, &books.cards).await?;
        }
        let zone = shop.time_zone;
        let moments = || moves.iter().map(|wanted| wanted.occurred_at);
        let today = recorded_at.date_in(zone);
        if moments().min().is_some_and(|at| at.date_in(zone) < today) {
            changes::record_days(tx, zone, recorded_at, moments());
        }
        places.iter_mut().for_each(Place::acknowledge);
        Ok(())
    }

    /// Settles places whose sale is already recorded.
    async fn look_for_repeats(&self, tx: &Tx, places: &mut [Place<'_>]) -> SalesResult<()> {
        let may_repeat = places
            .iter()
            .enumerate()
            .filter(|(_, one)| one.may_repeat());
        let orders: Vec<_> = may_repeat
            .map(|(index, place)| (index, &place.job.order))
            .collect();
        if orders.is_empty() {
            return Ok(());
        }
        let default = self.location(tx, None).await?;
        for (index, verdict) in repeats::recorded(tx, &orders, default).await? {
            if let Some(place) = places.get_mut(index) {
                place.settle(verdict);
            }
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

/// The movements of all drafts of a group.
fn moves_in<'a>(places: &'a [Place<'_>]) -> impl Iterator<Item = &'a StockMove> {
    let drafts = places.iter().filter_map(Place::draft);
    drafts.flat_map(|(_, moves)| moves)
}

async fn refuse_taken_references(tx: &Tx, places: &mut [Place<'_>]) -> SalesResult<()> {
    let drafts = places.iter().enumerate();
    let drafts = drafts.filter_map(|(index, place)| Some((index, place.draft()?.0)));
    for (index, problem) in references::refused(tx, drafts).await? {
        if let Some(place) = places.get_mut(index) {
            place.refuse(problem);
        }
    }
    Ok(())
}

/// Adds a correction to each movement that a count has already seen.
async fn respect_counts(tx: &Tx, places: &mut [Place<'_>], levels: &Levels) -> SalesResult<()> {
    let counts = CountsSince::find(tx, levels, moves_in(places)).await?;
    for moves in places.iter_mut().filter_map(Place::moves_mut) {
        *moves = counts.respected(std::mem::take(moves));
    }
    Ok(())
}

/// Whether a moved level may have been counted at the time of its movement or later.
fn was_counted_since(levels: &Levels, moves: &[StockMove]) -> bool {
    moves.iter().any(|wanted| {
        let level = levels.get(&wanted.level());
        level.is_some_and(|level| level.was_counted_since(wanted.occurred_at))
    })
}

//! The days in order: rates and prices in the morning, deliveries, customers, then mistakes, and a
//! count in the evening.

use anyhow::Context as _;
use chrono::{Datelike as _, NaiveDate, Weekday};
use kernel::{
    Currency, ExchangeRate, RateSide, Timestamp, clock::ManualClock, ids::PaymentAccountId,
};
use sales::shop::{
    accounts::AccountMethod,
    rates::{Assurance, NewRate},
};
use serde_json::Value;
use store::Tx;

use super::{
    PLANTED, PlantedKind, Story, TIME_ZONE, Tally,
    baskets::{self, Basket},
    calendar,
    chance::{Chance, Stream, nearest, real},
    pairs,
    paying::{Counter, WALLETS},
    staff::Staff,
    stockroom::Stockroom,
    today::Today,
};
use crate::app::Modules;

/// Francs per dollar on the first day.
const FIRST_RATE: f64 = 2790.0;
const MORNING: i64 = 6 * 3600 + 1800;
const CLOSING: i64 = 20 * 3600;
pub(super) const REFUND_HOUR: i64 = CLOSING + 600;
const COUNT_HOUR: i64 = CLOSING + 1800;

/// The state of a story while it runs.
pub(super) struct Telling<'a> {
    pub(super) modules: &'a Modules,
    pub(super) clock: &'a ManualClock,
    pub(super) staff: &'a Staff,
    pub(super) story: Story,
    pub(super) customers: Chance,
    pub(super) pairs: Chance,
    pub(super) back_room: Chance,
    pub(super) till: Chance,
    pub(super) stockroom: Stockroom,
    pub(super) counter: Counter,
    pub(super) rate: f64,
    /// Nothing is dated later than this.
    pub(super) now: Timestamp,
    pub(super) tally: Tally,
}

/// Runs the story.
pub(super) async fn tell(
    modules: &Modules,
    clock: &ManualClock,
    staff: &Staff,
    story: Story,
    now: Timestamp,
    report: &impl Fn(f64),
) -> anyhow::Result<Tally> {
    let mut back_room = Chance::new(story.seed, Stream::BackRoom);
    let stockroom = Stockroom::set_up(modules, &mut back_room, staff).await?;
    let tally = Tally {
        products: stockroom.slots.len(),
        ..Tally::default()
    };
    let mut telling = Telling {
        modules,
        clock,
        staff,
        story,
        customers: Chance::new(story.seed, Stream::Customers),
        pairs: Chance::new(story.seed, Stream::Pairs),
        back_room,
        till: Chance::new(story.seed, Stream::Till),
        stockroom,
        counter: Counter {
            base: Currency::parse("CDF")?,
            dollar: Currency::parse("USD")?,
            rate: ExchangeRate::PAR,
            wallets: wallets(modules, staff).await?,
        },
        rate: FIRST_RATE,
        now,
        tally,
    };
    telling.write_rate().await?;
    let days = story.first().iter_days();
    for date in days.take_while(|day| *day <= story.end) {
        if calendar::is_open(date, story.end) {
            telling
                .day(date)
                .await
                .with_context(|| format!("the story broke off on {date}"))?;
        }
        let told = (date - story.first()).num_days() + 1;
        report(real(told) / f64::from(story.days.max(1)));
    }
    telling.end().await?;
    Ok(telling.tally)
}

/// Creates the wallets of the shop, or reuses existing ones.
async fn wallets(
    modules: &Modules,
    staff: &Staff,
) -> anyhow::Result<[PaymentAccountId; WALLETS.len()]> {
    let shop = &modules.sales.shop;
    let known = shop.payment_accounts().await?;
    let mut ids = Vec::with_capacity(WALLETS.len());
    for (name, _) in WALLETS {
        if let Some(account) = known.iter().find(|account| account.name == name) {
            ids.push(account.id);
            continue;
        }
        let made = shop
            .create_payment_account(&staff.owner, None, name, AccountMethod::MobileMoney)
            .await?;
        let made: Value = serde_json::from_str(&made.body)?;
        let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
        ids.push(id.parse()?);
    }
    <[PaymentAccountId; WALLETS.len()]>::try_from(ids)
        .map_err(|_| anyhow::anyhow!("a wallet has an account"))
}

impl Telling<'_> {
    async fn day(&mut self, date: NaiveDate) -> anyhow::Result<()> {
        let today = baskets::planted_on(date, self.story.first(), self.story.end);
        self.morning(date, &today).await?;
        let wishes = self.wishes(date, &today);
        let done = self.serve(date, wishes).await?;
        self.take_back(date, &done, &today).await?;
        self.evening(date).await
    }

    /// Goes on with the present day, or else records the sale of the examples on the last one.
    async fn end(&mut self) -> anyhow::Result<()> {
        let end = self.story.end;
        if end.succ_opt() == Some(self.now.date_in(TIME_ZONE)) {
            return self.today().await.context("the story of today broke off");
        }
        self.set_clock(end, COUNT_HOUR + 60);
        self.sell_for_examples(at(end, CLOSING - 600)).await
    }

    /// The present day, as far as it has come.
    async fn today(&mut self) -> anyhow::Result<()> {
        let date = self.now.date_in(TIME_ZONE);
        let passed = (self.now.micros() - at(date, 0).micros()) / 1_000_000;
        let levels = baskets::planted_on(self.story.end, self.story.first(), self.story.end)
            .into_iter()
            .filter(|(index, _)| {
                let planted = PLANTED.get(*index);
                planted.is_some_and(|one| one.kind == PlantedKind::LevelShift)
            })
            .map(|(index, _)| (index, false))
            .collect::<Vec<_>>();
        if passed > MORNING {
            self.morning(date, &levels).await?;
        }
        let mut wishes = self.wishes(date, &levels);
        wishes.retain(|basket| basket.second < passed);
        self.serve(date, wishes).await?;
        self.set_clock(date, passed);
        self.sell_for_examples(at(date, (passed - 300).max(0)))
            .await
    }

    /// What the customers of a day want, after pairs were brought together.
    fn wishes(&mut self, date: NaiveDate, today: &[(usize, bool)]) -> Vec<Basket> {
        let mut baskets = baskets::of_day(&mut self.customers, date, self.story.end, today);
        pairs::bring_together(&mut self.pairs, &mut baskets);
        baskets
    }

    async fn morning(&mut self, date: NaiveDate, today: &[(usize, bool)]) -> anyhow::Result<()> {
        self.set_clock(date, MORNING);
        if date.weekday() == Weekday::Mon {
            self.rate *= self.back_room.between(0.992, 1.0085);
            self.write_rate().await?;
        }
        let (modules, staff) = (self.modules, self.staff);
        if matches!((date.month(), date.day()), (3 | 9, 2)) {
            self.stockroom
                .revise_prices(modules, &mut self.back_room, staff)
                .await?;
        }
        self.stockroom.slip_prices(modules, staff, today).await?;
        let today = Today {
            date,
            end: self.story.end,
            planted: today,
        };
        let receipts = self
            .stockroom
            .deliver(modules, &mut self.back_room, staff, today)
            .await?;
        self.tally.receipts += receipts;
        self.stockroom.order(&mut self.back_room, today);
        self.stockroom.fetch(modules, staff, today).await?;
        Ok(())
    }

    async fn evening(&mut self, date: NaiveDate) -> anyhow::Result<()> {
        self.set_clock(date, COUNT_HOUR);
        let (modules, staff) = (self.modules, self.staff);
        if date.weekday() == Weekday::Sat {
            self.stockroom
                .throw_spoilt_away(modules, &mut self.back_room, staff)
                .await?;
        }
        if date.weekday() == Weekday::Tue && date.day().is_multiple_of(2) {
            self.stockroom
                .count_a_shelf(modules, &mut self.back_room, staff)
                .await?;
            self.tally.counts += 1;
        }
        Ok(())
    }

    async fn write_rate(&mut self) -> anyhow::Result<()> {
        let micros = nearest(self.rate) * 1_000_000;
        self.counter.rate = ExchangeRate::new(micros, RateSide::BasePerForeign)?;
        let new = NewRate {
            currency: self.counter.dollar,
            rate: self.counter.rate,
            valid_from: None,
            assurance: Assurance::Confirmed,
        };
        let shop = &self.modules.sales.shop;
        self.modules
            .stores
            .write
            .transaction(async |tx: &Tx| shop.create_rate(tx, &self.staff.owner, new).await)
            .await?;
        Ok(())
    }

    pub(super) fn set_clock(&self, date: NaiveDate, second: i64) {
        self.clock.set(at(date, second).min(self.now));
    }
}

/// An instant of a day in the shop's time zone.
pub(super) fn at(date: NaiveDate, second: i64) -> Timestamp {
    Timestamp::start_of_day(date, TIME_ZONE).plus_seconds(second)
}

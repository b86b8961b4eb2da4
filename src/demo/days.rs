//! The days, one after the other: rates and prices in the morning, deliveries, customers
//! in their hours, then what went wrong, and the count in the evening.

use anyhow::Context as _;
use chrono::{Datelike as _, NaiveDate, Weekday};
use futures_util::future::join_all;
use kernel::{
    Currency, ExchangeRate, Quantity, RateSide, Timestamp,
    clock::ManualClock,
    ids::{PaymentAccountId, SaleId, SaleLineId},
    money,
};
use sales::{
    SalesError,
    idempotency::Answer,
    orders::refunds::{Goods, NewRefund, NewRefundLine},
    shop::{
        accounts::AccountMethod,
        rates::{Assurance, NewRate},
    },
};
use serde_json::Value;
use store::Tx;

use super::{
    InVain, PLANTED, PlantedKind, Story, TIME_ZONE, Tally,
    baskets::{self, Basket, Counter, WALLETS},
    calendar,
    chance::{Chance, Stream, nearest},
    staff::Staff,
    stockroom::{Stockroom, Today},
};
use crate::app::Modules;

/// Francs for a dollar on the first day.
const FIRST_RATE: f64 = 2790.0;
/// One sale in so many is voided, one in so many partly refunded.
const VOIDS: f64 = 0.004;
const REFUNDS: f64 = 0.005;

const MORNING: i64 = 6 * 3600 + 1800;
const CLOSING: i64 = 20 * 3600;
const REFUND_HOUR: i64 = CLOSING + 600;
const COUNT_HOUR: i64 = CLOSING + 1800;

/// A sale that was written.
struct Done {
    id: SaleId,
    total_minor: i64,
    lines: Vec<(usize, i64)>,
    answer: Answer,
}

struct Telling<'a> {
    modules: &'a Modules,
    clock: &'a ManualClock,
    staff: &'a Staff,
    story: Story,
    customers: Chance,
    back_room: Chance,
    till: Chance,
    stockroom: Stockroom,
    counter: Counter,
    rate: f64,
    tally: Tally,
}

/// Tells the story.
pub(super) async fn tell(
    modules: &Modules,
    clock: &ManualClock,
    staff: &Staff,
    story: Story,
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
        tally,
    };
    telling.write_rate().await?;
    for date in story
        .first()
        .iter_days()
        .take_while(|day| *day <= story.end)
    {
        if calendar::is_open(date, story.end) {
            telling
                .day(date)
                .await
                .with_context(|| format!("the story broke off on {date}"))?;
        }
    }
    Ok(telling.tally)
}

/// The wallets of the shop; one that is there already keeps its account.
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
        let wishes = baskets::of_day(&mut self.customers, date, self.story.end, &today);
        let mut done = Vec::new();
        let mut wishes = wishes.into_iter().peekable();
        while let Some(first) = wishes.peek() {
            let part = part_of_day(first.second);
            let mut group = Vec::new();
            while let Some(basket) = wishes.next_if(|next| part_of_day(next.second) == part) {
                group.push(basket);
            }
            done.extend(self.sell(date, group).await?);
        }
        self.take_back(date, &done, &today).await?;
        self.evening(date).await
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

    /// Sells what is there to the customers of some hours, all at once: the till makes groups of them.
    async fn sell(&mut self, date: NaiveDate, group: Vec<Basket>) -> anyhow::Result<Vec<Done>> {
        let mut orders = Vec::with_capacity(group.len());
        let mut last = 0;
        for basket in group {
            last = basket.second;
            let found = self.find(date, &basket);
            if found.is_empty() {
                continue;
            }
            let at = at(date, basket.second);
            let id = self.till.sale_id(at);
            let mut lines = Vec::with_capacity(found.len());
            let mut amounts = Vec::with_capacity(found.len());
            for (position, milli) in &found {
                if let Some(slot) = self.stockroom.slots.get(*position) {
                    lines.push(baskets::line(slot.id, *milli));
                    amounts.push(money::extend_to_step(
                        slot.price_minor,
                        Quantity::from_milli(*milli),
                        self.counter.base.shown_step_minor(),
                    )?);
                }
            }
            let total_minor = money::sum(amounts)?;
            let order = baskets::order(&mut self.till, self.counter, id, at, lines, total_minor);
            orders.push((
                order,
                id,
                total_minor,
                found,
                cashier_at(date, basket.second),
            ));
        }
        self.set_clock(date, last);
        let till = &self.modules.sales.orders;
        let answers = join_all(orders.into_iter().map(
            |(order, id, total_minor, lines, cashier)| {
                let cashier = self
                    .staff
                    .cashiers
                    .get(cashier)
                    .unwrap_or(&self.staff.manager);
                let recorded = till.record(cashier.clone(), order, None);
                async move {
                    Ok::<_, SalesError>(Done {
                        answer: recorded.await?,
                        id,
                        total_minor,
                        lines,
                    })
                }
            },
        ))
        .await;
        let done: Vec<Done> = answers.into_iter().collect::<Result<_, _>>()?;
        for sale in &done {
            self.tally.sales += 1;
            self.tally.lines += sale.lines.len();
            self.tally.revenue_minor += sale.total_minor;
        }
        Ok(done)
    }

    /// What of a basket lies on the shelves; takes it off them.
    fn find(&mut self, date: NaiveDate, basket: &Basket) -> Vec<(usize, i64)> {
        let mut found = Vec::with_capacity(basket.lines.len());
        for (position, wanted) in &basket.lines {
            let Some(slot) = self.stockroom.slots.get_mut(*position) else {
                continue;
            };
            if slot.on_hand >= *wanted {
                slot.on_hand -= wanted;
                found.push((*position, *wanted));
            } else {
                self.tally.in_vain.push(InVain {
                    date,
                    sku: slot.item.sku,
                    quantity: Quantity::from_milli(*wanted),
                });
            }
        }
        found
    }

    /// After closing time: mistakes are voided, broken goods refunded, and sometimes more than that.
    async fn take_back(
        &mut self,
        date: NaiveDate,
        done: &[Done],
        today: &[(usize, bool)],
    ) -> anyhow::Result<()> {
        self.set_clock(date, REFUND_HOUR);
        let suspicious: Vec<usize> = today
            .iter()
            .filter_map(|(index, _)| PLANTED.get(*index))
            .filter(|planted| planted.kind == PlantedKind::RefundWithoutStock)
            .filter_map(|planted| baskets::position_of(planted.sku))
            .collect();
        for sale in done {
            let fate = self.till.share();
            let is_suspicious = sale
                .lines
                .iter()
                .any(|(position, _)| suspicious.contains(position));
            if is_suspicious {
                self.refund(sale, &suspicious, "Client mécontent").await?;
            } else if fate < VOIDS {
                self.void(sale).await?;
            } else if fate < VOIDS + REFUNDS {
                let first: Vec<usize> = sale.lines.iter().take(1).map(|(one, _)| *one).collect();
                self.refund(sale, &first, "Emballage endommagé").await?;
            }
        }
        Ok(())
    }

    async fn void(&mut self, sale: &Done) -> anyhow::Result<()> {
        let orders = &self.modules.sales.orders;
        orders
            .void(&self.staff.manager, sale.id, "Erreur de caisse", None)
            .await?;
        for (position, milli) in &sale.lines {
            self.stockroom.add(*position, *milli);
        }
        self.tally.voids += 1;
        self.tally.revenue_minor -= sale.total_minor;
        Ok(())
    }

    /// Refunds the lines of these products; nothing goes back on the shelf.
    async fn refund(
        &mut self,
        sale: &Done,
        positions: &[usize],
        reason: &str,
    ) -> anyhow::Result<()> {
        let answer: Value = serde_json::from_str(&sale.answer.body)?;
        let ids = answer.get("lines").and_then(Value::as_array);
        let ids = ids.context("the answer of a sale has lines")?;
        let mut lines = Vec::new();
        for ((position, milli), line) in sale.lines.iter().zip(ids) {
            if positions.contains(position) {
                let id = line.get("id").and_then(Value::as_str).unwrap_or_default();
                lines.push(NewRefundLine {
                    sale_line_id: id.parse::<SaleLineId>()?,
                    quantity: Quantity::from_milli(*milli),
                    goods: Goods::Damaged,
                });
            }
        }
        let new = NewRefund {
            id: None,
            lines,
            payments: None,
            reason: reason.to_owned(),
        };
        let orders = &self.modules.sales.orders;
        let refunded = orders
            .refund(&self.staff.manager, sale.id, &new, None)
            .await?;
        let refunded: Value = serde_json::from_str(&refunded.body)?;
        let back = refunded.get("total_minor").and_then(Value::as_i64);
        self.tally.refunds += 1;
        self.tally.revenue_minor -= back.unwrap_or(0);
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

    fn set_clock(&self, date: NaiveDate, second: i64) {
        self.clock.set(at(date, second));
    }
}

/// The till's sales are written together in the middle of the day, in the afternoon and at closing
/// time: what happened when is exact, when it was recorded is a few hours later.
const fn part_of_day(second: i64) -> i64 {
    second / (4 * 3600)
}

/// Two cashiers change shifts at two o'clock and swap them every week.
fn cashier_at(date: NaiveDate, second: i64) -> usize {
    let afternoon = usize::from(second >= 14 * 3600);
    let odd_week = usize::from(date.iso_week().week() % 2 == 1);
    (afternoon + odd_week) % 2
}

/// An instant of a day of the shop.
fn at(date: NaiveDate, second: i64) -> Timestamp {
    Timestamp::start_of_day(date, TIME_ZONE).plus_seconds(second)
}

//! The till: customers buy what there is, and pay.

use anyhow::Context as _;
use chrono::{Datelike as _, NaiveDate};
use futures_util::future::join_all;
use kernel::{Amount, Quantity, Timestamp, ids::SaleId, money};
use sales::{
    Actor, SalesError,
    idempotency::Answer,
    orders::{
        model::money::{NewPayment, PaymentMethod},
        model::{NewLine, NewSale},
    },
};

use super::{
    InVain,
    baskets::Basket,
    days::{Telling, at},
    paying::{self, Bill},
};
use crate::example_ids;

/// Units of the example product in the example sale.
const EXAMPLE_UNITS: i64 = 2;

/// A sale that was recorded.
pub(super) struct Done {
    pub(super) id: SaleId,
    pub(super) total_minor: i64,
    pub(super) lines: Vec<(usize, i64)>,
    pub(super) answer: Answer,
}

/// A sale on its way to the till.
struct RungUp<'a> {
    sender: &'a Actor,
    order: NewSale,
    id: SaleId,
    total_minor: i64,
    lines: Vec<(usize, i64)>,
}

impl<'a> Telling<'a> {
    /// Sells to the customers of a day.
    pub(super) async fn serve(
        &mut self,
        date: NaiveDate,
        wishes: Vec<Basket>,
    ) -> anyhow::Result<Vec<Done>> {
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
        Ok(done)
    }

    /// Sells to the customers of some hours, all at once, so that the till forms groups.
    async fn sell(&mut self, date: NaiveDate, group: Vec<Basket>) -> anyhow::Result<Vec<Done>> {
        let mut orders = Vec::with_capacity(group.len());
        for basket in &group {
            orders.extend(self.ring_up(date, basket)?);
        }
        self.set_clock(date, group.last().map_or(0, |basket| basket.second));
        let till = &self.modules.sales.orders;
        let answers = join_all(orders.into_iter().map(|rung_up| {
            let recorded = till.record(rung_up.sender.clone(), rung_up.order, None);
            async move {
                Ok::<_, SalesError>(Done {
                    id: rung_up.id,
                    total_minor: rung_up.total_minor,
                    lines: rung_up.lines,
                    answer: recorded.await?,
                })
            }
        }));
        let done: Vec<Done> = answers.await.into_iter().collect::<Result<_, _>>()?;
        for sale in &done {
            self.tally.sales += 1;
            self.tally.lines += sale.lines.len();
            self.tally.revenue_minor += sale.total_minor;
        }
        Ok(done)
    }

    /// Rings up what there is of a basket; `None` if there is nothing.
    fn ring_up(&mut self, date: NaiveDate, basket: &Basket) -> anyhow::Result<Option<RungUp<'a>>> {
        let lines = self.find(date, basket);
        if lines.is_empty() {
            return Ok(None);
        }
        let at = at(date, basket.second);
        let id = self.till.sale_id(at);
        let mut sold = Vec::with_capacity(lines.len());
        let mut amounts = Vec::with_capacity(lines.len());
        for (position, milli) in &lines {
            if let Some(slot) = self.stockroom.slots.get(*position) {
                sold.push(paying::line(slot.id, *milli));
                amounts.push(money::extend_to_step(
                    slot.price_minor,
                    Quantity::from_milli(*milli),
                    self.counter.base.shown_step_minor(),
                )?);
            }
        }
        let subtotal_minor = money::sum(amounts)?;
        let discount_minor = paying::discount(&mut self.till, subtotal_minor);
        let staff = self.staff;
        let at_till = staff.cashiers.get(cashier_at(date, basket.second));
        let at_till = at_till.unwrap_or(&staff.manager);
        // Only a manager may give a discount. The sale stays the cashier's.
        let (sender, cashier_id) = if discount_minor > 0 {
            self.tally.discounts += 1;
            (&staff.manager, at_till.user_id)
        } else {
            (at_till, None)
        };
        let bill = Bill {
            id,
            at,
            lines: sold,
            subtotal_minor,
            discount_minor,
            cashier_id,
        };
        let total_minor = bill.total_minor();
        let order = paying::order(&mut self.till, self.counter, bill);
        Ok(Some(RungUp {
            sender,
            order,
            id,
            total_minor,
            lines,
        }))
    }

    /// Takes what there is of a basket off the shelves.
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

    /// Records the sale that the examples of the OpenAPI document name.
    pub(super) async fn sell_for_examples(&mut self, at: Timestamp) -> anyhow::Result<()> {
        let slots = &mut self.stockroom.slots;
        let slot = slots
            .iter_mut()
            .find(|slot| slot.id == example_ids::PRODUCT);
        let slot = slot.context("the product of the examples is missing")?;
        let quantity = Quantity::from_units(EXAMPLE_UNITS);
        slot.on_hand -= quantity.milli();
        let total_minor = slot.price_minor * EXAMPLE_UNITS;
        let [cashier, _] = &self.staff.cashiers;
        let order = NewSale {
            id: Some(example_ids::SALE),
            lines: vec![NewLine {
                id: Some(example_ids::SALE_LINE),
                ..paying::line(example_ids::PRODUCT, quantity.milli())
            }],
            discount_minor: Amount::ZERO,
            payments: Some(vec![NewPayment {
                method: PaymentMethod::Cash,
                account: None,
                currency: self.counter.base,
                amount_minor: paying::amount(total_minor),
                rate: None,
                reference: None,
            }]),
            change: None,
            location_id: None,
            occurred_at: Some(at),
            note: None,
            cashier_id: None,
            external_number: None,
            discount_reason: None,
        };
        let recorded = self
            .modules
            .sales
            .orders
            .record(cashier.clone(), order, None);
        recorded
            .await
            .context("the sale of the examples is refused")?;
        self.tally.sales += 1;
        self.tally.lines += 1;
        self.tally.revenue_minor += total_minor;
        Ok(())
    }
}

/// The part of the day of a sale. Sales are recorded together at noon, in the afternoon and at
/// closing time: `occurred_at` is exact, `recorded_at` some hours later.
const fn part_of_day(second: i64) -> i64 {
    second / (4 * 3600)
}

/// Two cashiers change shifts at two o'clock, and swap shifts every week.
fn cashier_at(date: NaiveDate, second: i64) -> usize {
    let afternoon = usize::from(second >= 14 * 3600);
    let odd_week = usize::from(date.iso_week().week() % 2 == 1);
    (afternoon + odd_week) % 2
}

//! The facts of a quarter of the year, read once for all quarters that need them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;
use kernel::{
    Period,
    read::{
        ProductDayFacts, Readers,
        irregular::{
            CashierDayFacts, CountLossFacts, EmptySpell, LineFacts, LineSizeFacts, RefundLineFacts,
            SaleFacts, SalesHourFacts, VoidFacts,
        },
    },
};

use super::{
    quarter::{FOLLOWED_DAYS, Quarter},
    rules::{Judged, Names, hours, slips},
};
use crate::error::AnalyticsError;

/// Row limits of one query of the shop. Above them the last products are not judged.
const MAX_FACTS: u32 = 500_000;
const MAX_ROWS: u32 = 50_000;
const MAX_LINES: u32 = 2_000;

/// What each product sold on each day of a quarter, and when it was out of stock.
#[derive(Debug, Default)]
struct QuarterSales {
    products: Vec<ProductDayFacts>,
    spells: Vec<EmptySpell>,
}

/// What people did in a quarter.
#[derive(Debug, Default)]
struct Deeds {
    sizes: Vec<LineSizeFacts>,
    refunds: Vec<RefundLineFacts>,
    voids: Vec<VoidFacts>,
    cashiers: Vec<CashierDayFacts>,
    hours: Vec<SalesHourFacts>,
    losses: Vec<CountLossFacts>,
}

/// The facts by which one quarter is judged: its own, those of the half year before it, and the sales of
/// the weeks after it.
#[derive(Debug)]
pub(super) struct Facts {
    pub judged: Period,
    /// The days of the series.
    pub series: Period,
    pub products: Vec<ProductDayFacts>,
    pub spells: Vec<EmptySpell>,
    pub below_cost: Vec<LineFacts>,
    pub refunds: Vec<RefundLineFacts>,
    pub voids: Vec<VoidFacts>,
    pub cashiers: Vec<CashierDayFacts>,
    pub losses: Vec<CountLossFacts>,
    pub sizes: Vec<LineSizeFacts>,
    pub slips: Vec<LineFacts>,
    pub off_hours: Vec<SaleFacts>,
}

/// Reads the facts of quarters, and keeps them while the next quarters need them.
pub(super) struct Reading<'a> {
    readers: &'a Readers,
    zone: Tz,
    today: NaiveDate,
    sold: BTreeMap<Quarter, Arc<QuarterSales>>,
    deeds: BTreeMap<Quarter, Arc<Deeds>>,
}

impl<'a> Reading<'a> {
    pub(super) const fn new(readers: &'a Readers, zone: Tz, today: NaiveDate) -> Self {
        Self {
            readers,
            zone,
            today,
            sold: BTreeMap::new(),
            deeds: BTreeMap::new(),
        }
    }

    pub(super) const fn zone(&self) -> Tz {
        self.zone
    }

    /// Call it for quarters in their order: older facts than the quarter needs are dropped.
    pub(super) async fn facts(
        &mut self,
        quarter: Quarter,
        names: &Names,
    ) -> Result<Facts, AnalyticsError> {
        let learnt = quarter.learnt_from();
        let from = learnt.first().copied().unwrap_or(quarter);
        self.sold.retain(|known, _| *known >= from);
        self.deeds.retain(|known, _| *known >= from);
        let judged = Period::new(quarter.first(), quarter.last().min(self.today), self.zone)?;
        // Today is not over: its sales are not complete.
        let yesterday = self.today.pred_opt().unwrap_or(self.today);
        let behind = quarter.last().checked_add_days(Days::new(FOLLOWED_DAYS));
        let until = behind.map_or(yesterday, |day| day.min(yesterday));
        let series = Period::new(from.first(), until.max(from.first()), self.zone)?;
        let mut products = Vec::new();
        let mut spells = BTreeMap::new();
        for part in learnt.iter().copied().chain([quarter, quarter.next()]) {
            let sold = self.sold_in(part).await?;
            let days = sold.products.iter().filter(|fact| fact.date <= until);
            products.extend(days.copied());
            // A spell that crosses the end of a quarter is in the facts of both.
            spells.extend(
                sold.spells
                    .iter()
                    .map(|one| ((one.product_id, one.from), *one)),
            );
        }
        let mut around = Deeds::default();
        for part in learnt.iter().copied().chain([quarter]) {
            let deeds = self.deeds_in(part).await?;
            around.sizes.extend(&deeds.sizes);
            around.refunds.extend(&deeds.refunds);
            around.voids.extend(deeds.voids.iter().cloned());
            around.cashiers.extend(&deeds.cashiers);
            around.hours.extend(&deeds.hours);
            around.losses.extend(&deeds.losses);
        }
        around.cashiers.extend(self.week_across(quarter).await?);
        let sizes = added_up(&around.sizes);
        Ok(Facts {
            judged,
            series,
            products,
            spells: spells.into_values().collect(),
            below_cost: self
                .readers
                .irregular
                .lines_below_cost(&judged, MAX_ROWS)
                .await?,
            slips: self.slips_in(&judged, &sizes).await?,
            off_hours: self.off_hours_in(&judged, &around.hours, names).await?,
            refunds: around.refunds,
            voids: around.voids,
            cashiers: around.cashiers,
            losses: around.losses,
            sizes,
        })
    }

    async fn sold_in(&mut self, quarter: Quarter) -> Result<Arc<QuarterSales>, AnalyticsError> {
        if let Some(known) = self.sold.get(&quarter) {
            return Ok(Arc::clone(known));
        }
        let yesterday = self.today.pred_opt().unwrap_or(self.today);
        let period = Period::new(quarter.first(), quarter.last().min(yesterday), self.zone);
        let sold = match period {
            Ok(period) => QuarterSales {
                products: self.readers.sales.product_days(&period, MAX_FACTS).await?,
                spells: self
                    .readers
                    .irregular
                    .empty_spells(&period, MAX_ROWS)
                    .await?,
            },
            // The quarter has not begun.
            Err(_) => QuarterSales::default(),
        };
        let sold = Arc::new(sold);
        self.sold.insert(quarter, Arc::clone(&sold));
        Ok(sold)
    }

    async fn deeds_in(&mut self, quarter: Quarter) -> Result<Arc<Deeds>, AnalyticsError> {
        if let Some(known) = self.deeds.get(&quarter) {
            return Ok(Arc::clone(known));
        }
        let period = Period::new(quarter.first(), quarter.last().min(self.today), self.zone);
        let irregular = &self.readers.irregular;
        let deeds = match period {
            Ok(period) => Deeds {
                sizes: irregular.line_sizes(&period, MAX_FACTS).await?,
                refunds: irregular.refund_lines(&period, MAX_ROWS).await?,
                voids: irregular.voids(&period, MAX_ROWS).await?,
                cashiers: irregular.cashier_days(&period, MAX_ROWS).await?,
                hours: irregular.hours(&period, MAX_ROWS).await?,
                losses: irregular.count_losses(&period, MAX_ROWS).await?,
            },
            Err(_) => Deeds::default(),
        };
        let deeds = Arc::new(deeds);
        self.deeds.insert(quarter, Arc::clone(&deeds));
        Ok(deeds)
    }

    /// Cashier days in the rest of the week in which a quarter ends: a week is judged as a whole.
    async fn week_across(&self, quarter: Quarter) -> Result<Vec<CashierDayFacts>, AnalyticsError> {
        let last = quarter.last();
        let rest = 6 - u64::from(last.weekday().num_days_from_monday());
        let sunday = last.checked_add_days(Days::new(rest)).unwrap_or(last);
        let first = last.succ_opt().unwrap_or(last);
        match Period::new(first, sunday.min(self.today), self.zone) {
            Ok(period) if first > last => Ok(self
                .readers
                .irregular
                .cashier_days(&period, MAX_ROWS)
                .await?),
            _ => Ok(Vec::new()),
        }
    }

    async fn slips_in(
        &self,
        judged: &Period,
        sizes: &[LineSizeFacts],
    ) -> Result<Vec<LineFacts>, AnalyticsError> {
        let suspicious = slips::suspicious(sizes);
        if suspicious.is_empty() {
            return Ok(Vec::new());
        }
        let irregular = &self.readers.irregular;
        Ok(irregular.lines_like(judged, &suspicious, MAX_LINES).await?)
    }

    async fn off_hours_in(
        &self,
        judged: &Period,
        hours: &[SalesHourFacts],
        names: &Names,
    ) -> Result<Vec<SaleFacts>, AnalyticsError> {
        let odd = hours::odd(
            Judged {
                first: judged.from(),
                last: judged.to(),
                zone: self.zone,
                names,
            },
            hours,
        );
        if odd.is_empty() {
            return Ok(Vec::new());
        }
        let irregular = &self.readers.irregular;
        Ok(irregular.sales_in_hours(judged, &odd, MAX_LINES).await?)
    }
}

/// Adds up the counts of equal sizes.
fn added_up(sizes: &[LineSizeFacts]) -> Vec<LineSizeFacts> {
    let mut sums = BTreeMap::new();
    for size in sizes {
        let lines = sums
            .entry((size.product_id, size.quantity, size.unit_price_minor))
            .or_insert(0_i64);
        *lines = lines.saturating_add(size.lines);
    }
    sums.into_iter()
        .map(
            |((product_id, quantity, unit_price_minor), lines)| LineSizeFacts {
                product_id,
                quantity,
                unit_price_minor,
                lines,
            },
        )
        .collect()
}

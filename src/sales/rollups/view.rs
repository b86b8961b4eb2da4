//! Answers: the rollups plus a tally of what is not folded yet, in one snapshot.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    Currency, Period, Quantity,
    ids::ProductId,
    read::{LastSaleFacts, ProductDayFacts, ProductWeekFacts, TakingsFacts},
};
use sea_orm::Value;
use store::{Row, Snapshot, StoreError};
use uuid::Uuid;

use super::{
    State, date_of, day_number,
    facts::{Facts, Part, Scope, Source},
    measures::{COLUMNS, Measures, Takings},
    tally::{Tally, tally},
};
use crate::error::SalesResult;

/// The figures of a period at one moment.
#[derive(Debug)]
pub(crate) struct View<'a> {
    snapshot: &'a Snapshot,
    period: &'a Period,
    /// Sales up to this number stand in the rollups.
    folded: i64,
    newest: i64,
}

impl<'a> View<'a> {
    /// Opens a view. Where the rollups cut days in another time zone than the period, they are of
    /// no use, and everything is counted: so an answer is right also while a new time zone spreads.
    pub(crate) async fn open(snapshot: &'a Snapshot, period: &'a Period) -> SalesResult<Self> {
        let (state, newest) = State::read(snapshot).await?;
        let folded = if state.zone == Some(period.zone()) {
            state.folded
        } else {
            0
        };
        Ok(Self {
            snapshot,
            period,
            folded,
            newest,
        })
    }

    /// By day.
    pub(crate) async fn by_day(&self) -> SalesResult<BTreeMap<i64, Measures>> {
        let key = |row: &Row| row.get(KEY);
        let mut sums = self.stored("rollup_days", "day", NO_LIMIT, key).await?;
        for ((day, _, _), sum) in self.tail(Part::Headers).await?.days {
            *sums.entry(day).or_default() += sum;
        }
        Ok(cleaned(sums, NO_LIMIT))
    }

    /// By day and hour of the day.
    pub(crate) async fn by_hour(&self, limit: u32) -> SalesResult<BTreeMap<(i64, i64), Measures>> {
        let key = |row: &Row| Ok((row.get(KEY)?, row.get(KEY + 1)?));
        let mut sums = self.stored("rollup_hours", "day, hour", limit, key).await?;
        for ((day, hour, _, _), sum) in self.tail(Part::Headers).await?.hours {
            *sums.entry((day, hour)).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    /// By the hour on the wall.
    pub(crate) async fn by_local_hour(&self) -> SalesResult<BTreeMap<i64, Measures>> {
        let key = |row: &Row| row.get(KEY);
        let mut sums = self
            .stored("rollup_hours", "local_hour", NO_LIMIT, key)
            .await?;
        for ((_, _, _, local_hour), sum) in self.tail(Part::Headers).await?.hours {
            *sums.entry(local_hour).or_default() += sum;
        }
        Ok(cleaned(sums, NO_LIMIT))
    }

    /// By location.
    pub(crate) async fn by_location(&self, limit: u32) -> SalesResult<BTreeMap<Uuid, Measures>> {
        let key = |row: &Row| row.get(KEY);
        let mut sums = self
            .stored("rollup_days", "location_id", limit, key)
            .await?;
        for ((_, location, _), sum) in self.tail(Part::Headers).await?.days {
            *sums.entry(location).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    /// By cashier.
    pub(crate) async fn by_cashier(&self, limit: u32) -> SalesResult<BTreeMap<Uuid, Measures>> {
        let key = |row: &Row| row.get(KEY);
        let mut sums = self.stored("rollup_days", "cashier_id", limit, key).await?;
        for ((_, _, cashier), sum) in self.tail(Part::Headers).await?.days {
            *sums.entry(cashier).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    /// By product.
    pub(crate) async fn by_product(&self, limit: u32) -> SalesResult<BTreeMap<Uuid, Measures>> {
        let key = |row: &Row| row.get(KEY);
        let mut sums = self
            .stored("rollup_products", "product_id", limit, key)
            .await?;
        for ((_, product), sum) in self.tail(Part::Lines).await?.products {
            *sums.entry(product).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    /// By way of paying and currency.
    pub(crate) async fn takings(&self) -> SalesResult<Vec<TakingsFacts>> {
        let mut sums: BTreeMap<(String, String), Takings> = BTreeMap::new();
        if self.folded > 0 {
            let sum = |column: &str| self.snapshot.dialect().sum(column);
            let sql = format!(
                "SELECT method, currency, {}, {}, {} FROM rollup_payments WHERE day BETWEEN $1 AND $2 GROUP BY method, currency",
                sum("payments"),
                sum("amount_minor"),
                sum("base_minor"),
            );
            for row in self.snapshot.rows(&sql, self.days()).await? {
                let takings = Takings([row.get(2)?, row.get(3)?, row.get(4)?]);
                *sums.entry((row.get(0)?, row.get(1)?)).or_default() += takings;
            }
        }
        for ((_, method, currency), takings) in self.tail(Part::Payments).await?.payments {
            *sums.entry((method, currency)).or_default() += takings;
        }
        sums.retain(|_, takings| *takings != Takings::default());
        let facts = sums.into_iter().map(|((method, currency), takings)| {
            let [payments, amount_minor, base_minor] = takings.0;
            Ok(TakingsFacts {
                method,
                currency: Currency::parse(&currency)
                    .map_err(|_| StoreError::Corrupt(format!("unknown currency {currency}")))?,
                payments,
                amount_minor,
                base_minor,
            })
        });
        facts.collect()
    }

    /// By product and day.
    pub(crate) async fn product_days(&self, limit: u32) -> SalesResult<Vec<ProductDayFacts>> {
        // Sales, units sold, units, revenue, cost.
        let mut sums: BTreeMap<(Uuid, i64), [i64; 5]> = BTreeMap::new();
        if self.folded > 0 {
            let sql = format!(
                "SELECT product_id, day, sales, sold_milli, sold_milli - refunded_milli, sold_minor - refunded_minor, sold_cost_minor - refunded_cost_minor
                 FROM rollup_products WHERE day BETWEEN $1 AND $2 AND (sales <> 0 OR refunds <> 0) ORDER BY product_id, day LIMIT {limit}"
            );
            for row in self.snapshot.rows(&sql, self.days()).await? {
                let figures = [
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                ];
                sums.insert((row.get(0)?, row.get(1)?), figures);
            }
        }
        for ((day, product), sum) in self.tail(Part::Lines).await?.products {
            let totals = sum.totals();
            let added = [
                totals.sales,
                totals.units_sold.milli(),
                totals.units.milli(),
                totals.revenue_minor,
                totals.cost_minor,
            ];
            let figures = sums.entry((product, day)).or_default();
            for (figure, added) in figures.iter_mut().zip(added) {
                *figure += added;
            }
        }
        let facts = sums
            .into_iter()
            .take(count(limit))
            .filter_map(|((product, day), figures)| {
                let [sales, units_sold, units, revenue_minor, cost_minor] = figures;
                Some(ProductDayFacts {
                    product_id: ProductId::from_uuid(product),
                    date: date_of(day)?,
                    sales,
                    units_sold: Quantity::from_milli(units_sold),
                    units: Quantity::from_milli(units),
                    revenue_minor,
                    cost_minor,
                })
            });
        Ok(facts.collect())
    }

    /// By product and week of seven days.
    pub(crate) async fn product_weeks(&self, limit: u32) -> SalesResult<Vec<ProductWeekFacts>> {
        let first = day_number(self.period.from());
        let mut sums: BTreeMap<(Uuid, i64), i64> = BTreeMap::new();
        if self.folded > 0 {
            let sql = format!(
                "SELECT product_id, (day - $1) / 7, {} FROM rollup_products WHERE day BETWEEN $1 AND $2 AND sold_milli <> 0
                 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {limit}",
                self.snapshot.dialect().sum("sold_milli"),
            );
            for row in self.snapshot.rows(&sql, self.days()).await? {
                sums.insert((row.get(0)?, row.get(1)?), row.get(2)?);
            }
        }
        for ((day, product), sum) in self.tail(Part::Lines).await?.products {
            let sold = sum.totals().units_sold.milli();
            if sold != 0 {
                *sums
                    .entry((product, (day - first).div_euclid(7)))
                    .or_default() += sold;
            }
        }
        let facts = sums
            .into_iter()
            .take(count(limit))
            .filter_map(|((product, week), sold)| {
                Some(ProductWeekFacts {
                    product_id: ProductId::from_uuid(product),
                    week: u32::try_from(week).ok()?,
                    units_sold: Quantity::from_milli(sold),
                })
            });
        Ok(facts.collect())
    }

    /// The last day on which each product was sold.
    pub(crate) async fn last_sales(&self, limit: u32) -> SalesResult<Vec<LastSaleFacts>> {
        let mut last: BTreeMap<Uuid, i64> = BTreeMap::new();
        if self.folded > 0 {
            let sql = format!(
                "SELECT product_id, MAX(day) FROM rollup_products WHERE day BETWEEN $1 AND $2 AND sold_milli > 0
                 GROUP BY product_id ORDER BY product_id LIMIT {limit}"
            );
            for row in self.snapshot.rows(&sql, self.days()).await? {
                last.insert(row.get(0)?, row.get(1)?);
            }
        }
        for ((day, product), sum) in self.tail(Part::Lines).await?.products {
            if sum.totals().units_sold.is_positive() {
                let known = last.entry(product).or_insert(day);
                *known = day.max(*known);
            }
        }
        let facts = last
            .into_iter()
            .take(count(limit))
            .filter_map(|(product, day)| {
                Some(LastSaleFacts {
                    product_id: ProductId::from_uuid(product),
                    date: date_of(day)?,
                })
            });
        Ok(facts.collect())
    }

    /// The sums of a rollup by some of its columns, those of the lowest keys first.
    async fn stored<K: Ord>(
        &self,
        table: &str,
        by: &str,
        limit: u32,
        key: impl Fn(&Row) -> Result<K, StoreError>,
    ) -> SalesResult<BTreeMap<K, Measures>> {
        if self.folded == 0 {
            return Ok(BTreeMap::new());
        }
        let sums = COLUMNS
            .map(|column| self.snapshot.dialect().sum(column))
            .join(", ");
        let sql = format!(
            "SELECT {sums}, {by} FROM {table} WHERE day BETWEEN $1 AND $2 GROUP BY {by} ORDER BY {by} LIMIT {limit}"
        );
        let rows = self.snapshot.rows(&sql, self.days()).await?;
        let sums = rows
            .iter()
            .map(|row| Ok((key(row)?, Measures::from_row(row)?)));
        sums.collect()
    }

    /// What happened in the period of the sales that are not folded yet.
    async fn tail(&self, part: Part) -> SalesResult<Tally> {
        if self.newest <= self.folded {
            return Ok(Tally::default());
        }
        let (from, until) = (self.period.start().micros(), self.period.end().micros());
        let scope = Scope::tail(self.folded, from, until);
        let facts = Facts::read(Source::Snapshot(self.snapshot), &scope, &[part]).await?;
        Ok(tally(self.period.zone(), &facts))
    }

    fn days(&self) -> [Value; 2] {
        [
            day_number(self.period.from()).into(),
            day_number(self.period.to()).into(),
        ]
    }
}

/// Where the key of a row of sums begins.
const KEY: usize = COLUMNS.len();
/// For what a period bounds by itself.
const NO_LIMIT: u32 = i32::MAX.cast_unsigned();

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Without what a void or a time of nothing left behind.
fn cleaned<K: Ord>(mut sums: BTreeMap<K, Measures>, limit: u32) -> BTreeMap<K, Measures> {
    sums.retain(|_, sum| !sum.is_nothing());
    sums.into_iter().take(count(limit)).collect()
}

/// The date of a key.
pub(crate) fn date(day: i64) -> Result<NaiveDate, StoreError> {
    date_of(day).ok_or_else(|| StoreError::Corrupt(format!("there is no day {day}")))
}

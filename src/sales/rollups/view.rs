//! Queries: the rollups plus a tally of what is not folded yet, in one snapshot.

mod of;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    Currency, Period,
    ids::ProductId,
    read::{
        LastSaleFacts, MoneySums, PaymentFacts, PeriodPayments, ProductDayFacts, ProductWeekFacts,
    },
};
use sea_orm::Value;
use store::{Selection, Snapshot, Source, StoreError, selection};
use uuid::Uuid;

use super::{
    Standing, date_of, day_number,
    facts::{Facts, Part, Scope},
    measures::{All, Measures, Money, Moved, SomeSums, Sums, WEIGHTS, Weight, part},
    tally::{Tally, tally},
};
use crate::error::SalesResult;

selection! {
    Day(day: i64)
    Hour(day: i64, hour: i64)
    LocalHour(local_hour: i64)
    Location(location_id: Uuid)
    Cashier(cashier_id: Uuid)
    Product(product_id: Uuid)
    ProductDay(product_id: Uuid, day: i64)
    ProductWeek(product_id: Uuid, week: i64)
    Way(method: String, account_id: Uuid, currency: String)
    Account(id: Uuid, name: String)
}
part! {
    /// Sales, units sold, units, revenue, cost.
    DayFigures: Sums<5> = ["sales", "sold_milli", "milli", "minor", "cost_minor"], 0..5, counts 0
}
part! {
    /// Units sold.
    WeekFigures: Sums<1> = ["sold_milli"], 0..1, counts 0
}

/// The figures of a period at one moment.
#[derive(Debug)]
pub(crate) struct View<'a> {
    snapshot: &'a Snapshot,
    period: &'a Period,
    /// Sales up to this number are in the rollups.
    folded: i64,
    newest: i64,
    /// Whether any sum has an upper part.
    has_upper: bool,
}

impl<'a> View<'a> {
    /// Opens a view. If the rollups use another time zone than the period, everything is counted
    /// instead: so results are right also while a new time zone spreads.
    pub(crate) async fn open(snapshot: &'a Snapshot, period: &'a Period) -> SalesResult<Self> {
        let Standing {
            state,
            newest,
            has_upper,
        } = Standing::read(snapshot).await?;
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
            has_upper,
        })
    }

    /// The weights of existing rows, that of the lower parts first.
    fn weights(&self) -> impl Iterator<Item = Weight> + use<> {
        let has_upper = self.has_upper;
        WEIGHTS
            .into_iter()
            .filter(move |weight| *weight == Weight::One || has_upper)
    }

    pub(crate) async fn by_day(&self) -> SalesResult<BTreeMap<i64, Measures>> {
        let mut sums = self.stored::<Day>("rollup_days", "day", NO_LIMIT).await?;
        for ((day, _, _), sum) in self.tail(Part::Headers).await?.days {
            *sums.entry(day).or_default() += sum;
        }
        Ok(cleaned(sums, NO_LIMIT))
    }

    /// By day and hour of the day.
    pub(crate) async fn by_hour(&self, limit: u32) -> SalesResult<BTreeMap<(i64, i64), Measures>> {
        let mut sums = self
            .stored::<Hour>("rollup_hours", "day, hour", limit)
            .await?;
        for ((day, hour, _, _), sum) in self.tail(Part::Headers).await?.hours {
            *sums.entry((day, hour)).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    /// By local hour.
    pub(crate) async fn by_local_hour(&self) -> SalesResult<BTreeMap<i64, Measures>> {
        let mut sums = self
            .stored::<LocalHour>("rollup_hours", "local_hour", NO_LIMIT)
            .await?;
        for ((_, _, _, local_hour), sum) in self.tail(Part::Headers).await?.hours {
            *sums.entry(local_hour).or_default() += sum;
        }
        Ok(cleaned(sums, NO_LIMIT))
    }

    pub(crate) async fn by_location(&self, limit: u32) -> SalesResult<BTreeMap<Uuid, Measures>> {
        let mut sums = self
            .stored::<Location>("rollup_days", "location_id", limit)
            .await?;
        for ((_, location, _), sum) in self.tail(Part::Headers).await?.days {
            *sums.entry(location).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    pub(crate) async fn by_cashier(&self, limit: u32) -> SalesResult<BTreeMap<Uuid, Measures>> {
        let mut sums = self
            .stored::<Cashier>("rollup_days", "cashier_id", limit)
            .await?;
        for ((_, _, cashier), sum) in self.tail(Part::Headers).await?.days {
            *sums.entry(cashier).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    pub(crate) async fn by_product(&self, limit: u32) -> SalesResult<BTreeMap<Uuid, Measures>> {
        let mut sums = self
            .stored::<Product>("rollup_products", "product_id", limit)
            .await?;
        for ((_, product), sum) in self.tail(Part::Lines).await?.products {
            *sums.entry(product).or_default() += sum;
        }
        Ok(cleaned(sums, limit))
    }

    /// By payment method, account and currency.
    pub(crate) async fn payments(&self) -> SalesResult<PeriodPayments> {
        let mut sums: BTreeMap<(String, Uuid, String), Money> = BTreeMap::new();
        let columns = self.sums_of::<Moved<i64>>();
        let sql = |weight: Weight| {
            format!(
                "SELECT {columns}, method, account_id, currency FROM rollup_payments WHERE weight = {} AND day BETWEEN $1 AND $2 GROUP BY method, account_id, currency",
                weight.stored()
            )
        };
        self.add_stored::<Moved<i64>, Way, _>(&mut sums, sql)
            .await?;
        for ((_, method, account, currency), money) in self.tail(Part::Payments).await?.payments {
            *sums.entry((method, account, currency)).or_default() += money;
        }
        sums.retain(|_, money| !money.is_nothing());
        let accounts = self.accounts().await?;
        let sales: i128 = self.by_day().await?.values().map(Measures::sales).sum();
        let lines = sums
            .into_iter()
            .map(|((method, account, currency), money)| {
                let account = accounts.get(&account).cloned();
                payment_facts(method, account, &currency, money)
            });
        Ok(PeriodPayments {
            sales: count_of(sales)?,
            lines: lines.collect::<Result<_, _>>()?,
        })
    }

    /// The names of the shop's accounts.
    async fn accounts(&self) -> SalesResult<BTreeMap<Uuid, String>> {
        let sql = format!("SELECT id, name FROM payment_accounts LIMIT {MAX_ACCOUNTS}");
        let accounts = self.snapshot.select::<Account>(&sql, []).await?;
        Ok(accounts.into_iter().collect())
    }

    /// By product and day.
    pub(crate) async fn product_days(&self, limit: u32) -> SalesResult<Vec<ProductDayFacts>> {
        let mut sums: BTreeMap<(Uuid, i64), Sums<5>> = BTreeMap::new();
        let sql = |weight: Weight| {
            format!(
                "SELECT sales, sold_milli, sold_milli - refunded_milli AS milli, sold_minor - refunded_minor AS minor, sold_cost_minor - refunded_cost_minor AS cost_minor, product_id, day
                 FROM rollup_products WHERE weight = {} AND day BETWEEN $1 AND $2 AND {} ORDER BY product_id, day LIMIT {limit}",
                weight.stored(),
                of_weight(weight, "(sales <> 0 OR refunds <> 0)"),
            )
        };
        self.add_stored::<DayFigures<i64>, ProductDay, _>(&mut sums, sql)
            .await?;
        for ((day, product), sum) in self.tail(Part::Lines).await?.products {
            let totals = sum.totals();
            *sums.entry((product, day)).or_default() += Sums::of([
                i128::from(totals.sales),
                totals.units_sold_milli,
                totals.units_milli,
                totals.revenue_minor,
                totals.cost_minor,
            ]);
        }
        let facts = sums
            .into_iter()
            .take(count(limit))
            .filter_map(|((product, day), figures)| {
                let [
                    sales,
                    units_sold_milli,
                    units_milli,
                    revenue_minor,
                    cost_minor,
                ] = figures.to_array();
                Some(ProductDayFacts {
                    product_id: ProductId::from_uuid(product),
                    date: date_of(day)?,
                    sales: i64::try_from(sales).ok()?,
                    units_sold_milli,
                    units_milli,
                    revenue_minor,
                    cost_minor,
                })
            });
        Ok(facts.collect())
    }

    /// By product and week of seven days.
    pub(crate) async fn product_weeks(&self, limit: u32) -> SalesResult<Vec<ProductWeekFacts>> {
        let first = day_number(self.period.from());
        let mut sums: BTreeMap<(Uuid, i64), Sums<1>> = BTreeMap::new();
        let sum = self.sums_of::<WeekFigures<i64>>();
        let sql = |weight: Weight| {
            format!(
                "SELECT {sum}, product_id, (day - $1) / 7 AS week FROM rollup_products WHERE weight = {} AND day BETWEEN $1 AND $2 AND {}
                 GROUP BY 2, 3 ORDER BY 2, 3 LIMIT {limit}",
                weight.stored(),
                of_weight(weight, "sales <> 0"),
            )
        };
        self.add_stored::<WeekFigures<i64>, ProductWeek, _>(&mut sums, sql)
            .await?;
        for ((day, product), sum) in self.tail(Part::Lines).await?.products {
            let sold = sum.totals().units_sold_milli;
            if sold != 0 {
                *sums
                    .entry((product, (day - first).div_euclid(7)))
                    .or_default() += Sums::of([sold]);
            }
        }
        let facts = sums
            .into_iter()
            .take(count(limit))
            .filter_map(|((product, week), sold)| {
                let [units_sold_milli] = sold.to_array();
                Some(ProductWeekFacts {
                    product_id: ProductId::from_uuid(product),
                    week: u32::try_from(week).ok()?,
                    units_sold_milli,
                })
            });
        Ok(facts.collect())
    }

    /// The last day on which each product was sold.
    pub(crate) async fn last_sales(&self, limit: u32) -> SalesResult<Vec<LastSaleFacts>> {
        let mut last: BTreeMap<Uuid, i64> = BTreeMap::new();
        if self.folded > 0 {
            let sql = format!(
                "SELECT product_id, MAX(day) AS day FROM rollup_products WHERE weight = 0 AND day BETWEEN $1 AND $2 AND sales > 0
                 GROUP BY product_id ORDER BY product_id LIMIT {limit}"
            );
            let rows = self.snapshot.select::<ProductDay>(&sql, self.days());
            last.extend(rows.await?);
        }
        for ((day, product), sum) in self.tail(Part::Lines).await?.products {
            if sum.totals().sales > 0 {
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

    /// The sums of a rollup by some of its columns, lowest keys first.
    async fn stored<K: Selection<Output: Ord>>(
        &self,
        table: &str,
        by: &str,
        limit: u32,
    ) -> SalesResult<BTreeMap<K::Output, Measures>> {
        let columns = self.sums_of::<All<i64>>();
        let sql = |weight: Weight| {
            format!(
                "SELECT {columns}, {by} FROM {table} WHERE weight = {} AND day BETWEEN $1 AND $2 GROUP BY {by} ORDER BY {by} LIMIT {limit}",
                weight.stored()
            )
        };
        let mut sums = BTreeMap::new();
        self.add_stored::<All<i64>, K, _>(&mut sums, sql).await?;
        Ok(sums)
    }

    /// Adds stored rows, weight by weight, sums first in each. An upper part always has a lower one:
    /// beyond the last key within a limit, both are left out.
    async fn add_stored<P, K, const N: usize>(
        &self,
        sums: &mut BTreeMap<K::Output, Sums<N>>,
        sql: impl Fn(Weight) -> String,
    ) -> SalesResult<()>
    where
        P: Selection<Output = Sums<N>>,
        K: Selection<Output: Ord>,
    {
        if self.folded == 0 {
            return Ok(());
        }
        for weight in self.weights() {
            let sql = sql(weight);
            let rows = self.snapshot.select::<(P, K)>(&sql, self.days());
            for (part, key) in rows.await? {
                let part = weight.whole(part);
                match weight {
                    Weight::One => *sums.entry(key).or_default() += part,
                    Weight::Many => {
                        if let Some(sum) = sums.get_mut(&key) {
                            *sum += part;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The columns of some sums, added up.
    fn sums_of<P: SomeSums>(&self) -> String {
        let dialect = self.snapshot.dialect();
        let sums = P::columns().map(|name| format!("{} AS {name}", dialect.sum(name)));
        sums.collect::<Vec<_>>().join(", ")
    }

    /// Events in the period of sales that are not folded yet.
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

/// A condition on counts, which are only in the lower parts.
const fn of_weight(weight: Weight, condition: &str) -> &str {
    match weight {
        Weight::One => condition,
        Weight::Many => "true",
    }
}

/// Money movements in the form of the read port.
fn payment_facts(
    method: String,
    account: Option<String>,
    currency: &str,
    money: Money,
) -> Result<PaymentFacts, StoreError> {
    let [
        payments,
        sales,
        paid,
        paid_base,
        change,
        change_base,
        refunded,
        refunded_base,
    ] = money.to_array();
    let sums = |amount_minor, base_minor| MoneySums {
        amount_minor,
        base_minor,
    };
    Ok(PaymentFacts {
        method,
        account,
        currency: Currency::parse(currency)
            .map_err(|_| StoreError::Corrupt(format!("unknown currency {currency}")))?,
        payments: count_of(payments)?,
        sales: count_of(sales)?,
        paid: sums(paid, paid_base),
        change: sums(change, change_base),
        refunded: sums(refunded, refunded_base),
    })
}

fn count_of(things: i128) -> Result<i64, StoreError> {
    i64::try_from(things).map_err(|_| StoreError::Corrupt(format!("{things} is no count")))
}

/// Most accounts that get a name.
const MAX_ACCOUNTS: u32 = 10_000;
/// For results that the period itself limits.
const NO_LIMIT: u32 = i32::MAX.cast_unsigned();

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Without entries that are zero after a void.
fn cleaned<K: Ord>(mut sums: BTreeMap<K, Measures>, limit: u32) -> BTreeMap<K, Measures> {
    sums.retain(|_, sum| !sum.is_nothing());
    sums.into_iter().take(count(limit)).collect()
}

/// The date of a key.
pub(crate) fn date(day: i64) -> Result<NaiveDate, StoreError> {
    date_of(day).ok_or_else(|| StoreError::Corrupt(format!("there is no day {day}")))
}

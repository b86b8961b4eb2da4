//! The read port of sales: it reads the rollups and the sales that are not folded, never the whole
//! history.

use async_trait::async_trait;
use kernel::{
    Period, Timestamp,
    ids::{LocationId, ProductId, UserId},
    read::{
        BasketFacts, BasketQuestion, BooksPosition, DayFacts, HourFacts, LastSaleFacts,
        PeriodPayments, ProductDayFacts, ProductWeekFacts, ReadError, SalesOf, SalesRead, TaxFacts,
        TotalsOf,
    },
};
use store::{ColumnKind, ReadDb, StoreError, json_rows, selection, to_json};
use uuid::Uuid;

use super::{baskets, books};
use crate::{
    error::SalesResult,
    rollups::{
        measures::Measures,
        view::{View, date},
    },
};

/// Most ids in one query.
const MAX_IDS: usize = 10_000;

selection! {
    Person(id: UserId, name: String)
    Ends(first: Option<Timestamp>, last: Option<Timestamp>)
}

/// Reads sales.
#[derive(Clone, Debug)]
pub struct SalesReader {
    read: ReadDb,
    /// The primary, since the reading role of another server may not see users.
    primary: ReadDb,
}

impl SalesReader {
    /// A reader on the read pool; names of users come from the primary.
    #[must_use]
    pub const fn new(read: ReadDb, primary: ReadDb) -> Self {
        Self { read, primary }
    }

    async fn days(&self, period: &Period) -> SalesResult<Vec<DayFacts>> {
        let sums = view!(self, period, |view| view.by_day().await)?;
        let facts = sums.into_iter().map(|(day, sum)| {
            Ok(DayFacts {
                date: date(day)?,
                totals: sum.totals(),
            })
        });
        facts.collect()
    }

    async fn days_of(&self, period: &Period, of: &SalesOf) -> SalesResult<Vec<DayFacts>> {
        let sums = view!(self, period, |view| view.by_day_of(of).await)?;
        let facts = sums.into_iter().map(|(day, sum)| {
            Ok(DayFacts {
                date: date(day)?,
                totals: sum.totals(),
            })
        });
        facts.collect()
    }

    async fn hours(
        &self,
        period: &Period,
        location: Option<LocationId>,
        limit: u32,
    ) -> SalesResult<Vec<HourFacts>> {
        let sums = view!(self, period, |view| match location {
            Some(location) => view.by_hour_at(location, limit).await,
            None => view.by_hour(limit).await,
        })?;
        let facts = sums.into_iter().map(|((day, hour), sum)| {
            Ok(HourFacts {
                date: date(day)?,
                hour: small(hour)?,
                totals: sum.totals(),
            })
        });
        facts.collect()
    }

    async fn local_hours(&self, period: &Period) -> SalesResult<Vec<TotalsOf<u32>>> {
        let sums = view!(self, period, |view| view.by_local_hour().await)?;
        let facts = sums.into_iter().map(|(hour, sum)| {
            Ok(TotalsOf {
                key: small(hour)?,
                totals: sum.totals(),
            })
        });
        facts.collect()
    }

    async fn names(&self, ids: &[UserId]) -> SalesResult<Vec<(UserId, String)>> {
        let wanted: Vec<_> = ids.iter().take(MAX_IDS).map(|id| (*id,)).collect();
        let source = json_rows(self.primary.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let sql =
            format!("SELECT id, name FROM users WHERE id IN (SELECT id FROM {source} AS wanted)");
        let people = self
            .primary
            .select::<Person>(&sql, [to_json(&wanted).into()]);
        Ok(people.await?.into_iter().collect())
    }

    async fn first_and_last(&self) -> SalesResult<Option<(Timestamp, Timestamp)>> {
        let sql = "SELECT MIN(occurred_at_us) AS first, MAX(occurred_at_us) AS last FROM sales";
        let ends = self.read.select_one::<Ends>(sql, []).await?;
        Ok(ends.and_then(|(first, last)| first.zip(last)))
    }
}

fn small(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn keyed<K>(
    sums: impl IntoIterator<Item = (Uuid, Measures)>,
    key: impl Fn(Uuid) -> K,
) -> Vec<TotalsOf<K>> {
    sums.into_iter()
        .map(|(id, sum)| TotalsOf {
            key: key(id),
            totals: sum.totals(),
        })
        .collect()
}

#[async_trait]
impl SalesRead for SalesReader {
    async fn daily_totals(&self, period: &Period) -> Result<Vec<DayFacts>, ReadError> {
        Ok(self.days(period).await?)
    }

    async fn daily_totals_of(
        &self,
        period: &Period,
        of: &SalesOf,
    ) -> Result<Vec<DayFacts>, ReadError> {
        Ok(self.days_of(period, of).await?)
    }

    async fn hourly_totals(
        &self,
        period: &Period,
        location: Option<LocationId>,
        limit: u32,
    ) -> Result<Vec<HourFacts>, ReadError> {
        Ok(self.hours(period, location, limit).await?)
    }

    async fn totals_by_local_hour(&self, period: &Period) -> Result<Vec<TotalsOf<u32>>, ReadError> {
        Ok(self.local_hours(period).await?)
    }

    async fn totals_by_product(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<ProductId>>, ReadError> {
        let sums = view!(self, period, |view| view.by_product(limit).await)?;
        Ok(keyed(sums, ProductId::from_uuid))
    }

    async fn totals_by_cashier(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<UserId>>, ReadError> {
        let sums = view!(self, period, |view| view.by_cashier(limit).await)?;
        Ok(keyed(sums, UserId::from_uuid))
    }

    async fn totals_by_location(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<LocationId>>, ReadError> {
        let sums = view!(self, period, |view| view.by_location(limit).await)?;
        Ok(keyed(sums, LocationId::from_uuid))
    }

    async fn payments(&self, period: &Period) -> Result<PeriodPayments, ReadError> {
        Ok(view!(self, period, |view| view.payments().await)?)
    }

    async fn product_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductDayFacts>, ReadError> {
        Ok(view!(self, period, |view| view.product_days(limit).await)?)
    }

    async fn product_weeks(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductWeekFacts>, ReadError> {
        Ok(view!(self, period, |view| view.product_weeks(limit).await)?)
    }

    async fn last_sales(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LastSaleFacts>, ReadError> {
        Ok(view!(self, period, |view| view.last_sales(limit).await)?)
    }

    async fn bought_together(
        &self,
        period: &Period,
        question: &BasketQuestion,
    ) -> Result<BasketFacts, ReadError> {
        Ok(baskets::bought_together(&self.read, period, question).await?)
    }

    async fn taxes(&self, period: &Period, limit: u32) -> Result<Vec<TaxFacts>, ReadError> {
        Ok(books::taxes(&self.read, period, limit).await?)
    }

    async fn position(&self) -> Result<BooksPosition, ReadError> {
        Ok(books::position(&self.read).await?)
    }

    async fn cashier_names(&self, ids: &[UserId]) -> Result<Vec<(UserId, String)>, ReadError> {
        Ok(self.names(ids).await?)
    }

    async fn span(&self, limit_days: u32) -> Result<Option<(Timestamp, Timestamp)>, ReadError> {
        let span = self.first_and_last().await?;
        let longest = i64::from(limit_days) * 86_400;
        Ok(span.map(|(first, last)| (first.max(last.plus_seconds(-longest)), last)))
    }
}

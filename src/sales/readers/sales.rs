//! What was sold, by day: facts aggregated in SQL, days cut in the shop's time zone.

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::{
    Period, Quantity, Timestamp,
    ids::ProductId,
    read::{DayFacts, DayTotals, ProductDayFacts, ReadError, SalesRead},
};
use store::{ColumnKind, ReadDb, json_rows};

use crate::{error::SalesResult, inventory::ledger::to_json};

/// Answers questions about sales.
#[derive(Clone, Debug)]
pub struct SalesReader {
    read: ReadDb,
}

impl SalesReader {
    /// A reader over the read pool.
    #[must_use]
    pub const fn new(read: ReadDb) -> Self {
        Self { read }
    }

    /// The days of a period as rows of position, first instant and first instant after. Handed in
    /// as data, so that both databases cut days alike, clock changes included.
    fn days(&self, period: &Period) -> (String, String) {
        let rows: Vec<(i64, i64, i64)> = period
            .dates()
            .zip(0i64..)
            .filter_map(|(date, position)| {
                let day = Period::new(date, date, period.zone()).ok()?;
                Some((position, day.start().micros(), day.end().micros()))
            })
            .collect();
        let columns = [
            ("day", ColumnKind::Int),
            ("starts", ColumnKind::Int),
            ("ends", ColumnKind::Int),
        ];
        (json_rows(self.read.dialect(), 1, &columns), to_json(&rows))
    }

    async fn totals(&self, period: &Period) -> SalesResult<Vec<DayFacts>> {
        let (days, rows) = self.days(period);
        let sum = |expression: &str| self.read.dialect().sum(expression);
        let sold = format!(
            "SELECT day.day, {}, {}, {}, COUNT(*),
                    CAST(COALESCE(SUM((SELECT SUM(line.quantity_milli) FROM sale_lines AS line WHERE line.sale_id = sale.id)), 0) AS BIGINT)
             FROM {days} AS day
             JOIN sales AS sale ON sale.occurred_at_us >= day.starts AND sale.occurred_at_us < day.ends AND sale.state <> 'voided'
             GROUP BY day.day ORDER BY day.day",
            sum("sale.total_minor - CASE WHEN sale.tax_mode = 'added' THEN sale.tax_minor ELSE 0 END"),
            sum("sale.cost_minor"),
            sum("sale.tax_minor"),
        );
        let refunded = format!(
            "SELECT day.day, {}, {}, {},
                    CAST(COALESCE(SUM((SELECT SUM(part.quantity_milli) FROM refund_lines AS part WHERE part.refund_id = refund.id)), 0) AS BIGINT),
                    {}
             FROM {days} AS day
             JOIN refunds AS refund ON refund.occurred_at_us >= day.starts AND refund.occurred_at_us < day.ends
             JOIN sales AS sale ON sale.id = refund.sale_id
             GROUP BY day.day ORDER BY day.day",
            sum("refund.total_minor - CASE WHEN sale.tax_mode = 'added' THEN refund.tax_minor ELSE 0 END"),
            sum("refund.cost_minor"),
            sum("refund.tax_minor"),
            sum("refund.total_minor"),
        );
        let mut totals: std::collections::BTreeMap<i64, DayTotals> =
            std::collections::BTreeMap::new();
        for row in self.read.rows(&sold, [rows.clone().into()]).await? {
            let day = totals.entry(row.get(0)?).or_default();
            day.revenue_minor = row.get(1)?;
            day.cost_minor = row.get(2)?;
            day.revenue_before_refunds_minor = day.revenue_minor;
            day.tax_minor = row.get(3)?;
            day.sales = row.get(4)?;
            day.units = Quantity::from_milli(row.get(5)?);
        }
        for row in self.read.rows(&refunded, [rows.into()]).await? {
            let day = totals.entry(row.get(0)?).or_default();
            day.revenue_minor -= row.get::<i64>(1)?;
            day.cost_minor -= row.get::<i64>(2)?;
            day.tax_minor -= row.get::<i64>(3)?;
            day.units = Quantity::from_milli(day.units.milli() - row.get::<i64>(4)?);
            day.refunds_minor = row.get(5)?;
        }
        Ok(totals
            .into_iter()
            .filter_map(|(day, totals)| {
                Some(DayFacts {
                    date: nth_day(period, day)?,
                    totals,
                })
            })
            .collect())
    }

    async fn by_product(&self, period: &Period, limit: u32) -> SalesResult<Vec<ProductDayFacts>> {
        let (days, rows) = self.days(period);
        let sum = |expression: &str| self.read.dialect().sum(expression);
        let sql = format!(
            "SELECT product_id, day, {}, {}, {}, {} FROM (
                 SELECT line.product_id, day.day, line.quantity_milli AS sold, line.quantity_milli AS units, line.cost_minor AS cost,
                        line.total_minor - CASE WHEN sale.tax_mode = 'added' THEN line.tax_minor ELSE 0 END AS revenue
                 FROM {days} AS day
                 JOIN sales AS sale ON sale.occurred_at_us >= day.starts AND sale.occurred_at_us < day.ends AND sale.state <> 'voided'
                 JOIN sale_lines AS line ON line.sale_id = sale.id
                 UNION ALL
                 SELECT line.product_id, day.day, 0, -part.quantity_milli, -part.cost_minor,
                        -(part.total_minor - CASE WHEN sale.tax_mode = 'added' THEN part.tax_minor ELSE 0 END)
                 FROM {days} AS day
                 JOIN refunds AS refund ON refund.occurred_at_us >= day.starts AND refund.occurred_at_us < day.ends
                 JOIN refund_lines AS part ON part.refund_id = refund.id
                 JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
                 JOIN sales AS sale ON sale.id = refund.sale_id
             ) AS facts GROUP BY product_id, day ORDER BY product_id, day LIMIT {limit}",
            sum("sold"),
            sum("units"),
            sum("revenue"),
            sum("cost"),
        );
        let mut facts = Vec::new();
        for row in self.read.rows(&sql, [rows.into()]).await? {
            let Some(date) = nth_day(period, row.get(1)?) else {
                continue;
            };
            facts.push(ProductDayFacts {
                product_id: ProductId::from_uuid(row.get(0)?),
                date,
                units_sold: Quantity::from_milli(row.get(2)?),
                units: Quantity::from_milli(row.get(3)?),
                revenue_minor: row.get(4)?,
                cost_minor: row.get(5)?,
            });
        }
        Ok(facts)
    }

    async fn first_and_last(&self) -> SalesResult<Option<(Timestamp, Timestamp)>> {
        let row = self
            .read
            .row(
                "SELECT MIN(occurred_at_us), MAX(occurred_at_us) FROM sales",
                [],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (first, last): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
        Ok(first
            .zip(last)
            .map(|(first, last)| (Timestamp::from_micros(first), Timestamp::from_micros(last))))
    }
}

fn nth_day(period: &Period, position: i64) -> Option<NaiveDate> {
    period
        .from()
        .checked_add_days(chrono::Days::new(u64::try_from(position).ok()?))
}

#[async_trait]
impl SalesRead for SalesReader {
    async fn daily_totals(&self, period: &Period) -> Result<Vec<DayFacts>, ReadError> {
        Ok(self.totals(period).await?)
    }

    async fn product_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductDayFacts>, ReadError> {
        Ok(self.by_product(period, limit).await?)
    }

    async fn span(&self, limit_days: u32) -> Result<Option<(Timestamp, Timestamp)>, ReadError> {
        let span = self.first_and_last().await?;
        let longest = i64::from(limit_days) * 86_400;
        Ok(span.map(|(first, last)| (first.max(last.plus_seconds(-longest)), last)))
    }
}

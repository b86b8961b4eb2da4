//! The read port for irregular events: lines, refunds, voids and hours, filtered and aggregated in
//! SQL.

mod staff;
mod stock;

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::{
    Period,
    read::{
        ReadError,
        irregular::{
            CashierDayFacts, CountLossFacts, EmptySpell, IrregularRead, LineFacts, LineSizeFacts,
            MAX_WANTED, PersonFacts, RefundLineFacts, SaleFacts, SalesHourFacts, VoidFacts,
        },
    },
};
use sea_orm::Value;
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};

use crate::error::SalesResult;

selection! {
    Line of LineFacts in line {
        sale_id, number = "sale.number", cashier_id = "sale.cashier_id",
        occurred_at = "sale.occurred_at_us", product_id, quantity = quantity_milli, unit_price_minor,
        revenue_minor = "line.total_minor - line.tax_minor", cost_minor,
    }

    Size of LineSizeFacts in line {
        product_id, quantity = quantity_milli, unit_price_minor, lines = "COUNT(*)",
    }

    CameBack of RefundLineFacts in part {
        refund_id = "refund.id", sale_id = "sale.id", number = "sale.number",
        cashier_id = "sale.cashier_id", actor_id = "refund.actor_id", sold_at = "sale.occurred_at_us",
        refunded_at = "refund.occurred_at_us", product_id = "line.product_id",
        quantity = quantity_milli, total_minor, is_restocked = restock,
    }
}

/// Reads irregular events.
#[derive(Clone, Debug)]
pub struct IrregularReader {
    read: ReadDb,
    /// The reading role may not see users' names.
    primary: ReadDb,
}

impl IrregularReader {
    /// A reader on the read pool, and on the primary for users.
    #[must_use]
    pub const fn new(read: ReadDb, primary: ReadDb) -> Self {
        Self { read, primary }
    }

    /// The days of a period as rows of position, start and end.
    fn days(&self, period: &Period) -> (String, Value) {
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
        (
            json_rows(self.read.dialect(), 1, &columns),
            to_json(&rows).into(),
        )
    }

    async fn below_cost(&self, period: &Period, limit: u32) -> SalesResult<Vec<LineFacts>> {
        let sql = format!(
            "SELECT {columns} FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
             WHERE sale.occurred_at_us >= $1 AND sale.occurred_at_us < $2 AND sale.state <> 'voided'
               AND line.refunded_milli < line.quantity_milli
               AND line.total_minor - line.tax_minor < line.cost_minor
             ORDER BY sale.occurred_at_us, line.sale_id, line.id LIMIT {limit}",
            columns = Line::SELECT
        );
        Ok(self.read.select::<Line>(&sql, bounds(period)).await?)
    }

    async fn sizes(&self, period: &Period, limit: u32) -> SalesResult<Vec<LineSizeFacts>> {
        let sql = format!(
            "SELECT {}
             FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
             WHERE sale.occurred_at_us >= $1 AND sale.occurred_at_us < $2 AND sale.state <> 'voided'
             GROUP BY line.product_id, line.quantity_milli, line.unit_price_minor
             ORDER BY line.product_id, line.quantity_milli, line.unit_price_minor LIMIT {limit}",
            Size::SELECT
        );
        Ok(self.read.select::<Size>(&sql, bounds(period)).await?)
    }

    async fn like(
        &self,
        period: &Period,
        wanted: &[LineSizeFacts],
        limit: u32,
    ) -> SalesResult<Vec<LineFacts>> {
        let rows: Vec<_> = wanted
            .iter()
            .take(MAX_WANTED)
            .map(|size| {
                (
                    size.product_id,
                    size.quantity.milli(),
                    size.unit_price_minor,
                )
            })
            .collect();
        let columns = [
            ("product_id", ColumnKind::Uuid),
            ("quantity", ColumnKind::Int),
            ("price", ColumnKind::Int),
        ];
        let source = json_rows(self.read.dialect(), 3, &columns);
        let sql = format!(
            "SELECT {columns} FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
             WHERE sale.occurred_at_us >= $1 AND sale.occurred_at_us < $2 AND sale.state <> 'voided'
               AND line.refunded_milli < line.quantity_milli
               AND (line.product_id, line.quantity_milli, line.unit_price_minor) IN
                   (SELECT wanted.product_id, wanted.quantity, wanted.price FROM {source} AS wanted)
             ORDER BY sale.occurred_at_us, line.sale_id, line.id LIMIT {limit}",
            columns = Line::SELECT
        );
        let [from, until] = bounds(period);
        let values = [from, until, to_json(&rows).into()];
        Ok(self.read.select::<Line>(&sql, values).await?)
    }

    async fn came_back(&self, period: &Period, limit: u32) -> SalesResult<Vec<RefundLineFacts>> {
        let sql = format!(
            "SELECT {} FROM refunds AS refund
             JOIN refund_lines AS part ON part.refund_id = refund.id
             JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
             JOIN sales AS sale ON sale.id = refund.sale_id
             WHERE sale.state <> 'voided' AND refund.occurred_at_us >= $1 AND refund.occurred_at_us < $2
             ORDER BY refund.occurred_at_us, refund.id, part.sale_line_id LIMIT {limit}",
            CameBack::SELECT
        );
        Ok(self.read.select::<CameBack>(&sql, bounds(period)).await?)
    }
}

/// The start and end of a period.
fn bounds(period: &Period) -> [Value; 2] {
    [period.start().micros().into(), period.end().micros().into()]
}

/// The day of a period at a position.
fn nth_day(period: &Period, position: i64) -> Option<NaiveDate> {
    period
        .from()
        .checked_add_days(chrono::Days::new(u64::try_from(position).ok()?))
}

#[async_trait]
impl IrregularRead for IrregularReader {
    async fn lines_below_cost(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LineFacts>, ReadError> {
        Ok(self.below_cost(period, limit).await?)
    }

    async fn line_sizes(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LineSizeFacts>, ReadError> {
        Ok(self.sizes(period, limit).await?)
    }

    async fn lines_like(
        &self,
        period: &Period,
        wanted: &[LineSizeFacts],
        limit: u32,
    ) -> Result<Vec<LineFacts>, ReadError> {
        Ok(self.like(period, wanted, limit).await?)
    }

    async fn refund_lines(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<RefundLineFacts>, ReadError> {
        Ok(self.came_back(period, limit).await?)
    }

    async fn voids(&self, period: &Period, limit: u32) -> Result<Vec<VoidFacts>, ReadError> {
        Ok(self.voided(period, limit).await?)
    }

    async fn cashier_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CashierDayFacts>, ReadError> {
        Ok(self.by_cashier(period, limit).await?)
    }

    async fn hours(&self, period: &Period, limit: u32) -> Result<Vec<SalesHourFacts>, ReadError> {
        Ok(self.by_hour(period, limit).await?)
    }

    async fn sales_in_hours(
        &self,
        period: &Period,
        hours: &[(NaiveDate, u8)],
        limit: u32,
    ) -> Result<Vec<SaleFacts>, ReadError> {
        Ok(self.in_hours(period, hours, limit).await?)
    }

    async fn count_losses(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CountLossFacts>, ReadError> {
        Ok(self.missing(period, limit).await?)
    }

    async fn empty_spells(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<EmptySpell>, ReadError> {
        Ok(self.empty(period, limit).await?)
    }

    async fn people(&self, limit: u32) -> Result<Vec<PersonFacts>, ReadError> {
        Ok(self.names(limit).await?)
    }
}

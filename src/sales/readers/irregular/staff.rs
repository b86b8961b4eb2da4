//! What people did: voids, discounts and refunds by cashier, and the hours in which they sold.

use chrono::NaiveDate;
use kernel::{
    Period, Timestamp,
    ids::{SaleId, UserId},
    read::irregular::{CashierDayFacts, HourFacts, MAX_WANTED, PersonFacts, SaleFacts, VoidFacts},
};
use store::{ColumnKind, Row, json_rows, to_json};

use super::{IrregularReader, bounds, nth_day};
use crate::error::SalesResult;

/// A sale that is voided is looked for this far back: the index of sales goes by when they happened.
const LONGEST_WAIT_US: i64 = 366 * 86_400_000_000;
const HOUR_US: i64 = 3_600_000_000;

impl IrregularReader {
    pub(super) async fn voided(&self, period: &Period, limit: u32) -> SalesResult<Vec<VoidFacts>> {
        let cash = self.read.dialect().sum("payment.base_minor");
        let sql = format!(
            "SELECT sale.id, sale.number, sale.cashier_id, sale.voided_by, sale.occurred_at_us, sale.voided_at_us, sale.total_minor,
                    (SELECT {cash} FROM payments AS payment WHERE payment.sale_id = sale.id AND payment.method = 'cash' AND payment.direction = 'in'),
                    sale.change_minor, sale.void_reason, sale.recorded_at_us
             FROM sales AS sale
             WHERE sale.occurred_at_us >= $3 AND sale.occurred_at_us < $2 AND sale.state = 'voided'
               AND sale.voided_at_us >= $1 AND sale.voided_at_us < $2
             ORDER BY sale.voided_at_us, sale.id LIMIT {limit}"
        );
        let [from, until] = bounds(period);
        let oldest = period.start().micros().saturating_sub(LONGEST_WAIT_US);
        let rows = self.read.rows(&sql, [from, until, oldest.into()]).await?;
        let facts = |row: &Row| {
            let taken: i64 = row.get(7)?;
            let change: i64 = row.get(8)?;
            Ok(VoidFacts {
                sale_id: SaleId::from_uuid(row.get(0)?),
                number: row.get(1)?,
                cashier_id: UserId::from_uuid(row.get(2)?),
                voided_by: row.get::<Option<uuid::Uuid>>(3)?.map(UserId::from_uuid),
                sold_at: Timestamp::from_micros(row.get(4)?),
                voided_at: Timestamp::from_micros(row.get(5)?),
                total_minor: row.get(6)?,
                cash_minor: (taken - change).max(0),
                reason: row.get(9)?,
                recorded_at: Timestamp::from_micros(row.get(10)?),
            })
        };
        rows.iter().map(facts).collect()
    }

    pub(super) async fn by_cashier(
        &self,
        period: &Period,
        limit: u32,
    ) -> SalesResult<Vec<CashierDayFacts>> {
        let (days, rows) = self.days(period);
        let dialect = self.read.dialect();
        let back = format!(
            "CASE WHEN sale.state IN ('refunded', 'partially_refunded')
             THEN (SELECT {} FROM refunds AS refund WHERE refund.sale_id = sale.id) ELSE 0 END",
            dialect.sum("refund.total_minor"),
        );
        // One cashier may sell more in a day than fits into 64 bits.
        let sql = format!(
            "SELECT day.day, sale.cashier_id, COUNT(*), {}, {}, {}, {}, {}, {}, {}, {}
             FROM {days} AS day
             JOIN sales AS sale ON sale.occurred_at_us >= day.starts AND sale.occurred_at_us < day.ends
             GROUP BY day.day, sale.cashier_id ORDER BY day.day, sale.cashier_id LIMIT {limit}",
            dialect.sum("CASE WHEN sale.state = 'voided' THEN 1 ELSE 0 END"),
            dialect.sum("CASE WHEN sale.discount_minor > 0 THEN 1 ELSE 0 END"),
            dialect.sum("CASE WHEN sale.state IN ('refunded', 'partially_refunded') THEN 1 ELSE 0 END"),
            dialect.sum("CASE WHEN sale.entered_late THEN 1 ELSE 0 END"),
            dialect.wide_sum("CASE WHEN sale.state = 'voided' THEN sale.total_minor ELSE 0 END"),
            dialect.wide_sum("sale.discount_minor"),
            dialect.wide_sum(&back),
            dialect.wide_sum("CASE WHEN sale.entered_late THEN sale.total_minor ELSE 0 END"),
        );
        let mut facts = Vec::new();
        for row in self.read.rows(&sql, [rows]).await? {
            let Some(date) = nth_day(period, row.get(0)?) else {
                continue;
            };
            facts.push(CashierDayFacts {
                date,
                cashier_id: UserId::from_uuid(row.get(1)?),
                sales: row.get(2)?,
                voided: row.get(3)?,
                discounted: row.get(4)?,
                refunded: row.get(5)?,
                entered_late: row.get(6)?,
                voided_minor: row.wide(7)?,
                discount_minor: row.wide(9)?,
                refunded_minor: row.wide(11)?,
                entered_late_minor: row.wide(13)?,
            });
        }
        Ok(facts)
    }

    pub(super) async fn by_hour(&self, period: &Period, limit: u32) -> SalesResult<Vec<HourFacts>> {
        let (days, rows) = self.days(period);
        // A file of old sales often knows the day and not the hour.
        let sql = format!(
            "SELECT day.day, (sale.occurred_at_us - day.starts) / {HOUR_US}, COUNT(*)
             FROM {days} AS day
             JOIN sales AS sale ON sale.occurred_at_us >= day.starts AND sale.occurred_at_us < day.ends
             WHERE sale.import_id IS NULL
             GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {limit}"
        );
        let mut facts = Vec::new();
        for row in self.read.rows(&sql, [rows]).await? {
            if let (Some(date), Ok(hour)) = (
                nth_day(period, row.get(0)?),
                u8::try_from(row.get::<i64>(1)?),
            ) {
                facts.push(HourFacts {
                    date,
                    hour,
                    sales: row.get(2)?,
                });
            }
        }
        Ok(facts)
    }

    pub(super) async fn in_hours(
        &self,
        period: &Period,
        hours: &[(NaiveDate, u8)],
        limit: u32,
    ) -> SalesResult<Vec<SaleFacts>> {
        let rows: Vec<(i64, i64)> = hours
            .iter()
            .take(MAX_WANTED)
            .filter_map(|(date, hour)| {
                let day = Period::new(*date, *date, period.zone()).ok()?;
                let starts = day.start().micros() + i64::from(*hour) * HOUR_US;
                Some((starts, (starts + HOUR_US).min(day.end().micros())))
            })
            .collect();
        let columns = [("starts", ColumnKind::Int), ("ends", ColumnKind::Int)];
        let source = json_rows(self.read.dialect(), 1, &columns);
        let sql = format!(
            "SELECT sale.id, sale.number, sale.cashier_id, sale.occurred_at_us, sale.total_minor
             FROM {source} AS hour
             JOIN sales AS sale ON sale.occurred_at_us >= hour.starts AND sale.occurred_at_us < hour.ends
             WHERE sale.import_id IS NULL
             ORDER BY sale.occurred_at_us, sale.id LIMIT {limit}"
        );
        let rows = self.read.rows(&sql, [to_json(&rows).into()]).await?;
        let facts = |row: &Row| {
            Ok(SaleFacts {
                sale_id: SaleId::from_uuid(row.get(0)?),
                number: row.get(1)?,
                cashier_id: UserId::from_uuid(row.get(2)?),
                occurred_at: Timestamp::from_micros(row.get(3)?),
                total_minor: row.get(4)?,
            })
        };
        rows.iter().map(facts).collect()
    }

    pub(super) async fn names(&self, limit: u32) -> SalesResult<Vec<PersonFacts>> {
        let sql = format!("SELECT id, name FROM users ORDER BY id LIMIT {limit}");
        let rows = self.primary.rows(&sql, []).await?;
        let facts = |row: &Row| {
            Ok(PersonFacts {
                id: UserId::from_uuid(row.get(0)?),
                name: row.get(1)?,
            })
        };
        rows.iter().map(facts).collect()
    }
}

//! Work by cashier: voids, discounts, refunds, and the hours of sales.

use chrono::NaiveDate;
use kernel::{
    Amount, Period,
    ids::UserId,
    read::irregular::{
        CashierDayFacts, MAX_WANTED, PersonFacts, SaleFacts, SalesHourFacts, VoidFacts,
    },
};
use store::{ColumnKind, json_rows, selection, to_json};

use super::{IrregularReader, bounds, nth_day};
use crate::error::SalesResult;

/// How far back a voided sale is searched: the index of sales is ordered by when they happened.
const LONGEST_WAIT_US: i64 = 366 * 86_400_000_000;
const HOUR_US: i64 = 3_600_000_000;

selection! {
    /// What was voided, without the cash that it moved.
    Voided of VoidFacts in sale {
        sale_id = id, number, cashier_id, voided_by, sold_at = occurred_at_us, voided_at = voided_at_us,
        total_minor, reason = void_reason, recorded_at = recorded_at_us,
    } with { cash_minor: Amount::ZERO }

    struct Cash { taken_minor: Amount, change_minor: Amount }

    struct CashierDay {
        day: i64,
        cashier_id: UserId,
        sales: i64,
        voided: i64,
        discounted: i64,
        refunded: i64,
        entered_late: i64,
        voided_minor: i128,
        discount_minor: i128,
        refunded_minor: i128,
        entered_late_minor: i128,
    }

    struct SoldInHour { day: i64, hour: i64, sales: i64 }

    Sold of SaleFacts in sale { sale_id = id, number, cashier_id, occurred_at = occurred_at_us, total_minor }

    Person of PersonFacts in person { id, name }
}

impl IrregularReader {
    pub(super) async fn voided(&self, period: &Period, limit: u32) -> SalesResult<Vec<VoidFacts>> {
        let cash = self.read.dialect().sum("payment.base_minor");
        let sql = format!(
            "SELECT {columns},
                    (SELECT {cash} FROM payments AS payment WHERE payment.sale_id = sale.id AND payment.method = 'cash' AND payment.direction = 'in') AS taken_minor,
                    sale.change_minor
             FROM sales AS sale
             WHERE sale.occurred_at_us >= $3 AND sale.occurred_at_us < $2 AND sale.state = 'voided' AND sale.import_id IS NULL
               AND sale.voided_at_us >= $1 AND sale.voided_at_us < $2
             ORDER BY sale.voided_at_us, sale.id LIMIT {limit}",
            columns = Voided::SELECT
        );
        let [from, until] = bounds(period);
        let oldest = period.start().micros().saturating_sub(LONGEST_WAIT_US);
        let values = [from, until, oldest.into()];
        let voids = self.read.select::<(Voided, Cash)>(&sql, values).await?;
        let voids = voids.into_iter().map(|(facts, cash)| VoidFacts {
            cash_minor: cash.taken_minor.saturating_sub(cash.change_minor),
            ..facts
        });
        Ok(voids.collect())
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
        // The sales of one cashier in a day may exceed 64 bits.
        let sql = format!(
            "SELECT day.day, sale.cashier_id, COUNT(*) AS sales, {} AS voided, {} AS discounted, {} AS refunded, {} AS entered_late, {}, {}, {}, {}
             FROM {days} AS day
             JOIN sales AS sale ON sale.occurred_at_us >= day.starts AND sale.occurred_at_us < day.ends
             WHERE sale.import_id IS NULL OR sale.state <> 'voided'
             GROUP BY day.day, sale.cashier_id ORDER BY day.day, sale.cashier_id LIMIT {limit}",
            dialect.sum("CASE WHEN sale.state = 'voided' THEN 1 ELSE 0 END"),
            dialect.sum("CASE WHEN sale.discount_minor > 0 THEN 1 ELSE 0 END"),
            dialect.sum("CASE WHEN sale.state IN ('refunded', 'partially_refunded') THEN 1 ELSE 0 END"),
            dialect.sum("CASE WHEN sale.entered_late THEN 1 ELSE 0 END"),
            dialect.wide_sum("CASE WHEN sale.state = 'voided' THEN sale.total_minor ELSE 0 END", "voided_minor"),
            dialect.wide_sum("sale.discount_minor", "discount_minor"),
            dialect.wide_sum(&back, "refunded_minor"),
            dialect.wide_sum("CASE WHEN sale.entered_late THEN sale.total_minor ELSE 0 END", "entered_late_minor"),
        );
        let mut facts = Vec::new();
        for row in self.read.select::<CashierDay>(&sql, [rows]).await? {
            let Some(date) = nth_day(period, row.day) else {
                continue;
            };
            facts.push(CashierDayFacts {
                date,
                cashier_id: row.cashier_id,
                sales: row.sales,
                voided: row.voided,
                discounted: row.discounted,
                refunded: row.refunded,
                entered_late: row.entered_late,
                voided_minor: row.voided_minor,
                discount_minor: row.discount_minor,
                refunded_minor: row.refunded_minor,
                entered_late_minor: row.entered_late_minor,
            });
        }
        Ok(facts)
    }

    pub(super) async fn by_hour(
        &self,
        period: &Period,
        limit: u32,
    ) -> SalesResult<Vec<SalesHourFacts>> {
        let (days, rows) = self.days(period);
        // Files of old sales often have a date but no time.
        let sql = format!(
            "SELECT day.day, (sale.occurred_at_us - day.starts) / {HOUR_US} AS hour, COUNT(*) AS sales
             FROM {days} AS day
             JOIN sales AS sale ON sale.occurred_at_us >= day.starts AND sale.occurred_at_us < day.ends
             WHERE sale.import_id IS NULL
             GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {limit}"
        );
        let mut facts = Vec::new();
        for row in self.read.select::<SoldInHour>(&sql, [rows]).await? {
            if let (Some(date), Ok(hour)) = (nth_day(period, row.day), u8::try_from(row.hour)) {
                facts.push(SalesHourFacts {
                    date,
                    hour,
                    sales: row.sales,
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
            "SELECT {columns} FROM {source} AS hour
             JOIN sales AS sale ON sale.occurred_at_us >= hour.starts AND sale.occurred_at_us < hour.ends
             WHERE sale.import_id IS NULL
             ORDER BY sale.occurred_at_us, sale.id LIMIT {limit}",
            columns = Sold::SELECT
        );
        let values = [to_json(&rows).into()];
        Ok(self.read.select::<Sold>(&sql, values).await?)
    }

    pub(super) async fn names(&self, limit: u32) -> SalesResult<Vec<PersonFacts>> {
        let columns = Person::SELECT;
        let sql = format!("SELECT {columns} FROM users AS person ORDER BY id LIMIT {limit}");
        Ok(self.primary.select::<Person>(&sql, []).await?)
    }
}

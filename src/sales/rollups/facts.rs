//! The facts behind the figures, partly summed: what was sold and refunded, and when.

use kernel::ids::{RefundId, SaleId};
use sea_orm::Value;
use store::{ColumnKind, Dialect, Selection, Source, json_rows, selection, to_json};
use uuid::Uuid;

use super::measures::{Change, Measures, Money, Paid, PaidBack, Refunded, Sold, SomeSums};
use crate::error::SalesResult;

/// Conditions on `sale` and `refund`. Without a condition, that kind is not read.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    sold: Option<String>,
    refunded: Option<String>,
    values: Vec<Value>,
}

impl Scope {
    /// Sales with numbers above the first and up to the second, and their refunds.
    pub(super) fn numbers(above: i64, up_to: i64) -> Self {
        Self {
            sold: Some("sale.number > $1 AND sale.number <= $2 AND sale.state <> 'voided'".to_owned()),
            refunded: Some(
                "sale.number > $1 AND sale.number <= $2 AND sale.state IN ('partially_refunded', 'refunded')"
                    .to_owned(),
            ),
            values: vec![above.into(), up_to.into()],
        }
    }

    /// Events in a time span, of sales with a number above this one. There are few of those, so they
    /// are found by number: the plus sign keeps the planner from walking the time instead.
    pub(super) fn tail(above: i64, from_us: i64, until_us: i64) -> Self {
        Self {
            sold: Some(
                "sale.number > $1 AND sale.state <> 'voided' AND +sale.occurred_at_us >= $2 AND +sale.occurred_at_us < $3"
                    .to_owned(),
            ),
            refunded: Some(
                "sale.number > $1 AND sale.state IN ('partially_refunded', 'refunded') AND +refund.occurred_at_us >= $2 AND +refund.occurred_at_us < $3"
                    .to_owned(),
            ),
            values: vec![above.into(), from_us.into(), until_us.into()],
        }
    }

    /// One sale in any state, unless its number is above.
    pub(super) fn sale(id: SaleId, up_to: i64) -> Self {
        Self {
            sold: Some("sale.id = $1 AND sale.number <= $2".to_owned()),
            refunded: None,
            values: vec![id.as_uuid().into(), up_to.into()],
        }
    }

    /// Some sales in any state, unless their number is above.
    pub(super) fn sales(dialect: Dialect, sales: &[SaleId], up_to: i64) -> Self {
        let wanted = json_rows(dialect, 1, &[("id", ColumnKind::Uuid)]);
        let ids: Vec<_> = sales.iter().map(|id| (id,)).collect();
        Self {
            sold: Some(format!(
                "sale.id IN (SELECT id FROM {wanted} AS wanted) AND sale.number <= $2"
            )),
            refunded: None,
            values: vec![to_json(&ids).into(), up_to.into()],
        }
    }

    /// Some refunds of sales whose number is not above.
    pub(super) fn refunds(dialect: Dialect, refunds: &[(SaleId, RefundId)], up_to: i64) -> Self {
        let columns = [
            ("sale_id", ColumnKind::Uuid),
            ("refund_id", ColumnKind::Uuid),
        ];
        let wanted = json_rows(dialect, 1, &columns);
        Self {
            sold: None,
            refunded: Some(format!(
                "sale.id IN (SELECT sale_id FROM {wanted} AS wanted) AND refund.id IN (SELECT refund_id FROM {wanted} AS wanted) AND sale.number <= $2"
            )),
            values: vec![to_json(refunds).into(), up_to.into()],
        }
    }
}

/// A part of the facts; a query reads only the parts that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Totals of sales and refunds.
    Headers,
    /// Their lines.
    Lines,
    /// Their payments.
    Payments,
}

pub(super) const ALL: &[Part] = &[Part::Headers, Part::Lines, Part::Payments];

selection! {
    /// The key of sales or refunds in one half minute.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct HeaderKey { pub slot_us: i64, pub location_id: Uuid, pub cashier_id: Uuid }

    /// The key of lines of sales or refunds in one half minute.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct LineKey { pub slot_us: i64, pub product_id: Uuid }

    /// The key of payments, change or paid-back money in one half minute.
    #[derive(Debug, Clone)]
    pub(super) struct Way {
        pub slot_us: i64,
        pub method: String,
        pub account_id: Option<Uuid>,
        pub currency: String,
    }
}

/// The facts that were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub headers: Vec<(HeaderKey, Measures)>,
    pub lines: Vec<(LineKey, Measures)>,
    pub payments: Vec<(Way, Money)>,
}

/// The database adds up facts within the same half minute: a result row costs more than an addition.
/// Since 1970, no time zone has had an offset with a smaller fraction, so days and hours begin on
/// such a boundary.
const SLOT_US: i64 = 30_000_000;

/// Sales that the database adds up at once. Its sums have 64 bits, a figure of a sale is at most
/// 10^15, in old files a few times that. Sales are grouped by their numbers.
const SALES_AT_ONCE: i64 = 1_024;
/// The same for payments, of which a sale has up to twenty.
const PAID_AT_ONCE: i64 = 256;

// These queries return number, instant, keys and measures, which are added up by slot and keys. CROSS
// JOIN: SQLite joins in this order, from the few sales to their rows. The total includes tax, also
// tax added to the price. Without it, it is revenue.
const SOLD: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, sale.location_id, sale.cashier_id, CAST(1 AS BIGINT) AS sales,
        sale.total_minor - sale.tax_minor AS sold_minor,
        sale.cost_minor AS sold_cost_minor, sale.tax_minor AS sold_tax_minor, sale.discount_minor AS discount_minor,
        (SELECT CAST(COALESCE(SUM(line.quantity_milli), 0) AS BIGINT) FROM sale_lines AS line WHERE line.sale_id = sale.id) AS sold_milli
    FROM sales AS sale WHERE ";
const REFUNDED: &str = "SELECT sale.number, refund.occurred_at_us AS at_us, sale.location_id, sale.cashier_id, CAST(1 AS BIGINT) AS refunds,
        refund.total_minor - refund.tax_minor AS refunded_minor,
        refund.cost_minor AS refunded_cost_minor, refund.tax_minor AS refunded_tax_minor,
        (SELECT CAST(COALESCE(SUM(part.quantity_milli), 0) AS BIGINT) FROM refund_lines AS part WHERE part.refund_id = refund.id) AS refunded_milli
    FROM sales AS sale CROSS JOIN refunds AS refund WHERE refund.sale_id = sale.id AND ";
const SOLD_LINES: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, line.product_id, CAST(1 AS BIGINT) AS sales,
        line.total_minor - line.tax_minor AS sold_minor,
        line.cost_minor AS sold_cost_minor, line.tax_minor AS sold_tax_minor, line.discount_minor AS discount_minor, line.quantity_milli AS sold_milli
    FROM sales AS sale CROSS JOIN sale_lines AS line WHERE line.sale_id = sale.id AND ";
const REFUNDED_LINES: &str = "SELECT sale.number, refund.occurred_at_us AS at_us, line.product_id, CAST(1 AS BIGINT) AS refunds,
        part.total_minor - part.tax_minor AS refunded_minor,
        part.cost_minor AS refunded_cost_minor, part.tax_minor AS refunded_tax_minor, part.quantity_milli AS refunded_milli
    FROM sales AS sale CROSS JOIN refunds AS refund CROSS JOIN refund_lines AS part CROSS JOIN sale_lines AS line
    WHERE refund.sale_id = sale.id AND part.refund_id = refund.id AND line.sale_id = part.sale_id AND line.id = part.sale_line_id AND ";
// A sale counts with the first of its payments by one method.
const PAID: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, payment.method, payment.account_id, payment.currency, CAST(1 AS BIGINT) AS payments,
        CAST(CASE WHEN payment.position = 0 OR NOT EXISTS (SELECT 1 FROM payments AS earlier
            WHERE earlier.sale_id = payment.sale_id AND earlier.direction = 'in' AND earlier.method = payment.method
              AND earlier.position < payment.position) THEN 1 ELSE 0 END AS BIGINT) AS sales,
        payment.amount_minor AS paid_minor, payment.base_minor AS paid_base_minor
    FROM sales AS sale CROSS JOIN payments AS payment WHERE payment.sale_id = sale.id AND payment.direction = 'in' AND ";
const CHANGE: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, payment.method, payment.account_id, payment.currency,
        payment.amount_minor AS change_minor, payment.base_minor AS change_base_minor
    FROM sales AS sale CROSS JOIN payments AS payment WHERE payment.sale_id = sale.id AND payment.direction = 'out' AND ";
const PAID_BACK: &str = "SELECT sale.number, refund.occurred_at_us AS at_us, payment.method, payment.account_id, payment.currency,
        payment.amount_minor AS refunded_minor, payment.base_minor AS refunded_base_minor
    FROM sales AS sale CROSS JOIN refunds AS refund CROSS JOIN refund_payments AS payment
    WHERE refund.sale_id = sale.id AND payment.refund_id = refund.id AND ";

/// By which keys what a query returns is added up, and how many sales at once.
type By = (&'static str, i64);

const PLACES: By = ("location_id, cashier_id", SALES_AT_ONCE);
const PRODUCTS: By = ("product_id", SALES_AT_ONCE);
const WAYS: By = ("method, account_id, currency", PAID_AT_ONCE);

impl Facts {
    /// Reads some parts of the facts in a scope.
    pub(super) async fn read(
        source: Source<'_>,
        scope: &Scope,
        parts: &[Part],
    ) -> SalesResult<Self> {
        let asking = Asking {
            source,
            values: &scope.values,
        };
        let mut facts = Self::default();
        for part in parts {
            if let Some(condition) = &scope.sold {
                facts.read_sold(asking, condition, *part).await?;
            }
            if let Some(condition) = &scope.refunded {
                facts.read_refunded(asking, condition, *part).await?;
            }
        }
        Ok(facts)
    }

    async fn read_sold(&mut self, asking: Asking<'_>, of: &str, part: Part) -> SalesResult<()> {
        match part {
            Part::Headers => {
                let rows = asking.ask::<_, Sold<i64>>(PLACES, SOLD, of).await?;
                self.headers.extend(rows);
            }
            Part::Lines => {
                let rows = asking.ask::<_, Sold<i64>>(PRODUCTS, SOLD_LINES, of);
                self.lines.extend(rows.await?);
            }
            Part::Payments => {
                let paid = asking.ask::<_, Paid<i64>>(WAYS, PAID, of).await?;
                self.payments.extend(paid);
                let change = asking.ask::<_, Change<i64>>(WAYS, CHANGE, of).await?;
                self.payments.extend(change);
            }
        }
        Ok(())
    }

    async fn read_refunded(&mut self, asking: Asking<'_>, of: &str, part: Part) -> SalesResult<()> {
        match part {
            Part::Headers => {
                let rows = asking.ask::<_, Refunded<i64>>(PLACES, REFUNDED, of);
                self.headers.extend(rows.await?);
            }
            Part::Lines => {
                let rows = asking.ask::<_, Refunded<i64>>(PRODUCTS, REFUNDED_LINES, of);
                self.lines.extend(rows.await?);
            }
            Part::Payments => {
                let rows = asking.ask::<_, PaidBack<i64>>(WAYS, PAID_BACK, of);
                self.payments.extend(rows.await?);
            }
        }
        Ok(())
    }
}

/// The source: a snapshot, or the transaction that changes the facts.
#[derive(Clone, Copy)]
struct Asking<'a> {
    source: Source<'a>,
    values: &'a [Value],
}

impl Asking<'_> {
    /// Adds up what a query with a condition returns, by slot and keys.
    async fn ask<K: Selection<Output = K>, S: SomeSums>(
        self,
        (keys, sales_at_once): By,
        select: &str,
        condition: &str,
    ) -> SalesResult<Vec<(K, S::Output)>> {
        let dialect = self.source.dialect();
        let sums: Vec<String> = S::columns()
            .map(|name| format!("{} AS {name}", dialect.sum(name)))
            .collect();
        let sql = format!(
            "SELECT at_us / {SLOT_US} * {SLOT_US} AS slot_us, {keys}, {sums} FROM ({select}{condition}) AS fact GROUP BY slot_us, {keys}, number / {sales_at_once}",
            sums = sums.join(", "),
        );
        let values = self.values.iter().cloned();
        Ok(self.source.select::<(K, S)>(&sql, values).await?)
    }
}

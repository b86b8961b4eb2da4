//! The facts behind the figures, as they are added up: what was sold and refunded, when, and of
//! what.

use kernel::ids::{RefundId, SaleId};
use sea_orm::Value;
use store::{ColumnKind, Dialect, Row, Snapshot, StoreError, Tx, json_rows, to_json};
use uuid::Uuid;

use super::measures::{Measures, Money};
use crate::error::SalesResult;

/// Where facts are read: in a snapshot, or in the transaction that changes them.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Snapshot(&'a Snapshot),
    Tx(&'a Tx),
}

impl Source<'_> {
    fn dialect(self) -> Dialect {
        match self {
            Self::Snapshot(snapshot) => snapshot.dialect(),
            Self::Tx(tx) => tx.dialect(),
        }
    }

    async fn rows(self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Snapshot(snapshot) => snapshot.rows(sql, values).await,
            Self::Tx(tx) => tx.rows(sql, values).await,
        }
    }
}

/// Which facts: conditions on `sale` and `refund`. Nothing where there is no condition.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    sold: Option<String>,
    refunded: Option<String>,
    values: Vec<Value>,
}

impl Scope {
    /// The sales numbered above the one and up to the other, and their refunds.
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

    /// Of the sales numbered above, what happened from one instant to before another. They are
    /// found by their number, of which there are few: the plus keeps the planner from walking
    /// through the time instead.
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

    /// One sale, whatever became of it, when its number is not above.
    pub(super) fn sale(id: SaleId, up_to: i64) -> Self {
        Self {
            sold: Some("sale.id = $1 AND sale.number <= $2".to_owned()),
            refunded: None,
            values: vec![id.as_uuid().into(), up_to.into()],
        }
    }

    /// Some refunds, of those sales whose number is not above.
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

/// A part of the facts: who needs only one, reads only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Sales and refunds as a whole.
    Headers,
    /// Their lines.
    Lines,
    /// How they were paid.
    Payments,
}

/// Every part.
pub(super) const ALL: &[Part] = &[Part::Headers, Part::Lines, Part::Payments];

/// Sales or refunds as a whole, of one half minute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub at_us: i64,
    pub location_id: Uuid,
    pub cashier_id: Uuid,
    pub measures: Measures,
}

/// Lines of sales or of refunds, of one half minute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub at_us: i64,
    pub product_id: Uuid,
    pub measures: Measures,
}

/// Payments, the change that was given, or what was paid back, of one half minute.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub at_us: i64,
    pub method: String,
    /// Zeros for none.
    pub account_id: Uuid,
    pub currency: String,
    pub money: Money,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub headers: Vec<Header>,
    pub lines: Vec<Line>,
    pub payments: Vec<Payment>,
}

/// Facts that lie in the same half minute are added up by the database: a row of an answer costs more
/// than adding it does. No clock has been off by a fraction of that since 1970, so that days and
/// hours cut between two of them.
const SLOT_US: i64 = 30_000_000;

/// Sales that the database adds up at once. A sum of it has 64 bits, a figure of a sale is at most
/// 10^15, and in old files a few times that; the numbers of a sale tell which are added up together.
const SALES_AT_ONCE: i64 = 1_024;
/// The same for payments, of which a sale has up to twenty.
const PAID_AT_ONCE: i64 = 256;

// Number, instant, keys, measures: what these queries return is added up by slot and keys.
// CROSS JOIN: SQLite takes the tables in this order, from the few sales to what belongs to them.
// The total holds the tax, also where it was put on top of the price: without it, it is revenue.
const SOLD: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, sale.location_id, sale.cashier_id, CAST(1 AS BIGINT) AS m0,
        sale.total_minor - sale.tax_minor AS m1,
        sale.cost_minor AS m2, sale.tax_minor AS m3, sale.discount_minor AS m4,
        (SELECT CAST(COALESCE(SUM(line.quantity_milli), 0) AS BIGINT) FROM sale_lines AS line WHERE line.sale_id = sale.id) AS m5
    FROM sales AS sale WHERE ";
const REFUNDED: &str = "SELECT sale.number, refund.occurred_at_us AS at_us, sale.location_id, sale.cashier_id, CAST(1 AS BIGINT) AS m0,
        refund.total_minor - refund.tax_minor AS m1,
        refund.cost_minor AS m2, refund.tax_minor AS m3,
        (SELECT CAST(COALESCE(SUM(part.quantity_milli), 0) AS BIGINT) FROM refund_lines AS part WHERE part.refund_id = refund.id) AS m4
    FROM sales AS sale CROSS JOIN refunds AS refund WHERE refund.sale_id = sale.id AND ";
const SOLD_LINES: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, line.product_id, CAST(1 AS BIGINT) AS m0,
        line.total_minor - line.tax_minor AS m1,
        line.cost_minor AS m2, line.tax_minor AS m3, line.discount_minor AS m4, line.quantity_milli AS m5
    FROM sales AS sale CROSS JOIN sale_lines AS line WHERE line.sale_id = sale.id AND ";
const REFUNDED_LINES: &str = "SELECT sale.number, refund.occurred_at_us AS at_us, line.product_id, CAST(1 AS BIGINT) AS m0,
        part.total_minor - part.tax_minor AS m1,
        part.cost_minor AS m2, part.tax_minor AS m3, part.quantity_milli AS m4
    FROM sales AS sale CROSS JOIN refunds AS refund CROSS JOIN refund_lines AS part CROSS JOIN sale_lines AS line
    WHERE refund.sale_id = sale.id AND part.refund_id = refund.id AND line.sale_id = part.sale_id AND line.id = part.sale_line_id AND ";
// A sale counts in the first of its payments of one way of paying.
const PAID: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, payment.method, payment.account_id, payment.currency, CAST(1 AS BIGINT) AS m0,
        CAST(CASE WHEN payment.position = 0 OR NOT EXISTS (SELECT 1 FROM payments AS earlier
            WHERE earlier.sale_id = payment.sale_id AND earlier.direction = 'in' AND earlier.method = payment.method
              AND earlier.position < payment.position) THEN 1 ELSE 0 END AS BIGINT) AS m1,
        payment.amount_minor AS m2, payment.base_minor AS m3
    FROM sales AS sale CROSS JOIN payments AS payment WHERE payment.sale_id = sale.id AND payment.direction = 'in' AND ";
const CHANGE: &str = "SELECT sale.number, sale.occurred_at_us AS at_us, payment.method, payment.account_id, payment.currency,
        payment.amount_minor AS m0, payment.base_minor AS m1
    FROM sales AS sale CROSS JOIN payments AS payment WHERE payment.sale_id = sale.id AND payment.direction = 'out' AND ";
const PAID_BACK: &str = "SELECT sale.number, refund.occurred_at_us AS at_us, payment.method, payment.account_id, payment.currency,
        payment.amount_minor AS m0, payment.base_minor AS m1
    FROM sales AS sale CROSS JOIN refunds AS refund CROSS JOIN refund_payments AS payment
    WHERE refund.sale_id = sale.id AND payment.refund_id = refund.id AND ";

/// How what a query returns is added up.
#[derive(Debug, Clone, Copy)]
struct Adding {
    keys: &'static str,
    measures: usize,
    sales_at_once: i64,
}

const SOLD_WHOLE: Adding = Adding {
    keys: "location_id, cashier_id",
    measures: 6,
    sales_at_once: SALES_AT_ONCE,
};
const REFUNDED_WHOLE: Adding = Adding {
    measures: 5,
    ..SOLD_WHOLE
};
const SOLD_BY_LINE: Adding = Adding {
    keys: "product_id",
    ..SOLD_WHOLE
};
const REFUNDED_BY_LINE: Adding = Adding {
    measures: 5,
    ..SOLD_BY_LINE
};
const PAYMENTS: Adding = Adding {
    keys: "method, account_id, currency",
    measures: 4,
    sales_at_once: PAID_AT_ONCE,
};
const MOVED_OUT: Adding = Adding {
    measures: 2,
    ..PAYMENTS
};

impl Facts {
    /// Reads some parts of the facts in a scope.
    pub(super) async fn read(
        source: Source<'_>,
        scope: &Scope,
        parts: &[Part],
    ) -> SalesResult<Self> {
        let mut facts = Self::default();
        for part in parts {
            facts.read_part(source, scope, *part).await?;
        }
        Ok(facts)
    }

    async fn read_part(
        &mut self,
        source: Source<'_>,
        scope: &Scope,
        part: Part,
    ) -> SalesResult<()> {
        let ask = async |adding: Adding, select: &str, condition: &str| {
            let sql = added_up(source.dialect(), adding, &format!("{select}{condition}"));
            source.rows(&sql, scope.values.clone()).await
        };
        if let Some(condition) = &scope.sold {
            match part {
                Part::Headers => {
                    for row in ask(SOLD_WHOLE, SOLD, condition).await? {
                        let measures = Measures::of_sold(row.integers::<6>(3)?);
                        self.headers.push(header(&row, measures)?);
                    }
                }
                Part::Lines => {
                    for row in ask(SOLD_BY_LINE, SOLD_LINES, condition).await? {
                        let measures = Measures::of_sold(row.integers::<6>(2)?);
                        self.lines.push(line(&row, measures)?);
                    }
                }
                Part::Payments => {
                    for row in ask(PAYMENTS, PAID, condition).await? {
                        let money = Money::of_paid(row.integers::<4>(4)?);
                        self.payments.push(payment(&row, money)?);
                    }
                    for row in ask(MOVED_OUT, CHANGE, condition).await? {
                        let money = Money::of_change(row.integers::<2>(4)?);
                        self.payments.push(payment(&row, money)?);
                    }
                }
            }
        }
        if let Some(condition) = &scope.refunded {
            match part {
                Part::Headers => {
                    for row in ask(REFUNDED_WHOLE, REFUNDED, condition).await? {
                        let measures = Measures::of_refunded(row.integers::<5>(3)?);
                        self.headers.push(header(&row, measures)?);
                    }
                }
                Part::Lines => {
                    for row in ask(REFUNDED_BY_LINE, REFUNDED_LINES, condition).await? {
                        let measures = Measures::of_refunded(row.integers::<5>(2)?);
                        self.lines.push(line(&row, measures)?);
                    }
                }
                Part::Payments => {
                    for row in ask(MOVED_OUT, PAID_BACK, condition).await? {
                        let money = Money::of_refunded(row.integers::<2>(4)?);
                        self.payments.push(payment(&row, money)?);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The query that adds up what another one returns.
fn added_up(dialect: Dialect, adding: Adding, facts: &str) -> String {
    let Adding {
        keys,
        measures,
        sales_at_once,
    } = adding;
    let sums: Vec<String> = (0..measures)
        .map(|measure| dialect.sum(&format!("m{measure}")))
        .collect();
    format!(
        "SELECT at_us / {SLOT_US} * {SLOT_US} AS slot_us, {keys}, {sums} FROM ({facts}) AS fact GROUP BY slot_us, {keys}, number / {sales_at_once}",
        sums = sums.join(", "),
    )
}

fn header(row: &Row, measures: Measures) -> Result<Header, StoreError> {
    Ok(Header {
        at_us: row.get(0)?,
        location_id: row.get(1)?,
        cashier_id: row.get(2)?,
        measures,
    })
}

fn line(row: &Row, measures: Measures) -> Result<Line, StoreError> {
    Ok(Line {
        at_us: row.get(0)?,
        product_id: row.get(1)?,
        measures,
    })
}

fn payment(row: &Row, money: Money) -> Result<Payment, StoreError> {
    Ok(Payment {
        at_us: row.get(0)?,
        method: row.get(1)?,
        account_id: row.get::<Option<Uuid>>(2)?.unwrap_or(Uuid::nil()),
        currency: row.get(3)?,
        money,
    })
}

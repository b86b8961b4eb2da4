//! The proof that the figures are right: results of queries are compared with a scan of all facts,
//! which gets the bounds of the days as data and adds up in its own way.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use kernel::Timestamp;
use sea_orm::Value;
use store::{
    ColumnKind, ReadDb, Selection, Snapshot, Source, StoreError, json_rows, selection, to_json,
};
use uuid::Uuid;

use super::{
    Standing, date_of, day_number,
    facts::{ALL, Facts, Scope},
    measures::{
        All, COLUMNS, Change, MONEY_COLUMNS, Measures, Money, Moved, Paid, PaidBack, Refunded,
        Sold, Sums, Weight,
    },
    tally::{PaymentKey, Tally, tally},
};
use crate::error::SalesResult;

/// Days compared at once: limits the memory of a proof.
const DAYS_AT_ONCE: u64 = 31;
const HOUR_US: i64 = 3_600_000_000;

const OF_DAY: &str = "figures_of_day_are_not_facts";
const OF_HOUR: &str = "figures_of_hour_are_not_facts";
const OF_PRODUCT: &str = "figures_of_product_are_not_facts";
const OF_PAYMENTS: &str = "figures_of_payments_are_not_facts";
/// Every kind of mistake.
pub(crate) const KINDS: [&str; 4] = [OF_DAY, OF_HOUR, OF_PRODUCT, OF_PAYMENTS];

/// A figure that differs from the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The kind of figures.
    pub kind: &'static str,
    /// The product, for a figure of a product.
    pub product_id: Option<Uuid>,
    /// The location or cashier, for a figure of one.
    pub reference: Option<Uuid>,
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// The value of the facts.
    pub expected: i128,
    /// The value of the figures.
    pub found: i128,
}

/// Compares all figures with all facts, and returns the first difference of each kind.
pub(crate) async fn prove(read: &ReadDb) -> SalesResult<Vec<Mistake>> {
    let snapshot = read.snapshot().await?;
    let Standing { state, newest, .. } = Standing::read(&snapshot).await?;
    let Some(zone) = state.zone else {
        // Nothing was counted yet, so nothing can be wrong.
        return Ok(Vec::new());
    };
    let mut mistakes: BTreeMap<&'static str, Mistake> = BTreeMap::new();
    let Some((mut first, last)) = days_of(&snapshot, zone).await? else {
        return Ok(Vec::new());
    };
    while first <= last {
        let end = first
            .checked_add_days(Days::new(DAYS_AT_ONCE - 1))
            .map_or(last, |end| end.min(last));
        let span = Span::new(first, end, zone);
        let found = span.answered(&snapshot, state.folded, newest).await?;
        let expected = span.scan(&snapshot).await?;
        for mistake in compare(&expected, &found) {
            mistakes.entry(mistake.kind).or_insert(mistake);
        }
        let Some(next) = end.succ_opt() else { break };
        first = next;
    }
    Ok(mistakes.into_values().collect())
}

/// The first and the last day with a fact or a figure.
async fn days_of(snapshot: &Snapshot, zone: Tz) -> SalesResult<Option<(NaiveDate, NaiveDate)>> {
    let mut dates = Vec::new();
    for table in ["sales", "refunds"] {
        let ends = format!(
            "SELECT MIN(occurred_at_us) FROM {table} UNION ALL SELECT MAX(occurred_at_us) FROM {table}"
        );
        let ends = snapshot.values::<Option<Timestamp>>(&ends, []).await?;
        dates.extend(ends.into_iter().flatten().map(|at| at.date_in(zone)));
    }
    for table in [
        "rollup_days",
        "rollup_hours",
        "rollup_products",
        "rollup_payments",
    ] {
        let ends = format!("SELECT MIN(day) FROM {table} UNION ALL SELECT MAX(day) FROM {table}");
        let ends = snapshot.values::<Option<i64>>(&ends, []).await?;
        dates.extend(ends.into_iter().flatten().filter_map(date_of));
    }
    Ok(dates.iter().min().copied().zip(dates.iter().max().copied()))
}

/// Some days with their bounds.
struct Span {
    zone: Tz,
    days: Vec<(i64, i64, i64)>,
}

impl Span {
    fn new(from: NaiveDate, to: NaiveDate, zone: Tz) -> Self {
        let days = from.iter_days().take_while(|date| *date <= to).map(|date| {
            let next = date.succ_opt().unwrap_or(date);
            (
                day_number(date),
                Timestamp::start_of_day(date, zone).micros(),
                Timestamp::start_of_day(next, zone).micros(),
            )
        });
        Self {
            zone,
            days: days.collect(),
        }
    }

    fn bounds(&self) -> (i64, i64, i64, i64) {
        match (self.days.first(), self.days.last()) {
            (Some(first), Some(last)) => (first.0, last.0, first.1, last.2),
            _ => (0, -1, 0, 0),
        }
    }

    /// The figures: the rollups, and a tally of the rest.
    async fn answered(&self, snapshot: &Snapshot, folded: i64, newest: i64) -> SalesResult<Tally> {
        let (first, last, from, until) = self.bounds();
        let mut sums = if newest > folded {
            let scope = Scope::tail(folded, from, until);
            let facts = Facts::read(Source::Snapshot(snapshot), &scope, ALL).await?;
            tally(self.zone, &facts)
        } else {
            Tally::default()
        };
        let columns = COLUMNS.join(", ");
        let days = || -> [Value; 2] { [first.into(), last.into()] };
        let select = |table: &str, keys: &str| {
            format!("SELECT {columns}, weight, {keys} FROM {table} WHERE day BETWEEN $1 AND $2")
        };
        let sql = select("rollup_days", "day, location_id, cashier_id");
        for (part, of) in snapshot
            .select::<(WeighedPart, OfDay)>(&sql, days())
            .await?
        {
            *sums.days.entry(of).or_default() += whole(part);
        }
        let sql = select("rollup_hours", "day, hour, location_id, local_hour");
        for (part, of) in snapshot
            .select::<(WeighedPart, OfHour)>(&sql, days())
            .await?
        {
            *sums.hours.entry(of).or_default() += whole(part);
        }
        let sql = select("rollup_products", "day, product_id");
        for (part, of) in snapshot
            .select::<(WeighedPart, OfProduct)>(&sql, days())
            .await?
        {
            *sums.products.entry(of).or_default() += whole(part);
        }
        let money = MONEY_COLUMNS.join(", ");
        let sql = format!(
            "SELECT {money}, weight, day, method, account_id, currency FROM rollup_payments WHERE day BETWEEN $1 AND $2"
        );
        let rows = snapshot.select::<((Moved<i64>, Weighed), Way)>(&sql, days());
        for (part, way) in rows.await? {
            *sums.payments.entry(key_of(way)).or_default() += whole(part);
        }
        Ok(sums)
    }

    /// The facts. The database cuts hours as well, counted from the first instant of a day.
    async fn scan(&self, snapshot: &Snapshot) -> SalesResult<Tally> {
        let bounds = [
            ("day", ColumnKind::Int),
            ("starts", ColumnKind::Int),
            ("ends", ColumnKind::Int),
        ];
        let scan = Scan {
            snapshot,
            days: json_rows(snapshot.dialect(), 1, &bounds),
            rows: to_json(&self.days).into(),
        };
        let mut sums = Tally::default();
        self.scan_headers(&scan, &mut sums).await?;
        scan_lines(&scan, &mut sums).await?;
        scan_payments(&scan, &mut sums).await?;
        Ok(sums)
    }

    async fn scan_headers(&self, scan: &Scan<'_>, sums: &mut Tally) -> SalesResult<()> {
        let days = &scan.days;
        let sold = format!(
            "SELECT day.day, (sale.occurred_at_us - day.starts) / {HOUR_US} AS hour, sale.location_id, sale.cashier_id, MIN(day.starts) AS starts, COUNT(*) AS sales, {}, {}, {}, {}, {}
             FROM {days} AS day JOIN sales AS sale ON {} WHERE sale.state <> 'voided' GROUP BY 1, 2, 3, 4",
            scan.sum("sale.total_minor - sale.tax_minor", "sold_minor"),
            scan.sum("sale.cost_minor", "sold_cost_minor"),
            scan.sum("sale.tax_minor", "sold_tax_minor"),
            scan.sum("sale.discount_minor", "discount_minor"),
            scan.sum(&format!("(SELECT {} FROM sale_lines AS line WHERE line.sale_id = sale.id)", scan.part("line.quantity_milli")), "sold_milli"),
            within("sale.occurred_at_us"),
        );
        for (header, measures) in scan.read::<(Header, Sold<i128>)>(&sold).await? {
            self.add_header(sums, &header, measures);
        }
        let refunded = format!(
            "SELECT day.day, (refund.occurred_at_us - day.starts) / {HOUR_US} AS hour, sale.location_id, sale.cashier_id, MIN(day.starts) AS starts, COUNT(*) AS refunds, {}, {}, {}, {}
             FROM {days} AS day JOIN refunds AS refund ON {} JOIN sales AS sale ON sale.id = refund.sale_id WHERE sale.state <> 'voided' GROUP BY 1, 2, 3, 4",
            scan.sum("refund.total_minor - refund.tax_minor", "refunded_minor"),
            scan.sum("refund.cost_minor", "refunded_cost_minor"),
            scan.sum("refund.tax_minor", "refunded_tax_minor"),
            scan.sum(&format!("(SELECT {} FROM refund_lines AS part WHERE part.refund_id = refund.id)", scan.part("part.quantity_milli")), "refunded_milli"),
            within("refund.occurred_at_us"),
        );
        for (header, measures) in scan.read::<(Header, Refunded<i128>)>(&refunded).await? {
            self.add_header(sums, &header, measures);
        }
        Ok(())
    }

    fn add_header(&self, sums: &mut Tally, header: &Header, measures: Measures) {
        use chrono::Timelike as _;
        let (day, hour, location) = (header.day, header.hour, header.location_id);
        let began = Timestamp::from_micros(header.starts + hour * HOUR_US);
        let local_hour = i64::from(began.to_utc().with_timezone(&self.zone).hour());
        let of_day = (day, location, header.cashier_id);
        *sums.days.entry(of_day).or_default() += measures;
        *sums
            .hours
            .entry((day, hour, location, local_hour))
            .or_default() += measures;
    }
}

selection! {
    OfDay(day: i64, location_id: Uuid, cashier_id: Uuid)
    OfHour(day: i64, hour: i64, location_id: Uuid, local_hour: i64)
    OfProduct(day: i64, product_id: Uuid)
    struct Header { day: i64, hour: i64, location_id: Uuid, cashier_id: Uuid, starts: i64 }
    Way(day: i64, method: String, account_id: Option<Uuid>, currency: String)
    Weighed(weight: Weight)
}

/// The measures of a row with its weight.
type WeighedPart = (All<i64>, Weighed);

fn whole<const N: usize>((part, weight): (Sums<N>, Weight)) -> Sums<N> {
    weight.whole(part)
}

/// Day, way of paying, account, currency.
type WayOfDay = (i64, String, Option<Uuid>, String);

fn key_of((day, method, account, currency): WayOfDay) -> PaymentKey {
    (day, method, account.unwrap_or(Uuid::nil()), currency)
}

/// A scan of all facts of some days, which are the rows of the parameter.
struct Scan<'a> {
    snapshot: &'a Snapshot,
    days: String,
    rows: Value,
}

impl Scan<'_> {
    async fn read<S: Selection>(&self, sql: &str) -> Result<Vec<S::Output>, StoreError> {
        self.snapshot.select::<S>(sql, [self.rows.clone()]).await
    }

    /// The sum of a product's or a cashier's day may exceed 64 bits.
    fn sum(&self, expression: &str, name: &str) -> String {
        self.snapshot.dialect().wide_sum(expression, name)
    }

    fn part(&self, expression: &str) -> String {
        self.snapshot.dialect().sum(expression)
    }
}

fn within(at: &str) -> String {
    format!("{at} >= day.starts AND {at} < day.ends")
}

async fn scan_lines(scan: &Scan<'_>, sums: &mut Tally) -> SalesResult<()> {
    let days = &scan.days;
    let sold_lines = format!(
        "SELECT day.day, line.product_id, COUNT(*) AS sales, {}, {}, {}, {}, {}
         FROM {days} AS day JOIN sales AS sale ON {} JOIN sale_lines AS line ON line.sale_id = sale.id
         WHERE sale.state <> 'voided' GROUP BY 1, 2",
        scan.sum("line.total_minor - line.tax_minor", "sold_minor"),
        scan.sum("line.cost_minor", "sold_cost_minor"),
        scan.sum("line.tax_minor", "sold_tax_minor"),
        scan.sum("line.discount_minor", "discount_minor"),
        scan.sum("line.quantity_milli", "sold_milli"),
        within("sale.occurred_at_us"),
    );
    for (of, measures) in scan.read::<(OfProduct, Sold<i128>)>(&sold_lines).await? {
        *sums.products.entry(of).or_default() += measures;
    }
    let refunded_lines = format!(
        "SELECT day.day, line.product_id, COUNT(*) AS refunds, {}, {}, {}, {}
         FROM {days} AS day JOIN refunds AS refund ON {} JOIN refund_lines AS part ON part.refund_id = refund.id
         JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
         JOIN sales AS sale ON sale.id = refund.sale_id WHERE sale.state <> 'voided' GROUP BY 1, 2",
        scan.sum("part.total_minor - part.tax_minor", "refunded_minor"),
        scan.sum("part.cost_minor", "refunded_cost_minor"),
        scan.sum("part.tax_minor", "refunded_tax_minor"),
        scan.sum("part.quantity_milli", "refunded_milli"),
        within("refund.occurred_at_us"),
    );
    for (of, measures) in scan
        .read::<(OfProduct, Refunded<i128>)>(&refunded_lines)
        .await?
    {
        *sums.products.entry(of).or_default() += measures;
    }
    Ok(())
}

async fn scan_payments(scan: &Scan<'_>, sums: &mut Tally) -> SalesResult<()> {
    let days = &scan.days;
    let paid = format!(
        "SELECT day.day, payment.method, payment.account_id, payment.currency, COUNT(*) AS payments, {}, {}, {}
         FROM {days} AS day JOIN sales AS sale ON {} JOIN payments AS payment ON payment.sale_id = sale.id
         WHERE sale.state <> 'voided' AND payment.direction = 'in' GROUP BY 1, 2, 3, 4",
        scan.sum("CASE WHEN payment.position = (SELECT MIN(own.position) FROM payments AS own
             WHERE own.sale_id = sale.id AND own.direction = 'in' AND own.method = payment.method) THEN 1 ELSE 0 END", "sales"),
        scan.sum("payment.amount_minor", "paid_minor"),
        scan.sum("payment.base_minor", "paid_base_minor"),
        within("sale.occurred_at_us"),
    );
    add_money::<Paid<i128>>(sums, scan, &paid).await?;
    let change = format!(
        "SELECT day.day, payment.method, payment.account_id, payment.currency, {}, {}
         FROM {days} AS day JOIN sales AS sale ON {} JOIN payments AS payment ON payment.sale_id = sale.id
         WHERE sale.state <> 'voided' AND payment.direction = 'out' GROUP BY 1, 2, 3, 4",
        scan.sum("payment.amount_minor", "change_minor"),
        scan.sum("payment.base_minor", "change_base_minor"),
        within("sale.occurred_at_us"),
    );
    add_money::<Change<i128>>(sums, scan, &change).await?;
    let paid_back = format!(
        "SELECT day.day, payment.method, payment.account_id, payment.currency, {}, {}
         FROM {days} AS day JOIN refunds AS refund ON {} JOIN refund_payments AS payment ON payment.refund_id = refund.id
         JOIN sales AS sale ON sale.id = refund.sale_id WHERE sale.state <> 'voided' GROUP BY 1, 2, 3, 4",
        scan.sum("payment.amount_minor", "refunded_minor"),
        scan.sum("payment.base_minor", "refunded_base_minor"),
        within("refund.occurred_at_us"),
    );
    add_money::<PaidBack<i128>>(sums, scan, &paid_back).await?;
    Ok(())
}

async fn add_money<S: Selection<Output = Money>>(
    sums: &mut Tally,
    scan: &Scan<'_>,
    sql: &str,
) -> SalesResult<()> {
    for (way, money) in scan.read::<(Way, S)>(sql).await? {
        *sums.payments.entry(key_of(way)).or_default() += money;
    }
    Ok(())
}

/// The first difference of each kind.
fn compare(expected: &Tally, found: &Tally) -> Vec<Mistake> {
    let sums = |sum: &Measures| sum.to_array();
    let days =
        first_difference(&expected.days, &found.days, sums).map(|((day, location, _), e, f)| {
            Mistake {
                reference: Some(location),
                ..mistake(OF_DAY, day, e, f)
            }
        });
    let hours = first_difference(&expected.hours, &found.hours, sums).map(
        |((day, _, location, _), e, f)| Mistake {
            reference: Some(location),
            ..mistake(OF_HOUR, day, e, f)
        },
    );
    let products = first_difference(&expected.products, &found.products, sums).map(
        |((day, product), e, f)| Mistake {
            product_id: Some(product),
            ..mistake(OF_PRODUCT, day, e, f)
        },
    );
    let payments = first_difference(&expected.payments, &found.payments, |sum: &Money| {
        sum.to_array()
    })
    .map(|((day, ..), e, f)| mistake(OF_PAYMENTS, day, e, f));
    [days, hours, products, payments]
        .into_iter()
        .flatten()
        .collect()
}

const fn mistake(kind: &'static str, day: i64, expected: i128, found: i128) -> Mistake {
    Mistake {
        kind,
        product_id: None,
        reference: None,
        day,
        expected,
        found,
    }
}

/// The first key whose sums differ, with the first different sum. A missing row is a row of zeros.
fn first_difference<K: Ord + Clone, S, const N: usize>(
    expected: &BTreeMap<K, S>,
    found: &BTreeMap<K, S>,
    sums: impl Fn(&S) -> [i128; N],
) -> Option<(K, i128, i128)> {
    let mut keys: Vec<&K> = expected.keys().chain(found.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().find_map(|key| {
        let of = |side: &BTreeMap<K, S>| side.get(key).map_or([0; N], &sums);
        let (expected, found) = (of(expected), of(found));
        let (e, f) = expected.into_iter().zip(found).find(|(e, f)| e != f)?;
        Some((key.clone(), e, f))
    })
}

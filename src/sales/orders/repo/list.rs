//! The list of sales, newest first. Each list walks an index in its own order from the cursor on, so
//! that page 1,000 costs no more than the first: the one of time, or the one of what is rarest among
//! the filters ([`index`](super::super::index)). Sales that are not indexed yet are looked through.

use kernel::{
    Currency, Timestamp,
    ids::{LocationId, ProductId, SaleId, UserId},
    paging::Page,
};
use sea_orm::Value;
use store::{ColumnKind, Dialect, ReadDb, Source, json_rows, to_json};
use uuid::Uuid;

use super::{
    super::{
        model::{Sale, SaleState, money::PaymentMethod},
        text::Found,
    },
    Header, complete, of_sales,
};
use crate::{conditions::Conditions, error::SalesResult};

/// A filter for sales.
#[derive(Debug, Clone, Default)]
pub struct SaleFilter {
    /// Earliest time when it happened.
    pub from: Option<Timestamp>,
    /// End of that time, not included.
    pub until: Option<Timestamp>,
    /// Only sales in this state.
    pub state: Option<SaleState>,
    /// Only sales of this cashier.
    pub cashier_id: Option<UserId>,
    /// Only the sale with this number.
    pub number: Option<i64>,
    /// Only sales that were entered late, or only the others.
    pub entered_late: Option<bool>,
    /// Only sales of this product.
    pub product_id: Option<ProductId>,
    /// Only sales whose goods left this location.
    pub location_id: Option<LocationId>,
    /// Only sales with a payment by this method.
    pub method: Option<PaymentMethod>,
    /// Only sales with a payment in this currency.
    pub currency: Option<Currency>,
    /// Only sales with this text in number, note, reference or the name of a product.
    pub text: Option<String>,
}

/// Where a list walks.
enum Lead {
    /// The index of time.
    Time,
    /// The entries of things.
    Things(Vec<Uuid>),
    /// The entries of a word.
    Word(String),
}

/// Most products whose entries are merged; with more of them, sales are frequent and the index of time
/// is walked.
const MAX_MERGED: usize = 20;

/// The parts of the statement that every branch shares.
struct ListParts<'a> {
    filter: &'a SaleFilter,
    before: Option<(String, String)>,
    from: Option<String>,
    until: Option<String>,
    /// Conditions on `sale` apart from time.
    others: String,
    /// `ORDER BY` and `LIMIT` follow.
    probe: i64,
}

/// Reads sales after `before`, newest first. `found` is what the text of the filter was found in.
pub async fn list(
    read: &ReadDb,
    filter: &SaleFilter,
    found: Option<&Found>,
    base: Currency,
    before: Option<(i64, SaleId)>,
    limit: u32,
) -> SalesResult<Page<Sale>> {
    let mut conditions = Conditions::default();
    let values = &mut conditions.values;
    let before = before.map(|(at, id)| (values.bind(at), values.bind(id.as_uuid())));
    let from = filter.from.map(|at| values.bind(at.micros()));
    let until = filter.until.map(|at| values.bind(at.micros()));
    require_own(&mut conditions, filter);
    require_contents(&mut conditions, filter);
    if let Some(found) = found {
        require_text(read.dialect(), &mut conditions, found);
    }
    let lead = lead_of(filter, found, base);
    let indexed = indexed_up_to(read, &lead).await?;
    let mut parts = ListParts {
        filter,
        before,
        from,
        until,
        others: String::new(),
        probe: i64::from(limit) + 1,
    };
    let (sql, values) = statement(
        read.dialect(),
        &mut parts,
        conditions,
        &lead,
        found,
        indexed,
    );
    let sales = read.select::<Header>(&sql, values).await?;
    let sales = complete(Source::Read(read), sales).await?;
    Ok(Page::from_probe(sales, limit))
}

fn lead_of(filter: &SaleFilter, found: Option<&Found>, base: Currency) -> Lead {
    if filter.number.is_some() {
        return Lead::Time;
    }
    if let Some(product) = filter.product_id {
        return Lead::Things(vec![product.as_uuid()]);
    }
    if let Some(found) = found {
        return if found.products.len() > MAX_MERGED {
            Lead::Time
        } else {
            Lead::Things(found.products.clone())
        };
    }
    if let Some(currency) = filter.currency.filter(|currency| *currency != base) {
        return Lead::Word(currency.to_string());
    }
    if let Some(method) = filter.method {
        return Lead::Word(method.as_str().to_owned());
    }
    match filter.location_id {
        // The index of a cashier's sales is in the order of time as well.
        Some(location) if filter.cashier_id.is_none() => Lead::Things(vec![location.as_uuid()]),
        _ => Lead::Time,
    }
}

/// The number up to which sales are in the index. It is a value of the statement, so that the planner
/// knows how few sales remain.
async fn indexed_up_to(read: &ReadDb, lead: &Lead) -> SalesResult<i64> {
    if matches!(lead, Lead::Time) {
        return Ok(0);
    }
    let sql = "SELECT up_to FROM sale_index_state WHERE id = 1";
    Ok(read.value::<i64>(sql, []).await?.unwrap_or(0))
}

fn require_own(conditions: &mut Conditions, filter: &SaleFilter) {
    conditions.require_if("sale.state = ?", filter.state.map(SaleState::as_str));
    conditions.require_if(
        "sale.cashier_id = ?",
        filter.cashier_id.map(UserId::as_uuid),
    );
    conditions.require_if("sale.number = ?", filter.number);
    let location = filter.location_id.map(LocationId::as_uuid);
    conditions.require_if("sale.location_id = ?", location);
    // As literals, so that the planner sees that the partial index fits.
    if let Some(is_late) = filter.entered_late {
        conditions.push(if is_late {
            "sale.entered_late"
        } else {
            "NOT sale.entered_late"
        });
    }
}

fn require_contents(conditions: &mut Conditions, filter: &SaleFilter) {
    let of_product = "EXISTS (SELECT 1 FROM sale_lines AS line WHERE line.sale_id = sale.id AND line.product_id = ?)";
    conditions.require_if(of_product, filter.product_id.map(ProductId::as_uuid));
    if filter.method.is_none() && filter.currency.is_none() {
        return;
    }
    let mut paid = String::from(
        "EXISTS (SELECT 1 FROM payments AS payment WHERE payment.sale_id = sale.id AND payment.direction = 'in'",
    );
    for (column, word) in [
        (
            "method",
            filter.method.map(|method| method.as_str().to_owned()),
        ),
        (
            "currency",
            filter.currency.map(|currency| currency.to_string()),
        ),
    ] {
        if let Some(word) = word {
            let place = conditions.values.bind(word);
            paid.push_str(&format!(" AND payment.{column} = {place}"));
        }
    }
    paid.push(')');
    conditions.push(paid);
}

fn require_text(dialect: Dialect, conditions: &mut Conditions, found: &Found) {
    let list_of = |conditions: &mut Conditions, ids: &[Uuid]| {
        let rows: Vec<(Uuid,)> = ids.iter().map(|id| (*id,)).collect();
        conditions.values.bind(to_json(&rows));
        let table = json_rows(
            dialect,
            conditions.values.0.len(),
            &[("id", ColumnKind::Uuid)],
        );
        format!("(SELECT found.id FROM {table} AS found)")
    };
    let mut ways = Vec::new();
    if !found.sales.is_empty() {
        ways.push(format!("sale.id IN {}", list_of(conditions, &found.sales)));
    }
    if !found.products.is_empty() {
        let products = list_of(conditions, &found.products);
        ways.push(format!(
            "EXISTS (SELECT 1 FROM sale_lines AS named WHERE named.sale_id = sale.id AND named.product_id IN {products})"
        ));
    }
    conditions.push(if ways.is_empty() {
        "1 = 0".to_owned()
    } else {
        format!("({})", ways.join(" OR "))
    });
}

impl ListParts<'_> {
    /// The conditions on time, on two columns.
    fn within(&self, at: &str, id: &str) -> String {
        let mut text = String::new();
        if let Some(from) = &self.from {
            text.push_str(&format!("{at} >= {from} AND "));
        }
        if let Some(until) = &self.until {
            text.push_str(&format!("{at} < {until} AND "));
        }
        if let Some((before_at, before_id)) = &self.before {
            text.push_str(&format!("({at}, {id}) < ({before_at}, {before_id}) AND "));
        }
        text
    }

    /// The sales among the entries of one index key.
    fn entries(&self, dialect: Dialect, table: &str, column: &str, key: &str) -> String {
        // SQLite takes the tables in this order.
        let join = match dialect {
            Dialect::Sqlite => "CROSS JOIN",
            Dialect::Postgres => "JOIN",
        };
        format!(
            "SELECT * FROM (SELECT entry.sale_id AS id FROM {table} AS entry {join} sales AS sale ON sale.id = entry.sale_id
             WHERE entry.{column} = {key} AND {within}{others} ORDER BY entry.occurred_at_us DESC, entry.sale_id DESC LIMIT {probe}) AS entries",
            within = self.within("entry.occurred_at_us", "entry.sale_id"),
            others = self.others,
            probe = self.probe,
        )
    }

    /// The sales that fit a condition which finds few of them. The plus signs keep the planner from
    /// walking the index of time instead.
    fn few(&self, condition: &str) -> String {
        format!(
            "SELECT * FROM (SELECT sale.id FROM sales AS sale WHERE {condition} AND {within}{others}
             ORDER BY +sale.occurred_at_us DESC, sale.id DESC LIMIT {probe}) AS few",
            within = self.within("+sale.occurred_at_us", "sale.id"),
            others = self.others,
            probe = self.probe,
        )
    }
}

/// The condition that a sale is one of these. Its value is the newest one, which its table reads.
fn among(dialect: Dialect, conditions: &mut Conditions, sales: &[Uuid]) -> String {
    let rows: Vec<(Uuid,)> = sales.iter().map(|id| (*id,)).collect();
    conditions.values.bind(to_json(&rows));
    let values = conditions.values.0.len();
    let table = json_rows(dialect, values, &[("id", ColumnKind::Uuid)]);
    format!("sale.id IN (SELECT known.id FROM {table} AS known)")
}

fn statement(
    dialect: Dialect,
    parts: &mut ListParts<'_>,
    mut conditions: Conditions,
    lead: &Lead,
    found: Option<&Found>,
    indexed: i64,
) -> (String, Vec<Value>) {
    let mut keys = Vec::new();
    let (mut rest, mut known) = (None, None);
    match lead {
        Lead::Time => {}
        Lead::Things(things) => {
            keys.extend(things.iter().map(|thing| {
                let key = conditions.values.bind(*thing);
                ("sale_index_things", "thing_id", key)
            }));
        }
        Lead::Word(word) => {
            let key = conditions.values.bind(word.as_str());
            keys.push(("sale_index_words", "word", key));
        }
    }
    if !matches!(lead, Lead::Time) {
        rest = Some(conditions.values.bind(indexed));
        let sales =
            found.filter(|found| parts.filter.product_id.is_none() && !found.sales.is_empty());
        if let Some(found) = sales {
            known = Some(among(dialect, &mut conditions, &found.sales));
        }
    }
    let (others, values) = conditions.into_parts();
    parts.others = others;
    let Some(rest) = rest else {
        let within = parts.within("sale.occurred_at_us", "sale.id");
        let sql = of_sales(&format!(
            "{within}{} ORDER BY sale.occurred_at_us DESC, sale.id DESC LIMIT {}",
            parts.others, parts.probe
        ));
        return (sql, values);
    };
    let branches: Vec<String> = keys
        .iter()
        .map(|(table, column, key)| parts.entries(dialect, table, column, key))
        .chain(known.as_deref().map(|known| parts.few(known)))
        .chain([parts.few(&format!("sale.number > {rest}"))])
        .collect();
    let sql = of_sales(&format!(
        "sale.id IN ({}) ORDER BY +sale.occurred_at_us DESC, sale.id DESC LIMIT {}",
        branches.join(" UNION "),
        parts.probe
    ));
    (sql, values)
}

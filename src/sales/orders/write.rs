//! Writing a group of sales: the rows of each table as one JSON parameter, all tables in one trip to
//! the database. On `PostgreSQL` that is one statement, on `SQLite` one text of several.

mod statements;

use kernel::{Currency, ExchangeRate, ids::PaymentAccountId, text::reference_key};
use sea_orm::Value;
use serde::Serialize;
use store::{ColumnKind, Dialect, StoreError, Tx, json_rows, to_json};

use super::{
    model::{Change, Payment, Sale},
    tender::PaymentMethod,
};
use crate::{
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
    inventory::ledger::{self, PostedMovement, movement_row},
};

use ColumnKind::{Bool, Int, Text, Uuid};

/// A sale of a group, ready to be written.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its place among the waiting jobs.
    pub position: usize,
    /// The sale.
    pub sale: Sale,
    /// What its client will read.
    pub answer: Answer,
    /// The key under which the answer is kept.
    pub key: Option<RequestKey>,
}

/// Columns of `sales`, in the order of [`sale_row`].
pub const SALE_COLUMNS: &[(&str, ColumnKind)] = &[
    ("id", Uuid),
    ("number", Int),
    ("state", Text),
    ("currency", Text),
    ("tax_mode", Text),
    ("subtotal_minor", Int),
    ("discount_minor", Int),
    ("tax_minor", Int),
    ("total_minor", Int),
    ("cost_minor", Int),
    ("rounding_minor", Int),
    ("change_minor", Int),
    ("paid_minor", Int),
    ("location_id", Uuid),
    ("cashier_id", Uuid),
    ("occurred_at_us", Int),
    ("recorded_at_us", Int),
    ("recorded_by", Uuid),
    ("entered_late", Bool),
    ("note", Text),
    ("external_number", Text),
    ("import_id", Uuid),
];

/// How many of the last columns hold nothing for most sales.
const SALE_OPTIONAL: usize = 5;

/// Columns of `sale_lines`, in the order of [`line_rows`].
pub const LINE_COLUMNS: &[(&str, ColumnKind)] = &[
    ("sale_id", Uuid),
    ("id", Uuid),
    ("product_id", Uuid),
    ("product_name", Text),
    ("quantity_milli", Int),
    ("unit_price_minor", Int),
    ("unit_cost_minor", Int),
    ("discount_minor", Int),
    ("tax_rate_bp", Int),
    ("tax_minor", Int),
    ("total_minor", Int),
    ("cost_minor", Int),
    ("refunded_milli", Int),
    ("unit", Text),
];

/// Columns of `payments`, in the order of [`payment_rows`].
pub const PAYMENT_COLUMNS: &[(&str, ColumnKind)] = &[
    ("sale_id", Uuid),
    ("position", Int),
    ("direction", Text),
    ("method", Text),
    ("currency", Text),
    ("amount_minor", Int),
    ("rate_micros", Int),
    ("rate_side", Text),
    ("base_minor", Int),
    ("is_live", Bool),
    ("account_id", Uuid),
    ("reference", Text),
    ("reference_normal", Text),
];

/// How many of the last columns hold nothing for cash.
const PAYMENT_OPTIONAL: usize = 3;

const KEY_COLUMNS: &[(&str, ColumnKind)] = &[
    ("user_id", Uuid),
    ("key", Text),
    ("request_hash", Text),
    ("status", Int),
    ("body", Text),
    ("created_at_us", Int),
];

/// A sale as a row, of an import or of the till.
pub fn sale_row(sale: &Sale, import_id: Option<uuid::Uuid>) -> impl Serialize + '_ {
    // Serde knows tuples of up to sixteen; two of them nested would not be one row.
    let cost: i64 = sale.lines.iter().map(|line| line.cost_minor).sum();
    SaleRow {
        sale,
        cost,
        import_id,
    }
}

struct SaleRow<'a> {
    sale: &'a Sale,
    cost: i64,
    import_id: Option<uuid::Uuid>,
}

impl Serialize for SaleRow<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple as _;
        let sale = self.sale;
        let mut row = serializer.serialize_tuple(SALE_COLUMNS.len())?;
        row.serialize_element(&sale.id)?;
        row.serialize_element(&sale.number)?;
        row.serialize_element(sale.state.as_str())?;
        row.serialize_element(sale.currency.code())?;
        row.serialize_element(sale.tax_mode.as_str())?;
        row.serialize_element(&sale.subtotal_minor)?;
        row.serialize_element(&sale.discount_minor)?;
        row.serialize_element(&sale.tax_minor)?;
        row.serialize_element(&sale.total_minor)?;
        row.serialize_element(&self.cost)?;
        row.serialize_element(&sale.rounding_minor)?;
        row.serialize_element(&sale.change_minor)?;
        row.serialize_element(&paid_minor(sale))?;
        row.serialize_element(&sale.location_id)?;
        row.serialize_element(&sale.cashier_id)?;
        row.serialize_element(&sale.occurred_at.micros())?;
        row.serialize_element(&sale.recorded_at.micros())?;
        let is_own = sale.recorded_by == sale.cashier_id;
        row.serialize_element(&(!is_own).then_some(sale.recorded_by))?;
        row.serialize_element(&sale.entered_late)?;
        row.serialize_element(&sale.note)?;
        row.serialize_element(&sale.external_number)?;
        row.serialize_element(&self.import_id)?;
        row.end()
    }
}

/// The lines of a sale as rows.
pub fn line_rows(sale: &Sale) -> impl Iterator<Item = impl Serialize + '_> {
    sale.lines.iter().map(|line| {
        (
            sale.id,
            line.id,
            line.product_id,
            line.product_name.as_str(),
            line.quantity.milli(),
            line.unit_price_minor,
            line.unit_cost_minor,
            line.discount_minor,
            line.tax_rate_bp,
            line.tax_minor,
            line.total_minor,
            line.cost_minor,
            line.refunded_quantity.milli(),
            line.unit.as_str(),
        )
    })
}

/// What came in for a sale, base currency.
fn paid_minor(sale: &Sale) -> i64 {
    sale.payments.iter().map(|payment| payment.base_minor).sum()
}

/// The money of a sale as rows: what came in, then what went out.
pub fn payment_rows(sale: &Sale) -> impl Iterator<Item = impl Serialize + '_> {
    let paid = sale.payments.iter().map(MoneyRow::from);
    let change = sale.change.iter().map(MoneyRow::from);
    paid.chain(change)
        .zip(0i64..)
        .map(|(line, position): (MoneyRow<'_>, i64)| {
            (
                sale.id,
                position,
                line.direction,
                line.method.as_str(),
                line.currency.code(),
                line.amount_minor,
                line.rate.micros.micros(),
                line.rate.side.as_str(),
                line.base_minor,
                true,
                line.account,
                line.reference,
                line.reference.map(reference_key),
            )
        })
}

/// A money line of either direction.
struct MoneyRow<'a> {
    direction: &'static str,
    method: PaymentMethod,
    account: Option<PaymentAccountId>,
    currency: Currency,
    amount_minor: i64,
    rate: ExchangeRate,
    base_minor: i64,
    reference: Option<&'a str>,
}

impl<'a> From<&'a Payment> for MoneyRow<'a> {
    fn from(payment: &'a Payment) -> Self {
        Self {
            direction: "in",
            method: payment.method,
            account: payment.account,
            currency: payment.currency,
            amount_minor: payment.amount_minor,
            rate: payment.rate(),
            base_minor: payment.base_minor,
            reference: payment.reference.as_deref(),
        }
    }
}

impl From<&Change> for MoneyRow<'_> {
    fn from(change: &Change) -> Self {
        Self {
            direction: "out",
            method: PaymentMethod::Cash,
            account: None,
            currency: change.currency,
            amount_minor: change.amount_minor,
            rate: change.rate(),
            base_minor: change.base_minor,
            reference: None,
        }
    }
}

fn key_row(entry: &Entry) -> Option<impl Serialize + '_> {
    entry.key.as_ref().map(|key| {
        (
            key.user_id,
            key.key.as_str(),
            key.fingerprint.as_str(),
            i64::from(entry.answer.status),
            entry.answer.body.as_str(),
            entry.sale.recorded_at.micros(),
        )
    })
}

/// The stored answers of those jobs whose key is known, by their place; a key that was used for
/// something else is refused there.
pub(super) async fn known_answers(
    tx: &Tx,
    keys: &[Option<&RequestKey>],
) -> SalesResult<Vec<Option<SalesResult<Answer>>>> {
    let asked: Vec<_> = keys
        .iter()
        .enumerate()
        .filter_map(|(position, key)| key.map(|key| (key.user_id, key.key.as_str(), position)))
        .collect();
    let mut answers: Vec<Option<SalesResult<Answer>>> = keys.iter().map(|_| None).collect();
    if asked.is_empty() {
        return Ok(answers);
    }
    let source = json_rows(
        tx.dialect(),
        1,
        &[("user_id", Uuid), ("key", Text), ("position", Int)],
    );
    let sql = format!(
        "SELECT asked.position, known.request_hash, known.status, known.body
         FROM {source} AS asked JOIN idempotency_keys AS known ON known.user_id = asked.user_id AND known.key = asked.key"
    );
    for row in tx.rows(&sql, [to_json(&asked).into()]).await? {
        let position = usize::try_from(row.get::<i64>(0)?).unwrap_or(usize::MAX);
        if let (Some(Some(key)), Some(slot)) = (keys.get(position), answers.get_mut(position)) {
            *slot = Some(idempotency::replay(
                key,
                &row.get::<String>(1)?,
                row.get(2)?,
                row.get(3)?,
            ));
        }
    }
    Ok(answers)
}

/// What is numbered without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// Sales.
    Sale,
    /// Refunds.
    Refund,
}

/// Takes the next numbers for so many documents; returns the last of them. The counter is the only
/// row that all of them share: it is touched once a group, as late as possible, that of sales first.
pub async fn take_numbers(tx: &Tx, of: Numbered, documents: usize) -> SalesResult<i64> {
    let count = i64::try_from(documents).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let name = match of {
        Numbered::Sale => "sale",
        Numbered::Refund => "refund",
    };
    let row = tx
        .row(
            "UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value",
            [count.into(), name.into()],
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::Corrupt(format!("there is no counter {name}")))?;
    Ok(row.get(0)?)
}

/// Writes the sales of a group with everything that belongs to them. On `SQLite` the counter as well,
/// in the same trip, and the levels, which a trigger moves.
pub(super) async fn write_group(
    tx: &Tx,
    entries: &[Entry],
    posted: &[PostedMovement],
) -> SalesResult<()> {
    let sales: Vec<_> = entries
        .iter()
        .map(|entry| sale_row(&entry.sale, None))
        .collect();
    let lines: Vec<_> = entries
        .iter()
        .flat_map(|entry| line_rows(&entry.sale))
        .collect();
    let payments: Vec<_> = entries
        .iter()
        .flat_map(|entry| payment_rows(&entry.sale))
        .collect();
    let movements: Vec<_> = posted.iter().map(movement_row).collect();
    let keys: Vec<_> = entries.iter().filter_map(key_row).collect();
    let inserted = sales.len() + lines.len() + payments.len() + movements.len() + keys.len();
    let mut rows: Vec<Value> = [
        to_json(&sales),
        to_json(&lines),
        to_json(&payments),
        to_json(&movements),
    ]
    .map(Value::from)
    .into();
    if !keys.is_empty() {
        rows.push(to_json(&keys).into());
    }
    let form = statements::Form {
        has_keys: !keys.is_empty(),
        has_optional: !entries.iter().all(|entry| is_plain(&entry.sale))
            || !posted.iter().all(ledger::is_plain),
    };
    match tx.dialect() {
        Dialect::Postgres => tx.execute(form.of(&statements::POSTGRES), rows).await?,
        Dialect::Sqlite => {
            let count = i64::try_from(sales.len());
            let count = count.map_err(|error| StoreError::Corrupt(error.to_string()))?;
            rows.push(count.into());
            let touched = tx.execute(form.of(&statements::SQLITE), rows).await?;
            if usize::try_from(touched).ok() != Some(inserted + 1) {
                let what = "a group was not written whole";
                return Err(StoreError::Corrupt(what.to_owned()).into());
            }
            touched
        }
    };
    Ok(())
}

/// Whether a sale has nothing in its optional columns, nor in those of its payments.
fn is_plain(sale: &Sale) -> bool {
    sale.recorded_by == sale.cashier_id
        && !sale.entered_late
        && sale.note.is_none()
        && sale.external_number.is_none()
        && sale
            .payments
            .iter()
            .all(|payment| payment.account.is_none() && payment.reference.is_none())
}

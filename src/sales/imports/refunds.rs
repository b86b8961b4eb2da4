//! The returns of a history as refunds: of sales of the same file, and of sales that the shop had
//! recorded before.
//!
//! The lines that one document brings back of one sale are one refund; its goods go back to stock.

use std::collections::{BTreeMap, HashMap};

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, RefundId, SaleId, SaleLineId},
    import::ReturnedLine,
    money,
};
use store::{ColumnKind, insert_from_json, json_rows, to_json};

use super::{
    CHUNK,
    commit::{Work, stale},
    commit_sales::{Common, places_of, recorded},
    history::{Documents, ReturnLine},
};
use crate::{
    error::SalesResult,
    orders::{
        model::{Payment, Sale, SaleState},
        refunds::{
            Refund,
            payback::{Due, pay_back},
            repo::{REFUND_COLUMNS, REFUND_LINE_COLUMNS, REFUND_PAYMENT_COLUMNS, payment_rows},
        },
        repo::{self as recorded_sales, currency, word},
        shares::{LineShares, PaidBack},
        tender::Drawer,
        write::{Numbered, take_numbers},
    },
    rollups,
    shop::TaxMode,
};

/// When a document came back, on which row, and how much of each line, thousandths.
type Returned = (Timestamp, i64, BTreeMap<SaleLineId, i64>);

/// A refund, ready to be written.
#[derive(Debug)]
pub(super) struct Refunded {
    pub id: RefundId,
    pub sale_id: SaleId,
    pub location_id: LocationId,
    pub number: String,
    pub occurred_at: Timestamp,
    pub total_minor: i64,
    pub tax_minor: i64,
    pub cost_minor: i64,
    pub rounding_minor: i64,
    pub payments: Vec<Payment>,
    pub parts: Vec<RefundedPart>,
}

/// What comes back of one line.
#[derive(Debug)]
pub(super) struct RefundedPart {
    pub sale_line_id: SaleLineId,
    pub product_id: ProductId,
    pub quantity: Quantity,
    pub total_minor: i64,
    pub tax_minor: i64,
    pub cost_minor: i64,
    pub unit_cost_minor: i64,
    /// True for a line that the shop had recorded before this file.
    pub is_recorded: bool,
}

/// A line of which something comes back, wherever it stands.
#[derive(Debug, Clone, Copy)]
struct Target {
    sale_id: SaleId,
    sale_line_id: SaleLineId,
    product_id: ProductId,
    location_id: LocationId,
    shares: LineShares,
    unit_cost_minor: i64,
    is_recorded: bool,
}

/// Works the refunds out, and marks on the sales of the file what came back of them. Lines that the
/// shop had recorded are locked and must still have enough left.
pub(super) async fn draft(
    work: Work<'_>,
    common: Common,
    documents: &Documents,
    sales: &mut [Sale],
) -> SalesResult<Vec<Refunded>> {
    let places = places_of(documents);
    let mut targets = recorded_targets(work, &documents.returns).await?;
    for line in &documents.returns {
        if let ReturnedLine::Row(row) = line.of
            && let Some((sale, position)) = places.get(&row)
            && let Some(sale) = sales.get(*sale)
            && let Some(sold) = sale.lines.get(*position)
        {
            targets.entry(sold.id).or_insert(Target {
                sale_id: sale.id,
                sale_line_id: sold.id,
                product_id: sold.product_id,
                location_id: common.location_id,
                shares: LineShares {
                    sold_milli: sold.quantity.milli(),
                    total_minor: sold.total_minor,
                    tax_minor: sold.tax_minor,
                    cost_minor: sold.cost_minor,
                    tax_mode: sale.tax_mode,
                    currency: sale.currency,
                    back: PaidBack::default(),
                },
                unit_cost_minor: sold.unit_cost_minor,
                is_recorded: false,
            });
        }
    }
    let line_of = |line: &ReturnLine| match line.of {
        ReturnedLine::Recorded { sale_line_id, .. } => Some(sale_line_id),
        ReturnedLine::Row(row) => {
            let (sale, position) = places.get(&row)?;
            Some(sales.get(*sale)?.lines.get(*position)?.id)
        }
    };
    // Document by document and sale by sale, the lines of a sale line together.
    let mut groups: BTreeMap<(usize, SaleId), Returned> = BTreeMap::new();
    for line in &documents.returns {
        let target = line_of(line).and_then(|id| targets.get(&id));
        let Some(target) = target else {
            return Err(stale([(line.row, "the sale is gone".to_owned())]));
        };
        let group = groups
            .entry((line.number, target.sale_id))
            .or_insert_with(|| (line.at, line.row, BTreeMap::new()));
        group.0 = group.0.min(line.at);
        *group.2.entry(target.sale_line_id).or_default() += line.quantity.milli();
    }
    let mut ordered: Vec<_> = groups.into_iter().collect();
    ordered.sort_by_key(|(_, (at, row, _))| (*at, *row));
    let mut money = Money::load(work, common, &targets, sales).await?;
    let mut refunds = Vec::with_capacity(ordered.len());
    for ((number, sale_id), (at, row, parts)) in ordered {
        let mut priced = Vec::with_capacity(parts.len());
        for (id, quantity) in parts {
            let part = targets
                .get_mut(&id)
                .and_then(|target| take(target, quantity));
            let Some(part) = part else {
                let detail = "less than this is left of what was sold".to_owned();
                return Err(stale([(row, detail)]));
            };
            priced.push(part);
        }
        let location = priced
            .first()
            .and_then(|part| targets.get(&part.sale_line_id));
        let total_minor = money::sum(priced.iter().map(|part| part.total_minor))?;
        let payments = money.pay_back(sales, sale_id, total_minor, &targets)?;
        let paid = money::sum(payments.iter().map(|line| line.base_minor))?;
        refunds.push(Refunded {
            id: RefundId::generate(),
            sale_id,
            location_id: location.map_or(common.location_id, |target| target.location_id),
            number: documents.numbers.text(number).to_owned(),
            occurred_at: at,
            total_minor,
            rounding_minor: paid - total_minor,
            payments,
            tax_minor: money::sum(priced.iter().map(|part| part.tax_minor))?,
            cost_minor: money::sum(priced.iter().map(|part| part.cost_minor))?,
            parts: priced,
        });
    }
    mark(sales, &targets);
    Ok(refunds)
}

/// The sales of which something comes back, with their money: those of the file lie among `sales`.
struct Money {
    drawer: Drawer,
    recorded: HashMap<SaleId, Sale>,
    of_file: HashMap<SaleId, usize>,
}

impl Money {
    async fn load(
        work: Work<'_>,
        common: Common,
        targets: &HashMap<SaleLineId, Target>,
        sales: &[Sale],
    ) -> SalesResult<Self> {
        let mut ids: Vec<SaleId> = targets
            .values()
            .filter(|target| target.is_recorded)
            .map(|target| target.sale_id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let mut recorded = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            let found = recorded_sales::find_in(work.tx, chunk).await?;
            recorded.extend(found.into_iter().map(|sale| (sale.id, sale)));
        }
        let places = sales.iter().enumerate();
        Ok(Self {
            // History was paid as the file says, to the last unit.
            drawer: Drawer {
                base: common.currency,
                step_minor: 1,
            },
            recorded,
            of_file: places.map(|(place, sale)| (sale.id, place)).collect(),
        })
    }

    /// How the money of a refund went back; it is taken into account by the next one of the sale.
    fn pay_back(
        &mut self,
        sales: &mut [Sale],
        id: SaleId,
        goods_minor: i64,
        targets: &HashMap<SaleLineId, Target>,
    ) -> SalesResult<Vec<Payment>> {
        let place = self.of_file.get(&id);
        let of_file = place.and_then(|place| sales.get_mut(*place));
        let Some(sale) = of_file.or_else(|| self.recorded.get_mut(&id)) else {
            return Ok(Vec::new());
        };
        let completes = sale.lines.iter().all(|line| {
            let back = targets.get(&line.id).map(|target| target.shares.back.milli);
            back.unwrap_or(line.refunded_quantity.milli()) == line.quantity.milli()
        });
        let due = Due {
            sale,
            goods_minor,
            completes,
        };
        let payments = pay_back(due, self.drawer)?;
        let paid = money::sum(payments.iter().map(|line| line.base_minor))?;
        sale.refunds.push(Refund {
            id: RefundId::generate(),
            number: 0,
            sale_id: id,
            lines: Vec::new(),
            total_minor: goods_minor,
            tax_minor: 0,
            rounding_minor: paid - goods_minor,
            payments: payments.clone(),
            reason: String::new(),
            actor_id: sale.cashier_id,
            occurred_at: sale.occurred_at,
            recorded_at: sale.recorded_at,
        });
        Ok(payments)
    }
}

/// Takes a part of a line back; nothing when less than that is left.
fn take(target: &mut Target, quantity: i64) -> Option<RefundedPart> {
    let share = target.shares.take(quantity)?;
    Some(RefundedPart {
        sale_line_id: target.sale_line_id,
        product_id: target.product_id,
        quantity: Quantity::from_milli(quantity),
        total_minor: share.total_minor,
        tax_minor: share.tax_minor,
        cost_minor: share.cost_minor,
        unit_cost_minor: target.unit_cost_minor,
        is_recorded: target.is_recorded,
    })
}

fn mark(sales: &mut [Sale], targets: &HashMap<SaleLineId, Target>) {
    for sale in sales {
        for line in &mut sale.lines {
            if let Some(target) = targets.get(&line.id) {
                line.refunded_quantity = Quantity::from_milli(target.shares.back.milli);
            }
        }
        let is_open = sale
            .lines
            .iter()
            .any(|line| line.refunded_quantity < line.quantity);
        let is_refunded = sale
            .lines
            .iter()
            .any(|line| line.refunded_quantity.is_positive());
        sale.state = match (is_refunded, is_open) {
            (false, _) => SaleState::Completed,
            (true, true) => SaleState::PartiallyRefunded,
            (true, false) => SaleState::Refunded,
        };
    }
}

/// The recorded lines that the file brings back, their sales locked in the order of their ids.
async fn recorded_targets(
    work: Work<'_>,
    returns: &[ReturnLine],
) -> SalesResult<HashMap<SaleLineId, Target>> {
    let mut wanted: Vec<_> = returns
        .iter()
        .filter_map(|line| recorded(line.of))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let tx = work.tx;
    let source = json_rows(
        tx.dialect(),
        1,
        &[("sale_id", ColumnKind::Uuid), ("id", ColumnKind::Uuid)],
    );
    let lock = match tx.dialect() {
        store::Dialect::Sqlite => "",
        store::Dialect::Postgres => " FOR UPDATE OF sale, line",
    };
    let sql = format!(
        "SELECT line.sale_id, line.id, line.product_id, sale.location_id, line.quantity_milli, line.refunded_milli, line.total_minor, line.tax_minor, line.cost_minor, line.unit_cost_minor,
                sale.tax_mode, sale.currency
         FROM {source} AS wanted
         JOIN sale_lines AS line ON line.sale_id = wanted.sale_id AND line.id = wanted.id
         JOIN sales AS sale ON sale.id = line.sale_id
         WHERE sale.state <> 'voided' ORDER BY line.sale_id, line.id{lock}"
    );
    let mut targets = HashMap::with_capacity(wanted.len());
    for chunk in wanted.chunks(CHUNK) {
        for row in tx.rows(&sql, [to_json(chunk).into()]).await? {
            let target = Target {
                sale_id: SaleId::from_uuid(row.get(0)?),
                sale_line_id: SaleLineId::from_uuid(row.get(1)?),
                product_id: ProductId::from_uuid(row.get(2)?),
                location_id: LocationId::from_uuid(row.get(3)?),
                shares: LineShares {
                    sold_milli: row.get(4)?,
                    total_minor: row.get(6)?,
                    tax_minor: row.get(7)?,
                    cost_minor: row.get(8)?,
                    tax_mode: word(&row.get::<String>(10)?, TaxMode::parse)?,
                    currency: currency(&row.get::<String>(11)?)?,
                    back: PaidBack {
                        milli: row.get(5)?,
                        ..PaidBack::default()
                    },
                },
                unit_cost_minor: row.get(9)?,
                is_recorded: true,
            };
            targets.insert(target.sale_line_id, target);
        }
    }
    // What was paid back is read once the lines are locked: nobody adds to it any more.
    let [total, tax] =
        ["part.total_minor", "part.tax_minor"].map(|column| tx.dialect().sum(column));
    let sql = format!(
        "SELECT part.sale_line_id, {total}, {tax} FROM {source} AS wanted
         JOIN refund_lines AS part ON part.sale_id = wanted.sale_id AND part.sale_line_id = wanted.id
         GROUP BY part.sale_line_id"
    );
    for chunk in wanted.chunks(CHUNK) {
        for row in tx.rows(&sql, [to_json(chunk).into()]).await? {
            if let Some(target) = targets.get_mut(&SaleLineId::from_uuid(row.get(0)?)) {
                target.shares.back.total_minor = row.get(1)?;
                target.shares.back.tax_minor = row.get(2)?;
            }
        }
    }
    Ok(targets)
}

/// Numbers the refunds in the order of time and writes them; lines that were recorded before are
/// marked here.
pub(super) async fn write(work: Work<'_>, common: Common, refunds: &[Refunded]) -> SalesResult<()> {
    if refunds.is_empty() {
        return Ok(());
    }
    let tx = work.tx;
    let last = take_numbers(tx, Numbered::Refund, refunds.len()).await?;
    let first = last - i64::try_from(refunds.len()).unwrap_or(last) + 1;
    let numbered: Vec<_> = (first..).zip(refunds).collect();
    for chunk in numbered.chunks(CHUNK) {
        let headers: Vec<_> = chunk
            .iter()
            .map(|(number, refund)| {
                (
                    refund.id,
                    number,
                    refund.sale_id,
                    refund.total_minor,
                    refund.tax_minor,
                    refund.cost_minor,
                    refund.rounding_minor,
                    refund.total_minor + refund.rounding_minor,
                    format!("Import: {}", refund.number),
                    common.cashier_id,
                    refund.number.as_str(),
                    work.import.id,
                    refund.occurred_at.micros(),
                    work.at.micros(),
                )
            })
            .collect();
        let sql = insert_from_json(tx.dialect(), "refunds", REFUND_COLUMNS, 1);
        tx.execute(&sql, [to_json(&headers).into()]).await?;
        let parts: Vec<_> = chunk
            .iter()
            .flat_map(|(_, refund)| {
                refund.parts.iter().map(|part| {
                    (
                        refund.id,
                        refund.sale_id,
                        part.sale_line_id,
                        part.quantity.milli(),
                        part.total_minor,
                        part.tax_minor,
                        part.cost_minor,
                        true,
                    )
                })
            })
            .collect();
        let sql = insert_from_json(tx.dialect(), "refund_lines", REFUND_LINE_COLUMNS, 1);
        tx.execute(&sql, [to_json(&parts).into()]).await?;
        let payments: Vec<_> = chunk
            .iter()
            .flat_map(|(_, refund)| payment_rows(refund.id, refund.sale_id, &refund.payments))
            .collect();
        let sql = insert_from_json(tx.dialect(), "refund_payments", REFUND_PAYMENT_COLUMNS, 1);
        tx.execute(&sql, [to_json(&payments).into()]).await?;
    }
    mark_recorded(work, refunds).await?;
    let written: Vec<_> = refunds
        .iter()
        .map(|refund| (refund.sale_id, refund.id))
        .collect();
    for chunk in written.chunks(CHUNK) {
        rollups::correct::add_refunds(tx, chunk).await?;
    }
    Ok(())
}

async fn mark_recorded(work: Work<'_>, refunds: &[Refunded]) -> SalesResult<()> {
    let mut back: BTreeMap<(SaleId, SaleLineId), i64> = BTreeMap::new();
    for refund in refunds {
        for part in refund.parts.iter().filter(|part| part.is_recorded) {
            let key = (refund.sale_id, part.sale_line_id);
            *back.entry(key).or_default() += part.quantity.milli();
        }
    }
    let lines: Vec<_> = back
        .into_iter()
        .map(|((sale, line), quantity)| (sale, line, quantity))
        .collect();
    let dialect = work.tx.dialect();
    let source = json_rows(
        dialect,
        1,
        &[
            ("sale_id", ColumnKind::Uuid),
            ("id", ColumnKind::Uuid),
            ("quantity", ColumnKind::Int),
        ],
    );
    for chunk in lines.chunks(CHUNK) {
        let json = to_json(chunk);
        let sql = format!(
            "UPDATE sale_lines SET refunded_milli = refunded_milli + back.quantity FROM {source} AS back
             WHERE sale_lines.sale_id = back.sale_id AND sale_lines.id = back.id"
        );
        work.tx.execute(&sql, [json.as_str().into()]).await?;
        let sql = format!(
            "UPDATE sales SET state = CASE WHEN EXISTS (
                 SELECT 1 FROM sale_lines AS line WHERE line.sale_id = sales.id AND line.refunded_milli < line.quantity_milli
             ) THEN 'partially_refunded' ELSE 'refunded' END
             WHERE id IN (SELECT sale_id FROM {source} AS back)"
        );
        work.tx.execute(&sql, [json.into()]).await?;
    }
    Ok(())
}

//! The returns of a history as refunds: of sales in the same file, and of sales recorded before.
//!
//! The lines of one document that return goods of one sale become one refund. Its goods go back to
//! stock.

use std::collections::{BTreeMap, HashMap};

use files::read::staged::ReturnedLine;
use kernel::{
    Quantity, Timestamp,
    ids::{SaleId, SaleLineId},
};

use super::{
    CHUNK,
    history::{Documents, ReturnLine},
    work::{Common, Work, stale},
};
use crate::{
    error::SalesResult,
    orders::{
        model::{
            Sale, SaleState,
            refund::{Goods, Refund},
        },
        refunds::{
            draft::{Drafted, RefundParticulars, Returns, goods_minor},
            payback::{Due, pay_back},
            write as rows,
        },
        repo as recorded_sales,
        write::numbers::{Numbered, take_numbers},
    },
    rollups,
};

/// The refunds of a file.
pub(super) struct Returned {
    /// In the order of time.
    pub refunds: Vec<Drafted>,
    /// Sales recorded before, of which something comes back.
    recorded: HashMap<SaleId, Sale>,
}

/// What one document returns of one sale.
struct Bundle {
    at: Timestamp,
    row: i64,
    /// By line, thousandths.
    lines: BTreeMap<SaleLineId, i64>,
}

/// Computes the refunds and marks on the file's sales what came back. Sales recorded before are
/// locked and must still have enough left.
pub(super) async fn draft(
    work: Work<'_>,
    common: Common,
    documents: &Documents,
    sales: &mut [Sale],
) -> SalesResult<Returned> {
    let mut recorded = recorded_sales_of(work, &documents.returns).await?;
    let of_recorded = recorded.values();
    let mut returns: HashMap<SaleId, Returns> = of_recorded
        .map(|sale| (sale.id, Returns::of(sale)))
        .collect();
    let (ordered, of_file) = bundles_of(documents, sales, &returns)?;
    let mut refunds = Vec::with_capacity(ordered.len());
    for ((number, id), bundle) in ordered {
        let place = of_file.get(&id).copied();
        let sale = match place {
            Some(place) => sales.get_mut(place),
            None => recorded.get_mut(&id),
        };
        let Some(sale) = sale else { continue };
        let back = returns.entry(id).or_insert_with(|| Returns::of(sale));
        let number = documents.numbers.text(number);
        let drafted = refund_of(work, common, number, bundle, (sale, back))?;
        // The next refund of the sale needs to know how this one was paid.
        sale.refunds.push(Refund {
            lines: Vec::new(),
            ..drafted.refund.clone()
        });
        refunds.push(drafted);
    }
    for (id, back) in &returns {
        if let Some(sale) = of_file.get(id).and_then(|place| sales.get_mut(*place)) {
            back.mark(sale);
        }
    }
    Ok(Returned { refunds, recorded })
}

/// Bundles in the order of time, and the positions of the file's sales that they return.
type Bundles = (Vec<((usize, SaleId), Bundle)>, HashMap<SaleId, usize>);

/// What comes back, by document and sale. `returns` are those of sales recorded before.
fn bundles_of(
    documents: &Documents,
    sales: &[Sale],
    returns: &HashMap<SaleId, Returns>,
) -> SalesResult<Bundles> {
    let places = documents.places();
    let mut of_file: HashMap<SaleId, usize> = HashMap::new();
    let mut bundles: BTreeMap<(usize, SaleId), Bundle> = BTreeMap::new();
    for line in &documents.returns {
        let found = match line.of {
            ReturnedLine::Recorded {
                sale_id,
                sale_line_id,
            } => {
                let back = returns.get(&sale_id);
                let left = back.and_then(|back| back.left(sale_line_id));
                left.map(|_| (sale_id, sale_line_id))
            }
            ReturnedLine::Row(row) => places.get(&row).and_then(|(place, position)| {
                let sale = sales.get(*place)?;
                of_file.insert(sale.id, *place);
                Some((sale.id, sale.lines.get(*position)?.id))
            }),
        };
        let Some((sale_id, line_id)) = found else {
            return Err(stale([(line.row, "the sale is gone".to_owned())]));
        };
        let bundle = bundles
            .entry((line.number, sale_id))
            .or_insert_with(|| Bundle {
                at: line.at,
                row: line.row,
                lines: BTreeMap::new(),
            });
        bundle.at = bundle.at.min(line.at);
        *bundle.lines.entry(line_id).or_default() += line.quantity.milli();
    }
    let mut ordered: Vec<_> = bundles.into_iter().collect();
    ordered.sort_by_key(|(_, bundle)| (bundle.at, bundle.row));
    Ok((ordered, of_file))
}

/// One refund, paid the way its sale was paid.
fn refund_of(
    work: Work<'_>,
    common: Common,
    number: &str,
    bundle: Bundle,
    (sale, back): (&Sale, &mut Returns),
) -> SalesResult<Drafted> {
    let mut parts = Vec::with_capacity(bundle.lines.len());
    for (line, milli) in bundle.lines {
        let quantity = Quantity::from_milli(milli);
        let Some(part) = back.take(sale, line, quantity, Goods::Resaleable) else {
            let detail = "less than this is left of what was sold".to_owned();
            return Err(stale([(bundle.row, detail)]));
        };
        parts.push(part);
    }
    let due = Due {
        sale,
        goods_minor: goods_minor(&parts)?,
        completes: back.is_whole(),
    };
    let payments = pay_back(due, common.drawer())?;
    let particulars = RefundParticulars {
        id: None,
        external_number: Some(number.to_owned()),
        reason: format!("Import: {number}"),
        actor_id: common.cashier_id,
        occurred_at: bundle.at,
        recorded_at: work.at,
    };
    Ok(Drafted::of(sale, parts, payments, particulars)?)
}

/// The sales recorded before of which the file returns something, locked in the order of their ids.
async fn recorded_sales_of(
    work: Work<'_>,
    returns: &[ReturnLine],
) -> SalesResult<HashMap<SaleId, Sale>> {
    let mut ids: Vec<SaleId> = returns
        .iter()
        .filter_map(|line| match line.of {
            ReturnedLine::Row(_) => None,
            ReturnedLine::Recorded { sale_id, .. } => Some(sale_id),
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut recorded = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let found = recorded_sales::lock_all(work.tx, chunk).await?;
        let standing = found
            .into_iter()
            .filter(|sale| sale.state != SaleState::Voided);
        recorded.extend(standing.map(|sale| (sale.id, sale)));
    }
    Ok(recorded)
}

/// Numbers the refunds in the order of time and writes them. Marks sales recorded before.
pub(super) async fn write(work: Work<'_>, returned: &mut Returned) -> SalesResult<()> {
    let Returned { refunds, recorded } = returned;
    if refunds.is_empty() {
        return Ok(());
    }
    let tx = work.tx;
    let numbers = take_numbers(tx, Numbered::Refund, refunds.len()).await?;
    for (drafted, number) in refunds.iter_mut().zip(numbers) {
        drafted.refund.number = number;
    }
    for chunk in refunds.chunks(CHUNK) {
        rows::insert(tx, chunk, Some(work.import.id)).await?;
    }
    let of_recorded = refunds.iter();
    let of_recorded = of_recorded.filter(|one| recorded.contains_key(&one.refund.sale_id));
    rows::mark(tx, of_recorded, CHUNK).await?;
    let written: Vec<_> = refunds
        .iter()
        .map(|drafted| (drafted.refund.sale_id, drafted.refund.id))
        .collect();
    for chunk in written.chunks(CHUNK) {
        rollups::correct::add_refunds(tx, chunk).await?;
    }
    Ok(())
}

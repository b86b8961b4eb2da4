//! Committing a file of sales history: missing products, stock, sales, refunds, in this order; the
//! numbers of the sales are taken as late as possible, since every till waits for them.

use std::collections::{BTreeMap, HashMap};

use kernel::{
    Code, Currency, Problem, Quantity, Timestamp,
    figure::figure,
    ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
    import::{ReturnedLine, SaleValues},
    money,
};
use serde_json::{Map, Value, json};
use store::{StoreError, insert_from_json, to_json};

use super::{
    CHUNK,
    commit::{Work, object, stale},
    facts::{Source, recorded_invoices},
    history::{Documents, History, Invoice, supply_of},
    refunds::{self, Refunded},
    repo,
};
use crate::{
    catalogue::products::{NewProduct, OrderingRule},
    error::{SalesError, SalesResult},
    inventory::{
        held::Held,
        ledger::{MovementKind, StockMove, move_imported_history},
        locations,
        products::{ProductCard, load_cards},
    },
    orders::{
        model::{Payment, Sale, SaleLine, SaleState},
        pricing::{LinePrice, PricedItem, PricingError, Terms, price_cart},
        tender::PaymentMethod,
        write::{
            LINE_COLUMNS, Numbered, PAYMENT_COLUMNS, SALE_COLUMNS, line_rows, payment_rows,
            sale_row, take_numbers,
        },
    },
    shop::{self, TaxMode},
};

/// What every sale of the file has in common.
#[derive(Clone, Copy)]
pub(super) struct Common {
    pub currency: Currency,
    pub tax_mode: TaxMode,
    pub location_id: LocationId,
    pub cashier_id: UserId,
}

pub(super) async fn commit(work: Work<'_>) -> SalesResult<Map<String, Value>> {
    let shop = shop::load_in(work.tx).await?;
    let common = Common {
        currency: shop.currency,
        tax_mode: shop.tax_mode,
        location_id: locations::default_location(work.tx).await?,
        cashier_id: cashier(work).await?,
    };
    let history = load(work).await?;
    check_not_recorded(work, &history).await?;
    let (products, made) = resolve_products(work, &history).await?;
    let cards = load_cards(work.tx, products.values().copied()).await?;
    let documents = history.into_documents();
    let mut sales = draft_sales(common, &documents, &products, &cards, work.at)?;
    let returned = refunds::draft(work, common, &documents, &mut sales).await?;
    move_history(work, common, &sales, &returned).await?;
    write_sales(work, &mut sales).await?;
    refunds::write(work, common, &returned).await?;
    let whole = |amounts: i128| figure(amounts).map_err(|_| Problem::of(Code::FigureOutOfRange));
    let refunded = returned.iter().map(|refund| i128::from(refund.total_minor));
    let tax_on_top = |sale: &Sale| match common.tax_mode {
        TaxMode::Included => 0,
        TaxMode::Added => sale.tax_minor,
    };
    let sold = sales
        .iter()
        .map(|sale| i128::from(sale.total_minor - tax_on_top(sale)));
    Ok(object(json!({
        "sales": sales.len(),
        "refunds": returned.len(),
        "products_new": made,
        "sold_minor": whole(sold.sum())?,
        "refunds_minor": whole(refunded.sum())?,
    })))
}

/// Sales have a cashier: who sent the file, or, from the command line, the oldest owner.
async fn cashier(work: Work<'_>) -> SalesResult<UserId> {
    if let Some(id) = work.actor.user_id {
        return Ok(id);
    }
    let sql = "SELECT id FROM users WHERE role = 'admin' ORDER BY created_at_us, id LIMIT 1";
    let row = work.tx.row(sql, []).await?.ok_or_else(|| {
        Problem::new(
            Code::UnknownReference,
            "The shop has no owner yet, and sales need somebody who made them. Create one first.",
        )
    })?;
    Ok(UserId::from_uuid(row.get(0)?))
}

async fn load(work: Work<'_>) -> SalesResult<History> {
    let mut history = History::default();
    let mut after = 0;
    loop {
        let rows = repo::rows_to_commit(work.tx, work.import.id, after, CHUNK).await?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        for row in rows {
            let values: SaleValues = serde_json::from_value(row.values)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            if !history.add(row.row, values) {
                return Err(StoreError::Corrupt(format!("row {} is not whole", row.row)).into());
            }
        }
    }
    Ok(history)
}

async fn check_not_recorded(work: Work<'_>, history: &History) -> SalesResult<()> {
    let recorded = recorded_invoices(Source::Tx(work.tx), &history.numbers()).await?;
    if recorded.is_empty() {
        return Ok(());
    }
    let named: Vec<&str> = recorded.iter().take(20).map(String::as_str).collect();
    let detail = format!(
        "invoices that were recorded in between: {}",
        named.join(", ")
    );
    Err(stale([(0, detail)]))
}

/// The products of the file; those that the shop does not know are made. A file of history is no
/// price list: what is known keeps its name and its price.
async fn resolve_products(
    work: Work<'_>,
    history: &History,
) -> SalesResult<(HashMap<usize, ProductId>, usize)> {
    let numbers: Vec<usize> = history.sku_numbers().collect();
    let mut products = HashMap::with_capacity(numbers.len());
    for chunk in numbers.chunks(CHUNK) {
        let skus: Vec<&str> = chunk.iter().map(|sku| history.skus.text(*sku)).collect();
        let found = work.catalogue.find_by_sku(work.tx, &skus).await?;
        for sku in chunk {
            if let Some(id) = found.get(history.skus.text(*sku)) {
                products.insert(*sku, *id);
            }
        }
    }
    let mut missing: Vec<usize> = numbers
        .into_iter()
        .filter(|sku| !products.contains_key(sku))
        .collect();
    missing.sort_by_key(|sku| history.skus.text(*sku));
    let described = history.describe(&missing);
    for chunk in missing.chunks(CHUNK) {
        let new: Vec<NewProduct> = chunk
            .iter()
            .map(|sku| {
                let (name, price_minor) = described.get(sku).cloned().unwrap_or_default();
                NewProduct {
                    sku: history.skus.text(*sku).to_owned(),
                    name,
                    barcodes: Vec::new(),
                    category_id: None,
                    unit: "piece".to_owned(),
                    price_minor,
                    cost_minor: 0,
                    tax_rate_bp: 0,
                    reorder_level: Quantity::ZERO,
                    ordering: OrderingRule::default(),
                    initial_stock: Quantity::ZERO,
                }
            })
            .collect();
        let made = work
            .catalogue
            .create_products(work.tx, work.actor, &new)
            .await?;
        products.extend(chunk.iter().copied().zip(made));
    }
    Ok((products, missing.len()))
}

/// The sales of the file, priced and paid with the exact total in cash; their numbers are zero.
fn draft_sales(
    common: Common,
    documents: &Documents,
    products: &HashMap<usize, ProductId>,
    cards: &BTreeMap<ProductId, ProductCard>,
    at: Timestamp,
) -> SalesResult<Vec<Sale>> {
    let terms = Terms {
        tax_mode: common.tax_mode,
        currency: common.currency,
    };
    documents
        .invoices
        .iter()
        .map(|invoice| {
            let known: Vec<_> = invoice
                .lines
                .iter()
                .map(|line| {
                    let id = products.get(&line.sku);
                    id.and_then(|id| Some((line, *id, cards.get(id)?)))
                        .ok_or_else(|| stale([(line.row, "the product is gone".to_owned())]))
                })
                .collect::<Result<_, _>>()?;
            let items: Vec<PricedItem> = known
                .iter()
                .map(|(line, _, card)| PricedItem {
                    quantity: line.quantity,
                    unit_price_minor: line.unit_price_minor,
                    discount_minor: line.discount_minor,
                    tax_rate_bp: card.tax_rate_bp,
                })
                .collect();
            let priced =
                price_cart(&items, 0, terms).map_err(|error| refuse_price(error, invoice))?;
            let lines: SalesResult<Vec<SaleLine>> = known
                .into_iter()
                .zip(&priced)
                .map(|((line, product_id, card), price)| {
                    Ok(SaleLine {
                        id: SaleLineId::generate(),
                        product_id,
                        product_name: card.name.clone(),
                        quantity: line.quantity,
                        unit: card.unit.clone(),
                        unit_price_minor: line.unit_price_minor,
                        discount_minor: price.discount_minor,
                        tax_rate_bp: card.tax_rate_bp,
                        tax_minor: price.tax_minor,
                        total_minor: price.total_minor,
                        refunded_quantity: Quantity::ZERO,
                        unit_cost_minor: card.cost_minor,
                        cost_minor: money::extend(card.cost_minor, line.quantity)?,
                    })
                })
                .collect();
            sale_of(common, documents, invoice, lines?, &priced, at)
        })
        .collect()
}

/// A line of the file that has no price.
fn refuse_price(error: PricingError, invoice: &Invoice) -> SalesError {
    let row = |position: usize| invoice.lines.get(position).map_or(0, |line| line.row);
    match error {
        PricingError::Money(_) => Problem::of(kernel::Code::AmountOutOfRange).into(),
        PricingError::LineDiscount(position) | PricingError::FineLineDiscount(position) => {
            stale([(row(position), error.to_string())])
        }
        PricingError::CartDiscount | PricingError::FineCartDiscount => {
            stale([(row(0), error.to_string())])
        }
    }
}

fn sale_of(
    common: Common,
    documents: &Documents,
    invoice: &Invoice,
    lines: Vec<SaleLine>,
    priced: &[LinePrice],
    at: Timestamp,
) -> SalesResult<Sale> {
    let sum = |amount: fn(&LinePrice) -> i64| money::sum(priced.iter().map(amount));
    let total_minor = money::sum_of_sale(priced.iter().map(|line| line.total_minor))?;
    money::sum_of_sale(lines.iter().map(|line| line.cost_minor))?;
    let payment = Payment::in_base(PaymentMethod::Cash, common.currency, total_minor);
    Ok(Sale {
        id: SaleId::generate(),
        number: 0,
        state: SaleState::Completed,
        currency: common.currency,
        tax_mode: common.tax_mode,
        subtotal_minor: sum(|line| line.subtotal_minor)?,
        discount_minor: sum(|line| line.discount_minor)?,
        tax_minor: sum(|line| line.tax_minor)?,
        total_minor,
        rounding_minor: 0,
        // What was given away for nothing was not paid.
        payments: (total_minor > 0).then_some(payment).into_iter().collect(),
        change: Vec::new(),
        change_minor: 0,
        refunds: Vec::new(),
        location_id: common.location_id,
        cashier_id: common.cashier_id,
        recorded_by: common.cashier_id,
        entered_late: false,
        note: None,
        external_number: Some(documents.numbers.text(invoice.number).to_owned()),
        occurred_at: invoice.at,
        recorded_at: at,
        voided_at: None,
        void_reason: None,
        lines,
    })
}

/// Something that a history does to the stock of a product.
#[derive(Clone, Copy)]
struct Event {
    product_id: ProductId,
    location_id: LocationId,
    at: Timestamp,
    /// Thousandths that go out; negative ones come back.
    taken: i64,
    kind: MovementKind,
    reference_id: uuid::Uuid,
    unit_cost_minor: Option<i64>,
}

/// Moves the stock of the history: product by product, each supplied before its first sale.
async fn move_history(
    work: Work<'_>,
    common: Common,
    sales: &[Sale],
    returned: &[Refunded],
) -> SalesResult<()> {
    let sold = sales.iter().flat_map(|sale| {
        sale.lines.iter().map(|line| Event {
            product_id: line.product_id,
            location_id: common.location_id,
            at: sale.occurred_at,
            taken: line.quantity.milli(),
            kind: MovementKind::Sale,
            reference_id: sale.id.as_uuid(),
            unit_cost_minor: None,
        })
    });
    let back = returned.iter().flat_map(|refund| {
        refund.parts.iter().map(|part| Event {
            product_id: part.product_id,
            location_id: refund.location_id,
            at: refund.occurred_at,
            taken: -part.quantity.milli(),
            kind: MovementKind::Refund,
            reference_id: refund.id.as_uuid(),
            unit_cost_minor: Some(part.unit_cost_minor),
        })
    });
    let mut events: Vec<Event> = sold.chain(back).collect();
    // Stable: what happened at the same instant keeps the order in which it was written.
    events.sort_by_key(|event| (event.product_id, event.location_id, event.at));
    let mut moves: Vec<StockMove> = Vec::with_capacity(CHUNK);
    for run in
        events.chunk_by(|a, b| (a.product_id, a.location_id) == (b.product_id, b.location_id))
    {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let (supply, rest) = supply_of(run.iter().map(|event| event.taken));
        let own = |event: &Event, taken: i64| Event {
            at: event.at,
            taken,
            kind: MovementKind::Import,
            reference_id: work.import.id.as_uuid(),
            unit_cost_minor: None,
            ..*event
        };
        let before = (supply > 0).then(|| own(first, -supply));
        let after = (rest > 0).then(|| own(last, rest));
        for event in before.iter().chain(run).chain(&after) {
            moves.push(StockMove {
                product_id: event.product_id,
                location_id: event.location_id,
                delta: Quantity::from_milli(-event.taken),
                kind: event.kind,
                reference_id: Some(event.reference_id),
                unit_cost_minor: event.unit_cost_minor,
                reason: None,
                actor_id: work.actor.user_id,
                occurred_at: event.at,
            });
            if moves.len() >= CHUNK {
                write_history(work, &moves).await?;
                moves.clear();
            }
        }
    }
    write_history(work, &moves).await
}

async fn write_history(work: Work<'_>, moves: &[StockMove]) -> SalesResult<()> {
    let held = Held::take(work.tx, work.clock, moves.iter().map(StockMove::level)).await?;
    move_imported_history(work.tx, held, moves).await
}

/// Numbers the sales in the order of time and writes them.
async fn write_sales(work: Work<'_>, sales: &mut [Sale]) -> SalesResult<()> {
    if sales.is_empty() {
        return Ok(());
    }
    let last = take_numbers(work.tx, Numbered::Sale, sales.len()).await?;
    let first = last - i64::try_from(sales.len()).unwrap_or(last) + 1;
    for (number, sale) in (first..).zip(sales.iter_mut()) {
        sale.number = number;
    }
    let dialect = work.tx.dialect();
    let import_id = Some(work.import.id.as_uuid());
    let mut rest: &[Sale] = sales;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(sales_in_chunk(rest));
        rest = behind;
        let headers: Vec<_> = chunk.iter().map(|sale| sale_row(sale, import_id)).collect();
        let lines: Vec<_> = chunk.iter().flat_map(line_rows).collect();
        let payments: Vec<_> = chunk.iter().flat_map(payment_rows).collect();
        for (table, columns, rows) in [
            ("sales", SALE_COLUMNS, to_json(&headers)),
            ("sale_lines", LINE_COLUMNS, to_json(&lines)),
            ("payments", PAYMENT_COLUMNS, to_json(&payments)),
        ] {
            let sql = insert_from_json(dialect, table, columns, 1);
            work.tx.execute(&sql, [rows.into()]).await?;
        }
    }
    Ok(())
}

/// How many sales make a statement of a few thousand lines; at least one.
fn sales_in_chunk(sales: &[Sale]) -> usize {
    let mut lines = 0;
    let fitting = sales
        .iter()
        .take_while(|sale| {
            lines += sale.lines.len();
            lines <= CHUNK
        })
        .count();
    fitting.max(1)
}

/// Where the lines of a file became lines of sales: row -> place among `sales` and their lines.
pub(super) fn places_of(documents: &Documents) -> HashMap<i64, (usize, usize)> {
    let mut places = HashMap::new();
    for (sale, invoice) in documents.invoices.iter().enumerate() {
        for (position, line) in invoice.lines.iter().enumerate() {
            places.insert(line.row, (sale, position));
        }
    }
    places
}

/// The line that a return brings back, when it is one of the shop's own.
pub(super) fn recorded(of: ReturnedLine) -> Option<(SaleId, SaleLineId)> {
    match of {
        ReturnedLine::Row(_) => None,
        ReturnedLine::Recorded {
            sale_id,
            sale_line_id,
        } => Some((sale_id, sale_line_id)),
    }
}

//! Commits a sales history: missing products, stock, sales, refunds. Sale numbers are taken as late as
//! possible, since every till waits for them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use files::read::staged::SaleValues;
use kernel::{
    Amount, Code, MoneyError, Problem, Quantity, Timestamp,
    figure::figure,
    ids::{ProductId, UserId},
};
use serde_json::json;
use store::{Dialect, Prepared, Source, StoreError};

use super::{
    CHUNK,
    ahead::Ahead,
    facts::recorded_invoices,
    history::{Documents, History, Invoice, SoldLine, supply_of},
    refunds::{self, Returned},
    trace,
    work::{Common, Done, Work, object, stale},
};
use crate::{
    catalogue::products::{NewProduct, OrderingRule},
    error::{SalesError, SalesResult},
    inventory::{
        ledger::move_imported_history,
        locations,
        movement::{MovementKind, StockMove},
        products::{ProductCard, hold_units, load_cards},
    },
    orders::{
        draft::{Cart, CartError, CartLine, Particulars, moves_of},
        model::{
            Sale,
            money::{Payment, PaymentMethod},
        },
        pricing::{PricingError, Terms},
        refunds::draft::Drafted,
        tender::settle,
        write::{
            SaleRows,
            numbers::{Numbered, take_numbers},
        },
    },
    shop_reader::{self, TaxMode},
};

pub(super) async fn commit(work: Work<'_>, history: History) -> SalesResult<Done> {
    let shop = shop_reader::load_in(work.tx).await?;
    let common = Common {
        terms: Terms {
            tax_mode: shop.tax_mode,
            currency: shop.currency,
        },
        location_id: locations::default_location(work.tx).await?,
        cashier_id: cashier(work).await?,
    };
    check_not_recorded(work, &history).await?;
    let (products, made) = resolve_products(work, &history).await?;
    // Sorted, and before the levels: each line would lock its product in the order of the file.
    hold_units(work.tx, products.values().copied()).await?;
    let cards = load_cards(work.tx, products.values().copied()).await?;
    let documents = history.into_documents();
    let mut sales = draft_sales(common, &documents, &products, &cards, work.at)?;
    let mut returned = refunds::draft(work, common, &documents, &mut sales).await?;
    let sales = Arc::new(sales);
    write(work, &sales, &mut returned).await?;
    let whole = |amounts: i128| figure(amounts).map_err(|_| Problem::of(Code::FigureOutOfRange));
    let refunded = returned.refunds.iter();
    let refunded = refunded.map(|drafted| i128::from(drafted.refund.total_minor));
    let tax_on_top = |sale: &Sale| match common.terms.tax_mode {
        TaxMode::Included => Amount::ZERO,
        TaxMode::Added => sale.tax_minor,
    };
    let sold = sales
        .iter()
        .map(|sale| i128::from(sale.total_minor - tax_on_top(sale)));
    let effects = object(json!({
        "sales": sales.len(),
        "refunds": returned.refunds.len(),
        "products_new": made,
        "sold_minor": whole(sold.sum())?,
        "refunds_minor": whole(refunded.sum())?,
    }));
    Ok(Done {
        effects,
        count_id: None,
    })
}

/// The cashier of the sales: the user who sent the file, or the oldest owner for the command line.
async fn cashier(work: Work<'_>) -> SalesResult<UserId> {
    if let Some(id) = work.actor.user_id {
        return Ok(id);
    }
    let sql = "SELECT id FROM users WHERE role = 'admin' ORDER BY created_at_us, id LIMIT 1";
    let id = work.tx.value(sql, []).await?;
    Ok(id.ok_or_else(|| {
        Problem::new(
            Code::UnknownReference,
            "The shop has no owner yet, and sales need a cashier. Create an owner first.",
        )
    })?)
}

/// Reads a whole history.
pub(super) async fn load(mut ahead: Ahead<SaleValues>) -> SalesResult<History> {
    let mut history = History::default();
    while let Some(rows) = ahead.next().await? {
        for row in rows {
            if !history.add(row.line, row.values) {
                return Err(StoreError::Corrupt(format!("row {} is not whole", row.line)).into());
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

/// The products of the file; unknown ones are created. A history is no price list: known products
/// keep their name and price.
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
                Ok(NewProduct {
                    sku: history.skus.text(*sku).to_owned(),
                    name,
                    barcodes: Vec::new(),
                    category_id: None,
                    unit: "piece".to_owned(),
                    price_minor: Amount::new(price_minor)?,
                    cost_minor: Amount::ZERO,
                    tax_rate_bp: 0,
                    reorder_level: Quantity::ZERO,
                    ordering: OrderingRule::default(),
                    initial_stock: Quantity::ZERO,
                })
            })
            .collect::<Result<_, MoneyError>>()?;
        let made = work
            .catalogue
            .create_products(work.tx, work.actor, &new)
            .await?;
        let noted = trace::prepare_made(work.tx.dialect(), work.import.id, &made);
        work.tx.insert_prepared(noted).await?;
        products.extend(chunk.iter().copied().zip(made));
    }
    Ok((products, missing.len()))
}

/// The sales of the file, priced and paid with the exact total in cash. Their numbers are zero.
fn draft_sales(
    common: Common,
    documents: &Documents,
    products: &HashMap<usize, ProductId>,
    cards: &BTreeMap<ProductId, ProductCard>,
    at: Timestamp,
) -> SalesResult<Vec<Sale>> {
    let invoices = documents.invoices.iter();
    let sales = invoices.map(|invoice| {
        let lines: Vec<CartLine<'_>> = invoice
            .lines
            .iter()
            .map(|line| {
                let id = products.get(&line.sku);
                let known = id.and_then(|id| Some((*id, cards.get(id)?)));
                let gone = || stale([(line.row, "the product is gone".to_owned())]);
                let (id, card) = known.ok_or_else(gone)?;
                Ok(cart_line(line, id, card)?)
            })
            .collect::<SalesResult<_>>()?;
        let cart = Cart::price(&lines, Amount::ZERO, common.terms)
            .map_err(|error| refuse_cart(error, invoice))?;
        let due = cart.total_minor;
        let cash = Payment::in_base(PaymentMethod::Cash, common.terms.currency, due);
        // Goods for nothing have no payment.
        let payments: Vec<Payment> = (due > 0).then_some(cash).into_iter().collect();
        let settled = settle(due, &payments, None, common.drawer())?;
        let particulars = Particulars {
            id: None,
            location_id: common.location_id,
            cashier_id: common.cashier_id,
            recorded_by: common.cashier_id,
            entered_late: false,
            note: None,
            external_number: Some(documents.numbers.text(invoice.number).to_owned()),
            discount_reason: None,
            occurred_at: invoice.at,
            recorded_at: at,
        };
        Ok(cart.into_sale(particulars, payments, settled))
    });
    sales.collect()
}

/// A line of the file at the file's price.
fn cart_line<'a>(
    line: &SoldLine,
    product_id: ProductId,
    card: &'a ProductCard,
) -> Result<CartLine<'a>, MoneyError> {
    Ok(CartLine {
        id: None,
        product_id,
        card,
        quantity: line.quantity,
        unit_price_minor: Amount::new(line.unit_price_minor)?,
        discount_minor: Amount::new(line.discount_minor)?,
    })
}

/// Refuses lines that cannot become a sale.
fn refuse_cart(error: CartError, invoice: &Invoice) -> SalesError {
    let row = |position: usize| invoice.lines.get(position).map_or(0, |line| line.row);
    match error {
        CartError::Price(PricingError::Money(_)) => Problem::of(Code::AmountOutOfRange).into(),
        CartError::Price(
            error @ (PricingError::LineDiscount(position)
            | PricingError::FineLineDiscount(position)),
        ) => stale([(row(position), error.to_string())]),
        CartError::Price(error @ (PricingError::CartDiscount | PricingError::FineCartDiscount)) => {
            stale([(row(0), error.to_string())])
        }
        CartError::Amount(error) | CartError::Whole(error) => error.into(),
    }
}

/// Writes a history. Every till waits for the numbers of sales, and those that sell the same products
/// wait for their levels: on `PostgreSQL` these are taken last, after the lines and the payments. On
/// `SQLite` nobody else writes anyway.
async fn write(work: Work<'_>, sales: &Arc<Vec<Sale>>, returned: &mut Returned) -> SalesResult<()> {
    match work.tx.dialect() {
        Dialect::Sqlite => {
            move_history(work, sales, &returned.refunds).await?;
            write_sales(work, sales).await?;
            write_details(work, sales).await?;
        }
        Dialect::Postgres => {
            let sql = "SET CONSTRAINTS sale_lines_sale_id_fkey, payments_sale_id_fkey DEFERRED";
            work.tx.execute(sql, []).await?;
            write_details(work, sales).await?;
            move_history(work, sales, &returned.refunds).await?;
            write_sales(work, sales).await?;
        }
    }
    refunds::write(work, returned).await
}

/// Moves the stock of the history, product by product. Each product gets its supply before its first
/// sale.
async fn move_history(work: Work<'_>, sales: &[Sale], returned: &[Drafted]) -> SalesResult<()> {
    let actor = work.actor.user_id;
    let sold = sales.iter().flat_map(|sale| moves_of(sale, actor));
    let back = returned
        .iter()
        .flat_map(|drafted| drafted.moves(actor, None));
    let mut all: Vec<StockMove> = sold.chain(back).collect();
    // A stable sort: events at the same instant keep their order.
    all.sort_by_key(|moved| (moved.level(), moved.occurred_at));
    let mut moves: Vec<StockMove> = Vec::with_capacity(all.len());
    for run in all.chunk_by(|a, b| a.level() == b.level()) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            continue;
        };
        let (supply, rest) = supply_of(run.iter().map(|moved| -moved.delta.milli()));
        let own = |beside: &StockMove, milli: i64| StockMove {
            delta: Quantity::from_milli(milli),
            kind: MovementKind::Import,
            reference_id: Some(work.import.id.as_uuid()),
            unit_cost_minor: None,
            ..beside.clone()
        };
        moves.extend((supply > 0).then(|| own(first, supply)));
        moves.extend_from_slice(run);
        moves.extend((rest > 0).then(|| own(last, -rest)));
    }
    drop(all);
    move_imported_history(work.tx, work.clock, moves).await
}

/// Numbers the sales in the order of time and writes them, without their lines.
async fn write_sales(work: Work<'_>, sales: &Arc<Vec<Sale>>) -> SalesResult<()> {
    if sales.is_empty() {
        return Ok(());
    }
    let import_id = Some(work.import.id);
    let mut first = take_numbers(work.tx, Numbered::Sale, sales.len())
        .await?
        .start;
    for chunk in sales.chunks(CHUNK) {
        let rows = SaleRows::headers_of(chunk.iter().zip(first..), import_id);
        work.tx
            .insert_prepared(Prepared::of(work.tx.dialect(), &[&rows]))
            .await?;
        first += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
    }
    Ok(())
}

/// Writes the lines and payments of the sales. While the database writes some thousand lines, the next
/// ones are encoded.
async fn write_details(work: Work<'_>, sales: &Arc<Vec<Sale>>) -> SalesResult<()> {
    let dialect = work.tx.dialect();
    let mut first = 0;
    let parts = std::iter::from_fn(|| {
        let rest = sales.get(first..).filter(|rest| !rest.is_empty())?;
        let chunk = first..first + sales_in_chunk(rest);
        first = chunk.end;
        let sales = Arc::clone(sales);
        Some(move || {
            let chunk = sales.get(chunk).unwrap_or_default();
            let rows = SaleRows::of(chunk.iter(), None);
            Prepared::of(dialect, &rows.details())
        })
    });
    Ok(work.tx.insert_encoding(parts).await?)
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

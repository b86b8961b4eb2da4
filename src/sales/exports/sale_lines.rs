//! Sales as rows, one for each line.

use files::write::table::Value;
use kernel::{Amount, Timestamp, ids::SaleId};

use super::{
    names,
    table::{ExportTable, Fault, amount, optional, percent, quantity},
    words::{Headings, Word},
};
use crate::{
    actor::Actor,
    context::Context,
    orders::{
        Orders,
        model::{Sale, SaleLine},
        repo::list::SaleFilter,
    },
};

/// Sales of a page.
const PAGE: u32 = 250;

/// The lines of the sales that a filter finds, the newest sale first.
pub(super) struct SaleLineRows {
    ctx: Context,
    orders: Orders,
    actor: Actor,
    filter: SaleFilter,
    before: Option<(i64, SaleId)>,
    with_costs: bool,
}

impl SaleLineRows {
    pub(super) fn new(
        ctx: &Context,
        orders: &Orders,
        actor: Actor,
        filter: SaleFilter,
        with_costs: bool,
    ) -> Self {
        Self {
            ctx: ctx.clone(),
            orders: orders.clone(),
            actor,
            filter,
            before: None,
            with_costs,
        }
    }

    pub(super) fn headings(words: &Headings, with_costs: bool) -> Vec<Word> {
        let mut headings = vec![
            words.invoice,
            words.date,
            words.state,
            words.sku,
            words.name,
            words.quantity,
            words.unit,
            words.unit_price,
            words.discount,
            words.tax_rate,
            words.tax,
            words.total,
        ];
        headings.extend(with_costs.then_some(words.line_cost));
        headings.extend([
            words.returned,
            words.cashier,
            words.location,
            words.payments,
            words.earlier_number,
            words.note,
            words.recorded,
        ]);
        headings
    }

    /// Writes the next page; `false` after the last.
    pub(super) async fn write(&mut self, table: &mut ExportTable) -> Result<bool, Fault> {
        let page = self
            .orders
            .list(&self.actor, self.filter.clone(), self.before, PAGE)
            .await?;
        let sales = || page.items.iter();
        let read = &self.ctx.read;
        let products = sales().flat_map(|sale| sale.lines.iter().map(|line| line.product_id));
        let articles = names::articles(read, products).await?;
        let people = names::people(read, sales().map(|sale| sale.cashier_id)).await?;
        let places = names::locations(read, sales().map(|sale| sale.location_id)).await?;
        for sale in sales() {
            let payments = payments_of(sale);
            for line in &sale.lines {
                let sku = articles.get(&line.product_id).map(|one| one.sku.as_str());
                let mut row = head(sale, line, sku);
                row.extend(
                    self.with_costs
                        .then(|| amount(line.cost_minor.minor(), sale.currency)),
                );
                row.extend([
                    quantity(line.refunded_quantity),
                    optional(people.get(&sale.cashier_id).map(String::as_str)),
                    optional(places.get(&sale.location_id).map(String::as_str)),
                    Value::Text(&payments),
                    optional(sale.external_number.as_deref()),
                    optional(sale.note.as_deref()),
                    moment(sale.recorded_at),
                ]);
                table.push(&row)?;
            }
        }
        let last = page.items.last().filter(|_| page.has_more);
        self.before = last.map(|sale| (sale.occurred_at.micros(), sale.id));
        Ok(self.before.is_some())
    }
}

fn head<'a>(sale: &Sale, line: &'a SaleLine, sku: Option<&'a str>) -> Vec<Value<'a>> {
    let money = |money: Amount| amount(money.minor(), sale.currency);
    vec![
        Value::whole(sale.number),
        moment(sale.occurred_at),
        Value::Text(sale.state.into()),
        optional(sku),
        Value::Text(&line.product_name),
        quantity(line.quantity),
        Value::Text(&line.unit),
        money(line.unit_price_minor),
        money(line.discount_minor),
        percent(line.tax_rate_bp),
        money(line.tax_minor),
        money(line.total_minor),
    ]
}

/// `cash USD + mobile_money CDF`: how it was paid, without amounts, which belong to the whole sale.
fn payments_of(sale: &Sale) -> String {
    let mut ways: Vec<String> = Vec::new();
    for payment in &sale.payments {
        let way = format!("{} {}", payment.method.as_str(), payment.currency.code());
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways.join(" + ")
}

fn moment(at: Timestamp) -> Value<'static> {
    Value::Moment(at.to_utc())
}

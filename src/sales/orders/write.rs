//! Writes sales: each column of their tables beside its value, and numbers without gaps.
//!
//! The till and the import of a history write the same rows here.

pub(crate) mod numbers;

use kernel::{
    ids::{ImportId, SaleId},
    text::reference_key,
};
use store::{
    ColumnKind::{Bool, Int, Text, Uuid},
    Columns, Record, Rows,
};

use super::model::{Sale, SaleLine, money::MoneyLine};

/// The rows of a set of sales.
pub(crate) struct SaleRows<'a> {
    sales: Vec<SaleRow<'a>>,
    lines: Vec<LineRow<'a>>,
    payments: Vec<PaymentRow<'a>>,
}

impl<'a> SaleRows<'a> {
    /// The rows of sales without their lines, under these numbers.
    pub(crate) fn headers_of(
        sales: impl Iterator<Item = (&'a Sale, i64)>,
        import_id: Option<ImportId>,
    ) -> Vec<SaleRow<'a>> {
        let header = |(sale, number)| SaleRow {
            sale,
            number,
            import_id,
        };
        sales.map(header).collect()
    }

    /// The rows of these sales. `import_id` is the file that they came from.
    pub(crate) fn of(
        sales: impl Iterator<Item = &'a Sale> + Clone,
        import_id: Option<ImportId>,
    ) -> Self {
        let headers = sales.clone().map(|sale| SaleRow {
            sale,
            number: sale.number,
            import_id,
        });
        let lines = sales.clone().flat_map(|sale| {
            let sale_id = sale.id;
            sale.lines.iter().map(move |line| LineRow { sale_id, line })
        });
        Self {
            sales: headers.collect(),
            lines: lines.collect(),
            payments: sales.flat_map(payments_of).collect(),
        }
    }

    /// The tables, in the order in which they refer to each other.
    pub(crate) fn tables(&self) -> [&dyn Rows; 3] {
        [&self.sales, &self.lines, &self.payments]
    }

    /// The tables without the sales themselves.
    pub(crate) fn details(&self) -> [&dyn Rows; 2] {
        [&self.lines, &self.payments]
    }
}

/// The row of a sale without its lines.
pub(crate) struct SaleRow<'a> {
    sale: &'a Sale,
    number: i64,
    import_id: Option<ImportId>,
}

impl Record for SaleRow<'_> {
    const TABLE: &'static str = "sales";

    fn put<C: Columns>(&self, row: &mut C) {
        let sale = self.sale;
        let cost: i128 = sale
            .lines
            .iter()
            .map(|line| i128::from(line.cost_minor))
            .sum();
        let paid = sale.payments.iter();
        let paid: i128 = paid.map(|payment| i128::from(payment.base_minor)).sum();
        let sent_by_other = sale.recorded_by != sale.cashier_id;
        row.column("id", Uuid, sale.id);
        row.column("number", Int, self.number);
        row.column("state", Text, sale.state.as_str());
        row.column("currency", Text, sale.currency.code());
        row.column("tax_mode", Text, sale.tax_mode.as_str());
        row.column("subtotal_minor", Int, sale.subtotal_minor);
        row.column("discount_minor", Int, sale.discount_minor);
        row.column("tax_minor", Int, sale.tax_minor);
        row.column("total_minor", Int, sale.total_minor);
        row.column("cost_minor", Int, cost);
        row.column("rounding_minor", Int, sale.rounding_minor);
        row.column("change_minor", Int, sale.change_minor);
        row.column("paid_minor", Int, paid);
        row.column("location_id", Uuid, sale.location_id);
        row.column("cashier_id", Uuid, sale.cashier_id);
        row.column("occurred_at_us", Int, sale.occurred_at.micros());
        row.column("recorded_at_us", Int, sale.recorded_at.micros());
        row.optional(
            "recorded_by",
            Uuid,
            sent_by_other.then_some(sale.recorded_by),
        );
        row.optional("entered_late", Bool, sale.entered_late);
        row.optional("note", Text, sale.note.as_deref());
        row.optional("external_number", Text, sale.external_number.as_deref());
        row.optional("discount_reason", Text, sale.discount_reason.as_deref());
        row.optional("import_id", Uuid, self.import_id);
    }
}

struct LineRow<'a> {
    sale_id: SaleId,
    line: &'a SaleLine,
}

impl Record for LineRow<'_> {
    const TABLE: &'static str = "sale_lines";

    fn put<C: Columns>(&self, row: &mut C) {
        let line = self.line;
        row.column("sale_id", Uuid, self.sale_id);
        row.column("id", Uuid, line.id);
        row.column("product_id", Uuid, line.product_id);
        row.column("product_name", Text, line.product_name.as_str());
        row.column("quantity_milli", Int, line.quantity.milli());
        row.column("unit_price_minor", Int, line.unit_price_minor);
        row.column("unit_cost_minor", Int, line.unit_cost_minor);
        row.column("discount_minor", Int, line.discount_minor);
        row.column("tax_rate_bp", Int, line.tax_rate_bp);
        row.column("tax_minor", Int, line.tax_minor);
        row.column("total_minor", Int, line.total_minor);
        row.column("cost_minor", Int, line.cost_minor);
        row.column("refunded_milli", Int, line.refunded_quantity.milli());
        row.column("unit", Text, line.unit.as_str());
    }
}

/// A money line of a sale.
struct PaymentRow<'a> {
    sale_id: SaleId,
    position: i64,
    direction: &'static str,
    money: MoneyLine<'a>,
}

/// The money of a sale: payments, then change.
fn payments_of(sale: &Sale) -> impl Iterator<Item = PaymentRow<'_>> {
    let paid = sale
        .payments
        .iter()
        .map(|line| ("in", MoneyLine::from(line)));
    let change = sale
        .change
        .iter()
        .map(|line| ("out", MoneyLine::from(line)));
    let lines = paid.chain(change).zip(0_i64..);
    lines.map(|((direction, money), position)| PaymentRow {
        sale_id: sale.id,
        position,
        direction,
        money,
    })
}

impl Record for PaymentRow<'_> {
    const TABLE: &'static str = "payments";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("sale_id", Uuid, self.sale_id);
        row.column("position", Int, self.position);
        row.column("direction", Text, self.direction);
        put_money(row, &self.money);
        row.column("is_live", Bool, true);
        let normal = self.money.reference.map(reference_key);
        row.optional("reference_normal", Text, normal);
    }
}

/// The columns of a money line of a sale or a refund.
pub(super) fn put_money<C: Columns>(row: &mut C, money: &MoneyLine<'_>) {
    row.column("method", Text, money.method.as_str());
    row.column("currency", Text, money.currency.code());
    row.column("amount_minor", Int, money.amount_minor);
    row.column("rate_micros", Int, money.rate.micros.micros());
    row.column("rate_side", Text, money.rate.side.as_str());
    row.column("base_minor", Int, money.base_minor);
    row.optional("account_id", Uuid, money.account);
    row.optional("reference", Text, money.reference);
}

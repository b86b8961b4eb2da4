//! The rows of a receipt, independent of the medium.

use files::write::{Weight, figures};
use kernel::{Amount, Currency, ExchangeRate, Quantity, RateSide, Timestamp, text::compose};

use super::{
    ReceiptContext, taxes,
    words::{self, Words},
};
use crate::{
    orders::model::{
        Sale, SaleLine,
        money::{Payment, PaymentMethod},
        refund::Refund,
    },
    shop_reader::{Shop, TaxMode},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReceiptRow {
    /// Centred text.
    Centred(String, Weight),
    /// Text on the left.
    Left(String, Weight),
    /// A product's name on the left, and its code for media that cannot draw the name.
    Name {
        name: String,
        /// The SKU; empty if unknown.
        code: String,
    },
    /// Text on the left and on the right.
    Pair(String, String, Weight),
    /// A stamp across the whole width.
    Mark(String),
    /// A horizontal line.
    Rule,
}

/// Lays out the receipt of a sale.
pub(super) fn lay_out(sale: &Sale, shop: &Shop, around: &ReceiptContext) -> Vec<ReceiptRow> {
    let words = words::of(&shop.locale);
    let mut rows = head(shop);
    let number = numbered(words, shop, words.receipt, sale.number, sale.occurred_at);
    rows.push(number);
    rows.extend(number_of_till(words, sale));
    rows.extend(person(words, around));
    if let Some(mark) = words.mark(sale.state) {
        rows.push(ReceiptRow::Mark(mark.to_owned()));
    }
    if let Some(reason) = &sale.void_reason {
        rows.push(ReceiptRow::Left(
            format!("{} : {}", words.reason, clean(reason)),
            Weight::Plain,
        ));
    }
    rows.push(ReceiptRow::Rule);
    for line in &sale.lines {
        rows.extend(goods(words, sale, line, around));
    }
    rows.push(ReceiptRow::Rule);
    rows.extend(sums(words, sale));
    rows.push(ReceiptRow::Rule);
    rows.extend(
        sale.payments
            .iter()
            .flat_map(|one| tender(words, sale, one)),
    );
    let money = |label: &str, minor| {
        let shown = figures::amount(words.language, minor, sale.currency);
        pair(label, shown)
    };
    if sale.rounding_minor != 0 {
        rows.push(money(words.rounding, sale.rounding_minor.minor()));
    }
    for change in &sale.change {
        let back = figures::amount(words.language, change.amount_minor.minor(), change.currency);
        rows.push(pair(words.change, back));
        if change.currency != sale.currency {
            let rate = rate(words, sale, change.currency, change.rate());
            let worth = figures::amount(words.language, change.base_minor.minor(), sale.currency);
            rows.push(pair(&rate, worth));
        }
    }
    if !sale.refunds.is_empty() {
        rows.push(ReceiptRow::Rule);
        rows.extend(refunded(words, sale));
    }
    rows.extend(foot(shop));
    rows
}

/// Lays out the receipt of a refund: what was returned from which sale, and how it was paid back.
pub(super) fn lay_out_refund(
    sale: &Sale,
    refund: &Refund,
    shop: &Shop,
    around: &ReceiptContext,
) -> Vec<ReceiptRow> {
    let words = words::of(&shop.locale);
    let money = |minor| figures::amount(words.language, minor, sale.currency);
    let mut rows = head(shop);
    for (word, number, at) in [
        (words.refund, refund.number, refund.occurred_at),
        (words.receipt, sale.number, sale.occurred_at),
    ] {
        rows.push(numbered(words, shop, word, number, at));
    }
    rows.extend(number_of_till(words, sale));
    rows.extend(person(words, around));
    let reason = format!("{} : {}", words.reason, clean(&refund.reason));
    rows.push(ReceiptRow::Left(reason, Weight::Plain));
    rows.push(ReceiptRow::Rule);
    let mut taxes = Vec::new();
    for part in &refund.lines {
        let sold = sale.lines.iter().find(|line| line.id == part.sale_line_id);
        let Some(sold) = sold else { continue };
        taxes.push((sold.tax_rate_bp, part.total_minor, part.tax_minor));
        let count = format!(
            "   {}{}",
            figures::quantity(words.language, part.quantity),
            unit_of(sold)
        );
        let back = figures::bare(words.language, part.total_minor.minor(), sale.currency);
        rows.extend([name(sold, around), pair(&count, back)]);
    }
    rows.push(ReceiptRow::Rule);
    rows.push(ReceiptRow::Pair(
        words.refunded.to_owned(),
        money(refund.total_minor.minor()),
        Weight::Strong,
    ));
    rows.extend(tax_rows(words, words.tax_within, sale.currency, taxes));
    rows.push(ReceiptRow::Rule);
    if refund.rounding_minor != 0 {
        rows.push(pair(words.rounding, money(refund.rounding_minor.minor())));
    }
    let known = refund.payments.iter();
    let known = known.filter(|line| line.method != PaymentMethod::Unknown);
    rows.extend(known.flat_map(|line| tender(words, sale, line)));
    rows.extend(foot(shop));
    rows
}

fn head(shop: &Shop) -> Vec<ReceiptRow> {
    let mut rows = vec![ReceiptRow::Centred(clean(&shop.name), Weight::Strong)];
    rows.extend(paragraph(&shop.letterhead().join("\n")));
    rows.push(ReceiptRow::Rule);
    rows
}

fn foot(shop: &Shop) -> Vec<ReceiptRow> {
    if shop.receipt_footer.trim().is_empty() {
        return Vec::new();
    }
    let rule = [ReceiptRow::Rule].into_iter();
    rule.chain(paragraph(&shop.receipt_footer)).collect()
}

/// The number and time of a document.
fn numbered(words: &Words, shop: &Shop, word: &str, number: i64, at: Timestamp) -> ReceiptRow {
    let at = at.to_utc().with_timezone(&shop.time_zone);
    pair(
        &format!("{word} n°\u{a0}{number}"),
        at.format(words.language.date_and_time()).to_string(),
    )
}

/// The till's own number of a sale, or the one of an imported file.
fn number_of_till(words: &Words, sale: &Sale) -> Option<ReceiptRow> {
    let number = sale.external_number.as_deref()?;
    let line = format!("{} {}", words.reference, clean(number));
    Some(ReceiptRow::Left(line, Weight::Plain))
}

fn person(words: &Words, around: &ReceiptContext) -> Option<ReceiptRow> {
    let cashier = format!("{} : {}", words.cashier, clean(&around.cashier));
    (!around.cashier.is_empty()).then_some(ReceiptRow::Left(cashier, Weight::Plain))
}

fn name(line: &SaleLine, around: &ReceiptContext) -> ReceiptRow {
    let code = around.codes.get(&line.product_id);
    ReceiptRow::Name {
        name: clean(&line.product_name),
        code: code.map(|code| clean(code)).unwrap_or_default(),
    }
}

/// Nobody needs "2 piece", but "0,5 kg" helps.
fn unit_of(line: &SaleLine) -> String {
    if kernel::quantity::is_divisible(&line.unit) {
        format!("\u{a0}{}", clean(&line.unit))
    } else {
        String::new()
    }
}

fn goods(words: &Words, sale: &Sale, line: &SaleLine, around: &ReceiptContext) -> Vec<ReceiptRow> {
    let unit = unit_of(line);
    let count = format!(
        "   {}{unit} × {}",
        figures::quantity(words.language, line.quantity),
        figures::price(words.language, line.unit_price_minor.minor(), sale.currency)
    );
    let mut rows = vec![
        name(line, around),
        ReceiptRow::Pair(
            count,
            figures::bare(words.language, line.total_minor.minor(), sale.currency),
            Weight::Plain,
        ),
    ];
    if line.discount_minor != 0 {
        let label = format!("   {}", words.discount);
        rows.push(pair(
            &label,
            format!(
                "({})",
                figures::bare(words.language, -line.discount_minor.minor(), sale.currency)
            ),
        ));
    }
    if line.refunded_quantity != Quantity::ZERO {
        let label = format!("   {}", words.refunded);
        let back = figures::quantity(words.language, line.refunded_quantity);
        rows.push(pair(&label, format!("{back}{unit}")));
    }
    rows
}

fn sums(words: &Words, sale: &Sale) -> Vec<ReceiptRow> {
    let money = |minor| figures::amount(words.language, minor, sale.currency);
    let mut rows = Vec::new();
    if sale.discount_minor != 0 || sale.tax_mode == TaxMode::Added {
        rows.push(pair(words.subtotal, money(sale.subtotal_minor.minor())));
    }
    if sale.discount_minor != 0 {
        rows.push(pair(words.discount, money(-sale.discount_minor.minor())));
    }
    let label = match sale.tax_mode {
        TaxMode::Included => words.tax_within,
        TaxMode::Added => words.tax_added,
    };
    let taxes = sale.lines.iter();
    let taxes = taxes.map(|line| (line.tax_rate_bp, line.total_minor, line.tax_minor));
    let taxes = tax_rows(words, label, sale.currency, taxes);
    let total = ReceiptRow::Pair(
        words.total.to_owned(),
        money(sale.total_minor.minor()),
        Weight::Strong,
    );
    match sale.tax_mode {
        TaxMode::Included => {
            rows.push(total);
            rows.extend(taxes);
        }
        TaxMode::Added => {
            rows.extend(taxes);
            rows.push(total);
        }
    }
    rows
}

/// The tax table: the tax of each rate, and net + tax = total. Each part has a rate, a total and a
/// tax.
fn tax_rows(
    words: &Words,
    label: &str,
    currency: Currency,
    parts: impl IntoIterator<Item = (i64, Amount, Amount)>,
) -> Vec<ReceiptRow> {
    let bare = |shown: Amount| figures::bare(words.language, shown.minor(), currency);
    taxes::tax_table(parts, currency)
        .into_iter()
        .filter(|row| row.rate_bp != 0)
        .flat_map(|row| {
            let label = format!("{label} {}", figures::percent(words.language, row.rate_bp));
            let sum = format!(
                "   {} {} + {} {}",
                words.net,
                bare(row.net_minor),
                words.tax_added,
                bare(row.tax_minor)
            );
            [
                pair(
                    &label,
                    figures::amount(words.language, row.tax_minor.minor(), currency),
                ),
                pair(&sum, bare(row.total_minor)),
            ]
        })
        .collect()
}

/// The refunds, and how they were paid.
fn refunded(words: &Words, sale: &Sale) -> Vec<ReceiptRow> {
    let back = sale.refunds.iter();
    let back: i64 = back
        .map(|refund| refund.total_minor.minor() + refund.rounding_minor.minor())
        .sum();
    let mut rows = vec![ReceiptRow::Pair(
        words.refunded.to_owned(),
        figures::amount(words.language, -back, sale.currency),
        Weight::Strong,
    )];
    let lines = sale.refunds.iter().flat_map(|refund| &refund.payments);
    for line in lines.filter(|line| line.method != PaymentMethod::Unknown) {
        let label = format!("   {}", method(words, line));
        rows.push(pair(
            &label,
            figures::amount(words.language, line.amount_minor.minor(), line.currency),
        ));
    }
    rows
}

/// The payment method with its account.
fn method(words: &Words, payment: &Payment) -> String {
    let method = words.method(payment.method);
    match &payment.account_name {
        Some(account) => format!("{method} ({})", clean(account)),
        None => method.to_owned(),
    }
}

fn rate(words: &Words, sale: &Sale, currency: Currency, rate: ExchangeRate) -> String {
    let (one, other) = match rate.side {
        RateSide::BasePerForeign => (currency, sale.currency),
        RateSide::ForeignPerBase => (sale.currency, currency),
    };
    format!(
        "   1\u{a0}{} = {}\u{a0}{}",
        figures::symbol(one),
        figures::rate(words.language, rate.micros),
        figures::symbol(other)
    )
}

fn tender(words: &Words, sale: &Sale, payment: &Payment) -> Vec<ReceiptRow> {
    let paid = figures::amount(
        words.language,
        payment.amount_minor.minor(),
        payment.currency,
    );
    let mut rows = vec![pair(&method(words, payment), paid)];
    if payment.currency != sale.currency {
        let rate = rate(words, sale, payment.currency, payment.rate());
        rows.push(pair(
            &rate,
            figures::amount(words.language, payment.base_minor.minor(), sale.currency),
        ));
    }
    if let Some(reference) = &payment.reference {
        rows.push(ReceiptRow::Left(
            format!("   {}", clean(reference)),
            Weight::Plain,
        ));
    }
    rows
}

fn pair(left: &str, right: String) -> ReceiptRow {
    ReceiptRow::Pair(left.to_owned(), right, Weight::Plain)
}

fn paragraph(text: &str) -> impl Iterator<Item = ReceiptRow> + '_ {
    text.lines()
        .map(clean)
        .filter(|line| !line.is_empty())
        .map(|line| ReceiptRow::Centred(line, Weight::Plain))
}

/// A text for one line, with accents joined to their letters and without control characters and
/// characters that change the direction of writing, which would reverse the text beside them.
fn clean(text: &str) -> String {
    let visible = text
        .chars()
        .filter(|c| !matches!(*c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() { ' ' } else { c });
    compose(visible.collect::<String>().trim())
}

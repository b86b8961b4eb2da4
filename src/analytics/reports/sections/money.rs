//! Money that came in and went out, by way of paying, account and currency, and what makes sales of it.

use files::write::{
    figures,
    report::{Block, Cell, Foot, Kind, Row, Section, Table, Tone},
};
use kernel::{Currency, figure::figure, read::PaymentFacts};

use super::super::desk::{Desk, row, section, text};
use crate::error::AnalyticsError;

/// What was received, given as change, paid back, and is left.
pub(super) async fn received(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let payments = desk.analytics.readers.sales.payments(&desk.period).await?;
    let days = desk
        .analytics
        .readers
        .sales
        .daily_totals(&desk.period)
        .await?;
    let sales: i128 = days
        .iter()
        .map(|day| day.totals.revenue_with_tax_minor())
        .sum();
    let money = Kind::Money(desk.currency());
    let mut net = 0_i128;
    let mut rows = Vec::new();
    for line in &payments.lines {
        let own = line.paid.base_minor - line.change.base_minor - line.refunded.base_minor;
        net += own;
        let amounts = [
            line.paid.amount_minor,
            -line.change.amount_minor,
            -line.refunded.amount_minor,
            line.paid.amount_minor - line.change.amount_minor - line.refunded.amount_minor,
        ];
        let mut cells = vec![text(name_of(desk, line)), Cell::Count(line.payments)];
        for amount in amounts {
            cells.push(own_amount(desk, line.currency, amount)?);
        }
        cells.push(desk.amount(own)?);
        rows.push(row(cells));
    }
    let columns = vec![
        desk.words("Moyen", "Means"),
        desk.counts("Paiements", "Payments"),
        desk.plain(money, "Reçu", "Received"),
        desk.plain(money, "Rendu", "Change"),
        desk.plain(money, "Remboursé", "Refunded"),
        desk.plain(money, "Net", "Net"),
        desk.column(&in_base(desk), money, Foot::Sum),
    ];
    let mut total = vec![Cell::Empty; 7];
    if let Some(first) = total.first_mut() {
        *first = text(desk.say("Net reçu", "Net received"));
    }
    let table = Table {
        columns,
        rows,
        total: Some(total),
    };
    let mut blocks = vec![Block::Table(table)];
    blocks.push(Block::Table(to_sales(desk, net, sales)?));
    if payments
        .lines
        .iter()
        .any(|line| line.currency != desk.currency())
    {
        let note = desk.say(
            "Les devises sont converties au taux figé sur chaque paiement.",
            "Other currencies are converted at the rate that was frozen on each payment.",
        );
        blocks.push(Block::Note(note.to_owned()));
    }
    let title = desk.say(
        "Argent reçu, par moyen et par monnaie",
        "Money received, by means and currency",
    );
    Ok(section(title, blocks))
}

/// From the money to the sales: what the cash steps added or took.
fn to_sales(desk: &Desk<'_>, net: i128, sales: i128) -> Result<Table, AnalyticsError> {
    let line = |name: &str, amount, tone| -> Result<Row, AnalyticsError> {
        Ok(Row {
            cells: vec![text(name), desk.amount(amount)?],
            tone,
        })
    };
    Ok(Table {
        columns: vec![
            desk.words("Du net reçu aux ventes", "From the net to the sales"),
            desk.column(&in_base(desk), Kind::Money(desk.currency()), Foot::Given),
        ],
        rows: vec![
            line(desk.say("Net reçu", "Net received"), net, Tone::Plain)?,
            line(
                desk.say("Arrondis de caisse", "Rounding of cash"),
                sales - net,
                Tone::Plain,
            )?,
            line(
                desk.say(
                    "Ventes TTC, remboursements déduits",
                    "Sales with tax, less refunds",
                ),
                sales,
                Tone::Result,
            )?,
        ],
        total: None,
    })
}

fn in_base(desk: &Desk<'_>) -> String {
    let symbol = figures::symbol(desk.currency());
    format!("{} {symbol}", desk.say("Net en", "Net in"))
}

/// An amount in the currency of its line, which is named where it is not the shop's.
fn own_amount(desk: &Desk<'_>, currency: Currency, minor: i128) -> Result<Cell, AnalyticsError> {
    let minor = figure(minor).map_err(desk.refuse())?;
    Ok(if minor == 0 {
        text("–")
    } else if currency == desk.currency() {
        Cell::Money(minor)
    } else {
        // A dash is as long as a figure is wide.
        let amount = figures::amount(desk.language, minor, currency);
        text(amount.replacen('-', "–", 1))
    })
}

fn name_of(desk: &Desk<'_>, line: &PaymentFacts) -> String {
    let method = match line.method.as_str() {
        "cash" => desk.say("Espèces", "Cash"),
        "mobile_money" => desk.say("Mobile money", "Mobile money"),
        "card" => desk.say("Carte", "Card"),
        "bank_transfer" => desk.say("Virement", "Bank transfer"),
        "credit" => desk.say("À crédit, à recouvrer", "On credit, to be collected"),
        _ => desk.say("Moyen inconnu", "Unknown means"),
    };
    let mut name = method.to_owned();
    if let Some(account) = &line.account {
        name.push_str(", ");
        name.push_str(account);
    }
    format!("{name}, {}", figures::symbol(line.currency))
}

//! The tax table of a receipt.

use std::collections::BTreeMap;

use kernel::{Amount, Currency, money};

/// The tax of one rate as printed, in whole shown units: net + tax = total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TaxRow {
    /// Basis points.
    pub(super) rate_bp: i64,
    pub(super) net_minor: Amount,
    pub(super) tax_minor: Amount,
    pub(super) total_minor: Amount,
}

/// The tax table of parts with a rate, a total and a tax. The totals add up to the printed total. Tax
/// is rounded once per rate; net is the difference.
pub(super) fn tax_table(
    parts: impl IntoIterator<Item = (i64, Amount, Amount)>,
    currency: Currency,
) -> Vec<TaxRow> {
    let step = currency.shown_step_minor();
    let mut rates: BTreeMap<i64, (Amount, Amount)> = BTreeMap::new();
    let mut whole = Amount::ZERO;
    for (rate_bp, total_minor, tax_minor) in parts {
        let of_rate = rates.entry(rate_bp).or_default();
        of_rate.0 = of_rate.0.saturating_add(total_minor);
        of_rate.1 = of_rate.1.saturating_add(tax_minor);
        whole = whole.saturating_add(total_minor);
    }
    let weights: Vec<Amount> = rates.values().map(|(total, _)| *total).collect();
    let printed = money::round_to_step(whole, step);
    let totals = money::allocate_in_steps(printed, &weights, step);
    let rows = rates.into_iter().zip(totals);
    rows.map(|((rate_bp, (_, tax)), total_minor)| {
        let tax_minor = money::round_to_step(tax, step).min(total_minor);
        TaxRow {
            rate_bp,
            net_minor: total_minor.saturating_sub(tax_minor),
            tax_minor,
            total_minor,
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::iter;

    use files::write::{figures::bare, language::Language};
    use kernel::{
        Balance, Quantity, Timestamp,
        ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
    };
    use proptest::{prelude::*, test_runner::Config};

    use super::*;
    use crate::{
        orders::{
            model::{Sale, SaleLine, SaleState},
            pricing::{LinePrice, PricedItem, Terms, price_cart},
        },
        shop_reader::TaxMode,
    };

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    /// A sale with these lines (thousandths, price, tax rate) and a cart discount in percent.
    fn sale(
        lines: &[(i64, i64, i64)],
        percent: i64,
        tax_mode: TaxMode,
        currency: Currency,
    ) -> Sale {
        let item = |(milli, price, rate): &(i64, i64, i64)| PricedItem {
            quantity: Quantity::from_milli(*milli),
            unit_price_minor: amount(*price),
            discount_minor: Amount::ZERO,
            tax_rate_bp: *rate,
        };
        let items: Vec<_> = lines.iter().map(item).collect();
        let terms = Terms { tax_mode, currency };
        let whole: i64 = price_cart(&items, Amount::ZERO, terms)
            .unwrap()
            .iter()
            .map(|line| line.subtotal_minor.minor())
            .sum();
        let step = currency.shown_step_minor();
        let discount = amount(whole / step * percent / 100 * step);
        let priced = price_cart(&items, discount, terms).unwrap();
        let sum = |of: fn(&LinePrice) -> Amount| money::sum(priced.iter().map(of)).unwrap();
        let lines = items.iter().zip(&priced).map(|(item, price)| SaleLine {
            id: SaleLineId::generate(),
            product_id: ProductId::generate(),
            product_name: String::new(),
            quantity: item.quantity,
            unit: "kg".to_owned(),
            unit_price_minor: item.unit_price_minor,
            discount_minor: price.discount_minor,
            tax_rate_bp: item.tax_rate_bp,
            tax_minor: price.tax_minor,
            total_minor: price.total_minor,
            refunded_quantity: Quantity::ZERO,
            unit_cost_minor: Amount::ZERO,
            cost_minor: Amount::ZERO,
        });
        Sale {
            id: SaleId::generate(),
            number: 1,
            state: SaleState::Completed,
            currency,
            tax_mode,
            lines: lines.collect(),
            subtotal_minor: sum(|line| line.subtotal_minor),
            discount_minor: sum(|line| line.discount_minor),
            tax_minor: sum(|line| line.tax_minor),
            total_minor: sum(|line| line.total_minor),
            rounding_minor: Balance::ZERO,
            payments: Vec::new(),
            change: Vec::new(),
            change_minor: Amount::ZERO,
            refunds: Vec::new(),
            location_id: LocationId::generate(),
            cashier_id: UserId::generate(),
            recorded_by: UserId::generate(),
            entered_late: false,
            note: None,
            external_number: None,
            discount_reason: None,
            is_imported: false,
            occurred_at: Timestamp::from_micros(0),
            recorded_at: Timestamp::from_micros(0),
            voided_at: None,
            void_reason: None,
        }
    }

    fn table(sale: &Sale) -> Vec<TaxRow> {
        let lines = sale.lines.iter();
        let parts = lines.map(|line| (line.tax_rate_bp, line.total_minor, line.tax_minor));
        tax_table(parts, sale.currency)
    }

    /// The printed figure as a number.
    fn printed(money: Amount, currency: Currency) -> i64 {
        let text = bare(Language::French, money.minor(), currency);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }

    proptest! {
        #![proptest_config(Config::with_cases(20_000))]

        #[test]
        fn the_sums_of_a_receipt_add_up_as_printed(
            lines in prop::collection::vec((1i64..20_000, 1i64..1_000_000, prop::sample::select(vec![0i64, 800, 1600])), 1..8),
            percent in prop::sample::select(vec![0i64, 0, 3, 10, 33, 100]),
            added in any::<bool>(),
            code in prop::sample::select(vec!["CDF", "CDF", "USD"]),
        ) {
            let currency = Currency::parse(code).unwrap();
            let mode = if added { TaxMode::Added } else { TaxMode::Included };
            let sale = sale(&lines, percent, mode, currency);
            let shown = |money| printed(money, currency);
            let of_lines = |of: fn(&SaleLine) -> Amount| sale.lines.iter().map(|line| shown(of(line))).sum::<i64>();
            prop_assert_eq!(of_lines(|line| line.total_minor), shown(sale.total_minor));
            prop_assert_eq!(of_lines(|line| line.discount_minor), shown(sale.discount_minor));
            let rows = table(&sale);
            let charged: i64 = rows.iter().map(|row| shown(row.tax_minor)).sum();
            let charged = if added { charged } else { 0 };
            prop_assert_eq!(shown(sale.subtotal_minor) - shown(sale.discount_minor) + charged, shown(sale.total_minor));
            for row in &rows {
                prop_assert_eq!(shown(row.net_minor) + shown(row.tax_minor), shown(row.total_minor));
            }
            prop_assert_eq!(rows.iter().map(|row| shown(row.total_minor)).sum::<i64>(), shown(sale.total_minor));
        }
    }

    #[test]
    fn the_table_of_tax_rounds_once_per_rate() {
        let usd = Currency::parse("USD").unwrap();
        let lines: Vec<_> = iter::repeat_n((1000, 10, 1600), 10).collect();
        let row = |net, tax, total| TaxRow {
            rate_bp: 1600,
            net_minor: amount(net),
            tax_minor: amount(tax),
            total_minor: amount(total),
        };
        let rows = table(&sale(&lines, 0, TaxMode::Included, usd));
        assert_eq!(rows, [row(86, 14, 100)]);
        let cdf = Currency::parse("CDF").unwrap();
        let rows = table(&sale(&[(1000, 100_00, 1600)], 0, TaxMode::Included, cdf));
        assert_eq!(rows, [row(86_00, 14_00, 100_00)]);
    }
}

//! How far the books have come, and what was taxed at which rate.

use std::collections::BTreeMap;

use kernel::{
    Period,
    read::{BooksPosition, TaxFacts},
};
use store::{ReadDb, selection};

use crate::error::SalesResult;

selection! {
    Books of BooksPosition in books {
        last_sale, last_refund, voided_sales, last_voided, last_movement,
    }
    struct Taxed { rate_bp: i64, net_minor: i128, tax_minor: i128 }
}

/// The last numbers and the end of the ledger, at one moment.
pub(super) async fn position(read: &ReadDb) -> SalesResult<BooksPosition> {
    let sql = format!(
        "SELECT {} FROM (
             SELECT (SELECT COALESCE(MAX(number), 0) FROM sales) AS last_sale,
                    (SELECT COALESCE(MAX(number), 0) FROM refunds) AS last_refund,
                    voided.sales AS voided_sales, voided.last_number AS last_voided,
                    (SELECT COALESCE(MAX(position), 0) FROM stock_movements) AS last_movement
             FROM (SELECT COUNT(*) AS sales, COALESCE(MAX(number), 0) AS last_number
                   FROM sales WHERE state = 'voided') AS voided) AS books",
        Books::SELECT
    );
    let found = read.select::<Books>(&sql, []).await?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// What was sold and came back at each rate: a line is taxed at the rate that was frozen on it, a part of
/// it that comes back at the same.
pub(super) async fn taxes(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<Vec<TaxFacts>> {
    let sums = |part: &str| {
        let dialect = read.dialect();
        let net = format!("({part}.total_minor - {part}.tax_minor)");
        let tax = format!("{part}.tax_minor");
        let net = dialect.wide_sum(&net, "net_minor");
        format!("{net}, {}", dialect.wide_sum(&tax, "tax_minor"))
    };
    let sold = format!(
        "SELECT line.tax_rate_bp AS rate_bp, {} FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id
         WHERE sale.state <> 'voided' AND sale.occurred_at_us >= $1 AND sale.occurred_at_us < $2
         GROUP BY line.tax_rate_bp ORDER BY line.tax_rate_bp LIMIT {limit}",
        sums("line")
    );
    let refunded = format!(
        "SELECT line.tax_rate_bp AS rate_bp, {} FROM refunds AS refund JOIN refund_lines AS part ON part.refund_id = refund.id
         JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
         JOIN sales AS sale ON sale.id = refund.sale_id
         WHERE sale.state <> 'voided' AND refund.occurred_at_us >= $1 AND refund.occurred_at_us < $2
         GROUP BY line.tax_rate_bp ORDER BY line.tax_rate_bp LIMIT {limit}",
        sums("part")
    );
    let values = [period.start().micros().into(), period.end().micros().into()];
    at_one_moment!(read, |snapshot| {
        let mut rates: BTreeMap<i64, TaxFacts> = BTreeMap::new();
        let of_rate = |rate_bp| TaxFacts {
            rate_bp,
            ..TaxFacts::default()
        };
        for taxed in snapshot.select::<Taxed>(&sold, values.clone()).await? {
            let rate = taxed.rate_bp;
            let facts = rates.entry(rate).or_insert_with(|| of_rate(rate));
            facts.sold_minor = taxed.net_minor;
            facts.tax_minor = taxed.tax_minor;
        }
        for taxed in snapshot.select::<Taxed>(&refunded, values.clone()).await? {
            let rate = taxed.rate_bp;
            let facts = rates.entry(rate).or_insert_with(|| of_rate(rate));
            facts.refunded_minor = taxed.net_minor;
            facts.refunded_tax_minor = taxed.tax_minor;
        }
        Ok(rates.into_values().collect())
    })
}

//! What a shop sold before it is measured, written set by set.

use kernel::{Clock as _, clock::SystemClock};
use salesflow::app::Modules;
use store::{Dialect, StoreError, Tx};

use super::shop::PRODUCTS;

const LINES: u32 = 3;
const SALES_AT_ONCE: u32 = 100_000;
const STORY_DAYS: i64 = 730;

/// So many sales of three lines, evenly over two years.
pub async fn write(modules: &Modules, sales: u32) {
    for first in (1..=sales).step_by(SALES_AT_ONCE as usize) {
        let last = (first + SALES_AT_ONCE - 1).min(sales);
        sell(modules, first, last, sales).await;
    }
}

/// Writes sales set by set, evenly over two years. They move no stock: it is not what is measured.
async fn sell(modules: &Modules, first: u32, last: u32, all: u32) {
    let now = SystemClock.now().micros();
    let step = STORY_DAYS * 86_400_000_000 / i64::from(all);
    let dialect = modules.stores.write.dialect();
    let work = async |tx: &Tx| -> Result<(), StoreError> {
        for sql in statements(dialect, first, last, all) {
            tx.execute(&sql, [now.into(), step.into()]).await?;
        }
        let sql = "UPDATE counters SET value = $1 WHERE name = 'sale'";
        tx.execute(sql, [i64::from(last).into()]).await?;
        Ok(())
    };
    modules.stores.write.transaction(work).await.unwrap();
}

/// `$1` is the present, `$2` the time from sale to sale.
fn statements(dialect: Dialect, first: u32, last: u32, all: u32) -> Vec<String> {
    let id = |group: &str, number: &str| match dialect {
        Dialect::Sqlite => format!("unhex(printf('0000000000007000{group}%012x', {number}))"),
        Dialect::Postgres => {
            format!("('00000000-0000-7000-{group}-' || lpad(to_hex({number}), 12, '0'))::uuid")
        }
    };
    let (numbers, yes) = match dialect {
        Dialect::Sqlite => (
            format!(
                "(WITH RECURSIVE counted (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM counted WHERE n < {last}) SELECT n FROM counted)"
            ),
            "1",
        ),
        Dialect::Postgres => (
            format!("generate_series({first}::bigint, {last}::bigint) AS numbers (n)"),
            "true",
        ),
    };
    let sale = id("a000", "n");
    let mut statements = vec![format!(
        "INSERT INTO sales (id, number, state, currency, tax_mode, subtotal_minor, discount_minor, tax_minor, total_minor, cost_minor,
                            rounding_minor, change_minor, paid_minor, location_id, cashier_id, occurred_at_us, recorded_at_us)
         SELECT {sale}, n, 'completed', 'CDF', 'included', 300000, 0, 41379, 300000, 240000, 0, 0, 300000,
                (SELECT id FROM locations WHERE is_default), (SELECT id FROM users LIMIT 1), $1 - ({all} - n) * $2, $1 FROM {numbers}"
    )];
    for line in 0..LINES {
        let group = format!("b{line:03x}");
        // Scattered over the catalogue, three different ones in a basket.
        let product = id(
            "8000",
            &format!("(n * 7919 + {line} * 331) % {PRODUCTS} + 1"),
        );
        statements.push(format!(
            "INSERT INTO sale_lines (sale_id, id, product_id, product_name, quantity_milli, unit_price_minor, unit_cost_minor, discount_minor,
                                     tax_rate_bp, tax_minor, total_minor, cost_minor, refunded_milli)
             SELECT {sale}, {}, {product}, 'Produit', 1000, 100000, 80000, 0, 1600, 13793, 100000, 80000, 0 FROM {numbers} WHERE $1 > $2",
            id(&group, "n"),
        ));
    }
    statements.push(format!(
        "INSERT INTO payments (sale_id, position, method, currency, amount_minor, rate_micros, base_minor, is_live)
         SELECT {sale}, 0, 'cash', 'CDF', 300000, 1000000, 300000, {yes} FROM {numbers} WHERE $1 > $2"
    ));
    statements
}

//! Two years of sales of a hundred products, written set by set. They move no stock: it is not what
//! is measured.

use kernel::{Clock as _, clock::SystemClock};
use sales::rollups::fold;
use salesflow::app::Modules;
use store::{Dialect, StoreError, Tx};

/// Days of the story, the last of them yesterday.
pub const DAYS: u32 = 730;
/// Products that sold.
pub const PRODUCTS: u32 = 100;

/// Writes the story and folds it into the figures.
pub async fn tell(modules: &Modules) {
    let now = SystemClock.now().micros();
    let dialect = modules.stores.write.dialect();
    let work = async |tx: &Tx| -> Result<(), StoreError> {
        for sql in statements(dialect) {
            tx.execute(&sql, [now.into()]).await?;
        }
        let sql = "UPDATE counters SET value = $1 WHERE name = 'sale'";
        tx.execute(sql, [i64::from(DAYS).into()]).await?;
        Ok(())
    };
    modules.stores.write.transaction(work).await.unwrap();
    fold::fold_all(&modules.stores.write).await.unwrap();
    modules.stores.write.upkeep("ANALYZE").await.unwrap();
}

/// A sale a day with a line for each product that sold on it: levels from 1 to 13, busy Saturdays,
/// a third of the products on one day in four only. `$1` is the present.
fn statements(dialect: Dialect) -> [String; 3] {
    let id = |group: &str, number: &str| match dialect {
        Dialect::Sqlite => format!("unhex(printf('0000000000007000{group}%012x', {number}))"),
        Dialect::Postgres => {
            format!("('00000000-0000-7000-{group}-' || lpad(to_hex({number}), 12, '0'))::uuid")
        }
    };
    let counted = |name: &str, to: u32| match dialect {
        Dialect::Sqlite => format!(
            "(WITH RECURSIVE counted ({name}) AS (SELECT 1 UNION ALL SELECT {name} + 1 FROM counted WHERE {name} < {to}) SELECT {name} FROM counted)"
        ),
        Dialect::Postgres => {
            format!("generate_series(1::bigint, {to}::bigint) AS of_{name} ({name})")
        }
    };
    let yes = match dialect {
        Dialect::Sqlite => "1",
        Dialect::Postgres => "true",
    };
    let (day, product) = (counted("n", DAYS), counted("p", PRODUCTS));
    let sale = id("a000", "n");
    let chance = "((n * 7919 + p * 104729 + n * p * 31) % 997)";
    let units = format!(
        "(1 + (p % 13 + 1) * (CASE WHEN n % 7 = 5 THEN 2 ELSE 1 END) * ({chance} % 100) / 60)"
    );
    [
        format!(
            "INSERT INTO sales (id, number, state, currency, tax_mode, subtotal_minor, discount_minor, tax_minor, total_minor, cost_minor,
                                rounding_minor, change_minor, paid_minor, location_id, cashier_id, occurred_at_us, recorded_at_us)
             SELECT {sale}, n, 'completed', 'CDF', 'included', 300000, 0, 41379, 300000, 240000, 0, 0, 300000,
                    (SELECT id FROM locations WHERE is_default), (SELECT id FROM users LIMIT 1), $1 - ({DAYS} - n + 1) * 86400000000, $1 FROM {day}"
        ),
        format!(
            "INSERT INTO sale_lines (sale_id, id, product_id, product_name, quantity_milli, unit_price_minor, unit_cost_minor, discount_minor,
                                     tax_rate_bp, tax_minor, total_minor, cost_minor, refunded_milli)
             SELECT {sale}, {}, {}, 'Produit', {units} * 1000, 1000, 800, 0, 1600, {units} * 138, {units} * 1000, {units} * 800, 0
             FROM {day} CROSS JOIN {product} WHERE $1 > 0 AND (p % 3 > 0 OR {chance} % 4 = 0)",
            id("b000", "n * 1000 + p"),
            id("8000", "p"),
        ),
        format!(
            "INSERT INTO payments (sale_id, position, method, currency, amount_minor, rate_micros, base_minor, is_live)
             SELECT {sale}, 0, 'cash', 'CDF', 300000, 1000000, 300000, {yes} FROM {day} WHERE $1 > 0"
        ),
    ]
}

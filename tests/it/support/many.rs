//! Rows by the thousand, each kind by one statement.

use std::ops::RangeInclusive;

use kernel::{Clock as _, Timestamp};
use store::Dialect;

use super::app::TestApp;

/// How the databases write a range of numbers, a product's id and a movement's.
struct Words {
    numbers: String,
    product: &'static str,
    movement: &'static str,
    no: &'static str,
}

fn words(dialect: Dialect, range: RangeInclusive<u32>) -> Words {
    let (first, last) = range.into_inner();
    match dialect {
        Dialect::Sqlite => Words {
            numbers: format!(
                "(WITH RECURSIVE counted (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM counted WHERE n < {last}) SELECT n FROM counted)"
            ),
            product: "unhex(printf('00000000000070008000%012x', n))",
            movement: "unhex(printf('000000000000700090%02x%012x', $3, n))",
            no: "0",
        },
        Dialect::Postgres => Words {
            numbers: format!("generate_series({first}, {last}) AS numbers (n)"),
            product: "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
            movement: "('00000000-0000-7000-90' || lpad(to_hex($3::bigint), 2, '0') || '-' || lpad(to_hex(n), 12, '0'))::uuid",
            no: "false",
        },
    }
}

impl TestApp {
    /// Products `N-1`, `N-2` and so on, made now, that were never in stock.
    pub async fn many_products(&self, range: RangeInclusive<u32>) {
        let Words {
            numbers,
            product,
            no,
            ..
        } = words(self.modules.stores.write.dialect(), range);
        let sql = format!(
            "INSERT INTO products (id, sku, sku_key, sku_folded, name, name_folded, search_text, unit, price_minor, cost_minor, tax_rate_bp, reorder_level_milli, archived, version, created_at_us, updated_at_us)
             SELECT {product}, 'N-' || n, 'n-' || n, 'n-' || n, 'Produit ' || n, 'produit ' || n, 'produit ' || n, 'piece', 500, 300, 0, 0, {no}, 1, $1, $1 FROM {numbers}"
        );
        self.write(&sql, vec![self.clock.now().micros().into()])
            .await;
    }

    /// One piece of each of them came to the default location, and went.
    pub async fn came_and_went(
        &self,
        range: RangeInclusive<u32>,
        came: Timestamp,
        went: Timestamp,
    ) {
        let dialect = self.modules.stores.write.dialect();
        let Words {
            numbers,
            product,
            movement,
            ..
        } = words(dialect, range);
        let shelf = "(SELECT id FROM locations WHERE is_default)";
        let levels = format!(
            "INSERT INTO stock_levels (product_id, location_id, on_hand_milli, seq) SELECT {product}, {shelf}, 0, 0 FROM {numbers}"
        );
        self.write(&levels, Vec::new()).await;
        for (seq, at, delta, left) in [(1_i64, came, 1_000_i64, 1_000_i64), (2, went, -1_000, 0)] {
            let moved = format!(
                "INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, occurred_at_us, recorded_at_us)
                 SELECT {movement}, {product}, {shelf}, $3, $2, $4, 'adjustment', $1, $1 FROM {numbers}"
            );
            let values = vec![at.micros().into(), delta.into(), seq.into(), left.into()];
            self.write(&moved, values).await;
        }
        if dialect == Dialect::Postgres {
            // On SQLite the levels have followed their movements already.
            self.write(
                "UPDATE stock_levels SET on_hand_milli = 0, seq = 2 WHERE seq = 0",
                Vec::new(),
            )
            .await;
        }
    }
}

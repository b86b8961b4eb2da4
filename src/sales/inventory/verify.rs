//! The proof that the books are right: the ledger is replayed and compared with everything else.
//!
//! Each check is one statement and so sees one moment: tills can sell meanwhile. At the end, the kept
//! figures are compared with the facts in one snapshot.

use kernel::{Timestamp, ids::ProductId};
use serde::Serialize;
use store::{Dialect, ReadDb, selection};
use uuid::Uuid;

use crate::{error::SalesResult, rollups::proof};

/// Most differences of each kind in a report.
const MAX_DIFFERENCES: i64 = 100;

/// A place where the books contradict themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Difference {
    /// The broken rule.
    #[schema(example = "level_is_not_sum")]
    pub kind: String,
    /// The product concerned; null without one.
    pub product_id: Option<ProductId>,
    /// The sale, refund or location concerned; null without one.
    pub reference: Option<Uuid>,
    /// The movement's `seq`; for figures the day, counted from 1970-01-01; null for others.
    pub seq: Option<i64>,
    /// The right value: thousandths for quantities, minor units for money.
    pub expected: i128,
    /// The value in the books.
    pub found: i128,
}

/// How much was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// The number of movements replayed.
    pub movements: i64,
    /// The number of levels compared with them.
    pub levels: i64,
    /// The number of sales compared with their lines, payments, refunds and movements.
    pub sales: i64,
}

/// A declaration that the clock was right although there were later records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Notice {
    /// The kind of notice: `clock.corrected`.
    #[schema(example = "clock.corrected")]
    pub kind: &'static str,
    /// What the clock showed then.
    pub from: Timestamp,
    /// The time of the newest record then.
    pub to: Timestamp,
    /// Movements recorded before it with a later time: their times are wrong.
    pub movements: i64,
    /// Sales recorded before it with a later time.
    pub sales: i64,
    /// The reason that was given.
    pub reason: String,
}

/// The result of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Verification {
    /// True when there are no differences.
    pub ok: bool,
    /// How much was checked.
    pub checked: Checked,
    /// The first differences of each kind.
    pub differences: Vec<Difference>,
    /// Facts that are no differences but worth knowing.
    pub notices: Vec<Notice>,
    /// Position of the last movement when the proof began: all up to it are proved.
    pub position: i64,
    /// When the proof was made.
    pub at: Timestamp,
}

selection! {
    struct Compared in difference {
        product_id: Option<ProductId>,
        reference: Option<Uuid>,
        seq: Option<i64>,
        expected: i64,
        found: i64,
    }

    Counts of Checked { movements, levels, sales }

    Corrected of Notice in correction {
        from = corrected_at_us,
        to = floor_us,
        reason,
        movements = "(SELECT COUNT(*) FROM stock_movements
            WHERE position <= correction.last_position AND recorded_at_us > correction.corrected_at_us)",
        sales = "(SELECT COUNT(*) FROM sales
            WHERE number <= correction.last_number AND recorded_at_us > correction.corrected_at_us)",
    } with { kind: "clock.corrected" }
}

/// A check: its name, and a statement that returns a row for each difference: product, reference,
/// seq, expected, found.
struct Check {
    kind: &'static str,
    sql: &'static str,
}

const CHECKS: &[Check] = &[
    Check {
        kind: "level_is_not_sum",
        sql: "SELECT level.product_id, level.location_id, level.seq, CAST(COALESCE(ledger.total, 0) AS BIGINT), level.on_hand_milli
              FROM stock_levels AS level LEFT JOIN (
                  SELECT product_id, location_id, SUM(delta_milli) AS total FROM stock_movements GROUP BY product_id, location_id
              ) AS ledger ON ledger.product_id = level.product_id AND ledger.location_id = level.location_id
              WHERE level.on_hand_milli <> COALESCE(ledger.total, 0)",
    },
    Check {
        kind: "seq_has_gap",
        sql: "SELECT level.product_id, level.location_id, level.seq, level.seq, CAST(COALESCE(ledger.moves, 0) AS BIGINT)
              FROM stock_levels AS level LEFT JOIN (
                  SELECT product_id, location_id, COUNT(*) AS moves, COUNT(DISTINCT seq) AS numbers, MIN(seq) AS lowest, MAX(seq) AS highest
                  FROM stock_movements GROUP BY product_id, location_id
              ) AS ledger ON ledger.product_id = level.product_id AND ledger.location_id = level.location_id
              WHERE level.seq <> COALESCE(ledger.moves, 0) OR ledger.numbers <> ledger.moves OR level.seq <> COALESCE(ledger.highest, 0) OR COALESCE(ledger.lowest, 1) <> 1",
    },
    Check {
        kind: "level_is_missing",
        sql: "SELECT ledger.product_id, ledger.location_id, CAST(NULL AS BIGINT), CAST(ledger.total AS BIGINT), CAST(0 AS BIGINT)
              FROM (
                  SELECT product_id, location_id, SUM(delta_milli) AS total FROM stock_movements GROUP BY product_id, location_id
              ) AS ledger
              LEFT JOIN stock_levels AS level ON level.product_id = ledger.product_id AND level.location_id = ledger.location_id
              WHERE level.product_id IS NULL",
    },
    Check {
        // Later movements would not look for a count that the level does not know.
        kind: "level_does_not_know_its_count",
        sql: "SELECT level.product_id, level.location_id, level.seq, counted.latest, COALESCE(level.counted_at_us, 0)
              FROM stock_levels AS level JOIN (
                  SELECT product_id, location_id, MAX(occurred_at_us) AS latest FROM stock_movements WHERE kind = 'count' GROUP BY product_id, location_id
              ) AS counted ON counted.product_id = level.product_id AND counted.location_id = level.location_id
              WHERE level.counted_at_us IS NULL OR level.counted_at_us < counted.latest",
    },
    Check {
        // A correction of a late entry refers to the late sale or refund, or to the file that added it.
        kind: "document_is_missing",
        sql: "SELECT movement.product_id, movement.reference_id, movement.seq, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
              FROM stock_movements AS movement
              WHERE movement.kind IN ('receipt', 'adjustment', 'count', 'transfer') AND movement.reference_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM stock_documents WHERE id = movement.reference_id)
                AND NOT EXISTS (SELECT 1 FROM sales WHERE id = movement.reference_id)
                AND NOT EXISTS (SELECT 1 FROM refunds WHERE id = movement.reference_id)
                AND NOT EXISTS (SELECT 1 FROM imports WHERE id = movement.reference_id)",
    },
    Check {
        kind: "transfer_is_not_even",
        sql: "SELECT product_id, reference_id, CAST(NULL AS BIGINT), CAST(0 AS BIGINT), CAST(SUM(delta_milli) AS BIGINT)
              FROM stock_movements WHERE kind = 'transfer' GROUP BY product_id, reference_id HAVING SUM(delta_milli) <> 0",
    },
    Check {
        kind: "balance_is_not_running_sum",
        sql: "SELECT product_id, location_id, seq, CAST(running AS BIGINT), balance_after_milli FROM (
                  SELECT product_id, location_id, seq, balance_after_milli,
                         SUM(delta_milli) OVER (PARTITION BY product_id, location_id ORDER BY seq) AS running
                  FROM stock_movements
              ) AS replayed WHERE running <> balance_after_milli",
    },
    Check {
        kind: "sale_is_not_its_movements",
        sql: "SELECT product_id, reference, CAST(NULL AS BIGINT), CAST(SUM(sold) AS BIGINT), CAST(SUM(moved) AS BIGINT) FROM (
                  SELECT product_id, sale_id AS reference, -quantity_milli AS sold, 0 AS moved FROM sale_lines
                  UNION ALL
                  SELECT product_id, reference_id, 0, delta_milli FROM stock_movements WHERE kind = 'sale'
              ) AS both_sides GROUP BY product_id, reference HAVING SUM(sold) <> SUM(moved)",
    },
    Check {
        kind: "void_is_not_its_movements",
        sql: "SELECT product_id, reference, CAST(NULL AS BIGINT), CAST(SUM(sold) AS BIGINT), CAST(SUM(moved) AS BIGINT) FROM (
                  SELECT line.product_id, line.sale_id AS reference, line.quantity_milli AS sold, 0 AS moved
                  FROM sales AS sale JOIN sale_lines AS line ON line.sale_id = sale.id WHERE sale.state = 'voided'
                  UNION ALL
                  SELECT product_id, reference_id, 0, delta_milli FROM stock_movements WHERE kind = 'void'
              ) AS both_sides GROUP BY product_id, reference HAVING SUM(sold) <> SUM(moved)",
    },
    Check {
        kind: "refund_is_not_its_movements",
        sql: "SELECT product_id, reference, CAST(NULL AS BIGINT), CAST(SUM(back) AS BIGINT), CAST(SUM(moved) AS BIGINT) FROM (
                  SELECT line.product_id, part.refund_id AS reference, part.quantity_milli AS back, 0 AS moved
                  FROM refund_lines AS part JOIN sale_lines AS line ON line.sale_id = part.sale_id AND line.id = part.sale_line_id
                  WHERE part.restock
                  UNION ALL
                  SELECT product_id, reference_id, 0, delta_milli FROM stock_movements WHERE kind = 'refund'
              ) AS both_sides GROUP BY product_id, reference HAVING SUM(back) <> SUM(moved)",
    },
    Check {
        kind: "refunded_is_not_sum_of_refunds",
        sql: "SELECT line.product_id, line.sale_id, CAST(NULL AS BIGINT), CAST(COALESCE(part.total, 0) AS BIGINT), line.refunded_milli
              FROM sale_lines AS line LEFT JOIN (
                  SELECT sale_id, sale_line_id, SUM(quantity_milli) AS total FROM refund_lines GROUP BY sale_id, sale_line_id
              ) AS part ON part.sale_id = line.sale_id AND part.sale_line_id = line.id
              WHERE line.refunded_milli <> COALESCE(part.total, 0) OR line.refunded_milli > line.quantity_milli",
    },
    Check {
        kind: "refund_is_not_sum_of_lines",
        sql: "SELECT CAST(NULL AS {uuid}), refund.id, CAST(NULL AS BIGINT), CAST(COALESCE(part.total, 0) AS BIGINT), refund.total_minor
              FROM refunds AS refund LEFT JOIN (
                  SELECT refund_id, SUM(total_minor) AS total, SUM(tax_minor) AS tax, SUM(cost_minor) AS cost FROM refund_lines GROUP BY refund_id
              ) AS part ON part.refund_id = refund.id
              WHERE part.total IS NULL OR refund.total_minor <> part.total OR refund.tax_minor <> part.tax OR refund.cost_minor <> part.cost",
    },
    Check {
        kind: "total_is_not_sum_of_lines",
        sql: "SELECT CAST(NULL AS {uuid}), sale.id, sale.number, CAST(COALESCE(line.total, 0) AS BIGINT), sale.total_minor
              FROM sales AS sale LEFT JOIN (
                  SELECT sale_id, SUM(total_minor) AS total, SUM(tax_minor) AS tax, SUM(discount_minor) AS discount, SUM(cost_minor) AS cost
                  FROM sale_lines GROUP BY sale_id
              ) AS line ON line.sale_id = sale.id
              WHERE line.total IS NULL OR sale.total_minor <> line.total OR sale.tax_minor <> line.tax
                 OR sale.discount_minor <> line.discount OR sale.cost_minor <> line.cost
                 OR sale.total_minor <> sale.subtotal_minor - sale.discount_minor + CASE WHEN sale.tax_mode = 'added' THEN sale.tax_minor ELSE 0 END",
    },
    Check {
        kind: "payments_are_not_total",
        sql: "SELECT CAST(NULL AS {uuid}), sale.id, sale.number, sale.total_minor + sale.rounding_minor, CAST(COALESCE(payment.paid, 0) AS BIGINT) - sale.change_minor
              FROM sales AS sale LEFT JOIN (
                  SELECT sale_id, SUM(CASE WHEN direction = 'in' THEN base_minor ELSE 0 END) AS paid,
                         SUM(CASE WHEN direction = 'out' THEN base_minor ELSE 0 END) AS change
                  FROM payments GROUP BY sale_id
              ) AS payment ON payment.sale_id = sale.id
              WHERE COALESCE(payment.paid, 0) <> sale.paid_minor OR COALESCE(payment.change, 0) <> sale.change_minor
                 OR sale.paid_minor - sale.change_minor <> sale.total_minor + sale.rounding_minor",
    },
    Check {
        kind: "refund_is_not_its_payments",
        sql: "SELECT CAST(NULL AS {uuid}), refund.id, refund.number, refund.total_minor + refund.rounding_minor, CAST(COALESCE(payment.paid, 0) AS BIGINT)
              FROM refunds AS refund LEFT JOIN (
                  SELECT refund_id, SUM(base_minor) AS paid FROM refund_payments GROUP BY refund_id
              ) AS payment ON payment.refund_id = refund.id
              WHERE COALESCE(payment.paid, 0) <> refund.paid_minor OR refund.paid_minor <> refund.total_minor + refund.rounding_minor",
    },
    Check {
        // A sale of which nothing is left keeps no money. Payments of old refunds are unknown.
        kind: "more_is_paid_back_than_was_paid",
        sql: "SELECT CAST(NULL AS {uuid}), sale.id, sale.number, sale.total_minor + sale.rounding_minor, CAST(back.paid AS BIGINT)
              FROM sales AS sale JOIN (
                  SELECT refund.sale_id, SUM(refund.paid_minor) AS paid FROM refunds AS refund
                  WHERE NOT EXISTS (SELECT 1 FROM refund_payments AS payment WHERE payment.sale_id = refund.sale_id AND payment.method = 'unknown')
                  GROUP BY refund.sale_id
              ) AS back ON back.sale_id = sale.id
              WHERE sale.state = 'partially_refunded' AND back.paid > sale.total_minor + sale.rounding_minor",
    },
    Check {
        kind: "state_is_not_refunds",
        sql: "SELECT CAST(NULL AS {uuid}), sale.id, sale.number, line.open, line.refunded
              FROM sales AS sale JOIN (
                  SELECT sale_id, CAST(SUM(CASE WHEN refunded_milli < quantity_milli THEN 1 ELSE 0 END) AS BIGINT) AS open,
                         CAST(SUM(CASE WHEN refunded_milli > 0 THEN 1 ELSE 0 END) AS BIGINT) AS refunded
                  FROM sale_lines GROUP BY sale_id
              ) AS line ON line.sale_id = sale.id
              WHERE sale.state <> CASE WHEN sale.state = 'voided' AND (line.refunded = 0 OR sale.import_id IS NOT NULL) THEN 'voided'
                                       WHEN line.refunded = 0 THEN 'completed'
                                       WHEN line.open > 0 THEN 'partially_refunded' ELSE 'refunded' END",
    },
    Check {
        kind: "numbers_have_gap",
        sql: "SELECT CAST(NULL AS {uuid}), CAST(NULL AS {uuid}), CAST(NULL AS BIGINT), counter.value, sale.amount
              FROM counters AS counter CROSS JOIN (
                  SELECT COUNT(*) AS amount, COALESCE(MAX(number), 0) AS highest, COALESCE(MIN(number), 1) AS lowest FROM sales
              ) AS sale
              WHERE counter.name = 'sale' AND (counter.value <> sale.amount OR counter.value <> sale.highest OR sale.lowest <> 1)",
    },
    Check {
        kind: "refund_numbers_have_gap",
        sql: "SELECT CAST(NULL AS {uuid}), CAST(NULL AS {uuid}), CAST(NULL AS BIGINT), counter.value, refund.amount
              FROM counters AS counter CROSS JOIN (
                  SELECT COUNT(*) AS amount, COALESCE(MAX(number), 0) AS highest, COALESCE(MIN(number), 1) AS lowest FROM refunds
              ) AS refund
              WHERE counter.name = 'refund' AND (counter.value <> refund.amount OR counter.value <> refund.highest OR refund.lowest <> 1)",
    },
];

/// `SQLite`: every movement up to the position is in the index by product, unchanged.
const INDEX_CHECK: Check = Check {
    kind: "movement_index_is_not_the_ledger",
    sql: "SELECT movement.product_id, movement.id, movement.seq, movement.position, COALESCE(entry.position, 0)
          FROM stock_movements AS movement
          LEFT JOIN stock_movement_index AS entry ON entry.product_id = movement.product_id AND entry.position = movement.position
          WHERE movement.position <= (SELECT up_to FROM stock_movement_index_state WHERE id = 1) AND entry.position IS NULL
          UNION ALL
          SELECT CAST(NULL AS BLOB), CAST(NULL AS BLOB), CAST(NULL AS BIGINT), ledger.amount, entries.amount
          FROM (SELECT COUNT(*) AS amount FROM stock_movements
                WHERE position <= (SELECT up_to FROM stock_movement_index_state WHERE id = 1)) AS ledger
          CROSS JOIN (SELECT COUNT(*) AS amount FROM stock_movement_index) AS entries
          WHERE ledger.amount <> entries.amount",
};

/// Every rule that a difference can name.
#[must_use]
pub fn difference_kinds() -> Vec<&'static str> {
    CHECKS
        .iter()
        .chain([&INDEX_CHECK])
        .map(|check| check.kind)
        .chain(proof::KINDS)
        .collect()
}

/// Proves the books.
pub async fn verify(read: &ReadDb, at: Timestamp) -> SalesResult<Verification> {
    let uuid = match read.dialect() {
        Dialect::Sqlite => "BLOB",
        Dialect::Postgres => "uuid",
    };
    let position = "SELECT COALESCE(MAX(position), 0) FROM stock_movements";
    let position = read.value::<i64>(position, []).await?.unwrap_or(0);
    let mut differences = Vec::new();
    let of_dialect = (read.dialect() == Dialect::Sqlite).then_some(&INDEX_CHECK);
    for check in CHECKS.iter().chain(of_dialect) {
        let sql = format!(
            "WITH difference (product_id, reference, seq, expected, found) AS ({} LIMIT {MAX_DIFFERENCES})
             SELECT {} FROM difference",
            check.sql.replace("{uuid}", uuid),
            Compared::SELECT
        );
        let found = read.select::<Compared>(&sql, []).await?;
        differences.extend(found.into_iter().map(|found| Difference {
            kind: check.kind.to_owned(),
            product_id: found.product_id,
            reference: found.reference,
            seq: found.seq,
            expected: i128::from(found.expected),
            found: i128::from(found.found),
        }));
    }
    for mistake in proof::prove(read).await? {
        differences.push(Difference {
            kind: mistake.kind.to_owned(),
            product_id: mistake.product_id.map(ProductId::from_uuid),
            reference: mistake.reference,
            seq: Some(mistake.day),
            expected: mistake.expected,
            found: mistake.found,
        });
    }
    let counted = "SELECT (SELECT COUNT(*) FROM stock_movements) AS movements, (SELECT COUNT(*) FROM stock_levels) AS levels, (SELECT COUNT(*) FROM sales) AS sales";
    let checked = read.select_one::<Counts>(counted, []).await?;
    let checked = checked.unwrap_or_default();
    let notices = notices(read).await?;
    let amount = u32::try_from(differences.len()).unwrap_or(u32::MAX);
    metrics::gauge!("stock_ledger_mismatch").set(f64::from(amount));
    metrics::gauge!("stock_ledger_proved_timestamp_seconds").set(seconds(at));
    if let Some(first) = differences.first() {
        tracing::error!(stock.mismatches = amount, difference = ?first, "the books disagree with themselves");
    }
    Ok(Verification {
        position,
        ok: differences.is_empty(),
        checked,
        differences,
        notices,
        at,
    })
}

/// As a metric, which is a float: exact to the microsecond until the year 2255.
#[expect(clippy::cast_precision_loss, reason = "a metric is a float")]
fn seconds(at: Timestamp) -> f64 {
    at.micros() as f64 / 1e6
}

async fn notices(read: &ReadDb) -> SalesResult<Vec<Notice>> {
    let sql = format!(
        "SELECT {} FROM clock_corrections AS correction ORDER BY correction.number LIMIT {MAX_DIFFERENCES}",
        Corrected::SELECT
    );
    Ok(read.select::<Corrected>(&sql, []).await?)
}

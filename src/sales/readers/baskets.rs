//! Products that are bought together: counted by the database over the newest sales of a period, in
//! one snapshot.

use std::collections::BTreeMap;

use kernel::{
    Period,
    ids::ProductId,
    read::{BasketFacts, BasketQuestion, PairRank},
};
use sea_orm::Value;
use store::{ReadDb, Snapshot, selection};

use crate::error::SalesResult;

selection! {
    struct ProductPair in pair {
        one_id: ProductId,
        other_id: ProductId,
        baskets: i64,
        of_one: i64 = "a.baskets",
        of_other: i64 = "b.baskets",
    }
}

/// Counts pairs of products, and the baskets of each product in a pair.
pub(super) async fn bought_together(
    read: &ReadDb,
    period: &Period,
    question: &BasketQuestion,
) -> SalesResult<BasketFacts> {
    at_one_moment!(read, |snapshot| count(&snapshot, period, question).await)
}

async fn count(
    snapshot: &Snapshot,
    period: &Period,
    question: &BasketQuestion,
) -> SalesResult<BasketFacts> {
    let baskets = format!(
        "baskets AS MATERIALIZED (
             SELECT id FROM sales WHERE state <> 'voided' AND occurred_at_us >= $1 AND occurred_at_us < $2
             ORDER BY occurred_at_us DESC, id DESC LIMIT {}
         )",
        question.newest_sales
    );
    let mut values: Vec<Value> = vec![period.start().micros().into(), period.end().micros().into()];
    let sql = format!("WITH {baskets} SELECT COUNT(*) FROM baskets");
    let count = snapshot.value(&sql, values.clone()).await?;

    if let Some(product) = question.product_id {
        values.push(product.as_uuid().into());
    }
    let sql = pairs_of(&baskets, question);
    let mut pairs = Vec::new();
    let mut products: BTreeMap<ProductId, i64> = BTreeMap::new();
    for pair in snapshot.select::<ProductPair>(&sql, values).await? {
        pairs.push((pair.one_id, pair.other_id, pair.baskets));
        products.insert(pair.one_id, pair.of_one);
        products.insert(pair.other_id, pair.of_other);
    }
    Ok(BasketFacts {
        baskets: count.unwrap_or(0),
        products: products.into_iter().collect(),
        pairs,
    })
}

/// The query for pairs of products in these baskets; `$3` is the requested product, if there is one.
fn pairs_of(baskets: &str, question: &BasketQuestion) -> String {
    // For one requested product, only its own baskets are paired.
    let (held, wanted) = match question.product_id {
        None => ("true", "true"),
        Some(_) => (
            "sale_id IN (SELECT sale_id FROM items WHERE product_id = $3)",
            "(one.product_id = $3 OR other.product_id = $3)",
        ),
    };
    let rank = match question.first {
        PairRank::Baskets => "pair.baskets",
        PairRank::Confidence => {
            "pair.baskets * 1.0 / CASE WHEN a.baskets < b.baskets THEN a.baskets ELSE b.baskets END"
        }
        // SQLite has no square root. With 27, the share is a lower bound in the range that matters:
        // 0.3 of 12 baskets, 0.8 of 100.
        PairRank::Lift => {
            "pair.baskets * 1.0 * pair.baskets / (pair.baskets + 27) / a.baskets / b.baskets"
        }
    };
    format!(
        "WITH {baskets}, items AS MATERIALIZED (
             SELECT DISTINCT line.sale_id, line.product_id
             FROM baskets CROSS JOIN sale_lines AS line WHERE line.sale_id = baskets.id
         ), totals AS MATERIALIZED (
             SELECT product_id, COUNT(*) AS baskets FROM items GROUP BY product_id
         ), held AS MATERIALIZED (
             SELECT sale_id, product_id FROM items WHERE {held}
         ), pairs AS (
             SELECT one.product_id AS one_id, other.product_id AS other_id, COUNT(*) AS baskets
             FROM held AS one JOIN held AS other ON other.sale_id = one.sale_id AND other.product_id > one.product_id
             WHERE {wanted}
             GROUP BY one.product_id, other.product_id HAVING COUNT(*) >= {}
         )
         SELECT {}
         FROM pairs AS pair JOIN totals AS a ON a.product_id = pair.one_id JOIN totals AS b ON b.product_id = pair.other_id
         ORDER BY {rank} DESC, pair.baskets DESC, pair.one_id, pair.other_id LIMIT {}",
        question.at_least,
        ProductPair::SELECT,
        question.limit
    )
}

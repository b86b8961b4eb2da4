//! Which products lie in the same baskets: counted by the database over the newest sales of a
//! period, in one snapshot.

use kernel::{
    Period,
    ids::ProductId,
    read::{BasketFacts, BasketQuestion},
};
use sea_orm::Value;
use store::{ColumnKind, ReadDb, Snapshot, json_rows, to_json};

use crate::error::SalesResult;

/// Counts pairs of products, and the baskets of each product that is in one of them.
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
    let row = snapshot.row(&sql, values.clone()).await?;
    let count = row.map_or(Ok(0), |row| row.get(0))?;

    // With one product wanted, only its own baskets are opened.
    let (opened, wanted) = match question.product_id {
        None => ("baskets", ""),
        Some(product) => {
            values.push(product.as_uuid().into());
            (
                "(SELECT DISTINCT line.sale_id AS id FROM baskets CROSS JOIN sale_lines AS line WHERE line.sale_id = baskets.id AND line.product_id = $3)",
                "AND (one.product_id = $3 OR other.product_id = $3)",
            )
        }
    };
    let sql = format!(
        "WITH {baskets}, items AS MATERIALIZED (
             SELECT DISTINCT line.sale_id, line.product_id
             FROM {opened} AS opened CROSS JOIN sale_lines AS line WHERE line.sale_id = opened.id
         )
         SELECT one.product_id, other.product_id, COUNT(*)
         FROM items AS one JOIN items AS other ON other.sale_id = one.sale_id AND other.product_id > one.product_id
         WHERE true {wanted}
         GROUP BY one.product_id, other.product_id HAVING COUNT(*) >= {}
         ORDER BY COUNT(*) DESC, one.product_id, other.product_id LIMIT {}",
        question.at_least, question.limit
    );
    let mut pairs = Vec::new();
    let mut named: Vec<ProductId> = Vec::new();
    for row in snapshot.rows(&sql, values).await? {
        let (one, other) = (
            ProductId::from_uuid(row.get(0)?),
            ProductId::from_uuid(row.get(1)?),
        );
        named.extend([one, other]);
        pairs.push((one, other, row.get(2)?));
    }
    named.sort_unstable();
    named.dedup();

    let source = json_rows(snapshot.dialect(), 3, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "WITH {baskets} SELECT line.product_id, COUNT(DISTINCT line.sale_id)
         FROM baskets CROSS JOIN sale_lines AS line
         WHERE line.sale_id = baskets.id AND line.product_id IN (SELECT id FROM {source} AS wanted)
         GROUP BY line.product_id ORDER BY line.product_id"
    );
    let ids: Vec<_> = named.iter().map(|id| (*id,)).collect();
    let values: [Value; 3] = [
        period.start().micros().into(),
        period.end().micros().into(),
        to_json(&ids).into(),
    ];
    let mut products = Vec::with_capacity(named.len());
    for row in snapshot.rows(&sql, values).await? {
        products.push((ProductId::from_uuid(row.get(0)?), row.get(1)?));
    }
    Ok(BasketFacts {
        baskets: count,
        products,
        pairs,
    })
}

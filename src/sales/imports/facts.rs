//! What a preview needs to know of the shop that the read ports of analytics do not tell.

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId},
    import::{PlaceFacts, RefundableLine},
    read::LevelFacts,
};
use sea_orm::Value;
use store::{ColumnKind, ReadDb, Row, Tx, json_rows, to_json};

use super::Imports;
use crate::{error::SalesResult, inventory::locations};

/// Things in one question.
const ASK: usize = 10_000;
/// Most recorded lines that returns of a file are held against; the latest ones.
const MAX_REFUNDABLE: usize = 500_000;

impl Imports {
    /// Every location.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn places(&self) -> SalesResult<Vec<PlaceFacts>> {
        let found = locations::list(&self.ctx.read).await?;
        Ok(found
            .into_iter()
            .map(|location| PlaceFacts {
                id: location.id,
                name: location.name,
                is_default: location.is_default,
            })
            .collect())
    }

    /// What lies where of some products.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn levels(&self, products: &[ProductId]) -> SalesResult<Vec<LevelFacts>> {
        let read = &self.ctx.read;
        let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let sql = format!(
            "SELECT level.product_id, level.location_id, level.on_hand_milli
             FROM {source} AS wanted JOIN stock_levels AS level ON level.product_id = wanted.id"
        );
        let mut levels = Vec::new();
        for chunk in products.chunks(ASK) {
            let ids: Vec<_> = chunk.iter().map(|id| (id,)).collect();
            for row in read.rows(&sql, [to_json(&ids).into()]).await? {
                levels.push(LevelFacts {
                    product_id: ProductId::from_uuid(row.get(0)?),
                    location_id: LocationId::from_uuid(row.get(1)?),
                    on_hand: Quantity::from_milli(row.get(2)?),
                });
            }
        }
        Ok(levels)
    }

    /// Which of these invoice numbers the shop has recorded, as sales or as refunds.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn recorded_invoices(&self, numbers: &[String]) -> SalesResult<Vec<String>> {
        recorded_invoices(Source::Read(&self.ctx.read), numbers).await
    }

    /// The sale lines of some products of which something can still come back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn refundable_lines(
        &self,
        products: &[ProductId],
    ) -> SalesResult<Vec<RefundableLine>> {
        let read = &self.ctx.read;
        let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let mut lines = Vec::new();
        for chunk in products.chunks(ASK) {
            let room = MAX_REFUNDABLE.saturating_sub(lines.len());
            let sql = format!(
                "SELECT line.sale_id, line.id, line.product_id, line.unit_price_minor, line.discount_minor, line.quantity_milli, line.quantity_milli - line.refunded_milli, sale.occurred_at_us
                 FROM {source} AS wanted
                 JOIN sale_lines AS line ON line.product_id = wanted.id
                 JOIN sales AS sale ON sale.id = line.sale_id
                 WHERE line.refunded_milli < line.quantity_milli AND sale.state <> 'voided'
                 ORDER BY sale.occurred_at_us DESC LIMIT {room}"
            );
            let ids: Vec<_> = chunk.iter().map(|id| (id,)).collect();
            for row in read.rows(&sql, [to_json(&ids).into()]).await? {
                lines.push(RefundableLine {
                    sale_id: SaleId::from_uuid(row.get(0)?),
                    sale_line_id: SaleLineId::from_uuid(row.get(1)?),
                    product_id: ProductId::from_uuid(row.get(2)?),
                    unit_price_minor: row.get(3)?,
                    discount_minor: row.get(4)?,
                    sold: Quantity::from_milli(row.get(5)?),
                    remaining: Quantity::from_milli(row.get(6)?),
                    occurred_at: Timestamp::from_micros(row.get(7)?),
                });
            }
        }
        Ok(lines)
    }
}

/// Where a question goes: the read pool for a preview, the open transaction for a commit.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Read(&'a ReadDb),
    Tx(&'a Tx),
}

impl Source<'_> {
    const fn dialect(self) -> store::Dialect {
        match self {
            Self::Read(read) => read.dialect(),
            Self::Tx(tx) => tx.dialect(),
        }
    }

    pub(super) async fn rows(
        self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> SalesResult<Vec<Row>> {
        Ok(match self {
            Self::Read(read) => read.rows(sql, values).await?,
            Self::Tx(tx) => tx.rows(sql, values).await?,
        })
    }
}

/// Which of these invoice numbers the shop has recorded.
pub(super) async fn recorded_invoices(
    source: Source<'_>,
    numbers: &[String],
) -> SalesResult<Vec<String>> {
    let wanted = json_rows(source.dialect(), 1, &[("number", ColumnKind::Text)]);
    let sql = format!(
        "SELECT wanted.number FROM {wanted} AS wanted
         WHERE EXISTS (SELECT 1 FROM sales WHERE external_number = wanted.number)
            OR EXISTS (SELECT 1 FROM refunds WHERE external_number = wanted.number)"
    );
    let mut recorded = Vec::new();
    for chunk in numbers.chunks(ASK) {
        let rows: Vec<_> = chunk.iter().map(|number| (number,)).collect();
        for row in source.rows(&sql, [to_json(&rows).into()]).await? {
            recorded.push(row.get(0)?);
        }
    }
    Ok(recorded)
}

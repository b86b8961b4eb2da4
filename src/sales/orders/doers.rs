//! Who did the work that a finding is about: sold, voided, refunded or counted.

use kernel::{Timestamp, ids::UserId};
use sea_orm::Value;
use store::{ColumnKind, ReadDb, json_rows, to_json};
use uuid::Uuid;

use crate::error::SalesResult;

/// Work, by the records that it left.
#[derive(Debug, Clone, Default)]
pub struct Deeds {
    /// Ids of sales, refunds and stock documents.
    pub records: Vec<Uuid>,
    /// Work on the sales of one cashier.
    pub cashier: Option<OfCashier>,
}

/// Work on the sales of one cashier in a period.
#[derive(Debug, Clone, Copy)]
pub struct OfCashier {
    /// The cashier.
    pub cashier: UserId,
    /// What was done to the sales after they were made.
    pub taken: Option<Taken>,
    /// First instant of the period.
    pub from: Timestamp,
    /// End of the period, not included.
    pub until: Timestamp,
}

/// What is done to a sale, perhaps not by its cashier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is voided.
    Voided,
    /// It is refunded.
    Refunded,
    /// It is entered long after it happened.
    EnteredLate,
}

impl Deeds {
    /// Whether the user did any of it.
    pub async fn is_by(&self, read: &ReadDb, user: UserId) -> SalesResult<bool> {
        if let Some(of) = &self.cashier
            && (of.cashier == user || of.is_by(read, user).await?)
        {
            return Ok(true);
        }
        if self.records.is_empty() {
            return Ok(false);
        }
        let rows: Vec<_> = self.records.iter().map(|id| (id,)).collect();
        let source = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let sql = format!(
            "SELECT 1 FROM {source} AS deed
             WHERE EXISTS (SELECT 1 FROM sales AS sale WHERE sale.id = deed.id
                           AND (sale.cashier_id = $2 OR sale.recorded_by = $2 OR sale.voided_by = $2))
                OR EXISTS (SELECT 1 FROM refunds AS refund WHERE refund.id = deed.id AND refund.actor_id = $2)
                OR EXISTS (SELECT 1 FROM stock_documents AS document WHERE document.id = deed.id AND document.actor_id = $2)
             LIMIT 1"
        );
        let values = [to_json(&rows).into(), user.as_uuid().into()];
        Ok(read.value::<i32>(&sql, values).await?.is_some())
    }
}

impl OfCashier {
    async fn is_by(&self, read: &ReadDb, user: UserId) -> SalesResult<bool> {
        let sql = match self.taken {
            None => return Ok(false),
            Some(Taken::Voided) => {
                "SELECT 1 FROM sales WHERE cashier_id = $1 AND occurred_at_us >= $2 AND occurred_at_us < $3 AND voided_by = $4 LIMIT 1"
            }
            Some(Taken::Refunded) => {
                "SELECT 1 FROM refunds AS refund JOIN sales AS sale ON sale.id = refund.sale_id
                 WHERE sale.cashier_id = $1 AND refund.occurred_at_us >= $2 AND refund.occurred_at_us < $3 AND refund.actor_id = $4 LIMIT 1"
            }
            Some(Taken::EnteredLate) => {
                "SELECT 1 FROM sales WHERE cashier_id = $1 AND occurred_at_us >= $2 AND occurred_at_us < $3 AND entered_late AND recorded_by = $4 LIMIT 1"
            }
        };
        let values: [Value; 4] = [
            self.cashier.as_uuid().into(),
            self.from.micros().into(),
            self.until.micros().into(),
            user.as_uuid().into(),
        ];
        Ok(read.value::<i32>(sql, values).await?.is_some())
    }
}

//! Reading the ledger.

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, MovementId, ProductId, UserId},
    paging::Page,
};
use sea_orm::Value;
use serde::Serialize;
use store::{Dialect, ReadDb, Row, StoreError};
use uuid::Uuid;

use super::ledger::{MovementKind, PostedMovement};
use crate::error::SalesResult;

/// A movement as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Movement {
    /// Its id.
    pub id: MovementId,
    /// Which product.
    pub product_id: ProductId,
    /// Where.
    pub location_id: LocationId,
    /// Its place in the ledger of its product and location, from 1, without gaps.
    pub seq: i64,
    /// By how much.
    pub delta: Quantity,
    /// What lay there after it.
    pub balance_after: Quantity,
    /// Why.
    pub kind: MovementKind,
    /// The sale, refund, document or import behind it.
    pub reference: Option<Uuid>,
    /// In words.
    pub reason: Option<String>,
    /// Who.
    pub actor: Option<UserId>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When we learnt it.
    pub recorded_at: Timestamp,
}

impl From<&PostedMovement> for Movement {
    fn from(posted: &PostedMovement) -> Self {
        let wanted = &posted.wanted;
        Self {
            id: posted.id,
            product_id: wanted.product_id,
            location_id: wanted.location_id,
            seq: posted.seq,
            delta: wanted.delta,
            balance_after: posted.balance_after,
            kind: wanted.kind,
            reference: wanted.reference_id,
            reason: wanted.reason.clone(),
            actor: wanted.actor_id,
            occurred_at: wanted.occurred_at,
            recorded_at: posted.recorded_at,
        }
    }
}

/// Which movements.
#[derive(Debug, Clone, Copy, Default)]
pub struct MovementFilter {
    /// Of one product.
    pub product_id: Option<ProductId>,
    /// At one location.
    pub location_id: Option<LocationId>,
    /// Of one kind.
    pub kind: Option<MovementKind>,
}

/// Movements, newest first, behind `before`.
pub async fn list(
    read: &ReadDb,
    filter: MovementFilter,
    before: Option<MovementId>,
    limit: u32,
) -> SalesResult<Page<Movement>> {
    let mut values: Vec<Value> = Vec::new();
    let mut conditions: Vec<String> = Vec::new();
    let mut require = |condition: &str, value: Value| {
        values.push(value);
        conditions.push(condition.replace('?', &format!("${}", values.len())));
    };
    let is_sorted_by_hand = filter.product_id.is_some() && read.dialect() == Dialect::Sqlite;
    if let Some(product) = filter.product_id {
        require("product_id = ?", product.as_uuid().into());
    }
    if let Some(location) = filter.location_id {
        require("location_id = ?", location.as_uuid().into());
    }
    if let Some(kind) = filter.kind {
        require("kind = ?", kind.as_str().into());
    }
    // SQLite finds the movements of a product by the index of their numbers, which holds the ids as
    // well; the plus sign keeps it from walking the whole ledger along the key instead.
    let key = if is_sorted_by_hand { "+id" } else { "id" };
    if let Some(before) = before {
        require(&format!("{key} < ?"), before.as_uuid().into());
    }
    let wher = if conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", conditions.join(" AND "))
    };
    let limited = format!("{wher} ORDER BY {key} DESC LIMIT {}", i64::from(limit) + 1);
    let which = if is_sorted_by_hand {
        format!("WHERE id IN (SELECT id FROM stock_movements {limited}) ORDER BY id DESC")
    } else {
        limited
    };
    let sql = format!(
        "SELECT id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, reference_id, reason, actor_id, occurred_at_us, recorded_at_us
         FROM stock_movements {which}"
    );
    let rows = read.rows(&sql, values).await?;
    let items = rows
        .into_iter()
        .map(from_row)
        .collect::<SalesResult<Vec<_>>>()?;
    Ok(Page::from_probe(items, limit))
}

fn from_row(row: Row) -> SalesResult<Movement> {
    let kind: String = row.get(6)?;
    let kind = MovementKind::parse(&kind)
        .ok_or_else(|| StoreError::Corrupt(format!("movement kind {kind}")))?;
    Ok(Movement {
        id: MovementId::from_uuid(row.get(0)?),
        product_id: ProductId::from_uuid(row.get(1)?),
        location_id: LocationId::from_uuid(row.get(2)?),
        seq: row.get(3)?,
        delta: Quantity::from_milli(row.get(4)?),
        balance_after: Quantity::from_milli(row.get(5)?),
        kind,
        reference: row.get(7)?,
        reason: row.get(8)?,
        actor: row.get::<Option<Uuid>>(9)?.map(UserId::from_uuid),
        occurred_at: Timestamp::from_micros(row.get(10)?),
        recorded_at: Timestamp::from_micros(row.get(11)?),
    })
}

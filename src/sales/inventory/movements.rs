//! Reads the ledger.

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, MovementId, ProductId, UserId},
    paging::Page,
};
use serde::Serialize;
use store::{ReadDb, selection};
use uuid::Uuid;

use super::{
    by_product::{Asked, newest, place_of},
    ledger::PostedMovement,
    movement::MovementKind,
};
use crate::{conditions::Conditions, error::SalesResult};

/// A movement in the stock ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Movement {
    /// The movement's own UUID.
    pub id: MovementId,
    /// The product's own id.
    pub product_id: ProductId,
    /// The location's own id.
    pub location_id: LocationId,
    /// Its place among the movements of its product and location, from 1, without gaps.
    pub seq: i64,
    /// The change of the stock; negative goes out.
    pub delta: Quantity,
    /// The stock after the movement.
    pub balance_after: Quantity,
    /// Why the stock moved.
    pub kind: MovementKind,
    /// The sale, refund, document or import behind it; null without one.
    pub reference: Option<Uuid>,
    /// The reason in words; null without one.
    pub reason: Option<String>,
    /// The user who caused it; null for the program itself.
    pub actor: Option<UserId>,
    /// When the goods moved.
    pub occurred_at: Timestamp,
    /// When the movement was recorded.
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

/// A filter for movements.
#[derive(Debug, Clone, Copy, Default)]
pub struct MovementFilter {
    /// Only movements of this product.
    pub product_id: Option<ProductId>,
    /// Only movements at this location.
    pub location_id: Option<LocationId>,
    /// Only movements of this kind.
    pub kind: Option<MovementKind>,
}

selection! {
    Listed of Movement in movement {
        id, product_id, location_id, seq, delta = delta_milli, balance_after = balance_after_milli, kind,
        reference = reference_id, reason, actor = actor_id, occurred_at = occurred_at_us,
        recorded_at = recorded_at_us,
    }
}

store::stored_words!(MovementKind);

/// Lists movements in the order in which they were written, newest first, after `before`. The time on
/// the clock does not matter.
pub async fn list(
    read: &ReadDb,
    filter: MovementFilter,
    before: Option<MovementId>,
    limit: u32,
) -> SalesResult<Page<Movement>> {
    let mut conditions = Conditions::default();
    let location = filter.location_id.map(LocationId::as_uuid);
    conditions.require_if("movement.location_id = ?", location);
    conditions.require_if("movement.kind = ?", filter.kind.map(MovementKind::as_str));
    let values = &mut conditions.values;
    let before = before.map(|before| values.bind(before.as_uuid()));
    let product = filter.product_id.map(|id| values.bind(id.as_uuid()));
    let (condition, values) = conditions.into_parts();
    let limited = i64::from(limit) + 1;
    let sql = if let Some(product) = &product {
        let asked = Asked {
            product,
            condition: &condition,
        };
        newest(
            read.dialect(),
            Listed::SELECT,
            asked,
            before.as_deref(),
            limited,
        )
    } else {
        let before = before.map_or_else(String::new, |before| {
            format!("movement.position < {} AND ", place_of(&before))
        });
        format!(
            "SELECT {} FROM stock_movements AS movement WHERE {before}{condition} ORDER BY movement.position DESC LIMIT {limited}",
            Listed::SELECT
        )
    };
    let movements = read.select::<Listed>(&sql, values).await?;
    Ok(Page::from_probe(movements, limit))
}

//! The price history of a product: a line for its first price and for each change.

mod entity;
pub mod http;

use kernel::{
    Problem, Timestamp,
    ids::{ProductId, UserId},
    paging::Page,
};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::Serialize;
use store::ReadDb;
use uuid::Uuid;

use super::Catalogue;
use crate::{error::SalesResult, paging};

/// What a product cost from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PriceChange {
    /// Its id.
    pub id: Uuid,
    /// Price of a unit, minor units of the shop's currency.
    pub price_minor: i64,
    /// Purchase cost of a unit, minor units; absent for who may not see costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cost_minor: Option<i64>,
    /// Who changed it; null for the program itself.
    #[schema(required)]
    pub actor_id: Option<UserId>,
    /// From when on.
    pub changed_at: Timestamp,
}

impl Catalogue {
    /// A page of a product's prices, the newest first, with the cursor of the next one.
    ///
    /// # Errors
    /// `resource.not_found`, `request.invalid_cursor`.
    pub async fn price_history(
        &self,
        id: ProductId,
        cursor: Option<&str>,
        limit: u32,
    ) -> SalesResult<(Vec<PriceChange>, Option<String>)> {
        let list = format!("prices {id}");
        let after: Option<(i64, Uuid)> = cursor
            .map(|cursor| platform::cursor::open(&list, cursor))
            .transpose()?;
        let page = page(&self.ctx.read, id, after, limit).await?;
        if page.items.is_empty() && after.is_none() {
            // Every product has its first price: without one there is no product.
            return Err(Problem::not_found("product").into());
        }
        let next = paging::next_cursor(&list, &page, |one| (one.changed_at.micros(), one.id));
        Ok((page.items, next))
    }
}

async fn page(
    read: &ReadDb,
    id: ProductId,
    after: Option<(i64, Uuid)>,
    limit: u32,
) -> SalesResult<Page<PriceChange>> {
    use entity::Column;
    let mut select = entity::Entity::find()
        .filter(Column::ProductId.eq(id.as_uuid()))
        .order_by_desc(Column::ChangedAtUs)
        .order_by_desc(Column::Id)
        .limit(u64::from(limit) + 1);
    if let Some((changed_at, last)) = after {
        let before = Condition::any()
            .add(Column::ChangedAtUs.lt(changed_at))
            .add(
                Condition::all()
                    .add(Column::ChangedAtUs.eq(changed_at))
                    .add(Column::Id.lt(last)),
            );
        // The first bound alone keeps the index in use; the second settles the ties.
        select = select
            .filter(Column::ChangedAtUs.lte(changed_at))
            .filter(before);
    }
    let models = read.all(select).await?;
    Ok(Page::from_probe(models, limit).map(|model| PriceChange {
        id: model.id,
        price_minor: model.price_minor,
        cost_minor: Some(model.cost_minor),
        actor_id: model.actor_id.map(UserId::from_uuid),
        changed_at: Timestamp::from_micros(model.changed_at_us),
    }))
}

//! The price history of a product: an entry for the first price and for each change.

pub mod http;

use kernel::{
    Amount, Problem, Timestamp,
    ids::{ProductId, UserId},
    paging::Page,
};
use serde::Serialize;
use store::ReadDb;
use uuid::Uuid;

use super::Catalogue;
use crate::{conditions::Conditions, error::SalesResult, paging};

/// The price and cost of a product from a time on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PriceChange {
    /// The entry's own UUID.
    pub id: Uuid,
    /// Price of a unit, minor units of the shop's currency.
    pub price_minor: Amount,
    /// Purchase cost of a unit, minor units; absent for users who may not see costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cost_minor: Option<Amount>,
    /// The user who changed it; null for the program itself.
    #[schema(required)]
    pub actor_id: Option<UserId>,
    /// The time from which it applies.
    pub changed_at: Timestamp,
}

impl Catalogue {
    /// A page of a product's prices, newest first, with the cursor of the next page.
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
        let after: Option<(i64, Uuid)> = paging::open_cursor(&list, cursor)?;
        let page = page(&self.ctx.read, id, after, limit).await?;
        if page.items.is_empty() && after.is_none() {
            // Every product has a first price, so without one there is no product.
            return Err(Problem::not_found("product").into());
        }
        let next = paging::next_cursor(&list, &page, |one| (one.changed_at.micros(), one.id));
        Ok((page.items, next))
    }
}

store::selection! {
    Stored of PriceChange in change { id, price_minor, cost_minor, actor_id, changed_at = changed_at_us }
}

async fn page(
    read: &ReadDb,
    id: ProductId,
    after: Option<(i64, Uuid)>,
    limit: u32,
) -> SalesResult<Page<PriceChange>> {
    let mut conditions = Conditions::default();
    conditions.require("change.product_id = ?", id.as_uuid());
    conditions.require_behind("change.changed_at_us, change.id", after);
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "SELECT {} FROM price_changes AS change WHERE {conditions}
         ORDER BY change.changed_at_us DESC, change.id DESC LIMIT {}",
        Stored::SELECT,
        i64::from(limit) + 1
    );
    let changes = read.select::<Stored>(&sql, values).await?;
    Ok(Page::from_probe(changes, limit))
}

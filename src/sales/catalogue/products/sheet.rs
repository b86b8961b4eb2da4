//! A product with what the books say of it: where it lies, its last prices and its last movements.

use kernel::ids::ProductId;
use serde::Serialize;

use super::Product;
use crate::{
    catalogue::{Catalogue, prices::PriceChange},
    error::SalesResult,
    inventory::{
        levels::{self, Level},
        movements::{self, MovementFilter, NamedMovement},
    },
};

/// Most locations of a sheet. A shop has far fewer.
const MAX_LEVELS: u32 = 200;

/// A product with its stock by location, its last prices and its last movements. The parts are read one
/// after the other: a sale in between may be in the movements and not yet in the stock above them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProductSheet {
    /// The product, with its stock at all locations together.
    pub product: Product,
    /// Its stock at each location where it has ever been.
    pub levels: Vec<Level>,
    /// Its last prices, newest first. All of them: `GET /products/{id}/price-history`.
    pub prices: Vec<PriceChange>,
    /// Its last movements, newest first. All of them: `GET /products/{id}/movements`.
    pub movements: Vec<NamedMovement>,
}

impl Catalogue {
    /// The sheet of a product, with at most `recent` prices and movements.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn sheet(&self, id: ProductId, recent: u32) -> SalesResult<ProductSheet> {
        let product = self.product(id).await?;
        let read = &self.ctx.read;
        let levels = levels::of_product(read, id, MAX_LEVELS).await?;
        let (prices, _) = self.price_history(id, None, recent).await?;
        let of = MovementFilter {
            product_id: Some(id),
            ..MovementFilter::default()
        };
        let moved = movements::list_named(read, of, None, recent).await?;
        Ok(ProductSheet {
            product,
            levels,
            prices,
            movements: moved.items,
        })
    }
}

//! The catalogue: products, categories, prices and search.
//!
//! One service, [`Catalogue`]. Methods that take a transaction are for other use cases (an import,
//! the demo shop); the others open their own.

pub mod categories;
pub mod favourites;
pub mod prices;
pub mod products;

use utoipa_actix_web::service_config::ServiceConfig;

use crate::context::Context;

/// Longest sort key in characters. Folding can make a text eighteen times longer, and index entries
/// have a limit.
const MAX_SORT_KEY: usize = 200;

/// Use cases of products, categories and prices.
#[derive(Debug, Clone)]
pub struct Catalogue {
    ctx: Context,
}

impl Catalogue {
    /// The service over a shop's handles.
    #[must_use]
    pub const fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

/// The endpoints of the catalogue.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    categories::http::routes(cfg);
    products::http::routes(cfg);
    cfg.service(products::bulk::http::change_products);
    prices::http::routes(cfg);
    favourites::http::routes(cfg);
}

/// The sort key of a text: folded, and short enough for an index.
fn sort_key(text: &str) -> String {
    kernel::text::fold(text)
        .chars()
        .take(MAX_SORT_KEY)
        .collect()
}

/// SQL condition: an older product has the SKU or a barcode of this product.
pub(crate) fn in_conflict(product: &str) -> String {
    format!(
        "({product}.sku_conflict > 0 OR EXISTS (SELECT 1 FROM product_barcodes twin WHERE twin.product_id = {product}.id AND twin.barcode_conflict > 0))"
    )
}

//! The shop itself: settings, exchange rates and payment accounts. Every feature reads the settings
//! through [`crate::shop_reader`]; only this one changes them.

pub mod accounts;
mod http;
pub mod rates;
mod repo;
pub mod settings;

use store::Tx;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{context::Context, error::SalesResult, shop_reader::Shop};

/// Use cases of settings, exchange rates and payment accounts.
#[derive(Clone, Debug)]
pub struct ShopService {
    ctx: Context,
}

impl ShopService {
    /// The service over a shop's handles.
    #[must_use]
    pub const fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

/// The operations of this feature.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    http::routes(cfg);
    rates::http::routes(cfg);
    accounts::http::routes(cfg);
}

/// Lead time of a new shop.
pub const DEFAULT_LEAD_TIME_DAYS: i64 = 7;
/// Service level of a new shop: the stock lasts in 95 of 100 cases.
pub const DEFAULT_SERVICE_LEVEL_BP: i64 = 9_500;

/// Writes the first settings of a new shop, unless it has some.
pub async fn create_if_missing(tx: &Tx, shop: &Shop) -> SalesResult<()> {
    repo::insert_if_missing(tx, shop).await
}

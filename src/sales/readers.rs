//! The read ports of [`kernel::read`], over the read pool.

mod catalog;
mod sales;
mod stock;

pub use self::{catalog::CatalogReader, sales::SalesReader, stock::StockReader};

use std::sync::Arc;

use kernel::read::Readers;

use crate::context::Context;

/// All of them, for whoever may ask and nothing else.
#[must_use]
pub fn deal_out(ctx: &Context) -> Readers {
    Readers {
        catalog: Arc::new(CatalogReader::new(ctx.read.clone(), ctx.shop.clone())),
        sales: Arc::new(SalesReader::new(ctx.read.clone())),
        stock: Arc::new(StockReader::new(ctx.read.clone())),
    }
}

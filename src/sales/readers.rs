//! The read ports of [`kernel::read`], over the read pool.

mod baskets;
mod catalog;
mod irregular;
mod sales;
mod stock;

use std::sync::Arc;

use kernel::read::Readers;

use crate::context::Context;

pub use self::{
    catalog::CatalogReader, irregular::IrregularReader, sales::SalesReader, stock::StockReader,
};

/// Every read port, over a shop's read pool.
#[must_use]
pub fn over(ctx: &Context) -> Readers {
    Readers {
        catalog: Arc::new(CatalogReader::new(ctx.read.clone(), ctx.shop.clone())),
        sales: Arc::new(SalesReader::new(
            ctx.read.clone(),
            ctx.write.primary().clone(),
        )),
        stock: Arc::new(StockReader::new(ctx.read.clone())),
        irregular: Arc::new(IrregularReader::new(
            ctx.read.clone(),
            ctx.write.primary().clone(),
        )),
    }
}

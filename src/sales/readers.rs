//! The read ports of [`kernel::read`], over the read pool.

mod catalog;
mod sales;
mod stock;

pub use self::{catalog::CatalogReader, sales::SalesReader, stock::StockReader};

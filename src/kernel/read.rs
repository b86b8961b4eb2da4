//! The read ports: all that analytics may ask of the shop.
//!
//! `&self` queries that return plain facts; no write method, no `Any`, no supertrait but
//! `Send + Sync`. Every method takes a period or a limit, so that no question is unbounded.

mod catalog;
mod error;
pub mod irregular;
mod sales;
mod stock;
#[cfg(doctest)]
mod walls;

use std::sync::Arc;

pub use self::{
    catalog::{CatalogRead, CategoryFacts, ProductFacts, ShopFacts},
    error::ReadError,
    sales::{
        BasketFacts, BasketQuestion, DayFacts, HourFacts, LastSaleFacts, MoneySums, PairRank,
        PaymentFacts, PeriodPayments, ProductDayFacts, ProductWeekFacts, SalesRead, SalesTotals,
        TotalsOf,
    },
    stock::{
        CorrectionFacts, CorrectionKind, FirstEntryFacts, LevelFacts, LocationFacts, ReceiptFacts,
        StockOutFacts, StockRead,
    },
};

/// All read ports, as the shell deals them out.
#[derive(Clone)]
pub struct Readers {
    /// The catalogue.
    pub catalog: Arc<dyn CatalogRead>,
    /// The sales.
    pub sales: Arc<dyn SalesRead>,
    /// The stock.
    pub stock: Arc<dyn StockRead>,
    /// What is out of the ordinary.
    pub irregular: Arc<dyn irregular::IrregularRead>,
}

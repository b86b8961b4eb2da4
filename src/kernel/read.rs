//! The read ports: everything that analytics may read of the shop.
//!
//! `&self` queries that return plain facts; no write method, no `Any`, no supertrait but `Send + Sync`.
//! Every method takes a period or a limit, so that every query is bounded.

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
        BasketFacts, BasketQuestion, BooksPosition, DayFacts, HourFacts, LastSaleFacts, MoneySums,
        PairRank, PaymentFacts, PeriodPayments, ProductDayFacts, ProductWeekFacts, SalesOf,
        SalesRead, SalesTotals, TaxFacts, TotalsOf,
    },
    stock::{
        CorrectionFacts, CorrectionKind, FirstEntryFacts, LevelFacts, LocationFacts, LossFacts,
        ReceiptFacts, StockOutFacts, StockRead, ValuedFacts,
    },
};

/// All read ports.
#[derive(Clone)]
pub struct Readers {
    /// Shop and catalogue.
    pub catalog: Arc<dyn CatalogRead>,
    /// Sales, refunds and payments.
    pub sales: Arc<dyn SalesRead>,
    /// Stock and its movements.
    pub stock: Arc<dyn StockRead>,
    /// Records that may be irregular.
    pub irregular: Arc<dyn irregular::IrregularRead>,
}

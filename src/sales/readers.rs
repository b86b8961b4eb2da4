//! The read ports of [`kernel::read`] over the read pool.

/// Runs queries in one snapshot, and repeats them on the primary if a replica gives up.
macro_rules! at_one_moment {
    ($read:expr, |$snapshot:ident| $questions:expr) => {{
        let mut moments = $read.moments();
        loop {
            let $snapshot = match moments.next().await {
                Ok(snapshot) => snapshot,
                Err(error) => break Err($crate::error::SalesError::from(error)),
            };
            let outcome: $crate::error::SalesResult<_> = async { $questions }.await;
            match outcome {
                Err(error) if moments.go_on_after(&error) => {}
                outcome => break outcome,
            }
        }
    }};
}

/// Queries the figures of a period.
macro_rules! view {
    ($reader:expr, $period:expr, |$view:ident| $questions:expr) => {
        at_one_moment!($reader.read, |snapshot| {
            let $view = View::open(&snapshot, $period).await?;
            $questions
        })
    };
}

mod baskets;
mod books;
mod catalog;
mod irregular;
mod sales;
mod stock;

use std::sync::Arc;

use kernel::read::Readers;
use store::ReadDb;

use crate::context::Context;

pub use self::{
    catalog::CatalogReader, irregular::IrregularReader, sales::SalesReader, stock::StockReader,
};

/// All read ports, over a handle that may lead to a replica.
#[must_use]
pub fn over(ctx: &Context, facts: &ReadDb) -> Readers {
    Readers {
        catalog: Arc::new(CatalogReader::new(facts.clone(), ctx.shop.clone())),
        sales: Arc::new(SalesReader::new(facts.clone(), ctx.read.clone())),
        stock: Arc::new(StockReader::new(facts.clone())),
        irregular: Arc::new(IrregularReader::new(facts.clone(), ctx.read.clone())),
    }
}

//! Reads facts, computes, renders. Never writes to the shop: it holds read ports, and one port for
//! notes of its own.
#![forbid(unsafe_code)]

pub mod asked;
pub mod baskets;
pub mod breakdown;
pub mod error;
pub mod findings;
pub mod forecast;
pub mod low_stock;
pub mod products;
pub mod summary;
pub mod timeseries;

use std::sync::Arc;

use chrono::NaiveDate;
use error::AnalyticsError;
use forecast::{desk::Forecasts, job::RefitForecasts, refit::RefitHandler};
use kernel::{Clock, Period, jobs::Orders, notes::Notes, read::Readers};
use platform::jobs::AnyJobHandler;
use tokio::sync::Semaphore;
use utoipa_actix_web::service_config::ServiceConfig;

/// How many quarters of the year are searched for findings at the same time.
const RECKONING_AT_ONCE: usize = 2;

/// The services that look at the shop.
#[derive(Clone, derive_more::Debug)]
#[debug("Analytics {{ .. }}")]
pub struct Analytics {
    /// All that it may ask.
    pub readers: Readers,
    /// Where it keeps what it computed.
    pub notes: Arc<dyn Notes>,
    /// Answers about the future.
    pub forecasts: Forecasts,
    /// Tells when a figure was computed.
    pub clock: Arc<dyn Clock>,
    /// Turns at looking for findings: it takes a thread for a good while.
    reckoning: Arc<Semaphore>,
}

impl Analytics {
    /// Puts the services together.
    #[must_use]
    pub fn new(
        readers: Readers,
        notes: Arc<dyn Notes>,
        refits: Arc<dyn Orders<RefitForecasts>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let forecasts = Forecasts::new(
            readers.clone(),
            Arc::clone(&notes),
            Arc::clone(&clock),
            refits,
        );
        Self {
            readers,
            notes,
            forecasts,
            clock,
            reckoning: Arc::new(Semaphore::new(RECKONING_AT_ONCE)),
        }
    }

    /// The days from one to another, both included, in the shop's time zone.
    ///
    /// # Errors
    /// When they are no period, or the shop does not answer.
    pub async fn period(&self, from: NaiveDate, to: NaiveDate) -> Result<Period, AnalyticsError> {
        Ok(self.asked(from, to).await?.period)
    }

    /// The handlers of the background work of this module.
    #[must_use]
    pub fn job_handlers(&self) -> Vec<Arc<dyn AnyJobHandler>> {
        vec![Arc::new(RefitHandler::new(self.forecasts.clone()))]
    }
}

/// Every operation of this module, under `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    forecast::http::routes(cfg);
    low_stock::http::routes(cfg);
    summary::http::routes(cfg);
    timeseries::http::routes(cfg);
    breakdown::http::routes(cfg);
    products::http::routes(cfg);
    baskets::http::routes(cfg);
    findings::http::routes(cfg);
}

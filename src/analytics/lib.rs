//! Reads facts and computes figures, forecasts and findings. It never writes to the shop: it holds read
//! ports, and one port for its own notes.
#![forbid(unsafe_code)]

pub mod asked;
pub mod baskets;
pub mod breakdown;
pub mod dashboard;
pub mod error;
pub mod findings;
pub mod forecast;
pub mod low_stock;
pub mod product_list;
pub mod products;
pub mod reports;
pub mod stock;
pub mod summary;
pub mod timeseries;

use std::sync::Arc;

use chrono::NaiveDate;
use error::AnalyticsError;
use findings::search::FindingsSearch;
use forecast::{desk::Forecasts, job::RefitForecasts, refit::RefitHandler};
use kernel::{Clock, Period, jobs::Orders, notes::Notes, read::Readers};
use platform::{cache::Cache, jobs::AnyJobHandler};
use reports::maker::ReportMaker;
use tokio::sync::Semaphore;
use utoipa_actix_web::service_config::ServiceConfig;

/// Quarters of the year whose findings are computed at the same time.
const SEARCHES_AT_ONCE: usize = 2;

/// The services of this module.
#[derive(Clone, derive_more::Debug)]
#[debug("Analytics {{ .. }}")]
pub struct Analytics {
    /// Read ports to the facts of the shop.
    pub readers: Readers,
    /// Where models, forecasts and feedback are kept.
    pub notes: Arc<dyn Notes>,
    /// The forecasts.
    pub forecasts: Forecasts,
    /// Gives the time at which a figure is computed.
    pub clock: Arc<dyn Clock>,
    /// Limits how many quarters are searched for findings at once: each takes a thread for a long time.
    searches: Arc<Semaphore>,
    /// What the first screen found last.
    last_found: dashboard::LastFound,
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
            searches: Arc::new(Semaphore::new(SEARCHES_AT_ONCE)),
            last_found: dashboard::LastFound::default(),
        }
    }

    /// The period from one day to another, both included, in the shop's time zone.
    ///
    /// # Errors
    /// When the period is invalid, or the database fails.
    pub async fn period(&self, from: NaiveDate, to: NaiveDate) -> Result<Period, AnalyticsError> {
        Ok(self.asked(from, to).await?.period)
    }

    /// The handlers of the background work of this module, but for those that need a cache.
    #[must_use]
    pub fn job_handlers(&self) -> Vec<Arc<dyn AnyJobHandler>> {
        vec![Arc::new(RefitHandler::new(self.forecasts.clone()))]
    }

    /// The handler that looks for new findings. The quarters that it searches are kept in `cache`.
    #[must_use]
    pub fn findings_search(&self, cache: Arc<Cache>) -> FindingsSearch {
        FindingsSearch::new(self.clone(), cache)
    }

    /// The handler that makes reports. The findings that it looks up are kept in `cache`.
    #[must_use]
    pub fn report_maker(&self, cache: Arc<Cache>) -> ReportMaker {
        ReportMaker::new(self.clone(), cache)
    }
}

/// Registers every operation of this module, under `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    dashboard::http::routes(cfg);
    stock::http::routes(cfg);
    forecast::http::routes(cfg);
    low_stock::http::routes(cfg);
    summary::http::routes(cfg);
    timeseries::http::routes(cfg);
    breakdown::http::routes(cfg);
    products::http::routes(cfg);
    product_list::http::routes(cfg);
    baskets::http::routes(cfg);
    findings::http::routes(cfg);
    reports::http::routes(cfg);
}

//! A fitted shop in memory: its origin, and its forecasts from today on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{Days, NaiveDate};
use forecasting::{
    engine::{ENGINE_VERSION, FittedGroup, ForecastError},
    outcome::{BacktestScore, Caveat, Forecast, TotalForecast},
    settings::HORIZON_LIMIT_DAYS,
};
use kernel::{Timestamp, ids::JobId};
use serde::{Deserialize, Serialize};

use super::accuracy::Record;

/// Version of smartcore; stored models cannot be read by another minor version.
pub const SMARTCORE_VERSION: &str = "0.7.0";
/// Days ahead that a refit forecasts at once, so that lists and advice need no computation.
pub const KEPT_DAYS: usize = 42;
/// Most longer forecasts that are cached between refits.
const MOST_REMEMBERED: usize = 5_000;
/// A model that was not refitted for this many days is no longer used.
pub const OLDEST_DAYS: i64 = 120;

/// Origin of a model, kept as long as its forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegistryEntry {
    /// Id of the model; later ids sort after earlier ones.
    pub id: String,
    /// Version of the engine.
    pub engine_version: String,
    /// Version of smartcore, the library of the pooled models.
    pub smartcore_version: String,
    /// Seed of the fit.
    pub seed: u64,
    /// First day of the training data; `None` without a sale.
    pub trained_from: Option<NaiveDate>,
    /// Last day of the training data.
    pub trained_to: NaiveDate,
    /// When the fit began: it contains what was recorded before. Of two models, the one whose fit began
    /// later is used, whichever ended later.
    pub began_at: Timestamp,
    /// When the fit ended.
    pub fitted_at: Timestamp,
    /// The job that fitted it.
    pub job: JobId,
    /// Number of series of products.
    pub products: usize,
    /// Fingerprint of the training data.
    pub fingerprint: String,
    /// Backtest scores of the blend on each product.
    pub backtest: BTreeMap<String, BacktestScore>,
    /// Products for which repeating the last week is served, because it has smaller errors.
    pub replaced: BTreeSet<String>,
}

impl RegistryEntry {
    /// True when this version of the program can use the model.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.engine_version == ENGINE_VERSION && self.smartcore_version == SMARTCORE_VERSION
    }
}

/// What a refit computed in addition to the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// Forecasts of [`KEPT_DAYS`] days of every series.
    pub forecasts: BTreeMap<String, Forecast>,
    /// Days left out because the product was out of stock, by product.
    pub stock_out_days: BTreeMap<String, u32>,
    /// Days left out because of unusually large sales, by series.
    pub unusual_days: BTreeMap<String, u32>,
    /// Products of stand-in averages with a longer history than these averages use.
    #[serde(default)]
    pub older: BTreeSet<String>,
    /// Scores of earlier forecasts.
    pub accuracy: Record,
}

/// A fitted shop.
#[derive(Debug)]
pub struct Model {
    /// Origin; `None` for stand-in averages.
    pub entry: Option<RegistryEntry>,
    /// Fitted series of the products.
    pub products: FittedGroup,
    /// Fitted series of the categories and the shop.
    pub totals: FittedGroup,
    /// What was computed with it.
    pub served: Served,
    remembered: Mutex<BTreeMap<String, Arc<Forecast>>>,
}

impl Model {
    /// A model with what was computed with it.
    #[must_use]
    pub fn new(
        entry: Option<RegistryEntry>,
        products: FittedGroup,
        totals: FittedGroup,
        served: Served,
    ) -> Self {
        Self {
            entry,
            products,
            totals,
            served,
            remembered: Mutex::default(),
        }
    }

    /// Days between the last day of the training data and yesterday.
    #[must_use]
    pub fn age_days(&self, today: NaiveDate) -> i64 {
        (today - self.products.as_of()).num_days() - 1
    }

    /// True when it contains the series.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.served.forecasts.contains_key(id)
            || self.group_of(id).series_ids().any(|known| known == id)
    }

    fn group_of(&self, id: &str) -> &FittedGroup {
        if id == super::series::SHOP_SERIES || id.starts_with("category:") {
            &self.totals
        } else {
            &self.products
        }
    }

    /// True when `horizon` days of the series from `today` on are stored, so that nothing has to be
    /// computed.
    #[must_use]
    pub fn has_days(&self, id: &str, today: NaiveDate, horizon: usize) -> bool {
        let age = usize::try_from(self.age_days(today)).unwrap_or(0);
        let kept = self.served.forecasts.get(id);
        kept.is_some_and(|kept| kept.days.len() >= horizon.saturating_add(age))
    }

    /// Forecasts a series for `horizon` days from `today` on.
    ///
    /// # Errors
    /// When the horizon is out of range, or the series is unknown.
    pub fn forecast(
        &self,
        id: &str,
        today: NaiveDate,
        horizon: usize,
    ) -> Result<Forecast, ForecastError> {
        let age = usize::try_from(self.age_days(today)).unwrap_or(0);
        let needed = horizon.saturating_add(age);
        if horizon == 0 || needed > HORIZON_LIMIT_DAYS {
            return Err(ForecastError::Horizon(horizon));
        }
        let from_today = |forecast: &Forecast| Forecast {
            days: forecast
                .days
                .iter()
                .skip(age)
                .take(horizon)
                .copied()
                .collect(),
            members: forecast.members.clone(),
            caveats: forecast.caveats.clone(),
            series_id: forecast.series_id.clone(),
            version: forecast.version.clone(),
            ..*forecast
        };
        if let Some(kept) = self.served.forecasts.get(id)
            && kept.days.len() >= needed
        {
            return Ok(from_today(kept));
        }
        let remembered = self.remembered(id).filter(|one| one.days.len() >= needed);
        if let Some(forecast) = remembered {
            return Ok(from_today(&forecast));
        }
        let computed = Arc::new(self.compute(id, needed)?);
        self.remember(id, &computed);
        Ok(from_today(&computed))
    }

    /// Computes a forecast from the day after the training data: the model's, or the seasonal naive one
    /// where that has smaller errors.
    ///
    /// # Errors
    /// [`ForecastError`] of the engine.
    pub fn compute(&self, id: &str, days: usize) -> Result<Forecast, ForecastError> {
        let group = self.group_of(id);
        let replaced = self.entry.as_ref().map(|entry| &entry.replaced);
        if replaced.is_some_and(|replaced| replaced.contains(id)) {
            let mut forecast = group.seasonal_naive(id, days)?;
            forecast.caveats.push(Caveat::WorseThanSeasonalNaive);
            return Ok(forecast);
        }
        group.forecast(id, days)
    }

    /// The total over all days of a forecast, with its band.
    #[must_use]
    pub fn total_of(&self, forecast: &Forecast) -> TotalForecast {
        self.group_of(&forecast.series_id).total_of(forecast)
    }

    fn remembered(&self, id: &str) -> Option<Arc<Forecast>> {
        let kept = self.remembered.lock();
        kept.unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    fn remember(&self, id: &str, forecast: &Arc<Forecast>) {
        let mut kept = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_REMEMBERED {
            kept.clear();
        }
        kept.insert(id.to_owned(), Arc::clone(forecast));
    }
}

/// The last day that is over: a fit of today learns up to it.
#[must_use]
pub fn yesterday(today: NaiveDate) -> NaiveDate {
    today.checked_sub_days(Days::new(1)).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_smartcore_is_the_locked_one() {
        let lock = std::fs::read_to_string("../../Cargo.lock").unwrap();
        let wanted = format!("name = \"smartcore\"\nversion = \"{SMARTCORE_VERSION}\"");
        assert!(lock.contains(&wanted));
    }
}

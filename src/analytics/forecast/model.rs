//! A fitted shop in memory: where it came from, and what it says about a series from today on.

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

/// Version of smartcore, whose models do not survive its minor versions.
pub const SMARTCORE_VERSION: &str = "0.7.0";
/// Days ahead that a refit forecasts at once, so that lists and orders compute nothing.
pub const KEPT_DAYS: usize = 42;
/// Longer forecasts that are remembered between refits.
const MOST_REMEMBERED: usize = 5_000;
/// A model that has not been renewed for this many days is no longer used.
pub const OLDEST_DAYS: i64 = 120;

/// Where a model came from, kept for as long as its forecasts are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegistryEntry {
    /// Names the model; later ones sort behind.
    pub id: String,
    /// Version of the engine.
    pub engine_version: String,
    /// Version of smartcore.
    pub smartcore_version: String,
    /// Seed of the fit.
    pub seed: u64,
    /// First day that was learnt from; `None` without a sale.
    pub trained_from: Option<NaiveDate>,
    /// Last day that was looked at.
    pub trained_to: NaiveDate,
    /// When the fit began: it knows what was recorded before. The model in use is the one that
    /// began last, whichever ended last.
    pub began_at: Timestamp,
    /// When it was fitted.
    pub fitted_at: Timestamp,
    /// The job that made it.
    pub job: JobId,
    /// Series of products.
    pub products: usize,
    /// Names the data that it was fitted on.
    pub fingerprint: String,
    /// How the blend did on each product in the backtest.
    pub backtest: BTreeMap<String, BacktestScore>,
    /// Products for which the model is not served, since repeating the last week does better.
    pub replaced: BTreeSet<String>,
}

impl RegistryEntry {
    /// True when this program can go on with the model.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.engine_version == ENGINE_VERSION && self.smartcore_version == SMARTCORE_VERSION
    }
}

/// What a refit computed beside the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// Forecasts of [`KEPT_DAYS`] days of every series.
    pub forecasts: BTreeMap<String, Forecast>,
    /// Days that were missing because nothing was left, by product.
    pub stock_out_days: BTreeMap<String, u32>,
    /// Days that were missing because they sold beyond all measure, by series.
    pub unusual_days: BTreeMap<String, u32>,
    /// Products of stand-in averages that have been there for longer than these look back.
    #[serde(default)]
    pub older: BTreeSet<String>,
    /// How earlier forecasts did.
    pub accuracy: Record,
}

/// A fitted shop.
#[derive(Debug)]
pub struct Model {
    /// Where it came from; `None` for averages that stand in until there is a model.
    pub entry: Option<RegistryEntry>,
    /// The products.
    pub products: FittedGroup,
    /// The categories and the shop.
    pub totals: FittedGroup,
    /// What was computed with it.
    pub served: Served,
    remembered: Mutex<BTreeMap<String, Arc<Forecast>>>,
}

impl Model {
    /// Puts a model together.
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

    /// Days between what the model knows and yesterday.
    #[must_use]
    pub fn age_days(&self, today: NaiveDate) -> i64 {
        (today - self.products.as_of()).num_days() - 1
    }

    /// True when it knows the series.
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

    /// True when that many days of the series from `today` on are at hand, with nothing to compute.
    #[must_use]
    pub fn has_days(&self, id: &str, today: NaiveDate, horizon: usize) -> bool {
        let age = usize::try_from(self.age_days(today)).unwrap_or(0);
        let kept = self.served.forecasts.get(id);
        kept.is_some_and(|kept| kept.days.len() >= horizon.saturating_add(age))
    }

    /// Forecasts a series for `horizon` days from `today` on.
    ///
    /// # Errors
    /// When the horizon is out of range, or the series unknown.
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

    /// Computes a forecast from the day after the model's last: the model's, or the seasonal naive
    /// one where that does better.
    ///
    /// # Errors
    /// Those of the engine.
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

/// The last day that is over: what a fit of today may learn from.
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

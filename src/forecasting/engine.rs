//! Fits a group and forecasts its series, with a method for each length of history.

mod blended;
mod constant;
mod day_figures;
mod dormant;
mod naive;
mod rungs;
mod steady;
mod totals;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::backtest::{Calibrations, class_of};
use super::bands::TOTAL_LEVELS;
use super::calendar::ClosedDays;
use super::features::level_at;
use super::frame::{Frame, GroupFrame};
use super::history::SeriesHistory;
use super::outcome::{BacktestScore, Caveat, Forecast, ForecastDay, Method, TotalForecast};
use super::pooled::PooledModels;
use super::settings::{HORIZON_LIMIT_DAYS, Settings};
use super::young::YoungBasis;
use blended::Blended;
use day_figures::{DayFigures, draw_points};
use dormant::{Revival, dormant_days};
use rungs::{POOLED_DAYS, method_of};
use steady::Steady;
use totals::general_total_quantiles;

/// Version of the engine, stored with every forecast; raise it when figures change.
pub const ENGINE_VERSION: &str = "1.5";
/// Most series of one group.
pub const GROUP_LIMIT: usize = 20_000;

/// Weight of the category's level for a series that never sold, in days.
const SILENT_PRIOR_DAYS: f64 = 7.0;
/// After this many days in stock without a sale the level of the category no longer applies.
const LAY_UNSOLD_DAYS: u32 = 28;
/// Days from which the level of a young series is taken.
const YOUNG_DAYS: i32 = 55;
/// Expected demand in all days of a series without a sale, in units (Jeffreys' estimate of a rate
/// without any case).
const UNSOLD_UNITS: f64 = 0.5;

/// Why there is no forecast.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ForecastError {
    /// The horizon is 0 or beyond the limit.
    #[error("the horizon must be between 1 and {HORIZON_LIMIT_DAYS} days, not {0}")]
    Horizon(usize),
    /// The group does not contain the series.
    #[error("no series {0} in the fitted group")]
    UnknownSeries(String),
    /// Two series of a group have the same id.
    #[error("series {0} occurs twice in the group")]
    DuplicateSeries(String),
    /// The group holds more series than the limit.
    #[error("a group of {0} series is larger than the limit of {GROUP_LIMIT}")]
    GroupTooLarge(usize),
    /// A date lies outside of the calendar.
    #[error("a date is out of range")]
    Date,
}

/// A series without any sale.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SilentSeries {
    id: String,
    category: Option<String>,
    /// Days on which it could have been sold.
    unsold_days: u32,
}

/// A fitted group: everything that its forecasts need. [`FittedGroup::to_json`] stores it,
/// [`FittedGroup::from_json`] reads it and rebuilds what is not stored.
#[derive(Debug, Serialize, Deserialize)]
pub struct FittedGroup {
    version: String,
    settings: Settings,
    as_of: NaiveDate,
    group: GroupFrame,
    silent: Vec<SilentSeries>,
    pooled: Option<PooledModels>,
    calibrations: Calibrations,
    young: YoungBasis,
    revival: Revival,
}

/// Fits groups of series.
#[derive(Debug, Clone, Copy)]
pub struct Engine;

impl Engine {
    /// Fits a group (a shop) on all days up to and including `as_of`; later days are not used.
    ///
    /// # Errors
    /// When two series share a name, the group is too large or a date is out of range.
    pub fn fit(
        histories: &[SeriesHistory],
        as_of: NaiveDate,
        settings: &Settings,
    ) -> Result<FittedGroup, ForecastError> {
        Self::fit_beside(histories, &[], as_of, settings)
    }

    /// Like [`Engine::fit`], with other series that are not forecast. A young group learns from them
    /// what the recent days were like, and nothing else.
    ///
    /// # Errors
    /// As [`Engine::fit`].
    pub fn fit_beside(
        histories: &[SeriesHistory],
        others: &[SeriesHistory],
        as_of: NaiveDate,
        settings: &Settings,
    ) -> Result<FittedGroup, ForecastError> {
        check_group(histories)?;
        let last = as_of.num_days_from_ce();
        if as_of.checked_add_days(Days::new(800)).is_none()
            || as_of.checked_sub_days(Days::new(8_000)).is_none()
        {
            return Err(ForecastError::Date);
        }
        let group = GroupFrame::build(histories, last);
        let mut silent: Vec<SilentSeries> = histories
            .iter()
            .filter(|history| group.find(&history.id).is_none())
            .map(|history| SilentSeries {
                id: history.id.clone(),
                category: history.category.clone(),
                unsold_days: unsold_days(history, last),
            })
            .collect();
        silent.sort_by(|left, right| left.id.cmp(&right.id));
        let beside = (!others.is_empty()).then(|| GroupFrame::build(others, last));
        Ok(FittedGroup {
            version: ENGINE_VERSION.to_owned(),
            settings: settings.clone(),
            as_of,
            pooled: PooledModels::fit(&group, settings, settings.seed),
            calibrations: Calibrations::learn(histories, &group, settings),
            young: YoungBasis::learn(&group, beside.as_ref()),
            revival: Revival::learn(&group),
            group,
            silent,
        })
    }
}

fn check_group(histories: &[SeriesHistory]) -> Result<(), ForecastError> {
    if histories.len() > GROUP_LIMIT {
        return Err(ForecastError::GroupTooLarge(histories.len()));
    }
    let mut ids: Vec<&str> = histories
        .iter()
        .map(|history| history.id.as_str())
        .collect();
    ids.sort_unstable();
    match ids
        .windows(2)
        .find(|pair| pair.first() == pair.last())
        .and_then(|pair| pair.first())
    {
        Some(id) => Err(ForecastError::DuplicateSeries((*id).to_owned())),
        None => Ok(()),
    }
}

/// Days up to the last on which the series is known not to have sold.
fn unsold_days(history: &SeriesHistory, last: i32) -> u32 {
    let within = usize::try_from(last - history.start.num_days_from_ce() + 1).unwrap_or(0);
    let known = history.quantities.iter().take(within).flatten();
    u32::try_from(known.filter(|sold| sold.is_finite()).count()).unwrap_or(u32::MAX)
}

impl FittedGroup {
    /// Reads a stored group.
    ///
    /// # Errors
    /// When the text was not stored by this version.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut fitted: Self = serde_json::from_str(text)?;
        fitted.group.index();
        Ok(fitted)
    }

    /// The group as JSON.
    ///
    /// # Errors
    /// When the serialiser fails.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Ids of all series, also of those that never sold.
    pub fn series_ids(&self) -> impl Iterator<Item = &str> {
        let sold = self.group.series.iter().map(|frame| frame.id.as_str());
        sold.chain(self.silent.iter().map(|series| series.id.as_str()))
    }

    /// Last day of the training data.
    #[must_use]
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// Version of the engine that made the fit.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The days on which a series is expected to be closed, learnt from its history and its group.
    #[must_use]
    pub fn closed_days(&self, series_id: &str) -> Option<&ClosedDays> {
        self.group.find(series_id).map(|frame| &frame.calendar)
    }

    /// Forecasts the `horizon` days after the training data.
    ///
    /// # Errors
    /// When the horizon is 0 or too long, or the series is not in this group.
    pub fn forecast(&self, series_id: &str, horizon: usize) -> Result<Forecast, ForecastError> {
        if horizon == 0 || horizon > HORIZON_LIMIT_DAYS {
            return Err(ForecastError::Horizon(horizon));
        }
        if let Some(frame) = self.group.find(series_id) {
            return self.forecast_frame(frame, horizon);
        }
        let silent = self.silent.iter().find(|series| series.id == series_id);
        match silent {
            Some(series) => self.forecast_silent(series, horizon),
            None => Err(ForecastError::UnknownSeries(series_id.to_owned())),
        }
    }

    /// Forecasts the total of the next `days` days, with its own band.
    ///
    /// # Errors
    /// As [`FittedGroup::forecast`].
    pub fn forecast_total(
        &self,
        series_id: &str,
        days: usize,
    ) -> Result<TotalForecast, ForecastError> {
        Ok(self.total_of(&self.forecast(series_id, days)?))
    }

    /// The total over all days of a forecast of this group, with its own band.
    #[must_use]
    pub fn total_of(&self, forecast: &Forecast) -> TotalForecast {
        let mean: f64 = forecast.days.iter().map(|day| day.mean).sum();
        let days = forecast.days.len();
        let ratios = forecast
            .demand_class
            .filter(|_| matches!(forecast.method, Method::FullBlend | Method::YoungBlend))
            .and_then(|class| self.calibrations.of(class).totals.as_ref());
        let frame = self.group.find(&forecast.series_id);
        let floor = frame.map_or(0.0, |frame| 0.25 * level_at(frame, frame.last));
        let quantiles: Vec<(f64, f64)> = match (ratios, frame) {
            (_, Some(frame)) if forecast.method == Method::Dormant => {
                self.revival.total_quantiles(frame, days, mean)
            }
            (Some(ratios), _) => TOTAL_LEVELS
                .iter()
                .zip(ratios.for_days(days))
                .map(|(level, ratio)| (*level, (ratio * (mean + floor) - floor).max(0.0)))
                .collect(),
            (None, frame) => {
                let known_days = match (forecast.method, frame) {
                    (Method::SeasonalNaive, _) => 7.0,
                    (_, Some(frame)) => frame.window(frame.last - YOUNG_DAYS, frame.last).days,
                    (_, None) => 1.0,
                };
                general_total_quantiles(forecast, mean, known_days)
            }
        };
        let at = |wanted: f64| {
            quantiles
                .iter()
                .find(|(level, _)| (level - wanted).abs() < 1e-9)
                .map_or(mean, |(_, total)| *total)
        };
        TotalForecast {
            days,
            mean,
            low: at(0.10),
            high: at(0.90),
            quantiles,
        }
    }

    /// Scores of the blend on this series in the backtest; `None` when the series was too young.
    #[must_use]
    pub fn backtest_of(&self, series_id: &str) -> Option<&BacktestScore> {
        self.calibrations.of_series(series_id)
    }

    /// Repeats the last week by weekday, with a band from its own past errors: the yardstick of every
    /// forecast, and served where the model has larger errors.
    ///
    /// # Errors
    /// As [`FittedGroup::forecast`].
    pub fn seasonal_naive(
        &self,
        series_id: &str,
        horizon: usize,
    ) -> Result<Forecast, ForecastError> {
        if horizon == 0 || horizon > HORIZON_LIMIT_DAYS {
            return Err(ForecastError::Horizon(horizon));
        }
        let Some(frame) = self.group.find(series_id) else {
            return self.forecast(series_id, horizon);
        };
        let mut forecast = self.empty(&frame.id, Method::SeasonalNaive);
        forecast.trained_from = super::calendar::date_of(frame.first);
        forecast.demand_class = Some(class_of(frame));
        let days = naive::naive_days(frame, horizon);
        forecast.days = self.dated(days, &frame.calendar)?;
        Ok(forecast)
    }

    fn forecast_frame(&self, frame: &Frame, horizon: usize) -> Result<Forecast, ForecastError> {
        let class = class_of(frame);
        let method = method_of(frame);
        let mut forecast = self.empty(&frame.id, method);
        forecast.trained_from = super::calendar::date_of(frame.first);
        forecast.demand_class = Some(class);
        let mut days = match method {
            Method::Dormant => {
                forecast.caveats.push(Caveat::Dormant);
                dormant_days(frame, horizon)
            }
            Method::SeasonalNaive => naive::naive_days(frame, horizon),
            Method::YoungBlend | Method::FullBlend => {
                let blended = Blended {
                    group: &self.group,
                    pooled: self.pooled.as_ref(),
                    calibration: self.calibrations.of(class),
                    young: &self.young,
                };
                blended.days(frame, horizon, &mut forecast)
            }
            Method::CategoryMean | Method::PooledProfile | Method::PseudoWeeks => {
                forecast.caveats.push(Caveat::NotEnoughData);
                self.young_days(frame, horizon)
            }
        };
        if !matches!(method, Method::Dormant | Method::SeasonalNaive)
            && let Some(steady) = Steady::of(frame)
        {
            steady.draw(self.group.last, &mut days);
        }
        forecast.days = self.dated(days, &frame.calendar)?;
        Ok(forecast)
    }

    fn young_days(&self, frame: &Frame, horizon: usize) -> Vec<DayFigures> {
        let prior = self
            .category_mean(frame.category.as_deref(), Some(&frame.id))
            .unwrap_or(0.0);
        let path = self.young.path(frame, prior, horizon);
        let pooled = self
            .pooled
            .as_ref()
            .filter(|_| frame.length() >= POOLED_DAYS)
            .and_then(|models| models.predict(frame, &self.group.pulse, frame.last, horizon));
        let mut figures: Vec<DayFigures> = path
            .iter()
            .enumerate()
            .map(|(step, own)| {
                let learnt = pooled.as_ref().and_then(|days| days.get(step));
                let mean = learnt.map_or(*own, |day| 0.5 * own + 0.5 * day.mean);
                let (low, median, high) = self.young.band(mean, frame.length());
                DayFigures {
                    mean,
                    median,
                    point: mean,
                    low,
                    high,
                }
            })
            .collect();
        draw_points(&mut figures, 0.0);
        figures
    }

    fn forecast_silent(
        &self,
        series: &SilentSeries,
        horizon: usize,
    ) -> Result<Forecast, ForecastError> {
        let mut forecast = self.empty(&series.id, Method::CategoryMean);
        let prior = self.category_mean(series.category.as_deref(), None);
        let days = f64::from(series.unsold_days);
        let mut level = prior.unwrap_or(0.0) * SILENT_PRIOR_DAYS / (SILENT_PRIOR_DAYS + days);
        forecast.caveats.push(match prior {
            None => Caveat::NothingToCompare,
            Some(_) if series.unsold_days >= LAY_UNSOLD_DAYS => {
                level = level.min(UNSOLD_UNITS / days);
                Caveat::LayUnsold {
                    days: series.unsold_days,
                }
            }
            Some(_) => Caveat::NoSalesYet,
        });
        let path = self
            .young
            .alone(None, level, (self.group.last + 1..).take(horizon));
        let figures = path
            .into_iter()
            .map(|mean| {
                let (_, median, high) = self.young.band(mean, 1);
                DayFigures {
                    mean,
                    median,
                    point: mean,
                    low: 0.0,
                    high,
                }
            })
            .collect();
        forecast.days = self.dated(figures, &self.group.pulse.calendar)?;
        Ok(forecast)
    }

    /// Median level of the series of a category (of the whole group when it has none): the median, so
    /// that one large seller does not set the level of new series.
    fn category_mean(&self, category: Option<&str>, without: Option<&str>) -> Option<f64> {
        let levels_of = |wanted: Option<&str>| {
            let mut levels: Vec<f64> = self
                .group
                .series
                .iter()
                .filter(|frame| without.is_none_or(|id| frame.id != id))
                .filter(|frame| wanted.is_none() || frame.category.as_deref() == wanted)
                .map(|frame| level_at(frame, frame.last) / self.young.pace(frame).max(0.05))
                .collect();
            levels.sort_by(f64::total_cmp);
            levels.get(levels.len() / 2).copied()
        };
        category
            .and_then(|name| levels_of(Some(name)))
            .or_else(|| levels_of(None))
    }

    fn empty(&self, series_id: &str, method: Method) -> Forecast {
        Forecast {
            series_id: series_id.to_owned(),
            method,
            version: self.version.clone(),
            seed: self.settings.seed,
            trained_from: None,
            trained_to: self.as_of,
            demand_class: None,
            members: Vec::new(),
            backtest: None,
            caveats: Vec::new(),
            days: Vec::new(),
        }
    }

    fn dated(
        &self,
        figures: Vec<DayFigures>,
        calendar: &ClosedDays,
    ) -> Result<Vec<ForecastDay>, ForecastError> {
        (self.group.last + 1..)
            .zip(figures)
            .map(|(day, figures)| {
                let date = super::calendar::date_of(day).ok_or(ForecastError::Date)?;
                Ok(figures.on(date, calendar.chance_open(day), calendar.contains(day)))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;

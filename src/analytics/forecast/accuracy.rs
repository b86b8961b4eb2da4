//! Scores earlier forecasts against the actual sales.
//!
//! The forecasts of each night are kept for 28 days ahead, beside the seasonal naive forecasts of the
//! same evening. When the days are over, both are scored on the same days; days on which a product was
//! out of stock are not scored.

pub mod totals;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use forecasting::{
    engine::{FittedGroup, ForecastError},
    history::SeriesHistory,
    outcome::{Forecast, Method},
};
use serde::{Deserialize, Serialize};
use totals::TotalsTally;

/// Days ahead that are kept and scored.
pub const SCORED_DAYS: usize = 28;
/// Nights whose forecasts are scored together.
pub const WINDOW_NIGHTS: u64 = 56;
/// Fewest scored days from which a product is judged.
const JUDGING_DAYS: u32 = 28;
/// The model is not served when its error is this many times that of the seasonal naive forecast.
const WORSE_BY: f64 = 1.02;
/// Days over which the mean change from week to week is taken, which scales the errors.
const SCALE_DAYS: usize = 365;

/// The forecasts of one night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Night {
    /// Last day of sales that the forecasts used.
    pub as_of: NaiveDate,
    /// Id of the model that made them.
    pub model: String,
    /// One entry for each product.
    pub series: Vec<NightSeries>,
}

/// The forecast of one product on one night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NightSeries {
    /// Id of the series.
    pub id: String,
    /// Method of the forecast.
    pub method: Method,
    /// Mean absolute change from one week to the next in the known history.
    pub scale_absolute: f64,
    /// Mean squared change from one week to the next.
    pub scale_squared: f64,
    /// Mean, lower and upper edge of each day.
    pub days: Vec<[f64; 3]>,
    /// The seasonal naive forecast of each day.
    pub naive: Vec<f64>,
}

impl NightSeries {
    /// Takes the forecast of the model, also when the seasonal naive one is served: otherwise the model
    /// could never be served again.
    ///
    /// # Errors
    /// [`ForecastError`] of the engine.
    pub fn of(
        history: &SeriesHistory,
        forecast: &Forecast,
        fitted: &FittedGroup,
    ) -> Result<Self, ForecastError> {
        let naive = fitted.seasonal_naive(&history.id, SCORED_DAYS)?;
        let (scale_absolute, scale_squared) = scales(history);
        Ok(Self {
            id: history.id.clone(),
            method: forecast.method,
            scale_absolute: rounded(scale_absolute),
            scale_squared: rounded(scale_squared),
            days: forecast
                .days
                .iter()
                .take(SCORED_DAYS)
                .map(|day| [rounded(day.mean), rounded(day.low), rounded(day.high)])
                .collect(),
            naive: naive.days.iter().map(|day| rounded(day.mean)).collect(),
        })
    }
}

/// Rounds to thousandths, the precision of quantities.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn scales(history: &SeriesHistory) -> (f64, f64) {
    let sold: Vec<Option<f64>> = history
        .quantities
        .iter()
        .copied()
        .skip_while(|day| day.is_none_or(|units| units <= 0.0))
        .collect();
    let recent = sold
        .get(sold.len().saturating_sub(SCALE_DAYS)..)
        .unwrap_or(&[]);
    let steps: Vec<f64> = recent
        .iter()
        .zip(recent.iter().skip(7))
        .filter_map(|(before, after)| Some((*after)? - (*before)?))
        .collect();
    let count = f64::from(u32::try_from(steps.len()).unwrap_or(u32::MAX)).max(1.0);
    (
        steps.iter().map(|step| step.abs()).sum::<f64>() / count,
        steps.iter().map(|step| step * step).sum::<f64>() / count,
    )
}

/// Sums over scored days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    days: u32,
    sold: f64,
    inside: f64,
    model: Errors,
    naive: Errors,
    /// Nights of which all days are over; absent in what older versions kept.
    #[serde(default, skip_serializing_if = "TotalsTally::is_empty")]
    totals: TotalsTally,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Errors {
    absolute: f64,
    drift: f64,
    scaled: f64,
    scaled_squared: f64,
    scaled_days: u32,
}

impl Errors {
    fn add(&mut self, said: f64, actual: f64, series: &NightSeries) {
        let error = said - actual;
        self.absolute += error.abs();
        self.drift += error;
        if series.scale_absolute > 0.0 && series.scale_squared > 0.0 {
            self.scaled += error.abs() / series.scale_absolute;
            self.scaled_squared += error * error / series.scale_squared;
            self.scaled_days += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.absolute += other.absolute;
        self.drift += other.drift;
        self.scaled += other.scaled;
        self.scaled_squared += other.scaled_squared;
        self.scaled_days += other.scaled_days;
    }

    fn scores(&self, sold: f64) -> ErrorScores {
        let scaled_days = f64::from(self.scaled_days);
        let share = |sum: f64| (sold > 0.0).then(|| sum / sold);
        ErrorScores {
            mase: (self.scaled_days > 0).then(|| self.scaled / scaled_days),
            rmsse: (self.scaled_days > 0).then(|| (self.scaled_squared / scaled_days).sqrt()),
            wape: share(self.absolute),
            bias: share(self.drift),
        }
    }
}

impl Tally {
    fn add(&mut self, series: &NightSeries, step: usize, actual: f64) {
        let (Some([mean, low, high]), Some(naive)) =
            (series.days.get(step), series.naive.get(step))
        else {
            return;
        };
        self.days += 1;
        self.sold += actual;
        self.inside += f64::from(u8::from((*low..=*high).contains(&actual)));
        self.model.add(*mean, actual, series);
        self.naive.add(*naive, actual, series);
    }

    /// Adds the days of another tally.
    pub fn merge(&mut self, other: &Self) {
        self.days += other.days;
        self.sold += other.sold;
        self.inside += other.inside;
        self.model.merge(&other.model);
        self.naive.merge(&other.naive);
        self.totals.merge(&other.totals);
    }

    /// Scores of the totals of all days; `None` without one.
    #[must_use]
    pub fn totals(&self) -> Option<totals::TotalScores> {
        self.totals.scores()
    }

    /// The scores; `None` without a scored day.
    #[must_use]
    pub fn scores(&self) -> Option<Scores> {
        (self.days > 0).then(|| Scores {
            days: self.days,
            model: self.model.scores(self.sold),
            seasonal_naive: self.naive.scores(self.sold),
            coverage: self.inside / f64::from(self.days),
            relative_to_seasonal_naive: (self.naive.absolute > 0.0)
                .then(|| self.model.absolute / self.naive.absolute),
        })
    }

    /// What was sold, and the errors, in units.
    pub(super) const fn units(&self) -> UnitErrors {
        UnitErrors {
            sold: self.sold,
            model: self.model.absolute,
            drift: self.model.drift,
            naive: self.naive.absolute,
        }
    }

    /// True when enough days are scored and the model has larger errors than the seasonal naive
    /// forecast.
    #[must_use]
    pub fn is_worse_than_naive(&self) -> bool {
        self.days >= JUDGING_DAYS && self.model.absolute > WORSE_BY * self.naive.absolute
    }
}

/// What was sold on the scored days, and the errors, in units of a product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct UnitErrors {
    /// Units sold.
    pub sold: f64,
    /// Absolute errors of the model.
    pub model: f64,
    /// Forecasts of the model less what was sold.
    pub drift: f64,
    /// Absolute errors of repeating the last week.
    pub naive: f64,
}

/// Errors of one forecasting method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ErrorScores {
    /// Mean absolute error divided by the mean absolute change from week to week in the history; below 1
    /// is better than repeating the last week was in the past. Null for a series that never changed.
    #[schema(required)]
    pub mase: Option<f64>,
    /// Root mean squared error divided by the root mean squared change from week to week; null for a
    /// series that never changed.
    #[schema(required)]
    pub rmsse: Option<f64>,
    /// Sum of absolute errors divided by the units sold; null when nothing was sold.
    #[schema(required)]
    pub wape: Option<f64>,
    /// Sum of (forecast - actual) divided by the units sold; above 0 means forecasts too high. Null when
    /// nothing was sold.
    #[schema(required)]
    pub bias: Option<f64>,
}

/// Scores of earlier forecasts once their days are over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Scores {
    /// Number of scored days; a day counts once for each night that forecast it.
    pub days: u32,
    /// Errors of the model.
    pub model: ErrorScores,
    /// Errors of repeating the last week, on the same days.
    pub seasonal_naive: ErrorScores,
    /// Share of days with sales inside the 80 % band, 0 to 1.
    pub coverage: f64,
    /// Absolute error of the model divided by that of repeating the last week; below 1 the model is
    /// better. Null when repeating made no error.
    #[schema(required)]
    pub relative_to_seasonal_naive: Option<f64>,
}

/// Scores of the forecasts of one night.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NightScores {
    /// Last day of sales that its forecasts used.
    pub as_of: NaiveDate,
    /// Last day that was scored.
    pub scored_to: NaiveDate,
    /// Sums by product.
    pub series: BTreeMap<String, Tally>,
}

impl NightScores {
    /// Scores a night against histories that end on `last`.
    #[must_use]
    pub fn of(night: &Night, actuals: &BTreeMap<&str, &SeriesHistory>, last: NaiveDate) -> Self {
        let mut series = BTreeMap::new();
        let is_over = end_of(night.as_of).is_some_and(|end| end <= last);
        for one in &night.series {
            let Some(history) = actuals.get(one.id.as_str()) else {
                continue;
            };
            let mut tally = Tally::default();
            for (step, date) in night
                .as_of
                .iter_days()
                .skip(1)
                .take(SCORED_DAYS)
                .enumerate()
            {
                let place = usize::try_from((date - history.start).num_days()).ok();
                let actual = place.and_then(|place| history.quantities.get(place).copied());
                if let Some(Some(actual)) = actual.filter(|_| date <= last) {
                    tally.add(one, step, actual);
                }
            }
            if is_over {
                tally.totals = TotalsTally::of(night, one, history);
            }
            if tally.days > 0 {
                series.insert(one.id.clone(), tally);
            }
        }
        Self {
            as_of: night.as_of,
            scored_to: last,
            series,
        }
    }

    /// True once every forecast day has been scored.
    #[must_use]
    pub fn is_final(&self) -> bool {
        end_of(self.as_of).is_some_and(|end| end <= self.scored_to)
    }
}

/// The last day that is forecast on a night.
fn end_of(as_of: NaiveDate) -> Option<NaiveDate> {
    as_of.checked_add_days(Days::new(u64::try_from(SCORED_DAYS).unwrap_or(0)))
}

/// Scores of all nights of a window, by product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Number of scored nights.
    pub nights: u32,
    /// Oldest scored night.
    pub from: Option<NaiveDate>,
    /// Last scored day.
    pub to: Option<NaiveDate>,
    /// Sums by product.
    pub series: BTreeMap<String, Tally>,
}

impl Record {
    /// Adds the scores of a night.
    pub fn add(&mut self, night: &NightScores) {
        if night.series.is_empty() {
            return;
        }
        self.nights += 1;
        self.from = Some(self.from.map_or(night.as_of, |from| from.min(night.as_of)));
        self.to = Some(
            self.to
                .map_or(night.scored_to, |to| to.max(night.scored_to)),
        );
        for (id, tally) in &night.series {
            self.series.entry(id.clone()).or_default().merge(tally);
        }
    }

    /// All products together.
    #[must_use]
    pub fn overall(&self) -> Tally {
        let mut all = Tally::default();
        for tally in self.series.values() {
            all.merge(tally);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn night(means: &[f64], naive: &[f64]) -> Night {
        Night {
            as_of: day("2026-03-01"),
            model: "m".to_owned(),
            series: vec![NightSeries {
                id: "p".to_owned(),
                method: Method::FullBlend,
                scale_absolute: 2.0,
                scale_squared: 4.0,
                days: means
                    .iter()
                    .map(|mean| [*mean, mean - 1.0, mean + 1.0])
                    .collect(),
                naive: naive.to_vec(),
            }],
        }
    }

    fn history(quantities: Vec<Option<f64>>) -> SeriesHistory {
        SeriesHistory {
            id: "p".to_owned(),
            category: None,
            start: day("2026-03-01"),
            quantities,
        }
    }

    fn score(night: &Night, history: &SeriesHistory, last: &str) -> NightScores {
        let actuals = BTreeMap::from([("p", history)]);
        NightScores::of(night, &actuals, day(last))
    }

    #[test]
    fn only_past_days_with_stock_are_scored() {
        let night = night(&[5.0; 28], &[3.0; 28]);
        let history = history(vec![Some(9.0), Some(4.0), None, Some(7.0), Some(5.0)]);
        let scores = score(&night, &history, "2026-03-04");
        let tally = scores.series["p"];
        let said = tally.scores().unwrap();
        assert_eq!(said.days, 2, "the 3rd was a stock-out, the 5th is not over");
        assert!((said.model.wape.unwrap() - 3.0 / 11.0).abs() < 1e-12);
        assert!((said.model.bias.unwrap() + 1.0 / 11.0).abs() < 1e-12);
        assert!((said.model.mase.unwrap() - 0.75).abs() < 1e-12);
        assert!((said.model.rmsse.unwrap() - (5.0_f64 / 8.0).sqrt()).abs() < 1e-12);
        assert!((said.coverage - 0.5).abs() < 1e-12);
        assert!((said.relative_to_seasonal_naive.unwrap() - 0.6).abs() < 1e-12);
        assert!(!scores.is_final());
        assert!(score(&night, &history, "2026-03-29").is_final());
    }

    #[test]
    fn a_model_is_judged_after_enough_days_only() {
        let night = night(&[9.0; 28], &[5.0; 28]);
        let history = history(vec![Some(5.0); 40]);
        let mut record = Record::default();
        record.add(&score(&night, &history, "2026-03-20"));
        assert!(
            !record.series["p"].is_worse_than_naive(),
            "19 days are too few"
        );
        record.add(&score(&night, &history, "2026-03-20"));
        assert!(record.series["p"].is_worse_than_naive());
        assert_eq!(record.nights, 2);
    }

    #[test]
    fn a_series_that_never_changed_has_no_scaled_error() {
        let flat = history(vec![Some(0.0), None, Some(5.0), Some(5.0), Some(5.0)]);
        assert_eq!(scales(&flat), (0.0, 0.0));
        let mut tally = Tally::default();
        assert_eq!(tally.scores(), None);
        let mut night = night(&[0.0; 28], &[0.0; 28]);
        night.series[0].scale_absolute = 0.0;
        tally.add(&night.series[0], 0, 0.0);
        let said = tally.scores().unwrap();
        assert_eq!((said.model.mase, said.model.wape), (None, None));
        assert_eq!(said.relative_to_seasonal_naive, None);
    }
}

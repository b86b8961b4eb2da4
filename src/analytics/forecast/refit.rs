//! The job that fits a new model, every night and on request.
//!
//! It reads the sales, fits, scores earlier forecasts whose days are over, decides for which products
//! the model is not served, and stores everything. The mark of the model in use moves last, and only to
//! a later fit: until then nobody sees the new model, and a fit that began earlier never replaces one
//! that began later, whichever ends last. Running it twice gives the same result.

mod keep;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{Days, NaiveDate};
use forecasting::{
    engine::{ENGINE_VERSION, Engine, FittedGroup, ForecastError},
    history::SeriesHistory,
    outcome::Forecast,
    settings::Settings,
};
use kernel::{
    Timestamp,
    ids::JobId,
    jobs::{JobKind as _, NoPayload},
    notes::NoteKind,
    schedule::{Recurring, Timing, TimingError},
};
use platform::jobs::{JobContext, JobFailure, JobHandler, compute, compute_behind};

use super::{
    accuracy::{Night, NightScores, NightSeries, Record, SCORED_DAYS, WINDOW_NIGHTS},
    desk::{Forecasts, key, note, readable},
    job::{IMPOSSIBLE, INTERRUPTED, Refit, RefitForecasts},
    model::{KEPT_DAYS, Model, RegistryEntry, SMARTCORE_VERSION, Served, yesterday},
    series::{self, LONGEST_HISTORY_DAYS, ShopSeries},
};
use crate::error::AnalyticsError;

/// After midnight, before the shop opens.
const NIGHTLY: &str = "20 2 * * *";

/// The handler of the job.
#[derive(Clone, Debug)]
pub struct RefitHandler {
    desk: Forecasts,
    settings: Settings,
}

impl RefitHandler {
    /// A handler that fits for a desk.
    #[must_use]
    pub fn new(desk: Forecasts) -> Self {
        Self {
            desk,
            settings: Settings::default(),
        }
    }
}

#[async_trait]
impl JobHandler for RefitHandler {
    type Job = RefitForecasts;

    fn schedules(&self) -> Result<Vec<Recurring<NoPayload>>, TimingError> {
        Ok(vec![Recurring {
            name: RefitForecasts::KIND,
            timing: Timing::cron(NIGHTLY)?,
            payload: NoPayload {},
        }])
    }

    async fn run(&self, context: JobContext, _: NoPayload) -> Result<Refit, JobFailure> {
        self.desk.refit(&self.settings, &context).await
    }
}

impl From<AnalyticsError> for JobFailure {
    fn from(error: AnalyticsError) -> Self {
        match error {
            AnalyticsError::TooMuchData
            | AnalyticsError::Forecast(_)
            | AnalyticsError::Period(_) => Self::last(IMPOSSIBLE),
            AnalyticsError::Read(_)
            | AnalyticsError::Notes(_)
            | AnalyticsError::TooManyDays { .. }
            | AnalyticsError::NotFound(_)
            | AnalyticsError::Jobs(_)
            | AnalyticsError::Rule(_)
            | AnalyticsError::Cursor(_)
            | AnalyticsError::Refused { .. }
            | AnalyticsError::FigureOutOfRange { .. }
            | AnalyticsError::Broken => {
                tracing::warn!(%error, "a refit was cut short");
                Self::retry(INTERRUPTED)
            }
        }
    }
}

/// The result of a fit, before it is compared with the naive forecast.
struct Fitted {
    products: FittedGroup,
    totals: FittedGroup,
    nights: Vec<NightSeries>,
}

/// The data and the order behind a fit.
struct Origin {
    began_at: Timestamp,
    as_of: NaiveDate,
    seed: u64,
    job: JobId,
}

/// Whether a model is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InUse {
    Yes,
    /// A model whose fit began later was already in use.
    Overtaken,
}

fn outcome_of(entry: &RegistryEntry, in_use: InUse) -> Refit {
    Refit {
        model_id: entry.id.clone(),
        in_use: in_use == InUse::Yes,
        trained_from: entry.trained_from,
        trained_to: entry.trained_to,
        products: entry.products,
        products_served_by_seasonal_naive: entry.replaced.len(),
        fingerprint: entry.fingerprint.clone(),
    }
}

impl Forecasts {
    /// Fits a new model on all sales up to yesterday and puts it to use, unless one whose fit began
    /// later is already in use.
    ///
    /// # Errors
    /// When the database fails, or the job is cancelled.
    pub async fn refit(
        &self,
        settings: &Settings,
        context: &JobContext,
    ) -> Result<Refit, JobFailure> {
        if let Some(entry) = self.entry_in_use(None).await?
            && entry.job == context.id()
        {
            // An earlier worker stopped after everything but the job's own row was written.
            return Ok(outcome_of(&entry, InUse::Yes));
        }
        // Before the first fact is read: later records may be missing in the model.
        let began_at = self.clock.now();
        let as_of = yesterday(self.today().await?);
        let origin = Origin {
            began_at,
            as_of,
            seed: settings.seed,
            job: context.id(),
        };
        let shop = series::read(&self.readers, as_of, LONGEST_HISTORY_DAYS).await?;
        context.report_progress(0.2);
        context.check_cancelled()?;
        let shop = Arc::new(shop);
        let fitted = fit(&shop, as_of, settings, context).await?;
        context.report_progress(0.7);
        let accuracy = self.score_nights(&shop, as_of).await?;
        context.report_progress(0.75);
        context.check_cancelled()?;

        let entry = entry_of(
            &origin,
            self.clock.now(),
            &shop,
            &fitted.products,
            &accuracy,
        );
        let night = Night {
            as_of,
            model: entry.id.clone(),
            series: fitted.nights,
        };
        let model = Model::new(
            Some(entry.clone()),
            fitted.products,
            fitted.totals,
            Served {
                stock_out_days: shop.stock_out_days.clone(),
                unusual_days: shop.unusual_days.clone(),
                accuracy,
                ..Served::default()
            },
        );
        let model = with_forecasts(model, context).await?;
        context.report_progress(0.9);
        context.check_cancelled()?;
        let in_use = Box::pin(self.put_to_use(&entry, model, &night, context)).await?;
        Ok(outcome_of(&entry, in_use))
    }

    /// Stores a model and deletes what is too old, unless a later fit is already in use.
    async fn put_to_use(
        &self,
        entry: &RegistryEntry,
        model: Model,
        night: &Night,
        context: &JobContext,
    ) -> Result<InUse, JobFailure> {
        let in_use = self.keep(entry, model, night, context).await?;
        if in_use == InUse::Yes {
            self.forget_old(night.as_of).await?;
        }
        tracing::info!(
            model = %entry.id,
            products = entry.products,
            replaced = entry.replaced.len(),
            in_use = in_use == InUse::Yes,
            "a forecast model has been fitted"
        );
        Ok(in_use)
    }

    /// Scores every night of the window that has a new day to score.
    async fn score_nights(
        &self,
        shop: &Arc<ShopSeries>,
        as_of: NaiveDate,
    ) -> Result<Record, AnalyticsError> {
        let oldest = as_of
            .checked_sub_days(Days::new(WINDOW_NIGHTS))
            .unwrap_or(as_of);
        let mut record = Record::default();
        for date in oldest.iter_days().take_while(|date| *date < as_of) {
            let name = key(&date.to_string())?;
            let scored = self.notes.get(NoteKind::Accuracy, &name).await?;
            let scored = scored.and_then(|note| readable::<NightScores>(&note.body));
            if let Some(scored) = scored.filter(NightScores::is_final) {
                record.add(&scored);
                continue;
            }
            let Some(night) = self.notes.get(NoteKind::Forecast, &name).await? else {
                continue;
            };
            let shop = Arc::clone(shop);
            let work = move || {
                let night: Night = readable(&night.body)?;
                let products = shop.products.iter();
                let actuals: BTreeMap<&str, &SeriesHistory> =
                    products.map(|one| (one.id.as_str(), one)).collect();
                Some(NightScores::of(&night, &actuals, as_of))
            };
            let scores = compute_behind(work).await;
            let Some(scores) = scores.map_err(|_| AnalyticsError::Broken)? else {
                continue;
            };
            let body = note(name.as_str(), &scores, self.clock.now())?;
            self.notes.put(NoteKind::Accuracy, body).await?;
            record.add(&scores);
        }
        Ok(record)
    }
}

async fn fit(
    shop: &Arc<ShopSeries>,
    as_of: NaiveDate,
    settings: &Settings,
    context: &JobContext,
) -> Result<Fitted, JobFailure> {
    let (shop, settings, context) = (Arc::clone(shop), settings.clone(), context.clone());
    compute(move || {
        let products =
            Engine::fit(&shop.products, as_of, &settings).map_err(AnalyticsError::from)?;
        context.report_progress(0.55);
        context.check_cancelled()?;
        let totals = Engine::fit(&shop.totals, as_of, &settings).map_err(AnalyticsError::from)?;
        context.report_progress(0.6);
        let mut nights = Vec::with_capacity(shop.products.len());
        for history in &shop.products {
            context.check_cancelled()?;
            let night = products
                .forecast(&history.id, SCORED_DAYS)
                .and_then(|forecast| NightSeries::of(history, &forecast, &products));
            nights.push(night.map_err(AnalyticsError::from)?);
        }
        Ok(Fitted {
            products,
            totals,
            nights,
        })
    })
    .await
}

fn entry_of(
    origin: &Origin,
    fitted_at: Timestamp,
    shop: &ShopSeries,
    products: &FittedGroup,
    accuracy: &Record,
) -> RegistryEntry {
    let fingerprint = shop.fingerprint();
    let digest = fingerprint.get(..8).unwrap_or_default();
    RegistryEntry {
        id: format!("{:017}-{digest}", origin.began_at.micros()),
        engine_version: ENGINE_VERSION.to_owned(),
        smartcore_version: SMARTCORE_VERSION.to_owned(),
        seed: origin.seed,
        trained_from: shop.first,
        trained_to: origin.as_of,
        began_at: origin.began_at,
        fitted_at,
        job: origin.job,
        products: shop.products.len(),
        backtest: shop
            .products
            .iter()
            .filter_map(|one| Some((one.id.clone(), *products.backtest_of(&one.id)?)))
            .collect(),
        replaced: replaced(accuracy, products),
        fingerprint,
    }
}

/// Computes the forecasts that are stored with a model.
async fn with_forecasts(mut model: Model, context: &JobContext) -> Result<Model, JobFailure> {
    let context = context.clone();
    compute(move || {
        model.served.forecasts = all_forecasts(&model, &context)?;
        Ok(model)
    })
    .await
}

fn all_forecasts(
    model: &Model,
    context: &JobContext,
) -> Result<BTreeMap<String, Forecast>, JobFailure> {
    let mut forecasts = BTreeMap::new();
    for id in model.products.series_ids().chain(model.totals.series_ids()) {
        context.check_cancelled()?;
        let forecast: Result<_, ForecastError> = model.compute(id, KEPT_DAYS);
        forecasts.insert(id.to_owned(), forecast.map_err(AnalyticsError::from)?);
    }
    Ok(forecasts)
}

/// The products for which repeating the last week had smaller errors, once enough days are scored and,
/// where there is a backtest, in the backtest as well.
fn replaced(accuracy: &Record, products: &FittedGroup) -> BTreeSet<String> {
    let worse = accuracy.series.iter().filter(|(id, tally)| {
        let backtest = products.backtest_of(id);
        tally.is_worse_than_naive()
            && backtest.is_none_or(|score| score.relative_to_seasonal_naive > 1.0)
    });
    worse.map(|(id, _)| id.clone()).collect()
}

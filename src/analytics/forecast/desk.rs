//! The forecast desk: holds the newest model, or stand-in averages until there is one.
//!
//! Every instance checks every two seconds for a newer model and loads it off the request threads; until
//! it is loaded the current one is used.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::NaiveDate;
use forecasting::{
    engine::{Engine, FittedGroup},
    settings::Settings,
};
use kernel::{
    Clock,
    import::PastImported,
    jobs::{JobsError, Order, Ordered, Orders},
    notes::{Note, NoteKey, NoteKind, Notes},
    read::Readers,
};
use platform::jobs::compute_behind;
use tokio::sync::{Mutex, Semaphore};

use super::{
    job::RefitForecasts,
    model::{Model, OLDEST_DAYS, RegistryEntry, Served, yesterday},
    series::{self, ShopSeries},
};
use crate::error::AnalyticsError;

/// The note that names the model in use.
pub(super) const IN_USE: &str = "forecasts.model";
/// Time after which a newer model is looked for.
const FRESH_FOR: Duration = Duration::from_secs(2);
/// Time for which stand-in averages are used again.
const STAND_IN_FOR: Duration = Duration::from_mins(1);
/// Days of history of stand-in averages: as much as the methods for young series use.
const STAND_IN_DAYS: u32 = 55;
/// Computations at once for waiting requests: beside the refit this leaves a processor free, and each
/// has a lower priority than a sale.
const COMPUTATIONS: usize = 1;
/// Names of the three parts of a stored model.
pub(super) const PARTS: [&str; 3] = ["products", "totals", "served"];

/// The forecasts of a shop, with the model in use.
#[derive(Clone, derive_more::Debug)]
#[debug("Forecasts {{ .. }}")]
pub struct Forecasts {
    pub(super) readers: Readers,
    pub(super) notes: Arc<dyn Notes>,
    pub(super) clock: Arc<dyn Clock>,
    refits: Arc<dyn Orders<RefitForecasts>>,
    state: Arc<RwLock<State>>,
    loading: Arc<Mutex<()>>,
    computing: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    model: Option<Arc<Model>>,
    looked: Option<Instant>,
    stand_in: Option<(Instant, NaiveDate, Arc<Model>)>,
}

/// A shop whose history was just imported gets its first model at once, not at night.
#[async_trait]
impl PastImported for Forecasts {
    async fn past_imported(&self) {
        if self.newest().await.is_some() {
            return;
        }
        self.order_first().await;
        // Stand-in averages from before the import do not know it.
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.stand_in = None;
    }
}

impl Forecasts {
    /// A desk that has not loaded a model yet.
    #[must_use]
    pub fn new(
        readers: Readers,
        notes: Arc<dyn Notes>,
        clock: Arc<dyn Clock>,
        refits: Arc<dyn Orders<RefitForecasts>>,
    ) -> Self {
        Self {
            readers,
            notes,
            clock,
            refits,
            state: Arc::default(),
            loading: Arc::default(),
            computing: Arc::new(Semaphore::new(COMPUTATIONS)),
        }
    }

    /// Today in the shop's time zone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn today(&self) -> Result<NaiveDate, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        Ok(self.clock.now().date_in(shop.time_zone))
    }

    /// Orders a refit.
    ///
    /// # Errors
    /// When the queue is full or not available.
    pub async fn order_refit(&self, order: Order<RefitForecasts>) -> Result<Ordered, JobsError> {
        self.refits.order(order).await
    }

    /// The newest model; without a usable one, stand-in averages, and the first refit is ordered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn model(&self, today: NaiveDate) -> Result<Arc<Model>, AnalyticsError> {
        let usable = self
            .newest()
            .await
            .filter(|model| model.age_days(today) <= OLDEST_DAYS);
        if let Some(model) = usable {
            return Ok(model);
        }
        self.stand_in(today).await
    }

    /// Id of the model in use, or a fixed word for stand-in averages: cached responses are dropped when
    /// it changes.
    pub async fn model_name(&self) -> String {
        let model = self.newest().await;
        let entry = model.as_ref().and_then(|model| model.entry.as_ref());
        entry.map_or_else(|| "none".to_owned(), |entry| entry.id.clone())
    }

    async fn newest(&self) -> Option<Arc<Model>> {
        let (model, looked) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            (state.model.clone(), state.looked)
        };
        if looked.is_some_and(|at| at.elapsed() < FRESH_FOR) {
            return model;
        }
        if model.is_some() {
            // Only one task checks at a time; this request does not wait for it.
            if let Ok(guard) = Arc::clone(&self.loading).try_lock_owned() {
                let desk = self.clone();
                tokio::spawn(async move {
                    desk.look().await;
                    drop(guard);
                });
            }
            return model;
        }
        let _one_at_a_time = self.loading.lock().await;
        self.look().await;
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.model.clone()
    }

    /// Loads a newer model if there is one.
    async fn look(&self) {
        let (known, looked) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let known = state.model.as_ref().and_then(|model| model.entry.as_ref());
            (known.map(|entry| entry.id.clone()), state.looked)
        };
        if looked.is_some_and(|at| at.elapsed() < FRESH_FOR) {
            return;
        }
        match self.load(known.as_deref()).await {
            Ok(Some(model)) => self.adopt(Arc::new(model)),
            Ok(None) => {
                let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
                state.looked = Some(Instant::now());
            }
            Err(error) => tracing::warn!(%error, "the newest forecast model could not be read"),
        }
    }

    /// Puts a model to use, unless the current one comes from a later fit.
    pub(super) fn adopt(&self, model: Arc<Model>) {
        let began = |model: &Model| model.entry.as_ref().map(|entry| entry.began_at);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.looked = Some(Instant::now());
        let newest = state.model.as_deref().and_then(began);
        if began(&model) >= newest {
            state.model = Some(model);
            state.stand_in = None;
        }
    }

    async fn load(&self, known: Option<&str>) -> Result<Option<Model>, AnalyticsError> {
        let Some(entry) = self.entry_in_use(known).await? else {
            return Ok(None);
        };
        if !entry.is_current() {
            return Ok(None);
        }
        let mut parts = Vec::with_capacity(PARTS.len());
        for part in PARTS {
            match self
                .notes
                .get(NoteKind::Model, &part_key(&entry.id, part)?)
                .await?
            {
                Some(note) => parts.push(note.body),
                None => return Ok(None),
            }
        }
        let model = self.compute(move || assemble(entry, &parts)).await??;
        tracing::info!(
            model = model.entry.as_ref().map_or("", |entry| entry.id.as_str()),
            "a newer forecast model is in use"
        );
        Ok(Some(model))
    }

    /// The registry entry of the stored model, unless it is the known one. An unreadable entry counts as
    /// missing: the next refit replaces it.
    pub(super) async fn entry_in_use(
        &self,
        known: Option<&str>,
    ) -> Result<Option<RegistryEntry>, AnalyticsError> {
        let Some(mark) = self.notes.get(NoteKind::Watch, &key(IN_USE)?).await? else {
            return Ok(None);
        };
        let Some(id) = readable::<String>(&mark.body) else {
            return Ok(None);
        };
        if known == Some(id.as_str()) {
            return Ok(None);
        }
        let entry = self.notes.get(NoteKind::Registry, &key(&id)?).await?;
        Ok(entry.and_then(|note| readable(&note.body)))
    }

    async fn order_first(&self) {
        let ordered = self.order_refit(RefitForecasts::order()).await;
        if let Err(error) = ordered {
            tracing::warn!(%error, "the first forecast model could not be ordered");
        }
    }

    /// Averages over the last weeks, by the methods for young series.
    async fn stand_in(&self, today: NaiveDate) -> Result<Arc<Model>, AnalyticsError> {
        {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, day, model)) = &state.stand_in
                && at.elapsed() < STAND_IN_FOR
                && *day == today
            {
                return Ok(Arc::clone(model));
            }
        }
        let _one_at_a_time = self.loading.lock().await;
        self.order_first().await;
        let model = Arc::new(self.light_model(today).await?);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.stand_in = Some((Instant::now(), today, Arc::clone(&model)));
        Ok(model)
    }

    /// A model of averages, also used for products that the newest model does not contain.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn light_model(&self, today: NaiveDate) -> Result<Model, AnalyticsError> {
        let as_of = yesterday(today);
        let shop = series::read(&self.readers, as_of, STAND_IN_DAYS).await?;
        let settings = Settings {
            pooled_rows: 0,
            forest_rows: 0,
            ..Settings::default()
        };
        let work = move || -> Result<Model, AnalyticsError> {
            let ShopSeries {
                products,
                totals,
                stock_out_days,
                unusual_days,
                older,
                ..
            } = shop;
            Ok(Model::new(
                None,
                Engine::fit(&products, as_of, &settings)?,
                Engine::fit(&totals, as_of, &settings)?,
                Served {
                    stock_out_days,
                    unusual_days,
                    older,
                    ..Served::default()
                },
            ))
        };
        self.compute(work).await?
    }

    /// Computes off the request threads and with a lower priority: a sale does not wait for a forecast.
    ///
    /// # Errors
    /// [`AnalyticsError::Broken`].
    pub(crate) async fn compute<T, F>(&self, work: F) -> Result<T, AnalyticsError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let turn = self.computing.acquire().await;
        let _turn = turn.map_err(|_| AnalyticsError::Broken)?;
        let computed = compute_behind(work).await;
        computed.map_err(|error| {
            tracing::error!(%error, "a forecast could not be computed");
            AnalyticsError::Broken
        })
    }
}

fn assemble(entry: RegistryEntry, parts: &[Vec<u8>]) -> Result<Model, AnalyticsError> {
    let text = |place: usize| {
        let bytes = parts.get(place).map_or(&[][..], Vec::as_slice);
        std::str::from_utf8(bytes).map_err(|_| AnalyticsError::Broken)
    };
    let group = |place: usize| {
        let group = FittedGroup::from_json(text(place)?);
        group.map_err(|error| unreadable(&error))
    };
    let served: Served = parse(text(2)?.as_bytes())?;
    Ok(Model::new(Some(entry), group(0)?, group(1)?, served))
}

/// Reads a note in JSON.
pub(super) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, AnalyticsError> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

/// Reads a note in JSON; `None` where it is unreadable and will be made again.
pub(super) fn readable<T: serde::de::DeserializeOwned>(body: &[u8]) -> Option<T> {
    parse(body).ok()
}

fn unreadable(error: &serde_json::Error) -> AnalyticsError {
    tracing::error!(%error, "a note of the forecasts cannot be read");
    AnalyticsError::Broken
}

/// The key of a part of a model.
pub(super) fn part_key(id: &str, part: &str) -> Result<NoteKey, AnalyticsError> {
    key(&format!("{id}/{part}"))
}

pub(super) fn key(text: &str) -> Result<NoteKey, AnalyticsError> {
    text.parse().map_err(|_| AnalyticsError::Broken)
}

/// Writes a note in JSON.
pub(super) fn note<T: serde::Serialize>(
    name: &str,
    what: &T,
    at: kernel::Timestamp,
) -> Result<Note, AnalyticsError> {
    Ok(Note {
        key: key(name)?,
        body: serde_json::to_vec(what).map_err(|error| unreadable(&error))?,
        at,
    })
}

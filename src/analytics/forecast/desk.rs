//! The forecast desk: holds the newest model, and stand-in averages until there is one.
//!
//! Every instance looks every other second whether a newer model has been kept, and takes it in
//! away from the request threads; until then the one at hand answers.

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

/// The mark that names the model in use.
pub(super) const IN_USE: &str = "forecasts.model";
/// How long the newest model is believed to be the newest.
const FRESH_FOR: Duration = Duration::from_secs(2);
/// How long stand-in averages are used again.
const STAND_IN_FOR: Duration = Duration::from_mins(1);
/// Days that stand-in averages are taken over: what the light rungs of the ladder ask for.
const STAND_IN_DAYS: u32 = 55;
/// Computations at once that somebody waits for: with the refit that leaves no processor without one,
/// and each of them steps back behind a sale.
const COMPUTATIONS: usize = 1;
/// Names of the three parts of a kept model.
pub(super) const PARTS: [&str; 3] = ["products", "totals", "served"];

/// Answers about the future.
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

/// A shop that had no past until now gets its first model at once, not in the night.
#[async_trait]
impl PastImported for Forecasts {
    async fn past_imported(&self) {
        if self.newest().await.is_some() {
            return;
        }
        self.order_first().await;
        // What stood in until now knows nothing of the file.
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.stand_in = None;
    }
}

impl Forecasts {
    /// A desk without a model yet.
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
    /// When the shop does not answer.
    pub async fn today(&self) -> Result<NaiveDate, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        Ok(self.clock.now().date_in(shop.time_zone))
    }

    /// Orders a refit.
    ///
    /// # Errors
    /// When the queue is full or away.
    pub async fn order_refit(&self, order: Order<RefitForecasts>) -> Result<Ordered, JobsError> {
        self.refits.order(order).await
    }

    /// The newest model, or stand-in averages where there is none that this program can use, with
    /// the first refit ordered.
    ///
    /// # Errors
    /// When the shop does not answer.
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

    /// The name of the model that answers, or a word of its own for stand-in averages: kept
    /// answers end with their model.
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
            // Somebody looks already, or does so now; the answer does not wait for it.
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

    /// Looks for a newer model and takes it in.
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

    /// Makes a model the one that answers, unless one whose fit began later does.
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

    /// The entry of the model in use, unless it is the one that is known already. One that cannot be
    /// read is none: the next refit puts another in its place.
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

    /// Averages over the last weeks, from the light rungs of the ladder.
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

    /// A model of averages, also for products that the newest model does not know yet.
    ///
    /// # Errors
    /// When the shop does not answer.
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

    /// Computes away from the request threads and behind everything else that the machine has to
    /// do: a sale does not wait for a forecast.
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

/// Reads what was kept as JSON.
pub(super) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, AnalyticsError> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

/// The same, where what cannot be read is made anew.
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

/// A text as a key.
pub(super) fn key(text: &str) -> Result<NoteKey, AnalyticsError> {
    text.parse().map_err(|_| AnalyticsError::Broken)
}

/// Something as a note in JSON.
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

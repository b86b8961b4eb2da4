//! Looks for new findings twice a day, and keeps each the first time: that announces it to those who
//! watch the shop. Findings follow from facts and are made whenever somebody asks for them, so without
//! this job nobody would hear of them by themselves.
//!
//! A finding is kept under its id, so it is announced once, however many instances there are and
//! however often the job runs.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Days;
use kernel::{
    jobs::{JobKind as _, NoPayload},
    notes::{Note, NoteKind, NotePrefix},
    schedule::{Recurring, Timing, TimingError},
};
use platform::{
    cache::Cache,
    jobs::{JobContext, JobFailure, JobHandler},
};

use super::{
    job::{FindingsSearched, INTERRUPTED, SearchFindings},
    report::{Anomaly, AnomalyState},
    service::AnomalyQuery,
};
use crate::{Analytics, error::AnalyticsError};

/// After the other work of the night, and in the middle of the day.
const TWICE_A_DAY: &str = "40 3,13 * * *";
/// Days that are searched. A finding that ended before them is no news.
const LOOKED_BACK_DAYS: u64 = 7;
/// Most findings that are announced by one run.
const MOST: usize = 200;
/// Days after which a kept finding is forgotten: by then none with its id is made any more.
const KEPT_DAYS: i64 = 400;
/// Most findings that are forgotten by one run.
const FORGOTTEN_AT_ONCE: u32 = 50;

/// The handler of the job.
#[derive(Clone, derive_more::Debug)]
#[debug("FindingsSearch {{ .. }}")]
pub struct FindingsSearch {
    analytics: Analytics,
    /// Searched quarters are kept there.
    cache: Arc<Cache>,
}

impl FindingsSearch {
    /// A handler over the facts of a shop.
    #[must_use]
    pub const fn new(analytics: Analytics, cache: Arc<Cache>) -> Self {
        Self { analytics, cache }
    }

    async fn search(&self, context: &JobContext) -> Result<FindingsSearched, JobFailure> {
        let shop = self.analytics.readers.catalog.shop().await;
        let zone = shop
            .map_err(AnalyticsError::from)
            .map_err(failure)?
            .time_zone;
        let today = self.analytics.clock.now().date_in(zone);
        let query = AnomalyQuery {
            from: today.checked_sub_days(Days::new(LOOKED_BACK_DAYS)),
            to: Some(today),
            state: Some(AnomalyState::Open),
            limit: MOST,
            ..AnomalyQuery::default()
        };
        let found = self.analytics.anomalies(query, &self.cache).await;
        let found = found.map_err(failure)?.items;
        let mut searched = FindingsSearched {
            open: found.len(),
            announced: 0,
        };
        // Oldest first, as they are read by those who watch.
        for finding in found.iter().rev() {
            context.check_cancelled()?;
            if self.announce(finding).await.map_err(failure)? {
                searched.announced += 1;
            }
        }
        self.forget_old().await.map_err(failure)?;
        Ok(searched)
    }

    /// Returns whether it is new.
    async fn announce(&self, finding: &Anomaly) -> Result<bool, AnalyticsError> {
        let note = Note {
            key: finding.id.parse().map_err(|_| AnalyticsError::Broken)?,
            body: serde_json::to_vec(finding).map_err(|_| AnalyticsError::Broken)?,
            at: self.analytics.clock.now(),
        };
        let notes = &self.analytics.notes;
        Ok(notes.put_if_absent(NoteKind::Finding, note).await?)
    }

    /// The ids begin with the day, so the oldest come first.
    async fn forget_old(&self) -> Result<(), AnalyticsError> {
        let before = self.analytics.clock.now().plus_seconds(-KEPT_DAYS * 86_400);
        let notes = &self.analytics.notes;
        let oldest = notes
            .list(
                NoteKind::Finding,
                &NotePrefix::all(),
                None,
                FORGOTTEN_AT_ONCE,
            )
            .await?;
        for note in oldest.items.iter().filter(|note| note.at < before) {
            notes.delete(NoteKind::Finding, &note.key).await?;
        }
        Ok(())
    }
}

impl Analytics {
    /// A finding as it was when it was announced; `None` for one that was not, or long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn announced(&self, id: &str) -> Result<Option<Anomaly>, AnalyticsError> {
        let Ok(key) = id.parse() else {
            return Ok(None);
        };
        let note = self.notes.get(NoteKind::Finding, &key).await?;
        // One of an older version of the program may have another shape.
        Ok(note.and_then(|note| serde_json::from_slice(&note.body).ok()))
    }
}

fn failure(error: AnalyticsError) -> JobFailure {
    tracing::warn!(%error, "the search for findings was cut short");
    JobFailure::retry(INTERRUPTED)
}

#[async_trait]
impl JobHandler for FindingsSearch {
    type Job = SearchFindings;

    fn schedules(&self) -> Result<Vec<Recurring<NoPayload>>, TimingError> {
        Ok(vec![Recurring {
            name: SearchFindings::KIND,
            timing: Timing::cron(TWICE_A_DAY)?,
            payload: NoPayload {},
        }])
    }

    async fn run(&self, context: JobContext, _: NoPayload) -> Result<FindingsSearched, JobFailure> {
        self.search(&context).await
    }
}

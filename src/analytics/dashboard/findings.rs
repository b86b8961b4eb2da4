//! The findings of the first screen. To search a quarter may take seconds, and the screen must not wait:
//! it shows what was found last, while a search goes on behind it.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kernel::Timestamp;
use platform::cache::Cache;
use serde::Serialize;
use tokio::sync::Mutex;

use super::{DashboardDays, GRAPH_DAYS, days_before};
use crate::{
    Analytics,
    error::AnalyticsError,
    findings::{
        report::{Anomaly, AnomalyState},
        service::{AnomalyCounts, AnomalyQuery},
    },
};

/// Findings that are shown.
const SHOWN: usize = 6;
/// How long the screen waits for a search. Where the quarter is kept, it ends within this time.
const PATIENCE: Duration = Duration::from_millis(60);

/// What to check.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FindingsOnDashboard {
    /// Findings of the graph's days without feedback, the most severe first, at most 6.
    pub items: Vec<Anomaly>,
    /// Findings of these days in each state.
    pub counts: AnomalyCounts,
    /// When they were searched: a little earlier than the other figures while a search goes on.
    pub computed_at: Timestamp,
}

/// What was found last, and for which days.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastFound {
    found: Arc<RwLock<Option<(DashboardDays, FindingsOnDashboard)>>>,
    searching: Arc<Mutex<()>>,
}

impl LastFound {
    fn of(&self, days: DashboardDays) -> Option<FindingsOnDashboard> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        let own = found.as_ref().filter(|(searched, _)| *searched == days);
        own.map(|(_, found)| found.clone())
    }

    fn keep(&self, days: DashboardDays, found: FindingsOnDashboard) {
        let mut last = self.found.write().unwrap_or_else(PoisonError::into_inner);
        *last = Some((days, found));
    }
}

impl Analytics {
    /// The findings of the days of the graph; the last ones while a search takes longer than the screen
    /// waits, and `None` while the first search goes on.
    pub(super) async fn findings_on_dashboard(
        &self,
        days: DashboardDays,
        cache: &Arc<Cache>,
    ) -> Option<FindingsOnDashboard> {
        // One search at a time; a screen that comes meanwhile shows what was found last.
        let Ok(turn) = Arc::clone(&self.last_found.searching).try_lock_owned() else {
            return self.last_found.of(days);
        };
        let (analytics, cache) = (self.clone(), Arc::clone(cache));
        let search = tokio::spawn(async move {
            let found = analytics.search(days, &cache).await;
            match found {
                Ok(found) => analytics.last_found.keep(days, found),
                Err(error) => {
                    tracing::warn!(%error, "the findings of the first screen are not known");
                }
            }
            drop(turn);
        });
        // Without an answer in time it goes on behind the screen.
        let _ended = tokio::time::timeout(PATIENCE, search).await;
        self.last_found.of(days)
    }

    async fn search(
        &self,
        days: DashboardDays,
        cache: &Cache,
    ) -> Result<FindingsOnDashboard, AnalyticsError> {
        let wanted = AnomalyQuery {
            from: Some(days_before(days.to, GRAPH_DAYS - 1)),
            to: Some(days.to),
            state: Some(AnomalyState::Open),
            limit: usize::MAX,
            ..AnomalyQuery::default()
        };
        let mut found = self.anomalies(wanted, cache).await?;
        found.items.sort_by(|a, b| {
            let worst = b.severity.cmp(&a.severity);
            worst.then_with(|| b.id.cmp(&a.id))
        });
        found.items.truncate(SHOWN);
        Ok(FindingsOnDashboard {
            items: found.items,
            counts: found.counts,
            computed_at: found.computed_at,
        })
    }
}

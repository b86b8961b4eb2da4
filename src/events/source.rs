//! Facts of the shop as events: pages of them after a position.

use std::{collections::HashMap, sync::Arc};

use actix_web::web::Bytes;
use analytics::Analytics;
use kernel::{Permission, Problem, jobs::Job};
use sales::{
    Sales,
    live::{self, ChangedLevels, Fact, LivePosition, NewestNumbers, Resumed},
};
use store::jobs::JobStore;
use tokio::sync::watch;

use super::{
    viewer::{Audience, Viewer},
    wire::{FindingMade, JobEnded, ShopEvent},
};

/// Where events come from.
#[derive(Clone)]
pub(super) struct Source {
    sales: Arc<Sales>,
    analytics: Arc<Analytics>,
    jobs: JobStore,
}

/// What happened from one position to another, written out.
#[derive(Debug)]
pub(super) struct Batch {
    pub from: LivePosition,
    pub to: LivePosition,
    events: Vec<(Audience, String)>,
}

impl Batch {
    /// Those events that somebody may see, as they are written into the stream.
    pub(super) fn seen_by(&self, viewer: &Viewer) -> Bytes {
        let seen = self.events.iter();
        let seen = seen.filter(|(audience, _)| viewer.may_see(*audience));
        let mut text = String::new();
        seen.for_each(|(_, event)| text.push_str(event));
        Bytes::from(text)
    }
}

impl Source {
    pub(super) const fn new(sales: Arc<Sales>, analytics: Arc<Analytics>, jobs: JobStore) -> Self {
        Self {
            sales,
            analytics,
            jobs,
        }
    }

    /// Changes with every commit of this process.
    pub(super) fn commits(&self) -> watch::Receiver<()> {
        self.sales.ctx.write.commits()
    }

    pub(super) fn now(&self) -> kernel::Timestamp {
        self.sales.ctx.clock.now()
    }

    pub(super) async fn here(&self) -> Result<LivePosition, Problem> {
        Ok(live::here(&self.sales.ctx).await?)
    }

    pub(super) async fn news(&self, from: &LivePosition) -> Result<Option<NewestNumbers>, Problem> {
        Ok(live::news(&self.sales.ctx, from).await?)
    }

    pub(super) async fn resume(&self, text: &str, pointer: &str) -> Result<Resumed, Problem> {
        Ok(live::resume(&self.sales.ctx, text, pointer).await?)
    }

    /// The next events from a position on, and up to these records.
    pub(super) async fn batch(
        &self,
        from: LivePosition,
        up_to: NewestNumbers,
    ) -> Result<Batch, Problem> {
        let page = live::page(&self.sales.ctx, from, up_to).await?;
        let mut jobs = self.jobs_of(&page.facts).await?;
        let mut events = Vec::with_capacity(page.facts.len() + 1);
        for (position, fact) in page.facts {
            if let Some((audience, event)) = self.event_of(fact, &mut jobs).await? {
                events.push((audience, event.written(&position.seal())));
            }
        }
        if let Some(changed) = page.levels {
            let (levels, reload) = match changed {
                ChangedLevels::These(levels) => (levels, false),
                ChangedLevels::Many => (Vec::new(), true),
            };
            let event = ShopEvent::Stock { levels, reload };
            let audience = Audience::With(Permission::ReadCatalogue);
            events.push((audience, event.written(&page.to.seal())));
        }
        Ok(Batch {
            from,
            to: page.to,
            events,
        })
    }

    async fn jobs_of(
        &self,
        facts: &[(LivePosition, Fact)],
    ) -> Result<HashMap<String, Job>, Problem> {
        let ids: Vec<_> = facts
            .iter()
            .filter_map(|(_, fact)| match fact {
                Fact::Job(id) => Some(*id),
                Fact::Sale(_) | Fact::Refund(_) | Fact::Void(_) | Fact::Finding(_) => None,
            })
            .collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let jobs = self.jobs.get_all(&ids).await?;
        Ok(jobs
            .into_iter()
            .map(|job| (job.id.to_string(), job))
            .collect())
    }

    /// The event, and who may see it; `None` for something that is gone already.
    async fn event_of(
        &self,
        fact: Fact,
        jobs: &mut HashMap<String, Job>,
    ) -> Result<Option<(Audience, ShopEvent)>, Problem> {
        Ok(match fact {
            Fact::Sale(sale) => {
                let audience = Audience::CashierOf(sale.cashier_id);
                Some((audience, ShopEvent::Sale { sale }))
            }
            Fact::Refund(refund) => {
                let audience = Audience::CashierOf(refund.cashier_id);
                Some((audience, ShopEvent::Refund { refund }))
            }
            Fact::Void(sale) => {
                let audience = Audience::CashierOf(sale.cashier_id);
                Some((audience, ShopEvent::Void { sale }))
            }
            Fact::Job(id) => jobs.remove(&id.to_string()).map(|job| {
                let job = JobEnded::from(job);
                let audience = Audience::With(Permission::ReadJobs);
                (audience, ShopEvent::Job { job })
            }),
            Fact::Finding(id) => self.analytics.announced(&id).await?.map(|finding| {
                let finding = FindingMade::from(finding);
                let audience = Audience::With(Permission::ReadAnalytics);
                (audience, ShopEvent::Finding { finding })
            }),
        })
    }
}

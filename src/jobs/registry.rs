//! Which kinds of job this program can do. Put together at the start; what does not do stops it.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, ensure};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use kernel::jobs::MAX_KIND_LENGTH;
use platform::jobs::JobHandler;

/// The handlers by their kind.
#[derive(Clone)]
pub struct Registry {
    handlers: Arc<BTreeMap<&'static str, Arc<dyn JobHandler>>>,
    schedules: Arc<[Schedule]>,
}

/// A kind of job that runs by itself.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// The kind, which is also the name of the schedule.
    pub kind: &'static str,
    /// When, in the shop's time zone.
    pub cron: Cron,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.handlers.keys()).finish()
    }
}

impl Registry {
    /// Of these handlers.
    ///
    /// # Errors
    /// When two do the same kind, or when a kind or a schedule is not valid.
    pub fn new(handlers: impl IntoIterator<Item = Arc<dyn JobHandler>>) -> anyhow::Result<Self> {
        let mut by_kind = BTreeMap::new();
        let mut schedules = Vec::new();
        for handler in handlers {
            let kind = handler.kind();
            ensure!(
                (1..=MAX_KIND_LENGTH).contains(&kind.chars().count()),
                "`{kind}` is not a name for a kind of job"
            );
            if let Some(expression) = handler.schedule() {
                let cron = parse(expression)
                    .with_context(|| format!("the schedule of {kind} is not valid"))?;
                schedules.push(Schedule { kind, cron });
            }
            ensure!(
                by_kind.insert(kind, handler).is_none(),
                "two handlers do jobs of the kind {kind}"
            );
        }
        Ok(Self {
            handlers: Arc::new(by_kind),
            schedules: schedules.into(),
        })
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    pub(super) fn get(&self, kind: &str) -> Option<&Arc<dyn JobHandler>> {
        self.handlers.get(kind)
    }

    pub(super) fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }
}

/// Five fields, no more: what runs every second is no job.
pub(super) fn parse(expression: &str) -> Result<Cron, croner::errors::CronError> {
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
        .parse(expression)
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use platform::jobs::{JobContext, JobFailure};
    use serde_json::Value;

    use super::*;

    struct Does(&'static str, Option<&'static str>);

    #[async_trait]
    impl JobHandler for Does {
        fn kind(&self) -> &'static str {
            self.0
        }

        fn schedule(&self) -> Option<&'static str> {
            self.1
        }

        async fn run(&self, _: JobContext) -> Result<Value, JobFailure> {
            Ok(Value::Null)
        }
    }

    fn registry(handlers: Vec<Does>) -> anyhow::Result<Registry> {
        let shared = |handler| -> Arc<dyn JobHandler> { Arc::new(handler) };
        Registry::new(handlers.into_iter().map(shared))
    }

    #[test]
    fn two_handlers_of_one_kind_stop_the_start() {
        assert!(registry(vec![Does("a", None), Does("b", None)]).is_ok());
        assert!(registry(vec![Does("a", None), Does("a", None)]).is_err());
        assert!(registry(vec![Does("", None)]).is_err());
    }

    #[test]
    fn a_schedule_has_five_fields() {
        assert!(registry(vec![Does("a", Some("30 3 * * *"))]).is_ok());
        for wrong in ["", "every night", "30 3 * *", "0 30 3 * * *", "61 3 * * *"] {
            assert!(registry(vec![Does("a", Some(wrong))]).is_err(), "{wrong}");
        }
    }
}

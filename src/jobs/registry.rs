//! The handlers of this program, by kind of job. Built at the start; an invalid one stops the start.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, ensure};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use kernel::jobs::MAX_KIND_LENGTH;
use platform::jobs::AnyJobHandler;

/// The handlers by their kind.
#[derive(Clone)]
pub struct Registry {
    handlers: Arc<BTreeMap<&'static str, Arc<dyn AnyJobHandler>>>,
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
    pub fn new(handlers: impl IntoIterator<Item = Arc<dyn AnyJobHandler>>) -> anyhow::Result<Self> {
        let mut by_kind = BTreeMap::new();
        let mut schedules = Vec::new();
        for handler in handlers {
            let kind = handler.kind();
            ensure!(
                (1..=MAX_KIND_LENGTH).contains(&kind.chars().count()),
                "`{kind}` is not a name for a kind of job"
            );
            if let Some(expression) = handler.recurs() {
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

    pub(super) fn get(&self, kind: &str) -> Option<&Arc<dyn AnyJobHandler>> {
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
    use kernel::jobs::{FailureReason, JobKind, NoPayload};
    use platform::jobs::{JobContext, JobFailure, JobHandler};

    use super::*;

    macro_rules! kinds {
        ($($name:ident = $kind:literal),+) => {
            $(
                #[derive(Debug)]
                struct $name;

                impl JobKind for $name {
                    const KIND: &'static str = $kind;
                    const FAILURES: &'static [FailureReason] = &[];
                    type Payload = NoPayload;
                    type Outcome = ();
                }
            )+
        };
    }
    kinds!(First = "a", Second = "b", Nameless = "");

    struct Does<J>(J, Option<&'static str>);

    #[async_trait]
    impl<J: JobKind> JobHandler for Does<J> {
        type Job = J;

        fn schedule(&self) -> Option<&'static str> {
            self.1
        }

        async fn run(&self, _: JobContext, _: J::Payload) -> Result<J::Outcome, JobFailure> {
            Err(JobFailure::Cancelled)
        }
    }

    fn does<J: JobKind>(kind: J, schedule: Option<&'static str>) -> Arc<dyn AnyJobHandler> {
        Arc::new(Does(kind, schedule))
    }

    #[test]
    fn two_handlers_of_one_kind_stop_the_start() {
        assert!(Registry::new([does(First, None), does(Second, None)]).is_ok());
        assert!(Registry::new([does(First, None), does(First, None)]).is_err());
        assert!(Registry::new([does(Nameless, None)]).is_err());
    }

    #[test]
    fn a_schedule_has_five_fields() {
        assert!(Registry::new([does(First, Some("30 3 * * *"))]).is_ok());
        for wrong in ["", "every night", "30 3 * *", "0 30 3 * * *", "61 3 * * *"] {
            let registry = Registry::new([does(First, Some(wrong))]);
            assert!(registry.is_err(), "{wrong}");
        }
    }
}

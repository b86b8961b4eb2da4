//! The handlers of this program, by kind of job. Built at the start; an invalid one stops the start.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context as _, ensure};
use kernel::{jobs::MAX_KIND_LENGTH, schedule::Definition};
use platform::jobs::AnyJobHandler;

/// The handlers by their kind.
#[derive(Clone)]
pub struct Registry {
    handlers: Arc<BTreeMap<&'static str, Arc<dyn AnyJobHandler>>>,
    definitions: Arc<[Definition]>,
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
    /// When two do the same kind, two schedules have the same name, or a kind or a schedule is not
    /// valid.
    pub fn new(handlers: impl IntoIterator<Item = Arc<dyn AnyJobHandler>>) -> anyhow::Result<Self> {
        let mut by_kind = BTreeMap::new();
        let mut definitions: Vec<Definition> = Vec::new();
        for handler in handlers {
            let kind = handler.kind();
            ensure!(
                (1..=MAX_KIND_LENGTH).contains(&kind.chars().count()),
                "`{kind}` is not a name for a kind of job"
            );
            let of_kind = handler
                .definitions()
                .with_context(|| format!("a schedule of {kind} is not valid"))?;
            for definition in of_kind {
                ensure!(
                    definitions.iter().all(|one| one.name != definition.name),
                    "two schedules have the name {}",
                    definition.name
                );
                definitions.push(definition);
            }
            ensure!(
                by_kind.insert(kind, handler).is_none(),
                "two handlers do jobs of the kind {kind}"
            );
        }
        Ok(Self {
            handlers: Arc::new(by_kind),
            definitions: definitions.into(),
        })
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    pub(super) fn get(&self, kind: &str) -> Option<&Arc<dyn AnyJobHandler>> {
        self.handlers.get(kind)
    }

    /// The schedules of the program itself.
    pub(super) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use kernel::{
        Permission,
        jobs::{FailureReason, JobKind, NoPayload},
        schedule::{Recurring, Timing, TimingError},
    };
    use platform::jobs::{JobContext, JobFailure, JobHandler};

    use super::*;

    macro_rules! kinds {
        ($($name:ident = $kind:literal),+) => {
            $(
                #[derive(Debug)]
                struct $name;

                impl JobKind for $name {
                    const KIND: &'static str = $kind;
                    const NEEDS: Permission = Permission::ManageJobs;
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
    impl<J: JobKind<Payload = NoPayload>> JobHandler for Does<J> {
        type Job = J;

        fn schedules(&self) -> Result<Vec<Recurring<NoPayload>>, TimingError> {
            let schedule = self.1.map(|expression| {
                Ok(Recurring {
                    name: "nightly",
                    timing: Timing::cron(expression)?,
                    payload: NoPayload {},
                })
            });
            schedule.into_iter().collect()
        }

        async fn run(&self, _: JobContext, _: NoPayload) -> Result<J::Outcome, JobFailure> {
            Err(JobFailure::Cancelled)
        }
    }

    fn does<J: JobKind<Payload = NoPayload>>(
        kind: J,
        schedule: Option<&'static str>,
    ) -> Arc<dyn AnyJobHandler> {
        Arc::new(Does(kind, schedule))
    }

    #[test]
    fn two_handlers_of_one_kind_stop_the_start() {
        assert!(Registry::new([does(First, None), does(Second, None)]).is_ok());
        assert!(Registry::new([does(First, None), does(First, None)]).is_err());
        assert!(Registry::new([does(Nameless, None)]).is_err());
    }

    #[test]
    fn a_schedule_that_is_not_valid_or_not_the_only_one_of_its_name_stops_the_start() {
        let nightly = Some("30 3 * * *");
        assert!(Registry::new([does(First, nightly)]).is_ok());
        assert!(Registry::new([does(First, nightly), does(Second, nightly)]).is_err());
        for wrong in ["every night", "* * * * *"] {
            let registry = Registry::new([does(First, Some(wrong))]);
            assert!(registry.is_err(), "{wrong}");
        }
    }
}

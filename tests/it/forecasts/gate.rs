//! Notes with a gate: a refit waits there in the middle of its writes until the test opens it. And a
//! kind of job that refits through it.

use std::sync::{Arc, OnceLock};

use analytics::forecast::{desk::Forecasts, job::Refit};
use async_trait::async_trait;
use kernel::{
    Permission,
    jobs::{FailureReason, JobKind, NoPayload},
    notes::{Note, NoteError, NoteKey, NoteKind, NotePrefix, Notes},
    paging::Page,
};
use platform::jobs::{JobContext, JobFailure, JobHandler};
use tokio::sync::Semaphore;

use super::settings;
use crate::support::app::TestApp;

/// Place of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first part of the model is written, and nothing else.
    WithinTheModel,
    /// The model is in use, but the job is not marked as done yet.
    BehindTheModel,
}

/// Stores notes like the ones behind it, and stops a writer at the gate.
pub struct GatedNotes {
    notes: Arc<dyn Notes>,
    place: Place,
    reached: Semaphore,
    open: Semaphore,
}

impl GatedNotes {
    pub fn over(app: &TestApp, place: Place) -> Arc<Self> {
        Arc::new(Self {
            notes: Arc::clone(&app.modules.analytics.notes),
            place,
            reached: Semaphore::new(0),
            open: Semaphore::new(0),
        })
    }

    /// A desk of the same shop that stores its models through the gate.
    pub fn desk(self: &Arc<Self>, app: &TestApp) -> Forecasts {
        let analytics = &app.modules.analytics;
        Forecasts::new(
            analytics.readers.clone(),
            Arc::<Self>::clone(self),
            Arc::clone(&analytics.clock),
            Arc::new(app.modules.jobs.clone()),
        )
    }

    /// Waits until a writer is at the gate.
    pub async fn reached(&self) {
        let limit = std::time::Duration::from_mins(2);
        let waited = tokio::time::timeout(limit, self.reached.acquire()).await;
        waited.expect("nobody comes to the gate").unwrap().forget();
    }

    /// Opens the gate for all writers.
    pub fn open(&self) {
        self.open.close();
    }

    async fn stand_at(&self, place: Place) {
        if self.place == place {
            self.reached.add_permits(1);
            // A closed semaphore means open: acquiring it is an error then.
            let _open = self.open.acquire().await;
        }
    }
}

#[async_trait]
impl Notes for GatedNotes {
    async fn put_all(&self, kind: NoteKind, notes: Vec<Note>) -> Result<(), NoteError> {
        self.notes.put_all(kind, notes).await?;
        if kind == NoteKind::Model {
            self.stand_at(Place::WithinTheModel).await;
        }
        Ok(())
    }

    async fn put_if_absent(&self, kind: NoteKind, note: Note) -> Result<bool, NoteError> {
        self.notes.put_if_absent(kind, note).await
    }

    async fn advance(&self, mark: Note, notes: Vec<(NoteKind, Note)>) -> Result<bool, NoteError> {
        let moved = self.notes.advance(mark, notes).await?;
        self.stand_at(Place::BehindTheModel).await;
        Ok(moved)
    }

    async fn get(&self, kind: NoteKind, key: &NoteKey) -> Result<Option<Note>, NoteError> {
        self.notes.get(kind, key).await
    }

    async fn list(
        &self,
        kind: NoteKind,
        prefix: &NotePrefix,
        after: Option<&NoteKey>,
        limit: u32,
    ) -> Result<Page<Note>, NoteError> {
        self.notes.list(kind, prefix, after, limit).await
    }

    async fn last_keys(
        &self,
        kind: NoteKind,
        prefix: &NotePrefix,
        limit: u32,
    ) -> Result<Vec<NoteKey>, NoteError> {
        self.notes.last_keys(kind, prefix, limit).await
    }

    async fn delete(&self, kind: NoteKind, key: &NoteKey) -> Result<bool, NoteError> {
        self.notes.delete(kind, key).await
    }
}

/// Refits through a gate. The desk is set once the program runs.
#[derive(Default)]
pub struct GatedRefit {
    pub through: OnceLock<(Arc<GatedNotes>, Forecasts)>,
}

impl std::fmt::Debug for GatedRefit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatedRefit").finish_non_exhaustive()
    }
}

impl JobKind for GatedRefit {
    const KIND: &'static str = "test.refit";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[];
    type Payload = NoPayload;
    type Outcome = Refit;
}

#[async_trait]
impl JobHandler for GatedRefit {
    type Job = Self;

    async fn run(&self, context: JobContext, _: NoPayload) -> Result<Refit, JobFailure> {
        let (gate, desk) = self.through.get().expect("the desk").clone();
        // A cancelled writer may pass: it must stop by itself.
        let wished = context.clone();
        tokio::spawn(async move {
            wished.cancelled().await;
            gate.open();
        });
        desk.refit(&settings(), &context).await
    }
}

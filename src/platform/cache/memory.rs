//! The first tier: responses in the memory of this process, limited by their bytes.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use kernel::Timestamp;
use moka::{Expiry, future, notification::RemovalCause, ops::compute::Op};

use super::{answer::Answer, figures::Figures, key::Key, tier::Tier};

/// Bytes of an entry in addition to the response.
const ENTRY_BYTES: usize = 256;

#[derive(Clone)]
pub(super) struct Memory {
    answers: future::Cache<Key, Answer>,
    max_bytes: u64,
}

/// Evicts a response after its lifetime to free memory; whether it may be sent is checked by the
/// program's own clock.
struct Lifetime;

impl Expiry<Key, Answer> for Lifetime {
    fn expire_after_create(&self, _: &Key, answer: &Answer, _: Instant) -> Option<Duration> {
        let micros = answer.expires_at.micros() - answer.computed_at.micros();
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }
}

impl Memory {
    pub(super) fn new(max_bytes: u64, figures: Arc<Figures>) -> Self {
        let answers = future::Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &Key, answer: &Answer| {
                let bytes = key.weight() + answer.body.len() + ENTRY_BYTES;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .expire_after(Lifetime)
            .eviction_listener(move |key: Arc<Key>, _, cause| {
                if cause == RemovalCause::Size {
                    figures.evicted(key.kind);
                }
            })
            .build();
        Self { answers, max_bytes }
    }

    /// The cached or computed response: of several requests at the same time one computes it and the
    /// others wait. An error is returned to all of them, and not cached.
    pub(super) async fn find_or_make<E>(
        &self,
        key: Key,
        make: impl Future<Output = Result<Answer, E>>,
    ) -> Result<Answer, Arc<E>>
    where
        E: Send + Sync + 'static,
    {
        self.answers.try_get_with(key, make).await
    }

    /// Removes an expired response, unless another has replaced it.
    pub(super) async fn drop_stale(&self, key: &Key, stale: &Answer) {
        let entry = self.answers.entry_by_ref(key);
        entry
            .and_compute_with(|found| {
                let is_same = found.is_some_and(|found| {
                    let found = found.into_value();
                    found.computed_at == stale.computed_at && found.tag == stale.tag
                });
                std::future::ready(if is_same { Op::Remove } else { Op::Nop })
            })
            .await;
    }

    pub(super) fn clear(&self) {
        self.answers.invalidate_all();
    }

    /// Number of responses, their bytes, and the most bytes.
    pub(super) async fn size(&self) -> (u64, u64, u64) {
        self.answers.run_pending_tasks().await;
        let answers = &self.answers;
        (
            answers.entry_count(),
            answers.weighted_size(),
            self.max_bytes,
        )
    }
}

#[async_trait]
impl Tier for Memory {
    async fn find(&self, key: &Key, _: Timestamp) -> Option<Answer> {
        self.answers.get(key).await
    }

    async fn keep(&self, key: &Key, answer: &Answer) {
        self.answers.insert(key.clone(), answer.clone()).await;
    }
}

//! Parts of responses, cached like a response.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use kernel::{Code, Problem};
use serde::{Serialize, de::DeserializeOwned};

use super::{Cache, Question, answer::Answer, figures::Outcome, render, tier::Tier as _};

impl Cache {
    /// The cached part, or the computed one: of several callers at the same time one computes it.
    /// `compute` may ask for other parts, but not for the same one. It runs on the caller's thread: the
    /// caller is a heavy question already. A cached part that cannot be read, of another version or
    /// damaged, is computed again.
    ///
    /// # Errors
    /// Errors of `compute`, which are not cached.
    pub async fn part<T, E, F, Fut>(&self, question: Question, compute: F) -> Result<T, Problem>
    where
        T: Serialize + DeserializeOwned,
        E: Into<Problem>,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let shelf = &*self.shelf;
        let now = shelf.clock.now();
        let kind = question.kind;
        let trusted = if question.can_be_kept() {
            shelf.generations.of(kind, question.span)
        } else {
            None
        };
        let Some(generation) = trusted else {
            shelf.figures.answered(kind, Outcome::Bypass);
            return compute().await.map_err(Into::into);
        };
        let lifetime = if generation.is_settled {
            kind.lifetime(question.age(now), shelf.open_period)
        } else {
            Duration::ZERO
        };
        let key = question.key(shelf.era.load(Ordering::Acquire), generation.number);
        let found = shelf.memory.find(&key, now).await;
        let answer = match found {
            Some(answer) if answer.is_fresh(now) && is_readable::<T>(&answer) => {
                shelf.figures.answered(kind, Outcome::Memory);
                answer
            }
            stale => {
                let make = render(Arc::clone(&shelf.clock), lifetime, compute);
                Box::pin(shelf.renew(key, stale, lifetime, make, is_readable::<T>)).await?
            }
        };
        serde_json::from_slice(&answer.body).map_err(|error| {
            tracing::error!(%error, "a cached part cannot be read");
            Problem::of(Code::Internal)
        })
    }
}

fn is_readable<T: DeserializeOwned>(answer: &Answer) -> bool {
    let read = serde_json::from_slice::<T>(&answer.body);
    if let Err(error) = &read {
        tracing::warn!(%error, "a cached part cannot be read: it is computed again");
    }
    read.is_ok()
}

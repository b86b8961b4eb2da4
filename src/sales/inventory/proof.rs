//! The proof of the books as background work: every night, and when somebody asks. Its result is
//! kept with the job.

pub mod http;

use async_trait::async_trait;
use kernel::jobs::NewJob;
use platform::jobs::{JobContext, JobFailure, JobHandler};
use serde_json::{Value, json};

use super::verify::verify;
use crate::Context;

/// The kind of job.
pub const KIND: &str = "books.verify";
/// When the shop is closed and the clocks do not change.
const NIGHTLY: &str = "30 3 * * *";
/// Most differences in a result: enough to see what is wrong, and small enough to be kept.
const MAX_DIFFERENCES: usize = 200;

/// Proves the books.
pub struct ProveBooks {
    ctx: Context,
}

impl std::fmt::Debug for ProveBooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProveBooks").finish_non_exhaustive()
    }
}

impl ProveBooks {
    /// Proves the books of this shop.
    #[must_use]
    pub const fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// The order. A proof that is under way answers for those who ask in the meantime.
    #[must_use]
    pub fn order() -> NewJob {
        NewJob::new(KIND, json!({})).once(KIND)
    }
}

#[async_trait]
impl JobHandler for ProveBooks {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schedule(&self) -> Option<&'static str> {
        Some(NIGHTLY)
    }

    async fn run(&self, context: JobContext) -> Result<Value, JobFailure> {
        let proof = verify(&self.ctx.read, self.ctx.clock.now());
        let proof = tokio::select! {
            proof = proof => proof,
            () = context.cancelled() => return Err(JobFailure::Cancelled),
        };
        let mut proof = proof.map_err(|error| {
            tracing::warn!(job.id = %context.id(), %error, "the books could not be proved");
            JobFailure::retry(
                "books.not_proved",
                "The books could not be read to the end.",
            )
        })?;
        proof.differences.truncate(MAX_DIFFERENCES);
        Ok(json!(proof))
    }
}

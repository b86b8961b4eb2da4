//! The proof of the books as background work, every night and on request. Its result is stored with
//! the job.

pub mod http;
pub mod last;

use async_trait::async_trait;
use kernel::{
    Permission,
    jobs::{FailureReason, JobKind, NoPayload, Order},
    schedule::{Recurring, Timing, TimingError},
};
use platform::jobs::{JobContext, JobFailure, JobHandler};

use super::verify::{Verification, verify};
use crate::Context;

/// The database did not return all rows.
const NOT_PROVED: FailureReason = FailureReason::new(
    "books.not_proved",
    "The books could not be read to the end.",
);
/// A time when the shop is closed and clocks do not change.
const NIGHTLY: &str = "30 3 * * *";
/// Most differences in a result: enough to see what is wrong, and few enough to be stored.
const MAX_DIFFERENCES: usize = 200;

/// The job that proves the books.
#[derive(Debug)]
pub struct VerifyBooks;

impl JobKind for VerifyBooks {
    const KIND: &'static str = "books.verify";
    const NEEDS: Permission = Permission::VerifyBooks;
    const FAILURES: &'static [FailureReason] = &[NOT_PROVED];
    type Payload = NoPayload;
    type Outcome = Verification;
}

impl VerifyBooks {
    /// An order for a proof. While one is queued or running, it returns that one.
    #[must_use]
    pub fn order() -> Order<Self> {
        Order::new(NoPayload {}).once(Self::KIND)
    }
}

/// Runs [`VerifyBooks`].
#[derive(derive_more::Debug)]
#[debug("ProveBooks {{ .. }}")]
pub struct ProveBooks {
    ctx: Context,
}

impl ProveBooks {
    #[must_use]
    /// A handler for the books of this shop.
    pub const fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

#[async_trait]
impl JobHandler for ProveBooks {
    type Job = VerifyBooks;

    fn schedules(&self) -> Result<Vec<Recurring<NoPayload>>, TimingError> {
        Ok(vec![Recurring {
            name: VerifyBooks::KIND,
            timing: Timing::cron(NIGHTLY)?,
            payload: NoPayload {},
        }])
    }

    async fn run(&self, context: JobContext, _: NoPayload) -> Result<Verification, JobFailure> {
        let proof = verify(&self.ctx.read, self.ctx.clock.now());
        let proof = tokio::select! {
            proof = proof => proof,
            () = context.cancelled() => return Err(JobFailure::Cancelled),
        };
        let mut proof = proof.map_err(|error| {
            tracing::warn!(job.id = %context.id(), %error, "the books could not be proved");
            JobFailure::retry(NOT_PROVED)
        })?;
        proof.differences.truncate(MAX_DIFFERENCES);
        Ok(proof)
    }
}

//! The job that looks for new findings: its outcome. `search` does the work.

use kernel::{
    Permission,
    jobs::{FailureReason, JobKind, NoPayload},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The facts or the notes could not be read or written.
pub(super) const INTERRUPTED: FailureReason = FailureReason::new(
    "findings.interrupted",
    "The database could not be read or written.",
);

/// The job that looks for findings which nobody has seen yet, and announces them.
#[derive(Debug)]
pub struct SearchFindings;

impl JobKind for SearchFindings {
    const KIND: &'static str = "findings.search";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[INTERRUPTED];
    type Payload = NoPayload;
    type Outcome = FindingsSearched;
}

/// The outcome of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingsSearched {
    /// Number of open findings of the last days.
    pub open: usize,
    /// Number of those that were announced now, because they had not been announced before.
    pub announced: usize,
}

//! The job that makes a report, as it is ordered and as it ends. [`super::maker`] does it.

use kernel::{
    Permission,
    ids::{JobId, UserId},
    jobs::{FailureReason, JobKind, Order},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::ReportOrder;

/// The shop or the notes could not be read or written, or the books moved on again and again.
pub const INTERRUPTED: FailureReason =
    FailureReason::new("reports.interrupted", "The shop did not answer.");
/// A figure of it passes what can be printed.
pub const IMPOSSIBLE: FailureReason = FailureReason::new(
    "reports.impossible",
    "The report has more rows or larger figures than a file can hold. Ask for a shorter period.",
);
/// The pages or the workbook could not be made.
pub const NOT_PRINTED: FailureReason =
    FailureReason::new("reports.not_printed", "The file could not be made.");

/// The job that makes a report.
#[derive(Debug)]
pub struct MakeReport;

impl JobKind for MakeReport {
    const KIND: &'static str = "reports.make";
    const NEEDS: Permission = Permission::CreateReports;
    const FAILURES: &'static [FailureReason] = &[INTERRUPTED, IMPOSSIBLE, NOT_PRINTED];
    type Payload = ReportOrder;
    type Outcome = ReportMade;
}

impl MakeReport {
    /// An order. While a user's same report is queued or made, it returns that one.
    #[must_use]
    pub fn order(report: ReportOrder, user: UserId) -> Order<Self> {
        let ReportOrder {
            kind,
            format,
            from,
            to,
            locale,
        } = &report;
        let key = format!(
            "reports {} {format:?} {from} {to} {locale:?} {user}",
            kind.as_str()
        );
        Order::new(report).once(key).requested_by(user)
    }
}

/// A report that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportMade {
    /// Its id, which is that of the job: `GET /reports/{id}/download` has the file.
    pub report_id: JobId,
    /// Name under which it is downloaded: kind, first and last day.
    pub file_name: String,
    /// Size of the file that is downloaded, in bytes.
    pub size_bytes: u64,
}

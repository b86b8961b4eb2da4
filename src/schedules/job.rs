//! The job that makes a report and delivers it, as it is ordered and as it ends. [`super::Courier`] does
//! it.

use analytics::reports::{
    job::{IMPOSSIBLE, INTERRUPTED, NOT_PRINTED},
    plan::ReportPlan,
};
use kernel::{
    Permission,
    ids::JobId,
    jobs::{FailureReason, JobKind},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most recipients of a report.
pub const MAX_RECIPIENTS: usize = 10;

/// The settings have no mail server any more.
pub(super) const NO_MAIL: FailureReason = FailureReason::new(
    "schedules.mail_not_configured",
    "The server has no mail server in its settings any more.",
);
/// The mail server cannot be reached, hangs, or refuses for now.
pub(super) const MAIL_UNAVAILABLE: FailureReason = FailureReason::new(
    "schedules.mail_unavailable",
    "The mail server cannot be reached, or cannot take the message now.",
);
/// The mail server refuses an address or the message for good.
pub(super) const MAIL_REFUSED: FailureReason = FailureReason::new(
    "schedules.mail_refused",
    "The mail server refuses the message.",
);
/// The file is larger than what is sent by mail.
pub(super) const TOO_LARGE: FailureReason = FailureReason::new(
    "schedules.attachment_too_large",
    "The report is too large to be sent by mail. It can be downloaded.",
);
/// The settings have no folder any more.
pub(super) const NO_FOLDER: FailureReason = FailureReason::new(
    "schedules.folder_not_configured",
    "The server has no folder for reports in its settings any more.",
);
/// The file cannot be written to the folder.
pub(super) const FOLDER_FAILED: FailureReason = FailureReason::new(
    "schedules.folder_failed",
    "The report cannot be written to the folder of the server. The log has the cause.",
);

/// A report that recurs, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPlan {
    /// The report.
    pub report: ReportPlan,
    /// Whether it goes into the folder of the server.
    pub to_folder: bool,
    /// The mail addresses to which it goes.
    pub recipients: Vec<String>,
}

/// The job that makes a report and delivers it.
#[derive(Debug)]
pub struct DeliverReport;

impl JobKind for DeliverReport {
    const KIND: &'static str = "reports.deliver";
    const NEEDS: Permission = Permission::CreateReports;
    const FAILURES: &'static [FailureReason] = &[
        INTERRUPTED,
        IMPOSSIBLE,
        NOT_PRINTED,
        NO_MAIL,
        MAIL_UNAVAILABLE,
        MAIL_REFUSED,
        TOO_LARGE,
        NO_FOLDER,
        FOLDER_FAILED,
    ];
    type Payload = DeliveryPlan;
    type Outcome = ReportDelivered;
}

/// A report that was made and delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportDelivered {
    /// The report's id, which is that of the job: `GET /reports/{id}/download` has the file.
    pub report_id: JobId,
    /// Name under which it is downloaded, and of the attachment: kind, first and last day.
    pub file_name: String,
    /// Size of the file, in bytes.
    pub size_bytes: u64,
    /// Name of the file in the folder of the server; null when it went to no folder.
    #[schema(required)]
    pub stored_as: Option<String>,
    /// Number of recipients whose mail server accepted it.
    pub mails: u32,
}

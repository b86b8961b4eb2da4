//! The events as clients get them: the `data` of each is one of these as JSON.

use analytics::findings::{
    explanation::Explanation,
    finding::AnomalyKind,
    report::{Anomaly, AnomalySeverity, Subject},
};
use chrono::NaiveDate;
use kernel::{
    Balance, Timestamp,
    ids::{JobId, UserId},
    jobs::{Job, JobError, JobState},
};
use sales::live::{LevelNow, RefundMade, SaleMade, VoidedSale};
use serde::Serialize;
use utoipa::ToSchema;

/// An event of the shop: branch on `event`, which is also the name of the event in the stream.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ShopEvent {
    /// The stream has begun: what follows comes after its id.
    Ready {
        /// The time of the server.
        at: Timestamp,
    },
    /// The stream cannot go on where the client was: load everything again. What follows comes after
    /// its id.
    Reset {
        /// Why it cannot go on.
        reason: ResetReason,
    },
    /// A sale was recorded. Old sales from a file are not announced one by one.
    Sale {
        /// The sale as it was recorded.
        sale: SaleMade,
    },
    /// Goods came back.
    Refund {
        /// The refund as it was recorded.
        refund: RefundMade,
    },
    /// A sale was voided. The command that undoes a file of old sales does not announce them.
    Void {
        /// The sale that was voided.
        sale: VoidedSale,
    },
    /// Stock has changed, by whatever. Several changes may come as one event.
    Stock {
        /// The changed levels as they are now, at most 500; empty when more have changed.
        #[schema(max_items = 500)]
        levels: Vec<LevelNow>,
        /// True when more levels have changed than are listed: fetch `GET /inventory?since=`.
        reload: bool,
    },
    /// A job has ended. `GET /jobs/{id}` has its result.
    Job {
        /// The job that has ended.
        job: JobEnded,
    },
    /// A finding was made for the first time. `GET /analytics/anomalies/{id}` has its evidence.
    Finding {
        /// The finding as it was made.
        finding: FindingMade,
    },
}

/// Why a stream cannot go on where the client was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// Something that the client has not seen is older than 24 hours.
    TooOld,
}

/// A job that has ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobEnded {
    /// Id of the job.
    pub id: JobId,
    /// Kind of work, such as `reports.make`.
    #[schema(example = "reports.make")]
    pub kind: String,
    /// How it ended: `done`, `failed` or `cancelled`.
    pub state: JobState,
    /// Why it failed; null unless it did.
    pub error: Option<JobError>,
    /// User who ordered it; null for scheduled work.
    pub requested_by: Option<UserId>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl From<Job> for JobEnded {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state,
            error: job.error,
            requested_by: job.requested_by,
            finished_at: job.finished_at,
        }
    }
}

/// A finding that was made for the first time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FindingMade {
    /// Stable id of the finding.
    #[schema(example = "20261031-5d41402abc4b2a76")]
    pub id: String,
    /// Rule that made the finding.
    pub kind: AnomalyKind,
    /// How much it matters, by money.
    pub severity: AnomalySeverity,
    /// What the finding is about.
    pub subject: Subject,
    /// First day, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day so far, in the shop's time zone.
    pub to: NaiveDate,
    /// Effect in money, minor units: negative when money is missing.
    pub effect_minor: Balance,
    /// Code and figures of the reason.
    pub explanation: Explanation,
}

impl From<Anomaly> for FindingMade {
    fn from(finding: Anomaly) -> Self {
        Self {
            id: finding.id,
            kind: finding.kind,
            severity: finding.severity,
            subject: finding.subject,
            from: finding.from,
            to: finding.to,
            effect_minor: finding.effect_minor,
            explanation: finding.explanation,
        }
    }
}

impl ShopEvent {
    /// The name of the event in the stream, as in its data.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Reset { .. } => "reset",
            Self::Sale { .. } => "sale",
            Self::Refund { .. } => "refund",
            Self::Void { .. } => "void",
            Self::Stock { .. } => "stock",
            Self::Job { .. } => "job",
            Self::Finding { .. } => "finding",
        }
    }

    /// The event as it is written into a stream, with the position behind it.
    #[must_use]
    pub fn written(&self, position: &str) -> String {
        // It cannot fail: there are no maps with keys of other types.
        let data = serde_json::to_string(self).unwrap_or_default();
        format!("id: {position}\nevent: {}\ndata: {data}\n\n", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_the_stream_is_that_in_the_data() {
        let events = [
            ShopEvent::Ready {
                at: Timestamp::from_micros(0),
            },
            ShopEvent::Reset {
                reason: ResetReason::TooOld,
            },
            ShopEvent::Stock {
                levels: Vec::new(),
                reload: true,
            },
        ];
        for event in events {
            let data = serde_json::to_value(&event).unwrap();
            assert_eq!(data["event"], event.name());
            let written = event.written("p");
            let expected = format!("id: p\nevent: {}\ndata: {data}\n\n", event.name());
            assert_eq!(written.len(), expected.len());
            assert_eq!(written.lines().count(), 4, "{written}");
        }
    }
}

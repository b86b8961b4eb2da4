//! Answers to findings: analytics weighs an answer and says what is to be kept, `sales` writes down
//! who gave it. Both are written here in one transaction, so that analytics never gets a handle that
//! writes, and no answer is without its line in the audit log.

pub mod http;

use analytics::{
    Analytics,
    anomaly::{report::Anomaly, service::GivenAnswer},
};
use kernel::{Problem, notes::NoteKind};
use platform::cache::Cache;
use sales::{
    Actor, Sales, SalesError,
    audit::{self, Deed},
};
use serde_json::json;
use store::{StoredNotes, Tx};

/// Keeps an answer to a finding, and answers the finding with it.
///
/// # Errors
/// When there is no such finding, or the shop does not answer.
pub async fn judge(
    sales: &Sales,
    analytics: &Analytics,
    cache: &Cache,
    actor: &Actor,
    id: &str,
    given: GivenAnswer,
) -> Result<Anomaly, Problem> {
    let judged = analytics.judge_anomaly(id, given, cache).await?;
    let said = |anomaly: &Anomaly| {
        let given = anomaly.feedback.as_ref();
        json!({
            "kind": anomaly.kind,
            "subject": anomaly.subject,
            "from": anomaly.from,
            "verdict": given.map(|given| given.verdict),
            "note": given.and_then(|given| given.note.as_deref()),
            "threshold": anomaly.threshold.multiple,
        })
    };
    let (before, after) = (judged.before.as_ref().map(said), said(&judged.anomaly));
    let written = sales.ctx.write.transaction(async |tx: &Tx| {
        StoredNotes::put_within(tx, NoteKind::Feedback, &judged.note).await?;
        let deed = Deed {
            action: "anomaly.judge",
            entity: "anomaly",
            entity_id: id.to_owned(),
            before: before.clone(),
            after: Some(after.clone()),
        };
        audit::record(tx, actor, judged.note.at, deed).await
    });
    written
        .await
        .map_err(|error: SalesError| Problem::from(error))?;
    tracing::info!(anomaly.id = id, user.id = ?actor.user_id, "a finding was judged");
    Ok(judged.anomaly)
}

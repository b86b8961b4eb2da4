//! Feedback on findings. Analytics computes what to keep, and `sales` writes the audit log. Both are
//! written here in one transaction, so that analytics never needs a handle that writes, and every
//! verdict has its line in the audit log.

pub mod http;

use std::sync::Arc;

use analytics::{
    Analytics,
    findings::{
        finding::AnomalyKind,
        report::{Anomaly, SubjectType},
        service::GivenAnswer,
    },
};
use kernel::{Code, Permission, Problem, Role, Timestamp, ids::UserId, notes::NoteKind};
use platform::cache::Cache;
use sales::{
    Actor, Sales, SalesError,
    audit::{self, Deed, Entry},
    orders::doers::{Deeds, OfCashier, Taken},
};
use serde_json::json;
use store::{StoredNotes, Tx};

/// Stores a verdict on a finding, and returns the finding with it.
///
/// # Errors
/// When there is no such finding, when the caller did what it is about, or when the shop's database
/// does not answer.
pub async fn judge(
    sales: &Sales,
    analytics: &Analytics,
    cache: &Arc<Cache>,
    actor: &Actor,
    id: &str,
    given: GivenAnswer,
) -> Result<Anomaly, Problem> {
    // Finding it may mean to compute a quarter of the year.
    let heavy = cache.heavy();
    let seat = actor.user_id.map(|user| heavy.seat(user)).transpose()?;
    let (asked, parts, wanted) = (analytics.clone(), Arc::clone(cache), id.to_owned());
    let judging = async move { Ok(asked.judge_anomaly(&wanted, given, &parts).await?) };
    let judged = heavy.run(seat, judging).await?;
    check_is_of_others(sales, actor, &judged.anomaly).await?;
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
        let entry = Entry::of(Deed::AnomalyJudge, id)
            .before(&before)
            .after(&after);
        audit::record(tx, actor, judged.note.at, entry).await
    });
    written
        .await
        .map_err(|error: SalesError| Problem::from(error))?;
    let user = actor.user_id.map(tracing::field::display);
    tracing::info!(anomaly.id = id, user.id = user, "a finding was judged");
    Ok(judged.anomaly)
}

/// Nobody may judge findings about their own work. An owner may, where nobody else could.
async fn check_is_of_others(
    sales: &Sales,
    actor: &Actor,
    finding: &Anomaly,
) -> Result<(), Problem> {
    let Some(user) = actor.user_id else {
        return Ok(());
    };
    let zone = sales.ctx.shop.current().await.map_err(problem)?.time_zone;
    if !deeds_of(finding, zone)
        .is_by(&sales.ctx.read, user)
        .await
        .map_err(problem)?
    {
        return Ok(());
    }
    let judges = Permission::JudgeAnomalies;
    if actor.role == Role::Admin
        && !sales
            .people
            .is_another_allowed(user, judges)
            .await
            .map_err(problem)?
    {
        return Ok(());
    }
    Err(Problem::of(Code::OwnDeed))
}

/// The work that a finding is about. A finding about the days of a product or of the shop has none.
fn deeds_of(finding: &Anomaly, zone: chrono_tz::Tz) -> Deeds {
    let cashier = match finding.subject.subject_type {
        SubjectType::Cashier => finding.subject.id.map(UserId::from_uuid),
        SubjectType::Product | SubjectType::Category | SubjectType::Shop => None,
    };
    let taken = match finding.kind {
        AnomalyKind::VoidsByCashier => Some(Taken::Voided),
        AnomalyKind::RefundsByCashier => Some(Taken::Refunded),
        AnomalyKind::LateEntriesByCashier => Some(Taken::EnteredLate),
        _ => None,
    };
    let day_after = finding.to.succ_opt().unwrap_or(finding.to);
    Deeds {
        records: finding.evidence.iter().filter_map(|row| row.id).collect(),
        cashier: cashier.map(|cashier| OfCashier {
            cashier,
            taken,
            from: Timestamp::start_of_day(finding.from, zone),
            until: Timestamp::start_of_day(day_after, zone),
        }),
    }
}

fn problem(error: SalesError) -> Problem {
    Problem::from(error)
}

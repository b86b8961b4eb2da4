//! One attempt at one job, from taking it to writing down how it ended.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use kernel::{
    Permission,
    ids::UserId,
    jobs::{FailureReason, JobError, MAX_RESULT_BYTES},
};
use platform::jobs::{self, ActingFor, AnyJobHandler, JobContext, JobFailure, panicked};
use serde_json::Value;
use store::jobs::{Claim, Outcome, TakenJob};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    supervisor::{Reason, Supervisor},
    worker::Worker,
};

/// How long a handler may go on after it was asked to stop, before its attempt is given up.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same when the server ends, which must not take longer than 15 seconds in all.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(3);
/// Pause before the second attempt; each further pause is four times as long.
const FIRST_PAUSE_SECONDS: f64 = 10.0;
/// Longest pause between attempts.
const LONGEST_PAUSE_SECONDS: f64 = 900.0;
/// How often storing the end of an attempt is tried when the database fails.
const WRITES: u32 = 5;
/// Pause between those tries.
const WRITE_PAUSE: Duration = Duration::from_millis(500);

const TIMED_OUT: FailureReason = FailureReason::new("job.timed_out", "The job took too long.");
const INTERRUPTED: FailureReason =
    FailureReason::new("job.interrupted", "The job was interrupted.");
const ABANDONED: FailureReason = FailureReason::new(
    "job.abandoned",
    "The program ended in the middle of the job every time it was tried.",
);
const ACCOUNT_ENDED: FailureReason = FailureReason::new(
    "job.account_ended",
    "The account of the person for whom the job was scheduled is disabled.",
);
const NOT_ALLOWED: FailureReason = FailureReason::new(
    "job.not_allowed",
    "The role of the person for whom the job was scheduled does not allow it any more.",
);
const RESULT_TOO_LARGE: FailureReason = FailureReason::new(
    "job.result_too_large",
    "The result of the job is too large to be kept.",
);
/// The reasons for which a job of any kind fails.
pub const FAILURES: &[FailureReason] = &[
    TIMED_OUT,
    INTERRUPTED,
    ABANDONED,
    ACCOUNT_ENDED,
    NOT_ALLOWED,
    jobs::PANICKED,
    jobs::NO_THREAD,
    jobs::INVALID_PAYLOAD,
    RESULT_TOO_LARGE,
];

/// Does a job that was taken, and stores how it ended.
pub(super) async fn run(worker: &Worker, taken: TakenJob, stop: &watch::Receiver<bool>) {
    let began = Instant::now();
    let (claim, kind) = (taken.claim, taken.kind.clone());
    let outcome = match worker.registry.get(&kind) {
        // Cannot happen, because it was taken by its kind; it is taken again after the lease.
        None => return,
        Some(_) if taken.is_cancelled => Some(Outcome::Cancelled),
        Some(handler) if taken.attempt > handler.attempts() => {
            Some(Outcome::Failed(ABANDONED.into()))
        }
        Some(handler) => attempt(worker, handler, taken, stop.clone()).await,
    };
    match outcome {
        Some(outcome) => {
            measure(&kind, &outcome, began);
            write(worker, claim, &outcome).await;
        }
        None => {
            tracing::warn!(job.id = %claim.job_id(), job.kind = kind, "another worker has taken the job over");
        }
    }
}

async fn attempt(
    worker: &Worker,
    handler: &Arc<dyn AnyJobHandler>,
    taken: TakenJob,
    stop: watch::Receiver<bool>,
) -> Option<Outcome> {
    let claim = taken.claim;
    tracing::info!(job.id = %claim.job_id(), job.kind = taken.kind, job.attempt = taken.attempt, "a job begins");
    let (context, control) = JobContext::new(claim.job_id(), taken.attempt, taken.requested_by);
    let mut context = context.due_at(taken.due);
    if let Some(user) = taken.acting_for {
        match rights_of(worker, user, handler.needs()).await {
            Ok(person) => context = context.with_rights_of(person),
            Err(verdict) => {
                return Some(settle(worker, verdict, taken.attempt, handler.attempts()));
            }
        }
    }
    let (sender, reason) = watch::channel(None);
    let supervisor = Supervisor {
        store: worker.store.clone(),
        claim,
        control: Arc::new(control),
        reason: sender,
        time_limit: handler.longest_attempt(),
        poll: worker.options.poll,
        lease: worker.options.lease,
    };
    let watching = tokio::spawn(supervisor.watch(stop));
    let work = AssertUnwindSafe(handler.run_stored(context, taken.payload)).catch_unwind();
    let ended = tokio::select! {
        ended = work => Some(ended.unwrap_or_else(|_| Err(panicked()))),
        () = out_of_patience(reason.clone()) => None,
    };
    watching.abort();
    let reason = *reason.borrow();
    let verdict = judge(ended, reason)?;
    Some(settle(worker, verdict, taken.attempt, handler.attempts()))
}

/// The rights of the person for whom a job was scheduled, as they are now. A person whose account has
/// ended has no schedules any more.
async fn rights_of(
    worker: &Worker,
    user_id: UserId,
    needs: Permission,
) -> Result<ActingFor, Verdict> {
    match worker.accounts.active_role(user_id).await {
        Ok(Some(role)) if role.allows(needs) => Ok(ActingFor { user_id, role }),
        Ok(Some(_)) => Err(Verdict::Failed(NOT_ALLOWED.into())),
        Ok(None) => {
            if let Err(error) = worker.store.end_schedules(user_id).await {
                tracing::warn!(user.id = %user_id, %error, "the schedules of a disabled account could not be ended");
            }
            Err(Verdict::Failed(ACCOUNT_ENDED.into()))
        }
        Err(problem) => {
            tracing::warn!(user.id = %user_id, %problem, "the account of a scheduled job could not be read");
            Err(Verdict::Again(INTERRUPTED.into()))
        }
    }
}

async fn out_of_patience(mut reason: watch::Receiver<Option<Reason>>) {
    let patience = match reason.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(Reason::Stopping)) => PATIENCE_AT_THE_END,
        Ok(Some(Reason::Lost)) => Duration::ZERO,
        _ => PATIENCE,
    };
    sleep(patience).await;
}

/// How an attempt ended, before it is decided whether there is another one.
#[derive(Debug, PartialEq)]
enum Verdict {
    Done(Value),
    Cancelled,
    GivenBack,
    Again(JobError),
    Failed(JobError),
}

/// Combines the handler's result (`None` when it did not stop in time) with the reason it was asked to
/// stop. `None`: another worker has the job.
fn judge(ended: Option<Result<Value, JobFailure>>, reason: Option<Reason>) -> Option<Verdict> {
    let failure = match (ended, reason) {
        (_, Some(Reason::Lost)) => return None,
        (Some(Ok(result)), _) => return Some(Verdict::Done(result)),
        (_, Some(Reason::Cancelled)) => return Some(Verdict::Cancelled),
        (_, Some(Reason::Stopping)) => return Some(Verdict::GivenBack),
        (_, Some(Reason::TimedOut)) => JobFailure::retry(TIMED_OUT),
        (Some(Err(failure)), None) => failure,
        (None, None) => JobFailure::Cancelled,
    };
    Some(match failure {
        JobFailure::Retry(error) => Verdict::Again(error),
        JobFailure::Final(error) => Verdict::Failed(error),
        // It stopped, though nobody asked it to.
        JobFailure::Cancelled => Verdict::Again(INTERRUPTED.into()),
    })
}

fn settle(worker: &Worker, verdict: Verdict, attempt: u32, max_attempts: u32) -> Outcome {
    match verdict {
        Verdict::Done(result) => {
            let text = result.to_string();
            if text.len() > MAX_RESULT_BYTES {
                return Outcome::Failed(RESULT_TOO_LARGE.into());
            }
            Outcome::Done(text)
        }
        Verdict::Cancelled => Outcome::Cancelled,
        Verdict::GivenBack => Outcome::GivenBack,
        Verdict::Again(error) if attempt < max_attempts => {
            let pause = pause_after(attempt, rand::random_range(0.8..1.2));
            Outcome::Again(error, worker.store.in_micros(pause))
        }
        Verdict::Again(error) | Verdict::Failed(error) => Outcome::Failed(error),
    }
}

/// The pause after the attempt of this number, in microseconds. `chance` keeps jobs that failed
/// together from coming back together.
#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 18 minutes in microseconds"
)]
fn pause_after(attempt: u32, chance: f64) -> i64 {
    let steps = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = (FIRST_PAUSE_SECONDS * 4f64.powi(steps)).min(LONGEST_PAUSE_SECONDS);
    (seconds * chance * 1_000_000.0) as i64
}

async fn write(worker: &Worker, claim: Claim, outcome: &Outcome) {
    for _ in 0..WRITES {
        match worker.store.end(claim, outcome).await {
            Ok(true) => return,
            Ok(false) => {
                tracing::warn!(job.id = %claim.job_id(), "the end of a job was refused: another worker has it");
                return;
            }
            Err(error) => {
                tracing::warn!(job.id = %claim.job_id(), %error, "the end of a job could not be written");
                sleep(WRITE_PAUSE).await;
            }
        }
    }
    tracing::error!(job.id = %claim.job_id(), "the end of a job is lost: it is taken again when its lease ends");
}

fn measure(kind: &str, outcome: &Outcome, began: Instant) {
    let (word, error) = match outcome {
        Outcome::Done(_) => ("done", None),
        Outcome::Failed(error) => ("failed", Some(error)),
        Outcome::Cancelled => ("cancelled", None),
        Outcome::Again(error, _) => ("retried", Some(error)),
        Outcome::GivenBack => ("given_back", None),
    };
    let elapsed = began.elapsed();
    let kind = kind.to_owned();
    metrics::counter!("job_attempts_total", "kind" => kind.clone(), "outcome" => word).increment(1);
    metrics::histogram!("job_duration_seconds", "kind" => kind.clone()).record(elapsed);
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match error {
        None => {
            tracing::info!(
                job.kind = kind,
                job.outcome = word,
                elapsed_ms,
                "a job ends"
            );
        }
        Some(error) => {
            tracing::warn!(
                job.kind = kind,
                job.outcome = word,
                elapsed_ms,
                job.error = error.code,
                "a job did not succeed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SOME: FailureReason = FailureReason::new("test.some", "");

    #[test]
    fn pauses_grow_up_to_a_quarter_of_an_hour() {
        let seconds = |attempt| pause_after(attempt, 1.0) / 1_000_000;
        assert_eq!(
            [1, 2, 3, 4, 5, 99].map(seconds),
            [10, 40, 160, 640, 900, 900]
        );
        assert!(pause_after(1, 0.8) < pause_after(1, 1.2));
    }

    #[test]
    fn an_outcome_counts_even_if_the_handler_was_asked_to_stop() {
        for reason in [
            None,
            Some(Reason::Cancelled),
            Some(Reason::TimedOut),
            Some(Reason::Stopping),
        ] {
            assert_eq!(
                judge(Some(Ok(json!(1))), reason),
                Some(Verdict::Done(json!(1)))
            );
        }
        assert_eq!(judge(Some(Ok(json!(1))), Some(Reason::Lost)), None);
    }

    #[test]
    fn an_attempt_that_was_asked_to_stop_ends_for_that_reason() {
        for ended in [
            None,
            Some(Err(JobFailure::Cancelled)),
            Some(Err(JobFailure::last(SOME))),
        ] {
            assert_eq!(
                judge(ended.clone(), Some(Reason::Cancelled)),
                Some(Verdict::Cancelled)
            );
            assert_eq!(
                judge(ended.clone(), Some(Reason::Stopping)),
                Some(Verdict::GivenBack)
            );
            assert_eq!(
                judge(ended, Some(Reason::TimedOut)),
                Some(Verdict::Again(TIMED_OUT.into()))
            );
        }
    }

    #[test]
    fn a_handler_says_whether_another_attempt_is_worth_it() {
        assert!(matches!(
            judge(Some(Err(JobFailure::retry(SOME))), None),
            Some(Verdict::Again(_))
        ));
        assert!(matches!(
            judge(Some(Err(JobFailure::last(SOME))), None),
            Some(Verdict::Failed(_))
        ));
        assert!(matches!(
            judge(Some(Err(panicked())), None),
            Some(Verdict::Failed(_))
        ));
    }
}

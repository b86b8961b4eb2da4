//! Kinds of job that do what their payload says. The program as it is shipped does not know them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    Permission,
    ids::JobId,
    jobs::{FailureReason, JobKind, NoPayload},
    schedule::{Recurring, Timing, TimingError},
};
use platform::jobs::{JobContext, JobFailure, JobHandler};
use serde_json::{Value, json};

const NOT_YET: FailureReason = FailureReason::new("test.not_yet", "Not yet.");
const REFUSED: FailureReason = FailureReason::new("test.refused", "Never.");

/// The attempts that were begun, by job.
static RUNS: Mutex<BTreeMap<JobId, Vec<u32>>> = Mutex::new(BTreeMap::new());
/// Jobs that saw that they were cancelled.
static STOPPED: Mutex<BTreeSet<JobId>> = Mutex::new(BTreeSet::new());
/// Jobs that wait at their gate may go on.
static RELEASED: Mutex<BTreeSet<JobId>> = Mutex::new(BTreeSet::new());

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The attempts at a job that this process began.
pub fn runs_of(id: JobId) -> Vec<u32> {
    lock(&RUNS).get(&id).cloned().unwrap_or_default()
}

pub fn has_stopped(id: JobId) -> bool {
    lock(&STOPPED).contains(&id)
}

pub fn release(id: JobId) {
    lock(&RELEASED).insert(id);
}

/// Does what its payload says.
#[derive(Debug)]
pub struct Puppet;

impl JobKind for Puppet {
    const KIND: &'static str = "test.puppet";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[NOT_YET, REFUSED];
    type Payload = Value;
    type Outcome = Value;
}

#[async_trait]
impl JobHandler for Puppet {
    type Job = Self;

    async fn run(&self, context: JobContext, wish: Value) -> Result<Value, JobFailure> {
        play(context, wish).await
    }
}

/// The same with one attempt and little time.
#[derive(Debug)]
pub struct Hasty;

impl JobKind for Hasty {
    const KIND: &'static str = "test.hasty";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[NOT_YET, REFUSED];
    type Payload = Value;
    type Outcome = Value;
}

#[async_trait]
impl JobHandler for Hasty {
    type Job = Self;

    fn max_attempts(&self) -> u32 {
        1
    }

    fn time_limit(&self) -> Duration {
        Duration::from_millis(100)
    }

    async fn run(&self, context: JobContext, wish: Value) -> Result<Value, JobFailure> {
        play(context, wish).await
    }
}

/// Runs by itself, at the times of a cron expression.
#[derive(Debug)]
pub struct Nightly(pub &'static str);

impl JobKind for Nightly {
    const KIND: &'static str = "test.nightly";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[];
    type Payload = NoPayload;
    type Outcome = Value;
}

#[async_trait]
impl JobHandler for Nightly {
    type Job = Self;

    fn schedules(&self) -> Result<Vec<Recurring<NoPayload>>, TimingError> {
        Ok(vec![Recurring {
            name: Self::KIND,
            timing: Timing::cron(self.0)?,
            payload: NoPayload {},
        }])
    }

    async fn run(&self, context: JobContext, _: NoPayload) -> Result<Value, JobFailure> {
        play(context, json!({})).await
    }
}

/// Says for whom it runs.
#[derive(Debug)]
pub struct Errand;

impl JobKind for Errand {
    const KIND: &'static str = "test.errand";
    const NEEDS: Permission = Permission::ReadCosts;
    const FAILURES: &'static [FailureReason] = &[];
    type Payload = Value;
    type Outcome = Value;
}

#[async_trait]
impl JobHandler for Errand {
    type Job = Self;

    async fn run(&self, context: JobContext, payload: Value) -> Result<Value, JobFailure> {
        let person = context.acting_for().expect("a person");
        Ok(json!({"user_id": person.user_id, "role": person.role, "to": payload["to"]}))
    }
}

async fn play(context: JobContext, wish: Value) -> Result<Value, JobFailure> {
    lock(&RUNS)
        .entry(context.id())
        .or_default()
        .push(context.attempt());
    let is_wished = |name: &str| wish[name] == true;
    if let Some(successful) = wish["succeed_at_attempt"].as_u64()
        && u64::from(context.attempt()) < successful
    {
        return Err(JobFailure::retry(NOT_YET));
    }
    if is_wished("refuse") {
        return Err(JobFailure::last(REFUSED));
    }
    assert!(!is_wished("panic"), "as wished");
    if let Some(size) = wish["answer_bytes"].as_u64() {
        return Ok(json!("x".repeat(usize::try_from(size).unwrap())));
    }
    let waits = is_wished("wait") || (is_wished("wait_first") && context.attempt() == 1);
    if waits {
        context.report_progress(0.5);
        context.cancelled().await;
        lock(&STOPPED).insert(context.id());
        return Err(JobFailure::Cancelled);
    }
    if is_wished("gate") {
        context.report_progress(0.25);
        while !lock(&RELEASED).contains(&context.id()) {
            context.check_cancelled()?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(wish["answer"].clone())
}

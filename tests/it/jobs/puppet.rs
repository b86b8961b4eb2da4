//! Kinds of job that do what their payload says. The program as it is shipped does not know them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kernel::ids::JobId;
use platform::jobs::{JobContext, JobFailure, JobHandler};
use serde_json::{Value, json};

pub const PUPPET: &str = "test.puppet";
pub const HASTY: &str = "test.hasty";
pub const NIGHTLY: &str = "test.nightly";

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

/// Does what it is told.
pub struct Puppet;

#[async_trait]
impl JobHandler for Puppet {
    fn kind(&self) -> &'static str {
        PUPPET
    }

    async fn run(&self, context: JobContext) -> Result<Value, JobFailure> {
        play(context).await
    }
}

/// The same with one attempt and little time.
pub struct Hasty;

#[async_trait]
impl JobHandler for Hasty {
    fn kind(&self) -> &'static str {
        HASTY
    }

    fn max_attempts(&self) -> u32 {
        1
    }

    fn time_limit(&self) -> Duration {
        Duration::from_millis(100)
    }

    async fn run(&self, context: JobContext) -> Result<Value, JobFailure> {
        play(context).await
    }
}

/// Runs by itself, at a time that some days do not have and some have twice.
pub struct Nightly;

#[async_trait]
impl JobHandler for Nightly {
    fn kind(&self) -> &'static str {
        NIGHTLY
    }

    fn schedule(&self) -> Option<&'static str> {
        Some("30 2 * * *")
    }

    async fn run(&self, context: JobContext) -> Result<Value, JobFailure> {
        play(context).await
    }
}

async fn play(context: JobContext) -> Result<Value, JobFailure> {
    lock(&RUNS)
        .entry(context.id())
        .or_default()
        .push(context.attempt());
    let wish = context.payload();
    let is_wished = |name: &str| wish[name] == true;
    if let Some(successful) = wish["succeed_at_attempt"].as_u64()
        && u64::from(context.attempt()) < successful
    {
        return Err(JobFailure::retry("test.not_yet", "Not yet."));
    }
    if is_wished("refuse") {
        return Err(JobFailure::last("test.refused", "Never."));
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

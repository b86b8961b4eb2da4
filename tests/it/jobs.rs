//! Background work: an ordered job is done once, whatever happens in between.

pub mod crash;
mod events;
mod instances;
mod puppet;
mod queue;
mod schedules;
mod workers;

use std::time::Duration;

use kernel::{
    Role,
    ids::JobId,
    jobs::{Job, JobKind, JobState, Order, Orders as _},
};
use serde_json::Value;

use self::puppet::{Hasty, Puppet};
use crate::support::app::{TestApp, Wishes};

/// Longest wait for what a worker does, on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// A program that knows the puppet, with this many workers.
pub fn with_workers(workers: usize) -> Wishes {
    wishes(&[("SALESFLOW__JOBS__WORKERS", &workers.to_string())])
}

fn wishes(settings: &[(&'static str, &str)]) -> Wishes {
    let quick = ("SALESFLOW__JOBS__POLL_MILLISECONDS", "50".to_owned());
    let wanted = settings
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Wishes {
        settings: std::iter::once(quick).chain(wanted).collect(),
        handlers: vec![std::sync::Arc::new(Puppet), std::sync::Arc::new(Hasty)],
        ..Wishes::default()
    }
}

/// Orders a job of the puppet.
async fn order(app: &TestApp, payload: Value) -> JobId {
    order_of::<Puppet>(app, payload).await
}

async fn order_of<J: JobKind<Payload = Value>>(app: &TestApp, payload: Value) -> JobId {
    let ordered = app.modules.jobs.order(Order::<J>::new(payload)).await;
    ordered.unwrap().into_job().id
}

async fn job(app: &TestApp, id: JobId) -> Job {
    app.modules.jobs.get(id).await.unwrap().expect("the job")
}

/// Waits until the job is as it should be.
pub async fn until(app: &TestApp, id: JobId, what: &str, is_so: impl Fn(&Job) -> bool) -> Job {
    let began = std::time::Instant::now();
    loop {
        let found = job(app, id).await;
        if is_so(&found) {
            return found;
        }
        assert!(began.elapsed() < LIMIT, "never {what}: {found:?}");
        tokio::time::sleep(LOOK).await;
    }
}

pub async fn until_state(app: &TestApp, id: JobId, state: JobState) -> Job {
    until(app, id, state.as_str(), |job| job.state == state).await
}

/// Waits until something is so.
async fn until_so(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < LIMIT, "never {what}");
        tokio::time::sleep(LOOK).await;
    }
}

/// The one worker has looked at everything that could be taken: a job ordered now is done.
async fn canary(app: &TestApp) {
    let id = order(app, serde_json::json!({"answer": "canary"})).await;
    until_state(app, id, JobState::Done).await;
}

async fn client(app: &TestApp) -> crate::support::http::Client {
    app.client(Role::Manager).await
}

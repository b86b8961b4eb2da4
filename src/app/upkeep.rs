//! Regular maintenance while the server runs. Nothing here is urgent: a failed turn is logged and
//! repeated later.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use sales::{
    SalesError, idempotency,
    inventory::{by_product, verify},
    orders::index as sale_index,
    rollups::fold as rollups,
};
use store::{changes, happenings};
use tokio::{
    runtime::Handle,
    sync::oneshot,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::Modules;

/// Histograms keep every sample until they are summarised.
const METRICS_EVERY: Duration = Duration::from_secs(5);
/// How often the job queue is measured.
const COUNT_JOBS_EVERY: Duration = Duration::from_secs(15);
/// How often old sessions, tokens, answers and jobs are deleted.
const FORGET_EVERY: Duration = Duration::from_hours(1);
/// How often the books are proved for the metric `stock_ledger_mismatch`.
const PROVE_EVERY: Duration = Duration::from_hours(6);
/// How often new sales are folded into the kept figures. Until then queries count them, so it is not
/// urgent.
const FOLD_EVERY: Duration = Duration::from_secs(2);
/// How often new movements are added to the index by product. Until then queries scan them.
const INDEX_EVERY: Duration = Duration::from_secs(10);
/// The first turn waits this long, since the start has more important work.
const FIRST_TURN: Duration = Duration::from_mins(2);

/// The maintenance of a running server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Upkeep {
    running: oneshot::Sender<()>,
    finished: oneshot::Receiver<()>,
}

impl Upkeep {
    /// Starts it on a thread of its own, apart from the requests. Needs a running runtime.
    pub(super) fn start(
        modules: Modules,
        metrics: PrometheusHandle,
        keep_jobs_days: i64,
    ) -> std::io::Result<Self> {
        let (running, ended) = oneshot::channel();
        let (finishing, finished) = oneshot::channel();
        let runtime = Handle::current();
        let work = move || {
            runtime.block_on(async move {
                let refusals = modules.sales.ctx.refusals.clone();
                tokio::select! {
                    () = keep_up(modules, metrics, keep_jobs_days) => {}
                    () = refusals.run() => {}
                    _ = ended => {}
                }
                refusals.flush().await;
                drop(finishing);
            });
        };
        std::thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(work)?;
        Ok(Self { running, finished })
    }

    /// Ends it, after the counted refusals are written.
    pub(super) async fn end(self) {
        drop(self.running);
        // The channel is closed at the end; nothing is sent.
        let _closed = self.finished.await;
    }
}

async fn keep_up(modules: Modules, metrics: PrometheusHandle, keep_jobs_days: i64) {
    let mut metrics_turn = timer(METRICS_EVERY, METRICS_EVERY);
    let mut jobs_turn = timer(COUNT_JOBS_EVERY, COUNT_JOBS_EVERY);
    let mut forget_turn = timer(FIRST_TURN, FORGET_EVERY);
    let mut prove_turn = timer(FIRST_TURN, PROVE_EVERY);
    let mut fold_turn = timer(FOLD_EVERY, FOLD_EVERY);
    let mut index_turn = timer(INDEX_EVERY, INDEX_EVERY);
    loop {
        tokio::select! {
            _ = metrics_turn.tick() => metrics.run_upkeep(),
            _ = jobs_turn.tick() => count_jobs(&modules).await,
            _ = forget_turn.tick() => forget(&modules, keep_jobs_days).await,
            _ = prove_turn.tick() => prove(&modules).await,
            _ = fold_turn.tick() => fold(&modules).await,
            _ = index_turn.tick() => index(&modules).await,
        }
    }
}

fn timer(first: Duration, period: Duration) -> Interval {
    let mut timer = interval_at(Instant::now() + first, period);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    timer
}

async fn forget(modules: &Modules, keep_jobs_days: i64) {
    let answers = idempotency::forget_old(&modules.stores.write, modules.clock.as_ref()).await;
    let tokens = modules.sales.people.forget_old().await;
    let changes = changes::forget_old(&modules.stores.write, modules.clock.now()).await;
    if let Err(error) = changes {
        tracing::warn!(%error, "old changes could not be forgotten");
    }
    let happened = happenings::forget_old(&modules.stores.write, modules.clock.now()).await;
    if let Err(error) = happened {
        tracing::warn!(%error, "what happened long ago could not be forgotten");
    }
    match (answers, tokens) {
        (Ok(answers), Ok(tokens)) => {
            tracing::debug!(answers, tokens, "what was old is forgotten");
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "what is old could not be forgotten");
        }
    }
    let before = modules.clock.now().plus_seconds(-keep_jobs_days * 86_400);
    match modules.jobs.forget_ended(before).await {
        Ok(jobs) => tracing::debug!(jobs, "old jobs are forgotten"),
        Err(error) => tracing::warn!(%error, "old jobs could not be forgotten"),
    }
}

async fn count_jobs(modules: &Modules) {
    match modules.jobs.figures().await {
        Ok(figures) => {
            gauge("jobs_queued", figures.queued);
            gauge("jobs_running", figures.running);
            gauge("jobs_oldest_wait_seconds", figures.oldest_wait_seconds);
        }
        Err(error) => tracing::debug!(%error, "the jobs could not be counted"),
    }
}

fn gauge(name: &'static str, value: i64) {
    metrics::gauge!(name).set(f64::from(i32::try_from(value).unwrap_or(i32::MAX)));
}

/// Adds new movements and sales to the indexes that are filled afterwards.
async fn index(modules: &Modules) {
    if let Err(error) = by_product::catch_up(&modules.stores.write).await {
        tracing::warn!(%error, "new movements could not be added to the index by product; queries scan them");
    }
    if let Err(error) = sale_index::catch_up(&modules.stores.write).await {
        tracing::warn!(%error, "new sales could not be added to their index; lists scan them");
    }
}

/// Folds new sales into the kept figures.
async fn fold(modules: &Modules) {
    let write = &modules.stores.write;
    let folded = async {
        let waiting = rollups::backlog(write).await?.waiting;
        metrics::gauge!("rollup_backlog_sales")
            .set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
        if waiting <= 0 {
            return Ok(0);
        }
        rollups::fold_all(write).await
    };
    match folded.await {
        Ok(0) => {}
        Ok(sales) => tracing::debug!(sales, "new sales are counted into the figures"),
        Err(error) => warn_of_fold(&error),
    }
}

fn warn_of_fold(error: &SalesError) {
    tracing::warn!(%error, "new sales could not be folded into the figures; queries count them");
}

async fn prove(modules: &Modules) {
    if let Err(error) = verify::verify(&modules.stores.read, modules.clock.now()).await {
        tracing::warn!(%error, "the books could not be proved");
    }
}

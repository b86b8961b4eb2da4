//! The workers: threads of their own, apart from those that serve requests.
//!
//! Each thread does one job at a time with a low priority; the database is reached through the
//! runtime of the program. The number of threads bounds how many jobs run at once.

use std::{io, time::Duration};

use store::{StoreError, jobs::TakenJob};
use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
    time::{Instant, timeout_at},
};

use super::{runner, schedules::Scheduler, worker::Worker};

/// Longest wait for the threads at the end of the server: a little more than jobs get.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The workers of a running server; dropped, they end.
#[derive(Debug)]
pub(crate) struct Workers {
    stop: watch::Sender<bool>,
    ended: Vec<oneshot::Receiver<()>>,
}

impl Workers {
    /// Starts them and the scheduler. Needs a running runtime.
    pub(crate) fn start(
        worker: &Worker,
        scheduler: Scheduler,
        stop: watch::Sender<bool>,
    ) -> io::Result<Self> {
        let mut ended = Vec::new();
        for number in 1..=worker.options.workers {
            let (end, has_ended) = oneshot::channel::<()>();
            let (worker, stopped) = (worker.clone(), stop.subscribe());
            let runtime = Handle::current();
            let work = move || {
                platform::jobs::step_back();
                runtime.block_on(worker.work(stopped));
                drop(end);
            };
            std::thread::Builder::new()
                .name(format!("jobs-{number}"))
                .spawn(work)?;
            ended.push(has_ended);
        }
        if worker.options.workers > 0 {
            tokio::spawn(scheduler.run(stop.subscribe()));
        }
        Ok(Self { stop, ended })
    }

    /// Asks them to stop and waits until they have given their jobs back.
    pub(crate) async fn join(mut self) {
        self.stop.send_replace(true);
        let deadline = Instant::now() + JOIN_TIMEOUT;
        for ended in std::mem::take(&mut self.ended) {
            if timeout_at(deadline, ended).await.is_err() {
                tracing::warn!("a worker did not end in time: its job is taken again later");
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Worker {
    async fn work(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.next().await {
                Ok(Some(taken)) => {
                    runner::run(&self, taken, &stop).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the queue of jobs cannot be read"),
            }
            tokio::select! {
                () = self.store.work_ordered() => {}
                () = tokio::time::sleep(self.options.poll) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    async fn next(&self) -> Result<Option<TakenJob>, StoreError> {
        if !self.store.has_work().await? {
            return Ok(None);
        }
        let kinds = self.registry.kinds();
        self.store.take(&kinds, self.options.lease).await
    }
}

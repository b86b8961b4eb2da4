//! The workers: threads of their own, apart from those that serve requests.
//!
//! Each thread does one job at a time with a low priority; the database is reached through the
//! runtime of the program. The number of threads bounds how many jobs run at once. One more thread does only
//! what people ordered: a report is not to wait until the forecasts of the night are computed.

use std::{io, time::Duration};

use store::{
    StoreError,
    jobs::{Queue, TakenJob},
};
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
        let all = (1..=worker.options.workers).map(|number| (format!("jobs-{number}"), Queue::All));
        let of_people =
            (worker.options.workers > 0).then(|| (String::from("jobs-people"), Queue::OfPeople));
        for (name, queue) in all.chain(of_people) {
            let (end, has_ended) = oneshot::channel::<()>();
            let (worker, stopped) = (worker.clone(), stop.subscribe());
            let runtime = Handle::current();
            let work = move || {
                platform::jobs::step_back();
                runtime.block_on(worker.work(queue, stopped));
                drop(end);
            };
            std::thread::Builder::new().name(name).spawn(work)?;
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
    async fn work(self, queue: Queue, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.next(queue).await {
                Ok(Some(taken)) => {
                    runner::run(&self, taken, &stop).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the queue of jobs cannot be read"),
            }
            tokio::select! {
                () = self.store.work_ordered(queue) => {}
                () = tokio::time::sleep(self.options.poll) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    async fn next(&self, queue: Queue) -> Result<Option<TakenJob>, StoreError> {
        if !self.store.has_work(queue).await? {
            return Ok(None);
        }
        let kinds = self.registry.kinds();
        self.store.take(queue, &kinds, self.options.lease).await
    }
}

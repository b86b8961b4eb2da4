//! What clients can watch: jobs, and what happens in the shop.

use std::sync::Arc;

use actix_web::web;
use tokio::sync::watch;

use super::Modules;
use crate::{
    events::Events,
    jobs::{Jobs, WorkersOptions},
};

pub(super) fn open_jobs(
    modules: &Modules,
    workers: WorkersOptions,
    stop: &watch::Sender<bool>,
) -> web::Data<Jobs> {
    web::Data::new(Jobs::new(
        modules.jobs.clone(),
        modules.stores.write.clone(),
        Arc::clone(&modules.clock),
        workers.poll,
        stop.subscribe(),
    ))
}

pub(super) fn open_events(modules: &Modules, stop: &watch::Sender<bool>) -> web::Data<Events> {
    web::Data::new(Events::new(
        modules.sales.clone(),
        modules.analytics.clone(),
        modules.jobs.clone(),
        stop.subscribe(),
    ))
}

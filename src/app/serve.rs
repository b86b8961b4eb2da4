//! The server: its start, its routes and its shutdown.

use std::{
    net::TcpListener,
    sync::{Arc, OnceLock, atomic::Ordering},
    time::Duration,
};

use actix_web::{
    App,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web,
};
use analytics::reports::job::MakeReport;
use anyhow::Context as _;
use kernel::{Clock, Role, jobs::Orders};
use metrics_exporter_prometheus::PrometheusHandle;
use platform::{cache::Cache, heavy::Heavy, jobs::AnyJobHandler};
use sales::inventory::proof::VerifyBooks;
use store::changes::StoredChanges;
use tokio::{sync::watch, time::Instant};

use super::{
    Modules,
    streams::{open_events, open_jobs},
    upkeep::Upkeep,
};
use crate::{
    connections::{self, Addresses, Limits},
    events::Events,
    exposition::{self, Exposition},
    health::{self, Draining},
    http::{self, Edge},
    jobs::{Jobs, Registry, Scheduler, Worker, Workers, WorkersOptions},
    openapi,
    schedules::{Courier, Outlets, Schedules, folder::Folder, mail::Mailer},
    settings::Settings,
};

/// Schedules are checked this many times less often than a worker polls: they are minutes apart.
const SCHEDULE_POLLS: u32 = 5;
/// How long the shutdown may take, besides the drain time and the time for running requests.
const FAREWELL: Duration = Duration::from_secs(2);
/// Time for workers and pools, however long the requests took.
const SHORTEST_FAREWELL: Duration = Duration::from_millis(500);

/// A shop that is ready to be served.
pub struct Application {
    server: Server,
    port: u16,
    /// The listener of the metrics and its port.
    metrics_server: Option<(Server, u16)>,
    modules: Modules,
    cache: web::Data<Cache>,
    draining: Draining,
    drain: Duration,
    metrics: PrometheusHandle,
    registry: Registry,
    workers: WorkersOptions,
    keep_jobs_days: i64,
    has_upkeep: bool,
    stop_jobs: watch::Sender<bool>,
    stop_asked: Arc<OnceLock<Instant>>,
    /// Counted from the request to shut down.
    end_within: Duration,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Application {
    /// Opens the shop and binds the port. Requests are served once [`Self::run`] is awaited.
    ///
    /// # Errors
    /// A sentence that says what failed.
    pub async fn build(settings: &Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Self::build_with(settings, clock, Vec::new()).await
    }

    /// The same with more kinds of jobs than those of the modules.
    ///
    /// # Errors
    /// A sentence that says what failed.
    pub async fn build_with(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        handlers: Vec<Arc<dyn AnyJobHandler>>,
    ) -> anyhow::Result<Self> {
        let modules = Modules::open(settings, Arc::clone(&clock)).await?;
        if let Some(role) = settings.development_role() {
            announce_bypass(&modules, role).await?;
        }
        let workers = WorkersOptions::of(&settings.jobs);
        let stop_jobs = watch::Sender::new(false);
        let listener = take_port(settings)?;
        let metrics_listener = exposition::take_port(settings)?;
        let metrics = platform::telemetry::start_metrics();
        let cache = web::Data::new(open_cache(settings, &modules, clock).await?);
        let (schedules, deliveries) = open_schedules(settings, &modules, &cache)?;
        let own = modules.job_handlers().into_iter().chain(deliveries);
        let registry = Registry::new(own.chain(handlers))?;
        let draining = Draining::default();
        let health = open_health(&modules, &cache, &draining);
        let shared = Shared {
            edge: open_edge(settings, &modules),
            exposition: open_exposition(settings, &modules, &cache, &health, &metrics),
            cache: cache.clone(),
            health,
            jobs: open_jobs(&modules, workers, &stop_jobs),
            events: open_events(&modules, &stop_jobs),
            schedules: web::Data::new(schedules),
        };
        let metrics_server = metrics_listener.map(|listener| shared.serve_metrics(listener));
        let metrics_server = metrics_server.transpose()?;
        let port = listener.local_addr()?.port();
        let server = listen(listener, settings, &modules, shared)?;
        let drain = Duration::from_secs(settings.server.drain_seconds);
        let finish = Duration::from_secs(settings.server.shutdown_timeout_seconds);
        Ok(Self {
            server,
            port,
            metrics_server,
            modules,
            cache,
            draining,
            drain,
            metrics,
            registry,
            workers,
            keep_jobs_days: settings.jobs.keep_days,
            has_upkeep: true,
            stop_jobs,
            stop_asked: Arc::default(),
            end_within: drain + finish + FAREWELL,
        })
    }

    /// The same without the upkeep: nothing is folded, indexed or forgotten behind the requests. For
    /// tests that write facts which no use case writes.
    #[must_use]
    pub fn without_upkeep(self) -> Self {
        Self {
            has_upkeep: false,
            ..self
        }
    }

    /// The port that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The port of the metrics, if they have a listener.
    #[must_use]
    pub fn metrics_port(&self) -> Option<u16> {
        self.metrics_server.as_ref().map(|(_, port)| *port)
    }

    /// The modules behind the server.
    #[must_use]
    pub const fn modules(&self) -> &Modules {
        &self.modules
    }

    /// Ends the server from outside, as SIGTERM does.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper {
            handle: self.server.handle(),
            draining: self.draining.clone(),
            drain: self.drain,
            stop_jobs: self.stop_jobs.clone(),
            stop_asked: Arc::clone(&self.stop_asked),
        }
    }

    /// Serves until SIGTERM, SIGINT or [`Stopper::stop`], then lets running requests finish.
    ///
    /// # Errors
    /// When the server breaks.
    pub async fn run(self) -> anyhow::Result<()> {
        let stopper = self.stopper();
        let workers = start_workers(&self.modules, self.registry, self.workers, self.stop_jobs)
            .context("the threads of the workers cannot be started")?;
        let upkeep = self
            .has_upkeep
            .then(|| Upkeep::start(self.modules.clone(), self.metrics, self.keep_jobs_days))
            .transpose()
            .context("the thread of the upkeep cannot be started")?;
        let signals = tokio::spawn(async move {
            if wait_for_signal().await.is_ok() {
                stopper.stop().await;
            }
        });
        let metrics_server = self.metrics_server.map(|(server, _)| {
            let handle = server.handle();
            (tokio::spawn(server), handle)
        });
        let result = self.server.await.context("the server broke");
        signals.abort();
        let asked = self.stop_asked.get().copied();
        let farewell = async {
            if let Some(upkeep) = upkeep {
                upkeep.end().await;
            }
            workers.join().await;
            if let Some((server, handle)) = metrics_server {
                handle.stop(false).await;
                // An error of the metrics is no error of the shop.
                let _ended = server.await;
            }
            self.cache.stop();
            self.modules.close().await;
        };
        // A hanging database must not keep the program running: it would be killed.
        let deadline = asked.unwrap_or_else(Instant::now) + self.end_within;
        let deadline = deadline.max(Instant::now() + SHORTEST_FAREWELL);
        if tokio::time::timeout_at(deadline, farewell).await.is_err() {
            tracing::warn!("the server ends without waiting for what does not answer");
        }
        tracing::info!("the server has ended");
        result
    }
}

/// Ends a running [`Application`].
#[derive(Clone, derive_more::Debug)]
#[debug("Stopper {{ .. }}")]
pub struct Stopper {
    handle: ServerHandle,
    draining: Draining,
    drain: Duration,
    stop_jobs: watch::Sender<bool>,
    stop_asked: Arc<OnceLock<Instant>>,
}

impl Stopper {
    /// Reports on `/health/ready` that the server shuts down, gives background work back, waits the
    /// drain time, refuses new connections and lets running requests finish.
    pub async fn stop(&self) {
        tracing::info!("the server ends: requests under way may finish");
        self.stop_asked.get_or_init(Instant::now);
        self.start_draining();
        self.stop_jobs.send_replace(true);
        tokio::time::sleep(self.drain).await;
        self.handle.stop(true).await;
    }

    /// Only the first step: from now on `/health/ready` is 503.
    pub fn start_draining(&self) {
        self.draining.0.store(true, Ordering::SeqCst);
    }
}

/// Nobody should run the bypass unknowingly, or wonder why it refuses everybody.
async fn announce_bypass(modules: &Modules, role: Role) -> anyhow::Result<()> {
    let user = modules.access.sessions.first_active(role).await;
    let Some(user) = user.context("the users cannot be read")? else {
        anyhow::bail!(
            "auth.development_role is {role}, but the shop has no active {role} to act as: make one with \
             `salesflow user create --email E --role {role}`, or leave auth.development_role empty"
        );
    };
    tracing::warn!(
        role = role.as_str(),
        user.id = %user,
        "auth.development_role is set: anybody who reaches this program acts as this user without signing in"
    );
    Ok(())
}

fn start_workers(
    modules: &Modules,
    registry: Registry,
    options: WorkersOptions,
    stop: watch::Sender<bool>,
) -> std::io::Result<Workers> {
    let scheduler = Scheduler {
        store: modules.jobs.clone(),
        registry: registry.clone(),
        shop: modules.sales.ctx.shop.clone(),
        clock: Arc::clone(&modules.clock),
        floor: modules.floor.clone(),
        every: options.poll * SCHEDULE_POLLS,
    };
    let worker = Worker {
        store: modules.jobs.clone(),
        registry,
        accounts: Arc::clone(&modules.access.sessions),
        options,
    };
    Workers::start(&worker, scheduler, stop)
}

fn take_port(settings: &Settings) -> anyhow::Result<TcpListener> {
    let bind = settings.server.bind;
    let listener = TcpListener::bind(bind).with_context(|| {
        format!(
            "the server cannot listen on {bind}. Another program may use this port: choose \
             another with SALESFLOW__SERVER__BIND=127.0.0.1:8081 (the setting server.bind)"
        )
    })?;
    // Rust's library always uses 128: a till whose hundred connections come back at once after a
    // power cut would wait for a second.
    rustix::net::listen(&listener, settings.server.backlog)?;
    Ok(listener)
}

async fn open_cache(
    settings: &Settings,
    modules: &Modules,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Cache> {
    let log = Arc::new(StoredChanges::new(modules.stores.read.clone()));
    let heavy = Heavy::start(settings.heavy_options())
        .context("the threads of analytics cannot be started")?;
    let cache_options = settings.cache_options(&settings.signing_keys()?)?;
    let cache = Cache::open(&cache_options, log, clock, heavy)
        .await
        .context("redis.url is not understood")?;
    modules.stores.write.listen(cache.listener());
    Ok(cache)
}

/// The schedules, and the handlers that make reports and deliver them, and that look for findings.
fn open_schedules(
    settings: &Settings,
    modules: &Modules,
    cache: &web::Data<Cache>,
) -> anyhow::Result<(Schedules, [Arc<dyn AnyJobHandler>; 3])> {
    let outlets = Arc::new(Outlets {
        mailer: Mailer::open(&settings.mail)?,
        folder: Folder::at(&settings.reports.folder),
    });
    let schedules = Schedules::new(
        modules.jobs.clone(),
        modules.stores.write.clone(),
        modules.sales.ctx.shop.clone(),
        Arc::clone(&modules.clock),
        Arc::clone(&outlets),
    );
    let maker = modules.analytics.report_maker(cache.clone().into_inner());
    let courier = Courier::new(
        maker.clone(),
        modules.sales.clone().into_inner(),
        modules.jobs.clone(),
        Arc::clone(&modules.clock),
        outlets,
    );
    let search = modules
        .analytics
        .findings_search(cache.clone().into_inner());
    Ok((
        schedules,
        [Arc::new(maker), Arc::new(courier), Arc::new(search)],
    ))
}

fn open_health(
    modules: &Modules,
    cache: &web::Data<Cache>,
    draining: &Draining,
) -> web::Data<health::Health> {
    web::Data::new(health::Health::new(
        modules.stores.clone(),
        modules.floor.clone(),
        cache.clone().into_inner(),
        draining.clone(),
    ))
}

fn open_exposition(
    settings: &Settings,
    modules: &Modules,
    cache: &web::Data<Cache>,
    health: &web::Data<health::Health>,
    metrics: &PrometheusHandle,
) -> web::Data<Exposition> {
    web::Data::new(Exposition::new(
        settings,
        &modules.stores,
        cache.clone().into_inner(),
        health.clone(),
        metrics.clone(),
    ))
}

fn open_edge(settings: &Settings, modules: &Modules) -> Arc<Edge> {
    let clock = Arc::clone(&modules.clock);
    let refusals = modules.sales.ctx.refusals.clone();
    let edge = Edge::new(&settings.server, clock, refusals);
    Arc::new(edge.acting_as(settings.development_role()))
}

/// What the server needs besides the modules.
struct Shared {
    edge: Arc<Edge>,
    exposition: web::Data<Exposition>,
    cache: web::Data<Cache>,
    health: web::Data<health::Health>,
    jobs: web::Data<Jobs>,
    events: web::Data<Events>,
    schedules: web::Data<Schedules>,
}

impl Shared {
    fn serve_metrics(&self, listener: TcpListener) -> anyhow::Result<(Server, u16)> {
        let port = listener.local_addr()?.port();
        let edge = Arc::clone(&self.edge);
        let server = exposition::listen(listener, self.exposition.clone(), edge)?;
        Ok((server, port))
    }
}

/// Whether the pages of the API are served, and the paths that are switched off.
fn pages_of(settings: &Settings) -> (openapi::Pages, Vec<&'static str>) {
    let mut switched_off = Vec::new();
    if settings.metrics.token.is_empty() {
        switched_off.push(exposition::PATH);
    }
    if settings.server.docs {
        return (openapi::Pages::Shown, switched_off);
    }
    switched_off.extend(openapi::PAGES);
    (openapi::Pages::SwitchedOff, switched_off)
}

fn listen(
    listener: TcpListener,
    settings: &Settings,
    modules: &Modules,
    shared: Shared,
) -> anyhow::Result<Server> {
    let document = openapi::document();
    let (pages, switched_off) = pages_of(settings);
    let routes = web::Data::new(http::fallback::Routes::of(&document, &switched_off));
    let document = openapi::Rendered::new(&document)?;
    let edge_settings = web::Data::new(settings.edge());
    let access = web::Data::new(modules.access.clone());
    let sales = modules.sales.clone();
    let analytics = modules.analytics.clone();
    let proofs: Arc<dyn Orders<VerifyBooks>> = Arc::new(modules.jobs.clone());
    let proofs: web::Data<dyn Orders<VerifyBooks>> = web::Data::from(proofs);
    let reports: Arc<dyn Orders<MakeReport>> = Arc::new(modules.jobs.clone());
    let reports: web::Data<dyn Orders<MakeReport>> = web::Data::from(reports);
    let server = Server::build()
        .workers(settings.server.workers)
        .shutdown_timeout(settings.server.shutdown_timeout_seconds)
        .disable_signals();
    let limits = Limits {
        idle: Duration::from_secs(settings.server.idle_timeout_seconds),
        stalled: Duration::from_secs(settings.server.stalled_timeout_seconds),
    };
    let addresses = Addresses::new(settings.connections_per_address());
    let server = connections::serve(server, listener, addresses, limits, move || {
        let edge = Arc::clone(&shared.edge);
        openapi::collect(App::new())
            .into_app()
            .app_data(edge_settings.clone())
            .app_data(access.clone())
            .app_data(sales.clone())
            .app_data(analytics.clone())
            .app_data(shared.jobs.clone())
            .app_data(shared.events.clone())
            .app_data(shared.schedules.clone())
            .app_data(proofs.clone())
            .app_data(reports.clone())
            .app_data(shared.cache.clone())
            .app_data(shared.health.clone())
            .app_data(routes.clone())
            .configure(health::routes)
            .configure(|config| exposition::routes(config, &shared.exposition))
            .configure(|config| openapi::routes(config, &document, pages))
            .default_service(web::to(http::fallback::answer))
            .wrap(from_fn(move |request, next| {
                http::handle(Arc::clone(&edge), request, next)
            }))
    })?;
    Ok(server.run())
}

async fn wait_for_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

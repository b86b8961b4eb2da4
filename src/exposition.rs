//! The metrics of the program for Prometheus, and who may read them.
//!
//! They show sales per hour, so not every client of the shop may see them. They have a listener of
//! their own, on the loopback address by default. On the public port they need the token of
//! `metrics.token`.
//!
//! [`table`] lists them all. What is counted is counted where it happens; what is a state is read when
//! somebody asks.

mod disks;
pub mod table;

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    guard,
    http::header,
    middleware::from_fn,
    web::{self, Data, ServiceConfig},
};
use anyhow::Context as _;
use kernel::{Code, Problem};
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use metrics_process::Collector;
use platform::{
    cache::Cache,
    problem::{ApiError, ApiResult},
};
use store::{Dialect, Stores};

use crate::{
    health::{self, Health},
    http::{self, Edge, fallback::Routes},
    settings::{Profile, Secret, Settings},
};
use disks::Disks;

/// Their path.
pub const PATH: &str = "/metrics";
/// The text format of Prometheus.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A few collectors and one person.
const MAX_CONNECTIONS: usize = 16;
/// Longest wait for the head of a request, and for a reader to disconnect.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// The sources of the metrics.
#[derive(derive_more::Debug)]
#[debug("Exposition {{ .. }}")]
pub struct Exposition {
    stores: Stores,
    cache: Arc<Cache>,
    health: Data<Health>,
    handle: PrometheusHandle,
    process: Collector,
    disks: Arc<Disks>,
    token: Secret,
}

impl Exposition {
    /// Reads a database, a cache, the health of a server, the disks of its settings and the recorder of
    /// this process. An empty token means that no token is needed.
    #[must_use]
    pub fn new(
        settings: &Settings,
        stores: &Stores,
        cache: Arc<Cache>,
        health: Data<Health>,
        handle: PrometheusHandle,
    ) -> Self {
        table::announce();
        gauge!(
            "salesflow_build_info",
            "version" => env!("CARGO_PKG_VERSION"),
            "database" => word_of(stores.write.dialect())
        )
        .set(1.0);
        Self {
            stores: stores.clone(),
            cache,
            health,
            handle,
            process: Collector::default(),
            disks: Arc::new(Disks::of(settings)),
            token: settings.metrics.token.clone(),
        }
    }

    async fn render(&self) -> String {
        for figures in self.stores.pool_figures() {
            gauge!("database_connections_open", "pool" => figures.pool).set(figures.open);
            gauge!("database_connections_idle", "pool" => figures.pool).set(figures.idle);
        }
        if let Some(answers) = self.stores.read.replica_answers() {
            gauge!("database_replica_answers").set(if answers { 1.0 } else { 0.0 });
        }
        self.cache.render_metrics().await;
        self.render_health().await;
        self.disks.measure().await;
        self.process.collect();
        self.handle.render()
    }

    /// One line for each reason, so that an alert can name it.
    async fn render_health(&self) {
        let present = self.health.reason().await;
        for reason in health::reasons() {
            let is_present = present == Some(reason);
            gauge!("health_unready", "reason" => reason).set(if is_present { 1.0 } else { 0.0 });
        }
    }

    /// Whether the request has the token, if one is needed.
    fn admits(&self, request: &HttpRequest) -> bool {
        let given = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        self.token.is_empty() || self.token.matches(given)
    }
}

const fn word_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "sqlite",
        Dialect::Postgres => "postgresql",
    }
}

/// The path on the public port, which exists only with a token.
pub fn routes(config: &mut ServiceConfig, exposition: &Data<Exposition>) {
    if !exposition.token.is_empty() {
        serve_at_path(config, exposition);
    }
}

fn serve_at_path(config: &mut ServiceConfig, exposition: &Data<Exposition>) {
    config
        .app_data(exposition.clone())
        .service(web::resource(PATH).guard(guard::Get()).to(read));
}

async fn read(request: HttpRequest, exposition: Data<Exposition>) -> ApiResult<HttpResponse> {
    if !exposition.admits(&request) {
        let detail = "Send the token of metrics.token: Authorization: Bearer …";
        return Err(ApiError(Problem::new(Code::Unauthenticated, detail)));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(CONTENT_TYPE)
        .body(exposition.render().await))
}

/// Binds the port of `metrics.bind`. In production, a port in use stops the start, since somebody
/// waits for the metrics. A developer's second instance runs without them.
///
/// # Errors
/// A sentence that says what to do.
pub fn take_port(settings: &Settings) -> anyhow::Result<Option<TcpListener>> {
    let Some(bind) = settings.metrics.listener() else {
        return Ok(None);
    };
    match TcpListener::bind(bind) {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if settings.profile == Profile::Development => {
            tracing::warn!(
                %error,
                "the metrics of this instance are not served: {bind} cannot be listened on. \
                 SALESFLOW__METRICS__BIND chooses another address, empty for none"
            );
            Ok(None)
        }
        Err(error) => Err(error).with_context(|| {
            format!("{bind} cannot be listened on; metrics.bind chooses another address for the metrics, or none")
        }),
    }
}

/// Serves only the metrics, on a listener of their own.
///
/// # Errors
/// When the listener cannot be used.
pub fn listen(
    listener: TcpListener,
    exposition: Data<Exposition>,
    edge: Arc<Edge>,
) -> std::io::Result<Server> {
    let routes = Data::new(Routes::only(&[PATH]));
    let server = HttpServer::new(move || {
        let edge = Arc::clone(&edge);
        let exposition = exposition.clone();
        App::new()
            .app_data(routes.clone())
            .configure(move |config| serve_at_path(config, &exposition))
            .default_service(web::to(http::fallback::answer))
            .wrap(from_fn(move |request, next| {
                http::handle(Arc::clone(&edge), request, next)
            }))
    })
    .workers(1)
    .max_connections(MAX_CONNECTIONS)
    .client_request_timeout(READER_TIMEOUT)
    .client_disconnect_timeout(READER_TIMEOUT)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

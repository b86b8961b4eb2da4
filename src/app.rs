//! The composition root: opens the shop, connects the modules and serves them.
//!
//! The binary and the tests build the same [`Application`].

mod serve;
mod streams;
mod upkeep;

use std::{sync::Arc, time::Instant};

use actix_web::web;
use analytics::Analytics;
use anyhow::Context as _;
use chrono_tz::Tz;
use kernel::{Clock, Currency, text};
use platform::{access::AccessControl, jobs::AnyJobHandler, tokens::TokenVerifier};
use sales::{
    Sales, SalesError,
    audit::orders::LoggedOrders,
    inventory::{locations, proof::ProveBooks},
    people::PeopleOptions,
    shop,
    shop_reader::{Shop, TaxMode},
};
use store::{StoredNotes, Stores, Tx, floor::Floor, jobs::JobStore, probe_read_only};

use crate::{
    books::BookProcess,
    openapi::examples,
    settings::{Profile, Settings},
};

pub use serve::{Application, Stopper};

/// The connected modules of a shop without a server, for the server and for commands.
#[derive(Clone, derive_more::Debug)]
#[debug("Modules {{ .. }}")]
pub struct Modules {
    /// The handles of the database.
    pub stores: Stores,
    /// The source of truth.
    pub sales: web::Data<Sales>,
    /// Gets the read ports and nothing else.
    pub analytics: web::Data<Analytics>,
    /// The queue of background work.
    pub jobs: JobStore,
    /// Verifies tokens and sessions.
    pub access: AccessControl,
    /// The clock of all modules.
    pub clock: Arc<dyn Clock>,
    /// The check of the clock.
    pub floor: Floor,
}

impl Modules {
    /// Opens the shop of the settings: updates its schema, proves that the read handle cannot write,
    /// and gives a new shop its first settings.
    ///
    /// # Errors
    /// A sentence that says what failed.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let began = Instant::now();
        let options = settings.store_options();
        store::migrate_up(&options)
            .await
            .context("the schema of the database cannot be brought up to date")?;
        let stores = store::connect(&options)
            .await
            .context("the database does not answer")?;
        for read in [&stores.read, &stores.analytics] {
            probe_read_only(read)
                .await
                .context("the read pool must not be able to write")?;
        }
        tracing::info!(
            database = store::name_of(&options.url),
            read = options.read_url.as_deref().map(store::name_of),
            "the database is open"
        );
        write_first_settings(settings, &stores, clock.as_ref()).await?;
        let secrets = settings.signing_keys()?;
        let floor = Floor::open(stores.write.primary(), Arc::clone(&clock))
            .await
            .context("the newest record, with which the clock is compared, cannot be read")?;
        let mut context = sales::Context::new(stores.write.minding(&floor), Arc::clone(&clock));
        context.late_entry_hours = settings.sales.late_entry_hours;
        let readers = sales::readers::over(&context, &stores.analytics);
        let notes = Arc::new(StoredNotes::new(stores.write.clone()));
        let jobs = JobStore::new(
            stores.write.clone(),
            Arc::clone(&clock),
            settings.jobs.max_queued,
        )
        .logged_by(Arc::new(LoggedOrders));
        // Analytics may order its own kind of job only.
        let refits = Arc::new(jobs.clone());
        let analytics = Analytics::new(readers, notes, refits, Arc::clone(&clock));
        let program = settings.program.clone();
        context.books = Some(Arc::new(BookProcess::of(program)));
        context.past_imported = Some(Arc::new(analytics.forecasts.clone()));
        let sales = Sales::open(context, &secrets, people_options(settings))?;
        let modules = Self {
            stores,
            jobs,
            access: AccessControl {
                verifier: Arc::new(TokenVerifier::new(&secrets)),
                sessions: sales.people.sessions(),
                development_role: settings.development_role(),
            },
            sales: web::Data::new(sales),
            analytics: web::Data::new(analytics),
            clock,
            floor,
        };
        tracing::debug!(elapsed_ms = began.elapsed().as_millis(), "the shop is open");
        Ok(modules)
    }

    /// The job handlers of all modules, but for reports, which need the cache of a server.
    #[must_use]
    pub fn job_handlers(&self) -> Vec<Arc<dyn AnyJobHandler>> {
        let mut handlers = self.analytics.job_handlers();
        handlers.push(Arc::new(ProveBooks::new(self.sales.ctx.clone())));
        handlers
    }

    /// Closes the database. The modules must not be used afterwards.
    pub async fn close(&self) {
        self.stores.close().await;
    }
}

async fn write_first_settings(
    settings: &Settings,
    stores: &Stores,
    clock: &dyn Clock,
) -> anyhow::Result<()> {
    let first = first_settings(settings, clock)?;
    stores
        .write
        .transaction(async |tx: &Tx| {
            shop::create_if_missing(tx, &first).await?;
            locations::create_default_if_missing(
                tx,
                default_location_name(&first.locale),
                first.updated_at,
            )
            .await?;
            Ok::<_, SalesError>(())
        })
        .await
        .context("the first settings of the shop cannot be written")
}

const fn people_options(settings: &Settings) -> PeopleOptions {
    PeopleOptions {
        access_ttl_seconds: settings.auth.access_ttl_seconds,
        refresh_ttl_days: settings.auth.refresh_ttl_days,
        session_max_days: settings.auth.session_max_days,
        second_factor_required: settings.auth.second_factor_required,
        throttle_enabled: settings.rate_limit.enabled,
        refused_passwords: match settings.profile {
            Profile::Production => examples::PASSWORDS,
            Profile::Development | Profile::Test => &[],
        },
    }
}

fn first_settings(settings: &Settings, clock: &dyn Clock) -> anyhow::Result<Shop> {
    let wanted = &settings.shop;
    let currency = Currency::parse(&wanted.currency).context("shop.currency is not known")?;
    if text::find_control(&wanted.name, text::Lines::One).is_some() {
        anyhow::bail!("shop.name must be one line without control characters");
    }
    Ok(Shop {
        name: wanted.name.trim().to_owned(),
        currency,
        time_zone: wanted
            .time_zone
            .parse::<Tz>()
            .context("shop.time_zone is not known")?,
        locale: wanted.locale.clone(),
        tax_mode: TaxMode::parse(&wanted.tax_mode).context("shop.tax_mode is not known")?,
        cash_step_minor: match wanted.cash_step_minor {
            0 => currency.cash_step_minor(),
            step => step,
        },
        lead_time_days: shop::DEFAULT_LEAD_TIME_DAYS,
        service_level_bp: shop::DEFAULT_SERVICE_LEVEL_BP,
        tax_number: String::new(),
        trade_register_number: String::new(),
        address: String::new(),
        telephone: String::new(),
        receipt_header: String::new(),
        receipt_footer: String::new(),
        version: 1,
        updated_at: clock.now(),
    })
}

fn default_location_name(locale: &str) -> &'static str {
    if locale.starts_with("fr") {
        "Magasin"
    } else {
        "Shop"
    }
}

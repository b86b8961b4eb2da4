//! Makes a report: gathers its figures at one place of the books, prints them, keeps the file.

use std::sync::Arc;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use files::write::{
    language::Language,
    report::{self as paper, Letterhead, Provenance, Report, Section, pdf, xlsx},
};
use kernel::{
    Period, Timestamp,
    ids::UserId,
    read::{BooksPosition, ReadError, ShopFacts},
};
use platform::{
    cache::Cache,
    jobs::{JobContext, JobFailure, JobHandler, compute},
};
use sha2::{Digest as _, Sha256};

use super::{
    ReportFormat, ReportKind, ReportOrder,
    desk::Desk,
    job::{IMPOSSIBLE, INTERRUPTED, MakeReport, NOT_PRINTED, ReportMade},
    sections,
    shelf::{KEPT_DAYS, KeptReport, ReportOrigin, Shelf},
};
use crate::{Analytics, error::AnalyticsError};

/// How often figures are gathered before the books stand still. Where they move on and the figures of the
/// period stay the same, twice is enough.
const MOST_GATHERINGS: u32 = 8;

/// Makes reports.
#[derive(Clone, derive_more::Debug)]
#[debug("ReportMaker {{ .. }}")]
pub struct ReportMaker {
    analytics: Analytics,
    /// Findings are kept there.
    cache: Arc<Cache>,
}

/// Figures, and the place of the books at which they hold.
struct Gathered {
    shop: ShopFacts,
    sections: Vec<Section>,
    books: BooksPosition,
    at: Timestamp,
}

impl ReportMaker {
    /// A maker over the figures of a shop.
    #[must_use]
    pub const fn new(analytics: Analytics, cache: Arc<Cache>) -> Self {
        Self { analytics, cache }
    }

    /// Makes a report, or takes the one that an earlier attempt of the job has made, with its file.
    ///
    /// # Errors
    /// [`JobFailure`]: the shop did not answer, the file cannot be made, or the job was cancelled.
    pub async fn make_once(
        &self,
        context: &JobContext,
        order: &ReportOrder,
    ) -> Result<(KeptReport, Vec<u8>), JobFailure> {
        let shelf = Shelf::new(Arc::clone(&self.analytics.notes));
        let now = self.analytics.clock.now();
        match shelf.get(context.id(), now).await {
            Err(AnalyticsError::NotFound(_)) => {
                self.make(context, order).await?;
            }
            found => {
                found.map_err(failure)?;
            }
        }
        let report = shelf.get(context.id(), now).await.map_err(failure)?;
        let file = shelf.file(context.id()).await.map_err(failure)?;
        Ok((report, file))
    }

    async fn make(
        &self,
        context: &JobContext,
        order: &ReportOrder,
    ) -> Result<ReportMade, JobFailure> {
        let gathered = self.gather(context, order).await?;
        context.report_progress(0.7);
        context.check_cancelled()?;
        let by = match context.requested_by() {
            Some(user) => self.name_of(user).await.map_err(failure)?,
            None => String::new(),
        };
        let model_id = self.model_id(order.kind).await;
        let language = Language::from(order.locale);
        let report = composed(order, language, &gathered, by, model_id.as_deref());
        let title = report.title.clone();
        let format = order.format;
        let file = compute(move || printed(&report, format)).await?;
        context.report_progress(0.9);
        context.check_cancelled()?;
        let file_name = format!(
            "{}-{}-{}.{}",
            order.kind.as_str().replace('_', "-"),
            order.from,
            order.to,
            order.format.extension()
        );
        let kept = KeptReport {
            id: context.id(),
            kind: order.kind,
            format: order.format,
            from: order.from,
            to: order.to,
            locale: order.locale,
            title,
            file_name: file_name.clone(),
            size_bytes: u64::try_from(file.len()).unwrap_or(u64::MAX),
            sha256: HEXLOWER.encode(&Sha256::digest(&file)),
            requested_by: context.requested_by(),
            created_at: gathered.at,
            expires_at: gathered.at.plus_seconds(KEPT_DAYS * 86_400),
            origin: ReportOrigin::new(
                gathered.shop.time_zone.name(),
                gathered.books,
                model_id,
                gathered.at,
            ),
        };
        let shelf = Shelf::new(Arc::clone(&self.analytics.notes));
        let size_bytes = kept.size_bytes;
        shelf.keep(&kept, file).await.map_err(failure)?;
        shelf.clear(gathered.at).await.map_err(failure)?;
        Ok(ReportMade {
            report_id: context.id(),
            file_name,
            size_bytes,
        })
    }

    /// Figures of one moment. They are read with several questions, and the shop goes on selling: where
    /// the books have moved meanwhile, they are gathered again, until they have not moved or the figures
    /// have come out the same twice.
    async fn gather(
        &self,
        context: &JobContext,
        order: &ReportOrder,
    ) -> Result<Gathered, JobFailure> {
        let mut before: Option<Vec<Section>> = None;
        for _ in 0..MOST_GATHERINGS {
            context.check_cancelled()?;
            let gathering = self.gather_once(order);
            let (gathered, stood_still) = tokio::select! {
                gathered = gathering => gathered.map_err(failure)?,
                () = context.cancelled() => return Err(JobFailure::Cancelled),
            };
            let is_same = before.as_ref() == Some(&gathered.sections);
            if stood_still || is_same {
                return Ok(gathered);
            }
            context.report_progress(0.3);
            before = Some(gathered.sections);
        }
        Err(JobFailure::retry(INTERRUPTED))
    }

    async fn gather_once(&self, order: &ReportOrder) -> Result<(Gathered, bool), AnalyticsError> {
        let sales = &self.analytics.readers.sales;
        let books = sales.position().await?;
        let shop = self.analytics.readers.catalog.shop().await?;
        let at = self.analytics.clock.now();
        let desk = Desk {
            analytics: &self.analytics,
            cache: &self.cache,
            period: Period::new(order.from, order.to, shop.time_zone)?,
            shop,
            language: order.locale.into(),
            at,
        };
        let sections = sections::of(order.kind, &desk).await?;
        let stood_still = sales.position().await? == books;
        let gathered = Gathered {
            shop: desk.shop,
            sections,
            books,
            at,
        };
        Ok((gathered, stood_still))
    }

    async fn name_of(&self, user: UserId) -> Result<String, AnalyticsError> {
        let names = self.analytics.readers.sales.cashier_names(&[user]).await?;
        Ok(names
            .into_iter()
            .next()
            .map(|(_, name)| name)
            .unwrap_or_default())
    }

    /// The model behind the forecasts of a report.
    async fn model_id(&self, kind: ReportKind) -> Option<String> {
        match kind {
            ReportKind::Forecast | ReportKind::LowStock => {
                Some(self.analytics.forecasts.model_name().await).filter(|name| name != "none")
            }
            _ => None,
        }
    }
}

#[async_trait]
impl JobHandler for ReportMaker {
    type Job = MakeReport;

    async fn run(
        &self,
        context: JobContext,
        payload: ReportOrder,
    ) -> Result<ReportMade, JobFailure> {
        self.make(&context, &payload).await
    }
}

fn printed(report: &Report, format: ReportFormat) -> Result<Vec<u8>, JobFailure> {
    let file = match format {
        ReportFormat::Pdf => pdf::print(report).map_err(|error| error.to_string()),
        ReportFormat::Xlsx => xlsx::write(report).map_err(|error| error.to_string()),
    };
    file.map_err(|error| {
        tracing::error!(%error, "a report cannot be printed");
        JobFailure::last(NOT_PRINTED)
    })
}

fn composed(
    order: &ReportOrder,
    language: Language,
    gathered: &Gathered,
    by: String,
    model_id: Option<&str>,
) -> Report {
    let shop = &gathered.shop;
    let say = |french: &'static str, english: &'static str| match language {
        Language::French => french,
        Language::English => english,
    };
    let lines = shop.letterhead.lines().map(str::trim);
    let in_unit = say("en", "in");
    let unit = files::write::figures::symbol(shop.currency);
    let mut signatures = vec![
        say("Établi par", "Drawn up by").to_owned(),
        say("Vu par le comptable", "Seen by the accountant").to_owned(),
        say("Date et cachet", "Date and stamp").to_owned(),
    ];
    if matches!(order.kind, ReportKind::LowStock | ReportKind::Forecast) {
        signatures.clear();
    }
    Report {
        language,
        zone: shop.time_zone,
        shop: Letterhead {
            name: shop.name.clone(),
            lines: lines
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect(),
        },
        title: title_of(order, say).to_owned(),
        period: paper::Period {
            from: order.from,
            to: order.to,
        },
        unit: format!("{in_unit} {unit}"),
        provenance: Provenance {
            computed_at: gathered.at.to_utc(),
            by,
            facts: facts_of(gathered.books, model_id, say),
        },
        sections: gathered.sections.clone(),
        signatures,
    }
}

fn facts_of(
    books: BooksPosition,
    model_id: Option<&str>,
    say: impl Fn(&'static str, &'static str) -> &'static str,
) -> Vec<(String, String)> {
    let voided = match books.voided_sales {
        0 => "0".to_owned(),
        count => format!(
            "{count} ({} {})",
            say("dernier n°", "last no."),
            books.last_voided
        ),
    };
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact(
            say("Position du livre", "Position of the ledger"),
            books.last_movement.to_string(),
        ),
        fact(
            say("Dernière vente, n°", "Last sale, no."),
            books.last_sale.to_string(),
        ),
        fact(
            say("Dernier remboursement, n°", "Last refund, no."),
            books.last_refund.to_string(),
        ),
        fact(say("Ventes annulées", "Voided sales"), voided),
    ];
    if let Some(model) = model_id {
        facts.push(fact(
            say("Modèle de prévision", "Forecast model"),
            model.to_owned(),
        ));
    }
    facts
}

fn title_of(
    order: &ReportOrder,
    say: impl Fn(&'static str, &'static str) -> &'static str,
) -> &'static str {
    match order.kind {
        ReportKind::DailyClose => say("Clôture du jour", "Daily close"),
        ReportKind::Sales => say("Rapport des ventes", "Sales report"),
        ReportKind::ProductPerformance => say("Performance des articles", "Product performance"),
        ReportKind::StockValuation => say("Valeur du stock", "Stock valuation"),
        ReportKind::LowStock => say("Liste de commande", "Order list"),
        ReportKind::TaxSummary => say("Récapitulatif de TVA", "Tax summary"),
        ReportKind::CashierSummary => say("Rapport des caissiers", "Cashier summary"),
        ReportKind::Forecast => say("Prévisions et constats", "Forecast and findings"),
    }
}

/// What a failure to gather or to keep means for the job.
fn failure(error: AnalyticsError) -> JobFailure {
    match error {
        AnalyticsError::Read(ReadError::Unavailable) | AnalyticsError::Notes(_) => {
            tracing::warn!(%error, "a report was cut short");
            JobFailure::retry(INTERRUPTED)
        }
        AnalyticsError::TooMuchData
        | AnalyticsError::FigureOutOfRange { .. }
        | AnalyticsError::TooManyDays { .. }
        | AnalyticsError::Period(_)
        | AnalyticsError::Refused { .. } => {
            tracing::warn!(%error, "a report cannot be made");
            JobFailure::last(IMPOSSIBLE)
        }
        AnalyticsError::Read(ReadError::Failed)
        | AnalyticsError::Cursor(_)
        | AnalyticsError::Jobs(_)
        | AnalyticsError::Forecast(_)
        | AnalyticsError::Rule(_)
        | AnalyticsError::Broken
        | AnalyticsError::NotFound(_) => {
            tracing::error!(%error, "a report was cut short");
            JobFailure::retry(INTERRUPTED)
        }
    }
}

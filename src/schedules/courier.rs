//! Makes a scheduled report and delivers it.
//!
//! An attempt may end at any place and begin again: the report is made once, the file replaces itself, and
//! each recipient whose server took the message is noted, so that nobody gets it again. Only where the
//! server's answer was lost, or the program ended between the answer and the note, is a message sent twice,
//! under the same id.

use std::sync::Arc;

use analytics::reports::{ReportLocale, job::INTERRUPTED, maker::ReportMaker, shelf::KeptReport};
use async_trait::async_trait;
use kernel::{Clock, ids::UserId};
use platform::jobs::{JobContext, JobFailure, JobHandler};
use sales::{Sales, SalesError};
use store::jobs::JobStore;

use super::{
    Outlets,
    folder::Folder,
    job::{
        DeliverReport, DeliveryPlan, FOLDER_FAILED, MAIL_REFUSED, MAIL_UNAVAILABLE, NO_FOLDER,
        NO_MAIL, ReportDelivered, TOO_LARGE,
    },
    letter::{self, Letterhead},
    mail::{MailFault, Mailer},
};

/// Attempts: with the pauses between them, a mail server may be away for almost an hour.
const ATTEMPTS: u32 = 8;

/// Delivers reports.
#[derive(Clone, derive_more::Debug)]
#[debug("Courier {{ .. }}")]
pub struct Courier {
    maker: ReportMaker,
    sales: Arc<Sales>,
    store: JobStore,
    clock: Arc<dyn Clock>,
    outlets: Arc<Outlets>,
}

/// What is delivered.
struct Parcel<'a> {
    context: &'a JobContext,
    report: &'a KeptReport,
    file: &'a [u8],
    head: Letterhead<'a>,
}

/// The faults of an attempt: the others are tried all the same.
#[derive(Default)]
struct Faults(Option<JobFailure>);

impl Faults {
    /// Keeps the first one, and one after which another attempt is worth it before one after which it is
    /// not.
    fn note(&mut self, fault: JobFailure) {
        match (&self.0, &fault) {
            (None, _) | (Some(JobFailure::Final(_)), JobFailure::Retry(_)) => self.0 = Some(fault),
            _ => {}
        }
    }
}

impl Courier {
    /// A courier of what this maker makes.
    #[must_use]
    pub const fn new(
        maker: ReportMaker,
        sales: Arc<Sales>,
        store: JobStore,
        clock: Arc<dyn Clock>,
        outlets: Arc<Outlets>,
    ) -> Self {
        Self {
            maker,
            sales,
            store,
            clock,
            outlets,
        }
    }

    async fn deliver(
        &self,
        context: &JobContext,
        plan: &DeliveryPlan,
    ) -> Result<ReportDelivered, JobFailure> {
        let shop = self.sales.ctx.shop.current().await.map_err(interrupted)?;
        let now = self.clock.now();
        let due = context.due().unwrap_or(now).date_in(shop.time_zone);
        let today = now.date_in(shop.time_zone);
        let language = ReportLocale::of_shop(&shop.locale);
        let order = plan.report.order(due, today, language);
        let (report, file) = self.maker.make_once(context, &order).await?;
        let ordered_by = match context.requested_by() {
            Some(user) => self.name_of(user).await?,
            None => String::new(),
        };
        let parcel = Parcel {
            context,
            report: &report,
            file: &file,
            head: Letterhead {
                shop: &shop.name,
                zone: shop.time_zone,
                ordered_by: &ordered_by,
            },
        };
        let mut faults = Faults::default();
        let stored_as = self.store_in_folder(&parcel, plan, &mut faults).await;
        let mails = self.send_mails(&parcel, plan, &mut faults).await?;
        match faults.0 {
            Some(fault) => Err(fault),
            None => Ok(ReportDelivered {
                report_id: report.id,
                file_name: report.file_name.clone(),
                size_bytes: report.size_bytes,
                stored_as,
                mails,
            }),
        }
    }

    async fn name_of(&self, user: UserId) -> Result<String, JobFailure> {
        let user = self.sales.people.get(user).await.map_err(interrupted)?;
        Ok(user.name)
    }

    async fn store_in_folder(
        &self,
        parcel: &Parcel<'_>,
        plan: &DeliveryPlan,
        faults: &mut Faults,
    ) -> Option<String> {
        if !plan.to_folder {
            return None;
        }
        let Some(folder) = &self.outlets.folder else {
            faults.note(JobFailure::last(NO_FOLDER));
            return None;
        };
        match put(folder.clone(), parcel.report.clone(), parcel.file.to_vec()).await {
            Ok(name) => Some(name),
            Err(error) => {
                tracing::warn!(job.id = %parcel.context.id(), %error, "a report cannot be put into its folder");
                faults.note(JobFailure::retry(FOLDER_FAILED));
                None
            }
        }
    }

    /// Sends to each recipient who has not got it yet. Returns how many have it.
    async fn send_mails(
        &self,
        parcel: &Parcel<'_>,
        plan: &DeliveryPlan,
        faults: &mut Faults,
    ) -> Result<u32, JobFailure> {
        if plan.recipients.is_empty() {
            return Ok(0);
        }
        let Some(mailer) = &self.outlets.mailer else {
            faults.note(JobFailure::last(NO_MAIL));
            return Ok(0);
        };
        if parcel.report.size_bytes > mailer.max_attachment() {
            faults.note(JobFailure::last(TOO_LARGE));
            return Ok(0);
        }
        let id = parcel.context.id();
        let done = self.store.steps_done(id).await.map_err(|error| {
            tracing::warn!(job.id = %id, %error, "the steps of a job cannot be read");
            JobFailure::retry(INTERRUPTED)
        })?;
        let mut sent = 0;
        for recipient in &plan.recipients {
            let step = format!("mail {recipient}");
            if done.contains(&step) {
                sent += 1;
                continue;
            }
            parcel.context.check_cancelled()?;
            match send(mailer, parcel, recipient).await {
                Ok(()) => {
                    sent += 1;
                    self.note(parcel.context, &step).await;
                }
                Err(fault) => {
                    let goes_on = matches!(fault, MailFault::Refused(_) | MailFault::NotNow(_));
                    faults.note(failure_of(&fault, recipient));
                    if !goes_on {
                        break;
                    }
                }
            }
            let part =
                f64::from(sent) / f64::from(u32::try_from(plan.recipients.len()).unwrap_or(1));
            parcel.context.report_progress(0.9 + 0.1 * part);
        }
        Ok(sent)
    }

    /// A message that is sent and not noted is sent again, so the note is tried more than once.
    async fn note(&self, context: &JobContext, step: &str) {
        for _ in 0..3 {
            match self.store.note_step(context.id(), step).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(job.id = %context.id(), %error, "a message was sent, and that cannot be noted");
                }
            }
        }
    }
}

#[async_trait]
impl JobHandler for Courier {
    type Job = DeliverReport;

    fn max_attempts(&self) -> u32 {
        ATTEMPTS
    }

    async fn run(
        &self,
        context: JobContext,
        payload: DeliveryPlan,
    ) -> Result<ReportDelivered, JobFailure> {
        self.deliver(&context, &payload).await
    }
}

async fn put(folder: Folder, report: KeptReport, file: Vec<u8>) -> std::io::Result<String> {
    tokio::task::spawn_blocking(move || folder.put(&report, &file))
        .await
        .map_err(std::io::Error::other)?
}

async fn send(mailer: &Mailer, parcel: &Parcel<'_>, recipient: &str) -> Result<(), MailFault> {
    let message = letter::write(
        mailer.from(),
        recipient,
        &parcel.head,
        parcel.report,
        parcel.file.to_vec(),
    );
    let message = message.map_err(|error| {
        tracing::error!(job.id = %parcel.context.id(), %error, "a message cannot be written");
        MailFault::Refused("It cannot be written as a message.".to_owned())
    })?;
    tokio::select! {
        sent = mailer.send(message) => sent,
        () = parcel.context.cancelled() => Err(MailFault::Broken("The job was stopped.".to_owned())),
    }
}

fn failure_of(fault: &MailFault, recipient: &str) -> JobFailure {
    match fault {
        MailFault::Refused(reply) => {
            JobFailure::last(MAIL_REFUSED).saying(&format!("To {recipient}. {reply}"))
        }
        MailFault::RefusesUs(reply) => JobFailure::last(MAIL_REFUSED).saying(reply),
        MailFault::NotNow(reply) => {
            JobFailure::retry(MAIL_UNAVAILABLE).saying(&format!("To {recipient}. {reply}"))
        }
        MailFault::Broken(reply) => JobFailure::retry(MAIL_UNAVAILABLE).saying(reply),
    }
}

fn interrupted(error: SalesError) -> JobFailure {
    tracing::warn!(%error, "the shop did not answer a scheduled report");
    JobFailure::retry(INTERRUPTED)
}

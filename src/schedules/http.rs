//! `/schedules`: reports that are made and delivered by themselves.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use analytics::reports::{
    ReportFormat, ReportKind, ReportLocale,
    plan::{ReportPeriod, ReportPlan},
};
use kernel::{
    FieldError, Problem, Timestamp,
    ids::{ScheduleId, UserId},
    schedule::{MAX_EXPRESSION_LENGTH, Timing},
};
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    headers::IfMatch,
    jobs::wire::{JobBody, accepted},
    patch::present,
    problem::{ApiResult, ProblemBody},
    query::{PageQuery, PathId, QueryOf, page_limit},
    request::Origin,
};
use sales::{Actor, paging};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    ScheduleChange, ScheduleWithRuns, Schedules,
    job::{DeliveryPlan, MAX_RECIPIENTS},
    recipients,
};

/// Names the list in its cursors.
const LIST: &str = "schedules";

/// The operations of this room, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_schedules)
        .service(create_schedule)
        .service(update_schedule)
        .service(delete_schedule)
        .service(run_schedule);
}

/// A new schedule of a report. It goes to the folder, to the recipients, or to both.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSchedule {
    /// The subject of the report.
    pub kind: ReportKind,
    /// PDF to print, or a workbook to go on calculating with.
    pub format: ReportFormat,
    /// Its days, as seen from the day of the run. `daily_close` takes `today` or `yesterday`, `low_stock`
    /// takes `today`, and `stock_valuation` is about the last day of the period.
    pub period: ReportPeriod,
    /// In which language; that of the shop at each run when absent.
    pub locale: Option<ReportLocale>,
    /// When: minute, hour, day of the month, month, day of the week, in the shop's time zone. At most
    /// every 15 minutes.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "0 7 1 * *")]
    pub cron: String,
    /// Whether the file is put into the folder for reports on the server.
    #[serde(default)]
    pub to_folder: bool,
    /// E-mail addresses; each gets a message of its own with the report attached.
    #[serde(default)]
    #[validate(length(max = 10))]
    #[schema(schema_with = recipients::schema, required = false)]
    pub recipients: Vec<String>,
}

/// A change of a schedule. Absent fields stay as they are.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSchedule {
    /// The new subject of the report, which must fit its days.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub kind: Option<ReportKind>,
    /// PDF or workbook from the next run on.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub format: Option<ReportFormat>,
    /// New days, as seen from the day of the run.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub period: Option<ReportPeriod>,
    /// Another language; null for that of the shop.
    #[serde(default, deserialize_with = "present")]
    pub locale: Option<Option<ReportLocale>>,
    /// Other times. The schedule counts from now: nothing is made up for.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub cron: Option<String>,
    /// Whether the file is put into the folder for reports on the server.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub to_folder: Option<bool>,
    /// The whole new list of addresses.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 10))]
    #[schema(max_items = 10, nullable = false)]
    pub recipients: Option<Vec<String>>,
    /// True: it does not run until this is false again, and then counts from that moment.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub paused: Option<bool>,
}

/// A schedule of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub struct ScheduleBody {
    /// Names the schedule in `/schedules/{id}`.
    pub id: ScheduleId,
    /// The user with whose rights it runs. It ends with the account.
    pub user_id: UserId,
    /// The subject of the report.
    pub kind: ReportKind,
    /// The format of the file.
    pub format: ReportFormat,
    /// Its days, as seen from the day of the run.
    pub period: ReportPeriod,
    /// In which language; null for that of the shop at each run.
    #[schema(required)]
    pub locale: Option<ReportLocale>,
    /// When, in the shop's time zone.
    #[schema(example = "0 7 1 * *")]
    pub cron: String,
    /// Whether the file is put into the folder for reports on the server.
    pub to_folder: bool,
    /// The addresses that get it by e-mail.
    pub recipients: Vec<String>,
    /// True while it does not run.
    pub paused: bool,
    /// Number of changes, for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it runs next; null while it is paused. In the past for the seconds until it runs.
    #[schema(required)]
    pub next_run_at: Option<Timestamp>,
    /// Its last run, under way or ended, with its result or its error; null before the first.
    #[schema(required)]
    pub last_run: Option<JobBody>,
}

/// A page of schedules.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchedulesPage {
    /// Schedules, the oldest first.
    pub items: Vec<ScheduleBody>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// Whether the server has a mail server in its settings: without one, no schedule may have recipients.
    pub mail_configured: bool,
    /// Whether the server has a folder for reports in its settings.
    pub folder_configured: bool,
}

impl From<ScheduleWithRuns> for ScheduleBody {
    fn from(one: ScheduleWithRuns) -> Self {
        let schedule = one.schedule;
        let DeliveryPlan {
            report,
            to_folder,
            recipients,
        } = schedule.payload;
        Self {
            id: schedule.id,
            user_id: schedule.user,
            kind: report.kind,
            format: report.format,
            period: report.period,
            locale: report.locale,
            cron: schedule.timing.expression().unwrap_or_default().to_owned(),
            to_folder,
            recipients,
            paused: schedule.paused_at.is_some(),
            version: schedule.version,
            created_at: schedule.created_at,
            next_run_at: one.next_run,
            last_run: one.last_run.map(JobBody::from),
        }
    }
}

/// List schedules.
///
/// Your own; an owner sees those of everybody.
#[utoipa::path(
    operation_id = "list_schedules", tag = "reports", params(PageQuery),
    responses(
        (status = 200, description = "A page of schedules", body = SchedulesPage),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody),
    )
)]
#[get("/schedules")]
pub async fn list_schedules(
    schedules: web::Data<Schedules>,
    access: Allowed<to::CreateReports>,
    origin: Origin,
    query: QueryOf<PageQuery>,
) -> ApiResult<web::Json<SchedulesPage>> {
    let limit = page_limit(query.0.limit)?;
    let actor = Actor::new(access.caller, origin);
    let all = schedules.list(&actor).await?;
    let cursor = query.0.cursor.as_deref();
    let page = paging::page_of_whole(LIST, all, cursor, limit, |one| one.schedule.id);
    let (items, next_cursor) = page?;
    Ok(web::Json(SchedulesPage {
        items: items.into_iter().map(ScheduleBody::from).collect(),
        next_cursor,
        mail_configured: schedules.outlets().mailer.is_some(),
        folder_configured: schedules.outlets().folder.is_some(),
    }))
}

/// Schedule a report.
///
/// At each due time the report is made with the rights that you have then, kept under `/reports`, and
/// delivered. Times that passed while the server was off are made up for once, with the days of the last
/// of them. A delivery that fails is tried again for almost an hour. A user may have 20 schedules, a shop
/// 100.
#[utoipa::path(
    operation_id = "create_schedule", tag = "reports", request_body = CreateSchedule,
    responses(
        (status = 201, description = "The schedule", body = ScheduleBody),
        (status = 400, description = "The body is not JSON", body = ProblemBody),
        (status = 409, description = "There are too many, or the server cannot deliver so", body = ProblemBody),
        (status = 422, description = "A field is not valid", body = ProblemBody),
    )
)]
#[post("/schedules")]
pub async fn create_schedule(
    schedules: web::Data<Schedules>,
    access: Allowed<to::CreateReports>,
    origin: Origin,
    body: JsonBody<CreateSchedule>,
) -> ApiResult<HttpResponse> {
    let user = access.caller.user_id;
    let actor = Actor::new(access.caller, origin);
    let new = body.value;
    let plan = DeliveryPlan {
        report: ReportPlan {
            kind: new.kind,
            format: new.format,
            period: new.period,
            locale: new.locale,
        },
        to_folder: new.to_folder,
        recipients: new.recipients,
    };
    let (plan, timing) = checked(plan, Some(&new.cron))?;
    let timing = timing.ok_or_else(|| Problem::of(kernel::Code::Internal))?;
    let made = schedules.create(&actor, user, &plan, &timing).await?;
    Ok(HttpResponse::Created().json(ScheduleBody::from(made)))
}

/// Change or pause a schedule.
///
/// It keeps the user with whose rights it runs. A job that is under way ends as it began.
#[utoipa::path(
    operation_id = "update_schedule", tag = "reports", request_body = UpdateSchedule,
    params(
        ("id" = ScheduleId, Path, description = "The schedule's id"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    responses(
        (status = 200, description = "The schedule as it is now", body = ScheduleBody),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody),
        (status = 404, description = "You have no such schedule", body = ProblemBody),
        (status = 409, description = "The server cannot deliver so", body = ProblemBody),
        (status = 412, description = "It has changed since", body = ProblemBody),
        (status = 422, description = "A field is not valid", body = ProblemBody),
    )
)]
#[patch("/schedules/{id}")]
pub async fn update_schedule(
    schedules: web::Data<Schedules>,
    access: Allowed<to::CreateReports>,
    origin: Origin,
    id: PathId<ScheduleId>,
    if_match: IfMatch,
    body: JsonBody<UpdateSchedule>,
) -> ApiResult<web::Json<ScheduleBody>> {
    let actor = Actor::new(access.caller, origin);
    let wanted = body.value;
    let change = |before: &DeliveryPlan| changed(before, wanted.clone());
    let after = schedules.change(&actor, id.0, if_match, change).await?;
    Ok(web::Json(after.into()))
}

/// Delete a schedule.
///
/// Its job is cancelled if one is under way. Reports that it made are kept under `/reports`.
#[utoipa::path(
    operation_id = "delete_schedule", tag = "reports",
    params(("id" = ScheduleId, Path, description = "The schedule's id")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "You have no such schedule", body = ProblemBody),
    )
)]
#[delete("/schedules/{id}")]
pub async fn delete_schedule(
    schedules: web::Data<Schedules>,
    access: Allowed<to::CreateReports>,
    origin: Origin,
    id: PathId<ScheduleId>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(access.caller, origin);
    schedules.delete(&actor, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Run a schedule now.
///
/// Also one that is paused. The days are those of a run that is due now. While a job of it is under way,
/// that one is returned.
#[utoipa::path(
    operation_id = "run_schedule", tag = "reports",
    params(("id" = ScheduleId, Path, description = "The schedule's id")),
    responses(
        (status = 202, description = "The job that delivers it", body = JobBody),
        (status = 404, description = "You have no such schedule", body = ProblemBody),
        (status = 409, description = "The server cannot deliver so", body = ProblemBody),
        (status = 503, description = "Too many jobs are waiting", body = ProblemBody),
    )
)]
#[post("/schedules/{id}/run")]
pub async fn run_schedule(
    schedules: web::Data<Schedules>,
    access: Allowed<to::CreateReports>,
    origin: Origin,
    id: PathId<ScheduleId>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(access.caller, origin);
    Ok(accepted(schedules.run_now(&actor, id.0).await?))
}

/// The plan with the parts that are to change.
fn changed(before: &DeliveryPlan, change: UpdateSchedule) -> Result<ScheduleChange, Problem> {
    let mut plan = before.clone();
    let report = &mut plan.report;
    report.kind = change.kind.unwrap_or(report.kind);
    report.format = change.format.unwrap_or(report.format);
    report.period = change.period.unwrap_or(report.period);
    report.locale = change.locale.unwrap_or(report.locale);
    plan.to_folder = change.to_folder.unwrap_or(plan.to_folder);
    plan.recipients = change.recipients.unwrap_or(plan.recipients);
    let (plan, timing) = checked(plan, change.cron.as_deref())?;
    Ok(ScheduleChange {
        plan: Some(plan),
        timing,
        paused: change.paused,
    })
}

/// Checks all of it, so that every fault is reported at once. Addresses get the form in which they are
/// compared.
fn checked(
    mut plan: DeliveryPlan,
    cron: Option<&str>,
) -> Result<(DeliveryPlan, Option<Timing>), Problem> {
    let mut faults = Vec::new();
    faults.extend(plan.report.check().err());
    let timing = match cron.map(|cron| Timing::cron(cron.trim())).transpose() {
        Ok(timing) => timing,
        Err(error) => {
            let detail: String = error
                .to_string()
                .chars()
                .take(4 * MAX_EXPRESSION_LENGTH)
                .collect();
            faults.push(FieldError::new("/cron", "field.invalid", detail));
            None
        }
    };
    if !plan.to_folder && plan.recipients.is_empty() {
        let detail = "names nobody, and the report does not go to the folder either";
        faults.push(FieldError::new("/recipients", "field.invalid", detail));
    }
    if plan.recipients.len() > MAX_RECIPIENTS {
        faults.push(FieldError::length("/recipients", 0, MAX_RECIPIENTS));
    }
    let addresses = recipients::check(&plan.recipients, &mut faults);
    if !faults.is_empty() {
        return Err(Problem::validation(faults));
    }
    plan.recipients = addresses;
    Ok((plan, timing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(recipients: &[&str], to_folder: bool) -> DeliveryPlan {
        DeliveryPlan {
            report: ReportPlan {
                kind: ReportKind::Sales,
                format: ReportFormat::Pdf,
                period: ReportPeriod::LastMonth,
                locale: None,
            },
            to_folder,
            recipients: recipients.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    fn pointers(plan: DeliveryPlan, cron: &str) -> Vec<String> {
        let refused = checked(plan, Some(cron)).unwrap_err();
        refused.errors.into_iter().map(|one| one.pointer).collect()
    }

    #[test]
    fn every_fault_is_reported_at_its_place() {
        let (fine, timing) =
            checked(plan(&[" Neema@Example.com"], false), Some("0 7 1 * *")).unwrap();
        assert_eq!(fine.recipients, ["neema@example.com"]);
        assert_eq!(timing.unwrap().expression(), Some("0 7 1 * *"));
        assert!(checked(plan(&[], true), None).is_ok());
        assert_eq!(pointers(plan(&[], false), "0 7 1 * *"), ["/recipients"]);
        let many: Vec<String> = (0..11).map(|n| format!("a{n}@example.com")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(pointers(plan(&many, false), "0 7 1 * *"), ["/recipients"]);
        let wrong = plan(
            &[
                "a@b.cd",
                "nobody",
                "A@b.cd",
                "x y@b.cd",
                "a@b.cd\r\nBcc: c@d.ef",
            ],
            false,
        );
        let expected = [
            "/cron",
            "/recipients/1",
            "/recipients/2",
            "/recipients/3",
            "/recipients/4",
        ];
        assert_eq!(pointers(wrong, "* * * * *"), expected);
        let mut day = plan(&[], true);
        day.report.kind = ReportKind::DailyClose;
        assert_eq!(pointers(day, "0 7 1 * *"), ["/period"]);
    }
}

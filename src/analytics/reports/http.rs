//! Reports on the wire.

use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    post, web,
};
use chrono::{Days, NaiveDate};
use kernel::{FieldError, Problem, ids::JobId, jobs::Orders};
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    cursor,
    jobs::wire::{JobBody, accepted},
    problem::{ApiResult, ProblemBody},
    query::{PageQuery, PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    ReportFormat, ReportKind, ReportLocale, ReportOrder,
    job::MakeReport,
    shelf::{KeptReport, Shelf},
};
use crate::{Analytics, error::AnalyticsError};

/// Names the list in its cursors.
const LIST: &str = "reports";
/// Longest period: that of the figures.
const MAX_DAYS: i64 = crate::asked::MAX_DAYS;
/// Days that a report covers whose order names none.
const DEFAULT_DAYS: u64 = 30;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(order_report)
        .service(list_reports)
        .service(get_report)
        .service(download_report);
}

/// A report that is asked for.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReport {
    /// The subject of the report.
    pub kind: ReportKind,
    /// PDF to print, or a workbook to go on calculating with.
    pub format: ReportFormat,
    /// First day, in the shop's time zone. When absent: of `daily_close` and `stock_valuation` the last
    /// day, of all others 30 days up to the last.
    pub from: Option<NaiveDate>,
    /// Last day, included; today when absent.
    pub to: Option<NaiveDate>,
    /// In which language; the shop's when absent.
    pub locale: Option<ReportLocale>,
}

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportList {
    /// The newest first.
    items: Vec<KeptReport>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// Order a report.
///
/// It is made in the background: watch the job, then take the file from `GET /reports/{id}/download`
/// with the id of the job. The figures are those of the API, of one moment, with what they were computed
/// from. While a user's same report is queued or made, that job is returned. `low_stock` is about today.
#[utoipa::path(
    operation_id = "order_report", tag = "reports", request_body = CreateReport,
    responses(
        (status = 202, description = "The job that makes it", body = JobBody),
        (status = 422, description = "The days are no period of this kind of report", body = ProblemBody),
        (status = 503, description = "Too many jobs are waiting", body = ProblemBody),
    )
)]
#[post("/reports")]
pub async fn order_report(
    analytics: web::Data<Analytics>,
    orders: web::Data<dyn Orders<MakeReport>>,
    access: Allowed<to::CreateReports>,
    origin: Origin,
    body: JsonBody<CreateReport>,
) -> ApiResult<HttpResponse> {
    let shop = analytics.readers.catalog.shop().await;
    let shop = shop.map_err(AnalyticsError::from)?;
    let today = analytics.clock.now().date_in(shop.time_zone);
    let report = checked(body.value, today, &shop.locale)?;
    let order = MakeReport::order(report, access.caller.user_id)
        .requested_from(origin.address, origin.request_id);
    let ordered = orders.order(order).await;
    Ok(accepted(ordered.map_err(AnalyticsError::from)?))
}

fn checked(asked: CreateReport, today: NaiveDate, locale: &str) -> Result<ReportOrder, Problem> {
    let kind = asked.kind;
    let to = asked.to.unwrap_or(today);
    let month_before = to
        .checked_sub_days(Days::new(DEFAULT_DAYS - 1))
        .unwrap_or(to);
    let usual = if kind.is_of_one_day() || kind == ReportKind::LowStock {
        to
    } else {
        month_before
    };
    let from = asked.from.unwrap_or(usual);
    let refuse = |field: &str, detail: String| {
        Problem::validation(vec![FieldError::new(
            format!("/{field}"),
            "field.invalid",
            detail,
        )])
    };
    if from > to {
        return Err(refuse("from", format!("must not come after {to}")));
    }
    if from > today {
        return Err(refuse(
            "from",
            format!("must not come after today, {today}"),
        ));
    }
    if (to - from).num_days() >= MAX_DAYS {
        return Err(refuse("from", format!("covers more than {MAX_DAYS} days")));
    }
    if kind.is_of_one_day() && from != to {
        return Err(refuse(
            "from",
            "must be the last day: the report is of one day".to_owned(),
        ));
    }
    if kind == ReportKind::LowStock && (from != today || to != today) {
        return Err(refuse(
            "to",
            format!("must be today, {today}: what to order is known of today only"),
        ));
    }
    Ok(ReportOrder {
        kind,
        format: asked.format,
        from,
        to,
        locale: asked
            .locale
            .unwrap_or_else(|| ReportLocale::of_shop(locale)),
    })
}

/// List reports.
///
/// Those of everybody, the newest first. A report is kept for 400 days, and of more than 2,000 the
/// newest.
#[utoipa::path(
    operation_id = "list_reports", tag = "reports", params(PageQuery),
    responses(
        (status = 200, description = "A page of reports", body = ReportList),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody),
    )
)]
#[get("/reports")]
pub async fn list_reports(
    analytics: web::Data<Analytics>,
    _access: Allowed<to::ReadReports>,
    query: QueryOf<PageQuery>,
) -> ApiResult<web::Json<ReportList>> {
    let limit = page_limit(query.0.limit)?;
    let after: Option<JobId> = match &query.0.cursor {
        Some(cursor) => Some(cursor::open(LIST, cursor)?),
        None => None,
    };
    let shelf = Shelf::new(std::sync::Arc::clone(&analytics.notes));
    let page = shelf.list(after, limit, analytics.clock.now()).await?;
    let last = page.items.last().filter(|_| page.has_more);
    Ok(web::Json(ReportList {
        next_cursor: last.map(|report| cursor::seal(LIST, &report.id)),
        items: page.items,
    }))
}

/// Read what a report is.
#[utoipa::path(
    operation_id = "get_report", tag = "reports",
    params(("id" = JobId, Path, description = "The report: the id of the job that made it")),
    responses(
        (status = 200, description = "The report", body = KeptReport),
        (status = 404, description = "There is no such report (yet, or any more)", body = ProblemBody),
    )
)]
#[get("/reports/{id}")]
pub async fn get_report(
    analytics: web::Data<Analytics>,
    _access: Allowed<to::ReadReports>,
    id: PathId<JobId>,
) -> ApiResult<web::Json<KeptReport>> {
    let shelf = Shelf::new(std::sync::Arc::clone(&analytics.notes));
    Ok(web::Json(shelf.get(id.0, analytics.clock.now()).await?))
}

/// Take the file of a report.
#[utoipa::path(
    operation_id = "download_report", tag = "reports",
    params(("id" = JobId, Path, description = "The report: the id of the job that made it")),
    responses(
        (status = 200, description = "The file", content((Vec<u8> = "application/pdf"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 404, description = "There is no such report (yet, or any more)", body = ProblemBody),
    )
)]
#[get("/reports/{id}/download")]
pub async fn download_report(
    analytics: web::Data<Analytics>,
    _access: Allowed<to::ReadReports>,
    id: PathId<JobId>,
) -> ApiResult<HttpResponse> {
    let shelf = Shelf::new(std::sync::Arc::clone(&analytics.notes));
    let report = shelf.get(id.0, analytics.clock.now()).await?;
    let file = shelf.file(id.0).await?;
    let disposition = format!("attachment; filename=\"{}\"", report.file_name);
    Ok(HttpResponse::Ok()
        .content_type(report.format.content_type())
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn asked(kind: ReportKind, from: Option<&str>, to: Option<&str>) -> CreateReport {
        CreateReport {
            kind,
            format: ReportFormat::Pdf,
            from: from.map(day),
            to: to.map(day),
            locale: None,
        }
    }

    #[test]
    fn days_that_nobody_names_are_the_last_ones() {
        let today = day("2026-11-30");
        let days = |asked| {
            let order = checked(asked, today, "fr-CD").unwrap();
            (order.from, order.to, order.locale)
        };
        let fr = ReportLocale::Fr;
        let of = |kind| days(asked(kind, None, None));
        assert_eq!(of(ReportKind::DailyClose), (today, today, fr));
        assert_eq!(of(ReportKind::LowStock), (today, today, fr));
        assert_eq!(of(ReportKind::Sales), (day("2026-11-01"), today, fr));
        let valued = asked(ReportKind::StockValuation, None, Some("2026-01-31"));
        assert_eq!(days(valued), (day("2026-01-31"), day("2026-01-31"), fr));
    }

    #[test]
    fn what_is_no_period_of_a_kind_is_refused_at_its_field() {
        let today = day("2026-11-30");
        for (kind, from, to, pointer) in [
            (
                ReportKind::Sales,
                Some("2026-11-02"),
                Some("2026-11-01"),
                "/from",
            ),
            (
                ReportKind::Sales,
                Some("2026-12-01"),
                Some("2026-12-02"),
                "/from",
            ),
            (
                ReportKind::Sales,
                Some("2001-01-01"),
                Some("2026-11-01"),
                "/from",
            ),
            (
                ReportKind::DailyClose,
                Some("2026-11-01"),
                Some("2026-11-02"),
                "/from",
            ),
            (
                ReportKind::StockValuation,
                Some("2026-11-01"),
                None,
                "/from",
            ),
            (ReportKind::LowStock, None, Some("2026-11-29"), "/to"),
        ] {
            let refused = checked(asked(kind, from, to), today, "en").unwrap_err();
            assert_eq!(refused.errors[0].pointer, pointer, "{kind:?}");
        }
    }
}

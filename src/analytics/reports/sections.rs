//! The sections of each kind of report.

mod cashiers;
mod course;
mod money;
mod outlook;
mod products;
mod result;
mod stock;
mod taxes;
mod to_order;

use files::write::report::Section;

use super::{ReportKind, desk::Desk};
use crate::error::AnalyticsError;

/// Gathers a report.
pub(super) async fn of(kind: ReportKind, desk: &Desk<'_>) -> Result<Vec<Section>, AnalyticsError> {
    let sections = match kind {
        ReportKind::DailyClose => {
            let mut sections = vec![
                result::of_day(desk).await?,
                course::hours(desk).await?,
                money::received(desk).await?,
                taxes::by_rate(desk).await?,
                cashiers::summary(desk).await?,
            ];
            sections.push(cashiers::voided(desk).await?);
            sections.push(cashiers::refunded(desk).await?);
            sections
        }
        ReportKind::Sales => vec![
            result::of_period(desk).await?,
            course::chart(desk).await?,
            course::table(desk).await?,
            money::received(desk).await?,
            taxes::by_rate(desk).await?,
            products::categories(desk).await?,
            stock::from_opening_to_closing(desk).await?,
        ],
        ReportKind::ProductPerformance => products::performance(desk).await?,
        ReportKind::StockValuation => stock::valuation(desk).await?,
        ReportKind::LowStock => to_order::sections(desk).await?,
        ReportKind::TaxSummary => vec![
            taxes::by_rate_in_full(desk).await?,
            taxes::by_month(desk).await?,
        ],
        ReportKind::CashierSummary => vec![
            cashiers::summary(desk).await?,
            cashiers::voided(desk).await?,
            cashiers::refunded(desk).await?,
        ],
        ReportKind::Forecast => outlook::sections(desk).await?,
    };
    Ok(sections)
}

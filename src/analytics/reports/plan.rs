//! A report that recurs: its days are named by their place before the day on which it runs.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use kernel::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ReportFormat, ReportKind, ReportLocale, ReportOrder};

/// The days of a report, as seen from the day on which it is due. A week begins on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ReportPeriod {
    /// The day on which it is due.
    Today,
    /// The day before.
    Yesterday,
    /// The seven days before.
    #[serde(rename = "last_7_days")]
    #[strum(serialize = "last_7_days")]
    Last7Days,
    /// The thirty days before.
    #[serde(rename = "last_30_days")]
    #[strum(serialize = "last_30_days")]
    Last30Days,
    /// From Monday to the day on which it is due.
    ThisWeek,
    /// Monday to Sunday of the week before.
    LastWeek,
    /// From the first of the month to the day on which it is due.
    ThisMonth,
    /// The month before.
    LastMonth,
    /// The quarter of the calendar before.
    LastQuarter,
    /// From 1 January to the day on which it is due.
    ThisYear,
    /// The year before.
    LastYear,
}

impl ReportPeriod {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// First and last day, as seen from a day.
    #[must_use]
    pub fn days(self, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        let before = |days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
        let week = before(u64::from(day.weekday().num_days_from_monday()));
        let month = day.with_day(1).unwrap_or(day);
        let year = month.with_month(1).unwrap_or(month);
        let months = |from: NaiveDate, back: u32| from.checked_sub_months(Months::new(back));
        let ends_before = |next: NaiveDate| next.pred_opt().unwrap_or(next);
        match self {
            Self::Today => (day, day),
            Self::Yesterday => (before(1), before(1)),
            Self::Last7Days => (before(7), before(1)),
            Self::Last30Days => (before(30), before(1)),
            Self::ThisWeek => (week, day),
            Self::LastWeek => {
                let last = week.checked_sub_days(Days::new(7)).unwrap_or(week);
                (last, ends_before(week))
            }
            Self::ThisMonth => (month, day),
            Self::LastMonth => (months(month, 1).unwrap_or(month), ends_before(month)),
            Self::LastQuarter => {
                let quarter = months(month, month.month0() % 3).unwrap_or(month);
                (months(quarter, 3).unwrap_or(quarter), ends_before(quarter))
            }
            Self::ThisYear => (year, day),
            Self::LastYear => (months(year, 12).unwrap_or(year), ends_before(year)),
        }
    }
}

/// A report that recurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportPlan {
    /// About what.
    pub kind: ReportKind,
    /// In which format.
    pub format: ReportFormat,
    /// Its days, as seen from the day on which it is due.
    pub period: ReportPeriod,
    /// In which language; the shop's when absent.
    pub locale: Option<ReportLocale>,
}

impl ReportPlan {
    /// Checks that the days are some of this kind of report.
    ///
    /// # Errors
    /// The fault, at `/period`.
    pub fn check(&self) -> Result<(), FieldError> {
        use ReportPeriod as P;
        let detail = match (self.kind, self.period) {
            (ReportKind::DailyClose, P::Today | P::Yesterday)
            | (ReportKind::LowStock, P::Today) => {
                return Ok(());
            }
            (ReportKind::DailyClose, _) => "must be today or yesterday: the report is of one day",
            (ReportKind::LowStock, _) => "must be today: what to order is known of today only",
            _ => return Ok(()),
        };
        Err(FieldError::new("/period", "field.invalid", detail))
    }

    /// The report to make for the day on which it was due. `today` is later when the program was off: what
    /// to order is known of that day only.
    #[must_use]
    pub fn order(&self, due: NaiveDate, today: NaiveDate, shop: ReportLocale) -> ReportOrder {
        let (from, to) = match self.kind {
            ReportKind::LowStock => (today, today),
            // The stock of one day: the last of them.
            ReportKind::StockValuation => {
                let (_, last) = self.period.days(due);
                (last, last)
            }
            _ => self.period.days(due),
        };
        ReportOrder {
            kind: self.kind,
            format: self.format,
            from,
            to,
            locale: self.locale.unwrap_or(shop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_days_of_a_period_are_those_before_the_run() {
        use ReportPeriod as P;
        // A Monday at the end of a month, a Sunday, the first day of a year, a leap day.
        for (period, run, from, to) in [
            (P::Today, "2026-11-30", "2026-11-30", "2026-11-30"),
            (P::Yesterday, "2026-12-01", "2026-11-30", "2026-11-30"),
            (P::Yesterday, "2028-03-01", "2028-02-29", "2028-02-29"),
            (P::Last7Days, "2026-03-03", "2026-02-24", "2026-03-02"),
            (P::Last30Days, "2026-03-03", "2026-02-01", "2026-03-02"),
            (P::ThisWeek, "2026-11-30", "2026-11-30", "2026-11-30"),
            (P::ThisWeek, "2026-11-29", "2026-11-23", "2026-11-29"),
            (P::LastWeek, "2026-11-30", "2026-11-23", "2026-11-29"),
            (P::LastWeek, "2026-11-29", "2026-11-16", "2026-11-22"),
            (P::LastWeek, "2027-01-01", "2026-12-21", "2026-12-27"),
            (P::ThisMonth, "2026-11-30", "2026-11-01", "2026-11-30"),
            (P::LastMonth, "2026-12-01", "2026-11-01", "2026-11-30"),
            (P::LastMonth, "2026-03-31", "2026-02-01", "2026-02-28"),
            (P::LastMonth, "2027-01-01", "2026-12-01", "2026-12-31"),
            (P::LastQuarter, "2027-01-01", "2026-10-01", "2026-12-31"),
            (P::LastQuarter, "2026-05-31", "2026-01-01", "2026-03-31"),
            (P::ThisYear, "2026-11-30", "2026-01-01", "2026-11-30"),
            (P::LastYear, "2028-02-29", "2027-01-01", "2027-12-31"),
        ] {
            assert_eq!(
                period.days(day(run)),
                (day(from), day(to)),
                "{period:?} of {run}"
            );
        }
    }

    #[test]
    fn words_of_periods_are_those_of_json() {
        for period in [ReportPeriod::Last7Days, ReportPeriod::LastMonth] {
            assert_eq!(serde_json::to_value(period).unwrap(), period.as_str());
        }
    }

    #[test]
    fn a_report_of_one_day_has_one() {
        use ReportPeriod as P;

        let plan = |kind, period| ReportPlan {
            kind,
            format: ReportFormat::Pdf,
            period,
            locale: None,
        };
        for (kind, period, is_fine) in [
            (ReportKind::DailyClose, P::Yesterday, true),
            (ReportKind::DailyClose, P::LastWeek, false),
            (ReportKind::LowStock, P::Today, true),
            (ReportKind::LowStock, P::Yesterday, false),
            (ReportKind::Sales, P::LastYear, true),
            (ReportKind::StockValuation, P::LastMonth, true),
        ] {
            assert_eq!(
                plan(kind, period).check().is_ok(),
                is_fine,
                "{kind:?} {period:?}"
            );
        }
        let of = |kind, period| {
            let plan = plan(kind, period);
            let order = plan.order(day("2026-12-01"), day("2026-12-03"), ReportLocale::Fr);
            (order.from, order.to)
        };
        let end = day("2026-11-30");
        assert_eq!(of(ReportKind::StockValuation, P::LastMonth), (end, end));
        let today = day("2026-12-03");
        assert_eq!(of(ReportKind::LowStock, P::Today), (today, today));
        assert_eq!(
            of(ReportKind::Sales, P::LastMonth),
            (day("2026-11-01"), end)
        );
    }
}

//! Errors of analytics, and the problems that they become.

use chrono::NaiveDate;
use forecasting::{engine::ForecastError, settings::HORIZON_LIMIT_DAYS};
use kernel::{
    Code, FieldError, FigureOutOfRange, Period, Problem, figure::MAX_FIGURE, jobs::JobsError,
    notes::NoteError, period::PeriodError, read::ReadError,
};

/// Why a query cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The period is invalid.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// A parameter is out of range.
    #[error("{detail}")]
    Refused {
        /// Name of the parameter.
        parameter: &'static str,
        /// The reason, for the client.
        detail: String,
    },
    /// The cursor belongs to another list.
    #[error("{0}")]
    Cursor(Problem),
    /// Reading the facts of the shop failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Reading or writing notes failed.
    #[error(transparent)]
    Notes(#[from] NoteError),
    /// The job queue refused the order.
    #[error(transparent)]
    Jobs(#[from] JobsError),
    /// The engine cannot make the forecast.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// A rule of the shop forbids it.
    #[error("{0}")]
    Rule(Problem),
    /// The shop has more data than can be computed.
    #[error("there is more data than can be computed with")]
    TooMuchData,
    /// Stored data cannot be read, or a computation failed.
    #[error("a computation broke")]
    Broken,
    /// The period has more days with sales than one query may cover.
    #[error("the period covers more than {most} days with sales")]
    TooManyDays {
        /// The most days that it may cover.
        most: i64,
    },
    /// A figure is too large for the API.
    #[error("a figure of {from} to {to} passes {MAX_FIGURE}")]
    FigureOutOfRange {
        /// First day of the period.
        from: NaiveDate,
        /// Last day of the period.
        to: NaiveDate,
    },
    /// The requested thing does not exist.
    #[error("there is no such {0}")]
    NotFound(&'static str),
}

impl From<Problem> for AnalyticsError {
    fn from(problem: Problem) -> Self {
        Self::Rule(problem)
    }
}

impl AnalyticsError {
    /// Refuses a parameter.
    pub fn refused(parameter: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused {
            parameter,
            detail: detail.into(),
        }
    }

    /// Refuses the figures of a period.
    pub(crate) fn out_of_range(period: &Period) -> impl Fn(FigureOutOfRange) -> Self + use<> {
        let (from, to) = (period.from(), period.to());
        move |FigureOutOfRange| Self::FigureOutOfRange { from, to }
    }
}

impl From<AnalyticsError> for Problem {
    fn from(error: AnalyticsError) -> Self {
        match error {
            AnalyticsError::Period(fault) => {
                let detail = fault.to_string();
                let place = FieldError::new("?from", "query.invalid", detail.clone());
                Self::new(Code::InvalidQuery, detail).at(place)
            }
            AnalyticsError::Refused { parameter, detail } => {
                let place =
                    FieldError::new(format!("?{parameter}"), "query.invalid", detail.clone());
                Self::new(Code::InvalidQuery, format!("{parameter}: {detail}.")).at(place)
            }
            AnalyticsError::Cursor(problem) | AnalyticsError::Rule(problem) => problem,
            AnalyticsError::Read(ReadError::Unavailable)
            | AnalyticsError::Notes(NoteError::Unavailable) => {
                Self::of(Code::Unavailable).retry_after(2)
            }
            AnalyticsError::Jobs(fault) => Self::from(fault),
            AnalyticsError::Forecast(ForecastError::Horizon(days)) => {
                let detail = format!("{days} days cannot be forecast");
                let place = FieldError::new("?horizon", "query.out_of_range", detail.clone())
                    .with("min", 1)
                    .with("max", HORIZON_LIMIT_DAYS);
                Self::new(Code::InvalidQuery, detail).at(place)
            }
            AnalyticsError::Forecast(ForecastError::UnknownSeries(_)) => {
                Self::not_found("forecast")
            }
            AnalyticsError::Read(ReadError::Failed)
            | AnalyticsError::Notes(NoteError::Failed | NoteError::TooLarge)
            | AnalyticsError::Forecast(
                ForecastError::DuplicateSeries(_)
                | ForecastError::GroupTooLarge(_)
                | ForecastError::Date,
            )
            | AnalyticsError::TooMuchData
            | AnalyticsError::Broken => {
                tracing::error!(%error, "a query could not be computed");
                Self::of(Code::Internal)
            }
            AnalyticsError::TooManyDays { most } => {
                let detail = format!("The period covers more than {most} days with sales.");
                let place = FieldError::new("?from", "query.invalid", detail.clone())
                    .with("max_days", most);
                Self::new(Code::InvalidQuery, detail).at(place)
            }
            AnalyticsError::FigureOutOfRange { from, to } => {
                let detail = format!(
                    "A figure of {from} to {to} passes {MAX_FIGURE}, up to which numbers in JSON are exact. Ask for a shorter period."
                );
                let place = FieldError::new("?from", "figure.out_of_range", detail.clone())
                    .with("from", from.to_string())
                    .with("to", to.to_string())
                    .with("max", MAX_FIGURE);
                Self::new(Code::FigureOutOfRange, detail).at(place)
            }
            AnalyticsError::NotFound(what) => Self::not_found(what),
        }
    }
}

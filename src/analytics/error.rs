//! What can go wrong when figures are asked for.

use kernel::{Code, FieldError, Problem, period::PeriodError, read::ReadError};

/// A question without an answer.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The period is none.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// The shop did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<AnalyticsError> for Problem {
    fn from(error: AnalyticsError) -> Self {
        match error {
            AnalyticsError::Period(fault) => {
                let detail = fault.to_string();
                let place = FieldError::new("?from", "query.invalid", detail.clone());
                Self::new(Code::InvalidQuery, detail).at(place)
            }
            AnalyticsError::Read(ReadError::Unavailable) => {
                Self::of(Code::Unavailable).retry_after(2)
            }
            AnalyticsError::Read(ReadError::Failed) => Self::of(Code::Internal),
        }
    }
}

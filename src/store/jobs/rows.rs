//! Reads a row of the queue as a job.

use kernel::jobs::{Job, JobError, JobState};

use crate::{Cell, Cells, Json, StoreError, Stored, selection};

selection! {
    /// A row of [`columns`] as a job.
    pub(super) StoredJob of Job in jobs {
        id, kind, state, progress = progress_ppm as Progress, attempts as Attempts,
        result = result_json as Json, requested_by, created_at = created_at_us,
        started_at = started_at_us, finished_at = finished_at_us,
    } then { error as Failure }
}

/// The columns of a job.
pub(super) fn columns() -> String {
    let columns = StoredJob::SELECT;
    format!("{columns}, jobs.error_code AS error, jobs.error_detail AS error_detail")
}

/// Progress is stored in millionths, and an integer of that size is exact as a float.
const WHOLE: f64 = 1_000_000.0;

struct Progress(f64);

impl Stored for Progress {
    type Raw = i64;

    fn from_raw(ppm: i64) -> Result<Self, StoreError> {
        Ok(Self(progress_of(ppm)))
    }
}

struct Attempts(u32);

impl Stored for Attempts {
    type Raw = i64;

    fn from_raw(attempts: i64) -> Result<Self, StoreError> {
        let attempts = u32::try_from(attempts);
        let attempts = attempts.map_err(|_| StoreError::Corrupt("jobs.attempts".to_owned()));
        attempts.map(Self)
    }
}

/// The code of an error and its detail: two columns.
struct Failure(Option<JobError>);

impl Cell for Failure {
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        let (code, detail): (Option<String>, Option<String>) = (cells.raw()?, cells.raw()?);
        Ok(Self(code.map(|code| JobError {
            code,
            detail: detail.unwrap_or_default(),
        })))
    }
}

impl Stored for JobState {
    type Raw = String;

    fn from_raw(word: String) -> Result<Self, StoreError> {
        let state = Self::parse(&word);
        state.ok_or_else(|| StoreError::Corrupt(format!("jobs.state: {word}")))
    }
}

#[expect(clippy::cast_precision_loss, reason = "at most a million")]
fn progress_of(ppm: i64) -> f64 {
    ppm.clamp(0, 1_000_000) as f64 / WHOLE
}

#[expect(clippy::cast_possible_truncation, reason = "at most a million")]
pub(super) fn ppm_of(progress: f64) -> i64 {
    if progress.is_finite() {
        (progress.clamp(0.0, 1.0) * WHOLE).round() as i64
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_reads_back_as_written() {
        for progress in [0.0, 0.25, 0.333_333, 1.0] {
            assert!((progress_of(ppm_of(progress)) - progress).abs() < f64::EPSILON);
        }
        assert_eq!(ppm_of(f64::NAN), 0);
        assert_eq!(ppm_of(7.0), 1_000_000);
    }
}

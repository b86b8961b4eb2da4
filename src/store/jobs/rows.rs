//! Reads a row of the queue as a job.

use kernel::{
    Timestamp,
    ids::{JobId, UserId},
    jobs::{Job, JobError, JobState},
};
use uuid::Uuid;

use crate::{Row, StoreError};

/// The columns that [`job_of`] reads.
pub(super) const COLUMNS: &str = "id, kind, state, progress_ppm, attempts, result_json, error_code, error_detail, requested_by, \
     created_at_us, started_at_us, finished_at_us";
/// The number of [`COLUMNS`]: the position of the first column after them.
pub(super) const WIDTH: usize = 12;

/// Progress is stored in millionths, and an integer of that size is exact as a float.
const WHOLE: f64 = 1_000_000.0;

pub(super) fn job_of(row: &Row) -> Result<Job, StoreError> {
    let word: String = row.get(2)?;
    let error_code: Option<String> = row.get(6)?;
    let error_detail: Option<String> = row.get(7)?;
    Ok(Job {
        id: JobId::from_uuid(row.get(0)?),
        kind: row.get(1)?,
        state: JobState::parse(&word)
            .ok_or_else(|| StoreError::Corrupt(format!("jobs.state: {word}")))?,
        progress: progress_of(row.get(3)?),
        attempts: u32::try_from(row.get::<i64>(4)?)
            .map_err(|_| StoreError::Corrupt("jobs.attempts".to_owned()))?,
        result: row
            .get::<Option<String>>(5)?
            .map(|text| json(&text))
            .transpose()?,
        error: error_code.map(|code| JobError {
            code,
            detail: error_detail.unwrap_or_default(),
        }),
        requested_by: row.get::<Option<Uuid>>(8)?.map(UserId::from_uuid),
        created_at: Timestamp::from_micros(row.get(9)?),
        started_at: row.get::<Option<i64>>(10)?.map(Timestamp::from_micros),
        finished_at: row.get::<Option<i64>>(11)?.map(Timestamp::from_micros),
    })
}

pub(super) fn json(text: &str) -> Result<serde_json::Value, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("jobs: {error}")))
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

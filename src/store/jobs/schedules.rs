//! How far each schedule has come: a due time leads to one order, however many instances see it.

use kernel::Timestamp;

use super::{JobStore, NewJob, OrderError};
use crate::StoreError;

/// A schedule and the last due time that was dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    /// Its name.
    pub name: String,
    /// Everything up to here was ordered, or passed over because nobody was there.
    pub last_due: Timestamp,
}

impl JobStore {
    /// Every schedule that was ever seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn schedules(&self) -> Result<Vec<ScheduleState>, StoreError> {
        let sql = "SELECT name, last_due_us FROM job_schedules";
        let rows = self.read().rows(sql, []).await?;
        let state = |row: &crate::Row| {
            Ok(ScheduleState {
                name: row.get(0)?,
                last_due: Timestamp::from_micros(row.get(1)?),
            })
        };
        rows.iter().map(state).collect()
    }

    /// A schedule that is seen for the first time counts from this instant on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_schedule(&self, name: &str, from: Timestamp) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO job_schedules (name, last_due_us) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.execute(sql, vec![name.into(), from.micros().into()])
            .await?;
        Ok(())
    }

    /// Orders what is due: in one transaction with the note that it was ordered, so that it happens
    /// once. False when another instance was quicker.
    ///
    /// # Errors
    /// [`OrderError`]; the due time stays open then.
    pub async fn enqueue_due(&self, name: &str, due: Timestamp) -> Result<bool, OrderError> {
        let job = NewJob::scheduled(name, name.to_owned(), "{}".to_owned());
        let name = name.to_owned();
        let is_ours = self
            .in_transaction(move |store, tx| {
                let (name, job) = (name.clone(), job.clone());
                Box::pin(async move {
                    let sql = "UPDATE job_schedules SET last_due_us = $2 WHERE name = $1 AND last_due_us < $2";
                    let values = [name.into(), due.micros().into()];
                    if tx.execute(sql, values).await? == 0 {
                        return Ok::<_, OrderError>(false);
                    }
                    store.enqueue_in(tx, &job).await?;
                    Ok(true)
                })
            })
            .await?;
        self.announce();
        Ok(is_ours)
    }
}

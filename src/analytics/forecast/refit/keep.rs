//! Stores a fitted model, puts it to use and deletes old ones.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use kernel::notes::{Note, NoteKind, NotePrefix};
use platform::jobs::{JobContext, JobFailure, compute};

use super::InUse;
use crate::{
    error::AnalyticsError,
    forecast::{
        accuracy::Night,
        desk::{Forecasts, IN_USE, PARTS, note, part_key},
        model::{Model, RegistryEntry},
    },
};

/// Complete models that are kept; of older ones the registry entry remains.
const KEPT_MODELS: u32 = 3;
/// Registry entries that are kept.
const KEPT_ENTRIES: u32 = 400;
/// Nights whose forecasts and scores are kept.
const KEPT_NIGHTS: u64 = 120;
/// Notes read in one round of deletion.
const FORGET_BATCH: u32 = 500;

impl Forecasts {
    /// Writes each part of the model in its own transaction, so that no sale waits long, and then the
    /// mark, tonight's forecasts and the entry together, unless another model is in use from a later
    /// fit. The parts of a refit that was stopped in between are never read, and deleted later.
    pub(super) async fn keep(
        &self,
        entry: &RegistryEntry,
        model: Model,
        night: &Night,
        context: &JobContext,
    ) -> Result<InUse, JobFailure> {
        let (model, bodies) = compute(move || {
            let written = [
                model.products.to_json(),
                model.totals.to_json(),
                serde_json::to_string(&model.served),
            ];
            let mut bodies = Vec::with_capacity(written.len());
            for body in written {
                let body = body.map_err(|_| JobFailure::from(AnalyticsError::Broken))?;
                bodies.push(body.into_bytes());
            }
            Ok((model, bodies))
        })
        .await?;
        for (part, body) in PARTS.into_iter().zip(bodies) {
            let part = Note {
                key: part_key(&entry.id, part)?,
                body,
                at: entry.fitted_at,
            };
            let kept = self.notes.put(NoteKind::Model, part).await;
            kept.map_err(AnalyticsError::from)?;
            context.check_cancelled()?;
        }
        let mark = note(IN_USE, &entry.id, entry.began_at)?;
        let night = note(&night.as_of.to_string(), night, entry.fitted_at)?;
        let known = note(&entry.id, entry, entry.fitted_at)?;
        let beside = vec![(NoteKind::Forecast, night), (NoteKind::Registry, known)];
        let moved = self.notes.advance(mark, beside).await;
        if moved.map_err(AnalyticsError::from)? {
            self.adopt(Arc::new(model));
            return Ok(InUse::Yes);
        }
        for part in PARTS {
            let part = part_key(&entry.id, part)?;
            let deleted = self.notes.delete(NoteKind::Model, &part).await;
            deleted.map_err(AnalyticsError::from)?;
        }
        Ok(InUse::Overtaken)
    }

    pub(super) async fn forget_old(&self, as_of: NaiveDate) -> Result<(), AnalyticsError> {
        let all = NotePrefix::all();
        let parts = KEPT_MODELS * u32::try_from(PARTS.len()).unwrap_or(3);
        self.forget_behind(NoteKind::Model, parts).await?;
        self.forget_behind(NoteKind::Registry, KEPT_ENTRIES).await?;
        let oldest = as_of
            .checked_sub_days(Days::new(KEPT_NIGHTS))
            .unwrap_or(as_of)
            .to_string();
        for kind in [NoteKind::Forecast, NoteKind::Accuracy] {
            let nights = self.notes.last_keys(kind, &all, FORGET_BATCH).await?;
            for old in nights
                .iter()
                .filter(|night| night.as_str() < oldest.as_str())
            {
                self.notes.delete(kind, old).await?;
            }
        }
        Ok(())
    }

    async fn forget_behind(&self, kind: NoteKind, kept: u32) -> Result<(), AnalyticsError> {
        let all = NotePrefix::all();
        let keys = self
            .notes
            .last_keys(kind, &all, kept + FORGET_BATCH)
            .await?;
        for old in keys
            .iter()
            .skip(usize::try_from(kept).unwrap_or(usize::MAX))
        {
            self.notes.delete(kind, old).await?;
        }
        Ok(())
    }
}

//! Where reports are kept: notes of analytics, one with what a report is and one with its file, written in
//! one transaction. A report is there as a whole or not at all.

use std::sync::Arc;

use chrono::NaiveDate;
use kernel::{
    Timestamp,
    ids::{JobId, UserId},
    notes::{Note, NoteKey, NoteKind, NotePrefix, Notes},
    paging::Page,
    read::BooksPosition,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ReportFormat, ReportKind, ReportLocale};
use crate::error::AnalyticsError;

/// Days for which a report is kept: an accountant asks for it again within the year.
pub const KEPT_DAYS: i64 = 400;
/// Most reports that are kept; the oldest go first.
pub const MOST_KEPT: usize = 2_000;
/// Reports that are looked at when old ones go.
const LOOKED_AT: u32 = 1_000;

/// What a report was computed from. At the same place of the books it says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportOrigin {
    /// Where its days begin and end.
    #[schema(example = "Africa/Lubumbashi")]
    pub time_zone: String,
    /// Number of the newest sale that is counted; 0 when there is none.
    pub last_sale_number: i64,
    /// Number of the newest refund that is counted; 0 when there is none.
    pub last_refund_number: i64,
    /// Sales that were voided.
    pub voided_sales: i64,
    /// The highest number of a sale that was voided.
    pub last_voided_number: i64,
    /// The place of the last movement in the ledger of the stock.
    pub ledger_position: i64,
    /// The forecast model; null where the report has no forecast, or averages stood in for a model.
    #[schema(required)]
    pub model_id: Option<String>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl ReportOrigin {
    pub(super) fn new(
        time_zone: &str,
        books: BooksPosition,
        model_id: Option<String>,
        computed_at: Timestamp,
    ) -> Self {
        Self {
            time_zone: time_zone.to_owned(),
            last_sale_number: books.last_sale,
            last_refund_number: books.last_refund,
            voided_sales: books.voided_sales,
            last_voided_number: books.last_voided,
            ledger_position: books.last_movement,
            model_id,
            computed_at,
        }
    }
}

/// A report that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Report)]
pub struct KeptReport {
    /// Its id: that of the job that made it.
    pub id: JobId,
    /// The subject of the report.
    pub kind: ReportKind,
    /// PDF to print, or a workbook to go on calculating with.
    pub format: ReportFormat,
    /// First day, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// In which language.
    pub locale: ReportLocale,
    /// Its title, in its language.
    pub title: String,
    /// Name under which it is downloaded: kind, first and last day.
    pub file_name: String,
    /// Size of the file that is downloaded, in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the file, in hex: the file that is handed on is the one that was made.
    pub sha256: String,
    /// Who ordered it; null for scheduled work.
    pub requested_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
    /// What it was computed from.
    pub origin: ReportOrigin,
}

/// The reports of a shop.
#[derive(Clone, derive_more::Debug)]
#[debug("Shelf {{ .. }}")]
pub struct Shelf {
    notes: Arc<dyn Notes>,
}

impl Shelf {
    pub(crate) const fn new(notes: Arc<dyn Notes>) -> Self {
        Self { notes }
    }

    /// Keeps a report with its file. Written twice, it is there once.
    ///
    /// # Errors
    /// When the notes do not answer.
    pub async fn keep(&self, report: &KeptReport, file: Vec<u8>) -> Result<(), AnalyticsError> {
        let body = serde_json::to_vec(report).map_err(|_| AnalyticsError::Broken)?;
        let at = report.created_at;
        let note = |key, body| Note { key, body, at };
        let both = vec![
            note(key_of_entry(report.id)?, body),
            note(key_of_file(report.id)?, file),
        ];
        Ok(self.notes.put_all(NoteKind::Report, both).await?)
    }

    /// A report.
    ///
    /// # Errors
    /// When there is none (any more), or the notes do not answer.
    pub async fn get(&self, id: JobId, now: Timestamp) -> Result<KeptReport, AnalyticsError> {
        let note = self.notes.get(NoteKind::Report, &key_of_entry(id)?).await?;
        let report = note.map(|note| read(&note)).transpose()?;
        report
            .filter(|report| report.expires_at > now)
            .ok_or(AnalyticsError::NotFound("report"))
    }

    /// The file of a report.
    ///
    /// # Errors
    /// When there is none (any more), or the notes do not answer.
    pub async fn file(&self, id: JobId) -> Result<Vec<u8>, AnalyticsError> {
        let note = self.notes.get(NoteKind::Report, &key_of_file(id)?).await?;
        note.map(|note| note.body)
            .ok_or(AnalyticsError::NotFound("report"))
    }

    /// Reports, the newest first, behind one of them.
    ///
    /// # Errors
    /// When the notes do not answer.
    pub async fn list(
        &self,
        after: Option<JobId>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Page<KeptReport>, AnalyticsError> {
        let after = after.map(key_of_entry).transpose()?;
        let entries = entries()?;
        let page = self
            .notes
            .list(NoteKind::Report, &entries, after.as_ref(), limit)
            .await?;
        let mut items = Vec::with_capacity(page.items.len());
        for note in &page.items {
            let report = read(note)?;
            if report.expires_at > now {
                items.push(report);
            }
        }
        Ok(Page {
            items,
            has_more: page.has_more,
        })
    }

    /// Throws away what is too old, and the oldest of too many.
    ///
    /// # Errors
    /// When the notes do not answer.
    pub async fn clear(&self, now: Timestamp) -> Result<(), AnalyticsError> {
        let entries = entries()?;
        let mut seen = 0;
        let mut after: Option<NoteKey> = None;
        loop {
            let page = self
                .notes
                .list(NoteKind::Report, &entries, after.as_ref(), LOOKED_AT)
                .await?;
            for note in &page.items {
                seen += 1;
                let report = read(note)?;
                if report.expires_at <= now || seen > MOST_KEPT {
                    // The file goes last: an entry without one would be a promise that is not kept.
                    self.notes.delete(NoteKind::Report, &note.key).await?;
                    let file = key_of_file(report.id)?;
                    self.notes.delete(NoteKind::Report, &file).await?;
                }
            }
            after = page.items.last().map(|note| note.key.clone());
            if !page.has_more || after.is_none() {
                return Ok(());
            }
        }
    }
}

fn read(note: &Note) -> Result<KeptReport, AnalyticsError> {
    serde_json::from_slice(&note.body).map_err(|error| {
        tracing::error!(note.key = %note.key, %error, "a kept report cannot be read");
        AnalyticsError::Broken
    })
}

fn entries() -> Result<NotePrefix, AnalyticsError> {
    "entry/".parse().map_err(|_| AnalyticsError::Broken)
}

/// Ids begin with their time: turned over, the newest comes first.
fn key_of_entry(id: JobId) -> Result<NoteKey, AnalyticsError> {
    let turned = !id.as_uuid().as_u128();
    let key = format!("entry/{turned:032x}");
    key.parse().map_err(|_| AnalyticsError::Broken)
}

fn key_of_file(id: JobId) -> Result<NoteKey, AnalyticsError> {
    format!("file/{id}")
        .parse()
        .map_err(|_| AnalyticsError::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_report_comes_first() {
        let ids: Vec<JobId> = (0..5).map(|_| JobId::generate()).collect();
        let mut keys: Vec<NoteKey> = ids.iter().map(|id| key_of_entry(*id).unwrap()).collect();
        keys.sort();
        keys.reverse();
        let expected: Vec<NoteKey> = ids.iter().map(|id| key_of_entry(*id).unwrap()).collect();
        assert_eq!(keys, expected);
    }
}

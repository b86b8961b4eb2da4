//! Feedback on findings, and the thresholds that follow from it.
//!
//! Feedback is a note with the finding as it was then, who gave it and when. The finding stays in the
//! list, also when it is not made any more. The thresholds are computed from all feedback each time, in
//! the order in which it was given; a second one on the same finding replaces the first.

use std::collections::BTreeMap;

use kernel::notes::{MAX_BATCH, Note, NoteError, NoteKey, NoteKind, NotePrefix, Notes};
use serde::{Deserialize, Serialize};

use super::{
    draft::Found,
    feedback::{Thresholds, Verdict},
    figures::rounded,
    finding::AnomalyKind,
    report::{Anomaly, FeedbackGiven, Threshold},
};

/// Pages of feedback that are read: with more than ten thousand entries, the oldest no longer count.
const MAX_PAGES: usize = 10;

/// Feedback on one finding.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answer {
    pub finding: Anomaly,
    pub feedback: FeedbackGiven,
}

/// All feedback, by the id of its finding.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    by_id: BTreeMap<String, Answer>,
    thresholds: Thresholds,
    counts: BTreeMap<(String, AnomalyKind), u32>,
}

impl Answers {
    pub(super) async fn load(notes: &dyn Notes) -> Result<Self, NoteError> {
        let mut by_id = BTreeMap::new();
        let mut after: Option<NoteKey> = None;
        for _ in 0..MAX_PAGES {
            let page = notes
                .list(
                    NoteKind::Feedback,
                    &NotePrefix::all(),
                    after.as_ref(),
                    MAX_BATCH,
                )
                .await?;
            after = page.items.last().map(|note| note.key.clone());
            for note in page.items {
                match serde_json::from_slice::<Answer>(&note.body) {
                    Ok(answer) => {
                        by_id.insert(answer.finding.id.clone(), answer);
                    }
                    // Written by a later version: it does not make the others unreadable.
                    Err(error) => {
                        tracing::warn!(note.key = %note.key, %error, "feedback on a finding cannot be read");
                    }
                }
            }
            if !page.has_more {
                break;
            }
        }
        Ok(Self::of(by_id))
    }

    fn of(by_id: BTreeMap<String, Answer>) -> Self {
        let mut answers = Self {
            by_id,
            ..Self::default()
        };
        let mut in_order: Vec<&Answer> = answers.by_id.values().collect();
        in_order.sort_by(|left, right| {
            let key = |one: &Answer| (one.feedback.at, one.finding.id.clone());
            key(left).cmp(&key(right))
        });
        for answer in in_order {
            let (subject, kind) = (answer.finding.subject.key(), answer.finding.kind);
            answers
                .thresholds
                .learn(&subject, kind, answer.feedback.verdict);
            if answer.feedback.verdict != Verdict::ToFollow {
                *answers.counts.entry((subject, kind)).or_default() += 1;
            }
        }
        answers
    }

    /// Adds one, or replaces the one on the same finding.
    pub(super) fn with(&self, answer: Answer) -> Self {
        let mut by_id = self.by_id.clone();
        by_id.insert(answer.finding.id.clone(), answer);
        Self::of(by_id)
    }

    /// The factor on the threshold of a subject and a kind.
    fn multiple(&self, subject: &str, kind: AnomalyKind) -> f64 {
        self.thresholds.of(subject, kind)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Answer> {
        self.by_id.get(id)
    }

    /// Every finding with feedback, as it was when the feedback was given.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Anomaly> {
        self.by_id.values().map(|answer| &answer.finding)
    }

    /// The finding, if it reaches the threshold in force.
    pub(super) fn ease(&self, found: Found) -> Option<Anomaly> {
        let multiple = self.multiple(&found.anomaly.subject.key(), found.anomaly.kind);
        found.eased(multiple)
    }

    /// Puts the threshold in force and the feedback on a finding.
    pub(super) fn put_on(&self, mut finding: Anomaly) -> Anomaly {
        let subject = finding.subject.key();
        let answers = self.counts.get(&(subject.clone(), finding.kind)).copied();
        finding.threshold = Threshold {
            multiple: rounded(self.multiple(&subject, finding.kind)),
            answers: answers.unwrap_or(0),
        };
        if let Some(answer) = self.by_id.get(&finding.id) {
            finding.state = answer.feedback.verdict.into();
            finding.feedback = Some(answer.feedback.clone());
        }
        finding
    }
}

impl Answer {
    /// The note to keep; it replaces an earlier one on the same finding.
    pub(super) fn note(&self) -> Result<Note, NoteError> {
        let key: NoteKey = self.finding.id.parse().map_err(|_| NoteError::Failed)?;
        let body = serde_json::to_vec(self).map_err(|_| NoteError::Failed)?;
        Ok(Note {
            key,
            body,
            at: self.feedback.at,
        })
    }
}

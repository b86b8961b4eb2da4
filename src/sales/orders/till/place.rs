//! A place in a group: a requested sale and its state.

use kernel::{Code, Problem, Timestamp};

use super::job::{Job, Verdict};
use crate::{
    error::{SalesError, SalesResult},
    idempotency::{Answer, RequestKey},
    inventory::movement::StockMove,
    orders::model::Sale,
};

/// A count may have seen a sale that happened this long before it arrived. A till that names its own
/// time is some seconds late; an offline till is hours late.
const LATE_SECONDS: i64 = 60;

/// A requested sale in the group in which it is written.
pub(super) struct Place<'a> {
    pub job: &'a Job,
    pub outcome: Outcome,
    /// The sale, once its group has written it; not for one that was recorded before.
    pub written: Option<Sale>,
}

/// The state of a requested sale. Each step of the pipeline moves it on.
pub(super) enum Outcome {
    /// Nothing is decided yet.
    Open,
    /// It is priced and paid, and its movements are known.
    Drafted {
        /// The sale, without a number.
        sale: Sale,
        /// Its movements, each followed by the correction for a count that has seen it.
        moves: Vec<StockMove>,
    },
    /// It has its number and its answer.
    Numbered {
        sale: Sale,
        /// The answer for its client.
        answer: Answer,
    },
    /// It is recorded, was recorded before, or is refused.
    Settled(Verdict),
}

impl<'a> Place<'a> {
    /// An undecided place.
    pub(super) const fn open(job: &'a Job) -> Self {
        Self {
            job,
            outcome: Outcome::Open,
            written: None,
        }
    }

    /// Decides it, whatever its state was.
    pub(super) fn settle(&mut self, verdict: Verdict) {
        self.outcome = Outcome::Settled(verdict);
    }

    pub(super) fn refuse(&mut self, problem: Problem) {
        self.settle(Err(problem.into()));
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Open)
    }

    pub(super) const fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Settled(Err(_)))
    }

    /// The sale and its movements, if it is drafted.
    pub(super) fn draft(&self) -> Option<(&Sale, &[StockMove])> {
        match &self.outcome {
            Outcome::Drafted { sale, moves } => Some((sale, moves)),
            Outcome::Open | Outcome::Numbered { .. } | Outcome::Settled(_) => None,
        }
    }

    /// Its movements, if it is drafted.
    pub(super) fn moves_mut(&mut self) -> Option<&mut Vec<StockMove>> {
        match &mut self.outcome {
            Outcome::Drafted { moves, .. } => Some(moves),
            Outcome::Open | Outcome::Numbered { .. } | Outcome::Settled(_) => None,
        }
    }

    /// The sale and its answer, if it has its number.
    pub(super) fn numbered(&self) -> Option<(&Sale, &Answer)> {
        match &self.outcome {
            Outcome::Numbered { sale, answer } => Some((sale, answer)),
            Outcome::Open | Outcome::Drafted { .. } | Outcome::Settled(_) => None,
        }
    }

    pub(super) fn key(&self) -> Option<&'a RequestKey> {
        self.job.key.as_ref()
    }

    /// Whether it is drafted and happened so long ago that its levels should be read first.
    pub(super) fn is_late(&self) -> bool {
        let oldest = self.job.arrived_at.plus_seconds(-LATE_SECONDS);
        self.draft()
            .is_some_and(|(sale, _)| sale.occurred_at < oldest)
    }

    /// Gives a drafted sale its number and renders its answer.
    pub(super) fn number(&mut self, number: i64, recorded_at: Timestamp) -> SalesResult<()> {
        if let Outcome::Drafted { mut sale, .. } =
            std::mem::replace(&mut self.outcome, Outcome::Open)
        {
            sale.number = number;
            sale.recorded_at = recorded_at;
            let answer = Answer::first(201, &sale)?;
            self.outcome = Outcome::Numbered { sale, answer };
        }
        Ok(())
    }

    /// Settles a written sale.
    pub(super) fn acknowledge(&mut self) {
        self.outcome = match std::mem::replace(&mut self.outcome, Outcome::Open) {
            Outcome::Numbered { sale, answer } => {
                self.written = Some(sale);
                Outcome::Settled(Ok(answer))
            }
            other => other,
        };
    }

    /// Whether a sale with its id may already be recorded: a repeat may break a rule today that it
    /// did not break then. A key of another request stays with that request, whatever the sale.
    pub(super) fn may_repeat(&self) -> bool {
        let is_unsettled = match &self.outcome {
            Outcome::Open => true,
            Outcome::Settled(Err(SalesError::Refused(problem))) => {
                problem.code != Code::IdempotencyMismatch
            }
            Outcome::Drafted { .. } | Outcome::Numbered { .. } | Outcome::Settled(_) => false,
        };
        is_unsettled && self.job.order.id.is_some()
    }

    /// The result for its client.
    pub(super) fn into_verdict(self) -> Verdict {
        match self.outcome {
            Outcome::Settled(verdict) => verdict,
            Outcome::Open | Outcome::Drafted { .. } | Outcome::Numbered { .. } => {
                Err(Problem::of(Code::Internal).into())
            }
        }
    }
}

//! A place in a group: a sale that is asked for, and what has become of it so far.

use kernel::{Code, Problem, Timestamp};

use super::job::{Job, Verdict};
use crate::{
    error::{SalesError, SalesResult},
    idempotency::{Answer, RequestKey},
    inventory::movement::StockMove,
    orders::model::Sale,
};

/// A sale that happened so long before it arrived may well be one that a count has seen: a till that
/// names its own time is some seconds behind, one without a network hours.
const LATE_SECONDS: i64 = 60;

/// A sale that is asked for, in the group in which it is written.
pub(super) struct Place<'a> {
    /// What is asked.
    pub job: &'a Job,
    /// What has become of it.
    pub outcome: Outcome,
}

/// What has become of a sale that is asked for: each step of the group moves it on.
pub(super) enum Outcome {
    /// Nothing is decided yet.
    Open,
    /// It is priced and paid, and takes this out of stock.
    Drafted {
        /// The sale, without a number.
        sale: Sale,
        /// Its movements, and beside them the corrections of what a count had seen.
        moves: Vec<StockMove>,
    },
    /// It has its number, and its client will read this.
    Numbered {
        /// The sale.
        sale: Sale,
        /// What its client will read.
        answer: Answer,
    },
    /// It is recorded, was recorded before, or is refused.
    Settled(Verdict),
}

impl<'a> Place<'a> {
    /// A place of which nothing is decided.
    pub(super) const fn open(job: &'a Job) -> Self {
        Self {
            job,
            outcome: Outcome::Open,
        }
    }

    /// Decides it, whatever it was.
    pub(super) fn settle(&mut self, verdict: Verdict) {
        self.outcome = Outcome::Settled(verdict);
    }

    /// Refuses it.
    pub(super) fn refuse(&mut self, problem: Problem) {
        self.settle(Err(problem.into()));
    }

    /// Whether nothing is decided yet.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Open)
    }

    /// Whether it was refused.
    pub(super) const fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Settled(Err(_)))
    }

    /// The sale and its movements, where it is drafted.
    pub(super) fn draft(&self) -> Option<(&Sale, &[StockMove])> {
        match &self.outcome {
            Outcome::Drafted { sale, moves } => Some((sale, moves)),
            Outcome::Open | Outcome::Numbered { .. } | Outcome::Settled(_) => None,
        }
    }

    /// Its movements, where it is drafted.
    pub(super) fn moves_mut(&mut self) -> Option<&mut Vec<StockMove>> {
        match &mut self.outcome {
            Outcome::Drafted { moves, .. } => Some(moves),
            Outcome::Open | Outcome::Numbered { .. } | Outcome::Settled(_) => None,
        }
    }

    /// The sale and what its client will read, where it has its number.
    pub(super) fn numbered(&self) -> Option<(&Sale, &Answer)> {
        match &self.outcome {
            Outcome::Numbered { sale, answer } => Some((sale, answer)),
            Outcome::Open | Outcome::Drafted { .. } | Outcome::Settled(_) => None,
        }
    }

    /// The key of its request.
    pub(super) fn key(&self) -> Option<&'a RequestKey> {
        self.job.key.as_ref()
    }

    /// Whether it is drafted and happened so long ago that its levels are better looked at first.
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

    /// Settles a sale that is written.
    pub(super) fn acknowledge(&mut self) {
        self.outcome = match std::mem::replace(&mut self.outcome, Outcome::Open) {
            Outcome::Numbered { answer, .. } => Outcome::Settled(Ok(answer)),
            other => other,
        };
    }

    /// Whether a sale with its id may be recorded already: what a repeat breaks today it did not
    /// break then. A key that belongs to another request stays with it, whatever the sale.
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

    /// What its client gets.
    pub(super) fn into_verdict(self) -> Verdict {
        match self.outcome {
            Outcome::Settled(verdict) => verdict,
            Outcome::Open | Outcome::Drafted { .. } | Outcome::Numbered { .. } => {
                Err(Problem::of(Code::Internal).into())
            }
        }
    }
}

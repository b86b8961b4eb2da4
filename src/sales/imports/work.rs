//! What the commits of all kinds of files have in common, and how they refuse rows.

use kernel::{
    Clock, Code, FieldError, Problem, Timestamp,
    ids::{DocumentId, LocationId, UserId},
};
use serde_json::{Map, Value};
use store::Tx;

use super::Import;
use crate::{
    actor::Actor,
    catalogue::Catalogue,
    error::SalesError,
    orders::{pricing::Terms, tender::drawer::Drawer},
};

/// Most rows in a refusal.
const MAX_NAMED: usize = 100;

/// What a commit works with.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub tx: &'a Tx,
    pub actor: &'a Actor,
    pub catalogue: &'a Catalogue,
    pub import: &'a Import,
    pub clock: &'a dyn Clock,
    /// When the commit was requested: additions come in then.
    pub asked_at: Timestamp,
    pub at: Timestamp,
}

/// What a commit has done.
pub(super) struct Done {
    /// What the import shows of it.
    pub effects: Map<String, Value>,
    /// The document of the file's counts.
    pub count_id: Option<DocumentId>,
}

/// What all sales of the file have in common.
#[derive(Clone, Copy)]
pub(super) struct Common {
    pub terms: Terms,
    pub location_id: LocationId,
    pub cashier_id: UserId,
}

impl Common {
    /// The drawer for a history, which was paid to the last unit as the file says.
    pub(super) const fn drawer(self) -> Drawer {
        Drawer {
            base: self.terms.currency,
            step_minor: 1,
        }
    }
}

/// Turns pointers into a set (`/lines/3`, `/3/sku`) into pointers into the file (`/rows/17`).
pub(super) fn point_to_rows(error: SalesError, prefix: &str, rows: &[i64]) -> SalesError {
    let SalesError::Refused(mut problem) = error else {
        return error;
    };
    for fault in &mut problem.errors {
        let Some(rest) = fault.pointer.strip_prefix(prefix) else {
            continue;
        };
        let (position, field) = rest.split_once('/').unwrap_or((rest, ""));
        if let Some(row) = position.parse::<usize>().ok().and_then(|at| rows.get(at)) {
            fault.pointer = if field.is_empty() {
                format!("/rows/{row}")
            } else {
                format!("/rows/{row}/{field}")
            };
        }
    }
    // It was free at the preview and is taken now.
    if matches!(problem.code, Code::SkuTaken | Code::BarcodeTaken) {
        problem = Problem {
            errors: problem.errors,
            ..stale_problem()
        };
    }
    problem.into()
}

fn stale_problem() -> Problem {
    Problem::new(
        Code::ImportStale,
        "The shop has changed since the preview. Look at it again before the next commit, or send the file again.",
    )
}

/// Refuses rows about which the shop has changed.
pub(super) fn stale(rows: impl IntoIterator<Item = (i64, String)>) -> SalesError {
    let mut problem = stale_problem();
    for (row, detail) in rows.into_iter().take(MAX_NAMED) {
        problem = problem.at(FieldError::new(
            format!("/rows/{row}"),
            Code::ImportStale.as_str(),
            detail,
        ));
    }
    problem.into()
}

/// The members of a JSON object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

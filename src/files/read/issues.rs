//! The issues of a row while its file is judged: kept small, because a hostile file has many.

use std::borrow::Cow;

use super::staged::{RowCounts, RowIssue, RowState, Severity};

/// Longest text of a cell that is shown in an issue.
pub(super) const MAX_SHOWN: usize = 120;

/// An error or a warning about one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    severity: Severity,
    column: &'static str,
    value: Box<str>,
    code: &'static str,
    detail: Cow<'static, str>,
}

/// The issues of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issues(Vec<Issue>);

impl Issues {
    /// Adds a reason why the row cannot be imported.
    pub fn error(
        &mut self,
        column: &'static str,
        value: &str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.push(Severity::Error, column, value, code, detail.into());
    }

    /// Adds something that somebody should look at.
    pub fn warning(
        &mut self,
        column: &'static str,
        value: &str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) {
        self.push(Severity::Warning, column, value, code, detail.into());
    }

    fn push(
        &mut self,
        severity: Severity,
        column: &'static str,
        value: &str,
        code: &'static str,
        detail: Cow<'static, str>,
    ) {
        self.0.push(Issue {
            severity,
            column,
            value: value.chars().take(MAX_SHOWN).collect::<String>().into(),
            code,
            detail,
        });
    }

    /// True when the row cannot be imported.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|issue| issue.severity == Severity::Error)
    }

    /// True when there is an issue about a column.
    #[must_use]
    pub fn has_column(&self, column: &str) -> bool {
        self.0.iter().any(|issue| issue.column == column)
    }

    /// True when the row can be imported but has a warning.
    #[must_use]
    pub fn has_only_warnings(&self) -> bool {
        !self.0.is_empty() && !self.has_errors()
    }

    /// The issues as the preview shows them.
    #[must_use]
    pub fn render(&self) -> Vec<RowIssue> {
        self.0
            .iter()
            .map(|issue| RowIssue {
                severity: issue.severity,
                column: issue.column.to_owned(),
                value: issue.value.to_string(),
                code: issue.code.to_owned(),
                detail: issue.detail.to_string(),
                cell: None,
            })
            .collect()
    }
}

/// Adds one row to the counts.
pub fn count(counts: &mut RowCounts, state: RowState, issues: &Issues) {
    match state {
        RowState::Error => counts.error += 1,
        RowState::New => counts.new += 1,
        RowState::Changed => counts.changed += 1,
        RowState::Unchanged => counts.unchanged += 1,
    }
    if issues.has_only_warnings() {
        counts.warning += 1;
    }
}

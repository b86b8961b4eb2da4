//! The conditions of a list with their values: a filter becomes the text of a `WHERE` and its
//! parameters.

use sea_orm::Value;
use uuid::Uuid;

/// The parameters of a statement, numbered in the order of their addition.
#[derive(Debug, Default)]
pub(crate) struct Values(pub(crate) Vec<Value>);

impl Values {
    /// Adds a value and returns its placeholder.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }
}

/// Conditions joined by AND.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    /// Their values, and others of the same statement.
    pub(crate) values: Values,
    parts: Vec<String>,
}

impl Conditions {
    /// Adds a condition without a value.
    pub(crate) fn push(&mut self, condition: impl Into<String>) {
        self.parts.push(condition.into());
    }

    /// Adds a condition on one value, whose place is the question mark in the text.
    pub(crate) fn require(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.values.bind(value);
        self.parts.push(condition.replace('?', &place));
    }

    /// Adds a condition if there is a value for it.
    pub(crate) fn require_if(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.require(condition, value);
        }
    }

    /// Keeps the items after a place in a list from newest to oldest, ordered by an instant and an
    /// id. `columns` are the two columns with a comma.
    pub(crate) fn require_behind(&mut self, columns: &str, place: Option<(i64, Uuid)>) {
        if let Some((at, id)) = place {
            let (at, id) = (self.values.bind(at), self.values.bind(id));
            self.parts.push(format!("({columns}) < ({at}, {id})"));
        }
    }

    /// The text for `WHERE`, and the parameters of the statement.
    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        let text = if self.parts.is_empty() {
            "true".to_owned()
        } else {
            self.parts.join(" AND ")
        };
        (text, self.values.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_name_their_values_in_order() {
        assert_eq!(
            Conditions::default().into_parts(),
            ("true".to_owned(), Vec::new())
        );
        let mut conditions = Conditions::default();
        conditions.require("state = ?", "completed");
        conditions.push("entered_late");
        conditions.require_if("number = ?", Some(7_i64));
        conditions.require_if("number = ?", None::<i64>);
        conditions.require_behind("at, id", Some((5, Uuid::nil())));
        conditions.require_behind("at, id", None);
        let (text, values) = conditions.into_parts();
        assert_eq!(
            text,
            "state = $1 AND entered_late AND number = $2 AND (at, id) < ($3, $4)"
        );
        let expected: [Value; 4] = [
            "completed".into(),
            7_i64.into(),
            5_i64.into(),
            Uuid::nil().into(),
        ];
        assert_eq!(values, expected);
    }
}

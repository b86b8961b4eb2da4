//! The conditions of a list, with their values: what a filter asks becomes the text of a `WHERE` and
//! the parameters that it names.

use sea_orm::Value;
use uuid::Uuid;

/// The values of a statement, numbered in the order in which they are added.
#[derive(Debug, Default)]
pub(crate) struct Values(pub(crate) Vec<Value>);

impl Values {
    /// Adds a value and returns its placeholder.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }
}

/// Conditions that must all hold.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    /// Their values, and others of the same statement.
    pub(crate) values: Values,
    parts: Vec<String>,
}

impl Conditions {
    /// Adds a condition as it stands.
    pub(crate) fn push(&mut self, condition: impl Into<String>) {
        self.parts.push(condition.into());
    }

    /// Adds a condition on one value, which stands where the text has a question mark.
    pub(crate) fn require(&mut self, condition: &str, value: impl Into<Value>) {
        let place = self.values.bind(value);
        self.parts.push(condition.replace('?', &place));
    }

    /// Adds a condition where there is a value for it.
    pub(crate) fn require_if(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.require(condition, value);
        }
    }

    /// Keeps what comes behind a place in a list that runs from the newest to the oldest: by an
    /// instant, and by the id among those of the same instant. `columns` are the two, with a comma.
    pub(crate) fn require_behind(&mut self, columns: &str, place: Option<(i64, Uuid)>) {
        if let Some((at, id)) = place {
            let (at, id) = (self.values.bind(at), self.values.bind(id));
            self.parts.push(format!("({columns}) < ({at}, {id})"));
        }
    }

    /// The text behind `WHERE`, and the values of the statement.
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

//! All faults in the shape of a body at once: serde stops at the first one.
//!
//! The shape is the schema of the document: its required and its known fields. It is used only after
//! serde has refused a body, so it never refuses one that serde accepts.

use std::collections::BTreeMap;

use kernel::FieldError;
use serde_json::Value;
use utoipa::ToSchema;

/// Deepest level that is checked.
const MAX_DEPTH: usize = 16;

/// The missing and the unknown fields of `body`, in the order of the body, at most `most`.
pub(super) fn faults<T: ToSchema>(body: &Value, most: usize) -> Vec<FieldError> {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    let parts = parts
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    let mut search = Search {
        parts,
        most,
        found: Vec::new(),
    };
    if let Ok(schema) = serde_json::to_value(T::schema()) {
        search.compare(&schema, body, "", 0);
    }
    search.found
}

struct Search {
    /// The named schemas that others refer to.
    parts: BTreeMap<String, Value>,
    most: usize,
    found: Vec<FieldError>,
}

impl Search {
    fn compare(&mut self, schema: &Value, value: &Value, pointer: &str, depth: usize) {
        if depth > MAX_DEPTH || self.found.len() >= self.most {
            return;
        }
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or_default();
            if let Some(part) = self.parts.get(name).cloned() {
                self.compare(&part, value, pointer, depth + 1);
            }
            return;
        }
        for part in list(schema, "allOf") {
            self.compare(part, value, pointer, depth + 1);
        }
        // A single shape beside null is that shape; with several, serde has to choose.
        let choices = list(schema, "oneOf").chain(list(schema, "anyOf"));
        let mut shapes = choices.filter(|one| one.get("type") != Some(&Value::from("null")));
        if let (Some(only), None) = (shapes.next(), shapes.next()) {
            self.compare(only, value, pointer, depth + 1);
        }
        match value {
            Value::Object(members) => self.compare_members(schema, members, pointer, depth),
            Value::Array(items) => {
                let Some(shape) = schema.get("items") else {
                    return;
                };
                for (index, item) in items.iter().enumerate() {
                    self.compare(shape, item, &format!("{pointer}/{index}"), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn compare_members(
        &mut self,
        schema: &Value,
        members: &serde_json::Map<String, Value>,
        pointer: &str,
        depth: usize,
    ) {
        for name in list(schema, "required").filter_map(Value::as_str) {
            if !members.contains_key(name) {
                self.add(pointer, name, "field.missing", "is missing");
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, member) in members {
            match known.and_then(|known| known.get(name)) {
                Some(shape) => {
                    self.compare(
                        shape,
                        member,
                        &format!("{pointer}/{}", escaped(name)),
                        depth + 1,
                    );
                }
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    self.add(pointer, name, "field.unknown", "is not known here");
                }
                None => {}
            }
        }
    }

    fn add(&mut self, pointer: &str, name: &str, code: &'static str, detail: &str) {
        if self.found.len() < self.most {
            let pointer = format!("{pointer}/{}", escaped(name));
            self.found.push(FieldError::new(pointer, code, detail));
        }
    }
}

fn list<'a>(schema: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = schema.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// A name within a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Line {
        product: String,
        quantity: i64,
        note: Option<String>,
    }

    #[derive(serde::Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Rule {
        days: i64,
    }

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Order {
        name: String,
        lines: Vec<Line>,
        rule: Option<Rule>,
    }

    fn found(body: &Value) -> Vec<(String, String)> {
        let faults = faults::<Order>(body, 100).into_iter();
        faults
            .map(|one| (one.pointer, one.code.to_owned()))
            .collect()
    }

    fn case(pointer: &str, code: &str) -> (String, String) {
        (pointer.to_owned(), code.to_owned())
    }

    #[test]
    fn missing_fields_are_found_at_every_level() {
        let body = json!({"lines": [{}, {"product": "x", "quantity": 1}], "rule": {"d": 1}});
        assert_eq!(
            found(&body),
            [
                case("/name", "field.missing"),
                case("/lines/0/product", "field.missing"),
                case("/lines/0/quantity", "field.missing"),
                case("/rule/days", "field.missing"),
                case("/rule/d", "field.unknown"),
            ]
        );
    }

    #[test]
    fn optional_fields_are_not_missing() {
        let whole = json!({"name": "n", "lines": [], "rule": null});
        assert_eq!(found(&whole), []);
        assert_eq!(found(&json!({"name": "n", "lines": []})), []);
        // Another kind of fault, which serde reports.
        assert_eq!(found(&json!([])), []);
        assert_eq!(found(&json!({"name": 1, "lines": {}})), []);
    }

    #[test]
    fn at_most_the_requested_number_of_faults_is_returned() {
        let body = json!({"name": "n", "lines": vec![json!({}); 90]});
        assert_eq!(faults::<Order>(&body, 100).len(), 100);
    }
}

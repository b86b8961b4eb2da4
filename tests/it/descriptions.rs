//! Descriptions in the OpenAPI document tell a client something: what a value is, its unit, its range,
//! when it is present. One or two words, or the name once more, do not.

use std::collections::BTreeSet;

use salesflow::openapi;
use serde_json::Value;

/// Fewer words than this say nothing.
const FEWEST_WORDS: usize = 3;

/// Words that add nothing to a name.
const FILLERS: &[&str] = &["a", "an", "the", "of", "its", "this", "that", "is", "as"];

/// Descriptions that are too short still. The list may only become shorter.
const KNOWN: &[&str] = &[];

/// The words of a text in lower case; of a name such as `total_minor` or `CreateSale` as well.
fn words(text: &str) -> Vec<String> {
    let mut spaced = String::new();
    for c in text.chars() {
        if c.is_uppercase() {
            spaced.push(' ');
        }
        spaced.extend(if c.is_alphanumeric() || c == '\'' {
            c.to_lowercase().collect::<Vec<_>>()
        } else {
            vec![' ']
        });
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

fn says_nothing(name: &str, description: &str) -> bool {
    let known: BTreeSet<String> = words(name).into_iter().collect();
    let is_new = |word: &String| !known.contains(word) && !FILLERS.contains(&word.as_str());
    let count = description.split_whitespace().count();
    count < FEWEST_WORDS || !words(description).iter().any(is_new)
}

/// Adds the descriptions of a schema and of everything inside it that say nothing.
fn look_into(place: &str, name: &str, schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            let description = members.get("description").and_then(Value::as_str);
            if description.is_some_and(|text| says_nothing(name, text)) {
                found.insert(place.to_owned());
            }
            for (member, inner) in members {
                match (member.as_str(), inner) {
                    ("properties", Value::Object(fields)) => {
                        for (field, inner) in fields {
                            look_into(&format!("{place}.{field}"), field, inner, found);
                        }
                    }
                    ("example" | "examples" | "default", _) => {}
                    _ => look_into(place, name, inner, found),
                }
            }
        }
        Value::Array(parts) => {
            for part in parts {
                look_into(place, name, part, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_description_tells_a_client_something() {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut found = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        look_into(name, "", schema, &mut found);
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                let place = format!("{method} {path} {name}");
                look_into(&place, name, parameter, &mut found);
            }
        }
    }
    let known: BTreeSet<String> = KNOWN.iter().copied().map(str::to_owned).collect();
    assert_eq!(
        found, known,
        "descriptions that say nothing, and those that are known (tests/it/descriptions.rs)"
    );
}

#[test]
fn a_short_description_or_the_name_once_more_says_nothing() {
    assert!(says_nothing("method", "How."));
    assert!(says_nothing("total_minor", "The total, minor."));
    assert!(says_nothing("CreateSale", "A create of the sale."));
    assert!(!says_nothing("currency", "The currency of the amount."));
}

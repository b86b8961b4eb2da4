//! The document tells the truth. Every response in any test is compared with it
//! (`support::contract`). Here are the rules of the document itself, and a walk through all of it.

mod walk;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use analytics::{findings::job::SearchFindings, reports::job::MakeReport};
use kernel::jobs::JobKind as _;
use salesflow::schedules::job::DeliverReport;
use serde_json::Value;

use crate::support::contract::{differences, document};

/// Fields of responses whose type is not ours. The aim is an empty list.
const FREE_FORM: &[&str] = &[];

/// The files of all crates.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The schema names of the types of a file: those that derive `ToSchema`, under the name that
/// `#[schema(as = …)]` gives, and those that implement it.
fn schema_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut is_schema, mut renamed, mut derive) = (false, None::<String>, String::new());
    // Types of unit tests are no part of the document.
    let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    for line in shipped.lines().map(str::trim) {
        if line.starts_with("#[derive(") || !derive.is_empty() {
            derive.push_str(line);
            if derive.ends_with(")]") {
                is_schema = derive.contains("ToSchema");
                derive.clear();
            }
        } else if let Some((_, rest)) = line
            .strip_prefix("#[schema(")
            .and_then(|attribute| attribute.split_once("as = "))
        {
            let name = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            renamed = Some(name);
        } else if line.starts_with("#[") || line.starts_with("//") {
            // More about the same type.
        } else if let Some((_, rest)) = line
            .split_once("struct ")
            .or_else(|| line.split_once("enum "))
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"))
        {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if is_schema {
                names.push(renamed.take().unwrap_or(name));
            }
            (is_schema, renamed) = (false, None);
        } else {
            if let Some((_, rest)) = line.split_once("ToSchema for ") {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                names.push(name);
            }
            (is_schema, renamed) = (false, None);
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn no_two_types_share_the_name_of_a_schema() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in schema_names(&text) {
            let place = file.display().to_string();
            places.entry(name).or_default().push(place);
        }
    }
    assert!(places.len() > 150, "the search has lost its types");
    for (name, places) in places {
        assert_eq!(
            places.len(),
            1,
            "several types have the schema name {name}, and all but the last are lost in the \
             document: give one of them another with #[schema(as = …)]: {places:?}"
        );
    }
}

#[test]
fn the_search_for_schema_names_finds_each_way_of_naming() {
    let text = "#[derive(\n    Debug, ToSchema,\n)]\n#[serde(x)]\n#[schema(as = Other)]\npub struct One {\n}\n\
        #[derive(utoipa::ToSchema)]\npub enum Two {\n}\n#[derive(Debug)]\nstruct Three;\nimpl utoipa::ToSchema for Four {\n";
    assert_eq!(schema_names(text), ["Other", "Two", "Four"]);
}

/// Calls `look` with every schema of the document and the way to it.
fn for_each_schema(part: &Value, way: &str, look: &mut impl FnMut(&str, &Value)) {
    match part {
        Value::Object(members) => {
            look(way, part);
            for (name, inner) in members {
                if name != "example" && name != "examples" {
                    for_each_schema(inner, &format!("{way}/{name}"), look);
                }
            }
        }
        Value::Array(parts) => {
            for (index, inner) in parts.iter().enumerate() {
                for_each_schema(inner, &format!("{way}/{index}"), look);
            }
        }
        _ => {}
    }
}

#[test]
fn no_object_of_the_document_is_free_form() {
    let mut free = BTreeSet::new();
    let mut look = |way: &str, schema: &Value| {
        let is_object = match &schema["type"] {
            Value::String(word) => word == "object",
            Value::Array(words) => words.iter().any(|word| word == "object"),
            _ => false,
        };
        let says_more = [
            "properties",
            "additionalProperties",
            "allOf",
            "oneOf",
            "anyOf",
        ];
        let name = way.rsplit('/').next().unwrap_or_default();
        // A type without fields is closed where it is used: `{}` and nothing else.
        let is_empty_type = name == "NoFigures";
        if is_object && !is_empty_type && !says_more.iter().any(|word| schema.get(*word).is_some())
        {
            free.insert(way.trim_start_matches("/components/schemas/").to_owned());
        }
        let is_property = way.rsplit('/').nth(1) == Some("properties");
        let speaks = ["type", "$ref", "oneOf", "allOf", "anyOf", "enum", "const"];
        if is_property && !speaks.iter().any(|word| schema.get(*word).is_some()) {
            free.insert(way.trim_start_matches("/components/schemas/").to_owned());
        }
    };
    for_each_schema(document(), "", &mut look);
    let known: BTreeSet<String> = FREE_FORM.iter().map(|way| (*way).to_owned()).collect();
    assert_eq!(
        free, known,
        "give the field a type with a schema; the list in tests/it/contract.rs may only shrink"
    );
}

#[test]
fn in_an_answer_a_field_that_may_be_null_is_always_there() {
    let schemas = document()["components"]["schemas"].as_object().unwrap();
    let mut open = Vec::new();
    for (name, schema) in schemas {
        let required = schema["required"].as_array();
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == field));
            let text = property.to_string();
            let is_nullable = text.contains("\"null\"");
            if is_nullable && !is_required && !is_asked(name) {
                open.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

both_databases!(
    every_kind_of_job_has_its_shape_in_the_document,
    |app| async {
        let handlers = app.modules.job_handlers();
        let mut done: Vec<&str> = handlers.iter().map(|handler| handler.kind()).collect();
        // Made by a server only.
        done.extend([MakeReport::KIND, DeliverReport::KIND, SearchFindings::KIND]);
        let mut known = salesflow::openapi::jobs::kinds();
        done.sort_unstable();
        known.sort_unstable();
        assert_eq!(done, known, "add the kind to KINDS of src/openapi/jobs.rs");
    }
);

#[test]
fn every_body_has_an_example_that_its_schema_allows() {
    for (template, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            if content.is_null() {
                continue;
            }
            let name = format!("{method} {template}");
            let examples = content["examples"].as_object().unwrap_or_else(|| {
                panic!("{name} has no example: add one that works on the demo shop to src/openapi/examples.rs")
            });
            for example in examples.values() {
                assert!(
                    !example["description"]
                        .as_str()
                        .unwrap_or_default()
                        .is_empty(),
                    "{name}"
                );
                if let Err(why) = differences(&content["schema"], &example["value"]) {
                    panic!("the example of {name} breaks its schema:\n{why}");
                }
            }
        }
    }
}

/// Whether a schema is part of what clients send.
fn is_asked(name: &str) -> bool {
    fn collect(part: &Value, names: &mut BTreeSet<String>) {
        match part {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
                    let is_new = names.insert(name.clone());
                    if is_new {
                        collect(&document()["components"]["schemas"][&name], names);
                    }
                }
                members.values().for_each(|inner| collect(inner, names));
            }
            Value::Array(parts) => parts.iter().for_each(|inner| collect(inner, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    for item in document()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            collect(&operation["requestBody"], &mut names);
            collect(&operation["parameters"], &mut names);
        }
    }
    names.contains(name)
}

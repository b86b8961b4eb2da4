//! The schemas of refusals: one for each code, with its possible entries and their parameters, and
//! one for each status as the choice of its codes. A client that checks `code` knows the rest.

use std::collections::BTreeSet;

use kernel::{
    Code,
    problem::fields::{FIELD_CODES, Param, ParamKind, entries_of},
};
use utoipa::openapi::{
    Components, Ref, RefOr, Schema,
    schema::{
        ArrayBuilder, ArrayItems, KnownFormat, Object, ObjectBuilder, OneOfBuilder, SchemaFormat,
        SchemaType, Type,
    },
};

/// The choice of all refusals.
pub(super) const ANY: &str = "Problem";

/// Adds the schemas.
pub(super) fn add(components: &mut Components) {
    for entry in FIELD_CODES {
        let schema = entry_schema(entry.code, entry.params);
        components.schemas.insert(entry_name(entry.code), schema);
    }
    for code in Code::ALL {
        components
            .schemas
            .insert(problem_name(*code), problem_schema(*code));
    }
    let statuses: BTreeSet<u16> = Code::ALL.iter().map(|code| code.status()).collect();
    for status in statuses {
        let description = format!("A refusal with status {status}: branch on `code`.");
        let of_status = Code::ALL.iter().filter(|code| code.status() == status);
        let schema = choice(of_status, description);
        components.schemas.insert(choice_name(status), schema);
    }
    let any = choice(
        Code::ALL.iter(),
        "A refusal, RFC 9457: branch on `code`.".to_owned(),
    );
    components.schemas.insert(ANY.to_owned(), any);
}

/// The schema of the refusals with this status.
pub(super) fn of_status(status: &str) -> Ref {
    let known = Code::ALL
        .iter()
        .map(|code| code.status())
        .find(|known| known.to_string() == status);
    let name = known.map_or_else(|| ANY.to_owned(), choice_name);
    Ref::from_schema_name(name)
}

fn choice<'a>(codes: impl Iterator<Item = &'a Code>, description: String) -> RefOr<Schema> {
    let names: Vec<String> = codes.map(|code| problem_name(*code)).collect();
    if let [only] = names.as_slice() {
        return Ref::from_schema_name(only.clone()).into();
    }
    let choice = OneOfBuilder::new().description(Some(description));
    names
        .into_iter()
        .fold(choice, |choice, name| {
            choice.item(Ref::from_schema_name(name))
        })
        .into()
}

fn problem_schema(code: Code) -> RefOr<Schema> {
    let word = code.as_str();
    ObjectBuilder::new()
        .description(Some(code.title()))
        .property("type", constant(&format!("/docs/errors#{word}")))
        .property(
            "title",
            text("A short sentence, the same for every occurrence."),
        )
        .property("status", constant_number(code.status()))
        .property("detail", text("What happened this time, in English."))
        .property("code", constant(word))
        .property("request_id", text("Names the request in the logs."))
        .property(
            "retry_after_seconds",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .description(Some(
                    "After this many seconds the same request may succeed; absent if waiting does not help.",
                )),
        )
        .property("errors", entries(code))
        .required("type")
        .required("title")
        .required("status")
        .required("detail")
        .required("code")
        .required("request_id")
        .required("errors")
        .into()
}

/// Where something is wrong, and why.
fn entries(code: Code) -> RefOr<Schema> {
    let mut known: Vec<RefOr<Schema>> = entries_of(code)
        .map(|entry| Ref::from_schema_name(entry_name(entry.code)).into())
        .collect();
    if !entries_of(code).any(|entry| entry.code == code.as_str()) {
        // Any refusal may point at a place with its own code.
        known.push(entry_schema(code.as_str(), &[]));
    }
    let items = match known.as_slice() {
        [only] => only.clone(),
        _ => known
            .into_iter()
            .fold(OneOfBuilder::new(), OneOfBuilder::item)
            .into(),
    };
    ArrayBuilder::new()
        .description(Some("Where, and why there."))
        .items(ArrayItems::RefOrSchema(Box::new(items)))
        .into()
}

fn entry_schema(code: &str, params: &[Param]) -> RefOr<Schema> {
    let object = ObjectBuilder::new()
        .property(
            "pointer",
            text("JSON pointer into the body, `?name` for a query parameter, or a header's name."),
        )
        .property("code", constant(code))
        .property("detail", text("The same in an English sentence."))
        .required("pointer")
        .required("code")
        .required("detail");
    params
        .iter()
        .fold(object, |object, param| {
            let object = object.property(param.name, param_schema(*param));
            if param.is_always {
                object.required(param.name)
            } else {
                object
            }
        })
        .into()
}

fn param_schema(param: Param) -> Object {
    let formatted = |format: KnownFormat| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(format)))
            .build()
    };
    match param.kind {
        ParamKind::Integer => ObjectBuilder::new().schema_type(Type::Integer).build(),
        ParamKind::Number => ObjectBuilder::new().schema_type(Type::Number).build(),
        ParamKind::Flag => ObjectBuilder::new().schema_type(Type::Boolean).build(),
        ParamKind::Text => ObjectBuilder::new().schema_type(Type::String).build(),
        ParamKind::Id => formatted(KnownFormat::Uuid),
        ParamKind::Date => formatted(KnownFormat::Date),
    }
}

fn text(description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .description(Some(description))
        .build()
}

fn constant(word: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some([word]))
        .build()
}

fn constant_number(number: u16) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Integer))
        .enum_values(Some([number]))
        .build()
}

fn problem_name(code: Code) -> String {
    format!("Problem{}", pascal(code.as_str()))
}

fn entry_name(code: &str) -> String {
    format!("FieldProblem{}", pascal(code))
}

fn choice_name(status: u16) -> String {
    format!("Problem{status}")
}

/// `stock.insufficient` becomes `StockInsufficient`.
pub(super) fn pascal(word: &str) -> String {
    word.split(['.', '_'])
        .map(|part| {
            let mut letters = part.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_refusal_and_every_entry_has_a_schema_of_its_own() {
        let mut components = Components::new();
        add(&mut components);
        let problems: HashSet<String> = Code::ALL.iter().map(|code| problem_name(*code)).collect();
        assert_eq!(problems.len(), Code::ALL.len());
        let entries: HashSet<String> = FIELD_CODES.iter().map(|e| entry_name(e.code)).collect();
        assert_eq!(entries.len(), FIELD_CODES.len());
        for name in problems.iter().chain(&entries) {
            assert!(components.schemas.contains_key(name), "{name}");
        }
    }
}

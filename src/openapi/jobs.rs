//! The schemas of jobs: one for each kind, with the shape of its result. A client that has looked
//! at `kind` knows what `result` is.

use analytics::forecast::{desk::REFIT, refit::Refit};
use sales::inventory::{proof, verify::Verification};
use utoipa::{
    ToSchema,
    openapi::{
        Components, Ref, RefOr, Schema,
        schema::{Object, ObjectBuilder, OneOfBuilder, Type},
    },
};

/// What a job is called in the document.
const JOB: &str = "Job";
/// Why a job failed.
const JOB_ERROR: &str = "JobError";

/// Adds the schema of a result and what it is made of; the answer is its name.
type AddResult = fn(&mut Components) -> String;

/// Every kind of job that this program does, and the shape of its result.
const KINDS: &[(&str, AddResult)] = &[(proof::KIND, add::<Verification>), (REFIT, add::<Refit>)];

/// Every way in which a job fails.
const ERRORS: &[&str] = &[
    "job.timed_out",
    "job.interrupted",
    "job.abandoned",
    "job.panicked",
    "job.no_thread",
    "job.invalid_payload",
    "job.result_too_large",
    "books.not_proved",
    "forecasts.impossible",
    "forecasts.interrupted",
];

/// The kinds of job that the document knows.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(kind, _)| *kind).collect()
}

fn add<T: ToSchema>(components: &mut Components) -> String {
    let mut parts = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut parts);
    components.schemas.extend(parts);
    T::name().into_owned()
}

/// Makes one schema of each kind out of the schema of a job.
pub(super) fn complete(components: &mut Components) {
    if let Some(RefOr::T(Schema::Object(error))) = components.schemas.get_mut(JOB_ERROR) {
        error
            .properties
            .insert("code".to_owned(), words(ERRORS).into());
    }
    let Some(RefOr::T(Schema::Object(job))) = components.schemas.get(JOB).cloned() else {
        return;
    };
    let mut choice = OneOfBuilder::new().description(Some("A job: branch on `kind`."));
    for (kind, add_result) in KINDS {
        let result = add_result(components);
        let name = format!("{JOB}{}", super::problems::pascal(kind));
        let schema = of_kind(job.clone(), kind, &result);
        components.schemas.insert(name.clone(), schema.into());
        choice = choice.item(Ref::from_schema_name(name));
    }
    components.schemas.insert(JOB.to_owned(), choice.into());
}

fn of_kind(mut job: Object, kind: &str, result: &str) -> Object {
    job.properties
        .insert("kind".to_owned(), words(&[kind]).into());
    let null = ObjectBuilder::new().schema_type(Type::Null);
    let result = OneOfBuilder::new()
        .description(Some("What came out, once it is done."))
        .item(null)
        .item(Ref::from_schema_name(result));
    job.properties.insert("result".to_owned(), result.into());
    job
}

fn words(words: &[&str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().copied()))
        .build()
}

//! The schemas of jobs: one for each kind, with its type of result. A client that checks `kind` knows
//! what `result` is.

use analytics::{
    findings::job::SearchFindings, forecast::job::RefitForecasts, reports::job::MakeReport,
};
use kernel::jobs::{FailureReason, JobKind};
use sales::inventory::proof::VerifyBooks;
use utoipa::{
    ToSchema,
    openapi::{
        Components, Ref, RefOr, Schema,
        schema::{Object, ObjectBuilder, OneOfBuilder, Type},
    },
};

use crate::{jobs::GENERAL_FAILURES, schedules::job::DeliverReport};

/// The schema name of a job.
const JOB: &str = "Job";
/// The schema name of the error of a job.
const JOB_ERROR: &str = "JobError";

/// The description of a kind of job.
struct Described {
    kind: &'static str,
    failures: &'static [FailureReason],
    /// Adds the schema of the result and those that it refers to, and returns its name.
    add_result: fn(&mut Components) -> String,
}

/// Every kind of job of this program.
const KINDS: &[Described] = &[
    described::<VerifyBooks>(),
    described::<RefitForecasts>(),
    described::<SearchFindings>(),
    described::<MakeReport>(),
    described::<DeliverReport>(),
];

const fn described<J: JobKind<Outcome: ToSchema>>() -> Described {
    Described {
        kind: J::KIND,
        failures: J::FAILURES,
        add_result: add::<J::Outcome>,
    }
}

/// The kinds of jobs in the document.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|one| one.kind).collect()
}

/// The codes of all reasons for which a job fails.
#[must_use]
pub fn failure_codes() -> Vec<&'static str> {
    let own = KINDS.iter().flat_map(|one| one.failures);
    let all = GENERAL_FAILURES.iter().chain(own);
    all.map(|reason| reason.code).collect()
}

fn add<T: ToSchema>(components: &mut Components) -> String {
    let mut parts = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut parts);
    components.schemas.extend(parts);
    T::name().into_owned()
}

/// Replaces the schema of a job by one for each kind.
pub(super) fn complete(components: &mut Components) {
    if let Some(RefOr::T(Schema::Object(error))) = components.schemas.get_mut(JOB_ERROR) {
        error
            .properties
            .insert("code".to_owned(), words(&failure_codes()).into());
    }
    let Some(RefOr::T(Schema::Object(job))) = components.schemas.get(JOB).cloned() else {
        return;
    };
    let mut choice = OneOfBuilder::new().description(Some("A job: branch on `kind`."));
    for one in KINDS {
        let result = (one.add_result)(components);
        let name = format!("{JOB}{}", super::problems::pascal(one.kind));
        let schema = of_kind(job.clone(), one.kind, &result);
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

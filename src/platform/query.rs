//! Query strings and path segments: parsed strictly, and refused with the name of the parameter.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use kernel::{
    Code, FieldError, Problem,
    paging::{DEFAULT_LIMIT, MAX_LIMIT},
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::problem::ApiError;

/// The query string, as a struct with `#[serde(deny_unknown_fields)]`.
#[derive(Debug)]
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for QueryOf<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self).map_err(ApiError))
    }
}

/// Parameters of a list without filters.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if query.contains("%00") {
        return Err(Problem::new(
            Code::InvalidQuery,
            "The character U+0000 cannot be searched for.",
        ));
    }
    // Finding the place of a fault takes three times as long, and only a refusal needs it.
    if let Ok(parsed) = serde_urlencoded::from_str(query) {
        return Ok(parsed);
    }
    let deserializer =
        serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(deserializer).map_err(|located| {
        let name = located.path().to_string();
        let detail = located.inner().to_string();
        let problem = Problem::new(
            Code::InvalidQuery,
            if name == "." {
                detail.clone()
            } else {
                format!("{name}: {detail}")
            },
        );
        problem.at(FieldError::new(
            format!("?{}", name.trim_start_matches('.')),
            "query.invalid",
            detail,
        ))
    })
}

/// The number of items of a page, or the default.
///
/// # Errors
/// `request.invalid_query` at `?limit`.
pub fn page_limit(limit: Option<u32>) -> Result<u32, Problem> {
    limit_within(limit.unwrap_or(DEFAULT_LIMIT), MAX_LIMIT)
}

/// The same for a list of small items that a client loads as a whole: `most` by default.
///
/// # Errors
/// `request.invalid_query` at `?limit`.
pub fn page_limit_up_to(limit: Option<u32>, most: u32) -> Result<u32, Problem> {
    limit_within(limit.unwrap_or(most), most)
}

fn limit_within(limit: u32, most: u32) -> Result<u32, Problem> {
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("must lie between 1 and {most}");
    let error = FieldError::new("?limit", "field.out_of_range", detail)
        .with("min", 1)
        .with("max", most);
    Err(Problem::of(Code::InvalidQuery).at(error))
}

/// The segment `id` of the path. A value that is no id is reported as not found.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

/// The segment `row` of the path, a line of a file. A value that is no number is reported as not
/// found.
#[derive(Debug, Clone, Copy)]
pub struct PathRow(pub i64);

/// The segment `kind` of the path. A word that names none is reported as not found.
#[derive(Debug, Clone, Copy)]
pub struct PathKind<T>(pub T);

fn segment<T: FromStr>(request: &HttpRequest, name: &str) -> Result<T, ApiError> {
    let segment = request.match_info().get(name).unwrap_or_default();
    let not_found = |_| ApiError(Problem::new(Code::NotFound, "Nothing has this id."));
    segment.parse().map_err(not_found)
}

impl<T: FromStr + 'static> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(segment(request, "id").map(Self))
    }
}

impl<T: FromStr + 'static> FromRequest for PathKind<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(segment(request, "kind").map(Self))
    }
}

impl FromRequest for PathRow {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(segment(request, "row").map(Self))
    }
}

//! What every module needs apart from the database: the HTTP edge (problems, bodies, queries, cursors),
//! tokens and callers, the cache, limits for heavy questions, the interface of jobs, and telemetry.
#![forbid(unsafe_code)]

pub mod access;
pub mod body;
pub mod cache;
pub mod cursor;
pub mod derived;
pub mod headers;
pub mod heavy;
pub mod jobs;
pub mod patch;
pub mod problem;
pub mod query;
pub mod request;
pub mod seats;
pub mod tagged;
pub mod telemetry;
pub mod tokens;

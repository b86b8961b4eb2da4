//! What every module needs from outside, with no database in it: the HTTP edge (problems, bodies,
//! queries, cursors), tokens and callers, the cache, the share of heavy questions, what a job is written
//! against, telemetry.
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
pub mod telemetry;
pub mod tokens;

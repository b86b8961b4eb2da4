//! Days on which sales were not what they should have been, and deeds that stand out.
//!
//! What was sold is judged by the counts of [`forecasting::anomaly`]; the rules of the trade are in
//! `rules`. See ADR 0011.

mod answers;
mod draft;
pub mod explanation;
mod facts;
pub mod feedback;
mod figures;
pub mod finding;
pub mod http;
pub mod job;
mod judge;
mod quarter;
pub mod report;
mod rules;
pub mod search;
mod series;
pub mod service;
mod shop_revenue;
pub mod surroundings;

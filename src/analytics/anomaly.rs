//! Days and hours on which sales were not what they should have been, and deeds that stand out.
//!
//! Every judgement is causal: the expectation of a day comes from days before it. What was flagged is
//! not learnt from, so that an anomaly does not excuse the next one.
//!
//! `daily` and `hourly` judge series of any kind (`salesflow lab anomalies`); the shop's own products
//! are many, small and counted, and are judged as [`counts`]: see ADR 0011.

mod answers;
pub mod counts;
pub mod daily;
pub mod explanation;
mod facts;
pub mod feedback;
pub mod finding;
pub mod hourly;
pub mod http;
pub mod judge;
mod quarter;
pub mod report;
mod rules;
mod series;
pub mod service;
mod shop_revenue;

//! Days and hours on which sales were not what they should have been.
//!
//! Every judgement is causal: the expectation of a day comes from days before it. What was flagged is
//! not learnt from, so that an anomaly does not excuse the next one.

pub mod daily;
pub mod feedback;
pub mod finding;
pub mod hourly;
pub mod judge;

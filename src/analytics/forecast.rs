//! Forecasts of daily demand.

mod backtest;
mod bands;
mod blend;
mod boosting;
pub mod calendar;
mod classical;
pub mod engine;
mod ets;
pub(crate) mod features;
pub(crate) mod frame;
pub mod history;
pub mod members;
pub mod outcome;
pub(crate) mod pooled;
pub(crate) mod random;
pub mod settings;
mod yearly;
mod young;

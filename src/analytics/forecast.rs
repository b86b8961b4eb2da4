//! Forecasts of daily demand: the engine that fits and forecasts, and around it the desk that holds
//! the newest model, the job that renews it, and what the API says.

pub mod accuracy;
pub mod answers;
mod backtest;
mod bands;
mod blend;
mod boosting;
pub mod calendar;
mod classical;
pub mod desk;
pub mod engine;
mod ets;
pub(crate) mod features;
pub(crate) mod frame;
pub mod history;
pub mod http;
pub mod members;
pub mod model;
pub mod outcome;
pub(crate) mod pooled;
pub(crate) mod random;
pub mod reason;
pub mod refit;
pub mod series;
pub mod settings;
mod yearly;
mod young;

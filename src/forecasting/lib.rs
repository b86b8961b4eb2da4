//! The numeric engine: forecasts of daily demand, and days that stand out.
//!
//! Pure: numbers in, numbers out. It depends on no other crate of this workspace, reads no clock, no
//! file and no database, and the same data with the same seed give the same bits. `analytics` feeds it
//! from the read ports and `salesflow lab` from plain files, so that the lab measures what a shop gets.
//!
//! Forecasts: [`history`] is the input, [`engine`] fits a group of series and forecasts them,
//! [`outcome`] is the output. Days that deviate: [`anomaly`].
#![forbid(unsafe_code)]

pub mod anomaly;
mod backtest;
mod bands;
mod blend;
mod boosting;
pub mod calendar;
mod classical;
pub mod engine;
mod ets;
pub mod feast;
mod features;
mod frame;
pub mod history;
pub mod members;
pub mod outcome;
mod pooled;
mod random;
pub mod settings;
mod yearly;
mod young;

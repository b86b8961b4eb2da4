//! Forecasts of the shop: the desk that holds the newest model, the job that refits it, and the
//! endpoints. The engine that fits and forecasts is the crate `forecasting`.

pub mod accuracy;
pub mod answers;
pub mod desk;
mod feasts;
pub mod http;
pub mod job;
pub mod model;
pub mod money;
pub mod reason;
pub mod refit;
mod scores_in_money;
pub mod series;
pub mod view;

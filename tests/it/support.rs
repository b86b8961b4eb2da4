//! What the tests share: throw-away servers, a running program, a client.
#![allow(
    dead_code,
    clippy::must_use_candidate,
    reason = "a toolbox: it may hold what no test needs at the moment"
)]

#[macro_use]
pub mod app;
pub mod contract;
pub mod forge;
pub mod http;
pub mod many;
pub mod program;
pub mod services;
pub mod shop;

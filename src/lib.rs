//! The shell: settings, command line, composition root and HTTP edge.
//!
//! The only crate that knows both modules: `sales` gets the database handles, `analytics` gets the
//! read ports.
#![forbid(unsafe_code)]

pub mod admin;
pub mod app;
pub mod backups;
mod books;
pub mod cli;
pub mod clock;
mod connections;
pub mod demo;
pub mod events;
pub mod example_ids;
pub mod exposition;
pub mod feedback;
pub mod health;
pub mod http;
pub mod jobs;
pub mod openapi;
pub mod schedules;
pub mod settings;
pub mod version;
pub mod webapp;

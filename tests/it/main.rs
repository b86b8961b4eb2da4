//! The one integration-test binary: every test starts the program as it is shipped, on a database
//! of its own, and ends by proving the books.
//!
//! A rule of sales, import or analytics is tested with [`both_databases!`]: on SQLite and, where it
//! is installed, on PostgreSQL.
#![cfg(test)]

#[macro_use]
mod support;

mod anomalies;
mod append_only;
mod away;
mod backup;
mod bodies;
mod browsers;
mod cache;
mod catalogue;
mod clock;
mod command_line;
mod compression;
mod connections;
mod contract;
mod controls;
mod crash;
mod demo;
mod deployment;
mod descriptions;
mod documentation;
mod edge;
mod events;
mod exports;
mod faults;
mod figures;
mod forecasts;
mod health;
mod house;
mod imports;
mod inventory;
mod isolation;
mod jobs;
mod lab;
mod limits;
mod locks;
mod losses;
mod margins;
mod money;
mod monitoring;
mod noted;
mod notes;
mod opening;
mod permissions;
mod race;
mod rates;
mod readme;
mod replica;
mod reports;
mod rollups;
mod rows;
mod sales;
mod schedules;
mod schema;
mod screens;
mod security;
mod settings;
mod stock_outs;
mod sums;
mod tls;
mod twins;
mod users;
mod version;
mod waiting;
mod walls;
mod webapp;

//! Files: bytes in and typed rows out ([`read`]), figures and pages in and bytes out ([`mod@write`]).
//!
//! Pure: it depends on `kernel` only, and knows neither the disk nor the network nor the database.
//! What it reads lies in memory already, what it writes goes into memory, and what it has to know of
//! the shop is handed to it as plain facts. `tests/it/house.rs` keeps this.
#![forbid(unsafe_code)]

pub mod read;
pub mod write;

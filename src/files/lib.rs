//! Files: bytes in and typed rows out ([`read`]), figures and pages in and bytes out ([`mod@write`]).
//!
//! Pure: it depends on `kernel` only, and uses neither disk nor network nor database. Its input is
//! already in memory, its output goes into memory, and the facts of the shop are passed to it as plain
//! data. `tests/it/house.rs` keeps this.
#![forbid(unsafe_code)]

pub mod read;
pub mod write;

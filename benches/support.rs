//! What the benches share: a shop to measure, the program as it is shipped, a load, a table.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench is a tool at the desk: it prints, fails loudly, and uses a part of this box"
)]

pub mod history;
pub mod http;
pub mod load;
pub mod machine;
pub mod program;
#[path = "../tests/it/support/services.rs"]
pub mod services;
pub mod shop;
pub mod table;
pub mod wishes;

//! Inventory: where stock is, how it moves, and the proof that the books are right.
//!
//! Everything sold, received, returned, counted or imported goes through one function,
//! [`ledger::move_stock`].

pub mod by_product;
pub mod costing;
pub mod counting;
pub mod documents;
pub(crate) mod first_stock;
pub mod held;
pub mod http;
pub mod ledger;
mod level_changes;
pub mod levels;
pub mod locations;
pub mod movement;
pub mod movements;
pub mod papers;
pub mod prices;
pub mod products;
pub mod proof;
pub(crate) mod undone;
pub mod verify;
mod witness;

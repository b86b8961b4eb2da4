//! Whole tables for spreadsheets: products, sales and movements as CSV or as a workbook.
//!
//! A table is read page by page and sent as it is read, so that one of any length needs the memory of a
//! page; nothing more is read once the client has gone. Rows come in an order that no change moves (by
//! when they were made or recorded): each row is there once, as it was when its page was read.

pub mod http;

mod movements;
mod names;
mod products;
mod sale_lines;
mod stream;
mod table;
mod words;

use std::sync::Arc;

use kernel::{Problem, ids::UserId};
use platform::seats::{Seat, Seats};

/// Tables that one user may take out at once: each keeps a reader of the database busy.
const PER_USER: usize = 2;

/// Takes tables out.
#[derive(Clone, Debug)]
pub struct Exports {
    seats: Arc<Seats>,
}

impl Default for Exports {
    fn default() -> Self {
        Self {
            seats: Seats::new(PER_USER, PER_USER),
        }
    }
}

impl Exports {
    fn seat(&self, user: UserId) -> Result<Seat, Problem> {
        self.seats.take(user)
    }
}

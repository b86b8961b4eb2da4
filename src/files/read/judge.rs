//! What a commit of a file would do: its rows compared with the facts of the shop.

mod jumps;
mod known_codes;
mod products;
mod returns;
mod sales;
mod stock;

use serde_json::{Map, Value};

pub(super) use self::{products::judge as products, sales::judge as sales, stock::judge as stock};

/// Thousandths times minor units, as minor units.
fn minor(thousandths: i128) -> i64 {
    i64::try_from(kernel::rounding::div_half_up(thousandths, 1000)).unwrap_or(i64::MAX)
}

/// The members of a JSON object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

//! The position of a product in a list, as its cursor stores it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ProductSort;

/// The position of a product in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) key: Key,
    pub(super) id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Key {
    Number(i64),
    Text(String),
}

impl Position {
    /// Whether the position fits this order: a cursor may be forged.
    pub(super) const fn fits(&self, sort: ProductSort) -> bool {
        match sort {
            ProductSort::Name
            | ProductSort::NameBackwards
            | ProductSort::Sku
            | ProductSort::SkuBackwards => matches!(self.key, Key::Text(_)),
            ProductSort::Price
            | ProductSort::PriceBackwards
            | ProductSort::Creation
            | ProductSort::CreationBackwards => matches!(self.key, Key::Number(_)),
        }
    }
}

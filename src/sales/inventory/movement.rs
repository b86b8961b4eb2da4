//! A requested stock movement, and the level that it changes.

use std::str::FromStr;

use kernel::{
    Amount, Quantity, Timestamp,
    ids::{LocationId, ProductId, UserId},
};
use serde::{Deserialize, Serialize};

/// A level: product and location, in the order in which rows are locked.
pub type LevelKey = (ProductId, LocationId);

/// Why stock moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// The opening stock of a product.
    Opening,
    /// Goods that came in.
    Receipt,
    /// Goods that were sold.
    Sale,
    /// Goods that came back and can be sold again.
    Refund,
    /// Goods of a voided sale.
    Void,
    /// A change by hand, with a reason.
    Adjustment,
    /// The difference found by a count.
    Count,
    /// Takes back the effect of an entry that a later count had already seen. Clients and the column
    /// `kind` see a `count`; the column `is_correction` tells them apart.
    #[serde(rename = "count", skip_deserializing)]
    Correction,
    /// Goods moved from one location to another.
    Transfer,
    /// Goods of an imported file.
    Import,
}

impl MovementKind {
    const ALL: [Self; 9] = [
        Self::Opening,
        Self::Receipt,
        Self::Sale,
        Self::Refund,
        Self::Void,
        Self::Adjustment,
        Self::Count,
        Self::Transfer,
        Self::Import,
    ];

    /// The word in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Receipt => "receipt",
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::Void => "void",
            Self::Adjustment => "adjustment",
            Self::Count | Self::Correction => "count",
            Self::Transfer => "transfer",
            Self::Import => "import",
        }
    }

    /// Whether it is dated at the moment of a count.
    #[must_use]
    pub const fn is_count(self) -> bool {
        matches!(self, Self::Count | Self::Correction)
    }
}

/// Reads the word of the storage back.
impl FromStr for MovementKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.as_str() == word).ok_or(())
    }
}

/// A requested movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMove {
    /// The product.
    pub product_id: ProductId,
    /// The location.
    pub location_id: LocationId,
    /// The change: positive comes in, negative goes out.
    pub delta: Quantity,
    /// The kind of movement.
    pub kind: MovementKind,
    /// The sale, refund, document or import behind it.
    pub reference_id: Option<uuid::Uuid>,
    /// The cost of a unit, when goods come in.
    pub unit_cost_minor: Option<Amount>,
    /// The reason in words.
    pub reason: Option<String>,
    /// The user who caused it.
    pub actor_id: Option<UserId>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

impl StockMove {
    /// The level that it changes.
    #[must_use]
    pub const fn level(&self) -> LevelKey {
        (self.product_id, self.location_id)
    }
}

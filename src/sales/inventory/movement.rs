//! A movement of stock that is wanted, and the level that it moves.

use std::str::FromStr;

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, UserId},
};
use serde::{Deserialize, Serialize};

/// A level: product and location, in the order in which rows are locked.
pub type LevelKey = (ProductId, LocationId);

/// Why stock moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// The stock with which a product began.
    Opening,
    /// Goods came in.
    Receipt,
    /// Goods were sold.
    Sale,
    /// Goods came back and can be sold again.
    Refund,
    /// A sale was voided.
    Void,
    /// A correction with a reason.
    Adjustment,
    /// The difference that a count found.
    Count,
    /// Takes back the effect of what was entered after a count that had seen it. Clients and the
    /// column `kind` know it as a `count`; the column `is_correction` keeps the difference.
    #[serde(rename = "count", skip_deserializing)]
    Correction,
    /// From one location to another.
    Transfer,
    /// A file.
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

    /// The word used in JSON and in storage.
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

    /// Whether it stands at the moment of a count.
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

/// A movement that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMove {
    /// Which product.
    pub product_id: ProductId,
    /// Where.
    pub location_id: LocationId,
    /// By how much: positive comes in, negative goes out.
    pub delta: Quantity,
    /// Why.
    pub kind: MovementKind,
    /// The sale, refund, document or import behind it.
    pub reference_id: Option<uuid::Uuid>,
    /// What a unit cost, when goods come in.
    pub unit_cost_minor: Option<i64>,
    /// In words.
    pub reason: Option<String>,
    /// Who.
    pub actor_id: Option<UserId>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

impl StockMove {
    /// The level that it moves.
    #[must_use]
    pub const fn level(&self) -> LevelKey {
        (self.product_id, self.location_id)
    }
}

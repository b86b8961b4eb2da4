//! The catalogue (its feature branch fills this room).

/// True for units that are sold by fractions: weights, volumes, lengths, time.
#[must_use]
pub fn is_divisible(unit: &str) -> bool {
    matches!(
        unit,
        "kg" | "g" | "l" | "cl" | "ml" | "m" | "cm" | "m2" | "m3" | "h"
    )
}

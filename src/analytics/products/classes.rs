//! Classes of products: ABC by their share of the total, XYZ by how evenly they sell.

use serde::{Deserialize, Serialize};

/// Cumulated share up to which products are A.
pub const A_UP_TO: f64 = 0.80;
/// Cumulated share up to which products are B.
pub const B_UP_TO: f64 = 0.95;
/// Largest coefficient of variation of the weekly demand of class X.
pub const X_UP_TO: f64 = 0.5;
/// Largest coefficient of variation of class Y.
pub const Y_UP_TO: f64 = 1.0;
/// Fewest weeks for an XYZ class.
pub const LEAST_WEEKS: usize = 8;

/// Figure by which the ABC classes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbcBy {
    /// Revenue without tax.
    #[default]
    Revenue,
    /// Revenue without tax less cost.
    Margin,
}

/// Class by the product's share of the total.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub enum Abc {
    /// The few products that make up 80 % of the total.
    A,
    /// The products that make up the next 15 %.
    B,
    /// All other products.
    C,
}

/// Class by how evenly a product sells from week to week.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub enum Xyz {
    /// Even: the coefficient of variation of the weekly demand is at most 0.5.
    X,
    /// Varying: at most 1.
    Y,
    /// Irregular: above 1.
    Z,
}

/// The class of each amount, in their order; `None` for all when no amount is positive. An amount is
/// A when the larger ones together are below 80 % of the total.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share is not money")]
pub fn abc_of(amounts: &[i64]) -> Vec<Option<Abc>> {
    let whole: f64 = amounts.iter().map(|amount| (*amount).max(0) as f64).sum();
    let mut classes = vec![None; amounts.len()];
    if whole <= 0.0 {
        return classes;
    }
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    order.sort_by_key(|position| std::cmp::Reverse(amounts.get(*position).copied()));
    let mut before = 0.0;
    for position in order {
        let amount = amounts.get(position).copied().unwrap_or_default();
        let class = if amount <= 0 {
            Abc::C
        } else if before < A_UP_TO * whole {
            Abc::A
        } else if before < B_UP_TO * whole {
            Abc::B
        } else {
            Abc::C
        };
        before += amount.max(0) as f64;
        if let Some(place) = classes.get_mut(position) {
            *place = Some(class);
        }
    }
    classes
}

/// The coefficient of variation of a weekly demand (standard deviation over mean); `None` with fewer
/// than [`LEAST_WEEKS`] weeks or without any demand.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "how much something varies needs no more than sixteen digits"
)]
pub fn variation(weeks_milli: &[i128]) -> Option<f64> {
    let count = weeks_milli.len();
    if count < LEAST_WEEKS {
        return None;
    }
    let mean = weeks_milli.iter().map(|week| *week as f64).sum::<f64>() / count as f64;
    if mean <= 0.0 {
        return None;
    }
    let squares = weeks_milli.iter().map(|week| (*week as f64 - mean).powi(2));
    Some((squares.sum::<f64>() / count as f64).sqrt() / mean)
}

/// The class of a coefficient of variation.
#[must_use]
pub fn xyz_of(variation: f64) -> Xyz {
    if variation <= X_UP_TO {
        Xyz::X
    } else if variation <= Y_UP_TO {
        Xyz::Y
    } else {
        Xyz::Z
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_few_products_with_most_of_the_total_are_a() {
        let classes = abc_of(&[5, 60, 0, 25, 10, -4]);
        let (a, b, c) = (Some(Abc::A), Some(Abc::B), Some(Abc::C));
        // 60 and 25 begin below 80, 10 begins at 85, 5 at 95.
        assert_eq!(classes, [c, a, c, a, b, c]);
        assert_eq!(abc_of(&[0, 0]), [None, None]);
        assert_eq!(abc_of(&[100]), [a]);
        assert!(abc_of(&[]).is_empty());
    }

    #[test]
    fn a_product_that_sells_evenly_is_x() {
        assert_eq!(variation(&[7; 7]), None);
        assert_eq!(variation(&[0; 10]), None);
        assert_eq!(variation(&[7_000; 10]).map(xyz_of), Some(Xyz::X));
        let now_and_then = [0, 0, 0, 9_000, 0, 0, 0, 9_000];
        assert_eq!(variation(&now_and_then).map(xyz_of), Some(Xyz::Z));
        let every_other = [0, 2_000, 0, 2_000, 0, 2_000, 0, 2_000];
        assert!((variation(&every_other).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(variation(&every_other).map(xyz_of), Some(Xyz::Y));
    }
}

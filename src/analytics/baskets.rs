//! Products bought together: support, confidence and lift of pairs, from the newest baskets of a
//! period.
//!
//! Of two products A and B in N baskets: support is the part of the baskets that hold both; confidence
//! is the part of the baskets with A that also hold B; lift is the ratio of that to what independence of
//! A and B would give (Agrawal, Imieliński and Swami 1993; Brin, Motwani, Ullman and Tsur 1997).
//!
//! A shop of 200 products has 20,000 pairs; among that many, chance alone gives some a lift of three,
//! most of all pairs of rare products. So pairs are ranked by a lower bound of the lift, with the number
//! of common baskets as a Poisson count (Byar's approximation to its exact limits; Breslow and Day,
//! 1987).

pub mod http;

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::{
    Timestamp,
    ids::ProductId,
    read::{BasketFacts, BasketQuestion, PairRank},
};
use serde::{Deserialize, Serialize};

use crate::{
    Analytics,
    asked::{Asked, share},
    error::AnalyticsError,
};

/// Baskets that are read: the newest of the period.
pub const MAX_BASKETS: u32 = 20_000;
/// Pairs that are read: the first ones in the requested order.
const MAX_PAIRS: u32 = 5_000;
/// Pairs on a page by default.
pub const DEFAULT_PAIRS: u32 = 20;
/// Most pairs on a page.
pub const MAX_SHOWN: u32 = 200;
/// Fewest common baskets of a pair by default: fewer have little meaning.
pub const DEFAULT_AT_LEAST: u32 = 5;

/// Width of the lower bound of a lift in standard deviations: one in two thousand independent pairs has
/// a bound above 1.
const SURE: f64 = 3.29;

/// Order of the pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairOrder {
    /// By `lift_at_least`: the pairs least likely to be chance first.
    Lift,
    /// By confidence: the pairs where one product best predicts the other first.
    Confidence,
    /// By support: the pairs in most baskets first.
    Support,
}

/// Which pairs are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PairQuestion {
    /// Only pairs with this product.
    pub product_id: Option<ProductId>,
    /// Only pairs in at least this many baskets.
    pub at_least: u32,
    /// Order of the pairs.
    pub order: PairOrder,
    /// Most pairs to return.
    pub limit: u32,
}

/// A product of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PairProduct {
    /// Id of the product.
    pub id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Baskets that hold this product.
    pub baskets: i64,
}

/// Two products bought in the same baskets.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Pair {
    /// The requested product; without one, the product that gives the higher confidence.
    pub product: PairProduct,
    /// The product bought with it.
    pub other: PairProduct,
    /// Baskets that hold both products.
    pub baskets: i64,
    /// Part of all baskets that hold both, 0 to 1.
    pub support: f64,
    /// Part of the baskets with `product` that also hold `other`, 0 to 1.
    pub confidence: f64,
    /// Part of the baskets with `other` that also hold `product`, 0 to 1.
    pub confidence_back: f64,
    /// How many times more often than by chance both are in one basket; 1 means independent.
    pub lift: f64,
    /// Lower bound of the lift for this number of baskets. Below 1 the pair may be chance.
    pub lift_at_least: f64,
}

/// Products bought together in a period.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct BoughtTogether {
    /// First day of the period, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of the period, included.
    pub to: NaiveDate,
    /// Sales that were analysed.
    pub baskets: i64,
    /// True when the period has more sales than are analysed: these are its newest.
    pub is_sample: bool,
    /// The pairs in the requested order.
    pub pairs: Vec<Pair>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// Pairs of products bought together.
    ///
    /// # Errors
    /// When the period or a bound is out of range, or the database fails.
    pub async fn bought_together(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        question: PairQuestion,
    ) -> Result<BoughtTogether, AnalyticsError> {
        for (parameter, value, most) in [
            ("limit", question.limit, MAX_SHOWN),
            ("min_baskets", question.at_least, MAX_BASKETS),
        ] {
            if !(1..=most).contains(&value) {
                let detail = format!("must lie between 1 and {most}");
                return Err(AnalyticsError::refused(parameter, detail));
            }
        }
        let Asked { period, at, .. } = self.asked(from, to).await?;
        let asked = BasketQuestion {
            product_id: question.product_id,
            newest_sales: MAX_BASKETS,
            at_least: question.at_least,
            limit: MAX_PAIRS,
            first: question.order.rank(question.product_id),
        };
        let facts = self.readers.sales.bought_together(&period, &asked).await?;
        let mut scored = score(&facts, question.product_id);
        scored.sort_by(|a, b| question.order.compare(a, b));
        scored.truncate(usize::try_from(question.limit).unwrap_or(usize::MAX));
        Ok(BoughtTogether {
            from,
            to,
            baskets: facts.baskets,
            is_sample: facts.baskets >= i64::from(MAX_BASKETS),
            pairs: self.named(scored).await?,
            computed_at: at,
        })
    }

    async fn named(&self, scored: Vec<Scored>) -> Result<Vec<Pair>, AnalyticsError> {
        let mut ids: Vec<ProductId> = scored
            .iter()
            .flat_map(|pair| [pair.product.0, pair.other.0])
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let facts = self.readers.catalog.products_by_id(&ids).await?;
        let known: HashMap<ProductId, (String, String)> = facts
            .into_iter()
            .map(|product| (product.id, (product.sku, product.name)))
            .collect();
        let named = |(id, baskets): (ProductId, i64)| {
            let (sku, name) = known.get(&id).cloned()?;
            Some(PairProduct {
                id,
                sku,
                name,
                baskets,
            })
        };
        let pairs = scored.into_iter().filter_map(|pair| {
            Some(Pair {
                product: named(pair.product)?,
                other: named(pair.other)?,
                baskets: pair.baskets,
                support: pair.support,
                confidence: pair.confidence,
                confidence_back: pair.confidence_back,
                lift: pair.lift,
                lift_at_least: pair.lift_at_least,
            })
        });
        Ok(pairs.collect())
    }
}

/// A pair with its figures, and each product with the number of its baskets.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scored {
    product: (ProductId, i64),
    other: (ProductId, i64),
    baskets: i64,
    support: f64,
    confidence: f64,
    confidence_back: f64,
    lift: f64,
    lift_at_least: f64,
}

impl PairOrder {
    /// Of the pairs with one product, those in most baskets have the highest confidence.
    const fn rank(self, asked: Option<ProductId>) -> PairRank {
        match (self, asked) {
            (Self::Lift, _) => PairRank::Lift,
            (Self::Confidence, None) => PairRank::Confidence,
            (Self::Confidence, Some(_)) | (Self::Support, _) => PairRank::Baskets,
        }
    }

    fn compare(self, a: &Scored, b: &Scored) -> std::cmp::Ordering {
        let first = match self {
            Self::Lift => b.lift_at_least.total_cmp(&a.lift_at_least),
            Self::Confidence => b.confidence.total_cmp(&a.confidence),
            Self::Support => b.support.total_cmp(&a.support),
        };
        first
            .then_with(|| b.baskets.cmp(&a.baskets))
            .then_with(|| (a.product.0, a.other.0).cmp(&(b.product.0, b.other.0)))
    }
}

fn score(facts: &BasketFacts, asked: Option<ProductId>) -> Vec<Scored> {
    let baskets_of: HashMap<ProductId, i64> = facts.products.iter().copied().collect();
    let pairs = facts.pairs.iter().filter_map(|(one, other, baskets)| {
        let (of_one, of_other) = (*baskets_of.get(one)?, *baskets_of.get(other)?);
        let support = share(*baskets, facts.baskets)?;
        let (from_one, from_other) = (share(*baskets, of_one)?, share(*baskets, of_other)?);
        let lift = from_one / share(of_other, facts.baskets)?;
        let scored = Scored {
            product: (*one, of_one),
            other: (*other, of_other),
            baskets: *baskets,
            support,
            confidence: from_one,
            confidence_back: from_other,
            lift,
            lift_at_least: lift * surely(*baskets),
        };
        let is_turned = match asked {
            Some(product) => product == *other,
            None => from_other > from_one,
        };
        Some(if is_turned { scored.turned() } else { scored })
    });
    pairs.collect()
}

/// The lower limit of the mean of a Poisson count, as a part of the count.
fn surely(count: i64) -> f64 {
    let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX)).max(1.0);
    let root = 1.0 - 1.0 / (9.0 * count) - SURE / (3.0 * count.sqrt());
    root.max(0.0).powi(3)
}

impl Scored {
    const fn turned(self) -> Self {
        Self {
            product: self.other,
            other: self.product,
            confidence: self.confidence_back,
            confidence_back: self.confidence,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(number: u128) -> ProductId {
        format!("00000000-0000-7000-8000-{number:012x}")
            .parse()
            .unwrap()
    }

    #[test]
    fn support_confidence_and_lift_follow_their_definitions() {
        let (bread, butter) = (product(1), product(2));
        let facts = BasketFacts {
            baskets: 100,
            products: vec![(bread, 40), (butter, 10)],
            pairs: vec![(bread, butter, 8)],
        };
        let scored = score(&facts, None)[0];
        // Butter predicts bread well (0.8), bread predicts butter less (0.2).
        assert_eq!((scored.product.0, scored.other.0), (butter, bread));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(scored.support, 0.08));
        assert!(near(scored.confidence, 0.8) && near(scored.confidence_back, 0.2));
        assert!(near(scored.lift, 2.0));
        let asked = score(&facts, Some(bread))[0];
        assert_eq!(asked.product.0, bread);
        assert!(near(asked.confidence, 0.2) && near(asked.lift, 2.0));
    }

    #[test]
    fn frequent_pairs_come_before_pairs_that_may_be_chance() {
        let (rare, rarer, bread, butter) = (product(1), product(2), product(3), product(4));
        let facts = BasketFacts {
            baskets: 20_000,
            products: vec![(rare, 280), (rarer, 285), (bread, 1_500), (butter, 1_400)],
            // Three times and twice as often as by chance; the first in 12 baskets only.
            pairs: vec![(rare, rarer, 12), (bread, butter, 210)],
        };
        let mut scored = score(&facts, None);
        assert!(scored[0].lift > 1.4 * scored[1].lift, "{scored:?}");
        scored.sort_by(|a, b| PairOrder::Lift.compare(a, b));
        assert_eq!(scored[0].baskets, 210);
        assert!(scored[0].lift_at_least > 1.5 && scored[1].lift_at_least < 1.0);
        assert!(scored.iter().all(|pair| pair.lift_at_least < pair.lift));
    }

    #[test]
    fn the_lower_limit_of_a_count_agrees_with_published_tables() {
        // Exact lower limits at 0.05 %: 2.94 of 12, 1.60 of 9, 70.5 of 100 (Garwood, 1936).
        for (count, limit) in [(100_i64, 70.5), (12, 3.5)] {
            let found = surely(count) * f64::from(u32::try_from(count).unwrap());
            assert!((found / limit - 1.0).abs() < 0.06, "{count}: {found}");
        }
        assert!(surely(1).abs() < 1e-12 && surely(0).abs() < 1e-12);
    }

    #[test]
    fn without_baskets_there_are_no_pairs() {
        assert!(score(&BasketFacts::default(), None).is_empty());
    }
}

//! Seeded random numbers: the same seed gives the same two years on every machine.

use kernel::{Timestamp, ids::SaleId};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Above this mean, a Poisson draw is taken in parts, so that `exp` stays far from zero.
const LARGE_MEAN: f64 = 30.0;

/// A stream of draws.
#[derive(Debug)]
pub struct Chance(ChaCha8Rng);

/// What random numbers are for. Each use has a stream of its own, so that a change in the back room
/// does not change the customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// What customers want, and when.
    Customers,
    /// Which goods are bought together.
    Pairs,
    /// The start, orders, deliveries, counts and prices.
    BackRoom,
    /// Payments, and mistakes at the till.
    Till,
}

impl Chance {
    /// A stream of a seed.
    #[must_use]
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        chance.set_stream(match stream {
            Stream::Customers => 0,
            Stream::BackRoom => 1,
            Stream::Till => 2,
            Stream::Pairs => 3,
        });
        Self(chance)
    }

    /// A number between zero and one.
    pub fn share(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// A real number in this range.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// A whole number of `low ..= high`.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// One of several things, by their weights.
    pub fn weighted<T: Copy>(&mut self, things: &[(T, f64)]) -> Option<T> {
        let whole: f64 = things.iter().map(|(_, weight)| weight).sum();
        let mut left = self.share() * whole;
        for (thing, weight) in things {
            left -= weight;
            if left < 0.0 {
                return Some(*thing);
            }
        }
        things.last().map(|(thing, _)| *thing)
    }

    /// A Poisson draw with this mean (Knuth's product of uniform draws).
    pub fn poisson(&mut self, mean: f64) -> i64 {
        let mut left = mean;
        let mut count = 0;
        while left > LARGE_MEAN {
            count += self.small_poisson(LARGE_MEAN);
            left -= LARGE_MEAN;
        }
        count + self.small_poisson(left)
    }

    fn small_poisson(&mut self, mean: f64) -> i64 {
        let floor = (-mean).exp();
        let mut product = self.share();
        let mut count = 0;
        while product > floor {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// Shuffles (Fisher and Yates).
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let other = self.0.random_range(0..=last);
            things.swap(last, other);
        }
    }

    /// A sale id at an instant, as a till would send one.
    pub fn sale_id(&mut self, at: Timestamp) -> SaleId {
        let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
        let bytes: [u8; 10] = self.0.random();
        SaleId::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

/// A count or an amount as a real number for models of demand. Those of a corner shop are small.
#[expect(
    clippy::cast_precision_loss,
    reason = "amounts of a corner shop are far below 2^52"
)]
#[must_use]
pub const fn real(count: i64) -> f64 {
    count as f64
}

/// The nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "amounts of a corner shop are far below 2^52"
)]
#[must_use]
pub fn nearest(value: f64) -> i64 {
    value.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_tells_the_same_story_twice() {
        let tell = |seed| {
            let mut chance = Chance::new(seed, Stream::Customers);
            (0..50).map(|_| chance.poisson(4.0)).collect::<Vec<_>>()
        };
        assert_eq!(tell(7), tell(7));
        assert_ne!(tell(7), tell(8));
        let mut others = Chance::new(7, Stream::BackRoom);
        assert_ne!(
            tell(7),
            (0..50).map(|_| others.poisson(4.0)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn poisson_draws_have_their_mean() {
        let mut chance = Chance::new(1, Stream::Till);
        for mean in [0.2, 3.0, 80.0] {
            let sum: i64 = (0..4000).map(|_| chance.poisson(mean)).sum();
            let found = real(sum) / 4000.0;
            assert!(
                (found - mean).abs() < 0.1 * mean + 0.05,
                "{found} for {mean}"
            );
        }
    }
}

//! The probability that chance brings a count.
//!
//! A count whose mean is itself estimated from a count is negative binomial; its tails are incomplete
//! beta functions. They are right for small means, where a deviance residual is not: no sale where seven
//! are expected happens once in a thousand days, not once in nine thousand.

/// Below this many standard deviations the tail is not computed: nothing is reported there.
const OF_INTEREST: f64 = 2.0;
/// Most terms of the continued fraction.
const MOST_TERMS: u32 = 200;
const PRECISION: f64 = 1e-9;
const TINY: f64 = 1e-300;

/// The signed surprise of a count: sqrt(-2 ln p), p = probability of a count at least this extreme;
/// roughly a z-score. `learnt` is the count from which the expectation was estimated, `spread` the
/// variance for each unit of the mean.
pub(super) fn surprise(counted: f64, expected: f64, learnt: f64, spread: f64) -> f64 {
    let off = counted - expected;
    let is_known = expected > 0.0 && learnt > 0.0 && spread > 0.0;
    if !is_known || off * off < OF_INTEREST * OF_INTEREST * spread * expected {
        return 0.0_f64.copysign(off);
    }
    let (counted, mean, size) = (counted / spread, expected / spread, learnt / spread);
    let log_probability = if off < 0.0 {
        log_small_beta(size, counted + 1.0, size / (size + mean))
    } else {
        log_small_beta(counted, size, mean / (size + mean))
    };
    let surprise = (-2.0 * log_probability).max(0.0).sqrt();
    if surprise.is_finite() {
        surprise.copysign(off)
    } else {
        0.0_f64.copysign(off)
    }
}

/// The logarithm of the regularised incomplete beta function where it is small, by its continued
/// fraction (Press et al., Numerical Recipes, 6.4); 0 elsewhere.
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the formula, as in the source"
)]
fn log_small_beta(a: f64, b: f64, x: f64) -> f64 {
    if a <= 0.0 || b <= 0.0 || x <= 0.0 || x >= (a + 1.0) / (a + b + 2.0) {
        return 0.0;
    }
    let front =
        a * x.ln() + b * (-x).ln_1p() + log_gamma(a + b) - log_gamma(a) - log_gamma(b) - a.ln();
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < PRECISION {
            break;
        }
    }
    front + fraction.max(TINY).ln()
}

/// The logarithm of the gamma function of a positive number (Lanczos), to ten digits.
fn log_gamma(x: f64) -> f64 {
    const TERMS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.120_865_097_386_617_9e-2,
        -0.539_523_938_495_3e-5,
    ];
    let shifted = x + 5.5;
    let mut at = x;
    let series = TERMS.iter().fold(1.000_000_000_190_015, |sum, term| {
        at += 1.0;
        sum + term / at
    });
    (x + 0.5) * shifted.ln() - shifted + (2.506_628_274_631_000_5 * series / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability that corresponds to a surprise.
    fn probability(surprise: f64) -> f64 {
        (-surprise * surprise / 2.0).exp()
    }

    #[test]
    fn with_a_mean_that_is_well_known_the_tails_are_those_of_poisson() {
        // P(X = 0 | 7), P(X <= 2 | 10) and P(X >= 10 | 2).
        for (counted, mean, known) in [
            (0.0, 7.0, 9.1188e-4),
            (2.0, 10.0, 2.7694e-3),
            (10.0, 2.0, 4.6498e-5),
        ] {
            let found = probability(surprise(counted, mean, 1e9, 1.0));
            assert!(
                (found / known - 1.0).abs() < 1e-3,
                "{counted} of {mean}: {found}"
            );
        }
    }

    #[test]
    fn an_uncertain_mean_and_a_wide_spread_lower_the_surprise() {
        let sure = surprise(0.0, 12.0, 1e6, 1.0);
        assert!(sure < 0.0);
        assert!(surprise(0.0, 12.0, 20.0, 1.0) > sure);
        assert!(surprise(0.0, 12.0, 1e6, 2.0) > sure);
        // (20 / 32)^20, the negative binomial without a sale.
        let known = (20.0_f64 / 32.0).powi(20);
        let found = probability(surprise(0.0, 12.0, 20.0, 1.0));
        assert!((found / known - 1.0).abs() < 1e-6, "{found} for {known}");
    }

    #[test]
    fn an_unknown_mean_and_huge_counts_give_finite_surprises() {
        for (counted, expected, learnt) in [
            (1e15, 2.0, 100.0),
            (0.0, 1e15, 1e15),
            (5.0, 0.0, 0.0),
            (5.0, 1.0, 0.0),
        ] {
            assert!(surprise(counted, expected, learnt, 1.0).is_finite());
        }
        assert!(surprise(1e6, 2.0, 100.0, 1.0) > 20.0);
    }
}

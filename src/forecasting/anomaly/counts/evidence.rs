//! Chooses what is counted for a product: sales or units.

use super::Counted;

/// Even with every sale recorded, the scatter is at least this part of a Poisson count's.
const LEAST_SCATTER: f64 = 0.8;
/// One pair of days adds at most this multiple of the mean to the scatter.
const MOST: f64 = 25.0;
/// The part of the pairs that are quiet days; the rest are weddings and the like. The mean of the
/// squares of a normal variable below that quantile is the second figure.
const CALM: (f64, f64) = (0.9, 0.623);
const WEEK: usize = 7;
/// A series with this many customers a day sells fast.
const FAST_CUSTOMERS: f64 = 8.0;

/// The days of a product as counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The counts by day.
    pub counts: Vec<Option<f64>>,
    /// Prior variance for each unit of the mean, used until the days have shown another.
    pub spread: f64,
    /// The same for units.
    pub(super) units_spread: f64,
    /// True when sales are counted, false for units.
    pub(super) is_sales: bool,
    /// True when it sells so fast that its days are regular.
    pub(super) is_fast: bool,
}

/// Counts whichever of sales and units says more about the number of customers: the one with the larger
/// mean relative to its scatter.
#[must_use]
pub fn evidence(product: &Counted) -> Evidence {
    let sales = DayScatter::of(&product.sales, 1.0);
    let quantum = usual(&product.units);
    let units = DayScatter::of(&product.units, quantum.min(1.0));
    let is_sales = sales.information() >= units.information();
    Evidence {
        counts: if is_sales {
            product.sales.clone()
        } else {
            product.units.clone()
        },
        spread: if is_sales { 1.0 } else { units.calm_spread },
        units_spread: units.spread,
        is_sales,
        is_fast: sales.information().max(units.information()) >= FAST_CUSTOMERS,
    }
}

/// Mean and scatter of days.
struct DayScatter {
    mean: f64,
    /// Variance for each unit of the mean.
    spread: f64,
    /// Variance for each unit of the mean, without days that stand out.
    calm_spread: f64,
}

impl DayScatter {
    /// From the differences between each day and the same day of the week before; `unit` is the smallest
    /// usual step.
    fn of(days: &[Option<f64>], unit: f64) -> Self {
        let known = days.iter().flatten().count();
        let sum: f64 = days.iter().flatten().sum();
        let mean = sum / real(known).max(1.0);
        let mut off: Vec<f64> = days
            .iter()
            .zip(days.iter().skip(WEEK))
            .filter_map(|(earlier, later)| Some(((*later)? - (*earlier)?).powi(2) / 2.0))
            .collect();
        off.sort_by(f64::total_cmp);
        let pairs = real(off.len());
        let calm = off.iter().zip(1_u32..);
        let calm = calm.take_while(|(_, place)| f64::from(*place) <= (CALM.0 * pairs).ceil());
        let calm: f64 = calm.map(|(off, _)| *off).sum::<f64>() / (CALM.0 * pairs).ceil().max(1.0);
        let all: f64 = off.iter().map(|off| off.min(MOST * mean * unit)).sum();
        let least = LEAST_SCATTER * unit;
        let spread = |variance: f64| {
            if mean > 0.0 {
                (variance / mean).max(least)
            } else {
                least
            }
        };
        Self {
            mean,
            spread: spread(all / pairs.max(1.0)),
            calm_spread: spread(calm / CALM.1),
        }
    }

    fn information(&self) -> f64 {
        self.mean / self.spread
    }
}

fn real(things: usize) -> f64 {
    f64::from(u32::try_from(things).unwrap_or(u32::MAX))
}

/// Median units of a day with a sale; 1 for a product that never sold.
fn usual(units: &[Option<f64>]) -> f64 {
    let sold = units.iter().flatten().copied().filter(|sold| *sold > 0.0);
    super::pulse::median(sold).unwrap_or(1.0).max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sales_are_counted_where_they_are_recorded_and_units_where_a_day_is_one_entry() {
        let days = |values: [f64; 8]| -> Vec<Option<f64>> {
            values.iter().cycle().take(80).copied().map(Some).collect()
        };
        // Four customers a day, who take one or a dozen.
        let till = Counted {
            category: None,
            units: days([4.0, 48.0, 7.0, 15.0, 3.0, 36.0, 4.0, 27.0]),
            sales: days([4.0, 4.0, 5.0, 3.0, 3.0, 5.0, 4.0, 4.0]),
        };
        let counted = evidence(&till);
        assert!(counted.is_sales && counted.counts == till.sales);
        let totals = Counted {
            sales: days([1.0; 8]),
            units: days([12.0, 9.0, 14.0, 11.0, 12.0, 15.0, 10.0, 13.0]),
            category: None,
        };
        let counted = evidence(&totals);
        assert!(!counted.is_sales && counted.counts == totals.units);
    }

    #[test]
    fn an_empty_series_is_accepted() {
        let nothing = Counted {
            category: None,
            units: vec![None; 3],
            sales: vec![None; 3],
        };
        assert!(evidence(&nothing).spread.is_finite());
    }
}

//! Scores the totals of all forecast days: a buyer orders for weeks, not for single days, and errors of
//! single days that even out do not matter for the order.

use chrono::Days;
use forecasting::history::SeriesHistory;
use serde::{Deserialize, Serialize};

use super::{Night, NightSeries, SCORED_DAYS};

/// The same weekdays one year before.
const YEAR_DAYS: u64 = 364;
/// Fewest known days of the year before from which its total is drawn up to the whole.
const FEWEST_YEAR_DAYS: u32 = 14;

/// Sums over totals: a total is that of one product over all forecast days of one night.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TotalsTally {
    totals: u32,
    sold: f64,
    model: f64,
    drift: f64,
    naive: f64,
    beside_year: YearTally,
}

/// The same, of the totals for which the year before is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct YearTally {
    totals: u32,
    sold: f64,
    model: f64,
    year: f64,
}

impl TotalsTally {
    /// Compares the total of a product with what was sold. Days without stock are left out on both
    /// sides, as for single days.
    pub(super) fn of(night: &Night, series: &NightSeries, history: &SeriesHistory) -> Self {
        let value = |date: chrono::NaiveDate| {
            let place = usize::try_from((date - history.start).num_days()).ok()?;
            history.quantities.get(place).copied().flatten()
        };
        let (mut sold, mut model, mut naive) = (0.0, 0.0, 0.0);
        let (mut days, mut year, mut year_days) = (0, 0.0, 0);
        let dates = night.as_of.iter_days().skip(1).take(SCORED_DAYS);
        for (date, (said, repeated)) in dates.zip(series.days.iter().zip(&series.naive)) {
            let Some(actual) = value(date) else {
                continue;
            };
            days += 1;
            sold += actual;
            model += said.first().copied().unwrap_or_default();
            naive += *repeated;
            let before = date.checked_sub_days(Days::new(YEAR_DAYS));
            if let Some(units) = before.and_then(value) {
                year += units;
                year_days += 1;
            }
        }
        if days == 0 {
            return Self::default();
        }
        let error = (model - sold).abs();
        let beside_year = if year_days >= FEWEST_YEAR_DAYS {
            let year = year * f64::from(days) / f64::from(year_days);
            YearTally {
                totals: 1,
                sold,
                model: error,
                year: (year - sold).abs(),
            }
        } else {
            YearTally::default()
        };
        Self {
            totals: 1,
            sold,
            model: error,
            drift: model - sold,
            naive: (naive - sold).abs(),
            beside_year,
        }
    }

    /// Adds the totals of another tally.
    pub(super) fn merge(&mut self, other: &Self) {
        self.totals += other.totals;
        self.sold += other.sold;
        self.model += other.model;
        self.drift += other.drift;
        self.naive += other.naive;
        self.beside_year.totals += other.beside_year.totals;
        self.beside_year.sold += other.beside_year.sold;
        self.beside_year.model += other.beside_year.model;
        self.beside_year.year += other.beside_year.year;
    }

    /// True without a scored total.
    pub(super) const fn is_empty(&self) -> bool {
        self.totals == 0
    }

    /// The scores; `None` without a scored total, or when nothing was sold.
    #[must_use]
    pub fn scores(&self) -> Option<TotalScores> {
        if self.totals == 0 || self.sold <= 0.0 {
            return None;
        }
        let year = &self.beside_year;
        let beside_year = (year.totals > 0 && year.sold > 0.0).then(|| LastYearScores {
            totals: year.totals,
            wape: year.model / year.sold,
            last_year_wape: year.year / year.sold,
        });
        Some(TotalScores {
            totals: self.totals,
            wape: self.model / self.sold,
            bias: self.drift / self.sold,
            seasonal_naive_wape: self.naive / self.sold,
            last_year: beside_year,
        })
    }
}

/// Errors of totals over 28 days, in units. A total is that of one product for one night.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TotalScores {
    /// Number of totals whose days are all over.
    pub totals: u32,
    /// Sum of the absolute errors of the totals divided by the units sold.
    pub wape: f64,
    /// Sum of (forecast - actual) divided by the units sold; above 0 means forecasts too high.
    pub bias: f64,
    /// The same as `wape` for repeating the last week.
    pub seasonal_naive_wape: f64,
    /// Compared with the same weekdays of the year before; null when no product has that history.
    #[schema(required)]
    pub last_year: Option<LastYearScores>,
}

/// Errors beside those of taking what was sold on the same weekdays one year before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LastYearScores {
    /// Number of totals for which the year before is known.
    pub totals: u32,
    /// `wape` of the model on these totals.
    pub wape: f64,
    /// The same for taking the total of the year before.
    pub last_year_wape: f64,
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use forecasting::outcome::Method;

    use super::*;

    /// Totals of a product that sold `past` up to the night (oldest first), then `coming` a day, while
    /// `said` a day was forecast and `repeated` a day by repeating the last week.
    fn scored(
        past: &[Option<f64>],
        coming: &[Option<f64>],
        said: f64,
        repeated: f64,
    ) -> TotalsTally {
        let as_of: NaiveDate = "2026-03-01".parse().unwrap();
        let before = u64::try_from(past.len() - 1).unwrap();
        let history = SeriesHistory {
            id: "p".to_owned(),
            category: None,
            start: as_of.checked_sub_days(Days::new(before)).unwrap(),
            quantities: past.iter().chain(coming).copied().collect(),
        };
        let series = NightSeries {
            id: "p".to_owned(),
            method: Method::FullBlend,
            scale_absolute: 1.0,
            scale_squared: 1.0,
            days: vec![[said, 0.0, 9.0]; SCORED_DAYS],
            naive: vec![repeated; SCORED_DAYS],
        };
        let night = Night {
            as_of,
            model: "m".to_owned(),
            series: Vec::new(),
        };
        TotalsTally::of(&night, &series, &history)
    }

    #[test]
    fn errors_of_days_that_even_out_are_no_error_of_the_total() {
        let coming: Vec<Option<f64>> = (0..28).map(|day| Some(f64::from(day % 2) * 10.0)).collect();
        let scores = scored(&[Some(5.0); 30], &coming, 5.0, 6.0)
            .scores()
            .unwrap();
        assert_eq!((scores.totals, scores.wape, scores.bias), (1, 0.0, 0.0));
        assert!((scores.seasonal_naive_wape - 0.2).abs() < 1e-12);
        assert_eq!(
            scores.last_year, None,
            "a month of history has no year before"
        );
    }

    #[test]
    fn days_without_stock_are_left_out_on_both_sides() {
        let mut coming = vec![Some(4.0); 28];
        coming[3] = None;
        let scores = scored(&[Some(4.0); 30], &coming, 5.0, 4.0)
            .scores()
            .unwrap();
        assert!((scores.wape - 0.25).abs() < 1e-12, "27 x 5 beside 27 x 4");
        assert!((scores.bias - 0.25).abs() < 1e-12);
    }

    #[test]
    fn the_year_before_is_compared_where_it_is_known() {
        // The same weekdays of the year before sold 3 a day, with some days out of stock.
        let mut past = vec![Some(4.0); 400];
        let first = 400 - 364;
        for (place, day) in past.iter_mut().skip(first).take(28).enumerate() {
            *day = (place % 4 != 0).then_some(3.0);
        }
        let scores = scored(&past, &[Some(4.0); 28], 5.0, 4.0).scores().unwrap();
        let year = scores.last_year.unwrap();
        assert_eq!(year.totals, 1);
        assert!((year.wape - 0.25).abs() < 1e-12);
        assert!(
            (year.last_year_wape - 0.25).abs() < 1e-12,
            "21 known days, drawn up to 28"
        );
        for day in past.iter_mut().skip(first).take(21) {
            *day = None;
        }
        let scores = scored(&past, &[Some(4.0); 28], 5.0, 4.0).scores().unwrap();
        assert_eq!(scores.last_year, None, "a week is too little");
    }

    #[test]
    fn totals_of_products_are_added_up() {
        let mut all = scored(&[Some(4.0); 30], &[Some(4.0); 28], 5.0, 4.0);
        all.merge(&scored(&[Some(4.0); 30], &[Some(4.0); 28], 3.0, 4.0));
        let scores = all.scores().unwrap();
        assert_eq!((scores.totals, scores.bias), (2, 0.0));
        assert!((scores.wape - 0.25).abs() < 1e-12);
        assert!(TotalsTally::default().is_empty() && !all.is_empty());
        assert_eq!(TotalsTally::default().scores(), None);
    }
}

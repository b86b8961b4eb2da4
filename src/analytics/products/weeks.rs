//! The sales of products in the last whole weeks of a period.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use kernel::{Period, ids::ProductId, read::ProductFacts};

use super::classes::variation;
use crate::{Analytics, asked::Asked, error::AnalyticsError};

/// Most whole weeks for an XYZ class.
const MAX_WEEKS: i64 = 52;
/// Most rows: every product in every week.
const MAX_WEEK_ROWS: u32 = 1_100_000;

pub(super) struct Weeks {
    first: NaiveDate,
    /// Number of whole weeks, at most a year of them.
    pub count: i64,
    sold: HashMap<ProductId, Vec<(u32, i128)>>,
}

impl Weeks {
    pub async fn of(analytics: &Analytics, asked: &Asked) -> Result<Self, AnalyticsError> {
        let Asked { period, today, .. } = asked;
        // Today is not over: its week is not whole.
        let end = today
            .pred_opt()
            .map_or(period.to(), |day| day.min(period.to()));
        let count = ((end - period.from()).num_days() + 1)
            .div_euclid(7)
            .clamp(0, MAX_WEEKS);
        let back = Days::new(u64::try_from(7 * count - 1).unwrap_or_default());
        let first = end.checked_sub_days(back).unwrap_or(end);
        let mut sold: HashMap<ProductId, Vec<(u32, i128)>> = HashMap::new();
        if count > 0 {
            let whole = Period::new(first, end, period.zone())?;
            let facts = analytics
                .readers
                .sales
                .product_weeks(&whole, MAX_WEEK_ROWS)
                .await?;
            for fact in facts {
                let week = (fact.week, fact.units_sold_milli);
                sold.entry(fact.product_id).or_default().push(week);
            }
        }
        Ok(Self { first, count, sold })
    }

    /// The last day of the week in which a product was first sold.
    pub fn first_of(&self, product: ProductId) -> Option<NaiveDate> {
        let weeks = self.sold.get(&product)?.iter().map(|(week, _)| *week);
        let days = Days::new(7 * u64::from(weeks.min()?) + 6);
        self.first.checked_add_days(days)
    }

    /// The coefficient of variation of the weekly demand since the shop has the product.
    pub fn variation(&self, product: &ProductFacts, created_on: NaiveDate) -> Option<f64> {
        let sold = self.sold.get(&product.id)?;
        let earliest = sold.iter().map(|(week, _)| i64::from(*week)).min()?;
        let created = (created_on - self.first).num_days().max(0).div_euclid(7);
        // Imported sales may be older than the product's entry in the catalogue.
        let begin = created.min(earliest);
        let mut weeks = vec![0; usize::try_from(self.count - begin).ok()?];
        for (week, units) in sold {
            let place = usize::try_from(i64::from(*week) - begin).ok()?;
            if let Some(place) = weeks.get_mut(place) {
                *place = *units;
            }
        }
        variation(&weeks)
    }
}

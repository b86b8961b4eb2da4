//! The period of a query, checked in the same way for every figure.

use chrono::NaiveDate;
use kernel::{Period, Timestamp, period::PeriodError, read::ShopFacts};

use crate::{Analytics, error::AnalyticsError};

/// Longest period of a query: ten years.
pub const MAX_DAYS: i64 = 3_660;

/// A checked period of a query, with the shop's settings.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Settings of the shop.
    pub shop: ShopFacts,
    /// The period, with days of the shop's time zone.
    pub period: Period,
    /// Today in the shop's time zone.
    pub today: NaiveDate,
    /// When the query arrived: the facts behind a figure are not older.
    pub at: Timestamp,
}

impl Analytics {
    /// Checks a period: it is in order, not too long, and begins no later than today.
    ///
    /// # Errors
    /// [`AnalyticsError::Period`], [`AnalyticsError::Refused`], or the database fails.
    pub async fn asked(&self, from: NaiveDate, to: NaiveDate) -> Result<Asked, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let at = self.clock.now();
        let today = at.date_in(shop.time_zone);
        let period = match Period::new(from, to, shop.time_zone) {
            Ok(period) if period.days() > MAX_DAYS => return Err(too_long()),
            Err(PeriodError::TooLong) => return Err(too_long()),
            other => other?,
        };
        if from > today {
            let detail = format!("the period begins after today, {today}");
            return Err(AnalyticsError::refused("from", detail));
        }
        Ok(Asked {
            shop,
            period,
            today,
            at,
        })
    }
}

fn too_long() -> AnalyticsError {
    AnalyticsError::refused("from", format!("the period is longer than {MAX_DAYS} days"))
}

/// A part of a whole as a ratio; `None` where the whole is zero.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "a share is for reading, not for adding up"
)]
pub fn share(part: impl Into<i128>, whole: impl Into<i128>) -> Option<f64> {
    let (part, whole) = (part.into(), whole.into());
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_zero_is_absent() {
        assert_eq!(share(3, 4), Some(0.75));
        assert_eq!(share(3, 0), None);
        assert_eq!(share(3, -5), None);
    }
}

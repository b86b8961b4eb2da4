//! Adding up: the one function that assigns facts to days and hours. The fold, the corrections and
//! the queries for unfolded sales all use it.

use std::{collections::BTreeMap, ops::Neg as _};

use chrono::{Days, Timelike as _};
use chrono_tz::Tz;
use kernel::Timestamp;
use uuid::Uuid;

use super::{
    day_number,
    facts::Facts,
    measures::{Measures, Money},
};

const HOUR_US: i64 = 3_600_000_000;

/// Day, location, cashier.
pub(super) type DayKey = (i64, Uuid, Uuid);
/// Day, hour of the day, location, local hour.
pub(super) type HourKey = (i64, i64, Uuid, i64);
/// Day, product.
pub(super) type ProductKey = (i64, Uuid);
/// Day, method, account (zeros for none), currency.
pub(super) type PaymentKey = (i64, String, Uuid, String);

/// Summed facts, sorted by key, so that writers lock rows in the same order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub days: BTreeMap<DayKey, Measures>,
    pub hours: BTreeMap<HourKey, Measures>,
    pub products: BTreeMap<ProductKey, Measures>,
    pub payments: BTreeMap<PaymentKey, Money>,
}

/// Adds up facts by the days of a time zone.
pub(super) fn tally(zone: Tz, facts: &Facts) -> Tally {
    let mut cutter = Cutter::new(zone);
    let mut tally = Tally::default();
    for (place, measures) in &facts.headers {
        let cut = cutter.cut(place.slot_us);
        let of_day = (cut.day, place.location_id, place.cashier_id);
        *tally.days.entry(of_day).or_default() += *measures;
        let of_hour = (cut.day, cut.hour, place.location_id, cut.local_hour);
        *tally.hours.entry(of_hour).or_default() += *measures;
    }
    for (product, measures) in &facts.lines {
        let key = (cutter.cut(product.slot_us).day, product.product_id);
        *tally.products.entry(key).or_default() += *measures;
    }
    for (way, money) in &facts.payments {
        let day = cutter.cut(way.slot_us).day;
        let account = way.account_id.unwrap_or(Uuid::nil());
        let key = (day, way.method.clone(), account, way.currency.clone());
        *tally.payments.entry(key).or_default() += *money;
    }
    tally
}

impl Tally {
    /// The negative, for subtracting it.
    pub(super) fn negated(self) -> Self {
        Self {
            days: self
                .days
                .into_iter()
                .map(|(key, sum)| (key, sum.neg()))
                .collect(),
            hours: self
                .hours
                .into_iter()
                .map(|(key, sum)| (key, sum.neg()))
                .collect(),
            products: self
                .products
                .into_iter()
                .map(|(key, sum)| (key, sum.neg()))
                .collect(),
            payments: self
                .payments
                .into_iter()
                .map(|(key, sum)| (key, sum.neg()))
                .collect(),
        }
    }
}

/// The day and the hours of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    day: i64,
    hour: i64,
    local_hour: i64,
}

/// Assigns instants to days and hours. Sales come roughly in the order of time, so the last day is
/// remembered.
struct Cutter {
    zone: Tz,
    day: i64,
    start_us: i64,
    end_us: i64,
}

impl Cutter {
    const fn new(zone: Tz) -> Self {
        Self {
            zone,
            day: 0,
            start_us: 0,
            end_us: 0,
        }
    }

    fn cut(&mut self, at_us: i64) -> Cut {
        if at_us < self.start_us || at_us >= self.end_us {
            self.move_to(at_us);
        }
        let hour = (at_us - self.start_us).div_euclid(HOUR_US);
        let began = Timestamp::from_micros(self.start_us + hour * HOUR_US);
        Cut {
            day: self.day,
            hour,
            local_hour: i64::from(began.to_utc().with_timezone(&self.zone).hour()),
        }
    }

    /// A day lasts from its first instant to that of the next day, also when the clock is put back
    /// over midnight.
    fn move_to(&mut self, at_us: i64) {
        let start_of = |date| Timestamp::start_of_day(date, self.zone).micros();
        let next = |date: chrono::NaiveDate| date.checked_add_days(Days::new(1)).unwrap_or(date);
        let mut date = Timestamp::from_micros(at_us).date_in(self.zone);
        if at_us < start_of(date) {
            date = date.pred_opt().unwrap_or(date);
        } else if at_us >= start_of(next(date)) {
            date = next(date);
        }
        self.day = day_number(date);
        self.start_us = start_of(date);
        self.end_us = start_of(next(date));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        Timestamp::parse(text).unwrap().micros()
    }

    #[test]
    fn the_hours_of_a_day_with_a_clock_change_are_counted_from_its_start() {
        let mut cutter = Cutter::new(chrono_tz::Europe::Brussels);
        let mut hour = |text: &str| {
            let cut = cutter.cut(at(text));
            (cut.hour, cut.local_hour)
        };
        // Autumn: the hour from two to three occurs twice.
        assert_eq!(hour("2026-10-25T02:30:00+02:00"), (2, 2));
        assert_eq!(hour("2026-10-25T02:30:00+01:00"), (3, 2));
        assert_eq!(hour("2026-10-25T23:59:59+01:00"), (24, 23));
        // Spring: it does not occur.
        assert_eq!(hour("2026-03-29T01:30:00+01:00"), (1, 1));
        assert_eq!(hour("2026-03-29T03:30:00+02:00"), (2, 3));
    }

    #[test]
    fn a_zone_of_half_hours_has_its_own_hours() {
        let mut cutter = Cutter::new(chrono_tz::Asia::Kolkata);
        let cut = cutter.cut(at("2026-11-22T00:10:00+05:30"));
        assert_eq!((cut.day, cut.hour, cut.local_hour), (20_779, 0, 0));
        assert_eq!(cutter.cut(at("2026-11-22T13:59:00+05:30")).hour, 13);
    }

    #[test]
    fn a_sale_before_midnight_belongs_to_the_day_before() {
        let mut cutter = Cutter::new(chrono_tz::Africa::Lubumbashi);
        let late = cutter.cut(at("2026-11-21T21:59:59Z")).day;
        let early = cutter.cut(at("2026-11-21T22:00:00Z")).day;
        assert_eq!((late, early), (20_778, 20_779));
    }
}

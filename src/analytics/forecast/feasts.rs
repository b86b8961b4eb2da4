//! Which feasts a shop has, by its time zone.

use chrono::NaiveDate;
use chrono_tz::Tz;
use forecasting::feast::{Feast, feast_of};

/// The feast of a day where the shop is.
pub(super) fn feast_in(zone: Tz, date: NaiveDate) -> Option<Feast> {
    let in_congo = matches!(zone, Tz::Africa__Kinshasa | Tz::Africa__Lubumbashi);
    feast_of(date, in_congo)
}

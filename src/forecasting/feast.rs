//! The names of feasts, for people who read a forecast. The engine learns the days from the history and
//! needs no names.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::calendar::easter_of;

/// A feast on which many shops close, or sell more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feast {
    /// 1 January.
    NewYear,
    /// 4 January in the Congo.
    MartyrsOfIndependence,
    /// 16 January in the Congo: Laurent-Désiré Kabila.
    KabilaDay,
    /// 17 January in the Congo: Patrice Lumumba.
    LumumbaDay,
    /// The Friday before Easter.
    GoodFriday,
    /// Easter Sunday.
    Easter,
    /// The Monday after Easter.
    EasterMonday,
    /// 1 May.
    LabourDay,
    /// 17 May in the Congo.
    LiberationDay,
    /// 39 days after Easter.
    Ascension,
    /// 49 days after Easter.
    Pentecost,
    /// 50 days after Easter.
    WhitMonday,
    /// 30 June in the Congo.
    IndependenceDay,
    /// 1 August in the Congo.
    ParentsDay,
    /// 25 December.
    Christmas,
    /// 31 December.
    NewYearsEve,
}

/// The feast of a day; `None` on most days. `in_congo` adds those of the Democratic Republic of the
/// Congo.
#[must_use]
pub fn feast_of(date: NaiveDate, in_congo: bool) -> Option<Feast> {
    let of_congo = |feast| in_congo.then_some(feast);
    match (date.month(), date.day()) {
        (1, 1) => Some(Feast::NewYear),
        (1, 4) => of_congo(Feast::MartyrsOfIndependence),
        (1, 16) => of_congo(Feast::KabilaDay),
        (1, 17) => of_congo(Feast::LumumbaDay),
        (5, 1) => Some(Feast::LabourDay),
        (5, 17) => of_congo(Feast::LiberationDay),
        (6, 30) => of_congo(Feast::IndependenceDay),
        (8, 1) => of_congo(Feast::ParentsDay),
        (12, 25) => Some(Feast::Christmas),
        (12, 31) => Some(Feast::NewYearsEve),
        _ => None,
    }
    .or_else(|| moving(date))
}

/// The feasts that move with Easter.
fn moving(date: NaiveDate) -> Option<Feast> {
    match date.num_days_from_ce() - easter_of(date.year())? {
        -2 => Some(Feast::GoodFriday),
        0 => Some(Feast::Easter),
        1 => Some(Feast::EasterMonday),
        39 => Some(Feast::Ascension),
        49 => Some(Feast::Pentecost),
        50 => Some(Feast::WhitMonday),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(date: &str, in_congo: bool) -> Option<Feast> {
        feast_of(date.parse().unwrap(), in_congo)
    }

    #[test]
    fn feasts_have_their_names_and_those_of_congo_only_there() {
        assert_eq!(named("2026-12-25", false), Some(Feast::Christmas));
        assert_eq!(named("2026-06-30", true), Some(Feast::IndependenceDay));
        assert_eq!(named("2026-06-30", false), None);
        assert_eq!(named("2026-06-29", true), None);
    }

    #[test]
    fn feasts_move_with_easter() {
        // Easter Sundays: 5 April 2026, 28 March 2027.
        assert_eq!(named("2026-04-03", false), Some(Feast::GoodFriday));
        assert_eq!(named("2026-04-05", false), Some(Feast::Easter));
        assert_eq!(named("2026-04-06", false), Some(Feast::EasterMonday));
        assert_eq!(named("2026-05-14", false), Some(Feast::Ascension));
        assert_eq!(named("2026-05-25", false), Some(Feast::WhitMonday));
        assert_eq!(named("2027-03-28", false), Some(Feast::Easter));
        assert_eq!(named("2027-05-16", false), Some(Feast::Pentecost));
    }
}

//! Judges series of plain files by the counts: it puts them on one calendar as a shop would be.
//!
//! A shop knows when it was closed and what was out of stock. A file has only quantities, so closing
//! days are learnt from the days before them.

use chrono::{Datelike, Days, NaiveDate};

use super::{
    DeviationKind,
    counts::{self, CountRules, Counted},
};
use crate::{
    calendar::{ClosedDays, DayNumber, date_of, weekday_of},
    frame::GroupFrame,
    history::SeriesHistory,
};

/// Days before the first judged day from which the usual values are learnt.
const LEARNT_DAYS: i32 = 366;
/// Days after which the closing days are learnt again.
const CALENDAR_DAYS: i32 = 7;

/// A day that stands out.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Id of the series.
    pub series_id: String,
    /// The flagged day.
    pub date: NaiveDate,
    /// Kind of the deviation.
    pub kind: DeviationKind,
    /// How far its episode lies beyond the threshold; 1 is exactly at the threshold.
    pub score: f64,
}

/// Flags days of `from..=to`, each from what was known on it. Series recorded on the same days form one
/// shop: what most of them do on a day is not reported for each series.
#[must_use]
pub fn detect(
    series: &[SeriesHistory],
    from: NaiveDate,
    to: NaiveDate,
    rules: &CountRules,
) -> Vec<Flag> {
    let (first, last) = (from.num_days_from_ce(), to.num_days_from_ce());
    let starts = series.iter().map(|one| one.start.num_days_from_ce());
    let Some(start) = starts.min().map(|start| start.max(first - LEARNT_DAYS)) else {
        return Vec::new();
    };
    let mut shop = on_calendar(series, start, last);
    let weekday = weekday_of(start);
    let shop_days = counts::shop_days(&shop, weekday, counts::SHOP_THRESHOLD, 1.0);
    for one in &mut shop {
        counts::blank(one, &shop_days);
    }
    let mut flags = Vec::new();
    for episode in counts::detect(&shop, weekday, rules) {
        let Some(history) = series.get(episode.series) else {
            continue;
        };
        for place in &episode.flagged {
            let day = i32::try_from(*place).map(|place| start + place).ok();
            let date = day.filter(|day| *day >= first).and_then(date_of);
            flags.extend(date.map(|date| Flag {
                series_id: history.id.clone(),
                date,
                kind: episode.kind,
                score: episode.score,
            }));
        }
    }
    flags
}

/// Sales of each series on each day from `start` to `last`; `None` on days on which it was closed, or on
/// which none of them sold.
fn on_calendar(series: &[SeriesHistory], start: DayNumber, last: DayNumber) -> Vec<Counted> {
    let length = usize::try_from(last - start + 1).unwrap_or(0);
    let mut units: Vec<Vec<Option<f64>>> = vec![Vec::with_capacity(length); series.len()];
    let mut calendars: Vec<ClosedDays> = Vec::new();
    for day in start..=last {
        if (day - start) % CALENDAR_DAYS == 0 {
            let group = GroupFrame::build(series, day - 1);
            let calendar = |one: &SeriesHistory| {
                let frame = group.find(&one.id);
                frame
                    .map(|frame| frame.calendar.clone())
                    .unwrap_or_default()
            };
            calendars = series.iter().map(calendar).collect();
        }
        let is_open = series.iter().any(|one| sold_on(one, day) > Some(0.0));
        for ((one, calendar), units) in series.iter().zip(&calendars).zip(&mut units) {
            let sold = sold_on(one, day).filter(|_| is_open);
            units.push(sold.filter(|sold| *sold > 0.0 || !calendar.may_contain(day)));
        }
    }
    units
        .into_iter()
        .map(|units| Counted {
            category: None,
            sales: units
                .iter()
                .map(|sold| sold.map(|sold| if sold > 0.0 { 1.0 } else { 0.0 }))
                .collect(),
            units,
        })
        .collect()
}

fn sold_on(history: &SeriesHistory, day: DayNumber) -> Option<f64> {
    let place = usize::try_from(day - history.start.num_days_from_ce()).ok()?;
    let sold = history.quantities.get(place).copied().flatten()?;
    sold.is_finite().then_some(sold.max(0.0))
}

/// The first and last day that a set of histories covers.
#[must_use]
pub fn covered_days(series: &[SeriesHistory]) -> Option<(NaiveDate, NaiveDate)> {
    let first = series.iter().map(|history| history.start).min()?;
    let last = series
        .iter()
        .filter_map(|history| {
            let days = u64::try_from(history.quantities.len())
                .ok()?
                .checked_sub(1)?;
            history.start.checked_add_days(Days::new(days))
        })
        .max()?;
    Some((first, last))
}

#[cfg(test)]
mod tests;

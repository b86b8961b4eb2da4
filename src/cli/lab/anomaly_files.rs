//! `lab anomalies`: reads a file of daily or hourly series, and writes a row for each flagged point.

use std::collections::{BTreeMap, btree_map::Entry};
use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use forecasting::anomaly::counts::CountRules;
use forecasting::anomaly::group::{self, covered_days};
use forecasting::anomaly::hourly::{self, Hour, hourly_rules};
use forecasting::history::SeriesHistory;

use super::output::Output;
use super::rows::{Place, each_row, has_column, without_gaps};

/// The result for a day, and its row.
struct Day {
    quantity: Option<f64>,
    is_judged: bool,
    place: Place,
}

/// Flags the days or hours of `series` and writes `out`.
pub fn run(series: &Path, out: &Path) -> anyhow::Result<()> {
    if has_column(series, "timestamp")? {
        run_hourly(series, out)
    } else {
        run_daily(series, out)
    }
}

fn run_daily(series: &Path, out: &Path) -> anyhow::Result<()> {
    let mut rows: BTreeMap<String, BTreeMap<NaiveDate, Day>> = BTreeMap::new();
    // Without the column, every day is judged.
    let judges = has_column(series, "evaluate")?;
    each_row(series, &["series_id", "date", "quantity"], |row| {
        let day = Day {
            quantity: row.number("quantity")?,
            is_judged: !judges || row.whole("evaluate")? != 0,
            place: row.place(),
        };
        let days = rows.entry(row.name("series_id")?).or_default();
        match days.entry(row.date("date")?) {
            Entry::Occupied(known) => bail!(
                "{}: {} of {} is in line {} already",
                row.place(),
                known.key(),
                row.text("series_id"),
                known.get().place.line()
            ),
            Entry::Vacant(new) => {
                new.insert(day);
            }
        }
        Ok(())
    })?;
    let histories = rows.iter().map(|(id, days)| history_of(id, days));
    let histories = histories.collect::<anyhow::Result<Vec<_>>>()?;
    let mut output = Output::new(out, &["series_id", "date", "kind", "score"])?;
    for shop in overlapping(&histories) {
        let judged_days: Vec<NaiveDate> = shop
            .iter()
            .filter_map(|history| rows.get(&history.id))
            .flat_map(|days| {
                days.iter()
                    .filter(|(_, day)| day.is_judged)
                    .map(|(date, _)| *date)
            })
            .collect();
        let (Some(from), Some(to)) = (judged_days.iter().min(), judged_days.iter().max()) else {
            continue;
        };
        for flag in group::detect(&shop, *from, *to, &CountRules::default()) {
            let is_judged = rows
                .get(&flag.series_id)
                .and_then(|days| days.get(&flag.date))
                .is_some_and(|day| day.is_judged);
            if is_judged {
                output.write(&[
                    flag.series_id,
                    flag.date.to_string(),
                    flag.kind.name().to_owned(),
                    format!("{:.4}", flag.score),
                ])?;
            }
        }
    }
    output.finish()
}

/// Groups series that cover the same stretch of time: they count as one shop.
fn overlapping(histories: &[SeriesHistory]) -> Vec<Vec<SeriesHistory>> {
    let mut shops: BTreeMap<Option<(NaiveDate, NaiveDate)>, Vec<SeriesHistory>> = BTreeMap::new();
    for history in histories {
        // The end is compared by month: series of one shop end together, but not always on the same
        // day.
        let key = covered_days(std::slice::from_ref(history)).map(|(_, last)| {
            (
                last.with_day(1).unwrap_or(last),
                last.with_day(1).unwrap_or(last),
            )
        });
        shops.entry(key).or_default().push(history.clone());
    }
    shops.into_values().collect()
}

fn history_of(id: &str, days: &BTreeMap<NaiveDate, Day>) -> anyhow::Result<SeriesHistory> {
    let (start, quantities) =
        without_gaps(id, days.iter().map(|(date, day)| (*date, day.quantity)))?;
    Ok(SeriesHistory {
        id: id.to_owned(),
        category: None,
        start,
        quantities,
    })
}

fn run_hourly(series: &Path, out: &Path) -> anyhow::Result<()> {
    let mut rows: BTreeMap<String, BTreeMap<NaiveDateTime, (f64, String, Place)>> = BTreeMap::new();
    each_row(series, &["series_id", "timestamp", "value"], |row| {
        let hours = rows.entry(row.name("series_id")?).or_default();
        let value = row
            .number("value")?
            .with_context(|| format!("{}: there is no value", row.place()))?;
        match hours.entry(row.moment("timestamp")?) {
            Entry::Occupied(known) => bail!(
                "{}: {} of {} is in line {} already",
                row.place(),
                row.text("timestamp"),
                row.text("series_id"),
                known.get().2.line()
            ),
            Entry::Vacant(new) => {
                new.insert((value, row.text("timestamp").to_owned(), row.place()));
            }
        }
        Ok(())
    })?;
    let mut output = Output::new(out, &["series_id", "timestamp", "kind", "score"])?;
    for (id, stamped) in rows {
        let hours: Vec<Hour> = stamped
            .iter()
            .map(|(at, (value, _, _))| Hour {
                at: *at,
                value: *value,
            })
            .collect();
        for finding in hourly::detect(&hours, &hourly_rules()) {
            let text = stamped
                .get(&finding.at)
                .map_or_else(String::new, |(_, text, _)| text.clone());
            output.write(&[
                id.clone(),
                text,
                finding.kind.name().to_owned(),
                format!("{:.4}", finding.score),
            ])?;
        }
    }
    output.finish()
}

//! `lab anomalies`: a file of daily or hourly series in, one row per flagged point out.

use std::collections::BTreeMap;
use std::path::Path;

use analytics::anomaly::daily::{self, DetectorSettings, covered_days};
use analytics::anomaly::finding::AnomalyKind;
use analytics::anomaly::hourly::{self, Hour, hourly_rules};
use analytics::forecast::history::SeriesHistory;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct DayRow {
    series_id: String,
    date: NaiveDate,
    quantity: Option<f64>,
    /// 1 for a day to be judged; without the column every day is.
    #[serde(default = "judged")]
    evaluate: u8,
}

fn judged() -> u8 {
    1
}

#[derive(Debug, Deserialize)]
struct HourRow {
    series_id: String,
    timestamp: String,
    value: f64,
}

/// Flags the days or hours of `series` and writes `out`.
pub fn run(series: &Path, out: &Path) -> anyhow::Result<()> {
    let is_hourly = csv::Reader::from_path(series)?
        .headers()?
        .iter()
        .any(|name| name == "timestamp");
    if is_hourly {
        run_hourly(series, out)
    } else {
        run_daily(series, out)
    }
}

fn run_daily(series: &Path, out: &Path) -> anyhow::Result<()> {
    let mut rows: BTreeMap<String, BTreeMap<NaiveDate, (Option<f64>, bool)>> = BTreeMap::new();
    for row in csv::Reader::from_path(series)?.deserialize() {
        let row: DayRow = row?;
        rows.entry(row.series_id)
            .or_default()
            .insert(row.date, (row.quantity, row.evaluate != 0));
    }
    let histories: Vec<SeriesHistory> =
        rows.iter().map(|(id, days)| history_of(id, days)).collect();
    let mut writer = csv::Writer::from_path(out)?;
    writer.write_record(["series_id", "date", "kind", "score"])?;
    for group in overlapping(&histories) {
        let judged_days: Vec<NaiveDate> = group
            .iter()
            .filter_map(|history| rows.get(&history.id))
            .flat_map(|days| {
                days.iter()
                    .filter(|(_, (_, judge))| *judge)
                    .map(|(date, _)| *date)
            })
            .collect();
        let (Some(from), Some(to)) = (judged_days.iter().min(), judged_days.iter().max()) else {
            continue;
        };
        for finding in daily::detect(&group, *from, *to, &DetectorSettings::default()) {
            // A day of the whole shop is one event, not a flag on each of its series.
            let Some(id) = finding.series_id else {
                continue;
            };
            let is_judged = rows
                .get(&id)
                .and_then(|days| days.get(&finding.date))
                .is_some_and(|(_, judge)| *judge);
            if is_judged && finding.kind != AnomalyKind::ShopWide {
                writer.write_record([
                    id,
                    finding.date.to_string(),
                    finding.kind.name().to_owned(),
                    format!("{:.4}", finding.score),
                ])?;
            }
        }
    }
    writer.flush()?;
    Ok(())
}

/// Series whose recorded days are the same stretch of time are one shop.
fn overlapping(histories: &[SeriesHistory]) -> Vec<Vec<SeriesHistory>> {
    let mut shops: BTreeMap<Option<(NaiveDate, NaiveDate)>, Vec<SeriesHistory>> = BTreeMap::new();
    for history in histories {
        // The end counts to the month: series of one shop end together, but not always on one day.
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

fn history_of(id: &str, days: &BTreeMap<NaiveDate, (Option<f64>, bool)>) -> SeriesHistory {
    let start = days.keys().next().copied().unwrap_or_default();
    let mut quantities = Vec::new();
    let mut next = start;
    for (date, (quantity, _)) in days {
        while next < *date && quantities.len() < 100_000 {
            quantities.push(None);
            next = next.checked_add_days(Days::new(1)).unwrap_or(*date);
        }
        quantities.push(*quantity);
        next = date.checked_add_days(Days::new(1)).unwrap_or(*date);
    }
    SeriesHistory {
        id: id.to_owned(),
        category: None,
        start,
        quantities,
    }
}

fn run_hourly(series: &Path, out: &Path) -> anyhow::Result<()> {
    let mut rows: BTreeMap<String, Vec<(Hour, String)>> = BTreeMap::new();
    for row in csv::Reader::from_path(series)?.deserialize() {
        let row: HourRow = row?;
        let at = NaiveDateTime::parse_from_str(&row.timestamp, "%Y-%m-%d %H:%M:%S")
            .or_else(|_| NaiveDateTime::parse_from_str(&row.timestamp, "%Y-%m-%dT%H:%M:%S"))?;
        rows.entry(row.series_id).or_default().push((
            Hour {
                at,
                value: row.value,
            },
            row.timestamp,
        ));
    }
    let mut writer = csv::Writer::from_path(out)?;
    writer.write_record(["series_id", "timestamp", "kind", "score"])?;
    for (id, mut stamped) in rows {
        stamped.sort_by_key(|(hour, _)| hour.at);
        let hours: Vec<Hour> = stamped.iter().map(|(hour, _)| *hour).collect();
        let texts: BTreeMap<NaiveDateTime, &String> =
            stamped.iter().map(|(hour, text)| (hour.at, text)).collect();
        for finding in hourly::detect(&hours, &hourly_rules()) {
            let text = texts
                .get(&finding.at)
                .map_or_else(String::new, |text| (*text).clone());
            writer.write_record([
                id.clone(),
                text,
                finding.kind.name().to_owned(),
                format!("{:.4}", finding.score),
            ])?;
        }
    }
    writer.flush()?;
    Ok(())
}

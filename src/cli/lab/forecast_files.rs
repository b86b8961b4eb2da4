//! `lab forecast`: requests and histories from a directory, one file of forecasts back.
//!
//! The series of one group and one cutoff are one shop at one moment: they are fitted together, on
//! nothing dated after the cutoff.

use std::collections::BTreeMap;
use std::path::Path;

use analytics::forecast::engine::Engine;
use analytics::forecast::history::SeriesHistory;
use analytics::forecast::settings::Settings;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Request {
    group: String,
    series_id: String,
    cutoff: NaiveDate,
    k: u32,
}

#[derive(Debug, Deserialize)]
struct HistoryRow {
    series_id: String,
    date: NaiveDate,
    /// Empty on a day without stock.
    quantity: Option<f64>,
}

type Histories = BTreeMap<String, BTreeMap<NaiveDate, Option<f64>>>;

/// Forecasts every request of `directory` and writes `out`.
pub fn run(directory: &Path, out: &Path, horizon: usize) -> anyhow::Result<()> {
    let mut runs: BTreeMap<u32, BTreeMap<(String, NaiveDate), Vec<String>>> = BTreeMap::new();
    for row in csv::Reader::from_path(directory.join("requests.csv"))?.deserialize() {
        let request: Request = row?;
        runs.entry(request.k)
            .or_default()
            .entry((request.group, request.cutoff))
            .or_default()
            .push(request.series_id);
    }
    let mut writer = csv::Writer::from_path(out)?;
    writer.write_record(["series_id", "cutoff", "date", "yhat", "lo80", "hi80"])?;
    for (k, groups) in runs {
        let histories = read_histories(&directory.join(format!("history_{k}.csv")))?;
        for ((_, cutoff), ids) in groups {
            let group: Vec<SeriesHistory> = ids
                .iter()
                .map(|id| history_of(id, histories.get(id), cutoff))
                .collect();
            let fitted = Engine::fit(&group, cutoff, &Settings::default())?;
            for id in &ids {
                for day in fitted.forecast(id, horizon)?.days {
                    writer.write_record([
                        id.clone(),
                        cutoff.to_string(),
                        day.date.to_string(),
                        format!("{:.6}", day.point),
                        format!("{:.6}", day.low),
                        format!("{:.6}", day.high),
                    ])?;
                }
            }
        }
    }
    writer.flush()?;
    Ok(())
}

fn read_histories(path: &Path) -> anyhow::Result<Histories> {
    let mut histories = Histories::new();
    for row in csv::Reader::from_path(path)?.deserialize() {
        let row: HistoryRow = row?;
        histories
            .entry(row.series_id)
            .or_default()
            .insert(row.date, row.quantity);
    }
    Ok(histories)
}

/// One entry per day from the first date on; a date that the file leaves out is unknown.
fn history_of(
    id: &str,
    days: Option<&BTreeMap<NaiveDate, Option<f64>>>,
    cutoff: NaiveDate,
) -> SeriesHistory {
    let known = days
        .into_iter()
        .flatten()
        .filter(|(date, _)| **date <= cutoff);
    let mut quantities = Vec::new();
    let mut start = cutoff;
    for (date, quantity) in known {
        if quantities.is_empty() {
            start = *date;
        }
        let index =
            usize::try_from(date.num_days_from_ce() - start.num_days_from_ce()).unwrap_or(0);
        if index < 100_000 {
            quantities.resize(index, None);
            quantities.push(*quantity);
        }
    }
    SeriesHistory {
        id: id.to_owned(),
        category: None,
        start,
        quantities,
    }
}

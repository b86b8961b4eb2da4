//! `lab forecast`: reads requests and histories from a folder, and writes one file of forecasts.
//!
//! The series of one group and one cutoff are a shop at that moment: they are fitted together,
//! without data after the cutoff. A shop that is too young to know the effect of its days learns from
//! the other groups of the same cutoff only how those days compared with the weeks before.

use std::collections::{BTreeMap, btree_map::Entry};
use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use forecasting::engine::Engine;
use forecasting::history::SeriesHistory;
use forecasting::settings::Settings;

use super::output::Output;
use super::rows::{Place, each_row, without_gaps};

/// The days of each series of a file.
type Histories = BTreeMap<String, BTreeMap<NaiveDate, (Option<f64>, Place)>>;
/// The series of each group, with the row of the request.
type Groups = BTreeMap<String, BTreeMap<String, (u32, Place)>>;

/// Forecasts every request of `directory` and writes `out`.
pub fn run(directory: &Path, out: &Path, horizon: usize) -> anyhow::Result<()> {
    let moments = read_requests(&directory.join("requests.csv"))?;
    let mut files: BTreeMap<u32, Histories> = BTreeMap::new();
    for (_, (k, _)) in moments.values().flat_map(BTreeMap::values).flatten() {
        if let Entry::Vacant(file) = files.entry(*k) {
            file.insert(read_histories(&history_path(directory, *k))?);
        }
    }
    let columns = ["series_id", "cutoff", "date", "yhat", "lo80", "hi80"];
    let mut output = Output::new(out, &columns)?;
    for (cutoff, groups) in &moments {
        let mut shops: Vec<Vec<SeriesHistory>> = Vec::with_capacity(groups.len());
        for series in groups.values() {
            let histories = series.iter().map(|(id, (k, asked))| {
                let days = files.get(k).and_then(|file| file.get(id));
                history_of(id, days, *cutoff).with_context(|| {
                    format!(
                        "{asked} asks for {id}, see {}",
                        history_path(directory, *k).display()
                    )
                })
            });
            shops.push(histories.collect::<anyhow::Result<_>>()?);
        }
        for (place, (group, shop)) in groups.keys().zip(&shops).enumerate() {
            let others: Vec<SeriesHistory> = shops
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place)
                .flat_map(|(_, shop)| shop.iter().cloned())
                .collect();
            let fitted = Engine::fit_beside(shop, &others, *cutoff, &Settings::default())
                .with_context(|| format!("group {group} at {cutoff}"))?;
            for history in shop {
                for day in fitted.forecast(&history.id, horizon)?.days {
                    output.write(&[
                        history.id.clone(),
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
    output.finish()
}

fn history_path(directory: &Path, k: u32) -> std::path::PathBuf {
    directory.join(format!("history_{k}.csv"))
}

/// The requests of each cutoff, by group and series.
fn read_requests(path: &Path) -> anyhow::Result<BTreeMap<NaiveDate, Groups>> {
    let mut moments: BTreeMap<NaiveDate, Groups> = BTreeMap::new();
    each_row(path, &["group", "series_id", "cutoff", "k"], |row| {
        let groups = moments.entry(row.date("cutoff")?).or_default();
        let group = groups.entry(row.name("group")?).or_default();
        match group.entry(row.name("series_id")?) {
            Entry::Occupied(asked) => bail!(
                "{}: {} was requested already, with the same group and cutoff, in line {}",
                row.place(),
                asked.key(),
                asked.get().1.line()
            ),
            Entry::Vacant(new) => {
                new.insert((row.whole("k")?, row.place()));
            }
        }
        Ok(())
    })?;
    Ok(moments)
}

fn read_histories(path: &Path) -> anyhow::Result<Histories> {
    let mut histories = Histories::new();
    each_row(path, &["series_id", "date", "quantity"], |row| {
        let (id, date) = (row.name("series_id")?, row.date("date")?);
        let day = (row.number("quantity")?, row.place());
        match histories.entry(id).or_default().entry(date) {
            Entry::Occupied(known) => bail!(
                "{}: {date} of {} is in line {} already",
                row.place(),
                row.text("series_id"),
                known.get().1.line()
            ),
            Entry::Vacant(new) => {
                new.insert(day);
            }
        }
        Ok(())
    })?;
    Ok(histories)
}

/// One entry per day from the first date on. A date that is missing in the file is unknown.
fn history_of(
    id: &str,
    days: Option<&BTreeMap<NaiveDate, (Option<f64>, Place)>>,
    cutoff: NaiveDate,
) -> anyhow::Result<SeriesHistory> {
    let days = days.context("the file has no such series")?;
    let known = days.range(..=cutoff);
    if known.clone().next().is_none() {
        bail!("the series has no day up to the cutoff {cutoff}");
    }
    let (start, quantities) =
        without_gaps(id, known.map(|(date, (quantity, _))| (*date, *quantity)))?;
    Ok(SeriesHistory {
        id: id.to_owned(),
        category: None,
        start,
        quantities,
    })
}

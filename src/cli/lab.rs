//! `lab`: the engines of analytics on plain files, and on the hidden future of a demo shop.

mod anomaly_files;
mod forecast_files;
mod low_stock;
mod output;
mod rows;

use std::path::PathBuf;

use clap::Subcommand;

use crate::demo;

/// Default days to forecast.
const HORIZON_DAYS: usize = 28;
/// Default weeks to hide.
const HIDDEN_WEEKS: u32 = 8;

#[expect(
    clippy::doc_markdown,
    reason = "printed as help, where marks of code would be read as letters"
)]
#[derive(Debug, Subcommand)]
pub(super) enum Experiment {
    /// Forecast the series of a folder of CSV files
    Forecast {
        /// The folder, with requests.csv (group,series_id,cutoff,k) and `history_<k>.csv` (series_id,date,quantity).
        /// The series of one group and cutoff are one shop. A day that is missing, or has no quantity, is unknown
        #[arg(long)]
        dir: PathBuf,
        /// The file to write: series_id,cutoff,date,yhat,lo80,hi80
        #[arg(long)]
        out: PathBuf,
        /// Days to forecast after each cutoff
        #[arg(long, default_value_t = HORIZON_DAYS)]
        horizon: usize,
    },
    /// List what is unusual in the series of a CSV file
    Anomalies {
        /// The file to read: series_id,date,quantity,evaluate, or hourly series_id,timestamp,value
        #[arg(long)]
        series: PathBuf,
        /// The file to write: series_id,date,kind,score (hourly: timestamp in place of date)
        #[arg(long)]
        out: PathBuf,
    },
    /// Measure the alerts of low stock on a demo shop of which the last weeks are hidden
    LowStock {
        /// Another seed tells another story
        #[arg(long, default_value_t = demo::DEFAULT_SEED)]
        seed: u64,
        /// How many days the story has
        #[arg(long, default_value_t = demo::DEFAULT_DAYS)]
        days: u32,
        /// How many weeks of it are hidden
        #[arg(long, default_value_t = HIDDEN_WEEKS)]
        hidden_weeks: u32,
    },
}

/// Runs an experiment. No existing shop is touched: an experiment creates its own and deletes it.
pub(super) async fn run(experiment: Experiment) -> anyhow::Result<()> {
    match experiment {
        Experiment::Forecast { dir, out, horizon } => forecast_files::run(&dir, &out, horizon),
        Experiment::Anomalies { series, out } => anomaly_files::run(&series, &out),
        Experiment::LowStock {
            seed,
            days,
            hidden_weeks,
        } => {
            let trial = low_stock::Trial {
                seed,
                days,
                hidden_weeks,
            };
            low_stock::run(trial).await
        }
    }
}

//! `lab`: the engines of analytics on plain files, without a shop.

mod anomaly_files;
mod forecast_files;

use std::path::PathBuf;

use clap::Subcommand;

/// Days that are forecast when nobody says how many.
const HORIZON_DAYS: usize = 28;

#[derive(Debug, Subcommand)]
pub(super) enum Experiment {
    /// Forecast every request of a directory of histories
    Forecast {
        /// Holds requests.csv (`group,series_id,cutoff,k`) and `history_<k>.csv` (`series_id,date,quantity`)
        #[arg(long)]
        dir: PathBuf,
        /// Gets `series_id,cutoff,date,yhat,lo80,hi80`
        #[arg(long)]
        out: PathBuf,
        /// Days behind each cutoff
        #[arg(long, default_value_t = HORIZON_DAYS)]
        horizon: usize,
    },
    /// Flag what is strange in a file of series
    Anomalies {
        /// `series_id,date,quantity,evaluate`, or hourly `series_id,timestamp,value`
        #[arg(long)]
        series: PathBuf,
        /// Gets `series_id,date,kind,score` of each flagged point, or its timestamp
        #[arg(long)]
        out: PathBuf,
    },
}

/// Runs an experiment. Neither settings nor a database are touched.
pub(super) fn run(experiment: Experiment) -> anyhow::Result<()> {
    match experiment {
        Experiment::Forecast { dir, out, horizon } => forecast_files::run(&dir, &out, horizon),
        Experiment::Anomalies { series, out } => anomaly_files::run(&series, &out),
    }
}

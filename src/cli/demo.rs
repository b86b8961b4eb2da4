//! `demo`: fill an empty shop with two years of a corner shop in Goma.

use std::time::Instant;

use chrono::NaiveDate;
use clap::Args;
use kernel::{Clock as _, clock::SystemClock};

use super::say;
use crate::{
    demo::{self, Story, staff},
    settings::Settings,
};

/// The file of the logins, beside the other things of this machine.
const LOGIN_FILE: &str = "demo-login.txt";

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Wishes {
    /// Last day of the story; yesterday when absent
    #[arg(long, value_name = "DATE")]
    end: Option<NaiveDate>,
    /// How many days it has
    #[arg(long, default_value_t = demo::DEFAULT_DAYS)]
    days: u32,
    /// Another seed tells another story
    #[arg(long, default_value_t = demo::DEFAULT_SEED)]
    seed: u64,
}

pub(super) async fn run(settings: &Settings, wishes: Wishes) -> anyhow::Result<()> {
    let began = Instant::now();
    let now = SystemClock.now();
    let story = Story {
        end: wishes
            .end
            .unwrap_or_else(|| Story::until_yesterday(now).end),
        days: wishes.days,
        seed: wishes.seed,
    };
    let tally = demo::fill(settings, story, now).await?;
    let path = settings.data_directory.join(LOGIN_FILE);
    staff::keep(&tally.logins, &path)?;
    say(&format!(
        "The demo shop « Alimentation Chez Furaha » is full: {} to {}, in {:.0} s.",
        story.first(),
        story.end,
        began.elapsed().as_secs_f64()
    ))?;
    say(&format!(
        "  {} products, {} sales with {} lines, {} FC of revenue",
        tally.products,
        tally.sales,
        tally.lines,
        tally.revenue_minor / 100
    ))?;
    say(&format!(
        "  {} deliveries, {} counts, {} voids, {} refunds; {} times a customer asked in vain",
        tally.receipts,
        tally.counts,
        tally.voids,
        tally.refunds,
        tally.in_vain.len()
    ))?;
    say(&format!(
        "  {} movements of stock, and the books are right.",
        tally.movements
    ))?;
    say(&format!(
        "\nIt is served at http://{}",
        settings.server.bind
    ))?;
    say(&format!(
        "Sign in as (also kept in {}):\n\n{}",
        path.display(),
        staff::table(&tally.logins)
    ))
}

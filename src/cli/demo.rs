//! `demo`: fill an empty shop with two years of a corner shop in Goma.

use std::{
    cell::Cell,
    io::{IsTerminal as _, Write as _, stdout},
    time::Instant,
};

use chrono::NaiveDate;
use clap::Args;
use kernel::{Clock as _, clock::SystemClock};

use super::{say, words};
use crate::{
    demo::{self, Story, staff},
    settings::Settings,
};

/// The file with the logins, in the data directory.
const LOGIN_FILE: &str = "demo-login.txt";

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Wishes {
    /// The last whole day of its past; yesterday when absent
    #[arg(long, value_name = "DATE")]
    end: Option<NaiveDate>,
    /// How many days of past it has
    #[arg(long, default_value_t = demo::DEFAULT_DAYS)]
    days: u32,
    /// Another seed makes another shop: the same seed and day make the same one
    #[arg(long, default_value_t = demo::DEFAULT_SEED)]
    seed: u64,
}

/// Shows progress: one changing line on a terminal, otherwise a line at each quarter.
struct Progress {
    what: &'static str,
    shown: Cell<u8>,
    is_terminal: bool,
}

impl Progress {
    fn new(what: &'static str) -> Self {
        Self {
            what,
            shown: Cell::new(0),
            is_terminal: stdout().is_terminal(),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 0 to 1 in percent"
    )]
    fn show(&self, done: f64) {
        let percent = (done.clamp(0.0, 1.0) * 100.0) as u8;
        let step = if self.is_terminal { 1 } else { 25 };
        if percent < self.shown.get() + step {
            return;
        }
        self.shown.set(percent / step * step);
        let (start, end) = if self.is_terminal {
            ("\r", "")
        } else {
            ("", "\n")
        };
        let mut out = stdout();
        // Progress that cannot be printed is ignored.
        let _unread = write!(out, "{start}{}: {} %{end}", self.what, self.shown.get());
        let _unread = out.flush();
    }

    fn end(&self, word: &str) {
        if self.is_terminal {
            let _unread = writeln!(stdout(), "\r{}: {word} ", self.what);
        }
    }
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
    let meter = Progress::new("Filling the demo shop");
    let tally = demo::fill_reporting(settings, story, now, |done| meter.show(done)).await?;
    meter.end("done");
    let filled = began.elapsed().as_secs_f64();
    // Written before anything else can fail: the passwords cannot be read again.
    let path = settings.data_directory.join(LOGIN_FILE);
    staff::keep(&tally.logins, &path)?;
    let began = Instant::now();
    let meter = Progress::new("Fitting the forecasts");
    let fitted = demo::fit(settings, |done| meter.show(done)).await;
    let forecasts = match &fitted {
        Ok(()) => format!("the forecasts took {:.0} s", began.elapsed().as_secs_f64()),
        // The shop is complete without forecasts. The job will run with the server.
        Err(error) => format!(
            "the forecasts are not ready yet ({}): the server fits them",
            words::of(error)
        ),
    };
    meter.end(if fitted.is_ok() { "done" } else { "later" });
    say(&format!(
        "The demo shop « Alimentation Chez Furaha » is ready: {} to {} and the sales of today, in {filled:.0} s; {forecasts}.",
        story.first(),
        story.end,
    ))?;
    say_counts(&tally)?;
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

fn say_counts(tally: &demo::Tally) -> anyhow::Result<()> {
    say(&format!(
        "  {} products, {} sales with {} lines, {} FC of revenue",
        tally.products,
        tally.sales,
        tally.lines,
        tally.revenue_minor / 100
    ))?;
    say(&format!(
        "  {} deliveries, {} counts, {} discounts, {} voids, {} refunds; {} times a customer asked for what was out of stock",
        tally.receipts,
        tally.counts,
        tally.discounts,
        tally.voids,
        tally.refunds,
        tally.in_vain.len()
    ))?;
    say(&format!(
        "  {} movements of stock; the books were checked and are right.",
        tally.movements
    ))
}

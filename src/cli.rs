//! The command line: one binary, one subcommand for each job.

mod serve;

use std::{io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::settings::Settings;

/// Runs a shop: products, stock, sales, users and figures.
#[derive(Debug, Parser)]
#[command(name = "salesflow", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Migrate the database, then serve (what happens without a command).
    Serve,
}

/// Runs the command that the process was started with.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli.command.unwrap_or(Command::Serve)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

async fn dispatch(command: Command) -> anyhow::Result<()> {
    let settings = Settings::from_environment()?;
    match command {
        Command::Serve => serve::serve(&settings).await,
    }
}

/// Says on standard error what went wrong, with its causes.
#[must_use]
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let mut sentence = format!("salesflow: {error}");
    for cause in error.chain().skip(1) {
        sentence.push_str("\n  because: ");
        sentence.push_str(&cause.to_string());
    }
    // Nobody is left to be told when standard error is gone.
    let _lost = writeln!(std::io::stderr(), "{sentence}");
    ExitCode::FAILURE
}

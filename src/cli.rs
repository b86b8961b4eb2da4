//! The command line: one subcommand for each task, each in its own file under `cli/`.

mod backup;
mod books;
mod clock;
mod configuration;
mod demo;
mod doctor;
mod health;
mod import;
mod lab;
mod migrate;
mod move_shop;
mod read_book;
mod serve;
mod user;
mod words;

use std::{
    io::{ErrorKind, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use platform::telemetry::LogFormat;

use crate::{
    books::READ_BOOK,
    openapi,
    settings::{NewShop, Settings},
    version::VERSION,
};

/// The log filter of commands that are not servers.
const QUIET: &str = "warn";
/// The same for a command that reports errors itself.
const SILENT: &str = "off";

/// Niceness of a backup, as that of background jobs.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Threads of the runtime beside those that serve requests: group writers, timers, signals.
const RUNTIME_THREADS: usize = 2;

#[expect(
    clippy::doc_markdown,
    reason = "printed as help, where marks of code would be read as letters"
)]
/// SalesFlow-Lite runs a small shop: products, stock, sales, users and figures.
///
/// Without a command it serves the shop. The settings come from config/ and from the environment:
/// SALESFLOW__SERVER__BIND=127.0.0.1:8081 is the setting `server.bind`.
#[derive(Debug, Parser)]
#[command(name = "salesflow", version = VERSION)]
struct Cli {
    /// Make a new, empty shop when the SQLite file of the configuration does not exist yet
    #[arg(long, global = true)]
    create: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database up to date and serve the shop (what happens without a command, too)
    Serve,
    /// Bring the tables of the database up to date, take a change back, or list the changes
    Migrate {
        #[command(subcommand)]
        step: Option<migrate::MigrateStep>,
    },
    /// Create users, and help one who lost the second factor
    User {
        #[command(subcommand)]
        step: user::UserStep,
    },
    /// Check the configuration
    Config {
        #[command(subcommand)]
        step: configuration::ConfigStep,
    },
    /// Print the description of the API (OpenAPI, JSON)
    #[command(name = "openapi")]
    OpenApi,
    /// Read a file of products, stock or sales: show what it would change, or change it with --commit
    Import(import::ImportArguments),
    /// Forecast, or look for anomalies, in plain CSV files; needs no shop
    Lab {
        #[command(subcommand)]
        experiment: lab::Experiment,
    },
    /// Check that stock, sales and figures agree; fails if something differs
    Verify,
    /// Write the shop into one file, also while the program serves and sells
    Backup(backup::BackupArguments),
    /// Restore a backup into an empty database, of either kind, and check its books
    Restore(backup::RestoreArguments),
    /// Move a shop from its SQLite file to an empty PostgreSQL database; stop the program first
    #[command(name = "move-to-postgres")]
    MoveToPostgres(move_shop::MoveArguments),
    /// Say that the clock of this machine is right
    Clock {
        #[command(subcommand)]
        step: clock::ClockStep,
    },
    /// Fill an empty shop with the demo: two years of a corner shop in Goma
    Demo(demo::Wishes),
    /// Look at configuration, database, clock, disk, Redis and backups: what is wrong, and what to do
    Doctor,
    /// Ask the running server whether it is ready; fails if it is not
    Health,
    /// Parse the spreadsheet on standard input: the server starts this for each file
    #[command(name = READ_BOOK, hide = true)]
    ReadBook,
}

impl Command {
    /// Whether the command may create the shop of a developer's first start. A command that inspects
    /// or corrects a shop must not create one.
    const fn new_shop(&self) -> NewShop {
        match self {
            Self::Serve
            | Self::User { .. }
            | Self::Import(_)
            | Self::Demo(_)
            | Self::Migrate {
                step: None | Some(migrate::MigrateStep::Up),
            } => NewShop::AsConfigured,
            Self::Migrate { .. }
            | Self::Config { .. }
            | Self::OpenApi
            | Self::Lab { .. }
            | Self::Verify
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::MoveToPostgres(_)
            | Self::Clock { .. }
            | Self::Doctor
            | Self::Health
            | Self::ReadBook => NewShop::OnlyWhenAsked,
        }
    }
}

/// Runs the command of this process on a runtime of its own.
///
/// Not an `async fn`, or every crate that awaits it would compile the whole program again.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Some(Command::Backup(_))) {
        be_nice();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(RUNTIME_THREADS)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(cli)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Takes less of the processors than a server beside it: for this thread and those that it starts.
fn be_nice() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the priority stays as it is");
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let command = cli.command.unwrap_or(Command::Serve);
    let new_shop = if cli.create {
        NewShop::Asked
    } else {
        command.new_shop()
    };
    let read = || -> anyhow::Result<Settings> {
        let mut settings = Settings::from_environment()?;
        settings.new_shop = new_shop;
        Ok(settings)
    };
    // The log of a command that is not a server shows errors only.
    let quietly = || -> anyhow::Result<Settings> {
        let settings = read()?;
        platform::telemetry::start_logs(settings.log.style(), QUIET);
        Ok(settings)
    };
    match command {
        Command::Serve => serve::serve(&read()?).await,
        Command::Migrate { step } => migrate::run(&quietly()?, step.unwrap_or_default()).await,
        Command::User { step } => user::run(&quietly()?, step).await,
        Command::Config { step } => configuration::run(&quietly()?, step),
        Command::OpenApi => say(&serde_json::to_string_pretty(&openapi::document())?),
        Command::Import(arguments) => import::import(&quietly()?, arguments).await,
        Command::Lab { experiment } => lab::run(experiment).await,
        Command::Clock { step } => clock::run(&quietly()?, step).await,
        Command::Verify => books::verify(&quietly()?).await,
        Command::Backup(arguments) => backup::make(&quietly()?, arguments).await,
        Command::MoveToPostgres(arguments) => {
            move_shop::move_to_postgres(&quietly()?, arguments).await
        }
        Command::Restore(arguments) => backup::restore(&quietly()?, arguments).await,
        Command::Demo(wishes) => demo::run(&quietly()?, wishes).await,
        Command::Doctor => {
            platform::telemetry::start_logs(LogFormat::Pretty, SILENT);
            doctor::examine(Settings::from_environment()).await
        }
        Command::Health => health::ask(&quietly()?),
        Command::ReadBook => read_book::run(),
    }
}

/// Prints a line on standard output. A reader may close the pipe early (`| head`); that is no error.
fn say(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints an error with its causes on standard error.
fn fail(error: &anyhow::Error) -> ExitCode {
    // If standard error is closed, nobody can be informed.
    let _lost = writeln!(std::io::stderr(), "salesflow: {}", words::of(error));
    ExitCode::FAILURE
}

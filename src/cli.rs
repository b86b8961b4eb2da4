//! The command line: one binary, one subcommand for each job, one file for each under `cli/`.

mod books;
mod clock;
mod configuration;
mod demo;
mod health;
mod import;
mod lab;
mod migrate;
mod serve;
mod user;

use std::{
    io::{ErrorKind, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    openapi,
    settings::{NewShop, Settings},
};

/// The filter of the log of a command that is not a server.
const QUIET: &str = "warn";

/// Threads of the runtime beside those that answer requests: writers of groups, timers, signals.
const RUNTIME_THREADS: usize = 2;

/// Runs a shop: products, stock, sales, users and figures.
#[derive(Debug, Parser)]
#[command(name = "salesflow", version, about)]
struct Cli {
    /// Make a new, empty shop when the SQLite file of the configuration does not exist yet
    #[arg(long, global = true)]
    create: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database up to date, then serve the shop. Happens without a command as well
    Serve,
    /// Change the schema of the database, or see how far it is
    Migrate {
        #[command(subcommand)]
        step: Option<migrate::Step>,
    },
    /// Look after the users of the shop
    User {
        #[command(subcommand)]
        step: user::Step,
    },
    /// Look at the configuration
    Config {
        #[command(subcommand)]
        step: configuration::Step,
    },
    /// Print the `OpenAPI` document
    Openapi,
    /// Preview a file of products, stock or sales; commit it with --commit
    Import(import::ImportArguments),
    /// Try the engines of analytics on plain files, without a shop
    Lab {
        #[command(subcommand)]
        experiment: lab::Experiment,
    },
    /// Prove the books: fails on the first difference
    Verify,
    /// Say what is true of the clock
    Clock {
        #[command(subcommand)]
        step: clock::Step,
    },
    /// Fill an empty shop with a demo: two years of a corner shop in Goma
    Demo(demo::Wishes),
    /// Ask the server of this configuration whether it is ready: fails when it is not
    Health,
}

impl Command {
    /// Whether the command may make the shop of a developer's first start. One that looks at a shop or
    /// corrects it has nothing to do in a new one.
    const fn new_shop(&self) -> NewShop {
        match self {
            Self::Serve
            | Self::User { .. }
            | Self::Import(_)
            | Self::Demo(_)
            | Self::Migrate {
                step: None | Some(migrate::Step::Up),
            } => NewShop::AsConfigured,
            Self::Migrate { .. }
            | Self::Config { .. }
            | Self::Openapi
            | Self::Lab { .. }
            | Self::Verify
            | Self::Clock { .. }
            | Self::Health => NewShop::OnlyWhenAsked,
        }
    }
}

/// Runs the command that the process was started with, on a runtime of its own.
///
/// Not an `async fn`: the whole program would be compiled once more, by whoever waits for it.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
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
    // The log of a command that is not a server says what went wrong, nothing else.
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
        Command::Openapi => say(&serde_json::to_string_pretty(&openapi::document())?),
        Command::Import(arguments) => import::import(&quietly()?, arguments).await,
        Command::Lab { experiment } => lab::run(experiment),
        Command::Clock { step } => clock::run(&quietly()?, step).await,
        Command::Verify => books::verify(&quietly()?).await,
        Command::Demo(wishes) => demo::run(&quietly()?, wishes).await,
        Command::Health => health::ask(&quietly()?),
    }
}

/// Prints a line on standard output. Whoever reads may stop reading (`| head`): that is no fault.
fn say(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says on standard error what went wrong, with its causes.
fn fail(error: &anyhow::Error) -> ExitCode {
    let mut sentence = format!("salesflow: {error}");
    for cause in error.chain().skip(1) {
        sentence.push_str("\n  because: ");
        sentence.push_str(&cause.to_string());
    }
    // Nobody is left to be told when standard error is gone.
    let _lost = writeln!(std::io::stderr(), "{sentence}");
    ExitCode::FAILURE
}

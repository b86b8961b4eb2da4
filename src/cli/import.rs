//! `import`: a file of products, stock or sales, previewed and, when told so, committed.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use kernel::{import::ImportKind, import::RowState};
use sales::{
    Actor,
    imports::{CommitOptions, ErrorRows, Import, Warnings},
    rollups::fold,
};

use super::say;
use crate::{
    app::Modules,
    clock::MachineClock,
    imports::{FileIn, preview},
    settings::Settings,
};

/// Rows with errors that are printed; the others are counted.
const SHOWN: u32 = 20;
/// Rows in one question, when issues are counted.
const PAGE: u32 = 5_000;

/// What the command was told.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// What the file holds
    #[arg(value_enum)]
    kind: Kind,
    /// A CSV file
    file: PathBuf,
    /// A JSON file that says which header means what: {"columns": {"price": "PV"}}, and how dates
    /// and numbers are written (docs/imports.md)
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Make it so, after the preview
    #[arg(long)]
    commit: bool,
    /// Leave rows with errors out
    #[arg(long, requires = "commit")]
    skip_errors: bool,
    /// Commit although there are warnings
    #[arg(long, requires = "commit")]
    accept_warnings: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Products,
    Stock,
    Sales,
}

impl From<Kind> for ImportKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Products => Self::Products,
            Kind::Stock => Self::Stock,
            Kind::Sales => Self::Sales,
        }
    }
}

/// Previews a file and commits it when told so.
pub(super) async fn import(settings: &Settings, arguments: ImportArguments) -> anyhow::Result<()> {
    let path = &arguments.file;
    let bytes =
        std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mapping = match &arguments.mapping {
        Some(path) => {
            let text = std::fs::read(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            serde_json::from_slice(&text)
                .with_context(|| format!("{} is not a mapping", path.display()))?
        }
        None => analytics::imports::Mapping::default(),
    };
    let file = FileIn {
        kind: arguments.kind.into(),
        name: path.to_string_lossy().into_owned(),
        bytes,
        mapping,
    };
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let done = run(&modules, file, &arguments).await;
    modules.close().await;
    done
}

async fn run(modules: &Modules, file: FileIn, arguments: &ImportArguments) -> anyhow::Result<()> {
    let actor = Actor::operator("salesflow import");
    let import = preview(&modules.sales, &modules.analytics, &actor, file).await?;
    show(modules, &import).await?;
    if !arguments.commit {
        return say("Nothing was changed. Repeat with --commit to make it so.");
    }
    let options = CommitOptions {
        errors: if arguments.skip_errors {
            ErrorRows::Skip
        } else {
            ErrorRows::Refuse
        },
        warnings: if arguments.accept_warnings {
            Warnings::Accept
        } else {
            Warnings::Refuse
        },
    };
    let answer = modules
        .sales
        .imports
        .commit(&actor, import.id, options, None)
        .await;
    match answer {
        Ok(answer) => {
            let committed: serde_json::Value = serde_json::from_str(&answer.body)?;
            let effects = committed.get("effects").cloned().unwrap_or_default();
            fold::fold_all(&modules.stores.write).await?;
            say(&format!("Committed: {effects}"))
        }
        Err(error) => bail!("nothing was changed: {}", kernel::Problem::from(error)),
    }
}

async fn show(modules: &Modules, import: &Import) -> anyhow::Result<()> {
    let counts = import.counts;
    say(&format!(
        "{} ({}): {} new, {} changed, {} unchanged, {} with errors, {} with warnings",
        import.file_name,
        import.kind.as_str(),
        counts.new,
        counts.changed,
        counts.unchanged,
        counts.error,
        counts.warning
    ))?;
    say(&format!(
        "Would do: {}",
        serde_json::to_string(&import.effects)?
    ))?;
    say(&format!(
        "Read as: {}",
        serde_json::to_string(&import.mapping)?
    ))?;
    for issue in &import.issues {
        say(&format!("{}: {}", issue.code, issue.detail))?;
    }
    let issues = modules.sales.imports.issue_counts(import.id, PAGE).await?;
    for (code, rows) in issues {
        say(&format!("{rows:>8} x {code}"))?;
    }
    let errors = modules
        .sales
        .imports
        .rows(import.id, Some(RowState::Error), 0, SHOWN)
        .await?;
    for row in errors.items {
        for issue in row.issues {
            say(&format!(
                "line {}, {} {:?}: {} ({})",
                row.row, issue.column, issue.value, issue.detail, issue.code
            ))?;
        }
    }
    if errors.has_more {
        say("…")?;
    }
    Ok(())
}

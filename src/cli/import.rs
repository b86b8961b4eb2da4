//! `import`: previews a file of products, stock or sales, and commits it on request.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use files::read::{
    Mapping,
    staged::{ImportKind, RowState},
};
use sales::{
    Actor,
    imports::{
        BigChanges, CommitOptions, ErrorRows, Import, ImportState, Warnings, preview::SentFile,
    },
    rollups::fold,
};
use serde_json::{Map, Value};

use super::{say, words};
use crate::{app::Modules, clock::MachineClock, settings::Settings};

/// Rows with errors that are printed; the rest are counted.
const SHOWN: u32 = 20;
/// Rows per query when issues are counted.
const PAGE: u32 = 5_000;

/// The arguments of the command.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the switches of the command line"
)]
pub(super) struct ImportArguments {
    /// What the file holds
    #[arg(value_enum)]
    kind: Kind,
    /// A text file (CSV) or a spreadsheet (XLSX, XLS, XLSB, ODS)
    file: PathBuf,
    /// A JSON file that says what the headers mean, such as {"columns": {"price": "PV"}}, and how
    /// dates and numbers are written: see docs/imports.md
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Do it, not only show it
    #[arg(long)]
    commit: bool,
    /// Leave out the rows that have errors
    #[arg(long, requires = "commit")]
    skip_errors: bool,
    /// Go on although there are warnings
    #[arg(long, requires = "commit")]
    accept_warnings: bool,
    /// Go on although a price, a cost or a stock becomes ten times what it was, or a tenth of it
    #[arg(long, requires = "commit")]
    accept_big_changes: bool,
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

/// Previews a file, and commits it on request.
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
        None => Mapping::default(),
    };
    let file = SentFile {
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

async fn run(modules: &Modules, file: SentFile, arguments: &ImportArguments) -> anyhow::Result<()> {
    let actor = Actor::operator("salesflow import");
    let imports = &modules.sales.imports;
    let import = imports
        .preview(&actor, file)
        .await
        .map_err(words::refused)?;
    if import.state == ImportState::Mapping {
        return Err(ask(&import));
    }
    show(modules, &import).await?;
    if !arguments.commit {
        return say("Nothing was changed yet. Run the same with --commit to do it.");
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
        big_changes: if arguments.accept_big_changes {
            BigChanges::Accept
        } else {
            BigChanges::Refuse
        },
    };
    let answer = modules
        .sales
        .imports
        .commit(&actor, import.id, options, None)
        .await
        .map_err(words::refused)
        .context("nothing was changed")?;
    let committed: serde_json::Value = serde_json::from_str(&answer.body)?;
    fold::fold_all(&modules.stores.write).await?;
    let effects = committed.get("effects").and_then(Value::as_object);
    say(&format!(
        "Done: {}.",
        effects.map_or_else(String::new, effects_in_words)
    ))
}

/// What has to be said about a file before it can be read, as the reason why nothing was done.
fn ask(import: &Import) -> anyhow::Error {
    let mut lines = vec!["The columns of the file are unclear.".to_owned()];
    for question in import.layout.iter().flat_map(|layout| &layout.questions) {
        lines.push(format!("  {}", question.detail));
        for answer in &question.answers {
            let example = answer.example.as_ref().map_or_else(String::new, |example| {
                let (product, before, after) = (&example.product, example.before, example.after);
                format!(": {before} of {product} become {after}")
            });
            let value = serde_json::to_value(answer.value).unwrap_or_default();
            lines.push(format!("    {{\"{}\": {value}}}{example}", answer.member));
        }
    }
    let columns = import.layout.iter().flat_map(|layout| &layout.columns);
    for column in columns {
        let field = column.field.as_deref().unwrap_or("not read");
        lines.push(format!(
            "  #{} \"{}\" ({field}): {}",
            column.number,
            column.header,
            column.samples.join(", ")
        ));
    }
    lines.push("Say it with --mapping: see docs/imports.md.".to_owned());
    anyhow::anyhow!(lines.join("\n"))
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
        "What would change: {}.",
        effects_in_words(&import.effects)
    ))?;
    say(&format!("Columns: {}.", columns_in_words(&import.mapping)))?;
    for issue in &import.issues {
        say(&format!("Warning: {}", issue.detail))?;
    }
    let issues = modules.sales.imports.issue_counts(import.id, PAGE).await?;
    for (code, rows) in issues {
        let rows_word = if rows == 1 { "row" } else { "rows" };
        say(&format!("  {rows} {rows_word} with {code}"))?;
    }
    let errors = modules
        .sales
        .imports
        .rows(import.id, Some(RowState::Error), 0, SHOWN)
        .await?;
    for row in errors.items {
        for issue in row.issues {
            let value = match issue.value.as_str() {
                "" => "nothing is there".to_owned(),
                value => format!("\u{201c}{value}\u{201d}"),
            };
            let place = issue
                .cell
                .map_or_else(String::new, |cell| format!(" ({cell})"));
            say(&format!(
                "  line {}, column {}{place}: {value}. {}",
                row.row, issue.column, issue.detail
            ))?;
        }
    }
    if errors.has_more {
        say("  … and more")?;
    }
    Ok(())
}

/// The effects of a file on the shop, in words: counts and amounts that are not zero.
fn effects_in_words(effects: &Map<String, Value>) -> String {
    let said: Vec<String> = effects
        .iter()
        .filter(|(_, value)| value.as_i64() != Some(0))
        .map(|(name, value)| {
            let name = name.replace('_', " ");
            match name.strip_suffix(" minor") {
                Some(amount) => format!("{amount} {value} (in cents)"),
                None => format!("{name} {value}"),
            }
        })
        .collect();
    if said.is_empty() {
        "no change".to_owned()
    } else {
        said.join(", ")
    }
}

/// Which header was read as which field, in words.
fn columns_in_words(mapping: &Map<String, Value>) -> String {
    let columns = mapping.get("columns").and_then(Value::as_object);
    let said: Vec<String> = columns
        .into_iter()
        .flatten()
        .map(|(field, header)| {
            let header = header.as_str().unwrap_or_default();
            if header == field {
                field.clone()
            } else {
                format!("{header} is {field}")
            }
        })
        .collect();
    said.join(", ")
}

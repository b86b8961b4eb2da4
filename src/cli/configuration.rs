//! `config check`: prints the settings, if they are valid.

use clap::Subcommand;
use serde_json::Value;

use super::say;
use crate::settings::Settings;

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum ConfigStep {
    /// Print the settings that are in force, without the secrets; fails if one is wrong
    Check,
}

pub(super) fn run(settings: &Settings, step: ConfigStep) -> anyhow::Result<()> {
    match step {
        ConfigStep::Check => check(settings),
    }
}

/// Invalid settings have stopped the command earlier.
fn check(settings: &Settings) -> anyhow::Result<()> {
    say(&format!("profile = {}", settings.profile.as_str()))?;
    let mut lines = Vec::new();
    flatten("", &serde_json::to_value(settings)?, &mut lines);
    for line in lines {
        say(&line)?;
    }
    for warning in settings.warnings() {
        say(&format!("Warning: {warning}."))?;
    }
    say("The configuration is in order.")
}

fn flatten(prefix: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(&format!("{prefix}{dot}{name}"), member, lines);
            }
        }
        other => lines.push(format!("{prefix} = {other}")),
    }
}

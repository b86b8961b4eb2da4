//! `user`: creates users and helps them, for people with a shell on the machine.

use std::{
    io::{BufRead as _, IsTerminal as _},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use kernel::Role;
use sales::{
    Actor,
    people::{accounts::NewUser, passwords::Password},
};

use super::{say, words};
use crate::{app::Modules, clock::MachineClock, settings::Settings};

#[derive(Debug, Subcommand)]
pub(super) enum UserStep {
    /// Create a user; the password is asked for, or read from standard input
    Create {
        /// The e-mail address to sign in with
        #[arg(long)]
        email: String,
        /// admin (the owner), manager, cashier or viewer: the README says what each may do
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// The name that others see; without it, the first part of the address
        #[arg(long)]
        name: Option<String>,
    },
    /// Turn the second factor off for a user who lost the phone and the recovery codes
    RemoveSecondFactor {
        /// The e-mail address of the user
        #[arg(long)]
        email: String,
    },
}

fn parse_role(word: &str) -> Result<Role, &'static str> {
    Role::parse(word).ok_or("a role is admin, manager, cashier or viewer")
}

pub(super) async fn run(settings: &Settings, step: UserStep) -> anyhow::Result<()> {
    match step {
        UserStep::Create { email, role, name } => create(settings, email, role, name).await,
        UserStep::RemoveSecondFactor { email } => remove_second_factor(settings, &email).await,
    }
}

async fn remove_second_factor(settings: &Settings, email: &str) -> anyhow::Result<()> {
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let users = &modules.sales.people;
    let actor = Actor::operator("command line");
    let removed = async {
        let user = users.with_email(email).await?;
        users.remove_second_factor(&actor, user.id).await?;
        Ok::<_, sales::SalesError>(user)
    };
    let removed = removed.await;
    modules.close().await;
    let user = removed
        .map_err(words::refused)
        .context("the second factor was not turned off")?;
    say(&format!(
        "{} can sign in with the password alone now.",
        user.email
    ))
}

async fn create(
    settings: &Settings,
    email: String,
    role: Role,
    name: Option<String>,
) -> anyhow::Result<()> {
    let password = ask_password()?;
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let new = NewUser {
        email,
        name,
        role,
        password,
    };
    let actor = Actor::operator("command line");
    let made = modules.sales.people.create(&actor, new).await;
    modules.close().await;
    let user = made
        .map_err(words::refused)
        .context("the user was not created")?;
    say(&format!(
        "{} can sign in now, as {}.",
        user.email, user.role
    ))
}

/// Never from an argument, which other users of the machine could read.
fn ask_password() -> anyhow::Result<Password> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut line)
            .context("the password cannot be read from standard input")?;
        return Ok(Password::new(line.trim_end_matches(['\r', '\n'])));
    }
    let first = rpassword::prompt_password("Password: ")?;
    if first != rpassword::prompt_password("The same again: ")? {
        bail!("the two passwords differ; nothing was created");
    }
    Ok(Password::new(&first))
}

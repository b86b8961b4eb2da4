//! Who works in the demo shop, and how they sign in.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use kernel::{Role, ids::UserId};
use platform::request::Origin;
use sales::{
    Actor,
    people::{accounts::NewUser, passwords::Password},
};

use super::fixed;
use crate::app::Modules;

/// Letters and digits that nobody mistakes for each other: 31 of them, 4.95 bits each.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters of a password: 79 bits.
const PASSWORD_LENGTH: usize = 16;
/// They are typed from a screen: a dash behind every four.
const GROUP: usize = 4;

/// The cashier whom the examples of the API's document name.
const EXAMPLE_CASHIER: &str = "esther@demo.example.com";

/// How somebody signs in.
#[derive(Debug, Clone)]
pub struct Login {
    /// As what.
    pub role: Role,
    /// Under which address.
    pub email: String,
    /// With which password.
    pub password: String,
}

/// Those who act in the story.
#[derive(Debug)]
pub(super) struct Staff {
    /// Writes rates and prices down.
    pub(super) owner: Actor,
    /// Receives, counts, voids, refunds.
    pub(super) manager: Actor,
    /// Sell.
    pub(super) cashiers: [Actor; 2],
    /// How they sign in.
    pub(super) logins: Vec<Login>,
}

/// Hires everybody.
pub(super) async fn hire(modules: &Modules) -> anyhow::Result<Staff> {
    let mut logins = Vec::new();
    let mut actors = Vec::new();
    for (role, email, name) in [
        (Role::Admin, "furaha@demo.example.com", "Furaha Mapendo"),
        (Role::Manager, "bahati@demo.example.com", "Bahati Kambale"),
        (Role::Cashier, EXAMPLE_CASHIER, "Esther Kavira"),
        (Role::Cashier, "patient@demo.example.com", "Patient Muhindo"),
        (Role::Viewer, "comptable@demo.example.com", "Neema Shukuru"),
    ] {
        let password = new_password()?;
        let new = NewUser {
            email: email.to_owned(),
            name: name.to_owned(),
            role,
            password: Password::new(&password),
        };
        let id = if email == EXAMPLE_CASHIER {
            fixed::USER
        } else {
            UserId::generate()
        };
        let users = &modules.sales.people;
        let user = users.create_as(&Actor::operator("demo"), id, new).await?;
        actors.push(Actor {
            user_id: Some(user.id),
            role,
            origin: Origin::local("demo"),
        });
        logins.push(Login {
            role,
            email: user.email,
            password,
        });
    }
    let mut actors = actors.into_iter();
    let mut next = || actors.next().context("somebody was not hired");
    Ok(Staff {
        owner: next()?,
        manager: next()?,
        cashiers: [next()?, next()?],
        logins,
    })
}

/// A password from the operating system's randomness, never from the seed.
fn new_password() -> anyhow::Result<String> {
    let mut password = String::new();
    let mut length = 0;
    // Bytes beyond the last whole multiple are thrown away: every character is equally likely.
    let limit = 256 - 256 % ALPHABET.len();
    while length < PASSWORD_LENGTH {
        let mut bytes = [0; PASSWORD_LENGTH];
        getrandom::fill(&mut bytes).context("the system gives no randomness")?;
        for byte in bytes.map(usize::from) {
            if byte >= limit || length == PASSWORD_LENGTH {
                continue;
            }
            if length > 0 && length % GROUP == 0 {
                password.push('-');
            }
            if let Some(letter) = ALPHABET.get(byte % ALPHABET.len()) {
                password.push(char::from(*letter));
                length += 1;
            }
        }
    }
    Ok(password)
}

/// One line a person, as it is printed and kept.
#[must_use]
pub(crate) fn table(logins: &[Login]) -> String {
    logins.iter().fold(String::new(), |mut text, login| {
        let _infallible = writeln!(
            text,
            "{:<8} {:<28} {}",
            login.role.as_str(),
            login.email,
            login.password
        );
        text
    })
}

/// Keeps the logins in a file that only its owner can read.
pub(crate) fn keep(logins: &[Login], path: &Path) -> anyhow::Result<()> {
    use std::{
        io::Write as _,
        os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    };
    if let Some(folder) = path.parent() {
        crate::settings::make_directory(folder)?;
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    // A file from before keeps its own mode otherwise.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(table(logins).as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_readable_and_never_the_same() {
        let one = new_password().unwrap();
        assert_eq!(one.len(), PASSWORD_LENGTH + 3);
        assert!(one.split('-').all(|group| group.len() == GROUP));
        assert_ne!(one, new_password().unwrap());
    }
}

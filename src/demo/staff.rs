//! The staff of the demo shop and their logins.

use std::{fmt::Write as _, path::Path};

use anyhow::Context as _;
use kernel::{Role, ids::UserId};
use platform::request::Origin;
use sales::{
    Actor,
    people::{accounts::NewUser, passwords::Password},
};

use crate::{app::Modules, example_ids};

/// 31 letters and digits that are not mistaken for each other, 4.95 bits each.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// Characters of a password: 79 bits.
const PASSWORD_LENGTH: usize = 16;
/// Passwords are typed from a screen: a dash after every four characters.
const GROUP: usize = 4;

/// The cashier whom the examples of the OpenAPI document name.
const EXAMPLE_CASHIER: &str = "esther@demo.example.com";

/// The login of a user.
#[derive(Debug, Clone)]
pub struct Login {
    /// The role of the user.
    pub role: Role,
    /// The e-mail address to sign in with.
    pub email: String,
    /// The password, in the clear.
    pub password: String,
}

/// The users who act in the story.
#[derive(Debug)]
pub(super) struct Staff {
    /// Records rates and prices.
    pub(super) owner: Actor,
    /// Receives, counts, voids, refunds.
    pub(super) manager: Actor,
    /// Sell.
    pub(super) cashiers: [Actor; 2],
    /// All logins.
    pub(super) logins: Vec<Login>,
}

/// Creates the users.
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
            example_ids::USER
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

/// A password from the system's random numbers, never from the seed.
fn new_password() -> anyhow::Result<String> {
    let mut password = String::new();
    let mut length = 0;
    // Bytes above the last whole multiple are dropped, so that every character is equally likely.
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

/// A line for each person, for printing and for the file.
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

/// Writes the logins into a file that only its owner can read.
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
    // An existing file would keep its mode.
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

//! A text that is never shown, and the secret that development creates for itself.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

use platform::tokens::MIN_SECRET_BYTES;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Random bytes of a created secret.
const GENERATED_BYTES: usize = 48;
/// Its file in the data directory.
const FILE: &str = "jwt-secret";

/// A setting that must not appear in a log, an error or on a screen.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for its one use.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in constant time, so that the time does not show how much of a guess was right.
    #[must_use]
    pub fn matches(&self, guess: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(guess)
    }

    const fn shown(&self) -> &'static str {
        if self.0.is_empty() {
            "(none)"
        } else {
            "(hidden)"
        }
    }

    /// True for an empty text.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

/// The secret of this machine, read from the data directory and created there on the first start. One
/// that a power cut has truncated is created anew, which ends every session.
///
/// # Errors
/// When the file can be neither read nor created.
pub fn machine_secret(data_directory: &Path) -> io::Result<Secret> {
    let path = data_directory.join(FILE);
    make_directory(data_directory)?;
    let known = match fs::read_to_string(&path) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(whole) = known.as_ref().filter(|text| text.len() >= MIN_SECRET_BYTES) {
        return Ok(Secret(whole.clone()));
    }
    let secret = generated()?;
    // Complete and synced before it gets its name: another instance may start at the same time.
    let mut draft = tempfile::Builder::new()
        .prefix(FILE)
        .tempfile_in(data_directory)?;
    draft.write_all(secret.expose().as_bytes())?;
    draft.as_file().sync_all()?;
    if known.is_some() {
        draft.persist(&path)?;
        return Ok(secret);
    }
    match draft.persist_noclobber(&path) {
        Ok(_) => Ok(secret),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(Secret(fs::read_to_string(&path)?.trim().to_owned()))
        }
        Err(other) => Err(other.error),
    }
}

/// Creates a folder that only its owner may enter. An existing folder stays as it is.
///
/// # Errors
/// When it cannot be created.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

fn generated() -> io::Result<Secret> {
    let mut bytes = [0_u8; GENERATED_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut text = String::new();
    for byte in bytes {
        let _infallible = write!(text, "{byte:02x}");
    }
    Ok(Secret(text))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_secret_of_a_machine_is_made_once_and_readable_by_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let first = machine_secret(directory.path()).unwrap();
        let second = machine_secret(directory.path()).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert_eq!(first.expose().len(), 2 * GENERATED_BYTES);
        let mode = fs::metadata(directory.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_secret_that_was_cut_off_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        for cut_off in ["", "abc\n"] {
            fs::write(directory.path().join(FILE), cut_off).unwrap();
            let made = machine_secret(directory.path()).unwrap();
            assert_eq!(made.expose().len(), 2 * GENERATED_BYTES);
            let kept = machine_secret(directory.path()).unwrap();
            assert_eq!(made.expose(), kept.expose());
        }
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 1, "nothing else is left there");
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("rosebud".to_owned());
        assert_eq!(format!("{secret:?}"), "(hidden)");
        assert_eq!(serde_json::to_value(&secret).unwrap(), "(hidden)");
    }
}

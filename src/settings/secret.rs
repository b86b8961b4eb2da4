//! A text that never shows itself, and the secret that development makes for itself.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde::{Deserialize, Serialize, Serializer};

/// Random bytes of a secret that is made here.
const GENERATED_BYTES: usize = 48;
/// Its file in the data directory.
const FILE: &str = "jwt-secret";

/// A setting that must not reach a log, an error or a screen.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one who needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    const fn shown(&self) -> &'static str {
        if self.0.is_empty() {
            "(none)"
        } else {
            "(hidden)"
        }
    }

    /// True when nothing was given.
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

/// The secret of this machine: read from the data directory, made there on the first start.
///
/// # Errors
/// When the file can be neither read nor made.
pub fn machine_secret(data_directory: &Path) -> io::Result<Secret> {
    let path = data_directory.join(FILE);
    fs::create_dir_all(data_directory)?;
    let made = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match made {
        Ok(mut file) => {
            let mut bytes = [0_u8; GENERATED_BYTES];
            getrandom::fill(&mut bytes).map_err(io::Error::other)?;
            let mut text = String::new();
            for byte in bytes {
                let _infallible = write!(text, "{byte:02x}");
            }
            file.write_all(text.as_bytes())?;
            Ok(Secret(text))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(Secret(fs::read_to_string(&path)?.trim().to_owned()))
        }
        Err(error) => Err(error),
    }
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
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("rosebud".to_owned());
        assert_eq!(format!("{secret:?}"), "(hidden)");
        assert_eq!(serde_json::to_value(&secret).unwrap(), "(hidden)");
    }
}

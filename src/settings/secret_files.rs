//! Secrets in files, as container platforms provide them: `NAME_FILE=/path` instead of `NAME=value`.

use std::{collections::HashMap, fs::File, io, io::Read as _, path::Path};

use super::SettingsError;

/// The settings that hold secrets.
const SECRETS: [&str; 7] = [
    "SALESFLOW__DATABASE__URL",
    "SALESFLOW__DATABASE__READ_URL",
    "SALESFLOW__REDIS__URL",
    "SALESFLOW__METRICS__TOKEN",
    "SALESFLOW__AUTH__JWT_SECRET",
    "SALESFLOW__AUTH__OLDER_KEYS",
    "SALESFLOW__MAIL__PASSWORD",
];
const ENDING: &str = "_FILE";
/// A larger file is no secret.
const MAX_BYTES: u64 = 64 * 1024;

/// Replaces the variables that name files by the contents of the files.
pub(super) fn read_all(
    mut variables: HashMap<String, String>,
) -> Result<HashMap<String, String>, SettingsError> {
    for secret in SECRETS {
        let name = format!("{secret}{ENDING}");
        let Some(path) = variables.remove(&name) else {
            continue;
        };
        let refuse = |reason: String| SettingsError::SecretFile {
            name: name.clone(),
            reason,
        };
        if variables.contains_key(secret) {
            return Err(refuse(format!(
                "{secret} is given as well: give one of the two"
            )));
        }
        let value = read(Path::new(&path))
            .map_err(|error| refuse(format!("{path} cannot be read: {error}")))?;
        if value.is_empty() {
            return Err(refuse(format!("{path} is empty")));
        }
        variables.insert(secret.to_owned(), value);
    }
    Ok(variables)
}

/// Without the line end that editors add.
fn read(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let mut text = String::new();
    let length = file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if u64::try_from(length).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(io::Error::other("it is larger than 64 KiB"));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

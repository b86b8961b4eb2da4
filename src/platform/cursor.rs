//! Cursors of keyset paging: opaque to clients, and sealed so that a changed one is refused.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Code, FieldError, Problem};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Bytes of the seal: enough against accidents. A cursor holds nothing secret.
const SEAL_BYTES: usize = 8;
/// Longest accepted cursor.
const MAX_LENGTH: usize = 2048;

/// Seals the position after the last item of a page. `list` identifies the list and its order, so that a
/// cursor of another list is refused.
pub fn seal<T: Serialize>(list: &str, position: &T) -> String {
    let mut bytes = serde_json::to_vec(position).unwrap_or_default();
    let seal = digest(list, &bytes);
    bytes.extend_from_slice(&seal);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Opens a cursor that [`seal`] made for the same list.
///
/// # Errors
/// `request.invalid_cursor`.
pub fn open<T: DeserializeOwned>(list: &str, cursor: &str) -> Result<T, Problem> {
    if cursor.len() > MAX_LENGTH {
        return Err(refused());
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
    let (position, seal) = bytes
        .split_at_checked(bytes.len().saturating_sub(SEAL_BYTES))
        .ok_or_else(refused)?;
    if seal != digest(list, position) {
        return Err(refused());
    }
    let position: Value = serde_json::from_slice(position).map_err(|_| refused())?;
    if has_nul(&position) {
        return Err(refused());
    }
    T::deserialize(position).map_err(|_| refused())
}

/// The refusal of a cursor that does not belong to its list.
#[must_use]
pub fn refused() -> Problem {
    Problem::of(Code::InvalidCursor).at(FieldError::new(
        "?cursor",
        "query.cursor",
        "take the cursor from next_cursor of the page before, with the same sort and filters",
    ))
}

/// PostgreSQL texts cannot contain NUL. The seal is not secret: anybody who reads this code can make
/// one.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn digest(list: &str, position: &[u8]) -> [u8; SEAL_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"salesflow cursor\0");
    hash.update(list.as_bytes());
    hash.update([0]);
    hash.update(position);
    let mut seal = [0; SEAL_BYTES];
    for (to, from) in seal.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_own_list_only_and_untouched() {
        let cursor = seal("products name", &("café", 3));
        assert_eq!(
            open::<(String, i64)>("products name", &cursor).unwrap(),
            ("café".to_owned(), 3)
        );
        assert!(open::<(String, i64)>("products sku", &cursor).is_err());
        for at in 0..cursor.len() {
            let mut tampered = cursor.clone().into_bytes();
            tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(tampered).unwrap();
            assert!(
                tampered == cursor || open::<(String, i64)>("products name", &tampered).is_err(),
                "{tampered}"
            );
        }
        assert!(open::<i64>("x", "").is_err());
        assert!(open::<i64>("x", "é").is_err());
        assert!(open::<String>("x", &seal("x", &"a")).is_ok());
        assert!(open::<String>("x", &seal("x", &"\0")).is_err());
    }
}

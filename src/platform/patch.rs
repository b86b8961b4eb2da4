//! Fields of a PATCH body: absent is not the same as null.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "present")]` on an `Option` field: absent is `None`, a value
/// must be a `T`. With `T = Option<U>`, null is `Some(None)`: it clears the field. With any other `T`,
/// null is refused.
///
/// # Errors
/// Errors of `T`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[expect(
        clippy::option_option,
        reason = "absent, null and a value are three cases"
    )]
    struct Change {
        #[serde(default, deserialize_with = "present")]
        name: Option<String>,
        #[serde(default, deserialize_with = "present")]
        parent: Option<Option<i64>>,
    }

    #[test]
    fn absent_leaves_null_clears_and_null_without_meaning_is_refused() {
        let change: Change = serde_json::from_str("{}").unwrap();
        assert_eq!((change.name, change.parent), (None, None));
        let change: Change = serde_json::from_str("{\"parent\":null,\"name\":\"x\"}").unwrap();
        assert_eq!(
            (change.name.as_deref(), change.parent),
            (Some("x"), Some(None))
        );
        assert!(serde_json::from_str::<Change>("{\"name\":null}").is_err());
    }
}

//! Recovery codes: the way in without the phone. Ten, each works once; only their marks are stored.

use data_encoding::BASE32_NOPAD;
use kernel::{Code, Problem, Timestamp, ids::UserId};
use platform::derived::DerivedKeys;
use sea_orm::Value;
use store::Tx;

use crate::error::SalesResult;

/// Codes of a set.
const CODES: usize = 10;
/// Bytes of a code: 56 bits, marked with a key and tried under the throttle.
const BYTES: usize = 7;
/// Letters between two hyphens.
const GROUP: usize = 4;

/// A new set, to be shown once: `ABCD-EFGH-IJKL`, in an alphabet without 0 and 1.
pub(super) fn generate() -> Result<Vec<String>, Problem> {
    let mut bytes = [0_u8; CODES * BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        Problem::of(Code::Internal)
    })?;
    let code = |bytes: &[u8]| {
        let letters: Vec<char> = BASE32_NOPAD.encode(bytes).chars().collect();
        let groups: Vec<String> = letters
            .chunks(GROUP)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    };
    Ok(bytes.chunks(BYTES).map(code).collect())
}

/// Replaces a user's set.
pub(super) async fn replace(
    tx: &Tx,
    keys: &DerivedKeys,
    user: UserId,
    codes: &[String],
) -> SalesResult<()> {
    forget(tx, user).await?;
    for code in codes {
        let marks = keys.marks(&text_of(user, code));
        let Some(mark) = marks.into_iter().next() else {
            continue;
        };
        tx.execute(
            "INSERT INTO recovery_codes (mark, user_id) VALUES ($1, $2)",
            [mark.into(), user.as_uuid().into()],
        )
        .await?;
    }
    Ok(())
}

/// Uses a code up; true when it is one of the user's and was not used before.
pub(super) async fn use_up(
    tx: &Tx,
    keys: &DerivedKeys,
    user: UserId,
    code: &str,
    now: Timestamp,
) -> SalesResult<bool> {
    let marks = keys.marks(&text_of(user, code));
    let names: Vec<_> = (0..marks.len()).map(|n| format!("${}", n + 2)).collect();
    let sql = format!(
        "UPDATE recovery_codes SET used_at_us = $1 WHERE used_at_us IS NULL AND mark IN ({})",
        names.join(", ")
    );
    let values = std::iter::once(now.micros().into()).chain(marks.into_iter().map(Value::from));
    Ok(tx.execute(&sql, values).await? > 0)
}

/// Deletes a user's set.
pub(super) async fn forget(tx: &Tx, user: UserId) -> SalesResult<()> {
    tx.execute(
        "DELETE FROM recovery_codes WHERE user_id = $1",
        [user.as_uuid().into()],
    )
    .await?;
    Ok(())
}

fn text_of(user: UserId, code: &str) -> Vec<u8> {
    format!("{user}\0{}", super::typed(code)).into_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ten_codes_differ_and_are_readable() {
        let codes = generate().unwrap();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), CODES);
        for code in codes {
            assert_eq!(code.len(), 14, "{code}");
            assert!(
                code.chars()
                    .all(|c| c == '-' || (c.is_ascii_alphanumeric() && !"01".contains(c)))
            );
        }
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let user = UserId::generate();
        let shown = text_of(user, "ABCD-EFGH-IJKL");
        for typed in ["abcd efgh ijkl", "ABCDEFGHIJKL", " abcd-efgh-ijkl"] {
            assert_eq!(text_of(user, typed), shown);
        }
        assert_ne!(text_of(UserId::generate(), "ABCD-EFGH-IJKL"), shown);
    }
}

//! Recovery codes, for signing in without the phone. Ten, each works once; only keyed hashes are
//! stored.

use data_encoding::BASE32_NOPAD;
use kernel::{Code, Problem, Timestamp, ids::UserId};
use platform::{access::Caller, derived::DerivedKeys, request::Origin};
use sea_orm::Value;
use store::Tx;

use super::{conclude, is_of_app, lock_unchanged, no_factor, record, typed};
use crate::{
    actor::Actor,
    audit::Deed,
    error::{SalesError, SalesResult},
    people::{People, passwords::Password},
};

/// Codes in a set.
const CODES: usize = 10;
/// Bytes of a code: 56 bits, hashed with a key and protected by the throttle.
const BYTES: usize = 7;
/// Letters between two hyphens.
const GROUP: usize = 4;

impl People {
    /// Gives the caller ten new recovery codes, shown only once; the old ones become invalid. It
    /// needs the password and a code of the app: a user with a recovery code has lost the phone, and
    /// sets up a new factor instead.
    ///
    /// # Errors
    /// `auth.wrong_credentials`, `auth.wrong_second_factor`, `resource.not_found` when there is no
    /// second factor, `auth.too_many_attempts`, `server.unavailable`.
    pub async fn renew_recovery_codes(
        &self,
        caller: Caller,
        origin: &Origin,
        password: &Password,
        otp: &str,
    ) -> SalesResult<Vec<String>> {
        // Before the password is checked: without a factor there is nothing to renew.
        if self.caller_row(caller).await?.second_factor.is_none() {
            return Err(no_factor().into());
        }
        let codes = generate()?;
        let otp = typed(otp);
        let (user, attempt) = self.prove_password(caller, origin, password).await?;
        let now = self.ctx.clock.now();
        let actor = Actor::new(caller, origin.clone());
        let renewed = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let user = lock_unchanged(tx, &user).await?;
                let sealed = user.second_factor.as_deref().ok_or_else(no_factor)?;
                if !is_of_app(&otp) || !self.prove_app(tx, &user, sealed, &otp, now).await? {
                    record(tx, &actor, now, Deed::SecondFactorRefused, &user).await?;
                    return Ok(None);
                }
                replace(tx, &self.factor_keys, caller.user_id, &codes).await?;
                record(tx, &actor, now, Deed::RecoveryCodesRenew, &user).await?;
                Ok::<_, SalesError>(Some(()))
            })
            .await;
        conclude(attempt, renewed)?;
        Ok(codes)
    }
}

/// A new set, shown once: `ABCD-EFGH-IJKL`, in an alphabet without 0 and 1.
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

/// Uses a code up; true if it is an unused code of the user.
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
    format!("{user}\0{}", typed(code)).into_bytes()
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

//! One-time passwords from the clock (RFC 6238): six digits, thirty seconds, HMAC-SHA1, as every
//! authenticator app supports.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use kernel::{Code, Problem, Timestamp};

/// Bytes of a secret: as long as the hash (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
/// Seconds for which a code is shown.
const STEP_SECONDS: i64 = 30;
/// Codes of the previous and the next step are valid as well: clocks differ, and typing takes time.
const STEPS_APART: i64 = 1;
/// Six digits.
const MODULUS: u32 = 1_000_000;

/// The secret that the app and the server share.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// A new secret from the system's random numbers.
    pub(super) fn generate() -> Result<Self, Problem> {
        let mut bytes = vec![0_u8; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| {
            tracing::error!(%error, "the system gives no random bytes");
            Problem::of(Code::Internal)
        })?;
        Ok(Self(bytes))
    }

    pub(super) const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// In base 32 (RFC 4648), for typing into an app.
    #[must_use]
    pub fn to_base32(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    /// The step of a code that is valid now and later than `last_step`, so that each code works once.
    /// `None` for other codes. A last step in the future was stored under a wrong clock and is
    /// ignored.
    #[must_use]
    pub fn accept(&self, code: &str, last_step: i64, now: Timestamp) -> Option<i64> {
        let present = now.micros().div_euclid(1_000_000 * STEP_SECONDS);
        let is_sound = last_step <= present + STEPS_APART;
        // Always computes all steps, so that the time reveals nothing.
        (present - STEPS_APART..=present + STEPS_APART)
            .filter(|step| is_same(&self.code_of(*step), code))
            .filter(|step| *step > last_step || !is_sound)
            .max()
    }

    /// The six digits of a step.
    fn code_of(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let digest = tag.as_ref();
        // Dynamic truncation (RFC 4226, section 5.3).
        let offset = usize::from(digest.last().unwrap_or(&0) & 0x0f);
        let number = digest
            .get(offset..offset + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u32::from_be_bytes);
        format!("{:06}", (number & 0x7fff_ffff) % MODULUS)
    }

    #[cfg(test)]
    pub(in crate::people) fn code_at(&self, now: Timestamp) -> String {
        self.code_of(now.micros().div_euclid(1_000_000 * STEP_SECONDS))
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

fn is_same(expected: &str, given: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of its eight digits.
        let secret = TotpSecret::from_bytes(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code_at(at(seconds)), code);
        }
    }

    #[test]
    fn a_new_secret_is_as_long_as_its_hash() {
        let secret = TotpSecret::generate().unwrap();
        assert_eq!(secret.to_base32().len(), 32);
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
    }

    #[test]
    fn a_code_is_taken_once_and_half_a_minute_early_or_late() {
        let secret = TotpSecret::from_bytes(vec![7; 20]);
        let now = at(1_800_000_015);
        let step = 60_000_000;
        let code = secret.code_at(now);
        assert_eq!(secret.accept(&code, 0, now), Some(step));
        assert_eq!(secret.accept(&code, step - 1, now), Some(step));
        assert_eq!(secret.accept(&code, step, now), None, "it was used");
        for (seconds, accepted) in [(-46, None), (-30, Some(step)), (30, Some(step)), (60, None)] {
            let seen = secret.accept(&code, 0, now.plus_seconds(seconds));
            assert_eq!(seen, accepted, "{seconds}");
        }
        let ahead = step + 400 * 2_880;
        assert_eq!(
            secret.accept(&code, ahead, now),
            Some(step),
            "a wrong clock"
        );
        for wrong in ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦"] {
            assert_eq!(secret.accept(wrong, 0, now), None, "{wrong}");
        }
    }
}

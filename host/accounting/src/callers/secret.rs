//! The secret of a key: `rk_` and 64 hexadecimal digits. Only its hash is stored.

use std::fmt;
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The prefix of every secret.
const PREFIX: &str = "rk_";

/// Random bytes in a secret.
const BYTES: usize = 32;

/// How many characters of a secret are shown, so that people can recognise it: `rk_` and 8 digits. The remaining 56
/// digits are still beyond guessing.
const SHOWN: usize = 11;

/// A key's secret. Its `Debug` output is `[secret]`.
#[derive(Clone)]
pub struct KeySecret(String);

/// The SHA-256 of a secret. A slow hash would add nothing: a secret is 256 random bits.
#[derive(Clone, Copy, Eq)]
pub struct SecretHash([u8; 32]);

/// The operating system provides no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system provides no randomness: {0}")]
pub struct RandomnessError(String);

// === impl KeySecret ===

impl KeySecret {
    /// Generates a secret from the operating system's randomness.
    pub(super) fn generate() -> Result<Self, RandomnessError> {
        Ok(Self(format!("{PREFIX}{}", random_hex::<BYTES>()?)))
    }

    /// The secret itself. Call this only to show it to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first characters, which may be stored and shown.
    pub(super) fn prefix(&self) -> &str {
        &self.0[..SHOWN]
    }

    pub(super) fn hash(&self) -> SecretHash {
        SecretHash::new(&self.0)
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

// === impl SecretHash ===

impl SecretHash {
    /// The hash of a credential that a client sent; `None` if it does not have the form of a key.
    pub fn of(sent: &str) -> Option<Self> {
        let digits = sent.strip_prefix(PREFIX)?;
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == 2 * BYTES && digits.bytes().all(digit)).then(|| Self::new(sent))
    }

    /// Wraps a SHA-256 that was computed before.
    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash as hexadecimal digits, to be kept for later.
    pub fn digits(&self) -> String {
        hex::encode(self.0)
    }

    /// The hash of these digits; `None` if they are not those of a SHA-256.
    pub fn of_digits(digits: &str) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).ok().map(|()| Self(hash))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn new(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

/// In constant time, so that the duration of a comparison reveals nothing about a hash.
impl PartialEq for SecretHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Hash for SecretHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// `N` random bytes as lowercase hexadecimal digits.
pub(super) fn random_hex<const N: usize>() -> Result<String, RandomnessError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| RandomnessError(error.to_string()))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_the_form_of_a_key_and_never_repeat() {
        let (one, other) = (KeySecret::generate().unwrap(), KeySecret::generate().unwrap());
        assert_eq!(SecretHash::of(one.expose()), Some(one.hash()));
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 67);
        assert!(one.expose().starts_with(one.prefix()));
        assert_eq!(one.prefix().len(), 11);
    }

    #[test]
    fn the_hash_is_sha_256_of_the_whole_secret() {
        let secret = KeySecret(format!("rk_{}", "ab".repeat(32)));
        let expected: [u8; 32] = Sha256::digest(secret.expose()).into();
        assert_eq!(secret.hash().as_bytes(), &expected);
    }

    #[test]
    fn what_does_not_have_the_form_of_a_key_is_not_even_hashed() {
        let good = format!("rk_{}", "0a".repeat(32));
        assert!(SecretHash::of(&good).is_some());
        for bad in [
            "",
            "rk_",
            &good[..66],
            &good[1..],
            &format!("{good}0"),
            &good.to_uppercase(),
            &format!("RK_{}", "0a".repeat(32)),
            &format!("rk_{}", "0g".repeat(32)),
            &format!("rk_{}é", "0".repeat(62)),
        ] {
            assert!(SecretHash::of(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn neither_secret_nor_hash_prints_itself() {
        let secret = KeySecret::generate().unwrap();
        assert_eq!(format!("{secret:?} {:?}", secret.hash()), "[secret] [hash]");
    }
}

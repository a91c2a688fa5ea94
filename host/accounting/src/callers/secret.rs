//! The secret of a key: `rk_` and 64 hexadecimal digits, of which only the hash is kept.

use std::fmt;
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How every secret begins.
const SCHEME: &str = "rk_";

/// Bytes of randomness in a secret.
const BYTES: usize = 32;

/// How much of a secret is shown, so that people know it again: `rk_` and 8 digits. The 56 that are left are still
/// beyond guessing.
const SHOWN: usize = 11;

/// A key's secret. It prints as `[secret]`.
#[derive(Clone)]
pub struct KeySecret(String);

/// The SHA-256 of a secret. A secret is 256 random bits, so there is nothing that a slow hash would protect.
#[derive(Clone, Copy, Eq)]
pub struct SecretHash([u8; 32]);

/// The system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no randomness: {0}")]
pub struct NoRandomness(String);

// === impl KeySecret ===

impl KeySecret {
    /// A new secret out of the system's randomness.
    ///
    /// # Errors
    /// If the system has none to give.
    pub fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(format!("{SCHEME}{}", random_hex::<BYTES>()?)))
    }

    /// The secret itself. Call it where it is shown to its owner and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How it begins.
    pub fn prefix(&self) -> &str {
        &self.0[..SHOWN]
    }

    /// Its hash.
    pub fn hash(&self) -> SecretHash {
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
    /// The hash of what a client sent; none if it has not the form of a key, and so can be no one's.
    pub fn of(sent: &str) -> Option<Self> {
        let digits = sent.strip_prefix(SCHEME)?;
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == 2 * BYTES && digits.bytes().all(digit)).then(|| Self::new(sent))
    }

    /// The hash of these bytes, as the database has it.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn new(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

/// In constant time: how long a comparison takes tells nothing of a hash.
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

/// So many random bytes as lowercase hexadecimal digits.
pub(super) fn random_hex<const N: usize>() -> Result<String, NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_has_the_form_of_a_key_and_is_never_the_same() {
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
    fn what_has_not_the_form_of_a_key_is_not_even_hashed() {
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

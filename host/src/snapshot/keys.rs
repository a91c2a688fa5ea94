//! The static keys of the configuration, looked up by their hash.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::config::KeyConfig;

/// Keys by the SHA-256 of the secret: nothing secret is kept, and how long a look-up takes says nothing about a key.
#[derive(Default)]
pub struct Keys {
    by_hash: HashMap<[u8; 32], Arc<Client>>,
}

/// Whom a key belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The key's name in the configuration.
    pub key: String,
    /// The user.
    pub user: String,
    /// The user's plan.
    pub plan: String,
}

// === impl Keys ===

impl Keys {
    /// Takes the keys of a configuration.
    #[must_use]
    pub fn new(config: &BTreeMap<String, KeyConfig>) -> Self {
        let entry = |(name, key): (&String, &KeyConfig)| {
            let client = Client {
                key: name.clone(),
                user: key.user.clone(),
                plan: key.plan.clone(),
            };
            (hash(key.key.expose()), Arc::new(client))
        };
        Self {
            by_hash: config.iter().map(entry).collect(),
        }
    }

    /// Whose key `secret` is.
    #[must_use]
    pub fn find(&self, secret: &str) -> Option<Arc<Client>> {
        self.by_hash.get(&hash(secret)).cloned()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.by_hash.len())
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_key_is_found_by_its_whole_secret_only() {
        let secret = format!("rk_{}", "ab".repeat(32));
        let config = KeyConfig {
            key: Secret::new(secret.clone()),
            user: "ada".to_owned(),
            plan: "max".to_owned(),
        };
        let keys = Keys::new(&BTreeMap::from([("ci".to_owned(), config)]));
        assert_eq!(keys.find(&secret).unwrap().user, "ada");
        assert!(keys.find(&secret[..66]).is_none());
        assert!(!format!("{keys:?}").contains("ab"));
    }
}

//! The static keys of the configuration, looked up by their hash.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use jackfield_accounting::callers::secret::SecretHash;
use jackfield_accounting::callers::{Caller, CredentialKind};
use jackfield_config::KeyConfig;

/// Callers by the SHA-256 of their key: no secret is kept, and the time a lookup takes reveals nothing about a key.
#[derive(Default)]
pub(crate) struct Keys {
    by_hash: HashMap<SecretHash, Arc<Caller>>,
}

// === impl Keys ===

impl Keys {
    /// Indexes the keys of a configuration.
    #[must_use]
    pub(crate) fn new(config: &BTreeMap<String, KeyConfig>) -> Self {
        let entry = |key: &KeyConfig| {
            let caller = Caller::without_key(&key.user, &key.plan, CredentialKind::Static);
            Some((SecretHash::of(key.key.expose())?, Arc::new(caller)))
        };
        Self {
            by_hash: config.values().filter_map(entry).collect(),
        }
    }

    /// The caller whose key has this hash.
    #[must_use]
    pub(crate) fn find(&self, hash: &SecretHash) -> Option<Arc<Caller>> {
        self.by_hash.get(hash).cloned()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.by_hash.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_config::Secret;

    #[test]
    fn a_key_is_found_by_the_hash_of_its_secret() {
        let secret = format!("rk_{}", "ab".repeat(32));
        let config = KeyConfig {
            key: Secret::new(secret.clone()),
            user: "ada".to_owned(),
            plan: "max".to_owned(),
        };
        let keys = Keys::new(&BTreeMap::from([("ci".to_owned(), config)]));
        let find = |secret: &str| keys.find(&SecretHash::of(secret)?);
        assert_eq!(&*find(&secret).unwrap().user, "ada");
        assert!(find(&secret.replace('a', "c")).is_none());
        assert!(!format!("{keys:?}").contains("ab"));
    }
}

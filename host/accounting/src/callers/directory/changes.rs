//! Changes that this node makes: it goes by them at once, other nodes within a second.

use std::time::SystemTime;

use super::Directory;
use crate::callers::caller::Caller;
use crate::callers::secret::SecretHash;
use crate::clock::unix_millis;
use crate::store::{Key, KeyTerms, StoreError};

// === impl Directory ===

impl Directory {
    /// Makes the plan of a caller with a token that of the user, for the keys that the caller makes and has. Other nodes
    /// learn of it within a second.
    ///
    /// # Errors
    /// `Invalid` or `Unavailable`.
    pub async fn adopt_plan(&self, caller: &Caller, now: SystemTime) -> Result<(), StoreError> {
        let user = self.store.upsert_user(&caller.user, &caller.plan, unix_millis(now));
        self.observer.read(&user.await?);
        self.forget_keys_of(&caller.user);
        Ok(())
    }

    /// Revokes a key; if `user` is given, only a key of theirs. This node refuses it from now on and ends what was begun
    /// with it, others within a second.
    ///
    /// # Errors
    /// `NotFound` if there is no such active key, or `Unavailable`.
    pub async fn revoke_key(&self, id: &str, user: Option<&str>, now: SystemTime) -> Result<(), StoreError> {
        let hash = self.store.revoke_key(id, user, unix_millis(now)).await?;
        self.forget_key(&SecretHash::from_bytes(hash));
        self.observer.revoked(id);
        Ok(())
    }

    /// Gives a key this name and these terms, if it is still as in `before`; `None` if it is not. This node goes by them from
    /// now on, others within a second.
    ///
    /// # Errors
    /// `NotFound` if there is no such active key; `Invalid` or `Unavailable`.
    pub async fn change_key(&self, before: &Key, name: &str, terms: &KeyTerms) -> Result<Option<Key>, StoreError> {
        let changed = self.store.change_key(before, name, terms).await?;
        Ok(changed.map(|changed| {
            self.forget_key(&SecretHash::from_bytes(changed.hash));
            changed.key
        }))
    }

    /// Makes the other nodes end this user's running streams. Ending those of this node is up to the caller.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn kill_streams(&self, user: &str, now: SystemTime) -> Result<(), StoreError> {
        // Holding this keeps a poll from taking the kill for another node's.
        let mut progress = self.progress.lock().await;
        let revision = self.store.kill_streams(user, unix_millis(now)).await?;
        progress.own_kills.insert(revision);
        Ok(())
    }
}

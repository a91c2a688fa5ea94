//! Whether users are served: disabling, enabling and removing them.

use super::user::set_of_user;
use super::{Store, StoreError, begin_change};

// === impl Store ===

impl Store {
    /// Refuses a user's requests from `now` on, or serves them again. Running nodes apply it within a second.
    ///
    /// # Errors
    /// `NotFound` or `Unavailable`.
    pub async fn set_disabled(&self, id: &str, disabled: bool, now: i64) -> Result<(), StoreError> {
        let (pool, id) = (self.pool.clone(), id.to_owned());
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            let set = ("disabled_at = $1", disabled.then_some(now));
            set_of_user(&mut change, &id, set, revision).await?;
            Ok(change.commit().await?)
        })
        .await
    }

    /// Removes a user: revokes their keys, refuses their tokens, and forgets their balance. What they used stays in the
    /// ledger. Returns how many keys were revoked.
    ///
    /// # Errors
    /// `NotFound` or `Unavailable`.
    pub async fn remove_user(&self, id: &str, now: i64) -> Result<u64, StoreError> {
        let (pool, id) = (self.pool.clone(), id.to_owned());
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            let set = ("disabled_at = $1, removed_at = $1, balance = 0", now);
            set_of_user(&mut change, &id, set, revision).await?;
            let sql = "UPDATE keys SET revoked_at = $1, revision = $2 WHERE user_id = $3 AND revoked_at IS NULL";
            let revoked = sqlx::query(sql)
                .bind(now)
                .bind(revision)
                .bind(&id)
                .execute(&mut *change)
                .await?;
            change.commit().await?;
            Ok(revoked.rows_affected())
        })
        .await
    }
}

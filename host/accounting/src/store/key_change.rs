//! Changing a key: its name, and what it may do on its own. Its secret stays.

use super::key::{COLUMNS, Row, hash};
use super::name::check_name;
use super::{Key, KeyTerms, Store, StoreError, begin_change};

/// A key that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedKey {
    /// The key from now on.
    pub key: Key,
    /// The hash of its secret, so that caches can drop it.
    pub(crate) hash: [u8; 32],
}

// === impl Store ===

impl Store {
    /// The active key with this id.
    ///
    /// # Errors
    /// `NotFound` if there is no such active key; `Unavailable`.
    pub async fn active_key(&self, id: &str) -> Result<Key, StoreError> {
        let (pool, id) = (self.pool.clone(), checked(id)?);
        self.at_home(async move {
            let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = $1 AND revoked_at IS NULL");
            let row = sqlx::query_as::<_, Row>(&sql).bind(&id).fetch_optional(&pool);
            row.await?.map(Key::from).ok_or_else(|| not_found(id))
        })
        .await
    }

    /// Gives a key this name and these terms, if it is still as in `before`; otherwise it changes nothing and returns `None`,
    /// so that of two changes at once none is lost.
    ///
    /// # Errors
    /// `NotFound` if there is no such active key; `Invalid` or `Unavailable`.
    pub async fn change_key(
        &self,
        before: &Key,
        name: &str,
        terms: &KeyTerms,
    ) -> Result<Option<ChangedKey>, StoreError> {
        check_name("name", name)?;
        terms.check()?;
        let (pool, before) = (self.pool.clone(), before.clone());
        let (name, terms) = (name.to_owned(), terms.clone());
        self.at_home(async move {
            // It excludes all other changes.
            let (mut change, revision) = begin_change(&pool).await?;
            let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = $1 AND revoked_at IS NULL");
            let row = sqlx::query_as::<_, Row>(&sql).bind(&before.id);
            let Some(now) = row.fetch_optional(&mut *change).await?.map(Key::from) else {
                return Err(not_found(before.id));
            };
            if (&now.name, &now.terms) != (&before.name, &before.terms) {
                return Ok(None);
            }
            let sql = "UPDATE keys SET name = $1, terms = $2, revision = $3 WHERE id = $4 RETURNING hash";
            let (digits,) = sqlx::query_as::<_, (String,)>(sql)
                .bind(&name)
                .bind(terms.written())
                .bind(revision)
                .bind(&now.id)
                .fetch_one(&mut *change)
                .await?;
            let hash = hash(&digits).ok_or_else(|| StoreError::Unavailable("a hash is damaged".to_owned()))?;
            change.commit().await?;
            let key = Key { name, terms, ..now };
            Ok(Some(ChangedKey { key, hash }))
        })
        .await
    }
}

/// An id that may come from a request's path: PostgreSQL rejects text that contains a zero byte.
fn checked(id: &str) -> Result<String, StoreError> {
    match check_name("key", id) {
        Ok(()) => Ok(id.to_owned()),
        Err(_) => Err(not_found(id.to_owned())),
    }
}

fn not_found(id: String) -> StoreError {
    StoreError::NotFound { what: "key", id }
}

//! Keys: who owns them, and whether they are active. Only the hash of the secret is stored.

use super::name::check_name;
use super::{KeyTerms, Store, StoreError, begin_change};

/// The columns of a [`Key`].
pub(super) const COLUMNS: &str = "id, user_id, prefix, name, created_at, last_used_at, revoked_at, terms";

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The id, which also serves to revoke it.
    pub id: String,
    /// The id of its user.
    pub user: String,
    /// The first characters of the secret, so that people can recognise it.
    pub prefix: String,
    /// The name that its user gave it.
    pub name: String,
    /// When it was created, in milliseconds since 1970.
    pub created_at: i64,
    /// When it was last used, in milliseconds since 1970; `None` if never. The ledger updates it a few seconds late.
    pub last_used_at: Option<i64>,
    /// When it was revoked, in milliseconds since 1970; `None` while it is active.
    pub revoked_at: Option<i64>,
    /// What it may do on its own.
    pub terms: KeyTerms,
}

/// A key to be created.
#[derive(Clone)]
pub(crate) struct NewKey {
    pub(crate) id: String,
    pub(crate) user: String,
    /// The SHA-256 of the whole secret.
    pub(crate) hash: [u8; 32],
    /// The first characters of the secret.
    pub(crate) prefix: String,
    pub(crate) name: String,
    pub(crate) terms: KeyTerms,
    /// How many active keys the user may have, this one included; `None` for any number.
    pub(crate) most: Option<u32>,
}

/// A [`Key`] as a row.
pub(super) type Row = (
    String,
    String,
    String,
    String,
    i64,
    Option<i64>,
    Option<i64>,
    Option<String>,
);

// === impl Store ===

impl Store {
    /// Creates a key.
    ///
    /// # Errors
    /// `NotFound` if the user does not exist, `AlreadyExists`, `Invalid`, `TooManyKeys` or `Unavailable`.
    pub(crate) async fn create_key(&self, new: NewKey, now: i64) -> Result<Key, StoreError> {
        check_name("name", &new.name)?;
        new.terms.check()?;
        let pool = self.pool.clone();
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            // The change excludes all others, so no race lets one more key pass.
            if let Some(most) = new.most {
                let sql = "SELECT COUNT(*) FROM keys WHERE user_id = $1 AND revoked_at IS NULL";
                let count = sqlx::query_as::<_, (i64,)>(sql).bind(&new.user);
                let (active,) = count.fetch_one(&mut *change).await?;
                if active >= i64::from(most) {
                    let user = new.user;
                    return Err(StoreError::TooManyKeys { user, most });
                }
            }
            // Inserts no row if the user does not exist. Rows of users are never deleted.
            let sql = "INSERT INTO keys (id, user_id, hash, prefix, name, created_at, revision, terms) \
                       SELECT $1, id, $2, $3, $4, $5, $6, $7 FROM users WHERE id = $8 AND removed_at IS NULL";
            let done = sqlx::query(sql)
                .bind(&new.id)
                .bind(hex::encode(new.hash))
                .bind(&new.prefix)
                .bind(&new.name)
                .bind(now)
                .bind(revision)
                .bind(new.terms.written())
                .bind(&new.user)
                .execute(&mut *change)
                .await
                .map_err(|error| insert_error(error, &new.id))?;
            if done.rows_affected() == 0 {
                let (what, id) = ("user", new.user);
                return Err(StoreError::NotFound { what, id });
            }
            change.commit().await?;
            Ok(new.created_at(now))
        })
        .await
    }

    /// A user's active keys, oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn keys_of(&self, user: &str) -> Result<Vec<Key>, StoreError> {
        let (pool, user) = (self.pool.clone(), user.to_owned());
        self.at_home(async move {
            let sql = format!(
                "SELECT {COLUMNS} FROM keys WHERE user_id = $1 AND revoked_at IS NULL \
                 ORDER BY created_at, id"
            );
            let rows = sqlx::query_as::<_, Row>(&sql).bind(user).fetch_all(&pool);
            Ok(rows.await?.into_iter().map(Key::from).collect())
        })
        .await
    }

    /// All keys, including revoked ones, sorted by user and then oldest first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let pool = self.pool.clone();
        self.at_home(async move {
            let sql = format!("SELECT {COLUMNS} FROM keys ORDER BY user_id, created_at, id");
            let rows = sqlx::query_as::<_, Row>(&sql).fetch_all(&pool).await?;
            Ok(rows.into_iter().map(Key::from).collect())
        })
        .await
    }

    /// Revokes a key; if `user` is given, only a key of theirs. Returns its hash, so that caches can drop it.
    ///
    /// # Errors
    /// `NotFound` if there is no such active key; `Unavailable`.
    pub async fn revoke_key(&self, id: &str, user: Option<&str>, now: i64) -> Result<[u8; 32], StoreError> {
        let (pool, id) = (self.pool.clone(), id.to_owned());
        // It may come from a request's path, and PostgreSQL rejects text that contains a zero byte.
        if check_name("key", &id).is_err() {
            return Err(StoreError::NotFound { what: "key", id });
        }
        let user = user.map(str::to_owned);
        self.at_home(async move {
            let (mut change, revision) = begin_change(&pool).await?;
            let sql = "UPDATE keys SET revoked_at = $1, revision = $2 \
                       WHERE id = $3 AND revoked_at IS NULL AND user_id = COALESCE($4, user_id) \
                       RETURNING hash";
            let row = sqlx::query_as::<_, (String,)>(sql)
                .bind(now)
                .bind(revision)
                .bind(&id)
                .bind(user)
                .fetch_optional(&mut *change)
                .await?;
            let hash = row.as_ref().and_then(|(hash,)| self::hash(hash));
            let Some(hash) = hash else {
                return Err(StoreError::NotFound { what: "key", id });
            };
            change.commit().await?;
            Ok(hash)
        })
        .await
    }
}

/// `AlreadyExists` if the id or the hash is taken.
fn insert_error(error: sqlx::Error, id: &str) -> StoreError {
    let unique = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if unique {
        let id = id.to_owned();
        return StoreError::AlreadyExists { what: "key", id };
    }
    error.into()
}

/// Parses a hash from the hexadecimal digits in the database.
pub(super) fn hash(digits: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).ok().map(|()| hash)
}

// === impl NewKey ===

impl NewKey {
    fn created_at(self, now: i64) -> Key {
        Key {
            id: self.id,
            user: self.user,
            prefix: self.prefix,
            name: self.name,
            created_at: now,
            last_used_at: None,
            revoked_at: None,
            terms: self.terms,
        }
    }
}

// === impl Key ===

impl From<Row> for Key {
    fn from((id, user, prefix, name, created_at, last_used_at, revoked_at, terms): Row) -> Self {
        Self {
            id,
            user,
            prefix,
            name,
            created_at,
            last_used_at,
            revoked_at,
            terms: KeyTerms::read(terms),
        }
    }
}

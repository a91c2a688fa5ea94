//! What there is with the hash of a secret: a key that may be used, or the reason why none may.

use super::user;
use super::{KeyTerms, Store, StoreError, User};

/// The id of an active key, with its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyOwner {
    pub(crate) key: String,
    pub(crate) user: User,
    pub(crate) terms: KeyTerms,
}

/// What there is with a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Looked {
    /// An active key.
    Active(Box<KeyOwner>),
    /// A key that was revoked.
    Revoked,
    /// A key of a user who is disabled.
    Disabled,
    /// No key.
    Nothing,
}

/// A key's id, its terms and when it was revoked; its user's id, plan and balance, and when that was created and disabled.
type OwnedRow = (
    String,
    Option<String>,
    Option<i64>,
    String,
    String,
    i64,
    i64,
    Option<i64>,
);

// === impl Store ===

impl Store {
    /// The key with this hash, and its user.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(crate) async fn key_by_hash(&self, hash: &[u8; 32]) -> Result<Looked, StoreError> {
        let (pool, hash) = (self.pool.clone(), hex::encode(hash));
        self.at_home(async move {
            let sql = "SELECT keys.id, keys.terms, keys.revoked_at, users.id, users.plan, users.balance, users.created_at, \
                       users.disabled_at FROM keys JOIN users ON users.id = keys.user_id WHERE keys.hash = $1";
            let row = sqlx::query_as::<_, OwnedRow>(sql).bind(hash).fetch_optional(&pool);
            Ok(row.await?.map_or(Looked::Nothing, Looked::from))
        })
        .await
    }
}

// === impl Looked ===

impl From<OwnedRow> for Looked {
    fn from((key, terms, revoked, user, plan, balance, created, disabled): OwnedRow) -> Self {
        if revoked.is_some() {
            return Self::Revoked;
        }
        if disabled.is_some() {
            return Self::Disabled;
        }
        let user: user::Row = (user, plan, balance, created, None);
        Self::Active(Box::new(KeyOwner {
            key,
            user: user.into(),
            terms: KeyTerms::read(terms),
        }))
    }
}

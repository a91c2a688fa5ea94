//! Creating a key.

use super::secret::{KeySecret, RandomnessError, random_hex};
use crate::store::{Key, KeyTerms, NewKey, Store, StoreError};

/// Random bytes in a key's id: enough to rule out collisions.
const ID_BYTES: usize = 12;

/// A new key. This is the only time that its secret is available.
#[derive(Debug)]
pub struct Issued {
    /// The secret, to be shown once to the key's owner.
    pub secret: KeySecret,
    /// The key as it is stored.
    pub key: Key,
}

/// Why a key was not created.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The database rejected it or is not available.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The operating system provides no randomness for the secret.
    #[error("{0}")]
    Randomness(#[from] RandomnessError),
}

/// A key that is wanted.
#[derive(Debug, Clone, Default)]
pub struct Order<'o> {
    /// The id of its user.
    pub user: &'o str,
    /// What it is for.
    pub name: &'o str,
    /// What it may do on its own.
    pub terms: KeyTerms,
}

/// Creates a key for a user who may have `most` of them, if that is given. `now` is in milliseconds since 1970.
///
/// # Errors
/// [`IssueError::Randomness`], or [`IssueError::Store`] with `NotFound` if the user does not exist, `Invalid` if the
/// name is not allowed, `TooManyKeys` or `Unavailable`.
pub async fn issue(store: &Store, order: Order<'_>, most: Option<u32>, now: i64) -> Result<Issued, IssueError> {
    let secret = KeySecret::generate()?;
    let new = NewKey {
        id: format!("key_{}", random_hex::<ID_BYTES>()?),
        user: order.user.to_owned(),
        hash: *secret.hash().as_bytes(),
        prefix: secret.prefix().to_owned(),
        name: order.name.to_owned(),
        terms: order.terms,
        most,
    };
    let key = store.create_key(new, now).await?;
    Ok(Issued { secret, key })
}

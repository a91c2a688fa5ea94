//! Making a key.

use super::secret::{KeySecret, NoRandomness, random_hex};
use crate::store::{Key, NewKey, Store, StoreError};

/// Random bytes in a key's id: enough that no two are ever the same.
const ID_BYTES: usize = 12;

/// A key that was just made. Its secret is here for the only time.
#[derive(Debug)]
pub struct Issued {
    /// The secret, to be shown to the key's owner once.
    pub secret: KeySecret,
    /// What is kept.
    pub key: Key,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The database refused it.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// There is nothing to make a secret of.
    #[error("{0}")]
    Randomness(#[from] NoRandomness),
}

/// Makes a key for a user, at `now` in milliseconds since 1970.
///
/// # Errors
/// `NotFound` if there is no such user, `Invalid` if the name cannot be kept, `Unavailable`.
pub async fn issue(store: &Store, user: &str, name: &str, now: i64) -> Result<Issued, IssueError> {
    let secret = KeySecret::generate()?;
    let new = NewKey {
        id: format!("key_{}", random_hex::<ID_BYTES>()?),
        user: user.to_owned(),
        hash: *secret.hash().as_bytes(),
        prefix: secret.prefix().to_owned(),
        name: name.to_owned(),
    };
    let key = store.create_key(new, now).await?;
    Ok(Issued { secret, key })
}

//! Why a key is refused.

/// Why a key is refused. Its holder is told: nobody else has the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// There is no such key.
    #[error("The key is unknown; check that it is complete.")]
    Unknown,
    /// It was revoked.
    #[error("The key was revoked; use another one.")]
    Revoked,
    /// Its time is over.
    #[error("The key has expired; use another one.")]
    Expired,
    /// Its user is disabled.
    #[error("The account of the key is disabled here; ask the operator.")]
    Disabled,
}

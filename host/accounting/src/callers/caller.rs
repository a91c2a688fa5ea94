//! The caller of a request, once authenticated.

use std::sync::Arc;

/// The authenticated caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user's id. Limits and credits apply per user, across all of their keys.
    pub user: Arc<str>,
    /// The name of the user's plan.
    pub plan: Arc<str>,
    /// The key's id, if the credential is a key in the database.
    pub key: Option<Arc<str>>,
    /// The kind of credential that the caller presented.
    pub credential: CredentialKind,
}

/// How a caller authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A key in the database.
    Key,
    /// An access token (see [`super::token`]).
    Token,
    /// A key in the configuration. Its user has no balance.
    Static,
    /// No credential, where none is required.
    Anonymous,
}

// === impl Caller ===

impl Caller {
    /// The caller with a key in the database.
    pub(crate) fn with_key(user: &str, plan: &str, key: &str) -> Self {
        Self {
            key: Some(key.into()),
            ..Self::without_key(user, plan, CredentialKind::Key)
        }
    }

    /// The caller with any other credential.
    pub fn without_key(user: &str, plan: &str, credential: CredentialKind) -> Self {
        Self {
            user: user.into(),
            plan: plan.into(),
            key: None,
            credential,
        }
    }

    /// Whether the user has a balance in the database.
    pub fn has_balance(&self) -> bool {
        matches!(self.credential, CredentialKind::Key | CredentialKind::Token)
    }
}

//! The caller of a request, as all that follows the credential sees them.

use std::sync::Arc;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user. Quota and credits are counted by it.
    pub user: Arc<str>,
    /// The name of the user's plan.
    pub plan: Arc<str>,
    /// The id of the key, if it was one of the database.
    pub key: Option<Arc<str>>,
    /// What the caller showed.
    pub credential: CredentialKind,
}

/// What a caller shows to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A key of the database.
    Key,
    /// An access token.
    Token,
    /// A key of the configuration: it has no balance.
    Static,
    /// Nothing, where nothing is asked for.
    Anonymous,
}

// === impl Caller ===

impl Caller {
    /// The caller with a key of the database.
    pub fn with_key(user: &str, plan: &str, key: &str) -> Self {
        Self {
            key: Some(key.into()),
            ..Self::without_key(user, plan, CredentialKind::Key)
        }
    }

    /// The caller with anything else.
    pub fn without_key(user: &str, plan: &str, credential: CredentialKind) -> Self {
        Self {
            user: user.into(),
            plan: plan.into(),
            key: None,
            credential,
        }
    }

    /// Whether the database has a balance for the user.
    pub fn has_balance(&self) -> bool {
        matches!(self.credential, CredentialKind::Key | CredentialKind::Token)
    }
}

//! The caller of a request, once authenticated.

use std::sync::Arc;

use crate::limits::Quota;
use crate::store::{Budget, KeyTerms};

/// The authenticated caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user's id. Limits and credits apply per user, across all of their keys.
    pub user: Arc<str>,
    /// The name of the user's plan.
    pub plan: Arc<str>,
    /// The key's id, if the credential is a key in the database.
    pub key: Option<Arc<str>>,
    /// What the key may do on its own; `None` if it may do all that the user may.
    pub terms: Option<Arc<KeyTerms>>,
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
    pub(crate) fn with_key(user: &str, plan: &str, key: &str, terms: KeyTerms) -> Self {
        let some = terms != KeyTerms::default();
        Self {
            key: Some(key.into()),
            terms: some.then(|| Arc::new(terms)),
            ..Self::without_key(user, plan, CredentialKind::Key)
        }
    }

    /// The caller with any other credential.
    pub fn without_key(user: &str, plan: &str, credential: CredentialKind) -> Self {
        Self {
            user: user.into(),
            plan: plan.into(),
            key: None,
            terms: None,
            credential,
        }
    }

    /// Whether the key is no longer accepted at this time, in milliseconds since 1970.
    pub fn has_expired(&self, now: i64) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.has_expired(now))
    }

    /// The key with a budget, and that budget; `None` if it has none.
    pub fn budget(&self) -> Option<(&Arc<str>, &Budget)> {
        let terms = self.terms.as_ref()?;
        let key = self.key.as_ref()?;
        (!terms.budget.is_unlimited()).then_some((key, &terms.budget))
    }

    /// The key with limits of its own, and these; `None` if it has none.
    pub fn key_quota(&self) -> Option<(&Arc<str>, Quota)> {
        let quota = self.terms.as_ref()?.limits.quota()?;
        Some((self.key.as_ref()?, quota))
    }

    /// Whether the user has a balance in the database.
    pub fn has_balance(&self) -> bool {
        matches!(self.credential, CredentialKind::Key | CredentialKind::Token)
    }
}

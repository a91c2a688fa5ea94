//! On whose behalf a batch asks, long after its order: what is kept of the caller, and who that is by now.

use std::sync::Arc;

use jackfield_accounting::callers::secret::SecretHash;
use jackfield_accounting::callers::{Caller, CredentialKind};
use jackfield_config::Auth;
use serde::{Deserialize, Serialize};

use crate::request::Gateway;
use crate::snapshot::Snapshot;

/// The caller of an order. No secret is kept, only the hash of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// The user's id; empty where nobody has a name.
    pub(crate) user: String,
    credential: Credential,
}

/// What the caller authenticated with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Credential {
    /// A key with this hash.
    Key(String),
    /// An access token, which named this plan.
    Token(String),
    /// Nothing, where nothing was required.
    Nothing,
}

/// Why a holder cannot be asked for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// The key, the user or their plan is gone.
    Gone,
    /// It cannot be found out at the moment.
    Unknown,
}

// === impl Holder ===

impl Holder {
    /// What is kept of this caller, who sent a key with this hash if it was a key.
    pub(crate) fn of(caller: Option<&Caller>, key: Option<SecretHash>) -> Self {
        let credential = match (caller, key) {
            (None, _) => Credential::Nothing,
            (Some(caller), None) => Credential::Token(caller.plan.to_string()),
            (Some(_), Some(hash)) => Credential::Key(hash.digits()),
        };
        Self {
            user: user_of(caller).to_owned(),
            credential,
        }
    }

    /// The caller as they are now; `Ok(None)` while nobody needs to be one.
    pub(super) async fn caller(&self, gateway: &Gateway, snapshot: &Snapshot) -> Result<Option<Arc<Caller>>, Absent> {
        let found = match &self.credential {
            Credential::Nothing if snapshot.config.server.auth == Auth::Off => return Ok(None),
            Credential::Nothing => None,
            Credential::Key(digits) => match SecretHash::of_digits(digits) {
                Some(hash) => gateway.holder(snapshot, hash).await.map_err(|_| Absent::Unknown)?.ok(),
                None => None,
            },
            Credential::Token(plan) => match &gateway.directory {
                Some(directory) => directory.find_known(&self.user).await.map_err(|_| Absent::Unknown)?,
                None => Some(Arc::new(Caller::without_key(&self.user, plan, CredentialKind::Token))),
            },
        };
        let found = found.filter(|caller| *caller.user == *self.user && snapshot.has_plan(&caller.plan));
        found.map(Some).ok_or(Absent::Gone)
    }
}

/// The name under which files and batches are kept for a caller.
pub(super) fn user_of(caller: Option<&Caller>) -> &str {
    caller.map_or("", |caller| &caller.user)
}

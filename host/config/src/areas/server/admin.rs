//! `server.admin:`: the listener for operators, and who they are.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exposure, ListenerTlsConfig, optional_address};
use crate::Secret;

/// The listener for operators (`/admin/…`).
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// Its own address and port. Default none: no such listener.
    #[schemars(schema_with = "optional_address")]
    pub listen: Option<SocketAddr>,
    /// TLS for operators. Default none: they speak plain HTTP.
    pub tls: Option<ListenerTlsConfig>,
    /// The bearer token it requires, which may do everything. Without a token, only a loopback address is allowed. Default
    /// none.
    pub token: Option<Secret>,
    /// Further tokens, each with roles of its own, by the name that the audit log has for its holder. Default none.
    pub tokens: BTreeMap<String, AdminTokenConfig>,
}

/// A token of an operator.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminTokenConfig {
    /// The token itself, best kept in a variable or a file.
    pub token: Secret,
    /// What its holder may do. Whoever has a role may also read. Default `[read]`.
    #[serde(default = "read")]
    pub roles: Vec<AdminRole>,
}

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AdminRole {
    /// See what is in force, what is under way, what was used, and who the users are. Never a secret.
    Read,
    /// End requests, reload the configuration, drain the process, and put plugins in force.
    Operate,
    /// Make, change and remove users and keys.
    Accounts,
}

fn read() -> Vec<AdminRole> {
    vec![AdminRole::Read]
}

// === impl AdminRole ===

impl AdminRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Read, Self::Operate, Self::Accounts];

    /// Its name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Accounts => "accounts",
        }
    }
}

// === impl AdminConfig ===

impl AdminConfig {
    /// Whether operators need a token.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        self.token.is_some() || !self.tokens.is_empty()
    }

    /// Checks that the listener for operators, if there is one, may be opened.
    ///
    /// # Errors
    /// If its address is not a loopback address and there is no token.
    pub(crate) fn may_listen(&self) -> Result<(), Exposure> {
        match self.listen {
            Some(listen) if !self.needs_token() && !listen.ip().is_loopback() => Err(Exposure::Unguarded(listen)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_reads_unless_it_has_other_roles() {
        let config: AdminConfig = serde_json::from_value(json!({
            "tokens": { "watch": { "token": "a" }, "ops": { "token": "b", "roles": ["operate", "accounts"] } },
        }))
        .unwrap();
        assert_eq!(config.tokens["watch"].roles, [AdminRole::Read]);
        assert_eq!(config.tokens["ops"].roles, [AdminRole::Operate, AdminRole::Accounts]);
        assert!(config.needs_token() && !AdminConfig::default().needs_token());
    }
}

//! `keys:` and `tokens:`: the credentials that clients present.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::Secret;

/// A key defined here instead of in the database. It has no credit balance and is never refused for lack of credits.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The key itself: `rk_` followed by 64 lowercase hexadecimal digits, best kept in a variable or a file.
    #[schemars(schema_with = "key")]
    pub key: Secret,
    /// The user who owns the key.
    #[schemars(length(min = 1))]
    pub user: String,
    /// The name of the owner's plan, one of `plans`.
    #[schemars(length(min = 1))]
    pub plan: String,
}

/// The access tokens that are accepted: HS256 JWTs with the claims `sub` (the user), `plan` and `exp` (RFC 7519; RFC
/// 7518, section 3.2).
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokensConfig {
    /// The secrets that tokens are signed with, each of at least 32 bytes. A token is valid under any of them: to
    /// replace one, list the new one first and keep the old one until its tokens have expired. Default none: tokens
    /// are refused.
    pub secrets: Vec<Secret>,
    /// The names of this service. A token is refused unless its `aud` contains one of them. Default none: tokens with an
    /// `aud` are refused, because they are meant for another service (RFC 7519, section 4.1.3).
    pub audience: Vec<String>,
    /// Those whose tokens are accepted. A token is refused unless its `iss` is one of them. Default none: whoever has one
    /// of the secrets may issue tokens.
    pub issuer: Vec<String>,
    /// How many active keys a user may have when they create another one with a token. `jackfield key create` is not
    /// limited. Default 100.
    pub max_keys: u32,
}

/// The schema of a key.
fn key(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^rk_[0-9a-f]{64}$",
        "errorMessage": "must be rk_ followed by 64 lowercase hexadecimal digits",
        "remedy": "generate one with: echo rk_$(openssl rand -hex 32)",
        "writeOnly": true,
    })
}

// === impl TokensConfig ===

impl Default for TokensConfig {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            audience: Vec::new(),
            issuer: Vec::new(),
            max_keys: 100,
        }
    }
}

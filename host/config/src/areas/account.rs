//! `keys:` and `tokens:`, what clients show to be let in.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::Secret;

/// One client's key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The key itself: `rk_` and 64 lowercase hexadecimal digits.
    #[schemars(schema_with = "key")]
    pub key: Secret,
    /// The user that the key belongs to.
    #[schemars(length(min = 1))]
    pub user: String,
    /// The name of one of `plans`.
    #[schemars(length(min = 1))]
    pub plan: String,
}

/// The access tokens that are accepted: JWTs with HS256 (RFC 7519; RFC 7518, section 3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokensConfig {
    /// The secrets that tokens are signed with, each of 32 bytes or more. Any of them verifies, so that one can take
    /// over from another; the first counts as the newest. Default none: tokens are refused.
    pub secrets: Vec<Secret>,
}

/// The schema of a key.
fn key(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^rk_[0-9a-f]{64}$",
        "errorMessage": "must be rk_ and 64 lowercase hexadecimal digits; \
            make one with: echo rk_$(openssl rand -hex 32)",
        "writeOnly": true,
    })
}

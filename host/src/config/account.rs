//! `keys:` and `plans:`, who may call which models.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::Secret;

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

/// What the holders of a plan may call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanConfig {
    /// The tiers of models that the plan may call.
    pub tiers: Vec<String>,
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

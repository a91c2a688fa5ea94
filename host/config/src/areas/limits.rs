//! `limits:`: where requests are counted against the limits of plans.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// Where requests are counted against the limits of plans. The limits themselves are in `plans`.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The Redis that holds the per-user request counts of all nodes: `redis://…`, `rediss://…` or `redis+unix://…`. It
    /// may contain a password, so it is never shown. A change takes effect at the next start. Default none: each
    /// process counts on its own.
    #[schemars(schema_with = "url")]
    pub url: Option<Secret>,
    /// What happens to requests while that Redis is unreachable. Default `deny`.
    pub on_unavailable: OnUnavailable,
}

/// What happens to requests while the shared counts are unreachable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnavailable {
    /// They get a 503, so that nobody exceeds their plan.
    #[default]
    Deny,
    /// They are served, and each process counts on its own meanwhile.
    Allow,
}

/// The schema of an optional Redis URL.
pub(super) fn url(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": r"^redis(s|\+unix)?://\S+$",
        "errorMessage": "is not a Redis URL",
        "remedy": "write one such as redis://127.0.0.1:6379, rediss://:PASSWORD@HOST or redis+unix:///run/redis.sock",
        "writeOnly": true,
    })
}

//! `limits:`, where the requests of users are counted.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Secret;

/// Where the requests of users are counted. How many each may make is in its plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The Redis in which all nodes count together: `redis://…`, `rediss://…` or `redis+unix://…`. It may hold a
    /// password, so it is never shown. Read at the start only. Default none: each process counts for itself.
    #[schemars(schema_with = "url")]
    pub url: Option<Secret>,
    /// What becomes of requests while that Redis cannot be reached. Default `deny`.
    pub on_unavailable: OnUnavailable,
}

/// What becomes of requests while the shared counters cannot be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUnavailable {
    /// They are answered 503: nobody gets more than their plan allows.
    #[default]
    Deny,
    /// Each process counts for itself while it lasts: everybody is served.
    Allow,
}

/// The schema of a Redis's URL that may be absent.
fn url(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": r"^redis(s|\+unix)?://\S+$",
        "errorMessage": "is not the URL of a Redis; \
            write one such as redis://127.0.0.1:6379, rediss://:PASSWORD@HOST or redis+unix:///run/redis.sock",
        "writeOnly": true,
    })
}

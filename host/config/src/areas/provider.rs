//! `providers:`, the upstreams: an adapter with settings, a base URL and a credential.

use std::{
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Secret, duration};

/// One upstream. If a variable or a file that it refers to is missing, it is loaded but off.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The name of the plugin that speaks this upstream's dialect.
    #[schemars(length(min = 1))]
    pub adapter: String,
    /// The URL that every path of the adapter is below: http or https, without user, query or fragment. Default none:
    /// the adapter's own, or an adapter that answers by itself.
    pub base_url: Option<String>,
    /// The credential, attached where the adapter's manifest or `auth` says. Default none.
    pub api_key: Option<Secret>,
    /// How the credential is attached, if not as the adapter's manifest says. Default none.
    pub auth: Option<AuthConfig>,
    /// Further headers of every request to the upstream. Default none.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// How long each phase of an attempt may last.
    #[serde(default)]
    pub timeouts: TimeoutsConfig,
    /// The largest buffered reply, in bytes. Default 67108864 (64 MiB).
    #[serde(default = "default_max_reply_bytes")]
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_reply_bytes: usize,
    /// The largest single event of a stream, in bytes. Default 4194304 (4 MiB).
    #[serde(default = "default_max_event_bytes")]
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_event_bytes: usize,
    /// The adapter's own settings, checked against the schema that its manifest holds. Default none.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Why this provider is off, if it is: it refers to a variable or a file that is missing.
    #[serde(skip)]
    #[schemars(skip)]
    pub off: Option<String>,
}

/// How a credential is attached to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// The place of the credential.
    pub scheme: AuthScheme,
    /// The name of the header or of the query parameter; needed by these two schemes. Default none.
    pub name: Option<String>,
}

/// The place of a credential in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthScheme {
    /// `Authorization: Bearer …` (RFC 6750, section 2.1).
    Bearer,
    /// A header of the given name.
    Header,
    /// A query parameter of the given name.
    Query,
    /// `Authorization: Basic …` (RFC 7617); the credential is `user:password`.
    Basic,
    /// Nothing is attached.
    None,
}

/// How long each phase of an attempt may last. Before the first content, each of them moves on to the next target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimeoutsConfig {
    /// Name lookup, TCP and TLS. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub connect: Duration,
    /// From the request's end to the head of the response. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub response: Duration,
    /// From the head of the response to the first content of a stream. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub first_content: Duration,
    /// The longest silence within a reply. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle: Duration,
    /// The whole attempt. Default `600s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub total: Duration,
}

const fn default_max_reply_bytes() -> usize {
    64 << 20
}

const fn default_max_event_bytes() -> usize {
    4 << 20
}

// === impl ProviderConfig ===

/// Settings are left out: they may hold what came from the environment.
impl Debug for ProviderConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderConfig")
            .field("adapter", &self.adapter)
            .field("headers", &self.headers)
            .field("timeouts", &self.timeouts)
            .field("off", &self.off)
            .finish_non_exhaustive()
    }
}

// === impl TimeoutsConfig ===

impl Default for TimeoutsConfig {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response: Duration::from_mins(1),
            first_content: Duration::from_mins(1),
            idle: Duration::from_mins(1),
            total: Duration::from_mins(10),
        }
    }
}

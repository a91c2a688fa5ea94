//! `providers:`: the upstreams, each an adapter with a base URL, a credential and settings.

mod auth;

use std::{
    collections::BTreeMap,
    fmt::{self, Debug, Formatter},
    time::Duration,
};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::auth::{AuthConfig, AuthScheme};
use super::{connections::ProviderConnectionsConfig, proxy::ProxyConfig};
use crate::{Secret, duration};

/// An upstream: an adapter with a base URL, a credential and settings. A provider that refers to a missing variable or
/// file is loaded but off: its targets are skipped.
///
/// Since 0.1.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The name of the plugin that speaks the upstream's API.
    #[schemars(length(min = 1))]
    pub adapter: String,
    /// The URL below which the adapter's paths lie: http or https, without user, query or fragment. Default: that of
    /// the adapter's manifest, if it has one; with `api_key` or `headers`, only if `trust_base_url`, `plugins.pins` or
    /// `plugins.trust` says so. An adapter that answers without an upstream needs none.
    pub base_url: Option<String>,
    /// Whose API it is, in the words of the built-in catalogue (such as `openai` or `bedrock`), for the prices of models
    /// that name none. Default: as the catalogue knows the host of `base_url`, or else none.
    #[schemars(length(min = 1))]
    pub vendor: Option<String>,
    /// Its name in metrics and traces that follow OpenTelemetry's conventions (`gen_ai.provider.name`), which other
    /// programs know: such as `openai`, `aws.bedrock` or `gcp.gemini`. Default: what the adapter says, or else its name.
    #[schemars(length(min = 1, max = 64))]
    pub telemetry_name: Option<String>,
    /// Whether the adapter's manifest may say where the credential and the headers go, in place of `base_url`. An update
    /// of the plugin that says something else is not taken: then write `base_url`. Default false.
    #[serde(default)]
    pub trust_base_url: bool,
    /// The credential. The gateway attaches it after the plugin returns: no plugin ever sees it. Default none.
    pub api_key: Option<Secret>,
    /// Several credentials, used in turn, in place of `api_key`. One that the upstream refuses (401, 402, 403) or limits
    /// (429) is left out for a while, and the request is sent again with the next at once. Default none.
    #[schemars(length(min = 1))]
    pub api_keys: Option<Vec<Secret>>,
    /// How the credential is attached; overrides the adapter's manifest. Default: as the manifest says.
    pub auth: Option<AuthConfig>,
    /// Extensions of OpenAI's API that this upstream accepts in addition to those of its adapter's manifest, such as
    /// `reasoning_content`; with a minus before it, such as `-top_k`, one that it does not. What an upstream does not
    /// accept gets OpenAI's standard form, or is left out. Default none.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// Additional headers for every request to the upstream. They may be secret, so they are never shown. Default none.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// Other hosts that the adapter may name in place of `base_url`, for polling and for downloads: a name, a name and a
    /// port, or `*.` and a domain. The credential goes there too. Only `https` and public addresses; where `base_url` is
    /// itself of the gateway's own network, names in full may be as well, by http if it is. Images that a client wants as
    /// Base64 are fetched from there too, without the credential. Default none.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The proxy to reach the upstream by: an http or https URL, with user and password if it requires them; `none` for
    /// none. It may be secret, so it is never shown. Default: as the environment says, in `HTTPS_PROXY`, `HTTP_PROXY` or
    /// `ALL_PROXY`, and `NO_PROXY`.
    pub proxy: Option<Secret>,
    /// How the upstream proves who it is, if its URL is https.
    #[serde(default)]
    pub tls: TlsConfig,
    /// How its connections are kept: each key overrides the one of the same name in `connections`.
    #[serde(default)]
    pub connections: ProviderConnectionsConfig,
    /// How long each phase of an attempt may take.
    #[serde(default)]
    pub timeouts: TimeoutsConfig,
    /// How often the upstream is asked whether it is there, by its list of models, or else by one GET of `base_url`. While
    /// two checks in a row have failed, its targets are skipped as with an open breaker. Default: never; real requests show
    /// it.
    #[serde(default, deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub check_every: Option<Duration>,
    /// The largest buffered reply, in bytes. Default 67108864 (64 MiB).
    #[serde(default = "default_max_reply_bytes")]
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_reply_bytes: usize,
    /// The largest single stream event, in bytes. Default 4194304 (4 MiB).
    #[serde(default = "default_max_event_bytes")]
    #[schemars(range(min = 1, max = 1_099_511_627_776_u64))]
    pub max_event_bytes: usize,
    /// The models (by the upstream's names, `*` stands for anything) that go on with a text that the assistant has begun,
    /// so that they can continue a stream that broke off. Default: those that the adapter's manifest lists.
    pub prefill: Option<Vec<String>>,
    /// From where the gateway fetches what URLs in requests name, for an adapter whose upstream takes no URLs. Default:
    /// nothing is fetched.
    pub attachments: Option<AttachmentsConfig>,
    /// The adapter's own settings, validated against the schema in its manifest. The plugin sees them, so keep secrets
    /// out. Default none.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Its own proxy, or those of the environment.
    #[serde(skip)]
    #[schemars(skip)]
    pub proxies: ProxyConfig,
    /// Why the provider is off, if it is: the missing variables and files it refers to.
    #[serde(skip)]
    #[schemars(skip)]
    pub off: Option<String>,
}

/// From where the gateway fetches what URLs in requests name. Only `https`, and no redirects are followed.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentsConfig {
    /// The hosts: a name, a name and a port, `*.` and a domain, or `*` for every public host.
    #[schemars(length(min = 1))]
    pub hosts: Vec<String>,
    /// Whether hosts of this gateway's own network may be among them. They must be named in full, and may speak http.
    /// Default false.
    #[serde(default)]
    pub private: bool,
    /// The most bytes that are fetched for one request. Default 20971520 (20 MiB).
    #[serde(default = "default_attachment_bytes")]
    #[schemars(range(min = 1, max = 1_073_741_824_u64))]
    pub max_bytes: usize,
}

/// How an upstream proves who it is.
///
/// Since 0.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// Certificates to trust besides the machine's, as PEM text: of an authority, or the upstream's own. Default none.
    pub ca: Option<String>,
}

/// How long each phase of an attempt may take. Until the first content has reached the client, a timeout moves on to
/// the next target.
///
/// Since 0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TimeoutsConfig {
    /// To connect: name lookup, TCP and TLS. Default `5s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub connect: Duration,
    /// From the end of the request until the response headers, while there is another target to move on to. A whole
    /// reply sends its headers once it is finished. Default `60s` for a stream, `300s` for a whole reply.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub response: Option<Duration>,
    /// The same for a whole reply alone. Default: `response`.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::optional_schema")]
    pub whole_response: Option<Duration>,
    /// From the response headers of a stream, or the last sign that the model is at work, until the first content,
    /// while there is another target to move on to. Default `120s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub first_content: Duration,
    /// The longest silence within the reply, once something of it has come. Default `60s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub idle: Duration,
    /// The attempt as a whole. Default `600s`.
    #[serde(with = "duration")]
    #[schemars(schema_with = "duration::schema")]
    pub total: Duration,
}

const fn default_max_reply_bytes() -> usize {
    64 << 20
}

const fn default_attachment_bytes() -> usize {
    20 << 20
}

const fn default_max_event_bytes() -> usize {
    4 << 20
}

// === impl ProviderConfig ===

impl ProviderConfig {
    /// True if its requests carry something that only its upstream may see.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        let signs = self.auth.as_ref().is_some_and(AuthConfig::holds_credential);
        self.keys().next().is_some() || !self.headers.is_empty() || signs
    }

    /// Its credentials: that of `api_key`, or those of `api_keys`.
    pub fn keys(&self) -> impl Iterator<Item = &Secret> {
        self.api_key.iter().chain(self.api_keys.iter().flatten())
    }
}

/// Leaves out the settings, which may contain values from the environment.
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

impl TimeoutsConfig {
    /// How long the response headers of a stream or of a whole reply may take.
    #[must_use]
    pub fn response(&self, stream: bool) -> Duration {
        let (own, default) = if stream {
            (None, Duration::from_mins(1))
        } else {
            (self.whole_response, Duration::from_mins(5))
        };
        own.or(self.response).unwrap_or(default)
    }
}

impl Default for TimeoutsConfig {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response: None,
            whole_response: None,
            first_content: Duration::from_mins(2),
            idle: Duration::from_mins(1),
            total: Duration::from_mins(10),
        }
    }
}
